//! A healthy store with one operation that lies.

use mneme::{Entries, Entry, Error, Identity, MemoryStore, Result, Store, StoredEntry, limits};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The errors that an open owes whatever the data are: a lie that opens something of its own judges them first.
pub(crate) fn before_the_data(store: &dyn Store, identity: &Identity) -> Result<()> {
    match store.count(None) {
        Err(Error::Closed) => Err(Error::Closed),
        _ => limits::check_identity(identity),
    }
}

/// Locks, even after a panic of another thread: that is for the harness to tell of, and not for the next call.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One mistake: the operations that it changes. Each answers from the healthy store where it is not overridden.
pub(crate) trait Lie: Send + Sync {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        store.close()
    }
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        store.get_by_hash(namespace, query_hash)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        store.get_by_id(id)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        store.count(namespace)
    }
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        store.list_namespaces()
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        store.iter_all()
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        store.iter_since(id)
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        store.iter_changed(version)
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        store.iter_lru_ids(limit, namespace)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        store.clear_namespace(namespace)
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        store.version_counter()
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        store.read_meta(key)
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        store.integrity_check()
    }
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        store.snapshot_to(path)
    }
}

/// A store that answers through a [`Lie`].
pub(crate) struct Faulty<L, S = MemoryStore> {
    lie: L,
    store: S,
}

impl<L: Lie> Faulty<L> {
    pub(crate) fn new(lie: L) -> Self {
        Self { lie, store: MemoryStore::new() }
    }
}

impl<L: Lie, S: Store> Faulty<L, S> {
    pub(crate) fn over(store: S, lie: L) -> Self {
        Self { lie, store }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a method with a default would slip past the lies")]
impl<L: Lie, S: Store> Store for Faulty<L, S> {
    fn open(&self, identity: &Identity) -> Result<()> {
        self.lie.open(&self.store, identity)
    }
    fn close(&self) -> Result<()> {
        self.lie.close(&self.store)
    }
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.lie.get_by_hash(&self.store, namespace, query_hash)
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.lie.get_by_id(&self.store, id)
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.lie.count(&self.store, namespace)
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.lie.list_namespaces(&self.store)
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.lie.iter_all(&self.store)
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.lie.iter_since(&self.store, id)
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.lie.iter_changed(&self.store, version)
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.lie.iter_lru_ids(&self.store, limit, namespace)
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        self.lie.insert(&self.store, entry)
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.lie.update_access(&self.store, id, now)
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.lie.delete_by_id(&self.store, id)
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.lie.delete_expired(&self.store, now, namespace)
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.lie.clear_namespace(&self.store, namespace)
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.lie.set_namespace_quota(&self.store, namespace, quota)
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.lie.get_namespace_quota(&self.store, namespace)
    }
    fn version_counter(&self) -> Result<u64> {
        self.lie.version_counter(&self.store)
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.lie.read_meta(&self.store, key)
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.lie.write_meta(&self.store, key, value)
    }
    fn integrity_check(&self) -> Result<bool> {
        self.lie.integrity_check(&self.store)
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.lie.snapshot_to(&self.store, path)
    }
}
