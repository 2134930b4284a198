//! How well the engines do: how fast they are, and how much of the fault zoo each finds alone.
//!
//! Run it with `just bench-engines`, on a machine that does nothing else. Each figure is a line with a name and a number.
//! Without cargo's `--bench` it does nothing.
//!
//! - `random_vs_psm_release`, `random_vs_psm_debug`: the operations a second of random programs divided by those of
//!   proptest-state-machine with the same operations, model and store; `.._with_looks_..` with everything read after each.
//!   The profile that the bench is built with says which of the two it is.
//! - `exhaustive_transitions_per_second`: on `MemoryStore`.
//! - `random_finds`, `exhaustive_finds`: how many faults of the zoo each finds alone, of those that one handle at a time can
//!   show, with as many operations as the profile `quick` has on a machine that is fast enough; the medians of the
//!   operations that it took, and, where both engines find it, of how much longer the counterexample is than the shorter of
//!   the two. Whatever clause is named, it is found.
//!   With `missed` behind the command this alone is done, and each fault that one of them misses is listed.
//! - `flaky_excess_median`: a fault that shows in half of the runs is shrunk to so many operations more than it needs.

#![allow(clippy::print_stdout, reason = "the figures are what the bench is for")]

mod faults;
mod psm;

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

use mneme::{MemoryStore, Result, Store};
use mneme_conformance::{Profile, Settings, Subject, run_exhaustive, run_random};
use std::{
    env,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use zoo::faulty::{Faulty, Lie};

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if !has("--bench") {
        println!("nothing was measured: run it with `just bench-engines`");
        return;
    }
    if has("missed") {
        faults::find(true);
        return;
    }
    psm::compare();
    if cfg!(debug_assertions) || has("psm") {
        return;
    }
    transitions();
    flaky();
    faults::find(false);
}

fn transitions() {
    let settings =
        Settings::default().with_profile(Profile::Thorough).with_engine_budget(Duration::from_secs(10));
    let start = Instant::now();
    let engine = run_exhaustive(Subject::volatile(MemoryStore::new), &settings);
    assert!(engine.is_right(), "{:?}", engine.failure());
    let a_second = figure(engine.operations()) / start.elapsed().as_secs_f64();
    println!("exhaustive_transitions_in_ten_seconds {}", engine.operations());
    println!("exhaustive_transitions_per_second {a_second:.0}");
}

/// In every other store a lookup of the second entry finds nothing.
struct Forgets(bool);

impl Lie for Forgets {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<mneme::StoredEntry>> {
        store.get_by_id(if self.0 && id == 2 { 0 } else { id })
    }
}

/// The shortest program: an open and two inserts; reading everything is no operation of the program.
const SHORTEST: usize = 3;

fn flaky() {
    static COIN: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let toss = || {
        // A generator of its own, so that no pattern of runs meets one of coins.
        let step = |x: u64| {
            let x = x ^ (x << 13);
            let x = x ^ (x >> 7);
            x ^ (x << 17)
        };
        let before = COIN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |x| Some(step(x)));
        before.is_ok_and(|x| x >> 63 == 1)
    };
    let mut excess: Vec<usize> = (0..30)
        .map(|seed| {
            let subject = Subject::volatile(move || Faulty::new(Forgets(toss())));
            let engine = run_random(subject, &Settings::default().with_seed(seed).with_programs(100));
            let program = engine.program().unwrap_or_else(|| panic!("nothing was found with seed {seed}"));
            program.0.len().saturating_sub(SHORTEST)
        })
        .collect();
    println!("flaky_excess_median {}", median(&mut excess));
}

fn median(figures: &mut [usize]) -> usize {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or(0)
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn figure(count: usize) -> f64 {
    count as f64
}
