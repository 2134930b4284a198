mod integrity;

use super::{
    journal::Journal,
    namespaces::{NamespaceIndex, Namespaces, last_access},
};
use crate::{Entry, Error, Result, StoredEntry, limits::MAX_NUMBER};
use core::{hash::BuildHasher, num::NonZeroU64};
use hashbrown::{DefaultHashBuilder, HashTable};

/// The entries, and everything by which they are found.
///
/// A record lives in the hash table by key, and nowhere else. The table keeps no key besides, since the entry has it;
/// nor does it hash one again when it grows, since the record has the hash. The journals lead from an id or a version
/// to that hash, and so to the record without touching its texts.
#[derive(Debug, Default)]
pub(super) struct Records {
    table: HashTable<Record>,
    hasher: DefaultHashBuilder,
    by_id: Journal<u64, KeyHash>,
    by_version: Journal<u64, KeyHash>,
    namespaces: Namespaces,
    last_id: u64,
    version: u64,
}

#[derive(Debug)]
struct Record {
    hash: KeyHash,
    namespace: NamespaceIndex,
    stored: StoredEntry,
}

/// The hash of a key, made when its entry is inserted.
///
/// One bit is always set, so that a journal's line needs no more room for "no hash". The table does not look at that
/// bit below 2^48 buckets: it chooses a bucket by the low bits, and compares the top ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyHash(NonZeroU64);

/// Below this many records the table is not made smaller.
const SMALL: usize = 32;

impl KeyHash {
    const SET_BIT: NonZeroU64 = NonZeroU64::new(1 << 48).expect("a bit is set");

    pub(super) fn new(hash: u64) -> Self {
        Self(Self::SET_BIT | hash)
    }

    fn get(self) -> u64 {
        self.0.get()
    }
}

impl Record {
    fn has_key(&self, namespace: &str, query_hash: &str) -> bool {
        self.stored.query_hash == query_hash && self.stored.namespace == namespace
    }
}

/// Entries that leave are answered, so that whoever holds the lock can free their texts after it.
impl Records {
    /// The version counter.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The greatest id that was ever given.
    pub(super) fn last_id(&self) -> u64 {
        self.last_id
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    pub(super) fn get_by_key(&self, namespace: &str, query_hash: &str) -> Option<&StoredEntry> {
        let hash = self.hash(namespace, query_hash);
        let record = self.table.find(hash.get(), |record| record.has_key(namespace, query_hash))?;
        Some(&record.stored)
    }

    pub(super) fn get_by_id(&self, id: u64) -> Option<&StoredEntry> {
        let hash = self.by_id.get(id)?;
        Some(&self.table.find(hash.get(), |record| record.stored.id == id)?.stored)
    }

    /// The entries whose id is greater, ascending by id.
    pub(super) fn after_id(&self, id: u64) -> impl Iterator<Item = &StoredEntry> {
        self.by_id.after(id).filter_map(|(id, hash)| {
            Some(&self.table.find(hash.get(), |record| record.stored.id == id)?.stored)
        })
    }

    /// The entries whose version is greater, ascending by version.
    pub(super) fn after_version(&self, version: u64) -> impl Iterator<Item = &StoredEntry> {
        self.by_version.after(version).filter_map(|(version, hash)| {
            Some(&self.table.find(hash.get(), |record| record.stored.version == version)?.stored)
        })
    }

    /// Stores an entry, and answers its id and the entry that it replaced.
    pub(super) fn insert(&mut self, entry: Entry) -> Result<(u64, Option<StoredEntry>)> {
        let hash = self.hash(&entry.namespace, &entry.query_hash);
        let version = self.next_version()?;
        let same_key = |record: &Record| record.has_key(&entry.namespace, &entry.query_hash);
        if let Some(record) = self.table.find_mut(hash.get(), same_key) {
            let id = record.stored.id;
            let replaced = core::mem::replace(&mut record.stored, StoredEntry::new(id, version, entry));
            self.namespaces.reorder(record.namespace, &replaced, &record.stored);
            self.by_version.remove(replaced.version);
            self.by_version.push(version, hash);
            self.version = version;
            return Ok((id, Some(replaced)));
        }

        let id = next(self.last_id, "give another id")?;
        let stored = StoredEntry::new(id, version, entry);
        let namespace = self.namespaces.add(&stored);
        self.table.insert_unique(hash.get(), Record { hash, namespace, stored }, |record| record.hash.get());
        self.by_id.push(id, hash);
        self.by_version.push(version, hash);
        self.last_id = id;
        self.version = version;
        Ok((id, None))
    }

    pub(super) fn update_access(&mut self, id: u64, now: u64) {
        let Some(hash) = self.by_id.get(id) else { return };
        let Some(record) = self.table.find_mut(hash.get(), |record| record.stored.id == id) else { return };
        let old = last_access(&record.stored);
        let entry = &mut record.stored.entry;
        entry.last_accessed_at = now;
        entry.access_count = MAX_NUMBER.min(entry.access_count + 1);
        self.namespaces.touch(record.namespace, old, last_access(&record.stored));
    }

    pub(super) fn delete(&mut self, id: u64) -> Result<Option<StoredEntry>> {
        if self.by_id.get(id).is_none() {
            return Ok(None);
        }
        self.version = self.next_version()?;
        let removed = self.remove(id);
        self.give_back();
        Ok(removed)
    }

    /// Removes the entries that are due, in one namespace or in all.
    pub(super) fn delete_expired(&mut self, now: u64, namespace: Option<&str>) -> Result<Vec<StoredEntry>> {
        let mut removed = Vec::new();
        let Some(mut due) = self.namespaces.first_due(now, namespace) else { return Ok(removed) };
        self.version = self.next_version()?;
        loop {
            removed.extend(self.remove(due));
            match self.namespaces.first_due(now, namespace) {
                Some(next) => due = next,
                None => break,
            }
        }
        self.give_back();
        Ok(removed)
    }

    pub(super) fn clear_namespace(&mut self, namespace: &str) -> Result<Vec<StoredEntry>> {
        if self.namespaces.count(namespace) == 0 {
            return Ok(Vec::new());
        }
        self.version = self.next_version()?;
        let ids = self.namespaces.take(namespace);
        let removed = ids.into_iter().filter_map(|id| Some(self.unlink(id)?.stored)).collect();
        self.give_back();
        Ok(removed)
    }

    fn hash(&self, namespace: &str, query_hash: &str) -> KeyHash {
        KeyHash::new(self.hasher.hash_one((namespace, query_hash)))
    }

    fn next_version(&self) -> Result<u64> {
        next(self.version, "count another change")
    }

    fn remove(&mut self, id: u64) -> Option<StoredEntry> {
        let record = self.unlink(id)?;
        self.namespaces.remove(record.namespace, &record.stored);
        Some(record.stored)
    }

    /// Takes a record out of everything but the namespaces.
    fn unlink(&mut self, id: u64) -> Option<Record> {
        let hash = self.by_id.remove(id)?;
        let found = self.table.find_entry(hash.get(), |record| record.stored.id == id).ok()?;
        let (record, _) = found.remove();
        self.by_version.remove(record.stored.version);
        Some(record)
    }

    /// Gives memory back when most of it is empty.
    fn give_back(&mut self) {
        if self.table.capacity() > 8 * self.table.len().max(SMALL) {
            self.table.shrink_to(2 * self.table.len(), |record| record.hash.get());
        }
    }
}

/// The next value of a counter. At a million a second they end after 285 years; then what would need another value
/// is refused, and everything else goes on.
fn next(counter: u64, purpose: &str) -> Result<u64> {
    if counter >= MAX_NUMBER {
        return Err(Error::backend(purpose, format!("all numbers up to {MAX_NUMBER} are used up")));
    }
    Ok(counter + 1)
}

#[cfg(test)]
mod tests;
