//! Stores that keep something beside the entries, an index, a filter or a mark, and forget it in one of the ways in which
//! entries change.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entry, Result, Store, StoredEntry, limits};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a delete takes its marks out of a Bloom filter",
            volatile(Filter::default),
            delete::leaves_the_others,
            [lookup::both_ways_agree],
            "get_by_hash("
        ),
        fault!(
            "a refused insert leaves its key in the index by hash",
            volatile(Reserved::default),
            insert::other_dimension_is_refused,
            [insert::number_out_of_range_is_refused],
            "get_by_hash(\"a\", \"new\")"
        ),
        fault!(
            "a use is kept for the entry that gets the id",
            volatile(EarlyUse::default),
            access::id_not_stored_is_ignored,
            [],
            "expected"
        ),
        fault!(
            "an upsert that is due when its entry was is out of the index by time",
            volatile(ByTime::default),
            expiry::upsert_replaces_it,
            [],
            "get_by_id("
        ),
        fault!(
            "due times are cut to minutes",
            volatile(|| Minutes),
            expiry::is_due_at_created_plus_ttl,
            [expiry::large_ttl_does_not_wrap],
            "get_by_id("
        ),
        fault!(
            "the generation of a namespace has 8 bits",
            volatile(Generations::default),
            clear::removes_that_namespace_only,
            [],
            "get_by_hash(\"again\", \"h\")"
        ),
        fault!(
            "a vector of zeros is not written",
            volatile(|| NoZeros),
            fidelity::embedding_bits,
            [],
            "expected embedding"
        ),
        fault!(
            "a separator is escaped, and the escape is not",
            volatile(Joined::default),
            key::parts_do_not_run_together,
            [],
            "get_by_hash("
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

#[derive(Default)]
struct Filter(Mutex<BTreeSet<u64>>);

/// Three places of 1,024.
fn marks(namespace: &str, query_hash: &str) -> [u64; 3] {
    let mut hasher = DefaultHasher::new();
    (namespace, query_hash).hash(&mut hasher);
    let digest = hasher.finish();
    [0, 10, 20].map(|at| digest >> at & 1_023)
}

impl Lie for Filter {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, query_hash)?;
        let marked = lock(&self.0);
        Ok(found.filter(|_| marks(namespace, query_hash).iter().all(|mark| marked.contains(mark))))
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let marks = marks(&entry.namespace, &entry.query_hash);
        let id = store.insert(entry)?;
        lock(&self.0).extend(marks);
        Ok(id)
    }

    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(gone) = store.get_by_id(id)? {
            let gone = marks(&gone.namespace, &gone.query_hash);
            lock(&self.0).retain(|mark| !gone.contains(mark));
        }
        store.delete_by_id(id)
    }
}

/// Keys that lead to an id which is given to the next entry.
#[derive(Default)]
struct Reserved {
    last: AtomicU64,
    keys: Mutex<BTreeMap<Key, u64>>,
}

type Key = (String, String);

impl Lie for Reserved {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        if let Some(found) = store.get_by_hash(namespace, query_hash)? {
            return Ok(Some(found));
        }
        let id = lock(&self.keys).get(&(namespace.to_owned(), query_hash.to_owned())).copied();
        id.map_or(Ok(None), |id| store.get_by_id(id))
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let is_new = store.get_by_hash(&key.0, &key.1)?.is_none();
        let answer = store.insert(entry);
        match &answer {
            Ok(id) => {
                self.last.fetch_max(*id, Ordering::SeqCst);
                lock(&self.keys).remove(&key);
            }
            Err(_) if is_new => {
                lock(&self.keys).insert(key, self.last.load(Ordering::SeqCst) + 1);
            }
            Err(_) => {}
        }
        answer
    }
}

/// What was noted of ids that no entry has.
#[derive(Default)]
struct EarlyUse(Mutex<BTreeMap<u64, u64>>);

impl Lie for EarlyUse {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        if let Some(now) = lock(&self.0).remove(&id) {
            store.update_access(id, now)?;
        }
        Ok(id)
    }

    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        if store.get_by_id(id)?.is_none() {
            lock(&self.0).insert(id, now);
        }
        Ok(())
    }
}

/// The ids that the index by time has lost: it adds the new place of an entry, and then removes the old one.
#[derive(Default)]
struct ByTime(Mutex<BTreeSet<u64>>);

impl Lie for ByTime {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let old = store.get_by_hash(&entry.namespace, &entry.query_hash)?.and_then(|old| old.expires_at());
        let is_lost = old.is_some() && old == entry.expires_at();
        let id = store.insert(entry)?;
        if is_lost {
            lock(&self.0).insert(id);
        } else {
            lock(&self.0).remove(&id);
        }
        Ok(id)
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        sweep(store, now, namespace, |entry| {
            entry.expires_at().is_some_and(|due| due <= now) && !lock(&self.0).contains(&entry.id)
        })
    }
}

struct Minutes;

impl Lie for Minutes {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        sweep(store, now, namespace, |entry| {
            entry.ttl.is_some_and(|ttl| (entry.created_at + ttl) / 60 <= now / 60)
        })
    }
}

/// Removes the entries of a namespace, or of all, that are due in a way of its own.
fn sweep(
    store: &dyn Store,
    now: u64,
    namespace: Option<&str>,
    is_due: impl Fn(&StoredEntry) -> bool,
) -> Result<u64> {
    store.count(None)?;
    limits::check_number("now", now)?;
    let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
    let in_scope = |entry: &&StoredEntry| namespace.is_none_or(|name| entry.namespace == name);
    let mut removed = 0;
    for entry in entries.iter().filter(in_scope).filter(|entry| is_due(entry)) {
        removed += u64::from(store.delete_by_id(entry.id)?);
    }
    Ok(removed)
}

/// A clear begins another generation; what the old ones have is hidden, until one has their number.
#[derive(Default)]
struct Generations(Mutex<BTreeMap<String, Vec<Vec<StoredEntry>>>>);

impl Lie for Generations {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, query_hash)?;
        let hidden = lock(&self.0);
        let old = hidden.get(namespace).and_then(|all| all.len().checked_sub(256).map(|at| &all[at]));
        let of_its_number = old.into_iter().flatten().find(|entry| entry.query_hash == query_hash).cloned();
        Ok(found.or(of_its_number))
    }

    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        entries.retain(|entry| entry.namespace == namespace);
        lock(&self.0).entry(namespace.to_owned()).or_default().push(entries);
        store.clear_namespace(namespace)
    }
}

struct NoZeros;

impl Lie for NoZeros {
    fn insert(&self, store: &dyn Store, mut entry: Entry) -> Result<u64> {
        if entry.embedding.iter().all(|number| *number == 0.0) {
            let zeros = vec![0.0; entry.embedding.len()];
            entry = entry.embedding(zeros);
        }
        store.insert(entry)
    }
}

/// The first key that was seen under each text of which the index is made.
#[derive(Default)]
struct Joined(Mutex<BTreeMap<String, Key>>);

impl Joined {
    fn first(&self, namespace: &str, query_hash: &str) -> Key {
        let [front, back] = [namespace, query_hash].map(|part| part.replace(':', "\\:"));
        let key = (namespace.to_owned(), query_hash.to_owned());
        lock(&self.0).entry(format!("{front}:{back}")).or_insert(key).clone()
    }
}

impl Lie for Joined {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        let (namespace, query_hash) = self.first(namespace, query_hash);
        store.get_by_hash(&namespace, &query_hash)
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let mut content = (*entry.content).clone();
        (content.namespace, content.query_hash) = self.first(&content.namespace, &content.query_hash);
        let (time, times) = (entry.last_accessed_at, entry.access_count);
        store.insert(Entry::from(content).last_accessed_at(time).access_count(times))
    }
}
