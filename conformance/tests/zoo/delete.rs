use super::{
    cached::{Caches, Write},
    fault::Fault,
    faulty::Lie,
};
use crate::fault;
use mneme::{Entry, Result, Store, limits::MAX_NUMBER};
use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a delete leaves the copy in a read cache",
            volatile(|| Caches::lookups_not_emptied_by(Write::DeleteById)),
            delete::removes_from_every_view,
            [],
            "get_by_hash(\"a\", \"gone\")"
        ),
        fault!(
            "a delete leaves the count that is kept aside",
            volatile(CountsInserts::default),
            delete::removes_from_every_view,
            [count::follows_the_data],
            "count()"
        ),
        fault!(
            "a delete leaves the row of the LRU index",
            volatile(LeavesLruRows::default),
            delete::removes_from_every_view,
            [lru::oldest_access_first],
            "iter_lru_ids"
        ),
        fault!(
            "a delete leaves the list of namespaces",
            volatile(RemembersNamespaces::default),
            delete::removes_from_every_view,
            [namespaces::vanish_with_their_last_entry],
            "list_namespaces()"
        ),
        fault!(
            "a delete is true wherever the statement succeeded",
            volatile(|| AlwaysThere),
            delete::answers_whether_it_was_there,
            [],
            "expected false"
        ),
        fault!(
            "a delete is true for an entry that had the id's key",
            volatile(RemembersIds::default),
            delete::answers_whether_it_was_there,
            [],
            "expected false"
        ),
        fault!(
            "a delete goes by the hash alone",
            volatile(|| DeletesTheHash),
            delete::leaves_the_others,
            [key::namespaces_are_separate],
            "delete_by_id(1)"
        ),
        fault!(
            "a delete goes by the beginning of the id's text",
            volatile(|| DeletesByPrefix),
            delete::leaves_the_others,
            [],
            "delete_by_id(1)"
        ),
        fault!(
            "the id of a delete has 32 bits",
            volatile(|| CutsTheId),
            delete::leaves_the_others,
            [],
            "delete_by_id(4294967"
        ),
        fault!(
            "a delete takes the due time of others with it",
            volatile(ForgetsTheSecond::default),
            delete::leaves_the_others,
            [],
            "delete_expired(now 5000)"
        ),
        fault!(
            "the last delete of a namespace drops its quota",
            volatile(DropsTheQuota::default),
            delete::leaves_the_others,
            [quota::is_remembered_per_namespace],
            "get_namespace_quota(\"a\")"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A total that a delete by id forgets.
#[derive(Default)]
struct CountsInserts(AtomicU64);

impl Lie for CountsInserts {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let was_there = store.delete_by_id(id)?;
        self.0.fetch_add(was_there.into(), Ordering::Relaxed);
        Ok(was_there)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let forgotten = if namespace.is_none() { self.0.load(Ordering::Relaxed) } else { 0 };
        Ok(store.count(namespace)? + forgotten)
    }
}

/// A sorted set of its own, from which nothing is taken but by an eviction.
#[derive(Default)]
struct LeavesLruRows(Mutex<Vec<u64>>);

impl Lie for LeavesLruRows {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let was_there = store.delete_by_id(id)?;
        if was_there {
            self.0.lock().expect("no panic").push(id);
        }
        Ok(was_there)
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(limit, namespace)?;
        if namespace.is_none() {
            ids.extend(self.0.lock().expect("no panic").iter());
            ids.truncate(limit);
        }
        Ok(ids)
    }
}

/// A table of namespaces, swept when one is cleared or expires.
#[derive(Default)]
struct RemembersNamespaces(Mutex<HashSet<String>>);

impl Lie for RemembersNamespaces {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(found) = store.get_by_id(id)? {
            self.0.lock().expect("no panic").insert(found.namespace.clone());
        }
        store.delete_by_id(id)
    }
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        names.extend(self.0.lock().expect("no panic").iter().cloned());
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// A blind delete of a key-value engine.
struct AlwaysThere;

impl Lie for AlwaysThere {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(id).map(|_| true)
    }
}

/// The answer comes from a map of ids to keys that nothing cleans.
#[derive(Default)]
struct RemembersIds(Mutex<HashSet<u64>>);

impl Lie for RemembersIds {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        self.0.lock().expect("no panic").insert(id);
        Ok(id)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(id)?;
        Ok(self.0.lock().expect("no panic").contains(&id))
    }
}

/// `DELETE ... WHERE query_hash = (SELECT ...)`.
struct DeletesTheHash;

impl Lie for DeletesTheHash {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let Some(found) = store.get_by_id(id)? else { return Ok(false) };
        for other in store.iter_all()? {
            let other = other?;
            if other.query_hash == found.query_hash {
                store.delete_by_id(other.id)?;
            }
        }
        Ok(true)
    }
}

/// A scan over `entry:1*`.
struct DeletesByPrefix;

impl Lie for DeletesByPrefix {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let was_there = store.delete_by_id(id)?;
        for other in store.iter_all()? {
            let other = other?.id;
            if was_there && other.to_string().starts_with(&id.to_string()) {
                store.delete_by_id(other)?;
            }
        }
        Ok(was_there)
    }
}

/// `id as u32`.
struct CutsTheId;

impl Lie for CutsTheId {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(id & u64::from(u32::MAX))
    }
}

/// An expiry index with one bucket per second, which goes as a whole.
#[derive(Default)]
struct ForgetsTheSecond(Mutex<HashSet<u64>>);

impl Lie for ForgetsTheSecond {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(due) = entry.expires_at() {
            self.0.lock().expect("no panic").remove(&due);
        }
        store.insert(entry)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(due) = store.get_by_id(id)?.and_then(|found| found.expires_at()) {
            self.0.lock().expect("no panic").insert(due);
        }
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER || store.count(None).is_err() {
            return store.delete_expired(now, namespace);
        }
        let forgotten = self.0.lock().expect("no panic").clone();
        let mut removed = 0;
        for found in store.iter_all()?.collect::<Result<Vec<_>>>()? {
            let is_due = found.expires_at().is_some_and(|due| due <= now && !forgotten.contains(&due));
            if is_due && namespace.is_none_or(|scope| found.namespace == scope) {
                removed += u64::from(store.delete_by_id(found.id)?);
            }
        }
        Ok(removed)
    }
}

/// Quotas live in the row of a namespace, which goes with its last entry.
#[derive(Default)]
struct DropsTheQuota(Mutex<HashSet<String>>);

impl Lie for DropsTheQuota {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let found = store.get_by_id(id)?;
        let was_there = store.delete_by_id(id)?;
        if let Some(found) = found.filter(|found| store.count(Some(&found.namespace)).is_ok_and(|n| n == 0)) {
            self.0.lock().expect("no panic").insert(found.namespace.clone());
        }
        Ok(was_there)
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        self.0.lock().expect("no panic").remove(namespace);
        store.set_namespace_quota(namespace, quota)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let quota = store.get_namespace_quota(namespace)?;
        Ok(quota.filter(|_| !self.0.lock().expect("no panic").contains(namespace)))
    }
}
