//! What there are only so many of: each use takes one, and something forgets to give it back.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
    walks::walks_by,
};
use crate::fault;
use mneme::{Entries, Entry, Error, Result, Store, StoredEntry};
use mneme_conformance::Walk;
use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, ThreadId},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a walk that is left half-way keeps its place in a table of 126",
            volatile(|| Places::of(PLACES, false)),
            iterate::allows_writes_meanwhile,
            [],
            "expected no error"
        ),
        fault!(
            "a walk has a connection of its own, of which there are 64",
            volatile(|| Places::of(64, true)),
            iterate::allows_writes_meanwhile,
            [],
            "expected no error"
        ),
        fault!(
            "an insert that is refused keeps its place in a table of 126",
            volatile(RefusedInserts::default),
            insert::other_dimension_is_refused,
            [],
            "all are taken"
        ),
        fault!(
            "a thread that has ended keeps its place in a table of 126",
            volatile(Threads::default),
            robust::any_thread_may_call,
            [],
            "expected no error"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// As many as LMDB has readers where nobody says how many.
const PLACES: usize = 126;

fn all_taken<T>() -> Result<T> {
    Err(Error::backend("take a place", "all are taken"))
}

/// A walk that gives its place back, where it does, when it is dropped.
struct Counted<'a> {
    walk: Entries<'a>,
    taken: &'a AtomicUsize,
    gives_back: bool,
}

impl Iterator for Counted<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.walk.next();
        self.gives_back |= next.is_none();
        next
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.gives_back {
            self.taken.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Each walk takes a place, which it gives back when it is dropped, or only where it has come to its end by then.
struct Places {
    taken: AtomicUsize,
    of: usize,
    gives_back: bool,
}

impl Places {
    fn of(of: usize, gives_back: bool) -> Self {
        Self { taken: AtomicUsize::new(0), of, gives_back }
    }

    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let walk = walk.begin(store)?;
        if self.taken.load(Ordering::Relaxed) >= self.of {
            return all_taken();
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Counted { walk, taken: &self.taken, gives_back: self.gives_back }))
    }
}

impl Lie for Places {
    walks_by!(walk);
}

#[derive(Default)]
struct RefusedInserts(AtomicUsize);

impl Lie for RefusedInserts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.version_counter()?;
        if self.0.load(Ordering::Relaxed) >= PLACES {
            return all_taken();
        }
        let inserted = store.insert(entry);
        self.0.fetch_add(usize::from(inserted.is_err()), Ordering::Relaxed);
        inserted
    }
}

#[derive(Default)]
struct Threads(Mutex<HashSet<ThreadId>>);

impl Lie for Threads {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        let mut threads = lock(&self.0);
        threads.insert(thread::current().id());
        if threads.len() > PLACES { all_taken() } else { Ok(found) }
    }
}
