//! What the handles of two sites share.

use super::super::{fault::Fault, faulty::Lie, hosted::Hosted};
use crate::fault;
use mneme::{Entry, Identity, MemoryStore, Result, Store, StoredEntry};
use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, LazyLock},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the factory answers one handle, which somebody has opened",
            store(opened_by_somebody),
            open::sites_are_separate,
            [robust::fails_only_where_a_clause_says],
            "fingerprint mismatch"
        ),
        fault!(
            "a cache of lookups is static",
            volatile(|| StaticCache),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "get_by_hash"
        ),
        fault!(
            "quotas are static",
            volatile(|| StaticQuotas),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing, robust::any_thread_may_call],
            "expected none"
        ),
        fault!(
            "every store is the same named database in memory"
                from "https://github.com/tursodatabase/libsql-client-ts/pull/330",
            store(|| Hosted::unlocked(&this_scenario())),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "of the second"
        ),
        fault!(
            "every site is the same locked file",
            site(|_| Hosted::at(&this_scenario())),
            open::sites_are_separate,
            [],
            "the factory makes a handle"
        ),
        fault!(
            "deleting by id goes to the store that was opened last",
            volatile(|| DeletesEverywhere),
            open::sites_are_separate,
            [],
            "expected"
        ),
    ]
}

/// A name for what is shared by all that one scenario does: each runs on a thread of its own.
fn this_scenario() -> String {
    format!("{:?}", std::thread::current().id())
}

thread_local! {
    // Each scenario has a thread of its own, so that this is what a scenario's stores share.
    static CACHE: RefCell<HashMap<(String, String), Option<StoredEntry>>> = RefCell::default();
    static QUOTAS: RefCell<HashMap<String, u64>> = RefCell::default();
    static LAST_IDS: RefCell<Vec<u64>> = RefCell::default();
}

fn opened_by_somebody() -> Result<Arc<MemoryStore>> {
    static ONE: LazyLock<Arc<MemoryStore>> = LazyLock::new(|| Arc::new(MemoryStore::new()));
    ONE.open(&Identity::new("somebody's", 4))?;
    Ok(Arc::clone(&ONE))
}

/// A cache that every write empties, but which belongs to the process.
struct StaticCache;

impl StaticCache {
    fn emptied<T>(answer: T) -> T {
        CACHE.with_borrow_mut(HashMap::clear);
        answer
    }
}

impl Lie for StaticCache {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let key = (namespace.to_owned(), hash.to_owned());
        Ok(CACHE.with_borrow_mut(|cache| cache.entry(key).or_insert(found).clone()))
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Self::emptied(store.insert(entry))
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        Self::emptied(store.update_access(id, now))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        Self::emptied(store.delete_by_id(id))
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        Self::emptied(store.delete_expired(now, namespace))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        Self::emptied(store.clear_namespace(namespace))
    }
}

struct StaticQuotas;

impl Lie for StaticQuotas {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        QUOTAS.with_borrow_mut(|quotas| quotas.insert(namespace.to_owned(), quota));
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace)?;
        Ok(QUOTAS.with_borrow(|quotas| quotas.get(namespace).copied()))
    }
}

/// Deleted ids are noted in a static set, by which lookups are filtered.
struct DeletesEverywhere;

impl Lie for DeletesEverywhere {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let there = store.delete_by_id(id)?;
        LAST_IDS.with_borrow_mut(|ids| ids.push(id));
        Ok(there)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        LAST_IDS.with_borrow_mut(|ids| ids.retain(|gone| *gone != id));
        Ok(id)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        Ok(found.filter(|_| LAST_IDS.with_borrow(|ids| !ids.contains(&id))))
    }
}
