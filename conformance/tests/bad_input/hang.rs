//! Stores that do not return.

use super::{
    DEADLINE, assert_blocked, assert_broken, assert_held, assert_nothing_held, assert_says, examine, lying,
    settings, text,
};
use crate::zoo::faulty::Lie;
use mneme::{Entry, Identity, Result, Store};
use mneme_conformance::{check_store, clause, contract};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

/// Waits, and takes no time of a processor for it.
pub(crate) fn forever() -> ! {
    loop {
        std::thread::park();
    }
}

#[test]
fn a_call_that_never_returns_leaves_the_clauses_of_the_others_judged() {
    struct Hangs;
    impl Lie for Hangs {
        fn delete_by_id(&self, _: &dyn Store, _: u64) -> Result<bool> {
            forever()
        }
    }
    let report = examine(lying(|| Hangs));
    assert_blocked(&report, "insert::deleted_key_gets_a_new_id", "robust::every_call_returns");
    assert_held(&report, "insert::ids_ascend");
    let text = text(&report, "insert::deleted_key_gets_a_new_id");
    assert!(text.contains("no answer") && text.contains("MNEME_CONFORMANCE_DEADLINE"), "{text}");
}

#[test]
fn the_text_names_the_deadline_and_its_variable() {
    // One clause alone in the whole contract inserts a vector of another length, so no hang before shortens it.
    struct Hangs;
    impl Lie for Hangs {
        fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
            if entry.embedding.len() == 8 { forever() } else { store.insert(entry) }
        }
    }
    let report = examine(lying(|| Hangs));
    assert_blocked(&report, "insert::other_dimension_is_refused", "robust::every_call_returns");
    let says =
        "no answer <- expected an answer within 200ms (set MNEME_CONFORMANCE_DEADLINE to allow more seconds)";
    assert_says(&report, "insert::other_dimension_is_refused", says);
}

#[test]
fn a_store_that_hangs_everywhere_costs_the_deadline_twice_and_then_a_part_of_it() {
    struct Hangs;
    impl Lie for Hangs {
        fn open(&self, _: &dyn Store, _: &Identity) -> Result<()> {
            forever()
        }
    }
    let start = Instant::now();
    let report = examine(lying(|| Hangs));
    let took = start.elapsed();
    assert_nothing_held(&report);
    assert!(report.summary().contains("(deadline 200ms, 50ms after calls hung)"), "{}", report.summary());
    let says = "after calls hung, the last had 50ms each and not 200ms";
    assert!(report.to_string().contains(says), "{report}");
    let texts = report.rows().iter().filter_map(|(_, status)| status.failure()).map(ToString::to_string);
    assert!(texts.filter(|text| text.contains("a part of")).count() > 2, "{report}");
    // The whole deadline for the two that are patient and what runs beside them; the least, and as much again for a
    // machine that is busy, for the rest.
    let clauses = u32::try_from(contract().clauses().count()).expect("a number of clauses");
    let most = DEADLINE * 4 + DEADLINE / 4 * clauses * 2;
    assert!(took < most, "it took {took:?}");
}

/// Hangs when it is dropped.
struct Stays;

impl Drop for Stays {
    fn drop(&mut self) {
        forever()
    }
}

impl Lie for Stays {}

#[test]
fn a_drop_that_never_returns_is_a_call_that_does_not() {
    let report = examine(lying(|| Stays));
    assert_nothing_held(&report);
    assert_blocked(&report, "insert::ids_ascend", "robust::every_call_returns");
}

#[test]
fn a_drop_that_never_returns_does_not_hide_what_was_found_before() {
    struct Wrong(#[allow(dead_code, reason = "for its drop")] Stays);
    impl Lie for Wrong {
        fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
            store.insert(entry).map(|_| 0)
        }
    }
    let report = examine(lying(|| Wrong(Stays)));
    assert_broken(&report, "insert::ids_are_positive");
    let text = text(&report, "insert::ids_are_positive");
    assert!(text.contains("id 0") && !text.contains("MNEME_CONFORMANCE_DEADLINE"), "{text}");
}

#[test]
fn a_call_that_is_slow_and_within_the_deadline_is_no_hang() {
    const PART: u32 = 5;
    struct Slow(Arc<AtomicU32>);
    impl Lie for Slow {
        fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
            self.0.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(DEADLINE / PART);
            store.clear_namespace(namespace)
        }
    }
    // One check of many that clear, as each takes as long.
    let clears = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&clears);
    let checked = &clause::clear::counts_what_it_removed;
    let report = check_store(lying(move || Slow(Arc::clone(&counted))), &settings().only([checked]));
    assert_held(&report, "clear::counts_what_it_removed");
    // Together they took longer than a call may.
    assert!(clears.load(Ordering::Relaxed) > PART, "{clears:?}");
}

#[test]
fn an_error_whose_text_never_ends_is_a_call_that_does_not_return() {
    #[derive(Debug)]
    struct Endless;
    impl std::fmt::Display for Endless {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            forever()
        }
    }
    impl std::error::Error for Endless {}
    struct Fails;
    impl Lie for Fails {
        fn delete_by_id(&self, _: &dyn Store, _: u64) -> Result<bool> {
            Err(mneme::Error::backend("delete the entry", Endless))
        }
    }
    let report = examine(lying(|| Fails));
    assert_held(&report, "insert::ids_ascend");
    assert_blocked(&report, "insert::deleted_key_gets_a_new_id", "robust::every_call_returns");
}
