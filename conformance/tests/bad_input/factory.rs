//! Factories that make no store.

use super::{assert_blocked, assert_nothing_held, examine, status, text};
use mneme::{Error, MemoryStore, Store};
use mneme_conformance::{Site, State, StoreReport, Subject};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Asserts that a clause could not be judged, as there was no store.
#[track_caller]
fn assert_not_made(report: &StoreReport, name: &str) {
    let status = status(report, name);
    assert_eq!(status.state(), State::Blocked, "{name}: {status:?}");
    assert!(status.broken_clauses().is_empty(), "{name}: {status:?}");
}

#[test]
fn a_factory_that_fails_is_told_once_with_its_causes() {
    let refused = || std::io::Error::other("connection refused");
    let factory = move || Err::<MemoryStore, _>(Error::backend("connect to 127.0.0.1:6379", refused()));
    let report = examine(Subject::volatile(factory));
    assert_nothing_held(&report);
    assert_not_made(&report, "insert::ids_ascend");
    insta::assert_snapshot!(text(&report, "insert::ids_ascend"));
    assert_eq!(report.to_string().matches("connection refused").count(), 1, "{report}");
}

#[test]
fn a_factory_that_fails_at_times_is_told_beside_the_rest() {
    let calls = AtomicUsize::new(0);
    let factory = move || {
        // The first of these ends its check, so that each of them is the first of a check.
        if calls.fetch_add(1, Ordering::Relaxed) < 3 {
            return Err("no connection is left");
        }
        Ok(MemoryStore::new())
    };
    let report = examine(Subject::volatile(factory));
    assert_ne!(report.count(State::Blocked), 0, "{report}");
    assert_ne!(report.count(State::Held), 0, "{report}");
    let told = "MemoryStore could not be made, so nothing could be checked";
    assert_eq!(report.to_string().matches(told).count(), 1, "{report}");
    assert!(report.to_string().contains("no connection is left"), "{report}");
}

#[test]
fn a_factory_that_panics_makes_no_store() {
    let report =
        examine(Subject::volatile(|| -> MemoryStore { panic!("DATABASE_URL is not set") }).named("MyStore"));
    assert_nothing_held(&report);
    assert_not_made(&report, "insert::ids_ascend");
    insta::assert_snapshot!(text(&report, "insert::ids_ascend"));
}

#[test]
fn a_factory_that_hangs_breaks_the_clause_about_returning() {
    let report = examine(Subject::volatile(|| -> MemoryStore { super::hang::forever() }).named("MyStore"));
    assert_nothing_held(&report);
    assert_blocked(&report, "insert::ids_ascend", "robust::every_call_returns");
    assert!(text(&report, "insert::ids_ascend").contains("MNEME_CONFORMANCE_DEADLINE"));
}

#[test]
fn a_factory_that_always_makes_the_same_handle_is_no_store_of_its_own_each_time() {
    let one = std::sync::Arc::new(MemoryStore::new());
    let report = examine(Subject::volatile(move || std::sync::Arc::clone(&one)));
    assert_ne!(report.count(State::Broken) + report.count(State::Blocked), 0, "{report}");
}

#[test]
fn a_durable_factory_that_fails_on_the_second_handle_is_not_taken_for_one_that_never_works() {
    let factory = |site: &Site| {
        let mark = site.path().join("mark");
        if mark.exists() {
            return Err("the file is locked");
        }
        std::fs::write(&mark, "").map_err(|_| "no mark could be made")?;
        Ok(MemoryStore::new())
    };
    let report = examine(Subject::durable(factory));
    assert_ne!(report.count(State::Held), 0, "{report}");
    // A clause about what survives is where this shows.
    let survives = status(&report, "durable::survives_close");
    assert_ne!(survives.state(), State::Held, "{survives:?}");
}

#[test]
fn a_handle_may_be_a_pointer_to_a_store() {
    let report = examine(Subject::volatile(|| Box::new(MemoryStore::new()) as Box<dyn Store>));
    assert_eq!(report.count(State::Broken) + report.count(State::Blocked), 0, "{report}");
}
