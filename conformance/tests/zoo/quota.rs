use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entry, Error, Result, Store, limits::MAX_NUMBER};
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a quota that is not set is 0",
            volatile(|| Read(|quota| Some(quota.unwrap_or(0)))),
            quota::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a quota that is not set is without limit",
            volatile(|| Read(|quota| quota.or(Some(MAX_NUMBER)))),
            quota::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a quota that is not set is an error",
            volatile(|| NoRows),
            quota::unset_is_none,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "the first insert gives a namespace the default quota",
            volatile(|| Seeded),
            quota::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a namespace without a quota has that of the star",
            volatile(|| Wildcard),
            quota::unset_is_none,
            [quota::is_remembered_per_namespace],
            "set_namespace_quota(\"*\", 5)"
        ),
        fault!(
            "the first quota stays",
            volatile(|| InsertOrIgnore),
            quota::is_remembered_per_namespace,
            [],
            "expected 3"
        ),
        fault!(
            "a quota only grows",
            volatile(|| OnlyGrows),
            quota::is_remembered_per_namespace,
            [],
            "expected 3"
        ),
        fault!(
            "a quota is kept with 32 bits",
            volatile(|| Read(|quota| quota.map(|quota| quota & 0xffff_ffff))),
            quota::is_remembered_per_namespace,
            [],
            "expected 4,294,967,296"
        ),
        fault!(
            "a quota is kept as a 32-bit float",
            volatile(|| Read(
                |quota| quota.map(|quota| quota - quota % (1 << (quota.max(1).ilog2().max(23) - 23)))
            )),
            quota::is_remembered_per_namespace,
            [],
            "expected 16,777,217"
        ),
        fault!(
            "there is one quota for all namespaces",
            volatile(|| Keyed(|_| String::new())),
            quota::is_remembered_per_namespace,
            [quota::unset_is_none],
            "expected"
        ),
        fault!(
            "quotas' namespaces are compared without case"
                from "https://github.com/roundcube/roundcubemail/issues/6942",
            volatile(|| Keyed(str::to_lowercase)),
            quota::is_remembered_per_namespace,
            [key::is_compared_by_bytes],
            "\"Tenant\""
        ),
        fault!(
            "quotas' namespaces are trimmed",
            volatile(|| Keyed(|namespace| namespace.trim().to_owned())),
            quota::is_remembered_per_namespace,
            [key::is_compared_by_bytes],
            "\" tenant\""
        ),
        fault!(
            "quotas' namespaces end at U+0000",
            volatile(|| Keyed(|namespace| namespace.split('\0').next().unwrap_or("").to_owned())),
            quota::is_remembered_per_namespace,
            [key::any_text_is_a_key],
            "\"tenant\\u{0}\""
        ),
        fault!(
            "a quota goes with the namespace's last entry",
            volatile(GoesWithTheLastEntry::default),
            quota::is_remembered_per_namespace,
            [delete::leaves_the_others],
            "expected 10"
        ),
        fault!(
            "a quota that was read is cached",
            volatile(Cached::default),
            quota::is_remembered_per_namespace,
            [],
            "expected 3"
        ),
        fault!(
            "a quota of 0 reads as none",
            volatile(|| Read(|quota| quota.filter(|quota| *quota > 0))),
            quota::zero_is_a_quota,
            [],
            "expected 0"
        ),
        fault!(
            "setting 0 changes nothing",
            volatile(|| IgnoresZero),
            quota::zero_is_a_quota,
            [],
            "expected 0"
        ),
        fault!(
            "a quota of 0 is refused",
            volatile(|| RefusesZero),
            quota::zero_is_a_quota,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "an insert past the quota is refused",
            volatile(|| Refuses),
            quota::limits_nothing_by_itself,
            [robust::fails_only_where_a_clause_says],
            "insert(\"a\", \"h2\""
        ),
        fault!(
            "an insert past the quota evicts",
            volatile(|| Evicts),
            quota::limits_nothing_by_itself,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "an insert past the quota is dropped",
            volatile(|| Drops),
            quota::limits_nothing_by_itself,
            [],
            "get_by_id(2)"
        ),
        fault!(
            "setting a quota trims the namespace",
            volatile(|| Trims),
            quota::limits_nothing_by_itself,
            [],
            "set_namespace_quota"
        ),
        fault!(
            "the empty namespace's quota is one for all",
            volatile(|| QuotaForAll),
            quota::limits_nothing_by_itself,
            [],
            "set_namespace_quota(\"\", 1)"
        ),
        fault!(
            "a clean-up evicts what is past the quota",
            volatile(|| CleansUp),
            quota::limits_nothing_by_itself,
            [],
            "delete_expired"
        ),
        fault!(
            "a count stops at the quota",
            volatile(|| CountsToTheQuota),
            quota::limits_nothing_by_itself,
            [],
            "count"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// Alters each quota that is read.
struct Read(fn(Option<u64>) -> Option<u64>);

impl Lie for Read {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace).map(self.0)
    }
}

/// `query_row` without `optional`.
struct NoRows;

impl Lie for NoRows {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        match store.get_namespace_quota(namespace)? {
            Some(quota) => Ok(Some(quota)),
            None => Err(Error::backend("read the quota", "query returned no rows")),
        }
    }
}

struct Seeded;

impl Lie for Seeded {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let namespace = entry.namespace.clone();
        let id = store.insert(entry)?;
        if store.get_namespace_quota(&namespace)?.is_none() {
            store.set_namespace_quota(&namespace, 1_000)?;
        }
        Ok(id)
    }
}

struct Wildcard;

impl Lie for Wildcard {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        Ok(store.get_namespace_quota(namespace)?.or(store.get_namespace_quota("*")?))
    }
}

struct InsertOrIgnore;

impl Lie for InsertOrIgnore {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        if store.get_namespace_quota(namespace)?.is_some() {
            return mneme::limits::check_number("quota", quota);
        }
        store.set_namespace_quota(namespace, quota)
    }
}

/// `DO UPDATE SET quota = max(quota, excluded.quota)`.
struct OnlyGrows;

impl Lie for OnlyGrows {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        let old = store.get_namespace_quota(namespace)?;
        store.set_namespace_quota(namespace, quota.max(old.unwrap_or(0)))
    }
}

/// Keeps quotas under something else than the namespace.
struct Keyed(fn(&str) -> String);

impl Lie for Keyed {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(&(self.0)(namespace), quota)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(&(self.0)(namespace))
    }
}

/// A table of namespaces that has the quota in it, and whose rows are removed when they are empty.
#[derive(Default)]
struct GoesWithTheLastEntry(Mutex<HashSet<String>>);

impl Lie for GoesWithTheLastEntry {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).remove(namespace);
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let quota = store.get_namespace_quota(namespace)?;
        Ok(quota.filter(|_| !lock(&self.0).contains(namespace)))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let entry = store.get_by_id(id)?;
        let there = store.delete_by_id(id)?;
        if let Some(entry) = entry
            && store.count(Some(&entry.namespace))? == 0
        {
            lock(&self.0).insert(entry.namespace.clone());
        }
        Ok(there)
    }
}

#[derive(Default)]
struct Cached(Mutex<HashMap<String, Option<u64>>>);

impl Lie for Cached {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let quota = store.get_namespace_quota(namespace)?;
        match lock(&self.0).get(namespace) {
            Some(cached) if cached.is_some() => return Ok(*cached),
            _ => {}
        }
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(quota)
    }
}

struct IgnoresZero;

impl Lie for IgnoresZero {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        match quota {
            0 => store.get_namespace_quota(namespace).map(drop),
            quota => store.set_namespace_quota(namespace, quota),
        }
    }
}

struct RefusesZero;

impl Lie for RefusesZero {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.get_namespace_quota(namespace)?;
        if quota == 0 {
            return Err(Error::invalid_argument("quota", "0 is no quota"));
        }
        store.set_namespace_quota(namespace, quota)
    }
}

fn is_full(store: &dyn Store, namespace: &str) -> Result<bool> {
    let quota = store.get_namespace_quota(namespace)?;
    Ok(quota.is_some_and(|quota| store.count(Some(namespace)).is_ok_and(|count| count >= quota)))
}

fn trim(store: &dyn Store, namespace: &str) -> Result<()> {
    let Some(quota) = store.get_namespace_quota(namespace)? else { return Ok(()) };
    let surplus = store.count(Some(namespace))?.saturating_sub(quota);
    let surplus = usize::try_from(surplus).unwrap_or(usize::MAX);
    for id in store.iter_lru_ids(surplus, Some(namespace))? {
        store.delete_by_id(id)?;
    }
    Ok(())
}

struct Refuses;

impl Lie for Refuses {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        if !upsert && is_full(store, &entry.namespace)? {
            return Err(Error::backend("insert the entry", "CHECK constraint failed: quota"));
        }
        store.insert(entry)
    }
}

struct Evicts;

impl Lie for Evicts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let namespace = entry.namespace.clone();
        let id = store.insert(entry)?;
        trim(store, &namespace)?;
        Ok(id)
    }
}

struct Drops;

impl Lie for Drops {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let full = !upsert && is_full(store, &entry.namespace)?;
        let id = store.insert(entry)?;
        if full {
            store.delete_by_id(id)?;
        }
        Ok(id)
    }
}

struct Trims;

impl Lie for Trims {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        trim(store, namespace)
    }
}

struct QuotaForAll;

impl Lie for QuotaForAll {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let all = store.get_namespace_quota("")?;
        let count = store.count(None)?;
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let id = store.insert(entry)?;
        if !upsert && all.is_some_and(|all| all > 0 && count >= all) {
            let oldest = store.iter_lru_ids(1, None)?;
            oldest.into_iter().try_for_each(|id| store.delete_by_id(id).map(drop))?;
        }
        Ok(id)
    }
}

struct CleansUp;

impl Lie for CleansUp {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let number = store.delete_expired(now, namespace)?;
        store.list_namespaces()?.iter().try_for_each(|namespace| trim(store, namespace))?;
        Ok(number)
    }
}

struct CountsToTheQuota;

impl Lie for CountsToTheQuota {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        let quota = namespace.map_or(Ok(None), |namespace| store.get_namespace_quota(namespace))?;
        Ok(quota.map_or(count, |quota| count.min(quota)))
    }
}
