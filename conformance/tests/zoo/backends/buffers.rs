//! What is written later, kept once for several, or read in another way than it was written.

use super::{super::faulty::Lie, lock, removals::remove};
use mneme::{Entries, Entry, Identity, Result, Store, StoredEntry};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// Accesses that wait for three more.
#[derive(Default)]
pub(super) struct Buffered(Mutex<Vec<(u64, u64)>>);

impl Lie for Buffered {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.count(None)?;
        mneme::limits::check_number("now", now)?;
        let mut waiting = lock(&self.0);
        waiting.push((id, now));
        if waiting.len() == 4 {
            waiting.drain(..).try_for_each(|(id, now)| store.update_access(id, now))?;
        }
        Ok(())
    }
}

/// The last access of each entry, which is written again when the entry is upserted.
#[derive(Default)]
pub(super) struct LateAccess(Mutex<BTreeMap<u64, u64>>);

impl Lie for LateAccess {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        lock(&self.0).insert(id, now);
        Ok(())
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        if let Some(now) = lock(&self.0).remove(&id) {
            store.update_access(id, now)?;
        }
        Ok(id)
    }
}

#[derive(Default)]
pub(super) struct ClearedLater(Mutex<BTreeSet<String>>);

impl Lie for ClearedLater {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let cleared = store.clear_namespace(namespace)?;
        lock(&self.0).insert(namespace.to_owned());
        Ok(cleared)
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        for name in std::mem::take(&mut *lock(&self.0)) {
            store.clear_namespace(&name)?;
        }
        Ok(removed)
    }
}

/// Each key's value, by the text that it had first.
#[derive(Default)]
pub(super) struct Interned(Mutex<BTreeMap<String, String>>);

impl Lie for Interned {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let old = store.read_meta(key)?;
        store.write_meta(key, value)?;
        let mut known = lock(&self.0);
        // All keys that have the old value point at one text, which is written in place.
        if let Some(old) = old.filter(|old| !old.is_empty()) {
            let same: Vec<String> =
                known.iter().filter(|(_, text)| **text == old).map(|(k, _)| k.clone()).collect();
            for other in same {
                store.write_meta(&other, value)?;
                known.insert(other, value.to_owned());
            }
        }
        known.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}

/// A file of lines, each a key, an equals sign and a value.
pub(super) struct KeyOfALine;

impl KeyOfALine {
    fn key(key: &str) -> &str {
        key.split_once('=').map_or(key, |(key, _)| key)
    }
}

impl Lie for KeyOfALine {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(Self::key(key), value)
    }

    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        store.read_meta(Self::key(key))
    }
}

pub(super) struct Sound(pub(super) fn(&[StoredEntry]) -> bool);

impl Lie for Sound {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        store.integrity_check()?;
        Ok((self.0)(&store.iter_all()?.collect::<Result<Vec<_>>>()?))
    }
}

pub(super) fn in_order(entries: &[StoredEntry]) -> bool {
    entries.is_sorted_by_key(|entry| entry.version)
}

pub(super) fn of_no_age(entries: &[StoredEntry]) -> bool {
    entries.iter().all(|entry| entry.expires_at().is_none_or(|due| due > entry.last_accessed_at))
}

#[derive(Default)]
pub(super) struct SoundQuota(Mutex<BTreeMap<String, u64>>);

impl Lie for SoundQuota {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(())
    }

    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        let sound = store.integrity_check()?;
        let quotas = lock(&self.0);
        let within =
            quotas.iter().all(|(name, quota)| store.count(Some(name)).is_ok_and(|count| count <= *quota));
        Ok(sound && within)
    }
}

pub(super) struct ScansOnce;

impl Lie for ScansOnce {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        let mut entries: Vec<_> = entries.into_iter().filter(|entry| entry.namespace == namespace).collect();
        if entries.len() <= 10 {
            return store.clear_namespace(namespace);
        }
        entries.truncate(10);
        remove(store, entries)
    }
}

/// The version that a second open goes back to.
#[derive(Default)]
pub(super) struct Reopened(Mutex<(u64, Option<u64>)>);

impl Lie for Reopened {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        let mut state = lock(&self.0);
        let last = store.version_counter()?;
        state.1 = (last > 0).then(|| last - 1);
        Ok(())
    }

    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        let mut state = lock(&self.0);
        if state.0 != version {
            *state = (version, None);
        }
        Ok(state.1.unwrap_or(version))
    }
}

/// Two shards, by id.
pub(super) struct Sharded;

impl Lie for Sharded {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        if entries.len() > 5 {
            entries.sort_by_key(|entry| (entry.id % 2, entry.id));
        }
        Ok(Box::new(entries.into_iter().map(Ok)))
    }
}

/// The keys are read at the call, and the entries at each item.
pub(super) struct ByKey;

impl Lie for ByKey {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        let keys: Vec<_> =
            entries.into_iter().map(|entry| (entry.namespace.clone(), entry.query_hash.clone())).collect();
        Ok(Box::new(
            keys.into_iter().filter_map(|(namespace, hash)| store.get_by_hash(&namespace, &hash).transpose()),
        ))
    }
}
