//! Stores that are wrong in a corner only: for one entry that is alone, one order, or one step between two others.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entry, Error, Identity, Result, Store, StoredEntry, limits};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an expiry in all namespaces begins behind the empty one",
            volatile(|| ExpiresBehindTheEmpty),
            expiry::is_scoped,
            [],
            "delete_expired(now 5000)"
        ),
        fault!(
            "meta keys in a column of 255 bytes",
            volatile(|| ShortMetaKeys),
            meta::is_remembered,
            [fidelity::longer_text_is_kept_or_refused],
            "256 bytes"
        ),
        fault!(
            "an eviction order breaks ties by the making",
            volatile(|| Orders(|entry| (entry.last_accessed_at, entry.created_at))),
            lru::ties_break_by_id,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "an eviction order begins with what was due when it was used",
            volatile(|| Orders(|entry| {
                let due = entry.expires_at().is_some_and(|due| due <= entry.last_accessed_at);
                (u64::from(!due), entry.last_accessed_at)
            })),
            lru::oldest_access_first,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "a delete of the only entry begins to count versions again",
            volatile(RestartsVersions::default),
            version::advances_on_every_change,
            [],
            "version_counter()"
        ),
        fault!(
            "a check purges what is due at once",
            volatile(|| ChecksAndPurges),
            integrity::is_true_when_sound,
            [lookup::reading_changes_nothing],
            "expected"
        ),
        fault!(
            "a lookup by hash counts as a change",
            volatile(LookupsCount::default),
            version::stays_without_a_change,
            [lookup::reading_changes_nothing],
            "version_counter()"
        ),
        fault!(
            "a clear sets the quota to zero",
            volatile(|| ClearsTheQuota),
            clear::keeps_quota_and_meta,
            [],
            "get_namespace_quota(\"a\")"
        ),
        fault!(
            "an access to an id that is gone is the next entry's",
            volatile(|| AccessesTheNext),
            access::id_not_stored_is_ignored,
            [],
            "expected"
        ),
        fault!(
            "a second open begins with empty tables",
            volatile(|| OpensAnew),
            open::same_identity_is_accepted,
            [version::stays_without_a_change],
            "expected"
        ),
        fault!(
            "the text of a hash is kept once for all namespaces",
            volatile(|| SharesTheText),
            key::namespaces_are_separate,
            [],
            "expected"
        ),
        fault!(
            "an upsert drops the row of the index by hash",
            volatile(|| UpsertDrops::in_the(Index::Hash)),
            lookup::both_ways_agree,
            [],
            "get_by_hash"
        ),
        fault!(
            "an upsert drops the row of the index by use",
            volatile(|| UpsertDrops::in_the(Index::Use)),
            lru::follows_access_and_upsert,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "an expiry leaves the copies in a cache by id",
            volatile(|| Caches(Kept::Found, Mutex::default())),
            expiry::is_due_at_created_plus_ttl,
            [],
            "get_by_id"
        ),
        fault!(
            "each list of namespaces keeps a reader, of which there are 250",
            volatile(KeepsReaders::default),
            robust::fails_only_where_a_clause_says,
            [],
            "list_namespaces()"
        ),
        fault!(
            "an insert leaves the misses in a cache by id",
            volatile(|| Caches(Kept::Missed, Mutex::default())),
            insert::returns_the_stored_id,
            [],
            "get_by_id"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn stored(store: &dyn Store) -> Result<Vec<StoredEntry>> {
    store.iter_all()?.collect()
}

/// `WHERE namespace > ''`: a page of namespaces begins behind the last one, which is none.
struct ExpiresBehindTheEmpty;

impl Lie for ExpiresBehindTheEmpty {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let names = store.list_namespaces()?;
        limits::check_number("now", now)?;
        if namespace.is_some() {
            return store.delete_expired(now, namespace);
        }
        let behind = names.iter().filter(|name| !name.is_empty());
        behind.map(|name| store.delete_expired(now, Some(name))).sum()
    }
}

struct ShortMetaKeys;

impl Lie for ShortMetaKeys {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.count(None)?;
        if key.len() > 255 {
            return Err(Error::backend("write meta", "the key is too long for its column"));
        }
        store.write_meta(key, value)
    }
}

/// `ORDER BY` something else than the time of the last access and the id.
struct Orders(fn(&StoredEntry) -> (u64, u64));

impl Lie for Orders {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut entries = stored(store)?;
        entries.retain(|entry| namespace.is_none_or(|scope| entry.namespace == scope));
        entries.sort_by_key(|entry| (self.0(entry), entry.id));
        Ok(entries.iter().map(|entry| entry.id).take(limit).collect())
    }
}

/// The counter is in the tree that goes with its last entry.
#[derive(Default)]
struct RestartsVersions(AtomicU64);

impl Lie for RestartsVersions {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? - self.0.load(Ordering::Relaxed))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let removed = store.delete_by_id(id)?;
        if removed && store.count(None)? == 0 {
            self.0.store(store.version_counter()?, Ordering::Relaxed);
        }
        Ok(removed)
    }
}

struct ChecksAndPurges;

impl Lie for ChecksAndPurges {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        for found in stored(store)?.iter().filter(|found| found.ttl == Some(0)) {
            store.delete_by_id(found.id)?;
        }
        store.integrity_check()
    }
}

/// Each statement is a transaction, and each transaction a version.
#[derive(Default)]
struct LookupsCount(AtomicU64);

impl Lie for LookupsCount {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(found)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

/// `mdb_txn_begin` without its `mdb_txn_abort`.
#[derive(Default)]
struct KeepsReaders(AtomicU64);

impl Lie for KeepsReaders {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let names = store.list_namespaces()?;
        if self.0.fetch_add(1, Ordering::Relaxed) >= 250 {
            return Err(Error::backend("begin to read", "MDB_READERS_FULL"));
        }
        Ok(names)
    }
}

struct ClearsTheQuota;

impl Lie for ClearsTheQuota {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        if store.get_namespace_quota(namespace)?.is_some() {
            store.set_namespace_quota(namespace, 0)?;
        }
        store.clear_namespace(namespace)
    }
}

/// `seek(id)` stops at the first key that is not smaller.
struct AccessesTheNext;

impl Lie for AccessesTheNext {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let next = store.iter_since(id.saturating_sub(1))?.next().transpose()?;
        store.update_access(next.map_or(id, |next| next.id), now)
    }
}

/// `DROP TABLE IF EXISTS` before `CREATE TABLE`, where the schema is not yet known to be there.
struct OpensAnew;

impl Lie for OpensAnew {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let names = store.list_namespaces().unwrap_or_default();
        store.open(identity)?;
        names.iter().try_for_each(|name| store.clear_namespace(name).map(drop))
    }
}

/// `INSERT OR IGNORE` into a table of texts whose key is the hash.
struct SharesTheText;

impl Lie for SharesTheText {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let shares =
            |other: &StoredEntry| other.query_hash == entry.query_hash && other.namespace != entry.namespace;
        match stored(store)?.into_iter().find(shares) {
            Some(other) => store.insert(entry.query(&*other.query).response(&*other.response)),
            None => store.insert(entry),
        }
    }
}

#[derive(PartialEq)]
enum Index {
    Hash,
    Use,
}

/// An upsert removes the old row of an index and does not write the new one.
struct UpsertDrops {
    index: Index,
    dropped: Mutex<HashSet<u64>>,
}

impl UpsertDrops {
    fn in_the(index: Index) -> Self {
        Self { index, dropped: Mutex::default() }
    }

    fn has(&self, index: &Index, id: u64) -> bool {
        self.index != *index || !lock(&self.dropped).contains(&id)
    }
}

impl Lie for UpsertDrops {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let is_upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let id = store.insert(entry)?;
        if is_upsert {
            lock(&self.dropped).insert(id);
        }
        Ok(id)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.filter(|found| self.has(&Index::Hash, found.id)))
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let ids = store.iter_lru_ids(usize::MAX, namespace)?.into_iter();
        Ok(ids.filter(|id| self.has(&Index::Use, *id)).take(limit).collect())
    }
}

#[derive(PartialEq)]
enum Kept {
    Found,
    Missed,
}

/// A cache of lookups by id: of what they found, and an expiry does not empty it; or of what they missed, and an
/// insert does not.
struct Caches(Kept, Mutex<HashMap<u64, Option<StoredEntry>>>);

impl Caches {
    fn empty(&self) {
        lock(&self.1).clear();
    }
}

impl Lie for Caches {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        let is_kept = found.is_some() == (self.0 == Kept::Found);
        let mut cache = lock(&self.1);
        if !cache.contains_key(&id) && is_kept {
            cache.insert(id, found.clone());
        }
        Ok(cache.get(&id).cloned().unwrap_or(found))
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if self.0 == Kept::Found {
            self.empty();
        }
        store.insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.empty();
        store.update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.empty();
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if self.0 == Kept::Missed {
            self.empty();
        }
        store.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.empty();
        store.clear_namespace(namespace)
    }
}
