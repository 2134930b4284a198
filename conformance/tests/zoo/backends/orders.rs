//! Orders of last access that are kept or merged in a way of their own.

use super::{super::faulty::Lie, lock};
use mneme::{Entry, Result, Store};
use std::{collections::BTreeSet, sync::Mutex};

pub(super) struct Ordering(pub(super) fn(&dyn Store, usize, Option<&str>) -> Result<Vec<u64>>);

impl Lie for Ordering {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        (self.0)(store, limit, namespace)
    }
}

pub(super) fn without_the_unused(
    store: &dyn Store,
    limit: usize,
    namespace: Option<&str>,
) -> Result<Vec<u64>> {
    let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
    let is_used =
        |id: &u64| store.get_by_id(*id).is_ok_and(|entry| entry.is_some_and(|e| e.access_count > 0));
    if ids.iter().any(is_used) {
        ids.retain(is_used);
    }
    ids.truncate(limit);
    Ok(ids)
}

pub(super) fn by_namespace(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    if namespace.is_some() {
        return store.iter_lru_ids(limit, namespace);
    }
    let mut ids = Vec::new();
    for name in store.list_namespaces()? {
        ids.extend(store.iter_lru_ids(usize::MAX, Some(&name))?);
    }
    ids.truncate(limit);
    Ok(ids)
}

/// Four shards, by id; each is asked for its share of the limit and one more.
pub(super) fn from_shards(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    let ids = store.iter_lru_ids(usize::MAX, namespace)?;
    let share = (limit / 4).saturating_add(1);
    let mut given = [0; 4];
    let mut merged: Vec<u64> = ids
        .into_iter()
        .filter(|id| {
            let taken = &mut given[usize::try_from(id % 4).unwrap_or(0)];
            *taken += 1;
            *taken <= share
        })
        .collect();
    merged.truncate(limit);
    Ok(merged)
}

/// The ids in the order of their last insert or access.
#[derive(Default)]
pub(super) struct AtTheEnd(Mutex<BTreeSet<u64>>);

impl Lie for AtTheEnd {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.0).insert(id);
        Ok(id)
    }

    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        lock(&self.0).remove(&id);
        Ok(())
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let fresh = lock(&self.0);
        let (new, mut ids): (Vec<_>, Vec<_>) =
            store.iter_lru_ids(usize::MAX, namespace)?.into_iter().partition(|id| fresh.contains(id));
        let mut new = new;
        new.sort_unstable();
        ids.extend(new);
        ids.truncate(limit);
        Ok(ids)
    }
}

#[derive(Default)]
pub(super) struct Unlinked(Mutex<BTreeSet<u64>>);

impl Lie for Unlinked {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let order = store.iter_lru_ids(3, None)?;
        if order.first() == Some(&id) && order.len() > 2 {
            lock(&self.0).insert(order[1]);
        }
        store.delete_by_id(id)
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let lost = lock(&self.0);
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        ids.retain(|id| !lost.contains(id));
        ids.truncate(limit);
        Ok(ids)
    }
}
