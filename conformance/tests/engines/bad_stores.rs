//! Each ends in a clear report, with a fresh store for each case.

use super::{failure, first, lying, settings};
use crate::zoo::{faulty::Lie, hosted::Hosted};
use mneme::{Result, Store, StoredEntry};
use mneme_conformance::{Subject, run_exhaustive, run_random};
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn a_panic_in_the_middle_is_shrunk_to_the_call_that_panics() {
    struct Panics;
    impl Lie for Panics {
        fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
            let there = store.delete_by_id(id)?;
            assert!(!there || store.count(None)? > 0, "nothing is left");
            Ok(there)
        }
    }
    for engine in [run_random(lying(|| Panics), &settings()), run_exhaustive(lying(|| Panics), &settings())] {
        let failure = failure(&engine);
        assert_eq!(first(failure), "robust::nothing_panics", "{failure}");
        assert!(failure.to_string().contains("a panic: \"nothing is left\""), "{failure}");
        // An open, an insert, and the deletion.
        assert_eq!(engine.program().map(|program| program.0.len()), Some(3), "{failure}");
    }
}

#[test]
fn a_call_that_hangs_is_named_and_the_search_ends() {
    struct Hangs;
    impl Lie for Hangs {
        fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
            match store.clear_namespace(namespace)? {
                0 => Ok(0),
                _ => crate::bad_input::forever(),
            }
        }
    }
    for engine in [run_random(lying(|| Hangs), &settings()), run_exhaustive(lying(|| Hangs), &settings())] {
        let failure = failure(&engine);
        assert_eq!(first(failure), "robust::every_call_returns", "{failure}");
        assert!(failure.to_string().contains("no answer"), "{failure}");
    }
}

#[test]
fn a_store_that_answers_differently_each_run_is_shrunk_and_the_rate_is_told() {
    /// In every other store the second entry is not found.
    struct Forgets(bool);
    impl Lie for Forgets {
        fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
            store.get_by_id(if self.0 && id == 2 { 0 } else { id })
        }
    }
    static MADE: AtomicU64 = AtomicU64::new(0);
    // A pattern that no period of runs fits: the parities of the Thue-Morse sequence.
    let toss = || MADE.fetch_add(1, Ordering::Relaxed).count_ones().is_multiple_of(2);
    let engine = run_random(lying(move || Forgets(toss())), &settings());
    let failure = failure(&engine);
    // An open and two inserts, and at most two more.
    assert!(engine.program().is_some_and(|program| (3..=5).contains(&program.0.len())), "{failure}");
    let text = failure.to_string();
    let rate = text.split(" of 10 runs").next().and_then(|before| before.rsplit(' ').next());
    let failed: u32 = rate.and_then(|rate| rate.parse().ok()).unwrap_or_else(|| panic!("{text}"));
    assert!((1..10).contains(&failed), "{text}");
}

#[test]
fn rubbish_of_the_case_before_is_no_reason_to_go_astray() {
    // Every store that the factory makes has the data of the one before.
    let subject = || Subject::volatile(|| Hosted::unlocked("engines::rubbish")).named("MyStore");
    let engine = run_random(subject(), &settings());
    let failure = failure(&engine);
    // A fresh store that is not empty is wrong at the first look at it, in each run, and nothing need be written for it.
    let program = engine.program().expect("the program that fails");
    assert!(program.0.len() <= 3, "{failure}");
    assert!(failure.to_string().contains("in 10 of 10 runs"), "{failure}");
    assert!(!program.to_string().contains("insert"), "{failure}");
    // In order, the first call shows it: whatever it is, everything is read after it.
    let engine = run_exhaustive(subject(), &settings());
    let failure = engine.failure().unwrap_or_else(|| panic!("nothing was found: {}", engine.did()));
    assert!(engine.program().is_some_and(|program| program.0.len() <= 2), "{failure}");
    // Each case has a store of its own, so it is the store's fault and not the harness's.
    let rest = || Subject::volatile(mneme::MemoryStore::new);
    assert!(run_random(rest(), &settings()).is_right());
    assert!(run_exhaustive(rest(), &settings()).is_right());
}

#[test]
fn what_a_program_did_besides_is_not_accused() {
    /// Every fortieth quota that is read is none.
    struct Misses(AtomicU64);
    impl Lie for Misses {
        fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
            let quota = store.get_namespace_quota(namespace)?;
            let is_lost = quota.is_some() && self.0.fetch_add(1, Ordering::Relaxed) % 40 == 39;
            Ok(quota.filter(|_| !is_lost))
        }
    }
    for seed in 0..6 {
        let engine = run_random(lying(|| Misses(AtomicU64::new(0))), &settings().with_seed(seed));
        let failure = failure(&engine);
        // The same read was right before, so it is the reading, or the quota; never what other sites did.
        let named = [
            "lookup::reading_changes_nothing",
            "quota::is_remembered_per_namespace",
            "quota::zero_is_a_quota",
        ];
        assert!(named.contains(&&*first(failure)), "seed {seed}: {failure}");
    }
}
