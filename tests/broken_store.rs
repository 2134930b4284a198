//! What the harness says of each mistake in `examples/broken_store.rs`, as an author reads it.

use mneme_conformance::{Clause, Settings, check_store, clause};

#[path = "../examples/broken_store.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a program, and only its store is used here")]
mod broken_store;

/// The failure of a clause's own check.
fn failure(clause: &Clause) -> String {
    let settings = Settings::default().with_size(0).without_engines();
    let report = check_store(broken_store::subject(), &settings);
    let status = report.status(clause).expect("a clause of the contract");
    assert!(status.broken_clauses().contains(&clause), "{clause} is not broken: {status:?}");
    status.failure().expect("a broken clause has a failure").to_string()
}

#[test]
fn an_upsert_that_replaces_the_row() {
    insta::assert_snapshot!("an_upsert_that_replaces_the_row", failure(&clause::insert::upsert_keeps_the_id));
}

#[test]
fn a_lookup_that_notes_the_access() {
    insta::assert_snapshot!(
        "a_lookup_that_notes_the_access",
        failure(&clause::lookup::reading_changes_nothing)
    );
}

#[test]
fn a_clear_by_prefix() {
    insta::assert_snapshot!("a_clear_by_prefix", failure(&clause::clear::removes_that_namespace_only));
}
