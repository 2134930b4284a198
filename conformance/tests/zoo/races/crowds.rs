//! Stores that are right as long as few threads are in their calls.

use crate::zoo::faulty::{Faulty, Lie, lock};
use mneme::{Error, MemoryStore, Result, Store, StoredEntry};
use mneme_conformance::{Clause, Profile, Report, State, StoreReport, Subject, check_store, clause};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// There are four prepared statements, and whoever finds all of them taken shares the last.
#[derive(Default)]
struct SharesTheLast {
    bound: [Mutex<(String, String)>; 4],
    taken: Mutex<[usize; 4]>,
}

impl Lie for SharesTheLast {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let mut taken = lock(&self.taken);
        let statement = taken.iter().position(|users| *users == 0).unwrap_or(3);
        taken[statement] += 1;
        drop(taken);
        *lock(&self.bound[statement]) = (namespace.to_owned(), hash.to_owned());
        thread::yield_now();
        let (namespace, hash) = lock(&self.bound[statement]).clone();
        let found = store.get_by_hash(&namespace, &hash);
        lock(&self.taken)[statement] -= 1;
        found
    }
}

/// How many counts a connection serves.
const COUNTS: usize = 18;

/// A connection is worn out after some calls, whoever makes them.
#[derive(Default)]
struct WearsOut(AtomicUsize);

impl Lie for WearsOut {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        if self.0.fetch_add(1, Ordering::AcqRel) >= COUNTS {
            return Err(Error::backend("count", "server has gone away"));
        }
        store.count(namespace)
    }
}

/// What shows in a crowd alone: for other rounds there is little time.
fn checked(subject: Subject) -> StoreReport {
    in_the_time(subject, Duration::from_secs(3))
}

fn in_the_time(subject: Subject, time: Duration) -> StoreReport {
    let settings =
        super::thorough([&clause::concurrent::contention_is_not_an_error]).with_profile(Profile::Quick);
    check_store(subject, &settings.with_race_budget(time))
}

/// The first clause that the check of contention says to be broken, and its text as one line.
fn said(report: &StoreReport) -> (Option<&'static Clause>, String) {
    let status = report.status(&clause::concurrent::contention_is_not_an_error).expect("it was checked");
    let text = status.failure().map(ToString::to_string).unwrap_or_default();
    (status.broken_clauses().first().copied(), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn what_many_threads_are_answered_is_looked_at() {
    let report = checked(Subject::volatile(|| Faulty::new(SharesTheLast::default())));
    let (first, text) = said(&report);
    assert_eq!(first, Some(&clause::concurrent::single_operations_are_linearizable), "{report}");
    assert!(text.contains("Shown are the calls that ran beside the wrong one."), "{text}");
}

/// A page of the order is given to whoever asks for one beside four others.
#[derive(Default)]
struct MixesPages(AtomicUsize);

impl Lie for MixesPages {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let others = self.0.fetch_add(1, Ordering::AcqRel);
        thread::yield_now();
        let ids = store.iter_lru_ids(limit, namespace);
        self.0.fetch_sub(1, Ordering::AcqRel);
        if others >= 4 { Ok(Vec::new()) } else { ids }
    }
}

#[test]
fn a_wrong_read_of_many_entries_is_not_laid_to_single_operations() {
    let whole = &clause::concurrent::whole_reads_are_atomic;
    let mixed = || Subject::volatile(|| Faulty::new(MixesPages::default()));
    let report = checked(mixed());
    assert_eq!(said(&report).0, Some(whole), "{report}");
    let known = checked(mixed().deviates(whole, "pages are mixed"));
    assert_eq!(known.count(State::Broken) + known.count(State::Blocked), 0, "{known}");
}

#[test]
fn a_store_that_wears_out_is_not_blamed_for_the_crowd() {
    let report = checked(Subject::volatile(|| Faulty::new(WearsOut::default())));
    let (first, text) = said(&report);
    assert_eq!(first, Some(&clause::robust::fails_only_where_a_clause_says), "{report}");
    assert!(text.contains("count x 18"), "{text}");
}

// On a busy machine too few calls may run beside another's.
#[test]
#[ignore = "it needs the cores for itself: `.ci/run races`"]
fn a_crowd_of_a_right_store_holds() {
    let report = in_the_time(Subject::volatile(MemoryStore::new), Duration::from_secs(60));
    assert_eq!(report.count(State::Held), 1, "{report}");
    let told = Report::new(vec![report]).to_json();
    assert!(told.contains("calls that ran beside another thread's, in "), "{told}");
}
