//! The mistakes, each in the one place where it is made.

use super::super::faulty::Lie;
pub(super) use crate::zoo::faulty::lock;
use mneme::{Entry, Error, Result, Store};
use std::{collections::HashMap, sync::Mutex};

pub(super) fn is_reserved(key: &str) -> bool {
    matches!(key, "embedder_fingerprint" | "embedder_dim" | "schema_version")
}

/// What `SQLite`'s NUMERIC affinity makes of text.
pub(super) fn numeric(text: &str) -> String {
    text.parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .map_or(text.to_owned(), |number| number.to_string())
}

/// Alters each value that is read.
pub(super) struct Read(pub(super) fn(&str, Option<String>) -> Option<String>);

impl Lie for Read {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        Ok((self.0)(key, store.read_meta(key)?))
    }
}

pub(super) struct NoRows;

impl Lie for NoRows {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        match store.read_meta(key)? {
            Some(value) => Ok(Some(value)),
            None => Err(Error::backend("read the meta key", "query returned no rows")),
        }
    }
}

/// `entry(key).or_default()` in a read.
pub(super) struct EntryOrDefault;

impl Lie for EntryOrDefault {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        if value.is_none() {
            store.write_meta(key, "")?;
        }
        Ok(value)
    }
}

/// The first row at or after the key, with no look at what its key is.
#[derive(Default)]
pub(super) struct ByBeginning(Mutex<std::collections::BTreeMap<String, String>>);

impl Lie for ByBeginning {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        lock(&self.0).insert(key.to_owned(), value.to_owned());
        Ok(())
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        let rows = lock(&self.0);
        let next = rows.range(key.to_owned()..).next();
        Ok(value.or_else(|| next.filter(|(next, _)| next.starts_with(key)).map(|(_, value)| value.clone())))
    }
}

/// Alters each value that is written.
pub(super) struct Written(pub(super) fn(&str) -> String);

impl Lie for Written {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, &(self.0)(value))
    }
}

pub(super) struct InsertOrIgnore;

impl Lie for InsertOrIgnore {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if !is_reserved(key) && store.read_meta(key)?.is_some() {
            return Ok(());
        }
        store.write_meta(key, value)
    }
}

#[derive(Default)]
pub(super) struct Cached(Mutex<HashMap<String, String>>);

impl Lie for Cached {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let Some(value) = store.read_meta(key)? else { return Ok(None) };
        Ok(Some(lock(&self.0).entry(key.to_owned()).or_insert(value).clone()))
    }
}

pub(super) struct IgnoresTheEmptyKey;

impl Lie for IgnoresTheEmptyKey {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if key.is_empty() { store.count(None).map(drop) } else { store.write_meta(key, value) }
    }
}

/// Keeps values under something else than the key.
pub(super) struct Keyed(pub(super) fn(&str) -> String);

impl Keyed {
    fn key(&self, key: &str) -> String {
        if is_reserved(key) { key.to_owned() } else { (self.0)(key) + "#" }
    }
}

impl Lie for Keyed {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(&self.key(key), value)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        store.read_meta(&self.key(key))
    }
}

pub(super) struct CounterInMeta;

impl Lie for CounterInMeta {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let own = store.version_counter()?;
        Ok(store.read_meta("version_counter")?.and_then(|value| value.parse().ok()).unwrap_or(own))
    }
}

pub(super) struct QuotasInMeta;

impl Lie for QuotasInMeta {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        store.write_meta(&format!("quota:{namespace}"), &quota.to_string())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        Ok(store.read_meta(&format!("quota:{namespace}"))?.and_then(|value| value.parse().ok()))
    }
}

pub(super) struct LastIdInMeta;

impl Lie for LastIdInMeta {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let last = store.read_meta("last_id")?.and_then(|value| value.parse::<u64>().ok());
        let id = store.insert(entry)?;
        Ok(last.filter(|_| !upsert).map_or(id, |last| last + 1))
    }
}

pub(super) struct CountInMeta;

impl Lie for CountInMeta {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        let cached = store.read_meta("count")?.and_then(|value| value.parse().ok());
        Ok(cached.filter(|_| namespace.is_none()).unwrap_or(count))
    }
}

pub(super) struct RefusesInternals;

impl Lie for RefusesInternals {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.count(None)?;
        if matches!(key, "version_counter" | "next_id") {
            return Err(Error::invalid_argument("key", "it is the store's own"));
        }
        store.write_meta(key, value)
    }
}

/// Writes some reserved keys as any other.
pub(super) struct Unprotected(&'static [&'static str], Mutex<HashMap<String, String>>);

impl Unprotected {
    pub(super) fn of(keys: &'static [&'static str]) -> Self {
        Self(keys, Mutex::default())
    }
}

impl Lie for Unprotected {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if !self.0.contains(&key) {
            return store.write_meta(key, value);
        }
        store.count(None)?;
        lock(&self.1).insert(key.to_owned(), value.to_owned());
        Ok(())
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(lock(&self.1).get(key).cloned().or(value))
    }
}

pub(super) struct IgnoresReserved;

impl Lie for IgnoresReserved {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if is_reserved(key) { store.count(None).map(drop) } else { store.write_meta(key, value) }
    }
}

pub(super) struct RefusesTooLate(pub(super) Mutex<HashMap<String, String>>);

impl Lie for RefusesTooLate {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if is_reserved(key) && store.count(None).is_ok() {
            lock(&self.0).insert(key.to_owned(), value.to_owned());
        }
        store.write_meta(key, value)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(lock(&self.0).get(key).cloned().or(value))
    }
}

pub(super) struct ReservesABeginning;

impl Lie for ReservesABeginning {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.count(None)?;
        if key.starts_with("embedder_fingerprint") || key.starts_with("embedder_dim") {
            return Err(Error::invalid_argument("key", "it begins like one that open writes"));
        }
        store.write_meta(key, value)
    }
}

/// Meta keys are the hashes of entries.
pub(super) struct InANamespace(pub(super) &'static str);

impl Lie for InANamespace {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if is_reserved(key) {
            return store.write_meta(key, value);
        }
        let dimension = store.read_meta("embedder_dim")?.and_then(|value| value.parse().ok()).unwrap_or(0);
        store.insert(Entry::new(self.0, key).response(value).embedding(vec![0.0; dimension])).map(drop)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        if is_reserved(key) {
            return store.read_meta(key);
        }
        Ok(store.get_by_hash(self.0, key)?.map(|entry| entry.response.clone()))
    }
}

pub(super) struct CountsRows(pub(super) Mutex<std::collections::HashSet<String>>);

impl Lie for CountsRows {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        lock(&self.0).insert(key.to_owned());
        Ok(())
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        let rows = lock(&self.0).len() as u64;
        Ok(if namespace.is_none() { count + rows } else { count })
    }
}
