//! Slips of one line: a default for what was left out, a comparison the wrong way round, a cache that a write does not know of.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entry, Error, Identity, Result, Store, StoredEntry, limits};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an access gives an entry without a ttl one of 0",
            volatile(|| AccessSetsATtl),
            access::touches_nothing_else,
            [],
            "expected ttl none"
        ),
        fault!(
            "the last delete drops the meta keys",
            volatile(|| DeleteDropsMeta),
            delete::leaves_the_others,
            [],
            "read_meta"
        ),
        fault!(
            "an upsert takes a count of 0 for none, and keeps the old one",
            volatile(|| Writes(|entry, old| match old {
                Some(old) if entry.access_count == 0 => entry.access_count(old.access_count),
                _ => entry,
            })),
            insert::upsert_replaces_every_field,
            [],
            "access count"
        ),
        fault!(
            "an entry that was used before it was made was made when it was used",
            volatile(|| Writes(|entry, _| {
                let made = entry.created_at.min(entry.last_accessed_at.max(1));
                if entry.created_at > limits::MAX_NUMBER { entry } else { entry.created_at(made) }
            })),
            fidelity::numbers,
            [expiry::is_due_at_created_plus_ttl],
            "created at"
        ),
        fault!(
            "a vector with a NaN is refused",
            volatile(|| RefusesNan),
            fidelity::embedding_bits,
            [robust::fails_only_where_a_clause_says],
            "NaN"
        ),
        fault!(
            "a meta value is its first line",
            volatile(|| FirstLine),
            meta::is_remembered,
            [],
            "read_meta"
        ),
        fault!(
            "a lookup trims the hash",
            volatile(|| TrimsTheHash),
            key::is_compared_by_bytes,
            [],
            "get_by_hash"
        ),
        fault!(
            "a scoped order knows no limit",
            volatile(|| ScopedWithoutLimit),
            lru::limit_is_exact,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "the third open is taken for damage",
            volatile(ThirdOpen::default),
            integrity::is_true_when_sound,
            [],
            "integrity_check"
        ),
        fault!(
            "a meta key that was missed stays missed",
            volatile(MissedMeta::default),
            meta::is_remembered,
            [],
            "read_meta"
        ),
        fault!(
            "a quota that was missed stays missed",
            volatile(MissedQuotas::default),
            quota::is_remembered_per_namespace,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "a list of namespaces is made anew by inserts alone",
            volatile(NamesOfInserts::default),
            namespaces::vanish_with_their_last_entry,
            [delete::removes_from_every_view],
            "list_namespaces"
        ),
        fault!(
            "a clear of many answers how many the last batch had",
            volatile(|| CountsTheLastBatch),
            clear::counts_what_it_removed,
            [robust::size_changes_nothing],
            "clear_namespace"
        ),
        fault!(
            "a sweep that removes nothing steps the counter",
            volatile(SweepSteps::default),
            version::stays_without_a_change,
            [],
            "version_counter"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// The row is written again, and an absent ttl is the column's default.
struct AccessSetsATtl;

impl Lie for AccessSetsATtl {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        match store.get_by_id(id)? {
            Some(found) if found.ttl.is_none() => store.insert(found.entry.clone().ttl(0)).map(drop),
            _ => Ok(()),
        }
    }
}

/// An empty database is vacuumed whole.
struct DeleteDropsMeta;

impl Lie for DeleteDropsMeta {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let removed = store.delete_by_id(id)?;
        if removed && store.count(None)? == 0 {
            for key in ["key", "a", "k"] {
                if store.read_meta(key)?.is_some() {
                    store.write_meta(key, "")?;
                }
            }
        }
        Ok(removed)
    }
}

/// An insert that writes another entry, given what is stored under the key.
struct Writes(fn(Entry, Option<StoredEntry>) -> Entry);

impl Lie for Writes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let old = store.get_by_hash(&entry.namespace, &entry.query_hash)?;
        store.insert((self.0)(entry, old))
    }
}

struct RefusesNan;

impl Lie for RefusesNan {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.count(None)?;
        if entry.embedding.iter().any(|number| number.is_nan()) {
            return Err(Error::backend("index the vector", "it has a NaN"));
        }
        store.insert(entry)
    }
}

struct FirstLine;

impl Lie for FirstLine {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value.split('\n').next().unwrap_or(value))
    }
}

struct TrimsTheHash;

impl Lie for TrimsTheHash {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        store.get_by_hash(namespace, hash.trim_end_matches(' '))
    }
}

struct ScopedWithoutLimit;

impl Lie for ScopedWithoutLimit {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        store.iter_lru_ids(if namespace.is_some() && limit > 0 { usize::MAX } else { limit }, namespace)
    }
}

#[derive(Default)]
struct ThirdOpen(AtomicU64);

impl Lie for ThirdOpen {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        Ok(store.integrity_check()? && self.0.load(Ordering::Relaxed) < 3)
    }
}

#[derive(Default)]
struct MissedMeta(Mutex<BTreeSet<String>>);

impl Lie for MissedMeta {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let read = store.read_meta(key)?;
        let mut missed = lock(&self.0);
        if read.is_none() {
            missed.insert(key.to_owned());
        }
        Ok(read.filter(|_| !missed.contains(key)))
    }
}

#[derive(Default)]
struct MissedQuotas(Mutex<BTreeSet<String>>);

impl Lie for MissedQuotas {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let quota = store.get_namespace_quota(namespace)?;
        let mut missed = lock(&self.0);
        if quota.is_none() {
            missed.insert(namespace.to_owned());
        }
        Ok(quota.filter(|_| !missed.contains(namespace)))
    }
}

#[derive(Default)]
struct NamesOfInserts(Mutex<Vec<String>>);

impl Lie for NamesOfInserts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        *lock(&self.0) = store.list_namespaces()?;
        Ok(id)
    }
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        store.list_namespaces()?;
        Ok(lock(&self.0).clone())
    }
}

/// `let removed = statement.execute()?` in a loop.
struct CountsTheLastBatch;

impl Lie for CountsTheLastBatch {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let removed = store.clear_namespace(namespace)?;
        Ok(if removed > 10 { removed % 10 } else { removed })
    }
}

#[derive(Default)]
struct SweepSteps(AtomicU64);

impl Lie for SweepSteps {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        self.0.fetch_add(u64::from(removed == 0), Ordering::Relaxed);
        Ok(removed)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}
