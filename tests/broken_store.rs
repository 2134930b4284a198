//! What the harness says of each mistake in `examples/broken_store.rs`, as an author reads it.

use broken_store::Mistake;
use mneme_conformance::{Clause, Settings, check_store, clause};

#[path = "../examples/broken_store.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a program, and only its store is used here")]
mod broken_store;

/// The failure of a clause's own check.
fn failure(mistake: Mistake, clause: &Clause) -> String {
    let settings = Settings::default().with_size(0).without_engines();
    let report = check_store(broken_store::subject(mistake), &settings);
    let status = report.status(clause).expect("a clause of the contract");
    assert!(status.broken_clauses().contains(&clause), "{clause} is not broken: {status:?}");
    status.failure().expect("a broken clause has a failure").to_string()
}

#[test]
fn an_upsert_that_replaces_the_row() {
    let text = failure(Mistake::ReplacesRows, &clause::insert::upsert_keeps_the_id);
    insta::assert_snapshot!("an_upsert_that_replaces_the_row", text);
}

#[test]
fn a_lookup_that_notes_the_access() {
    let text = failure(Mistake::NotesAccess, &clause::lookup::reading_changes_nothing);
    insta::assert_snapshot!("a_lookup_that_notes_the_access", text);
}

#[test]
fn a_clear_by_prefix() {
    let text = failure(Mistake::ClearsByPrefix, &clause::clear::removes_that_namespace_only);
    insta::assert_snapshot!("a_clear_by_prefix", text);
}
