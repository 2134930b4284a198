//! Stores that panic.

use super::{assert_blocked, assert_held, assert_nothing_held, assert_says, examine, lying, text};
use crate::zoo::faulty::Lie;
use mneme::{Entries, Entry, Error, Result, Store, StoredEntry};
use mneme_conformance::State;

#[test]
fn a_panic_in_one_operation_leaves_the_clauses_of_the_others_judged() {
    struct Panics;
    impl Lie for Panics {
        fn delete_by_id(&self, _: &dyn Store, _: u64) -> Result<bool> {
            panic!("called `Option::unwrap()` on a `None` value");
        }
    }
    let report = examine(lying(|| Panics));
    assert_blocked(&report, "insert::deleted_key_gets_a_new_id", "robust::nothing_panics");
    assert_held(&report, "insert::ids_ascend");
    assert_held(&report, "insert::upsert_keeps_the_id");
    // Whole, though it is longer than other texts in a trace may be.
    let says = r#"a panic: "called `Option::unwrap()` on a `None` value" at panic.rs <- expected an answer"#;
    assert_says(&report, "insert::deleted_key_gets_a_new_id", says);
}

#[test]
fn a_panic_in_insert_blocks_what_inserts() {
    struct Panics;
    impl Lie for Panics {
        fn insert(&self, _: &dyn Store, _: Entry) -> Result<u64> {
            panic!("not yet implemented");
        }
    }
    let report = examine(lying(|| Panics));
    for name in ["insert::ids_ascend", "insert::upsert_keeps_the_id", "insert::returns_the_stored_id"] {
        assert_blocked(&report, name, "robust::nothing_panics");
    }
    insta::assert_snapshot!(text(&report, "insert::ids_ascend"));
}

#[test]
fn a_payload_that_is_no_text_is_a_panic_too() {
    struct Panics;
    impl Lie for Panics {
        fn insert(&self, _: &dyn Store, _: Entry) -> Result<u64> {
            std::panic::panic_any(7);
        }
    }
    let report = examine(lying(|| Panics));
    assert_blocked(&report, "insert::ids_ascend", "robust::nothing_panics");
    insta::assert_snapshot!(text(&report, "insert::ids_ascend"));
}

#[test]
fn a_payload_whose_drop_panics_is_a_panic_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("and again");
        }
    }
    struct Panics;
    impl Lie for Panics {
        fn insert(&self, _: &dyn Store, _: Entry) -> Result<u64> {
            std::panic::panic_any(Bomb);
        }
    }
    let report = examine(lying(|| Panics));
    assert_blocked(&report, "insert::ids_ascend", "robust::nothing_panics");
}

#[test]
fn an_iterator_that_panics_and_panics_again_when_it_is_dropped_is_one_panic() {
    struct Mined;
    impl Iterator for Mined {
        type Item = Result<StoredEntry>;
        fn next(&mut self) -> Option<Self::Item> {
            panic!("on the way");
        }
    }
    impl Drop for Mined {
        fn drop(&mut self) {
            panic!("and in the end");
        }
    }
    struct Panics;
    impl Lie for Panics {
        fn iter_all<'a>(&'a self, _: &'a dyn Store) -> Result<Entries<'a>> {
            Ok(Box::new(Mined))
        }
    }
    let report = examine(lying(|| Panics));
    assert_held(&report, "insert::ids_ascend");
    assert_blocked(&report, "iterate::yields_every_entry_once", "robust::nothing_panics");
    assert_says(
        &report,
        "iterate::yields_every_entry_once",
        r#"iter_all() a panic: "on the way" at panic.rs"#,
    );
}

#[test]
fn an_error_whose_text_panics_is_a_panic() {
    #[derive(Debug)]
    struct Speechless;
    impl std::fmt::Display for Speechless {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no words");
        }
    }
    impl std::error::Error for Speechless {}
    struct Fails;
    impl Lie for Fails {
        fn delete_by_id(&self, _: &dyn Store, _: u64) -> Result<bool> {
            Err(Error::backend("delete the entry", Speechless))
        }
    }
    let report = examine(lying(|| Fails));
    assert_held(&report, "insert::ids_ascend");
    assert_blocked(&report, "insert::deleted_key_gets_a_new_id", "robust::nothing_panics");
    assert_says(&report, "insert::deleted_key_gets_a_new_id", r#"a panic: "no words" at panic.rs"#);
}

#[test]
fn a_panic_that_poisons_a_lock_is_told_and_not_the_poison() {
    struct Poisons(std::sync::Mutex<()>);
    impl Lie for Poisons {
        fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
            let _guard = self.0.lock().expect("the lock is not poisoned");
            assert!(entry.query_hash != "h2", "the second hash is too much");
            store.insert(entry)
        }
        fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
            let _guard = self.0.lock().expect("the lock is not poisoned");
            store.get_by_id(id)
        }
    }
    let report = examine(lying(|| Poisons(std::sync::Mutex::default())));
    assert_blocked(&report, "insert::ids_are_positive", "robust::nothing_panics");
    let text = text(&report, "insert::ids_are_positive");
    assert!(text.contains("the second hash is too much") && !text.contains("poisoned"), "{text}");
}

/// Panics when it is dropped.
struct Falls;

impl Drop for Falls {
    fn drop(&mut self) {
        panic!("the flush on drop failed");
    }
}

impl Lie for Falls {}

#[test]
fn a_panic_in_drop_is_a_panic_of_the_store() {
    let report = examine(lying(|| Falls));
    assert_nothing_held(&report);
    assert_blocked(&report, "insert::ids_ascend", "robust::nothing_panics");
    let says = r#"drop of the handle a panic: "the flush on drop failed" at panic.rs"#;
    assert_says(&report, "insert::ids_ascend", says);
}

#[test]
fn a_panic_in_drop_does_not_hide_what_was_found_before() {
    struct Wrong(#[allow(dead_code, reason = "for its drop")] Falls);
    impl Lie for Wrong {
        fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
            store.insert(entry).map(|_| 0)
        }
    }
    let report = examine(lying(|| Wrong(Falls)));
    super::assert_broken(&report, "insert::ids_are_positive");
    assert!(!text(&report, "insert::ids_are_positive").contains("flush"));
}

/// Items, until one panics; and a panic at the end, when it is dropped.
struct Mined<'a> {
    entries: Entries<'a>,
    next: bool,
    drop: bool,
}

impl Iterator for Mined<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        assert!(!self.next, "the cursor is gone");
        self.entries.next()
    }
}

impl Drop for Mined<'_> {
    fn drop(&mut self) {
        assert!(!self.drop, "the cursor could not be closed");
    }
}

struct Mines {
    next: bool,
    drop: bool,
}

impl Lie for Mines {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(Box::new(Mined { entries: store.iter_all()?, next: self.next, drop: self.drop }))
    }
}

fn assert_mined(next: bool, drop: bool, says: &str) {
    let report = examine(lying(move || Mines { next, drop }));
    assert_blocked(&report, "insert::upsert_adds_no_entry", "robust::nothing_panics");
    assert!(text(&report, "insert::upsert_adds_no_entry").contains(says));
    assert_held(&report, "insert::ids_ascend");
}

#[test]
fn an_iterator_that_panics_in_next_is_a_panic_of_the_store() {
    assert_mined(true, false, "the cursor is gone");
}

#[test]
fn an_iterator_that_panics_in_drop_is_a_panic_of_the_store() {
    assert_mined(false, true, "the cursor could not be closed");
}

#[test]
fn a_panic_on_a_thread_of_the_stores_own_is_its_own_affair() {
    struct Spawns;
    impl Lie for Spawns {
        fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
            let thread = std::thread::spawn(|| std::panic::resume_unwind(Box::new("in the background")));
            assert!(thread.join().is_err(), "the thread panicked");
            store.clear_namespace(namespace)
        }
    }
    let report = examine(lying(|| Spawns));
    assert_eq!(report.count(State::Broken) + report.count(State::Blocked), 0, "{report}");
}

#[test]
fn a_store_that_prints_is_judged_as_any_other() {
    struct Prints;
    impl Lie for Prints {
        #[allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it does")]
        fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
            println!("inserting {}", entry.query_hash);
            eprintln!("inserting {}", entry.query_hash);
            store.insert(entry)
        }
    }
    let report = examine(lying(|| Prints));
    assert_eq!(report.count(State::Broken) + report.count(State::Blocked), 0, "{report}");
}

#[test]
fn a_panic_that_a_store_catches_itself_is_none() {
    struct Catches;
    impl Lie for Catches {
        fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
            let caught = std::panic::catch_unwind(|| panic!("inside"));
            assert!(caught.is_err(), "it was caught");
            store.insert(entry)
        }
    }
    let report = examine(lying(|| Catches));
    assert_eq!(report.count(State::Broken) + report.count(State::Blocked), 0, "{report}");
}
