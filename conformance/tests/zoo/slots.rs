//! What there are only so many of: each use takes one, and something forgets to give it back.

use super::{
    durable::over,
    fault::Fault,
    faulty::{Lie, lock},
    walks::walks_by,
};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry};
use mneme_conformance::{Site, Walk};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, ThreadId},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a walk that is left half-way keeps its place in a table of 126",
            volatile(|| Places::of(PLACES, false)),
            iterate::allows_writes_meanwhile,
            [robust::fails_only_where_a_clause_says],
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
            volatile(|| Threads::of(false)),
            robust::any_thread_may_call,
            [],
            "expected no error"
        ),
        fault!(
            "a thread that looked up a key and has ended keeps its place in a table of 126",
            volatile(|| Threads::of(true)),
            robust::any_thread_may_call,
            [],
            "expected no error"
        ),
        fault!(
            "a walk over all that is left half-way keeps its cursor, of which there are 1,000",
            volatile(|| Cursors(Places::of(1_000, false))),
            robust::fails_only_where_a_clause_says,
            [],
            "all are taken",
            size 1_100
        ),
        fault!(
            "a handle that is dropped and was not closed keeps its connection, of which there are 64",
            site(|site| over(site, Connections::at(site))),
            robust::fails_only_where_a_clause_says,
            [],
            "all are taken"
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
pub(super) struct Counted<'a> {
    pub(super) walk: Entries<'a>,
    pub(super) taken: &'a AtomicUsize,
    pub(super) gives_back: bool,
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

/// Walks over all entries alone.
struct Cursors(Places);

impl Lie for Cursors {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        self.0.walk(store, Walk::All)
    }
}

struct Threads {
    of_lookups_by_hash: bool,
    taken: Mutex<HashSet<ThreadId>>,
}

impl Threads {
    fn of(of_lookups_by_hash: bool) -> Self {
        Self { of_lookups_by_hash, taken: Mutex::default() }
    }

    fn take<T>(&self, found: T) -> Result<T> {
        let mut threads = lock(&self.taken);
        threads.insert(thread::current().id());
        if threads.len() > PLACES { all_taken() } else { Ok(found) }
    }
}

impl Lie for Threads {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        if self.of_lookups_by_hash { Ok(found) } else { self.take(found) }
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        if self.of_lookups_by_hash { self.take(found) } else { Ok(found) }
    }
}

/// Connections to a site's server, which only a close gives back.
struct Connections {
    site: String,
    is_open: AtomicBool,
}

impl Connections {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), is_open: AtomicBool::new(false) }
    }

    fn taken<T>(&self, with: impl FnOnce(&mut usize) -> T) -> T {
        static TAKEN: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
        with(lock(&TAKEN).entry(self.site.clone()).or_default())
    }
}

impl Lie for Connections {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        if self.is_open.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.taken(|taken| {
            *taken += 1;
            if *taken > 64 { all_taken() } else { Ok(()) }
        })
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        store.close()?;
        if self.is_open.swap(false, Ordering::Relaxed) {
            self.taken(|taken| *taken -= 1);
        }
        Ok(())
    }
}
