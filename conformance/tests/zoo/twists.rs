//! Mistakes that show only where two things meet: a second open and what is due, a name and what is below it, a list and
//! what it lists, a table and one row more than it has room for.

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Error, Identity, Metadata, Result, Store, StoredEntry};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a second open sweeps what is due",
            volatile(SweepsAtOpen::default),
            open::same_identity_is_accepted,
            [version::stays_without_a_change],
            "open("
        ),
        fault!(
            "an embedder's name is compared without its version",
            volatile(NameAlone::default),
            open::fingerprint_is_opaque,
            [],
            "open("
        ),
        fault!(
            "a count of a namespace counts what is below it",
            volatile(|| CountsWhatIsBelow),
            count::namespace_not_stored_is_zero,
            [count::follows_the_data],
            "expected 0"
        ),
        fault!(
            "a namespace without a quota has that of the name above it",
            volatile(|| QuotaFromAbove),
            quota::unset_is_none,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "the hundred and first quota finds no room",
            volatile(HundredQuotas::default),
            quota::is_remembered_per_namespace,
            [],
            "expected"
        ),
        fault!(
            "a clear of a namespace that has nothing but a quota steps",
            volatile(StepsForAQuota::default),
            version::stays_without_a_change,
            [],
            "version_counter"
        ),
        fault!(
            "metadata are kept under keys in lower case",
            volatile(|| LowersKeys),
            fidelity::metadata,
            [],
            "metadata"
        ),
        fault!(
            "an order of use counts as use",
            volatile(|| ListsAreUses),
            lookup::reading_changes_nothing,
            [snapshot::unsupported_says_so, durable::unclaimed_keeps_nothing],
            "accessed"
        ),
        fault!(
            "a hash is found by its beginning",
            volatile(|| FindsByBeginning),
            lookup::hash_not_stored_is_none,
            [],
            "expected none"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A handle that is opened again cleans up, with the latest time that it has heard of.
#[derive(Default)]
struct SweepsAtOpen {
    opened: AtomicBool,
    latest: AtomicU64,
}

impl Lie for SweepsAtOpen {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        if self.opened.swap(true, Ordering::Relaxed) {
            store.delete_expired(self.latest.load(Ordering::Relaxed), None)?;
        }
        Ok(())
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        self.latest.fetch_max(now, Ordering::Relaxed);
        Ok(removed)
    }
}

/// `model@2` is taken for a newer `model@1`.
#[derive(Default)]
struct NameAlone(Mutex<Option<Identity>>);

impl Lie for NameAlone {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = |identity: &Identity| identity.fingerprint.split('@').next().map(ToOwned::to_owned);
        match &*first {
            Some(stamped) if stamped.dimension == identity.dimension && name(stamped) == name(identity) => {
                store.open(stamped)
            }
            _ => {
                store.open(identity)?;
                *first = Some(identity.clone());
                Ok(())
            }
        }
    }
}

/// A name is a path, and a directory has what its directories have.
struct CountsWhatIsBelow;

impl Lie for CountsWhatIsBelow {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let mut count = store.count(namespace)?;
        if let Some(above) = namespace {
            for name in store.list_namespaces()? {
                if name.strip_prefix(above).is_some_and(|rest| rest.starts_with(':')) {
                    count += store.count(Some(&name))?;
                }
            }
        }
        Ok(count)
    }
}

struct QuotaFromAbove;

impl Lie for QuotaFromAbove {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        match (store.get_namespace_quota(namespace)?, namespace.split_once(':')) {
            (None, Some((above, _))) => store.get_namespace_quota(above),
            (quota, _) => Ok(quota),
        }
    }
}

/// The table of quotas was made for a hundred tenants.
#[derive(Default)]
struct HundredQuotas(Mutex<BTreeSet<String>>);

impl Lie for HundredQuotas {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= 100 && !names.contains(namespace) {
            return store.version_counter().map(drop);
        }
        store.set_namespace_quota(namespace, quota)?;
        names.insert(namespace.to_owned());
        Ok(())
    }
}

/// The row of the quota is written anew, which is a change to whoever counts rows.
#[derive(Default)]
struct StepsForAQuota(AtomicU64);

impl Lie for StepsForAQuota {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let cleared = store.clear_namespace(namespace)?;
        if cleared == 0 && store.get_namespace_quota(namespace)?.is_some() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(cleared)
    }

    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

struct LowersKeys;

impl Lie for LowersKeys {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let lower: Metadata =
            entry.metadata.iter().map(|(key, value)| (key.to_lowercase(), value.clone())).collect();
        store.insert(entry.metadata(lower))
    }
}

/// Whoever asks what to evict has looked at it.
struct ListsAreUses;

impl Lie for ListsAreUses {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let ids = store.iter_lru_ids(limit, namespace)?;
        for id in &ids {
            if let Some(listed) = store.get_by_id(*id)? {
                store.update_access(*id, listed.last_accessed_at)?;
            }
        }
        Ok(ids)
    }
}

/// A short form of a hash is enough, as with the names of commits.
struct FindsByBeginning;

impl Lie for FindsByBeginning {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, query_hash)?;
        if found.is_some() || query_hash.len() < 7 {
            return Ok(found);
        }
        let begins = |entry: &Result<StoredEntry, Error>| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.namespace == namespace && entry.query_hash.starts_with(query_hash))
        };
        store.iter_all()?.find(begins).transpose()
    }
}
