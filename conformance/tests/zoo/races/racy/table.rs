//! The table of a racy store, and the lock around it, which a race lets go for a moment.

use super::{Connection, Race, Racy};
pub(super) use crate::zoo::faulty::lock;
use mneme::{Entry, Identity, StoredEntry};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

#[derive(Default)]
pub(super) struct Table {
    pub(super) identity: Option<Identity>,
    pub(super) closed: bool,
    pub(super) entries: BTreeMap<u64, StoredEntry>,
    pub(super) keys: HashMap<(String, String), u64>,
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) last_id: u64,
    pub(super) version: u64,
    pub(super) quotas: HashMap<String, u64>,
    pub(super) meta: HashMap<String, String>,
}

/// As long as it takes to do something else, such as a system call: at one time longer than at another.
pub(super) fn window() {
    static LONG: AtomicU64 = AtomicU64::new(0);
    for _ in 0..=LONG.fetch_add(1, Ordering::Relaxed) % 32 {
        thread::yield_now();
    }
}

/// The table under its lock, which can be let go for a moment.
pub(super) struct Held<'a> {
    pub(super) store: &'a Racy,
    pub(super) table: Option<MutexGuard<'a, Table>>,
    /// Given back after the lock is.
    pub(super) _connection: Option<Connection<'a>>,
}

impl Held<'_> {
    pub(super) fn gap(&mut self, race: Race) {
        if self.store.race == race {
            self.table = None;
            // As short as they are where nothing is done between two locks.
            let is_short = matches!(
                race,
                Race::ClearedInPairs
                    | Race::ClearedInHundreds
                    | Race::SelectedThenCleared
                    | Race::SummedByNamespace
            );
            if is_short {
                thread::yield_now();
            }
            // What is there again a moment later is seen by few, so these moments are longer.
            let windows = match race {
                Race::QuotaGap | Race::MetaGap => 8,
                Race::VersionUnderAnotherLock => 0,
                _ if is_short => 0,
                _ => 1,
            };
            (0..windows).for_each(|_| window());
            self.table = Some(lock(&self.store.table));
        }
    }
}

impl std::ops::Deref for Held<'_> {
    type Target = Table;
    fn deref(&self) -> &Table {
        self.table.as_ref().expect("it is held but in a gap")
    }
}

impl std::ops::DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Table {
        self.table.as_mut().expect("it is held but in a gap")
    }
}

impl Held<'_> {
    pub(super) fn next_version(&mut self) -> u64 {
        let version = self.version + 1;
        self.gap(Race::VersionReadThenWritten);
        self.version = version;
        self.publish(version);
        version
    }

    pub(super) fn publish(&mut self, version: u64) {
        self.gap(Race::VersionPublishedLate);
        self.store.published.store(version, Ordering::Release);
        self.store.replicas[0].fetch_max(version, Ordering::AcqRel);
        self.gap(Race::LaggingReplica);
        self.store.replicas[1].fetch_max(version, Ordering::AcqRel);
    }

    pub(super) fn counted(&mut self, namespace: &str, change: i64) {
        if change > 0 {
            self.gap(Race::CountsOutside);
        }
        let count = self.counts.entry(namespace.to_owned()).or_default();
        *count = count.saturating_add_signed(change);
        if *count == 0 {
            self.counts.remove(namespace);
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> bool {
        let Some(entry) = self.entries.remove(&id) else { return false };
        self.keys.remove(&(entry.namespace.clone(), entry.query_hash.clone()));
        lock(&self.store.cache).remove(&(entry.namespace.clone(), entry.query_hash.clone()));
        self.counted(&entry.namespace, -1);
        true
    }

    pub(super) fn upsert(&mut self, id: u64, entry: Entry) {
        let version = self.next_version();
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        if self.store.race == Race::GapInUpsert {
            self.entries.remove(&id);
            self.keys.remove(&key);
            self.gap(Race::GapInUpsert);
            self.keys.insert(key.clone(), id);
        }
        if self.store.race == Race::TornUpsert
            && let Some(old) = self.entries.get_mut(&id)
        {
            // The texts first, and the numbers in a statement of their own.
            old.entry.content = std::sync::Arc::clone(&entry.content);
            self.gap(Race::TornUpsert);
        }
        let stored = StoredEntry::new(id, version, entry);
        lock(&self.store.cache).remove(&key);
        if self.entries.insert(id, stored.clone()).is_none() && self.store.race != Race::GapInUpsert {
            self.keys.insert((stored.namespace.clone(), stored.query_hash.clone()), id);
            self.counted(&stored.namespace, 1);
        }
    }

    pub(super) fn add(&mut self, entry: Entry) -> u64 {
        let id = self.last_id + 1;
        self.gap(Race::IdReadThenWritten);
        self.last_id = self.last_id.max(id);
        let version = self.next_version();
        self.gap(Race::VersionBeforeTheEntry);
        self.gap(Race::VersionUnderAnotherLock);
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let namespace = entry.namespace.clone();
        let stored = StoredEntry::new(id, version, entry);
        self.keys.insert(key, id);
        self.entries.insert(id, stored);
        self.counted(&namespace, 1);
        id
    }
}
