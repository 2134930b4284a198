//! A whole store of a few maps under one lock, with places where a fault lets go of the lock.

mod lease;
mod table;

use lease::Lease;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits};
use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Mutex, MutexGuard, TryLockError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use table::{Held, Table, lock, window};

/// Where the lock is let go, or what else is done that only another thread can notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Race {
    /// Nowhere: the store is right.
    None,
    CheckThenInsert,
    SelectThenUnique,
    IdReadThenWritten,
    VersionReadThenWritten,
    VersionBeforeTheEntry,
    VersionPublishedLate,
    LaggingReplica,
    TornUpsert,
    GapInUpsert,
    AccessReadThenWritten,
    TouchRevives,
    DeletedTwice,
    SelectedThenExpired,
    ExpiredInBatches,
    HalfCleared,
    ClearedInPairs,
    ClearedInHundreds,
    SelectedThenCleared,
    CountsOutside,
    CountedByShards,
    SummedByNamespace,
    NamespacesByPages,
    LruByPages,
    CachedRead,
    QuotaGap,
    MetaGap,
    IteratorHoldsTheLock,
    LockOrder,
    TriesTheLock,
    TwoConnections,
    MetaCopied,
    GrownOutside,
    WalkByOffset,
    WalkTorn,
    ClosedUnderACall,
    ClosesInAnotherOrder,
    OpensTwice,
    OpensOnce,
    PoolOfThree,
    VersionUnderAnotherLock,
}

/// How many entries a table has room for, and how many more each time that it grows.
const GROWS_AT: usize = 64;

pub(super) struct Racy {
    race: Race,
    table: Mutex<Table>,
    published: AtomicU64,
    /// The version counter on two servers, which are asked in turn.
    replicas: [AtomicU64; 2],
    asked: AtomicUsize,
    cache: Mutex<HashMap<(String, String), StoredEntry>>,
    /// Two locks that should be taken in one order.
    pair: [Mutex<()>; 2],
    lease: Lease,
    connections: AtomicU64,
}

impl Racy {
    pub(super) fn new(race: Race) -> Self {
        Self {
            race,
            table: Mutex::default(),
            published: AtomicU64::new(0),
            replicas: [AtomicU64::new(0), AtomicU64::new(0)],
            asked: AtomicUsize::new(0),
            cache: Mutex::default(),
            pair: [Mutex::new(()), Mutex::new(())],
            lease: Lease::default(),
            connections: AtomicU64::new(0),
        }
    }

    fn held(&self) -> Result<Held<'_>> {
        let is_pooled = self.race == Race::PoolOfThree;
        let connection = is_pooled.then(|| self.connect(3, "no connection is free")).transpose()?;
        let table = if self.race == Race::TriesTheLock {
            match self.table.try_lock() {
                Ok(table) => table,
                Err(TryLockError::Poisoned(table)) => table.into_inner(),
                Err(TryLockError::WouldBlock) => return Err(Error::backend("take the lock", "it is taken")),
            }
        } else {
            lock(&self.table)
        };
        if self.race == Race::TriesTheLock {
            window();
        }
        if table.closed {
            return Err(Error::Closed);
        }
        if table.identity.is_none() {
            return Err(Error::NotOpen);
        }
        Ok(Held { store: self, table: Some(table), _connection: connection })
    }

    /// A lock of a pair; the two are taken in the order that is asked for.
    fn pair(&self, first: usize) -> Option<[MutexGuard<'_, ()>; 2]> {
        (self.race == Race::LockOrder).then(|| {
            let one = lock(&self.pair[first]);
            window();
            [one, lock(&self.pair[1 - first])]
        })
    }

    fn wait_for_readers(&self) {
        if self.race == Race::IteratorHoldsTheLock {
            self.lease.write();
        }
    }

    /// A connection, where there are fewer than so many.
    fn connect(&self, most: u64, refusal: &'static str) -> Result<Connection<'_>> {
        let others = self.connections.fetch_add(1, Ordering::AcqRel);
        let connection = Connection(self);
        if others >= most { Err(Error::backend("connect", refusal)) } else { Ok(connection) }
    }

    fn snapshot(&self, keep: impl Fn(&StoredEntry) -> bool) -> Result<Vec<StoredEntry>> {
        Ok(self.held()?.entries.values().filter(|entry| keep(entry)).cloned().collect())
    }

    fn stream(&self, entries: Vec<StoredEntry>) -> Entries<'_> {
        // Kept until the stream is dropped, as a cursor keeps its transaction.
        let lease = (self.race == Race::IteratorHoldsTheLock).then(|| self.lease.read());
        Box::new(entries.into_iter().map(move |entry| {
            let _kept = &lease;
            Ok(entry)
        }))
    }
}

pub(super) struct Connection<'a>(&'a Racy);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Store for Racy {
    fn open(&self, identity: &Identity) -> Result<()> {
        if matches!(self.race, Race::OpensTwice | Race::OpensOnce) {
            let is_fresh = lock(&self.table).identity.is_none();
            window();
            let mut table = lock(&self.table);
            if self.race == Race::OpensOnce && is_fresh && table.identity.is_some() {
                return Err(Error::backend("create the table", "table entries already exists"));
            }
            if is_fresh {
                *table = Table { identity: Some(identity.clone()), ..Table::default() };
                return Ok(());
            }
        }
        let mut table = lock(&self.table);
        if table.closed {
            return Err(Error::Closed);
        }
        limits::check_identity(identity)?;
        let stored = table.identity.get_or_insert_with(|| identity.clone());
        if stored.fingerprint != identity.fingerprint {
            let (stored, supplied) = (stored.fingerprint.clone(), identity.fingerprint.clone());
            return Err(Error::FingerprintMismatch { stored, supplied });
        }
        if stored.dimension != identity.dimension {
            return Err(Error::DimensionMismatch { stored: stored.dimension, supplied: identity.dimension });
        }
        Ok(())
    }
    fn close(&self) -> Result<()> {
        if self.race == Race::ClosesInAnotherOrder {
            let _second = lock(&self.pair[1]);
            window();
            let _first = lock(&self.pair[0]);
            lock(&self.table).closed = true;
            return Ok(());
        }
        lock(&self.table).closed = true;
        Ok(())
    }
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        let key = (namespace.to_owned(), query_hash.to_owned());
        if self.race == Race::CachedRead {
            self.held()?;
            let cached = lock(&self.cache).get(&key).cloned();
            if cached.is_some() {
                return Ok(cached);
            }
        }
        let mut table = self.held()?;
        let found = table.keys.get(&key).and_then(|id| table.entries.get(id)).cloned();
        if let Some(found) = &found {
            // What was read goes into the cache, where a write may have put something newer meanwhile.
            table.gap(Race::CachedRead);
            lock(&self.cache).insert(key, found.clone());
        }
        Ok(found)
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        Ok(self.held()?.entries.get(&id).cloned())
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        let mut table = self.held()?;
        if let Some(namespace) = namespace {
            return Ok(table.counts.get(namespace).copied().unwrap_or(0));
        }
        if self.race == Race::SummedByNamespace {
            let names: Vec<String> = table.counts.keys().cloned().collect();
            let mut sum = 0;
            for name in names {
                sum += table.counts.get(&name).copied().unwrap_or(0);
                table.gap(Race::SummedByNamespace);
            }
            return Ok(sum);
        }
        let first = table.counts.get("a").copied().unwrap_or(0);
        // Long enough for several calls: two namespaces must change meanwhile.
        (0..4).for_each(|_| table.gap(Race::CountedByShards));
        let rest = table.counts.iter().filter(|(name, _)| *name != "a").map(|(_, count)| *count);
        Ok(first + rest.sum::<u64>())
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        let mut table = self.held()?;
        let mut names: Vec<String> = table.counts.keys().take(1).cloned().collect();
        // Long enough for several calls: two namespaces must change meanwhile.
        (0..4).for_each(|_| table.gap(Race::NamespacesByPages));
        let last = names.last().cloned();
        names.extend(
            table.counts.keys().filter(|name| last.as_ref().is_none_or(|last| *name > last)).cloned(),
        );
        Ok(names)
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.iter_since(0)
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        if self.race == Race::WalkByOffset {
            let mut rows = Vec::new();
            let mut table = self.held()?;
            while let Some(row) = table.entries.values().filter(|entry| entry.id > id).nth(rows.len()) {
                rows.push(row.clone());
                table.gap(Race::WalkByOffset);
            }
            return Ok(self.stream(rows));
        }
        if self.race == Race::WalkTorn {
            let mut table = self.held()?;
            let mut rows: Vec<_> = table.entries.values().filter(|entry| entry.id > id).cloned().collect();
            table.gap(Race::WalkTorn);
            for row in &mut rows {
                // The numbers are in a table of their own, which is read when the texts were.
                if let Some(now) = table.entries.get(&row.id) {
                    row.version = now.version;
                    row.entry.last_accessed_at = now.last_accessed_at;
                    row.entry.access_count = now.access_count;
                }
            }
            return Ok(self.stream(rows));
        }
        Ok(self.stream(self.snapshot(|entry| entry.id > id)?))
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        let mut entries = self.snapshot(|entry| entry.version > version)?;
        entries.sort_by_key(|entry| entry.version);
        Ok(self.stream(entries))
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut table = self.held()?;
        let wanted = |entry: &StoredEntry| namespace.is_none_or(|name| entry.namespace == name);
        let place = |entry: &StoredEntry| (entry.last_accessed_at, entry.id);
        let mut order: Vec<_> = table.entries.values().filter(|entry| wanted(entry)).map(place).collect();
        order.sort_unstable();
        order.truncate(1);
        table.gap(Race::LruByPages);
        let last = order.first().copied();
        let rest = table.entries.values().filter(|entry| wanted(entry)).map(place);
        order.extend(rest.filter(|place| last.is_none_or(|last| *place > last)));
        order.sort_unstable();
        Ok(order.into_iter().take(limit).map(|(_, id)| id).collect())
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        let is_locked = self.race == Race::TwoConnections;
        let _connection = is_locked.then(|| self.connect(1, "database is locked")).transpose()?;
        if is_locked {
            window();
        }
        self.wait_for_readers();
        let _pair = self.pair(0);
        let mut table = self.held()?;
        limits::check_entry(&entry, table.identity.as_ref().map_or(0, |identity| identity.dimension))?;
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let found = table.keys.get(&key).copied();
        table.gap(Race::CheckThenInsert);
        table.gap(Race::SelectThenUnique);
        match found {
            Some(id) => {
                table.upsert(id, entry);
                Ok(id)
            }
            None if self.race == Race::SelectThenUnique && table.keys.contains_key(&key) => Err(
                Error::backend("insert", "UNIQUE constraint failed: entries.namespace, entries.query_hash"),
            ),
            None => {
                let id = table.add(entry);
                if self.race == Race::GrownOutside && table.entries.len() % GROWS_AT == 0 {
                    // A greater table is made of a copy while others write into the old one.
                    let (entries, keys) = (table.entries.clone(), table.keys.clone());
                    table.gap(Race::GrownOutside);
                    (table.entries, table.keys) = (entries, keys);
                }
                Ok(id)
            }
        }
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        let mut table = self.held()?;
        limits::check_number("now", now)?;
        let Some(mut entry) = table.entries.get(&id).cloned() else { return Ok(()) };
        let count = entry.access_count;
        table.gap(Race::AccessReadThenWritten);
        table.gap(Race::TouchRevives);
        if self.race != Race::TouchRevives {
            let Some(now) = table.entries.get(&id).cloned() else { return Ok(()) };
            entry = now;
        }
        entry.entry.access_count = limits::MAX_NUMBER.min(count + 1);
        entry.entry.last_accessed_at = now;
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        if self.race == Race::TouchRevives
            && !table.entries.contains_key(&id)
            && !table.keys.contains_key(&key)
        {
            table.keys.insert(key.clone(), id);
            table.counted(&key.0, 1);
        }
        lock(&self.cache).remove(&key);
        table.entries.insert(id, entry);
        Ok(())
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        let is_locked = self.race == Race::TwoConnections;
        let _connection = is_locked.then(|| self.connect(1, "database is locked")).transpose()?;
        if is_locked {
            window();
        }
        self.wait_for_readers();
        let _pair = self.pair(1);
        let mut table = self.held()?;
        let found = table.entries.contains_key(&id);
        if !found {
            return Ok(false);
        }
        table.gap(Race::DeletedTwice);
        table.remove(id);
        table.next_version();
        Ok(true)
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut table = self.held()?;
        limits::check_number("now", now)?;
        let due = |entry: &StoredEntry| {
            namespace.is_none_or(|name| entry.namespace == name)
                && entry.ttl.is_some_and(|ttl| entry.created_at + ttl <= now)
        };
        let ids: Vec<u64> = table.entries.values().filter(|entry| due(entry)).map(|entry| entry.id).collect();
        table.gap(Race::SelectedThenExpired);
        let mut removed = 0;
        for id in ids {
            removed += u64::from(table.remove(id));
            table.gap(Race::ExpiredInBatches);
        }
        if removed > 0 {
            table.next_version();
        }
        Ok(removed)
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        let mut table = self.held()?;
        let ids: Vec<u64> = table
            .entries
            .values()
            .filter(|entry| entry.namespace == namespace)
            .map(|entry| entry.id)
            .collect();
        table.gap(Race::SelectedThenCleared);
        let batches = [(Race::ClearedInPairs, 2), (Race::ClearedInHundreds, 100)];
        let mut removed = 0;
        for (n, id) in (1..).zip(ids) {
            removed += u64::from(table.remove(id));
            table.gap(Race::HalfCleared);
            for (race, _) in batches.iter().filter(|(_, size)| n % size == 0) {
                table.gap(*race);
            }
        }
        if removed > 0 {
            table.next_version();
        }
        Ok(removed)
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        let mut table = self.held()?;
        limits::check_number("quota", quota)?;
        if self.race == Race::QuotaGap {
            table.quotas.remove(namespace);
        }
        table.gap(Race::QuotaGap);
        table.quotas.insert(namespace.to_owned(), quota);
        Ok(())
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        Ok(self.held()?.quotas.get(namespace).copied())
    }
    fn version_counter(&self) -> Result<u64> {
        let _in_order = (self.race == Race::ClosesInAnotherOrder).then(|| {
            let first = lock(&self.pair[0]);
            window();
            [first, lock(&self.pair[1])]
        });
        let mut table = self.held()?;
        table.gap(Race::ClosedUnderACall);
        assert!(self.race != Race::ClosedUnderACall || !table.closed, "the handle that was open is open");
        Ok(match self.race {
            Race::VersionPublishedLate => self.published.load(Ordering::Acquire),
            Race::LaggingReplica => {
                let replica = self.asked.fetch_add(1, Ordering::Relaxed) % 2;
                self.replicas[replica].load(Ordering::Acquire)
            }
            _ => table.version,
        })
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        let table = self.held()?;
        let identity = table.identity.as_ref().expect("an open store has one");
        Ok(match key {
            "embedder_fingerprint" => Some(identity.fingerprint.clone()),
            "embedder_dim" => Some(identity.dimension.to_string()),
            "schema_version" => Some("1".to_owned()),
            _ => table.meta.get(key).cloned(),
        })
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        let mut table = self.held()?;
        if ["embedder_fingerprint", "embedder_dim", "schema_version"].contains(&key) {
            return Err(Error::invalid_argument("key", "only open writes it"));
        }
        if self.race == Race::MetaCopied {
            let mut whole = table.meta.clone();
            whole.insert(key.to_owned(), value.to_owned());
            table.gap(Race::MetaCopied);
            table.meta = whole;
            return Ok(());
        }
        if self.race == Race::MetaGap {
            table.meta.remove(key);
        }
        table.gap(Race::MetaGap);
        table.meta.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
    fn integrity_check(&self) -> Result<bool> {
        self.held().map(|_| true)
    }
    fn snapshot_to(&self, _: &Path) -> Result<()> {
        self.held()?;
        Err(Error::checkpoint("a store in memory takes no snapshots"))
    }
}
