//! A store that is right, and chooses its numbers in another way.

use mneme::{Entries, Entry, Identity, MemoryStore, Result, Store, StoredEntry, limits::MAX_NUMBER};
use std::path::Path;

/// Seven between two ids, and three between two versions.
#[derive(Debug, Default)]
pub(crate) struct Spaced {
    store: MemoryStore,
    /// Whether a quota of 0 is forgotten, which is a mistake.
    forgets_zero: bool,
}

const IDS: u64 = 7;
const VERSIONS: u64 = 3;

impl Spaced {
    pub(crate) fn wrong() -> Self {
        Self { forgets_zero: true, ..Self::default() }
    }
}

fn out(read: StoredEntry) -> StoredEntry {
    StoredEntry { id: read.id * IDS, version: read.version * VERSIONS, entry: read.entry }
}

/// The id below, where one is given; one that nobody has otherwise.
fn below(id: u64) -> u64 {
    if id.is_multiple_of(IDS) { id / IDS } else { MAX_NUMBER }
}

fn stream(entries: Entries<'_>) -> Entries<'_> {
    Box::new(entries.map(|read| read.map(out)))
}

#[deny(clippy::missing_trait_methods, reason = "a method with a default would not be spaced")]
impl Store for Spaced {
    fn open(&self, identity: &Identity) -> Result<()> {
        self.store.open(identity)
    }
    fn close(&self) -> Result<()> {
        self.store.close()
    }
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        Ok(self.store.get_by_hash(namespace, query_hash)?.map(out))
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        Ok(self.store.get_by_id(below(id))?.map(out))
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.store.count(namespace)
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.store.list_namespaces()
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.store.iter_all().map(stream)
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.store.iter_since(id / IDS).map(stream)
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.store.iter_changed(version / VERSIONS).map(stream)
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        Ok(self.store.iter_lru_ids(limit, namespace)?.into_iter().map(|id| id * IDS).collect())
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        Ok(self.store.insert(entry)? * IDS)
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.store.update_access(below(id), now)
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.store.delete_by_id(below(id))
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.store.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.store.clear_namespace(namespace)
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.store.set_namespace_quota(namespace, quota)
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        let quota = self.store.get_namespace_quota(namespace)?;
        Ok(quota.filter(|quota| *quota > 0 || !self.forgets_zero))
    }
    fn version_counter(&self) -> Result<u64> {
        Ok(self.store.version_counter()? * VERSIONS)
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.store.read_meta(key)
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.store.write_meta(key, value)
    }
    fn integrity_check(&self) -> Result<bool> {
        self.store.integrity_check()
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.store.snapshot_to(path)
    }
}
