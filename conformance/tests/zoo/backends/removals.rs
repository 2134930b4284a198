//! Accesses, sweeps, lookups and lists that go another way.

use super::{super::faulty::Lie, lock};
use mneme::{Entry, Result, Store, StoredEntry};
use std::{collections::BTreeSet, sync::Mutex};

/// An access that goes another way.
pub(super) struct Accessing(pub(super) fn(&dyn Store, u64, u64) -> Result<()>);

impl Lie for Accessing {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        (self.0)(store, id, now)
    }
}

pub(super) fn not_at_zero(store: &dyn Store, id: u64, now: u64) -> Result<()> {
    let before = store.get_by_id(id)?.map_or(0, |entry| entry.last_accessed_at);
    store.update_access(id, if now == 0 { before } else { now })
}

pub(super) fn counts_in_a_byte(store: &dyn Store, id: u64, now: u64) -> Result<()> {
    let times = match store.get_by_id(id)? {
        Some(entry) if entry.access_count == 255 => 256,
        _ => 1,
    };
    (0..times).try_for_each(|_| store.update_access(id, now))
}

/// A sweep that goes another way.
pub(super) struct Sweeping(pub(super) fn(&dyn Store, u64, Option<&str>) -> Result<u64>);

impl Lie for Sweeping {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        (self.0)(store, now, namespace)
    }
}

pub(super) fn not_at_zero_swept(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
    if now == 0 { store.count(None).map(|_| 0) } else { store.delete_expired(now, namespace) }
}

/// What is due, in one namespace or in all.
pub(super) fn due(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<Vec<StoredEntry>> {
    let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
    entries.retain(|entry| {
        namespace.is_none_or(|name| entry.namespace == name) && entry.expires_at().is_some_and(|at| at <= now)
    });
    Ok(entries)
}

/// Removes these alone, in a sweep or by none.
pub(super) fn remove(store: &dyn Store, entries: Vec<StoredEntry>) -> Result<u64> {
    for entry in &entries {
        store.delete_by_id(entry.id)?;
    }
    Ok(entries.len() as u64)
}

pub(super) fn ageless(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
    let mut entries = due(store, now, namespace)?;
    mneme::limits::check_number("now", now)?;
    entries.retain(|entry| entry.created_at > 0);
    remove(store, entries)
}

pub(super) fn a_hundred(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
    let mut entries = due(store, now, namespace)?;
    mneme::limits::check_number("now", now)?;
    if entries.len() <= 100 {
        return store.delete_expired(now, namespace);
    }
    entries.truncate(100);
    remove(store, entries)
}

#[derive(Default)]
pub(super) struct Watermark(Mutex<Option<u64>>);

impl Lie for Watermark {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut last = lock(&self.0);
        if last.is_some_and(|last| now < last) {
            return store.count(None).map(|_| 0);
        }
        let removed = store.delete_expired(now, namespace)?;
        *last = Some(now);
        Ok(removed)
    }
}

/// The due entries that a sweep of another namespace has taken off the heap.
#[derive(Default)]
pub(super) struct Heap(Mutex<BTreeSet<u64>>);

impl Lie for Heap {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.0).remove(&id);
        Ok(id)
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut lost = lock(&self.0);
        if lost.is_empty() && namespace.is_none() {
            return store.delete_expired(now, None);
        }
        mneme::limits::check_number("now", now)?;
        let mut entries = due(store, now, None)?;
        entries.retain(|entry| !lost.contains(&entry.id));
        let (swept, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| namespace.is_none_or(|name| entry.namespace == name));
        lost.extend(others.iter().map(|entry| entry.id));
        remove(store, swept)
    }
}

#[derive(Default)]
pub(super) struct Misses(Mutex<BTreeSet<u64>>);

impl Lie for Misses {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        let mut misses = lock(&self.0);
        if found.is_none() {
            misses.insert(id);
        }
        Ok(found.filter(|_| !misses.contains(&id)))
    }
}

pub(super) struct LookingUp(pub(super) fn(&dyn Store, &str, &str) -> Result<Option<StoredEntry>>);

impl Lie for LookingUp {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        match store.get_by_hash(namespace, hash)? {
            None => (self.0)(store, namespace, hash),
            found => Ok(found),
        }
    }
}

pub(super) fn in_the_empty(store: &dyn Store, _: &str, hash: &str) -> Result<Option<StoredEntry>> {
    store.get_by_hash("", hash)
}

pub(super) fn in_lower_case(store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
    store.get_by_hash(namespace, &hash.to_lowercase())
}

pub(super) struct Parents;

impl Lie for Parents {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        match (store.get_namespace_quota(namespace)?, namespace.rsplit_once([':', '/', '.'])) {
            (None, Some((parent, _))) => store.get_namespace_quota(parent),
            (quota, _) => Ok(quota),
        }
    }
}

pub(super) struct Listing(pub(super) fn(Vec<String>) -> Vec<String>);

impl Lie for Listing {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        Ok((self.0)(store.list_namespaces()?))
    }
}

pub(super) fn without_underscores(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.starts_with('_'));
    names
}

pub(super) fn by_signed_bytes(mut names: Vec<String>) -> Vec<String> {
    names.sort_by_key(|name| name.bytes().map(u8::cast_signed).collect::<Vec<_>>());
    names
}
