//! Stores that answer what is no answer.

use super::{assert_blocked, assert_broken, assert_held, assert_says, examine, lying, text};
use crate::zoo::faulty::Lie;
use mneme::{Entries, Entry, Result, Store};
use mneme_conformance::State;

/// Declares a lie that answers something else in one method.
macro_rules! lie {
    ($name:ident, fn $method:ident $(<$life:lifetime>)? ($($argument:ident: $type:ty),*) -> $answer:ty $body:block) => {
        struct $name;
        impl Lie for $name {
            fn $method $(<$life>)? (& $($life)? self, $($argument: $type),*) -> Result<$answer> $body
        }
    };
}

#[test]
fn an_id_of_0_breaks_the_clause_about_ids() {
    lie!(
        Zero,
        fn insert(store: &dyn Store, entry: Entry) -> u64 {
            store.insert(entry).map(|_| 0)
        }
    );
    let report = examine(lying(|| Zero));
    assert_broken(&report, "insert::ids_are_positive");
    assert_blocked(&report, "insert::upsert_keeps_the_id", "insert::ids_are_positive");
    insta::assert_snapshot!(text(&report, "insert::ids_are_positive"));
}

#[test]
fn an_id_past_the_range_breaks_the_clause_about_ranges() {
    lie!(
        Huge,
        fn insert(store: &dyn Store, entry: Entry) -> u64 {
            store.insert(entry).map(|_| u64::MAX)
        }
    );
    let report = examine(lying(|| Huge));
    assert_blocked(&report, "insert::ids_ascend", "robust::answers_are_in_range");
    insta::assert_snapshot!(text(&report, "insert::ids_ascend"));
}

#[test]
fn an_iterator_without_end_is_not_followed_to_it() {
    lie!(
        Endless,
        fn iter_all<'a>(store: &'a dyn Store) -> Entries<'a> {
            let first = store.iter_all()?.next().transpose()?;
            Ok(Box::new(std::iter::from_fn(move || first.clone().map(Ok))))
        }
    );
    let report = examine(lying(|| Endless));
    assert_broken(&report, "iterate::yields_every_entry_once");
    assert!(text(&report, "iterate::yields_every_entry_once").contains("and no end"));
    assert_held(&report, "insert::ids_ascend");
}

#[test]
fn an_iterator_of_fresh_garbage_without_end_is_not_followed_to_it() {
    lie!(
        Garbage,
        fn iter_all<'a>(store: &'a dyn Store) -> Entries<'a> {
            let Some(first) = store.iter_all()?.next().transpose()? else { return store.iter_all() };
            let mut id = u64::MAX;
            Ok(Box::new(std::iter::from_fn(move || {
                let mut entry = first.clone();
                (entry.id, entry.version) = (id, u64::MAX);
                id -= 1;
                Some(Ok(entry))
            })))
        }
    );
    let report = examine(lying(|| Garbage));
    assert_broken(&report, "iterate::yields_every_entry_once");
    assert_says(
        &report,
        "iterate::yields_every_entry_once",
        "and no end <- expected only entries that are stored",
    );
}

#[test]
fn an_entry_whose_numbers_are_past_the_range_is_told() {
    lie!(
        Huge,
        fn get_by_id(store: &dyn Store, id: u64) -> Option<mneme::StoredEntry> {
            let mut entry = store.get_by_id(id)?;
            if let Some(entry) = &mut entry {
                (entry.id, entry.version) = (u64::MAX, u64::MAX);
            }
            Ok(entry)
        }
    );
    let report = examine(lying(|| Huge));
    assert_blocked(&report, "insert::upsert_keeps_the_id", "robust::answers_are_in_range");
}

#[test]
fn a_count_past_the_range_breaks_the_clause_about_ranges() {
    lie!(
        Huge,
        fn count(_store: &dyn Store, _namespace: Option<&str>) -> u64 {
            Ok(u64::MAX)
        }
    );
    let report = examine(lying(|| Huge));
    assert_blocked(&report, "insert::upsert_adds_no_entry", "robust::answers_are_in_range");
    assert_says(&report, "insert::upsert_adds_no_entry", "count() u64::MAX <- expected at most 2^53 - 1");
}

#[test]
fn a_version_past_the_range_breaks_the_clause_about_ranges() {
    lie!(
        Huge,
        fn version_counter(_store: &dyn Store) -> u64 {
            Ok(u64::MAX)
        }
    );
    let report = examine(lying(|| Huge));
    assert_blocked(&report, "insert::other_dimension_is_refused", "robust::answers_are_in_range");
}

#[test]
fn names_that_are_not_sorted_or_not_there_are_told() {
    lie!(
        Reversed,
        fn list_namespaces(store: &dyn Store) -> Vec<String> {
            let mut names = store.list_namespaces()?;
            names.push("z: never stored".to_owned());
            names.reverse();
            Ok(names)
        }
    );
    let report = examine(lying(|| Reversed));
    let status = super::status(&report, "insert::other_dimension_is_refused");
    assert_eq!(status.state(), State::Blocked, "{status:?}");
    let text = text(&report, "insert::other_dimension_is_refused");
    assert!(text.contains("never stored"), "{text}");
}

#[test]
fn an_error_of_every_operation_is_told_once_for_each_clause() {
    lie!(
        Fails,
        fn open(_store: &dyn Store, _identity: &mneme::Identity) -> () {
            Err(mneme::Error::backend("read the schema", std::io::Error::other("no such table: entries")))
        }
    );
    let report = examine(lying(|| Fails));
    super::assert_nothing_held(&report);
    assert_blocked(&report, "insert::ids_ascend", "robust::fails_only_where_a_clause_says");
    insta::assert_snapshot!(text(&report, "insert::ids_ascend"));
}
