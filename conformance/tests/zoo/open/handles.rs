//! What a handle is before it is open and after a refusal, and what two handles share.

use super::{
    super::{fault::Fault, faulty::Lie, hosted::Hosted},
    is_mismatch, lock,
};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, MemoryStore, Result, Store, StoredEntry, limits};
use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "open writes the stamps and then compares",
            volatile(StampsFirst::default),
            open::refusal_changes_nothing,
            [],
            "open"
        ),
        fault!(
            "a mismatch rebuilds the table" from "https://github.com/tobi/qmd/pull/501",
            volatile(|| RebuildsTheTable),
            open::refusal_changes_nothing,
            [version::stays_without_a_change],
            "expected"
        ),
        fault!(
            "a refused open shows its fingerprint as the stamp",
            volatile(|| ShowsTheRefused(Mutex::new(None))),
            open::refusal_changes_nothing,
            [open::dimension_out_of_range_is_refused],
            "expected \"conformance:v1\""
        ),
        fault!(
            "a refused first open is remembered",
            volatile(|| RemembersTheRefused(Mutex::new(None))),
            open::refusal_changes_nothing,
            [open::dimension_out_of_range_is_refused],
            "expected no error"
        ),
        fault!(
            "a refused open is a change",
            volatile(|| RefusalIsAChange(AtomicU64::new(0))),
            open::refusal_changes_nothing,
            [version::stays_without_a_change],
            "version_counter"
        ),
        fault!(
            "the open flag is set before the identity is checked",
            volatile(|| OpenFlagFirst(AtomicBool::new(false))),
            open::refused_handle_stays_unopened,
            [],
            "count"
        ),
        fault!(
            "a refused handle keeps its connection",
            durable(|| KeepsTheConnection),
            open::refused_handle_stays_unopened,
            [],
            "expected a not open error"
        ),
        fault!(
            "a refused open drops the connection",
            volatile(|| DropsTheConnection(AtomicBool::new(false))),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "get_by_id"
        ),
        fault!(
            "a refused open closes the handle",
            volatile(|| ClosesOnRefusal),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "the store is closed"
        ),
        fault!(
            "a refused open ends the iterators",
            volatile(|| EndsIterators(AtomicU64::new(0))),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "next() of walk"
        ),
        fault!(
            "the integrity check needs no open",
            volatile(|| ChecksUnopened),
            open::comes_first,
            [],
            "integrity_check"
        ),
        fault!(
            "an iterator looks at its first item whether the handle is open",
            volatile(|| LazyIterator),
            open::comes_first,
            [],
            "iter_all"
        ),
        fault!(
            "a limit of 0 is answered before anything else",
            volatile(|| NothingForNothing),
            open::comes_first,
            [close::ends_every_operation],
            "iter_lru_ids(0"
        ),
        fault!(
            "arguments are judged before the handle",
            volatile(|| ArgumentsFirst),
            open::comes_first,
            [close::ends_every_operation],
            "expected a not open error"
        ),
        fault!(
            "a quota that is set too early is kept for later",
            volatile(|| KeepsForLater(Mutex::new(None))),
            open::comes_first,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "an unopened handle panics",
            volatile(|| PanicsUnopened),
            open::comes_first,
            [robust::nothing_panics],
            "expected a not open error"
        ),
        fault!(
            "open answers ok and opens nothing",
            volatile(|| OpensNothing),
            open::comes_first,
            [
                open::other_fingerprint_is_refused,
                open::other_dimension_is_refused,
                open::fingerprint_is_judged_first,
                open::fingerprint_is_opaque,
                insert::other_dimension_is_refused,
                insert::number_out_of_range_is_refused,
                robust::fails_only_where_a_clause_says,
            ],
            "expected no error"
        ),
        fault!(
            "an insert asks a flag that open does not set",
            volatile(|| AsksAnotherFlag),
            open::comes_first,
            [insert::other_dimension_is_refused, robust::fails_only_where_a_clause_says],
            "insert"
        ),
        fault!(
            "the factory answers one handle, which somebody has opened",
            store(opened_by_somebody),
            open::sites_are_separate,
            [robust::fails_only_where_a_clause_says],
            "fingerprint mismatch"
        ),
        fault!(
            "a cache of lookups is static",
            volatile(|| StaticCache),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "get_by_hash"
        ),
        fault!(
            "quotas are static",
            volatile(|| StaticQuotas),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing, robust::any_thread_may_call],
            "expected none"
        ),
        fault!(
            "every store is the same named database in memory"
                from "https://github.com/tursodatabase/libsql-client-ts/pull/330",
            store(|| Hosted::unlocked(&this_scenario())),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "of the second"
        ),
        fault!(
            "every site is the same locked file",
            site(|_| Hosted::at(&this_scenario())),
            open::sites_are_separate,
            [],
            "the factory makes a handle"
        ),
        fault!(
            "deleting by id goes to the store that was opened last",
            volatile(|| DeletesEverywhere),
            open::sites_are_separate,
            [],
            "expected"
        ),
    ]
}

/// A name for what is shared by all that one scenario does: each runs on a thread of its own.
fn this_scenario() -> String {
    format!("{:?}", std::thread::current().id())
}

thread_local! {
    // Each scenario has a thread of its own, so that this is what a scenario's stores share.
    static CACHE: RefCell<HashMap<(String, String), Option<StoredEntry>>> = RefCell::default();
    static QUOTAS: RefCell<HashMap<String, u64>> = RefCell::default();
    static LAST_IDS: RefCell<Vec<u64>> = RefCell::default();
}

#[derive(Default)]
struct StampsFirst(Mutex<Option<Identity>>);

impl Lie for StampsFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if result.is_ok() || is_mismatch(&result) {
            let before = lock(&self.0).replace(identity.clone());
            return match before {
                Some(before) if before.fingerprint != identity.fingerprint => {
                    let (stored, supplied) = (before.fingerprint, identity.fingerprint.clone());
                    Err(Error::FingerprintMismatch { stored, supplied })
                }
                Some(before) if before.dimension != identity.dimension => {
                    Err(Error::DimensionMismatch { stored: before.dimension, supplied: identity.dimension })
                }
                _ => Ok(()),
            };
        }
        result
    }
}

struct RebuildsTheTable;

impl Lie for RebuildsTheTable {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if let Err(Error::DimensionMismatch { .. }) = result {
            store.list_namespaces()?.iter().try_for_each(|name| store.clear_namespace(name).map(drop))?;
        }
        result
    }
}

struct ShowsTheRefused(Mutex<Option<String>>);

impl Lie for ShowsTheRefused {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        *lock(&self.0) = Some(identity.fingerprint.clone());
        store.open(identity)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(if key == "embedder_fingerprint" { lock(&self.0).clone().or(value) } else { value })
    }
}

struct RemembersTheRefused(Mutex<Option<String>>);

impl Lie for RemembersTheRefused {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if let Err(Error::Closed) = store.count(None) {
            return Err(Error::Closed);
        }
        let stored = lock(&self.0).get_or_insert_with(|| identity.fingerprint.clone()).clone();
        limits::check_identity(identity)?;
        if stored != identity.fingerprint {
            return Err(Error::FingerprintMismatch { stored, supplied: identity.fingerprint.clone() });
        }
        store.open(identity)
    }
}

struct RefusalIsAChange(AtomicU64);

impl Lie for RefusalIsAChange {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.fetch_add(u64::from(is_mismatch(&result)), Ordering::Relaxed);
        result
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

struct OpenFlagFirst(AtomicBool);

impl Lie for OpenFlagFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        self.0.store(true, Ordering::Relaxed);
        store.open(identity)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        match store.count(namespace) {
            Err(Error::NotOpen) if self.0.load(Ordering::Relaxed) => Ok(0),
            result => result,
        }
    }
}

struct OpensNothing;

impl Lie for OpensNothing {
    fn open(&self, _: &dyn Store, identity: &Identity) -> Result<()> {
        limits::check_identity(identity)
    }
}

struct AsksAnotherFlag;

impl Lie for AsksAnotherFlag {
    fn insert(&self, store: &dyn Store, _: Entry) -> Result<u64> {
        store.version_counter()?;
        Err(Error::NotOpen)
    }
}

fn opened_by_somebody() -> Result<Arc<MemoryStore>> {
    static ONE: LazyLock<Arc<MemoryStore>> = LazyLock::new(|| Arc::new(MemoryStore::new()));
    ONE.open(&Identity::new("somebody's", 4))?;
    Ok(Arc::clone(&ONE))
}

/// The connection is there before the stamps are compared, and nothing takes it back.
struct KeepsTheConnection;

impl Lie for KeepsTheConnection {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        match &result {
            Err(Error::FingerprintMismatch { stored, .. }) => {
                let _ = store.open(&Identity::new(stored.clone(), identity.dimension));
            }
            Err(Error::DimensionMismatch { stored, .. }) => {
                let _ = store.open(&Identity::new(identity.fingerprint.clone(), *stored));
            }
            _ => {}
        }
        result
    }
}

struct DropsTheConnection(AtomicBool);

impl Lie for DropsTheConnection {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.store(is_mismatch(&result), Ordering::Relaxed);
        result
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        if self.0.load(Ordering::Relaxed) { Err(Error::NotOpen) } else { store.get_by_id(id) }
    }
}

struct ClosesOnRefusal;

impl Lie for ClosesOnRefusal {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if is_mismatch(&result) {
            store.close()?;
        }
        result
    }
}

struct EndsIterators(AtomicU64);

impl Lie for EndsIterators {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.fetch_add(u64::from(is_mismatch(&result)), Ordering::Relaxed);
        result
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let before = self.0.load(Ordering::Relaxed);
        Ok(Box::new(store.iter_all()?.map(move |entry| {
            if self.0.load(Ordering::Relaxed) == before {
                return entry;
            }
            Err(Error::backend("read the next page", "the statement was finalized"))
        })))
    }
}

struct ChecksUnopened;

impl Lie for ChecksUnopened {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        match store.integrity_check() {
            Err(Error::NotOpen) => Ok(true),
            result => result,
        }
    }
}

struct LazyIterator;

impl Lie for LazyIterator {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        match store.iter_all() {
            Err(Error::NotOpen) => Ok(Box::new(std::iter::once(Err(Error::NotOpen)))),
            result => result,
        }
    }
}

struct NothingForNothing;

impl Lie for NothingForNothing {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if limit == 0 { Ok(Vec::new()) } else { store.iter_lru_ids(limit, namespace) }
    }
}

struct ArgumentsFirst;

impl Lie for ArgumentsFirst {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        limits::check_number("created_at", entry.created_at)?;
        store.insert(entry)
    }
}

struct KeepsForLater(Mutex<Option<(String, u64)>>);

impl Lie for KeepsForLater {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        match lock(&self.0).take() {
            Some((namespace, quota)) => store.set_namespace_quota(&namespace, quota),
            None => Ok(()),
        }
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        let result = store.set_namespace_quota(namespace, quota);
        if let Err(Error::NotOpen) = result {
            lock(&self.0).get_or_insert_with(|| (namespace.to_owned(), quota));
        }
        result
    }
}

struct PanicsUnopened;

impl Lie for PanicsUnopened {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        match store.version_counter() {
            Err(Error::NotOpen) => panic!("open the store first"),
            result => result,
        }
    }
}

/// A cache that every write empties, but which belongs to the process.
struct StaticCache;

impl StaticCache {
    fn emptied<T>(answer: T) -> T {
        CACHE.with_borrow_mut(HashMap::clear);
        answer
    }
}

impl Lie for StaticCache {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let key = (namespace.to_owned(), hash.to_owned());
        Ok(CACHE.with_borrow_mut(|cache| cache.entry(key).or_insert(found).clone()))
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Self::emptied(store.insert(entry))
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        Self::emptied(store.update_access(id, now))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        Self::emptied(store.delete_by_id(id))
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        Self::emptied(store.delete_expired(now, namespace))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        Self::emptied(store.clear_namespace(namespace))
    }
}

struct StaticQuotas;

impl Lie for StaticQuotas {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        QUOTAS.with_borrow_mut(|quotas| quotas.insert(namespace.to_owned(), quota));
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace)?;
        Ok(QUOTAS.with_borrow(|quotas| quotas.get(namespace).copied()))
    }
}

/// Deleted ids are noted in a static set, by which lookups are filtered.
struct DeletesEverywhere;

impl Lie for DeletesEverywhere {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let there = store.delete_by_id(id)?;
        LAST_IDS.with_borrow_mut(|ids| ids.push(id));
        Ok(there)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        LAST_IDS.with_borrow_mut(|ids| ids.retain(|gone| *gone != id));
        Ok(id)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        Ok(found.filter(|_| LAST_IDS.with_borrow(|ids| !ids.contains(&id))))
    }
}
