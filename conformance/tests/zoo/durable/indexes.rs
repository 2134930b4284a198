//! An index in memory that inserts fill and an open does not, and a log of removals that goes by keys.

use super::{Reopened, lock, over};
use crate::{
    fault,
    zoo::{fault::Fault, faulty::Lie},
};
use mneme::{Entries, Entry, Identity, Result, Store, StoredEntry, limits};
use mneme_conformance::Site;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an open does not fill the index of what is due",
            durable(|| Indexed::new(Index::Due)),
            durable::survives_close,
            [],
            "delete_expired"
        ),
        fault!(
            "an open does not fill the index of namespaces",
            durable(|| Indexed::new(Index::Namespaces)),
            durable::survives_close,
            [],
            "clear_namespace"
        ),
        fault!(
            "a delete is logged by its key and done again at an open",
            site(|site| over(site, RepeatsDeletes::at(site))),
            durable::survives_close,
            [durable::survives_drop],
            "expected"
        ),
        fault!(
            "a handle that found data tells of no change before it was made, but from the beginning",
            durable(TellsFromItsOpen::default),
            changed::yields_every_later_write,
            [],
            "iter_changed"
        ),
        fault!(
            "a handle that found data has them in the order of their ids until one is used",
            durable(InOrderOfIds::default),
            lru::oldest_access_first,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "a second try to open reads no meta",
            durable(RemovesMeta::by_a_retry),
            open::refusal_changes_nothing,
            [],
            "B: read_meta"
        ),
        fault!(
            "a refused open removes the meta that an earlier handle wrote",
            durable(RemovesMeta::default),
            open::refusal_changes_nothing,
            [],
            "read_meta"
        ),
    ]
}

/// Counts from where it read the data.
#[derive(Default)]
struct TellsFromItsOpen(AtomicU64);

impl Lie for TellsFromItsOpen {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        let _ = self.0.compare_exchange(0, store.version_counter()?, Ordering::Relaxed, Ordering::Relaxed);
        Ok(())
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let opened_at = self.0.load(Ordering::Relaxed);
        store.iter_changed(if version == 0 { 0 } else { version.max(opened_at) })
    }
}

/// The order is made anew with the first use, and an open leaves it as the entries come.
#[derive(Default)]
struct InOrderOfIds(AtomicBool);

impl Lie for InOrderOfIds {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let was_open = store.version_counter().is_ok();
        store.open(identity)?;
        self.0.fetch_or(!was_open && store.version_counter()? > 0, Ordering::Relaxed);
        Ok(())
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.0.store(false, Ordering::Relaxed);
        store.update_access(id, now)
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if !self.0.load(Ordering::Relaxed) {
            return store.iter_lru_ids(limit, namespace);
        }
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        ids.sort_unstable();
        ids.truncate(limit);
        Ok(ids)
    }
}

/// After a refused open: the keys that were written since.
#[derive(Default)]
struct RemovesMeta {
    /// Whether the next try on a handle that is not open yet removes what there is, or else the refusal itself on one that is and
    /// found data.
    by_a_retry: bool,
    /// Whether the next such open does it.
    is_due: AtomicBool,
    written: Mutex<Option<HashSet<String>>>,
}

impl RemovesMeta {
    fn by_a_retry() -> Self {
        Self { by_a_retry: true, ..Self::default() }
    }
}

impl Lie for RemovesMeta {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let was_open = store.version_counter().is_ok();
        let opened = store.open(identity);
        let removes = was_open != self.by_a_retry && opened.is_ok() == self.by_a_retry;
        if removes && self.is_due.load(Ordering::Relaxed) {
            lock(&self.written).get_or_insert_default();
        }
        if !was_open {
            let found_data = opened.is_ok() && store.version_counter()? > 0;
            self.is_due.store(if self.by_a_retry { opened.is_err() } else { found_data }, Ordering::Relaxed);
        }
        opened
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        if let Some(written) = lock(&self.written).as_mut() {
            written.insert(key.to_owned());
        }
        Ok(())
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        let is_stamp = ["embedder_fingerprint", "embedder_dim", "schema_version"].contains(&key);
        let is_gone = lock(&self.written).as_ref().is_some_and(|written| !written.contains(key));
        Ok(value.filter(|_| is_stamp || !is_gone))
    }
}

pub(in crate::zoo) enum Index {
    Due,
    Namespaces,
}

/// Removes by an index what this handle wrote, and nothing that it found.
pub(in crate::zoo) struct Indexed {
    index: Index,
    written: Mutex<HashSet<u64>>,
}

impl Indexed {
    pub(in crate::zoo) fn new(index: Index) -> Self {
        Self { index, written: Mutex::default() }
    }

    fn remove(&self, store: &dyn Store, goes: impl Fn(&StoredEntry) -> bool) -> Result<u64> {
        let mut removed = 0;
        for stored in store.iter_all()?.collect::<Result<Vec<_>>>()? {
            if goes(&stored) && lock(&self.written).contains(&stored.id) {
                removed += u64::from(store.delete_by_id(stored.id)?);
            }
        }
        Ok(removed)
    }
}

impl Lie for Indexed {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.written).insert(id);
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.version_counter()?;
        limits::check_number("now", now)?;
        match self.index {
            Index::Due => self.remove(store, |stored| {
                namespace.is_none_or(|name| name == stored.entry.namespace)
                    && stored.entry.expires_at().is_some_and(|due| due <= now)
            }),
            Index::Namespaces => store.delete_expired(now, namespace),
        }
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        match self.index {
            Index::Due => store.clear_namespace(namespace),
            Index::Namespaces => self.remove(store, |stored| stored.entry.namespace == namespace),
        }
    }
}

type Key = (String, String);

struct RepeatsDeletes {
    site: String,
    reopened: Reopened,
}

static DELETED: Mutex<Option<HashMap<String, Vec<Key>>>> = Mutex::new(None);

impl RepeatsDeletes {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), reopened: Reopened::at(site) }
    }
}

impl Lie for RepeatsDeletes {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        let logged = lock(&DELETED).get_or_insert_default().get(&self.site).cloned().unwrap_or_default();
        for (namespace, hash) in logged.iter().filter(|_| self.reopened.0) {
            if let Some(stored) = store.get_by_hash(namespace, hash)? {
                store.delete_by_id(stored.id)?;
            }
        }
        Ok(())
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(stored) = store.get_by_id(id)? {
            let mut deleted = lock(&DELETED);
            let here = deleted.get_or_insert_default().entry(self.site.clone()).or_default();
            here.push((stored.entry.namespace.clone(), stored.entry.query_hash.clone()));
        }
        store.delete_by_id(id)
    }
}
