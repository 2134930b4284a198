//! Walks that do not bear with what happens while they are alive.

use super::{
    fault::Fault,
    faulty::Lie,
    walks::{Walking, next_page, paged, taken, walks_by},
};
use crate::fault;
use mneme::{Entries, Entry, Error, Result, Store, StoredEntry};
use mneme_conformance::Walk;
use std::{
    iter,
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an insert fails while a walk is alive" from "https://github.com/mattn/go-sqlite3/issues/569",
            volatile(OneAtATime::default),
            iterate::allows_writes_meanwhile,
            [],
            "table is locked"
        ),
        fault!(
            "a walk holds the lock that an insert waits for",
            volatile(HoldsTheLock::default),
            iterate::allows_writes_meanwhile,
            [],
            "<- expected an answer within";
            hangs
        ),
        fault!(
            "a walk that is dropped half-way gives its connection back to nobody" from "https://github.com/datachain-ai/datachain/issues/377",
            volatile(Leaks::default),
            iterate::allows_writes_meanwhile,
            [robust::fails_only_where_a_clause_says],
            "begins, as walk";
            hangs
        ),
        fault!(
            "there are ten connections, and a walk keeps one",
            volatile(TenConnections::default),
            iterate::allows_writes_meanwhile,
            [],
            "begins, as walk";
            hangs
        ),
        fault!(
            "a walk fails when something was written",
            volatile(|| Walking(fails_fast)),
            iterate::allows_writes_meanwhile,
            [iterate::never_ends_early],
            "could not walk"
        ),
        fault!(
            "what is inserted under a walk is rolled back with it",
            volatile(RollsBack::default),
            iterate::allows_writes_meanwhile,
            [],
            "<- expected id 1 (\"a\", \"meanwhile\")"
        ),
        fault!(
            "close fails while a walk is alive",
            volatile(ClosesLater::default),
            iterate::allows_writes_meanwhile,
            [],
            "unfinished statements"
        ),
        fault!(
            "pages of ten go by offset" from "https://github.com/taskcluster/taskcluster/issues/3278",
            volatile(|| Walking(offsets_of_10)),
            iterate::keeps_what_stays,
            [],
            "among them"
        ),
        fault!(
            "pages of 1,000 go by offset" from "https://github.com/dimagi/open-chat-studio/issues/4565",
            volatile(|| Walking(offsets_of_1_000)),
            iterate::keeps_what_stays,
            [],
            "among them"
        ),
        fault!(
            "a walk ends where its last entry was deleted",
            volatile(|| Walking(stands_on_its_entry)),
            iterate::keeps_what_stays,
            [],
            "among them"
        ),
        fault!(
            "a page of 16 goes on from the row that it ended with",
            volatile(|| Walking(pages_from_a_row)),
            iterate::keeps_what_stays,
            [],
            "among them"
        ),
        fault!(
            "a walk leaves out what was refreshed since the call",
            volatile(|| Walking(skips_what_is_newer)),
            iterate::keeps_what_stays,
            [],
            "among them"
        ),
        fault!(
            "a walk ends where anything has changed",
            volatile(|| Walking(ends_on_change)),
            iterate::keeps_what_stays,
            [iterate::never_ends_early],
            "among them"
        ),
        fault!(
            "the cursor's entry is looked up when the first item is asked for",
            volatile(|| Walking(looks_up_its_cursor)),
            iterate::keeps_what_stays,
            [],
            "iter_since(1) begins"
        ),
        fault!(
            "a refreshed entry comes again at the end",
            volatile(|| Walking(appends_the_refreshed)),
            iterate::keeps_what_stays,
            [],
            "once"
        ),
        fault!(
            "the vectors are read at the call, and the rest at each item",
            volatile(|| Walking(mixes_two_moments)),
            iterate::yields_only_what_was,
            [],
            "a state that id"
        ),
        fault!(
            "an entry that is gone comes as an empty one",
            volatile(|| Walking(defaults_what_is_gone)),
            iterate::yields_only_what_was,
            [],
            "a state that id"
        ),
        fault!(
            "the version is read at each item, and the rest at the call",
            volatile(|| Walking(versions_late)),
            iterate::yields_only_what_was,
            [],
            "a state that id"
        ),
        fault!(
            "the time of access is read at the call, and the count at each item",
            volatile(|| Walking(times_early)),
            iterate::yields_only_what_was,
            [],
            "a state that id"
        ),
        fault!(
            "a new entry comes from the pages and again from the journal",
            volatile(|| Walking(appends_the_new)),
            iterate::yields_only_what_was,
            [],
            "once"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A walk that does something when it is dropped.
struct Guarded<'a, F: FnMut()> {
    entries: Entries<'a>,
    ended: bool,
    /// Whether it matters that the walk has come to its end.
    only_at_the_end: bool,
    leave: F,
}

impl<F: FnMut()> Iterator for Guarded<'_, F> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.entries.next();
        self.ended |= next.is_none();
        next
    }
}

impl<F: FnMut()> Drop for Guarded<'_, F> {
    fn drop(&mut self) {
        if self.ended || !self.only_at_the_end {
            (self.leave)();
        }
    }
}

fn guarded<'a>(entries: Entries<'a>, leave: impl FnMut() + 'a) -> Entries<'a> {
    Box::new(Guarded { entries, ended: false, only_at_the_end: false, leave })
}

/// How many walks are alive.
#[derive(Default)]
struct Alive(AtomicUsize);

impl Alive {
    fn begin<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let entries = walk.begin(store)?;
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(guarded(entries, || _ = self.0.fetch_sub(1, Ordering::Relaxed)))
    }

    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// One connection, and a statement on it that is not finished.
#[derive(Default)]
struct OneAtATime(Alive);

impl OneAtATime {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        self.0.begin(store, walk)
    }
}

impl Lie for OneAtATime {
    walks_by!(walk);

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if self.0.any() {
            return Err(Error::backend("insert", "table is locked"));
        }
        store.insert(entry)
    }
}

/// A read guard beside the iterator that needs it.
#[derive(Default)]
struct HoldsTheLock(RwLock<()>);

impl HoldsTheLock {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let guard: RwLockReadGuard<'a, ()> = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut guard = Some(guard);
        Ok(guarded(walk.begin(store)?, move || drop(guard.take())))
    }
}

impl Lie for HoldsTheLock {
    walks_by!(walk);

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let _guard = self.0.write();
        store.insert(entry)
    }
}

/// Takes one of ten connections for a walk.
fn connect(taken: &AtomicUsize) -> Result<()> {
    if taken.fetch_add(1, Ordering::Relaxed) == 10 {
        taken.fetch_sub(1, Ordering::Relaxed);
        return Err(Error::backend("begin a walk", "no connection is free"));
    }
    Ok(())
}

/// A connection is given back at the end of the rows alone. The pool is larger than what is alive at once.
#[derive(Default)]
struct Leaks(AtomicUsize);

impl Leaks {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let entries = walk.begin(store)?;
        connect(&self.0)?;
        let leave = || _ = self.0.fetch_sub(1, Ordering::Relaxed);
        // All of those that are alive are given back one after the other, so they are not counted here.
        Ok(Box::new(Guarded { entries, ended: false, only_at_the_end: true, leave }))
    }
}

impl Lie for Leaks {
    walks_by!(walk);
}

#[derive(Default)]
struct TenConnections(AtomicUsize);

impl TenConnections {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let entries = walk.begin(store)?;
        connect(&self.0)?;
        Ok(guarded(entries, || _ = self.0.fetch_sub(1, Ordering::Relaxed)))
    }
}

impl Lie for TenConnections {
    walks_by!(walk);
}

fn fails_fast(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let version = store.version_counter()?;
    let mut entries = Some(walk.begin(store)?);
    Ok(Box::new(iter::from_fn(move || {
        if store.version_counter().is_ok_and(|now| now != version) {
            return entries.take().map(|_| Err(Error::backend("walk", "the map was changed meanwhile")));
        }
        entries.as_mut()?.next()
    })))
}

/// A walk opens a transaction on the only connection, and ends it without a commit.
#[derive(Default)]
struct RollsBack {
    alive: Alive,
    inserted: Mutex<Vec<u64>>,
}

impl RollsBack {
    fn inserted(&self) -> MutexGuard<'_, Vec<u64>> {
        self.inserted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        Ok(guarded(self.alive.begin(store, walk)?, || {
            for id in self.inserted().drain(..) {
                let _ = store.delete_by_id(id);
            }
        }))
    }
}

impl Lie for RollsBack {
    walks_by!(walk);

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        if self.alive.any() {
            self.inserted().push(id);
        }
        Ok(id)
    }
}

/// The engine does not close under a statement.
#[derive(Default)]
struct ClosesLater(Alive);

impl ClosesLater {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        self.0.begin(store, walk)
    }
}

impl Lie for ClosesLater {
    walks_by!(walk);

    fn close(&self, store: &dyn Store) -> Result<()> {
        if self.0.any() {
            return Err(Error::backend("close", "unable to close due to unfinished statements"));
        }
        store.close()
    }
}

fn offsets(store: &dyn Store, walk: Walk, size: usize) -> Result<Entries<'_>> {
    paged(store, move |came, _| walk.begin(store)?.skip(came).take(size).collect())
}

/// `WHERE rowid > (SELECT rowid FROM entries WHERE id = ?)`, which is no row where the last one has gone.
fn pages_from_a_row(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    paged(store, move |_, last| match last {
        Some(last) if store.get_by_id(last.id)?.is_none() => Ok(Vec::new()),
        last => next_page(store, walk, last, 16),
    })
}

fn offsets_of_10(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    offsets(store, walk, 10)
}

fn offsets_of_1_000(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    offsets(store, walk, 1_000)
}

/// A list whose next element is found from the last one.
fn stands_on_its_entry(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let mut ids = taken(store, walk)?.into_iter().map(|entry| entry.id);
    let mut last = None;
    paged(store, move |_, _| {
        if let Some(last) = last
            && store.get_by_id(last)?.is_none()
        {
            return Ok(Vec::new());
        }
        let next = ids.find_map(|id| store.get_by_id(id).transpose()).transpose()?;
        last = next.as_ref().map(|entry| entry.id);
        Ok(next.into_iter().collect())
    })
}

/// A walk over the entries of the call, each of which is looked at again when its turn comes.
fn looking_again<'a>(
    store: &'a dyn Store,
    walk: Walk,
    show: impl Fn(StoredEntry, Option<StoredEntry>) -> Option<StoredEntry> + 'a,
) -> Result<Entries<'a>> {
    if let Walk::Changed(_) = walk {
        return walk.begin(store);
    }
    let mut then = taken(store, walk)?.into_iter();
    paged(store, move |_, _| {
        for then in then.by_ref() {
            let now = store.get_by_id(then.id)?;
            if let Some(shown) = show(then, now) {
                return Ok(vec![shown]);
            }
        }
        Ok(Vec::new())
    })
}

fn skips_what_is_newer(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    looking_again(store, walk, |then, now| now.filter(|now| now.version == then.version))
}

fn mixes_two_moments(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    looking_again(store, walk, |then, now| {
        now.map(|mut now| {
            now.entry = now.entry.embedding(then.embedding.clone());
            now
        })
    })
}

fn defaults_what_is_gone(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    looking_again(store, walk, |then, now| {
        Some(now.unwrap_or_else(|| StoredEntry::new(then.id, then.version, Entry::new("", ""))))
    })
}

fn versions_late(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    looking_again(store, walk, |then, now| now.map(|now| StoredEntry::new(then.id, now.version, then.entry)))
}

fn times_early(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    looking_again(store, walk, |then, now| {
        now.map(|mut now| {
            now.entry = now.entry.last_accessed_at(then.last_accessed_at);
            now
        })
    })
}

fn ends_on_change(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let version = store.version_counter()?;
    let entries = walk.begin(store)?;
    Ok(Box::new(entries.take_while(move |_| store.version_counter().is_ok_and(|now| now == version))))
}

fn looks_up_its_cursor(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(cursor) = walk else { return walk.begin(store) };
    let was_there = store.get_by_id(cursor)?.is_some();
    paged(store, move |came, last| {
        if came == 0 && was_there && store.get_by_id(cursor)?.is_none() {
            return Ok(Vec::new());
        }
        next_page(store, walk, last, 1_000)
    })
}

/// What was written since the call is read from a journal in the end.
fn with_the_journal(store: &dyn Store, walk: Walk, new: bool) -> Result<Entries<'_>> {
    let version = store.version_counter()?;
    let then = taken(store, walk)?;
    let mut in_pages = true;
    paged(store, move |_, last| {
        if !in_pages {
            return Ok(Vec::new());
        }
        let page = next_page(store, walk, last, 10)?;
        if !page.is_empty() {
            return Ok(page);
        }
        in_pages = false;
        let written: Vec<_> = store.iter_changed(version)?.collect::<Result<_>>()?;
        let known = |entry: &StoredEntry| then.iter().any(|then| then.id == entry.id);
        Ok(written.into_iter().filter(|entry| known(entry) != new).collect())
    })
}

fn appends_the_refreshed(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    if let Walk::Changed(_) = walk { walk.begin(store) } else { with_the_journal(store, walk, false) }
}

fn appends_the_new(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    if let Walk::Changed(_) = walk { walk.begin(store) } else { with_the_journal(store, walk, true) }
}
