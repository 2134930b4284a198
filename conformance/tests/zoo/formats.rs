//! What a format, a memo or a buffer makes of what it is given: right for the values and the sizes that were tried.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entries, Entry, Metadata, Result, Store, StoredEntry, limits};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "characters of private use are dropped",
            volatile(|| Writes(|entry| {
                let kept = entry
                    .query
                    .chars()
                    .filter(|c| !('\u{e000}'..='\u{f8ff}').contains(c))
                    .collect::<String>();
                entry.query(kept)
            })),
            fidelity::text,
            [],
            "query"
        ),
        fault!(
            "a text that stands for nothing is nothing",
            volatile(|| Writes(|entry| if entry.response == "\\N" { entry.response("") } else { entry })),
            fidelity::text,
            [],
            "response"
        ),
        fault!(
            "the length of a list has four bits",
            volatile(|| Writes(|entry| {
                let metadata = changed(&entry.metadata, &|value| {
                    if let Value::Array(list) = value {
                        list.truncate(list.len() % 16);
                    }
                });
                entry.metadata(metadata)
            })),
            fidelity::metadata,
            [],
            "metadata"
        ),
        fault!(
            "an object whose keys are places is a list",
            volatile(|| Writes(|entry| {
                let metadata = changed(&entry.metadata, &|value| {
                    if let Value::Object(object) = value
                        && !object.is_empty()
                        && (0..object.len()).all(|place| object.contains_key(&place.to_string()))
                    {
                        *value = object.values().cloned().collect();
                    }
                });
                entry.metadata(metadata)
            })),
            fidelity::metadata,
            [],
            "metadata"
        ),
        fault!(
            "texts alike at both ends are kept once",
            volatile(AlikeAtBothEnds::default),
            fidelity::text,
            [],
            "twin"
        ),
        fault!(
            "large answers are kept under the hash alone",
            volatile(LargeByHash::default),
            key::namespaces_are_separate,
            [],
            "response"
        ),
        fault!(
            "an equal query in a namespace takes the other's place",
            volatile(|| OneForEachQuery),
            insert::returns_the_stored_id,
            [],
            "twin"
        ),
        fault!(
            "a miss is looked for among the questions",
            volatile(|| AmongTheQuestions),
            lookup::hash_not_stored_is_none,
            [],
            "What is it?"
        ),
        fault!(
            "names are listed anew when the total is another",
            volatile(NamesOfTheTotal::default),
            namespaces::vanish_with_their_last_entry,
            [],
            "list_namespaces"
        ),
        fault!(
            "names that begin with two underscores are the store's own",
            volatile(|| HidesItsOwn),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces"
        ),
        fault!(
            "a count is remembered for the last byte of the version",
            volatile(CountsOfAByte::default),
            count::follows_the_data,
            [],
            "count"
        ),
        fault!(
            "an id between two that are stored was there",
            volatile(|| BetweenTwo),
            delete::answers_whether_it_was_there,
            [],
            "delete_by_id"
        ),
        fault!(
            "a sweep begins where the last one ended",
            volatile(SweptTo::default),
            expiry::is_due_at_created_plus_ttl,
            [],
            "get_by_id"
        ),
        fault!(
            "a sweep of a namespace without entries looks at no argument",
            volatile(|| NothingToSweep),
            insert::number_out_of_range_is_refused,
            [],
            "delete_expired"
        ),
        fault!(
            "an upsert is hidden behind an older run once both are flushed",
            volatile(Runs::default),
            insert::upsert_replaces_every_field,
            [],
            "expected"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// An insert that writes another entry.
struct Writes(fn(Entry) -> Entry);

impl Lie for Writes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert((self.0)(entry))
    }
}

/// Metadata with each value changed, from the inside out.
fn changed(metadata: &Metadata, change: &dyn Fn(&mut Value)) -> Metadata {
    fn walk(value: &mut Value, change: &dyn Fn(&mut Value)) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|inner| walk(inner, change)),
            Value::Object(object) => object.values_mut().for_each(|inner| walk(inner, change)),
            _ => {}
        }
        change(value);
    }
    let mut metadata = metadata.clone();
    metadata.values_mut().for_each(|value| walk(value, change));
    metadata
}

/// A key of the pool of texts: the length, the beginning and the end.
#[derive(Default)]
struct AlikeAtBothEnds(Mutex<BTreeMap<Vec<u8>, String>>);

impl Lie for AlikeAtBothEnds {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let text = entry.response.as_bytes();
        if text.len() < 32 {
            return store.insert(entry);
        }
        let ends = [&text[..16], &text[text.len() - 16..]].concat();
        let key = [text.len().to_string().as_bytes(), &ends].concat();
        let kept = lock(&self.0).entry(key).or_insert_with(|| entry.response.clone()).clone();
        store.insert(entry.response(kept))
    }
}

/// Answers of more than two kilobytes are in a table of their own.
#[derive(Default)]
struct LargeByHash(Mutex<BTreeMap<String, String>>);

impl LargeByHash {
    fn whole(&self, found: StoredEntry) -> StoredEntry {
        match lock(&self.0).get(&found.query_hash) {
            Some(large) if found.response.len() > 2_000 => {
                StoredEntry { entry: found.entry.clone().response(large), ..found }
            }
            _ => found,
        }
    }
}

impl Lie for LargeByHash {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if entry.response.len() > 2_000 {
            lock(&self.0).insert(entry.query_hash.clone(), entry.response.clone());
        }
        store.insert(entry)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.map(|found| self.whole(found)))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.map(|found| self.whole(found)))
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_all()?.map(|item| item.map(|found| self.whole(found)))))
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_since(id)?.map(|item| item.map(|found| self.whole(found)))))
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_changed(version)?.map(|item| item.map(|found| self.whole(found)))))
    }
}

/// UNIQUE(namespace, query) beside the key, and INSERT OR REPLACE.
struct OneForEachQuery;

impl Lie for OneForEachQuery {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let same = |other: &StoredEntry| {
            !entry.query.is_empty()
                && (&other.namespace, &other.query) == (&entry.namespace, &entry.query)
                && other.query_hash != entry.query_hash
        };
        let replaced = store.iter_all()?.filter_map(Result::ok).find(same);
        let id = store.insert(entry.clone())?;
        if let Some(replaced) = replaced {
            store.delete_by_id(replaced.id)?;
        }
        Ok(id)
    }
}

struct AmongTheQuestions;

impl Lie for AmongTheQuestions {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let asks =
            |other: &StoredEntry| other.namespace == namespace && !hash.is_empty() && other.query == hash;
        Ok(found.or(store.iter_all()?.filter_map(Result::ok).find(asks)))
    }
}

#[derive(Default)]
struct NamesOfTheTotal(Mutex<Option<(u64, Vec<String>)>>);

impl Lie for NamesOfTheTotal {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let (total, names) = (store.count(None)?, store.list_namespaces()?);
        let mut kept = lock(&self.0);
        if kept.as_ref().is_none_or(|(of, _)| *of != total) {
            *kept = Some((total, names.clone()));
        }
        Ok(kept.as_ref().map_or(names, |(_, names)| names.clone()))
    }
}

struct HidesItsOwn;

impl Lie for HidesItsOwn {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let names = store.list_namespaces()?;
        Ok(names.into_iter().filter(|name| !name.starts_with("__")).collect())
    }
}

#[derive(Default)]
struct CountsOfAByte(Mutex<BTreeMap<(u64, Option<String>), u64>>);

impl Lie for CountsOfAByte {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let (version, count) = (store.version_counter()?, store.count(namespace)?);
        let of = (version % 256, namespace.map(ToOwned::to_owned));
        Ok(*lock(&self.0).entry(of).or_insert(count))
    }
}

/// A run of ids is kept as its ends, and a delete in it splits nothing.
struct BetweenTwo;

impl Lie for BetweenTwo {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let is_between = id > 1
            && store.get_by_id(id - 1)?.is_some()
            && store.iter_since(id.min(u64::MAX - 1))?.next().is_some();
        Ok(store.delete_by_id(id)? || is_between)
    }
}

/// The index of what is due is read from the last sweep's time on.
#[derive(Default)]
struct SweptTo(Mutex<u64>);

impl Lie for SweptTo {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut swept = lock(&self.0);
        let late: BTreeSet<u64> = store
            .iter_all()?
            .filter_map(Result::ok)
            .filter(|found| found.expires_at().is_some_and(|due| *swept < now && 0 < *swept && due <= *swept))
            .map(|found| found.id)
            .collect();
        if late.is_empty() || now > limits::MAX_NUMBER {
            let removed = store.delete_expired(now, namespace)?;
            *swept = now.max(*swept);
            return Ok(removed);
        }
        // Those from the last time on, one by one.
        let mut removed = 0;
        for found in store.iter_all()?.filter_map(Result::ok).collect::<Vec<_>>() {
            let is_due = found.expires_at().is_some_and(|due| due <= now) && !late.contains(&found.id);
            if is_due && namespace.is_none_or(|name| name == found.namespace) {
                removed += u64::from(store.delete_by_id(found.id)?);
            }
        }
        *swept = now.max(*swept);
        Ok(removed)
    }
}

struct NothingToSweep;

impl Lie for NothingToSweep {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        match namespace {
            Some(name) if store.count(Some(name))? == 0 => Ok(0),
            _ => store.delete_expired(now, namespace),
        }
    }
}

/// A buffer of writes, and what was flushed of it; a lookup asks the oldest run first.
#[derive(Default)]
struct Runs(Mutex<(BTreeSet<u64>, BTreeMap<u64, Entry>)>);

impl Runs {
    const BUFFER: usize = 64;

    fn read(&self, found: StoredEntry) -> StoredEntry {
        let runs = lock(&self.0);
        match runs.1.get(&found.id) {
            Some(old) if !runs.0.contains(&found.id) => {
                let entry =
                    old.clone().last_accessed_at(found.last_accessed_at).access_count(found.access_count);
                StoredEntry { entry, ..found }
            }
            _ => found,
        }
    }
}

impl Lie for Runs {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        let mut runs = lock(&self.0);
        runs.0.insert(id);
        if runs.0.len() >= Self::BUFFER {
            for id in std::mem::take(&mut runs.0) {
                if let Some(found) = store.get_by_id(id)? {
                    runs.1.entry(id).or_insert(found.entry);
                }
            }
        }
        Ok(id)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.map(|found| self.read(found)))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.map(|found| self.read(found)))
    }
}
