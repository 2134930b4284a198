//! Clauses that a store is said to break.

use crate::zoo::faulty::{Faulty, Lie};
use mneme::{Entry, MemoryStore, Result, Store};
use mneme_conformance::{Clause, Settings, State, Status, StoreReport, Subject, Suite, check_store, clause};
use std::{cmp::Reverse, time::Duration};

fn report(subject: Subject) -> StoreReport {
    let races = Duration::from_millis(50);
    check_store(subject, &Settings::default().with_size(0).with_race_budget(races).without_engines())
}

fn status(report: &StoreReport, clause: &Clause) -> Status {
    report.status(clause).expect("every clause is in the report").clone()
}

/// An upsert deletes the row and inserts another.
struct ReplacesTheRow;

impl Lie for ReplacesTheRow {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(old) = store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            store.delete_by_id(old.id)?;
        }
        store.insert(entry)
    }
}

/// Of entries that were last accessed at the same time, the newest comes first.
#[derive(Default)]
pub(super) struct TiesTheOtherWay;

impl Lie for TiesTheOtherWay {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        entries.retain(|entry| namespace.is_none_or(|namespace| entry.namespace == namespace));
        entries.sort_by_key(|entry| (entry.last_accessed_at, Reverse(entry.id)));
        Ok(entries.into_iter().take(limit).map(|entry| entry.id).collect())
    }
}

fn replacing() -> Subject {
    Subject::volatile(|| Faulty::new(ReplacesTheRow))
}

fn replacing_as_is_known() -> Subject {
    replacing().deviates(&clause::insert::upsert_keeps_the_id, "the engine has no upsert")
}

fn needless() -> Subject {
    Subject::volatile(MemoryStore::new)
        .deviates(&clause::insert::upsert_keeps_the_id, "the engine has no upsert")
}

#[test]
fn a_clause_that_is_broken_as_its_author_says_deviates() {
    let before = status(&report(replacing()), &clause::insert::upsert_keeps_the_id);
    assert_eq!(before.state(), State::Broken, "{before:?}");
    let after = status(&report(replacing_as_is_known()), &clause::insert::upsert_keeps_the_id);
    assert!(matches!(after, Status::Deviates { why: "the engine has no upsert", seen: None }), "{after:?}");
}

#[test]
fn a_clause_that_is_kept_after_all_deviates_no_more() {
    let status = status(&report(needless()), &clause::insert::upsert_keeps_the_id);
    let Status::DeviatesNoMore(failure) = &status else { panic!("{status:?}") };
    assert_eq!(status.state(), State::Broken);
    insta::assert_snapshot!(failure);
}

#[test]
fn a_deviation_from_a_clause_that_does_not_bind_is_told() {
    let subject = Subject::volatile(MemoryStore::new)
        .deviates(&clause::durable::survives_close, "everything is in memory");
    let status = status(&report(subject), &clause::durable::survives_close);
    let Status::DeviatesNoMore(failure) = &status else { panic!("{status:?}") };
    assert_eq!(status.state(), State::Broken);
    insta::assert_snapshot!(failure);
}

#[test]
fn a_clause_that_a_known_deviation_keeps_from_being_judged_is_tolerated() {
    let before = status(&report(replacing()), &clause::insert::upsert_replaces_every_field);
    assert_eq!(before.state(), State::Blocked, "{before:?}");
    let after = status(&report(replacing_as_is_known()), &clause::insert::upsert_replaces_every_field);
    assert!(matches!(after, Status::NotChecked { tolerated: true, .. }), "{after:?}");
    assert_eq!(after.reason(), Some("the known deviation from insert::upsert_keeps_the_id is in the way"));
}

#[test]
fn a_clause_that_nobody_looked_at_deviates_as_its_author_says() {
    let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
    let after = status(&check_store(needless(), &settings), &clause::insert::upsert_keeps_the_id);
    let Status::Deviates { why: "the engine has no upsert", seen: Some(why) } = &after else {
        panic!("{after:?}")
    };
    assert_eq!(why, "the settings leave it out");
}

#[test]
fn a_clause_of_which_nothing_is_said_is_as_strict_as_ever() {
    let report = report(replacing_as_is_known());
    let status = status(&report, &clause::insert::ids_are_positive);
    assert_eq!(status.state(), State::Held, "{status:?}");
}

#[test]
fn a_suite_passes_what_deviates_and_what_that_blocks_and_fails_what_deviates_no_more() {
    let suite = |subject| Suite::new(subject, "my-store", env!("CARGO_MANIFEST_DIR"), "conformance::mine");
    let known = suite(replacing_as_is_known);
    assert!(known.check(&clause::insert::upsert_keeps_the_id).is_ok());
    assert!(known.check(&clause::insert::upsert_replaces_every_field).is_ok());
    let unknown = suite(replacing);
    assert!(unknown.check(&clause::insert::upsert_keeps_the_id).is_err());
    assert!(unknown.check(&clause::insert::upsert_replaces_every_field).is_err());
    let needless = suite(needless);
    let failure = needless.check(&clause::insert::upsert_keeps_the_id).expect_err("it deviates no more");
    let again = "again      cargo test -p my-store mine::insert::upsert_keeps_the_id -- --exact\n";
    assert!(failure.to_string().ends_with(again), "{failure}");
}
