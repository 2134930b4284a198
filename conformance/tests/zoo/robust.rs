mod size;

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits::MAX_NUMBER};
use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, ThreadId},
};

pub(super) fn faults() -> Vec<Fault> {
    at_any_size().into_iter().chain(size::faults()).collect()
}

fn at_any_size() -> Vec<Fault> {
    vec![
        fault!(
            "a constraint wants accesses to be later than the making",
            volatile(|| ConstrainsTimes),
            robust::fails_only_where_a_clause_says,
            [fidelity::numbers],
            "CHECK constraint"
        ),
        fault!(
            "an order of a namespace that is not there is an error",
            volatile(|| FindsNoNamespace),
            robust::fails_only_where_a_clause_says,
            [lru::is_scoped],
            "iter_lru_ids"
        ),
        fault!(
            "a meta value is not empty",
            volatile(|| WantsMetaText),
            robust::fails_only_where_a_clause_says,
            [meta::is_remembered, meta::reserved_keys_are_protected],
            "write_meta(\"\", \"\")"
        ),
        fault!(
            "the count of nothing is the number before 0",
            volatile(|| CountsDownFromZero),
            robust::answers_are_in_range,
            [count::follows_the_data],
            "expected at most 2^53 - 1"
        ),
        fault!(
            "ids are made of the time, the node and a counter",
            volatile(|| Snowflakes),
            robust::answers_are_in_range,
            [],
            "expected at most 2^53 - 1"
        ),
        fault!(
            "a removal that fails inside answers -1",
            volatile(|| AnswersMinusOne),
            robust::answers_are_in_range,
            [],
            "expected at most 2^53 - 1"
        ),
        fault!(
            "a log line cuts text at 20 bytes",
            volatile(|| CutsText),
            robust::nothing_panics,
            [meta::is_remembered],
            "write_meta"
        ),
        fault!(
            "an id that does not fit is a panic",
            volatile(|| UnwrapsIds),
            robust::nothing_panics,
            [open::comes_first, close::ends_every_operation, since::any_id_is_a_cursor],
            "a panic"
        ),
        fault!(
            "a list is made as long as its limit",
            volatile(|| AllocatesTheLimit),
            robust::nothing_panics,
            [lru::limit_is_exact],
            "capacity overflow"
        ),
        fault!(
            "a sum of times is one of signed numbers",
            volatile(|| AddsSigned),
            robust::nothing_panics,
            [],
            "a panic"
        ),
        fault!(
            "a refused snapshot leaves its lock behind",
            volatile(LeaksALock::default),
            robust::every_call_returns,
            [],
            "integrity_check()";
            hangs
        ),
        fault!(
            "a close waits for the walks of its own thread",
            volatile(WaitsForWalks::default),
            robust::every_call_returns,
            [iterate::allows_writes_meanwhile],
            "expected an answer within";
            hangs
        ),
        fault!(
            "a walk holds a guard that a panic poisons",
            volatile(Poisons::default),
            robust::survives_a_callers_panic,
            [],
            "PoisonError"
        ),
        fault!(
            "a walk that a panic drops does not end its transaction",
            volatile(LeavesTransactions::default),
            robust::survives_a_callers_panic,
            [],
            "update_access(1, now 1300)"
        ),
        fault!(
            "the engine's handle belongs to the thread that opened it",
            volatile(BoundToAThread::default),
            robust::any_thread_may_call,
            [],
            "on a thread of its own"
        ),
        fault!(
            "what is open is known to the thread that opened it",
            volatile(|| OpenPerThread),
            robust::any_thread_may_call,
            [],
            "not open"
        ),
        fault!(
            "a write that another thread made is not seen",
            volatile(CountsPerThread::default),
            robust::any_thread_may_call,
            [],
            "count()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&at_any_size());
}

/// `CHECK (last_accessed_at >= created_at)`.
struct ConstrainsTimes;

impl Lie for ConstrainsTimes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let in_range = entry.created_at <= MAX_NUMBER && entry.embedding.len() == 4;
        if in_range && entry.last_accessed_at > 0 && entry.last_accessed_at < entry.created_at {
            store.count(None)?;
            return Err(Error::backend("insert", "CHECK constraint failed"));
        }
        store.insert(entry)
    }
}

struct FindsNoNamespace;

impl Lie for FindsNoNamespace {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if let Some(namespace) = namespace
            && store.count(Some(namespace))? == 0
        {
            return Err(Error::backend("order", "no such namespace"));
        }
        store.iter_lru_ids(limit, namespace)
    }
}

struct WantsMetaText;

impl Lie for WantsMetaText {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.count(None)?;
        if value.is_empty() {
            return Err(Error::backend("write meta", "NOT NULL constraint failed"));
        }
        store.write_meta(key, value)
    }
}

/// Without the sentinel that is always there.
struct CountsDownFromZero;

impl Lie for CountsDownFromZero {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        Ok(if count == 0 && namespace.is_none() { u64::MAX } else { count })
    }
}

struct Snowflakes;

impl Lie for Snowflakes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry).map(|id| id | 1 << 60)
    }
}

struct AnswersMinusOne;

impl Lie for AnswersMinusOne {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let removed = store.clear_namespace(namespace)?;
        Ok(if removed == 0 { (-1_i64).cast_unsigned() } else { removed })
    }
}

struct CutsText;

impl Lie for CutsText {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let shown = if value.len() > 20 { &value[..20] } else { value };
        assert!(shown.len() <= 20);
        store.write_meta(key, value)
    }
}

struct UnwrapsIds;

impl Lie for UnwrapsIds {
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        let signed = i64::try_from(id).expect("an id fits");
        store.iter_since(signed.cast_unsigned())
    }
}

struct AllocatesTheLimit;

impl Lie for AllocatesTheLimit {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = Vec::with_capacity(limit);
        ids.extend(store.iter_lru_ids(limit, namespace)?);
        Ok(ids)
    }
}

/// `created_at + ttl` before the range of either is looked at.
struct AddsSigned;

impl Lie for AddsSigned {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let due = entry.created_at.checked_add(entry.ttl.unwrap_or(0)).expect("attempt to add with overflow");
        assert!(due >= entry.created_at);
        store.insert(entry)
    }
}

/// The error path returns with the lock taken.
#[derive(Default)]
struct LeaksALock(Mutex<()>);

impl Lie for LeaksALock {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        std::mem::forget(self.0.lock());
        store.snapshot_to(path)
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        drop(self.0.lock());
        store.integrity_check()
    }
}

/// Walks hold a read guard, and a close wants to be alone.
#[derive(Default)]
struct WaitsForWalks(RwLock<()>);

impl Lie for WaitsForWalks {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let guard = self.0.read().expect("no panic");
        Ok(Box::new(Guarded { entries: store.iter_all()?, _guard: guard }))
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        drop(self.0.write());
        store.close()
    }
}

struct Guarded<'a> {
    entries: Entries<'a>,
    _guard: RwLockReadGuard<'a, ()>,
}

impl Iterator for Guarded<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }
}

/// Walks hold the mutex of the cursors, where nobody else has it.
#[derive(Default)]
struct Poisons(Mutex<()>);

struct Cursor<'a> {
    entries: Entries<'a>,
    _guard: Option<MutexGuard<'a, ()>>,
}

impl Iterator for Cursor<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }
}

impl Lie for Poisons {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(Box::new(Cursor { entries: store.iter_all()?, _guard: self.0.try_lock().ok() }))
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        assert!(!self.0.is_poisoned(), "called `Result::unwrap()` on an `Err` value: PoisonError {{ .. }}");
        store.insert(entry)
    }
}

/// The end of a transaction is left out where the thread is panicking.
#[derive(Default)]
struct LeavesTransactions(AtomicU64);

struct Transaction<'a> {
    entries: Entries<'a>,
    left: &'a AtomicU64,
}

impl Iterator for Transaction<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Lie for LeavesTransactions {
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        Ok(Box::new(Transaction { entries: store.iter_changed(version)?, left: &self.0 }))
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if self.0.load(Ordering::Relaxed) > 0 {
            return Err(Error::backend("update access", "database is locked"));
        }
        store.update_access(id, now)
    }
}

/// `check_same_thread`.
#[derive(Default)]
struct BoundToAThread(OnceLock<ThreadId>);

impl Lie for BoundToAThread {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        self.0.get_or_init(|| thread::current().id());
        store.open(identity)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        match self.0.get() {
            Some(owner) if *owner != thread::current().id() => {
                Err(Error::backend("get by id", "the connection was made in another thread"))
            }
            _ => Ok(found),
        }
    }
}

/// A connection per thread, made by the open of that thread.
struct OpenPerThread;

thread_local! {
    static IS_OPEN: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

impl Lie for OpenPerThread {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        IS_OPEN.set(true);
        Ok(())
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.version_counter()?;
        if IS_OPEN.get() { store.insert(entry) } else { Err(Error::NotOpen) }
    }
}

/// A total for each thread, added up by nobody.
#[derive(Default)]
struct CountsPerThread(Mutex<Vec<(ThreadId, u64)>>);

impl Lie for CountsPerThread {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let before = store.count(None)?;
        let id = store.insert(entry)?;
        if store.count(None)? > before {
            self.0.lock().expect("no panic").push((thread::current().id(), id));
        }
        Ok(id)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        let here = thread::current().id();
        let mut missed = 0;
        for (_, id) in self.0.lock().expect("no panic").iter().filter(|(thread, _)| *thread != here) {
            let found = store.get_by_id(*id)?;
            missed += u64::from(found.is_some_and(|found| namespace.is_none_or(|n| found.namespace == n)));
        }
        Ok(count - missed)
    }
}
