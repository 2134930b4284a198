//! The stores behind the faults of this area.

use crate::zoo::faulty::Lie;
pub(super) use crate::zoo::faulty::lock;
use mneme::{Entry, Error, Result, Store, StoredEntry, limits};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn dimension(store: &dyn Store) -> Result<usize> {
    Ok(store.read_meta("embedder_dim")?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

pub(super) fn stored(store: &dyn Store, entry: &Entry) -> Result<Option<StoredEntry>> {
    store.get_by_hash(&entry.namespace, &entry.query_hash)
}

/// A cache of what is not stored, which each write but an insert empties.
#[derive(Default)]
pub(super) struct RemembersMisses(pub(super) Mutex<Vec<(String, String)>>);

impl Lie for RemembersMisses {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let key = (namespace.to_owned(), hash.to_owned());
        if lock(&self.0).contains(&key) {
            return Ok(None);
        }
        let found = store.get_by_hash(namespace, hash)?;
        if found.is_none() {
            lock(&self.0).push(key);
        }
        Ok(found)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        lock(&self.0).clear();
        store.delete_by_id(id)
    }
}

/// `last_insert_rowid()` after a second insert, into another table that has `N` rows for each entry.
#[derive(Default)]
pub(super) struct AnswersOf<const N: u64>(pub(super) Mutex<HashMap<u64, u64>>);

impl<const N: u64> Lie for AnswersOf<N> {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        let mut rows = lock(&self.0);
        let next = rows.len() as u64 * N + 1;
        Ok(*rows.entry(id).or_insert(next))
    }
}

/// `last_insert_rowid()` after an upsert that updated.
#[derive(Default)]
pub(super) struct AnswersTheLastNew(pub(super) AtomicU64);

impl Lie for AnswersTheLastNew {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let is_new = stored(store, &entry)?.is_none();
        let id = store.insert(entry)?;
        if is_new {
            self.0.store(id, Ordering::Relaxed);
        }
        Ok(self.0.load(Ordering::Relaxed))
    }
}

/// `INSERT OR REPLACE`: the row of the key goes, and a new one comes.
pub(super) struct ReplacesTheRow;

impl Lie for ReplacesTheRow {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(old) = stored(store, &entry)? {
            store.delete_by_id(old.id)?;
        }
        store.insert(entry)
    }
}

/// The driver's count of rows.
pub(super) struct AnswersTheRowCount(pub(super) AtomicU64);

impl Lie for AnswersTheRowCount {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry)?;
        Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Expiry by the time of the new entry, on the way.
pub(super) struct TakesTheDueForGone;

impl Lie for TakesTheDueForGone {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let due = |old: &StoredEntry| old.expires_at().is_some_and(|due| due < entry.created_at);
        if let Some(old) = stored(store, &entry)?.filter(due) {
            limits::check_entry(&entry, dimension(store)?)?;
            store.delete_by_id(old.id)?;
        }
        store.insert(entry)
    }
}

/// The index in a vector is the id.
pub(super) struct CountsFromZero;

impl Lie for CountsFromZero {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Ok(store.insert(entry)? - 1)
    }
}

/// Each namespace is a table of its own.
#[derive(Default)]
pub(super) struct PerNamespace(pub(super) Mutex<HashMap<String, Vec<u64>>>);

impl Lie for PerNamespace {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let namespace = entry.namespace.clone();
        let id = store.insert(entry)?;
        let mut ids = lock(&self.0);
        let ids = ids.entry(namespace).or_default();
        let at = ids.iter().position(|other| *other == id).unwrap_or_else(|| {
            ids.push(id);
            ids.len() - 1
        });
        Ok(at as u64 + 1)
    }
}

/// Ids that are answered in another order than they are given.
pub(super) struct Renumbers(pub(super) fn(u64) -> u64);

impl Lie for Renumbers {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry).map(self.0)
    }
}

/// Ids by a rule: from those that are stored, ascending, and how many were given.
pub(super) struct Gives {
    next: fn(&[u64], u64) -> u64,
    given: Mutex<HashMap<u64, u64>>,
}

impl Gives {
    pub(super) fn by(next: fn(&[u64], u64) -> u64) -> Self {
        Self { next, given: Mutex::default() }
    }
}

/// `SELECT max(id) + 1`.
pub(super) fn next_to_the_greatest(stored: &[u64], _: u64) -> u64 {
    stored.last().map_or(1, |last| last + 1)
}

/// A list of free slots, of which those past the last one in use were given back. The ids ascend.
pub(super) fn first_free(stored: &[u64], given: u64) -> u64 {
    (1..).zip(stored).find(|(id, next)| id != *next).map_or(given + 1, |(id, _)| id)
}

impl Lie for Gives {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let old = stored(store, &entry)?.map(|old| old.id);
        let mut given = lock(&self.given);
        let inner = store.iter_lru_ids(usize::MAX, None)?;
        let mut stored: Vec<u64> = inner.iter().filter_map(|id| given.get(id)).copied().collect();
        stored.sort_unstable();
        let id = store.insert(entry)?;
        if let Some(old) = old {
            return Ok(given[&old]);
        }
        let next = (self.next)(&stored, given.values().max().copied().unwrap_or(0));
        Ok(*given.entry(id).or_insert(next))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let inner = self.inner(store, id)?;
        inner.map_or(Ok(None), |inner| store.get_by_id(inner)).map(|found| self.outer(found))
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        store.get_by_hash(namespace, hash).map(|found| self.outer(found))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.inner(store, id)?.map_or(Ok(false), |inner| store.delete_by_id(inner))
    }
}

impl Gives {
    fn inner(&self, store: &dyn Store, id: u64) -> Result<Option<u64>> {
        let stored = store.iter_lru_ids(usize::MAX, None)?;
        let given = lock(&self.given);
        Ok(stored.into_iter().find(|inner| given.get(inner) == Some(&id)))
    }
    fn outer(&self, found: Option<StoredEntry>) -> Option<StoredEntry> {
        found.map(|found| StoredEntry { id: lock(&self.given)[&found.id], ..found })
    }
}

/// An upsert that keeps something of what was there.
pub(super) struct Merges(pub(super) fn(Entry, &StoredEntry) -> Entry);

impl Lie for Merges {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        limits::check_entry(&entry, dimension(store)?)?;
        match stored(store, &entry)? {
            Some(old) => store.insert(self.0(entry, &old)),
            None => store.insert(entry),
        }
    }
}

pub(super) fn merge_metadata(entry: Entry, old: &StoredEntry) -> Entry {
    let mut merged = old.metadata.clone();
    merged.extend(entry.metadata.clone());
    entry.metadata(merged)
}

/// A merge that goes one level down.
pub(super) fn merge_objects(entry: Entry, old: &StoredEntry) -> Entry {
    let mut merged = entry.metadata.clone();
    for (key, value) in &mut merged {
        if let (Value::Object(new), Some(Value::Object(old))) = (value, old.metadata.get(key)) {
            for (key, value) in old {
                new.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    entry.metadata(merged)
}

#[derive(Default)]
pub(super) struct CountsInserts(pub(super) AtomicU64);

impl Lie for CountsInserts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = stored(store, &entry)?.is_some();
        let id = store.insert(entry)?;
        self.0.fetch_add(u64::from(upsert), Ordering::Relaxed);
        Ok(id)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let more = if namespace.is_none() { self.0.load(Ordering::Relaxed) } else { 0 };
        Ok(store.count(namespace)? + more)
    }
}

/// An index by version in which an upsert adds a row and removes none.
pub(super) struct LeavesTheOldRow;

impl Lie for LeavesTheOldRow {
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<mneme::Entries<'a>> {
        let entries = store.iter_changed(version)?.collect::<Result<Vec<_>>>()?;
        let again = entries.iter().filter(|entry| entry.version > store.count(None).unwrap_or(0)).cloned();
        let again: Vec<_> = again.collect();
        Ok(Box::new(again.into_iter().chain(entries).map(Ok)))
    }
}

/// A soft delete: the key still leads to the id.
#[derive(Default)]
pub(in crate::zoo) struct Revives(Mutex<HashMap<(String, String), u64>>);

impl Lie for Revives {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let id = store.insert(entry)?;
        Ok(*lock(&self.0).entry(key).or_insert(id))
    }
}

pub(super) struct Resizes;

impl Lie for Resizes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let mut embedding = entry.embedding.clone();
        embedding.resize(dimension(store)?, 0.0);
        store.insert(entry.embedding(embedding))
    }
}

pub(super) struct TakesNoVector;

impl Lie for TakesNoVector {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let none = entry.embedding.is_empty();
        store.insert(if none { entry.embedding(vec![0.0; dimension(store)?]) } else { entry })
    }
}

pub(super) struct ComparesInAByte;

impl Lie for ComparesInAByte {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let dimension = dimension(store)?;
        if entry.embedding.len() > dimension && (entry.embedding.len() - dimension).is_multiple_of(256) {
            let cut = entry.embedding[..dimension].to_vec();
            return store.insert(entry.embedding(cut));
        }
        store.insert(entry)
    }
}

pub(super) struct SwapsTheLengths;

impl Lie for SwapsTheLengths {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry).map_err(|error| match error {
            Error::DimensionMismatch { stored, supplied } => {
                Error::DimensionMismatch { stored: supplied, supplied: stored }
            }
            other => other,
        })
    }
}

/// The delete is committed, and then the insert fails.
pub(super) struct ChecksTooLate;

impl Lie for ChecksTooLate {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Err(error @ Error::DimensionMismatch { .. }) = limits::check_entry(&entry, dimension(store)?) {
            if let Some(old) = stored(store, &entry)? {
                store.delete_by_id(old.id)?;
            }
            return Err(error);
        }
        store.insert(entry)
    }
}

pub(super) struct Clamps;

impl Lie for Clamps {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let created = entry.created_at.min(limits::MAX_NUMBER);
        store.insert(entry.created_at(created))
    }
}

pub(super) struct AccessUnchecked;

impl Lie for AccessUnchecked {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now.min(limits::MAX_NUMBER))
    }
}

pub(super) struct QuotaFails;

impl Lie for QuotaFails {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.version_counter()?;
        if quota > limits::MAX_NUMBER {
            return Err(Error::backend("write the quota", "integer out of range"));
        }
        store.set_namespace_quota(namespace, quota)
    }
}

pub(super) struct ChecksTheVectorFirst;

impl Lie for ChecksTheVectorFirst {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let dimension = dimension(store)?;
        if entry.embedding.len() != dimension {
            return Err(Error::DimensionMismatch { stored: dimension, supplied: entry.embedding.len() });
        }
        store.insert(entry)
    }
}

pub(super) struct LooksForTheIdFirst;

impl Lie for LooksForTheIdFirst {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if store.get_by_id(id)?.is_none() { Ok(()) } else { store.update_access(id, now) }
    }
}

/// `CREATE TABLE` was forgotten, or went to another database.
pub(super) struct HasNoTable;

impl Lie for HasNoTable {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        // What the store judges before it turns to its tables.
        if limits::check_entry(&entry, 4).is_err() || store.count(None).is_err() {
            return store.insert(entry);
        }
        Err(Error::backend("insert the entry", "no such table: entries"))
    }
}

/// `INSERT OR IGNORE`.
pub(super) struct Ignores;

impl Lie for Ignores {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            Some(found) => {
                limits::check_entry(&entry, found.embedding.len())?;
                Ok(found.id)
            }
            _ => store.insert(entry),
        }
    }
}
