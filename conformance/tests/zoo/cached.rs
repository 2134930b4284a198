//! A cache of reads before the engine, which one of the writes does not empty.

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Result, Store, StoredEntry};
use std::{collections::HashMap, sync::Mutex};

/// The kinds of writes that change what a lookup finds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Insert,
    UpdateAccess,
    DeleteById,
    DeleteExpired,
    ClearNamespace,
}

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the order of a namespace is remembered, and a clear does not forget it",
            volatile(|| Caches::orders_not_emptied_by(Write::ClearNamespace)),
            lru::oldest_access_first,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "the order of a namespace is remembered, and a delete does not forget it",
            volatile(|| Caches::orders_not_emptied_by(Write::DeleteById)),
            delete::removes_from_every_view,
            [lru::oldest_access_first],
            "iter_lru_ids"
        ),
        fault!(
            "the order of a namespace is remembered, and an expiry does not forget it",
            volatile(|| Caches::orders_not_emptied_by(Write::DeleteExpired)),
            lru::oldest_access_first,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "the order of a namespace is remembered, and an access does not forget it",
            volatile(|| Caches::orders_not_emptied_by(Write::UpdateAccess)),
            lru::follows_access_and_upsert,
            [],
            "iter_lru_ids"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A cache of what was read. Each kind of write empties it but one.
pub(super) struct Caches {
    missed: Write,
    /// Whether the lookups by hash are in it, or else the orders of use of a namespace, each by its limit.
    has_lookups: bool,
    found: Mutex<HashMap<(String, String), StoredEntry>>,
    orders: Mutex<HashMap<(String, usize), Vec<u64>>>,
}

impl Caches {
    pub(super) fn lookups_not_emptied_by(missed: Write) -> Self {
        Self { missed, has_lookups: true, found: Mutex::default(), orders: Mutex::default() }
    }

    fn orders_not_emptied_by(missed: Write) -> Self {
        Self { has_lookups: false, ..Self::lookups_not_emptied_by(missed) }
    }

    fn note(&self, write: Write) {
        if write != self.missed {
            self.found.lock().expect("no panic").clear();
            self.orders.lock().expect("no panic").clear();
        }
    }
}

impl Lie for Caches {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        // What a closed handle refuses is refused.
        let found = store.get_by_hash(namespace, hash)?;
        if !self.has_lookups {
            return Ok(found);
        }
        let key = (namespace.to_owned(), hash.to_owned());
        let mut known = self.found.lock().expect("no panic");
        if let Some(found) = known.get(&key) {
            return Ok(Some(found.clone()));
        }
        known.extend(found.clone().map(|found| (key, found)));
        Ok(found)
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let order = store.iter_lru_ids(limit, namespace)?;
        let (false, Some(namespace)) = (self.has_lookups, namespace) else { return Ok(order) };
        let mut known = self.orders.lock().expect("no panic");
        Ok(known.entry((namespace.to_owned(), limit)).or_insert(order).clone())
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.note(Write::Insert);
        store.insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.note(Write::UpdateAccess);
        store.update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.note(Write::DeleteById);
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.note(Write::DeleteExpired);
        store.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.note(Write::ClearNamespace);
        store.clear_namespace(namespace)
    }
}
