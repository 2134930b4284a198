//! How fast histories are checked, beside other checkers.
//!
//! Run it with `just bench-histories`, on a machine that does nothing else. Each figure is a line with a name and a number;
//! times are in microseconds, the median of several histories. The histories are simulated: threads take turns as a
//! generator says, each call takes effect at a moment of its own between its call and its return. Of a bad history one
//! read in its last tenth answers what was never written.

mod peers;
mod simulated;

use mneme_conformance::linearizability::{
    Checker, History, Specification, Verdict,
    specifications::{KeyValue, Register},
};
use simulated::{Keys, Shape, keys, puts, register};
use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

fn main() {
    long_ones();
    memory("keys_most_memory");
    growing();
    // Before the others come, who take more.
    memory("growing_most_memory");
    beside_the_peers();
}

/// 8 threads with 400 calls each, as the peers can take them.
fn beside_the_peers() {
    const SHAPE: Shape = Shape { threads: 8, calls: 3_200 };
    for right in [true, false] {
        let name = if right { "good" } else { "bad" };
        let histories: Vec<_> = (0..5).map(|seed| register(seed, SHAPE, right)).collect();
        let ours = median(histories.iter().map(|history| check(&Register::new(0), history, right)));
        println!("register_{name}_us {ours:.0}");
        for peer in peers::ALL {
            let times: Vec<_> = histories.iter().map(|history| (peer.check)(history, right)).collect();
            let all_ended = times.iter().all(Option::is_some);
            let theirs = median(times.into_iter().map(|time| time.unwrap_or(peers::PATIENCE)));
            let at_least = if all_ended { "" } else { " or more" };
            println!("register_{name}_{}_us {theirs:.0}{at_least}", peer.name);
            println!("register_{name}_{}_to_ours {:.1}{at_least}", peer.name, theirs / ours);
        }
    }
}

/// Histories of a map of keys, whole and by key.
fn long_ones() {
    for calls in [2_000, 4_000, 5_000] {
        for right in [true, false] {
            let name = if right { "good" } else { "bad" };
            let shape = Shape { threads: 8, calls };
            let histories: Vec<_> = (0..5).map(|seed| keys(seed, shape, right)).collect();
            let whole = median(histories.iter().map(|history| check(&Keys, history, right)));
            println!("keys_{calls}_{name}_whole_us {whole:.0}");
            let parts = median(histories.iter().map(|history| by_key(history, right)));
            println!("keys_{calls}_{name}_by_key_us {parts:.0}");
        }
    }
}

/// A bad history of a map that grows with every write.
fn growing() {
    let history = puts(Shape { threads: 8, calls: 4_000 });
    println!("growing_4000_bad_whole_us {:.0}", check(&KeyValue, &history, false));
}

/// The most memory that the process has had so far, of which the checks above are nearly all.
fn memory(name: &str) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    match status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
        Some(most) => println!("{name} {}", most.trim()),
        None => println!("{name} is told by Linux alone"),
    }
}

fn check<S: Specification>(of: &S, history: &History<S::Operation, S::Outcome>, right: bool) -> f64 {
    let start = Instant::now();
    let verdict = black_box(Checker::default().check(of, history));
    let time = start.elapsed();
    match verdict {
        Verdict::Linearizable(_) => assert!(right, "a bad history was taken for a good one"),
        Verdict::Violation(_) => assert!(!right, "a good history was taken for a bad one"),
        Verdict::Unknown => panic!("the budget was spent"),
    }
    micros(time)
}

fn by_key(history: &History<simulated::KeyOp, Option<u64>>, right: bool) -> f64 {
    let history = history.clone();
    let start = Instant::now();
    let parts = history.split_by(|operation| operation.key());
    let bad = parts
        .iter()
        .filter(|part| !matches!(Checker::default().check(&Keys, part), Verdict::Linearizable(_)))
        .count();
    let time = start.elapsed();
    assert_eq!(bad, usize::from(!right));
    micros(time)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
