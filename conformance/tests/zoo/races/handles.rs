//! Threads that call one of several handles on the same data: what belongs to a handle is shared by its threads alone.

use crate::zoo::{
    faulty::{Faulty, Lie, lock},
    logged::Logged,
};
use mneme::{Entry, Result, Store};
use mneme_conformance::{Claim, Subject, check_store, clause};
use std::{sync::Mutex, thread};

/// Values are bound to the handle's one statement under a lock, and the statement runs under another.
#[derive(Default)]
struct BindsThenRuns(Mutex<Option<Entry>>);

impl Lie for BindsThenRuns {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        *lock(&self.0) = Some(entry.clone());
        thread::yield_now();
        let bound = lock(&self.0).clone();
        store.insert(bound.unwrap_or(entry))
    }
}

#[test]
#[ignore = "it needs the cores for itself: `.ci/run races`"]
fn threads_of_one_handle_of_several_are_looked_at() {
    let single = &clause::concurrent::single_operations_are_linearizable;
    let subject = Subject::claiming([Claim::Durable, Claim::Shared], |site| {
        Faulty::over(Logged::on(site), BindsThenRuns::default())
    });
    let report = check_store(subject, &super::thorough([single]));
    let said = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(", all threads on one handle, when"), "{report}");
    let broken = report.status(single).expect("it was checked").broken_clauses().first().copied();
    assert_eq!(broken, Some(single), "{report}");
}
