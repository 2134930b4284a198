//! Mistakes at an edge: a batch that is just full, names and times that differ at their end, a level deep inside, a handle that found
//! its data.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Metadata, Result, Store, StoredEntry, limits::MAX_NUMBER};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a sweep whose last batch of 64 is full answers how many the empty one after it had",
            volatile(|| SweepsInBatches),
            expiry::counts_what_it_removed,
            [],
            "delete_expired"
        ),
        fault!(
            "changes that fill a page of 100 are one too few",
            volatile(|| ChangesByPages),
            changed::yields_every_later_write,
            [],
            "iter_changed"
        ),
        fault!(
            "an eviction order that fills a page of 64 is one too short",
            volatile(|| OrderByPages),
            lru::limit_is_exact,
            [],
            "iter_lru_ids(64)"
        ),
        fault!(
            "a list of fifty namespaces ends one too early",
            volatile(|| NamesByPages),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "an index of namespaces has their first 64 bytes, and the latest first",
            volatile(|| NamesByTheirBeginning),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "a stamp may be written as it is",
            volatile(|| WritesTheSame),
            meta::reserved_keys_are_protected,
            [],
            "write_meta"
        ),
        fault!(
            "a check removes meta keys that are numbers",
            volatile(RemovesNumbers::default),
            integrity::is_true_when_sound,
            [],
            "read_meta"
        ),
        fault!(
            "a handle is closed as often as it was opened",
            volatile(CountsOpens::default),
            close::ends_every_operation,
            [],
            "close"
        ),
        fault!(
            "digits in the third level of metadata become a number",
            volatile(|| ReadsNumbersInside),
            fidelity::metadata,
            [],
            "levels"
        ),
        fault!(
            "a list of pairs in metadata is an object",
            volatile(|| PairsAreObjects),
            fidelity::metadata,
            [],
            "pair"
        ),
        fault!(
            "a clear forgets ten of those that a cache by id holds",
            volatile(ForgetsTen::default),
            clear::removes_that_namespace_only,
            [],
            "get_by_id"
        ),
        fault!(
            "embeddings are decimals of eight digits",
            volatile(|| Embeds(|number, _| format!("{number:.7e}").parse().unwrap_or(number))),
            fidelity::embedding_bits,
            [],
            "exponent"
        ),
        fault!(
            "embeddings are parts of their largest number",
            volatile(|| Embeds(|number, largest| if largest > 1e30 {
                number / largest * largest
            } else {
                number
            })),
            fidelity::embedding_bits,
            [],
            "exponent"
        ),
        fault!(
            "a sweep at a time out of range is done as far as there are times, and then refused",
            volatile(|| SweepsFirst),
            insert::number_out_of_range_is_refused,
            [version::stays_without_a_change],
            "delete_expired(now 2^53)"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

struct SweepsInBatches;

impl Lie for SweepsInBatches {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        Ok(if removed.is_multiple_of(64) { 0 } else { removed })
    }
}

/// The last row says whether another page follows, and is left to that one.
struct ChangesByPages;

impl Lie for ChangesByPages {
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let mut changed: Vec<_> = store.iter_changed(version)?.collect();
        if changed.len() == 100 {
            changed.pop();
        }
        Ok(Box::new(changed.into_iter()))
    }
}

struct OrderByPages;

impl Lie for OrderByPages {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(limit, namespace)?;
        if limit == 64 && ids.len() == 64 {
            ids.pop();
        }
        Ok(ids)
    }
}

struct NamesByPages;

impl Lie for NamesByPages {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        if names.len() == 50 {
            names.pop();
        }
        Ok(names)
    }
}

struct NamesByTheirBeginning;

impl Lie for NamesByTheirBeginning {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        names.reverse();
        names.sort_by(|a, b| beginning(a).cmp(beginning(b)));
        Ok(names)
    }
}

fn beginning(name: &str) -> &[u8] {
    &name.as_bytes()[..name.len().min(64)]
}

/// A trigger compares the old value with the new one.
struct WritesTheSame;

impl Lie for WritesTheSame {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        match store.write_meta(key, value) {
            Err(Error::InvalidArgument { .. }) if store.read_meta(key)?.as_deref() == Some(value) => Ok(()),
            written => written,
        }
    }
}

/// They are taken for pages that nothing points at. By key, whether a check has come since it was written.
#[derive(Default)]
struct RemovesNumbers(Mutex<BTreeMap<String, bool>>);

impl Lie for RemovesNumbers {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(value.filter(|_| lock(&self.0).get(key) != Some(&true)))
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if key.parse::<u64>().is_ok() {
            lock(&self.0).insert(key.to_owned(), false);
        }
        store.write_meta(key, value)
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        let is_sound = store.integrity_check()?;
        lock(&self.0).values_mut().for_each(|is_gone| *is_gone = true);
        Ok(is_sound)
    }
}

#[derive(Default)]
struct CountsOpens(AtomicUsize);

impl Lie for CountsOpens {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        let opens = self.0.load(Ordering::Relaxed);
        self.0.store(opens.saturating_sub(1), Ordering::Relaxed);
        if opens > 1 { Ok(()) } else { store.close() }
    }
}

/// The column's type is guessed where a document is flattened.
struct ReadsNumbersInside;

impl Lie for ReadsNumbersInside {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(changed(entry, &|value, level| match value {
            Value::String(text) if level >= 3 => text.parse::<u64>().map_or(Value::String(text), Value::from),
            value => value,
        }))
    }
}

/// A format that has maps alone, and no lists of pairs.
struct PairsAreObjects;

impl Lie for PairsAreObjects {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(changed(entry, &|value, _| {
            let pairs = value.as_array().filter(|pairs| !pairs.is_empty()).and_then(|pairs| {
                pairs
                    .iter()
                    .map(|pair| match pair.as_array().map(Vec::as_slice) {
                        Some([Value::String(key), value]) => Some((key.clone(), value.clone())),
                        _ => None,
                    })
                    .collect::<Option<Metadata>>()
            });
            pairs.map_or(value, Value::Object)
        }))
    }
}

/// An entry with each value in its metadata changed, those inside first; what is directly in the object is of level 1.
fn changed(entry: Entry, change: &dyn Fn(Value, usize) -> Value) -> Entry {
    fn inside(value: Value, level: usize, change: &dyn Fn(Value, usize) -> Value) -> Value {
        let value = match value {
            Value::Array(values) => {
                values.into_iter().map(|value| inside(value, level + 1, change)).collect()
            }
            Value::Object(values) => Value::Object(
                values.into_iter().map(|(key, value)| (key, inside(value, level + 1, change))).collect(),
            ),
            value => value,
        };
        change(value, level)
    }
    let metadata: Metadata = entry.metadata.clone();
    let metadata = metadata.into_iter().map(|(key, value)| (key, inside(value, 1, change))).collect();
    entry.metadata(metadata)
}

/// What is read by id is kept, and a statement that forgets it names ten at most.
#[derive(Default)]
struct ForgetsTen(Mutex<BTreeMap<u64, StoredEntry>>);

impl ForgetsTen {
    fn forget(&self, is_gone: impl Fn(&StoredEntry) -> bool, most: usize) {
        let mut kept = lock(&self.0);
        let gone: Vec<u64> = kept.values().filter(|stored| is_gone(stored)).map(|stored| stored.id).collect();
        for id in gone.into_iter().take(most) {
            kept.remove(&id);
        }
    }
}

impl Lie for ForgetsTen {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        let mut kept = lock(&self.0);
        if let Some(found) = &found {
            kept.insert(id, found.clone());
        }
        Ok(kept.get(&id).cloned())
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.forget(|stored| stored.id == id, 1);
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        self.forget(|stored| store.get_by_id(stored.id).is_ok_and(|found| found.is_none()), usize::MAX);
        Ok(removed)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.forget(|stored| stored.namespace == namespace, 10);
        store.clear_namespace(namespace)
    }
}

/// A finite number of an embedding in another form, beside the largest of them.
struct Embeds(fn(f32, f32) -> f32);

impl Lie for Embeds {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let largest = entry.embedding.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        if !largest.is_finite() {
            return store.insert(entry);
        }
        let embedding: Vec<f32> = entry
            .embedding
            .iter()
            .map(|number| if number.is_finite() { (self.0)(*number, largest) } else { *number })
            .collect();
        store.insert(entry.embedding(embedding))
    }
}

struct SweepsFirst;

impl Lie for SweepsFirst {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER {
            store.delete_expired(MAX_NUMBER, namespace)?;
        }
        store.delete_expired(now, namespace)
    }
}
