//! Three stores with one mistake each, to see what the harness says of them.
//!
//! `cargo run --example broken_store` prints the report, and fails.

use mneme::{Entries, Entry, Identity, MemoryStore, Result, Store, StoredEntry};
use mneme_conformance::{Subject, check_stores};
use std::{path::Path, process::ExitCode};

/// Everything is right but the operation that the mistake is in.
#[derive(Debug)]
pub struct BrokenStore {
    inner: MemoryStore,
    mistake: Mistake,
}

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// An `INSERT OR REPLACE`, which deletes the row of the key and inserts another.
    ReplacesRows,
    /// A lookup that helpfully notes that the entry was used.
    NotesAccess,
    /// A `LIKE 'namespace%'`, which takes the namespaces that begin alike too.
    ClearsByPrefix,
}

/// The store with a mistake, as the harness takes it.
pub fn subject(mistake: Mistake) -> Subject {
    Subject::volatile(move || BrokenStore { inner: MemoryStore::new(), mistake })
        .named(format!("{mistake:?}"))
}

fn main() -> ExitCode {
    check_stores([Mistake::ReplacesRows, Mistake::NotesAccess, Mistake::ClearsByPrefix].map(subject))
}

impl Store for BrokenStore {
    fn insert(&self, entry: Entry) -> Result<u64> {
        if self.mistake == Mistake::ReplacesRows
            && let Some(old) = self.inner.get_by_hash(&entry.namespace, &entry.query_hash)?
        {
            self.inner.delete_by_id(old.id)?;
        }
        self.inner.insert(entry)
    }

    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        let found = self.inner.get_by_hash(namespace, query_hash)?;
        if self.mistake == Mistake::NotesAccess
            && let Some(entry) = &found
        {
            self.inner.update_access(entry.id, entry.last_accessed_at + 1)?;
        }
        Ok(found)
    }

    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        if self.mistake != Mistake::ClearsByPrefix {
            return self.inner.clear_namespace(namespace);
        }
        let alike = self.inner.list_namespaces()?.into_iter().filter(|other| other.starts_with(namespace));
        alike.map(|other| self.inner.clear_namespace(&other)).sum()
    }

    fn open(&self, identity: &Identity) -> Result<()> {
        self.inner.open(identity)
    }
    fn close(&self) -> Result<()> {
        self.inner.close()
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.inner.get_by_id(id)
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.inner.count(namespace)
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.inner.list_namespaces()
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.inner.iter_all()
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.inner.iter_since(id)
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.inner.iter_changed(version)
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.inner.iter_lru_ids(limit, namespace)
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.inner.update_access(id, now)
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.inner.delete_by_id(id)
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.inner.delete_expired(now, namespace)
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.inner.set_namespace_quota(namespace, quota)
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.inner.get_namespace_quota(namespace)
    }
    fn version_counter(&self) -> Result<u64> {
        self.inner.version_counter()
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.inner.read_meta(key)
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.inner.write_meta(key, value)
    }
    fn integrity_check(&self) -> Result<bool> {
        self.inner.integrity_check()
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.inner.snapshot_to(path)
    }
}
