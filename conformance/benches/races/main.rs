//! How soon each planted race is found.
//!
//! Run it with `just bench-races`, on a machine that does nothing else; without cargo's `--bench` it does nothing. Each race of
//! the zoo is looked for twenty times, by the check of the clause that must name it and with the settings of a plain
//! `cargo test`; a word after `--` leaves the races whose names have it. A line is the median and the longest of the times, in milliseconds, in how many of the runs it was found, and
//! in how many the clause was held although it is broken; in the others it was not checked whole. Then how many rounds it took,
//! in the median and at most, and of how many calls that ran beside another thread's the race shows in one, on an average: the
//! plans of the checks go by the rarest of a clause.

#![allow(clippy::print_stdout, reason = "the figures are what the bench is for")]

#[path = "../../tests/browser/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the zoo's tests have pages drawn, which the bench does not")]
mod browser;
#[path = "../../tests/zoo/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::pedantic,
    reason = "its tests are not built here"
)]
mod zoo;

use mneme_conformance::{Failure, Settings, State, Status, check_store};
use std::{
    env,
    time::{Duration, Instant},
};

const RUNS: usize = 20;

/// In which round a race was found, and how many calls had run beside another thread's by then, as its text says.
fn seen(failure: &Failure) -> Option<(usize, usize)> {
    let words = failure.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, _) = words.split_once(" calls had run beside another thread's")?;
    let (before, _) = before.rsplit_once(" of ")?;
    let (before, beside) = before.rsplit_once(" when ")?;
    let (_, round) = before.rsplit_once("in round ")?;
    Some((round.split(',').next()?.parse().ok()?, beside.parse().ok()?))
}

/// In how many rounds and calls a race shows.
fn rarity(mut seen: Vec<(usize, usize)>) -> String {
    seen.sort_unstable();
    let Some((most, _)) = seen.last() else {
        // What hangs, and what shows in a crowd, tells of no rounds.
        return "in no number of rounds that is told".to_owned();
    };
    let beside = seen.iter().map(|(_, beside)| beside).sum::<usize>() / seen.len();
    let median = seen[seen.len() / 2].0;
    format!("in round {median} at most {most}, in one of {beside} calls that ran beside another's")
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("nothing was measured: run it with `just bench-races`");
        return;
    }
    let wanted = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| wanted.is_none_or(|word| name.contains(word.as_str()));
    let mut all = Vec::new();
    let races = zoo::faults().into_iter().filter(|fault| fault.first.area() == "concurrent");
    for fault in races.filter(|fault| is_wanted(fault.name)) {
        let mut times = Vec::with_capacity(RUNS);
        let (mut found, mut held) = (0, 0);
        let mut shown = Vec::with_capacity(RUNS);
        for seed in 0..RUNS {
            let settings = Settings::default()
                // What hangs is found when the deadline has passed, whatever it is.
                .with_deadline(Duration::from_millis(200))
                .with_seed(seed as u64)
                .without_engines()
                .only([fault.first]);
            let start = Instant::now();
            let report = check_store((fault.subject)(), &settings);
            times.push(start.elapsed());
            // Where the race is found by another clause's check, that one is in its way.
            found += report.count(State::Broken) + report.count(State::Blocked);
            held += report.count(State::Held);
            shown.extend(report.status(fault.first).and_then(Status::failure).and_then(seen));
        }
        times.sort_unstable();
        let (median, longest) = (times[RUNS / 2].as_millis(), times[RUNS - 1].as_millis());
        println!(
            "race_found_in_ms {median} at most {longest}, {found} of {RUNS}, held in {held}, shows {}: {} ({})",
            rarity(shown),
            fault.name,
            fault.first
        );
        all.push(median);
    }
    all.sort_unstable();
    println!("races_median_ms {}", all[all.len() / 2]);
    println!("races_slowest_median_ms {}", all[all.len() - 1]);
}
