use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Error, Result, Store};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a meta key that is not written is empty text",
            volatile(|| Read(|_, value| Some(value.unwrap_or_default()))),
            meta::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a meta key that is not written is an error",
            volatile(|| NoRows),
            meta::unset_is_none,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "reading a meta key writes it",
            volatile(|| EntryOrDefault),
            meta::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a meta key is looked for by its beginning",
            volatile(ByBeginning::default),
            meta::unset_is_none,
            [meta::keys_are_compared_by_bytes],
            "expected none"
        ),
        fault!(
            "meta values are trimmed",
            volatile(|| Written(|value| value.trim().to_owned())),
            meta::is_remembered,
            [],
            "expected \" \""
        ),
        fault!(
            "meta values have numeric affinity",
            volatile(|| Written(numeric)),
            meta::is_remembered,
            [],
            "expected \"007\""
        ),
        fault!(
            "an empty meta value is NULL",
            volatile(|| Read(|key, value| value.filter(|value| is_reserved(key) || !value.is_empty()))),
            meta::is_remembered,
            [],
            "expected \"\""
        ),
        fault!(
            "the first meta value stays",
            volatile(|| InsertOrIgnore),
            meta::is_remembered,
            [],
            "expected \"second\""
        ),
        fault!(
            "meta values end at U+0000",
            volatile(|| Written(|value| value.split('\0').next().unwrap_or("").to_owned())),
            meta::is_remembered,
            [],
            "\\u{0}"
        ),
        fault!(
            "meta values are cut at 65,535 bytes",
            volatile(|| Written(|value| value.chars().take(65_535).collect())),
            meta::is_remembered,
            [fidelity::longer_text_is_kept_or_refused],
            "(65,535 bytes)"
        ),
        fault!(
            "line ends are normalised in meta values",
            volatile(|| Written(|value| value.replace("\r\n", "\n"))),
            meta::is_remembered,
            [],
            "expected \"line\\r\\n\""
        ),
        fault!(
            "a meta value that was read is cached",
            volatile(Cached::default),
            meta::is_remembered,
            [],
            "expected \"second\""
        ),
        fault!(
            "the empty meta key is ignored",
            volatile(|| IgnoresTheEmptyKey),
            meta::is_remembered,
            [],
            "expected \"of the empty key\""
        ),
        fault!(
            "meta keys are compared without case"
                from "https://github.com/agentscope-ai/agentscope-java/issues/3217",
            volatile(|| Keyed(str::to_lowercase)),
            meta::keys_are_compared_by_bytes,
            [],
            "\"Setting\""
        ),
        fault!(
            "meta keys are trimmed",
            volatile(|| Keyed(|key| key.trim().to_owned())),
            meta::keys_are_compared_by_bytes,
            [],
            "\"setting \""
        ),
        fault!(
            "meta keys have numeric affinity",
            volatile(|| Keyed(numeric)),
            meta::keys_are_compared_by_bytes,
            [],
            "\"007\""
        ),
        fault!(
            "meta keys are cut at 255 bytes",
            volatile(|| Keyed(|key| key.chars().take(255).collect())),
            meta::keys_are_compared_by_bytes,
            [],
            "bytes)"
        ),
        fault!(
            "meta keys become file names",
            volatile(|| Keyed(|key| key.replace(['/', ':', '*', '%'], "_"))),
            meta::keys_are_compared_by_bytes,
            [],
            "\"a%\""
        ),
        fault!(
            "the version counter is a meta key",
            volatile(|| CounterInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "version_counter"
        ),
        fault!(
            "quotas are meta keys",
            volatile(|| QuotasInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "quota:a"
        ),
        fault!(
            "the last id is a meta key",
            volatile(|| LastIdInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "insert"
        ),
        fault!(
            "a count is cached in a meta key",
            volatile(|| CountInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "count()"
        ),
        fault!(
            "a meta key that looks like an internal one is refused",
            volatile(|| RefusesInternals),
            meta::internals_are_ordinary_keys,
            [],
            "expected no error"
        ),
        fault!(
            "the reserved keys are not protected",
            volatile(|| Unprotected::of(&["embedder_fingerprint", "embedder_dim", "schema_version"])),
            meta::reserved_keys_are_protected,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "the schema version is not protected",
            volatile(|| Unprotected::of(&["schema_version"])),
            meta::reserved_keys_are_protected,
            [],
            "schema_version"
        ),
        fault!(
            "writing a reserved key is silently ignored",
            volatile(|| IgnoresReserved),
            meta::reserved_keys_are_protected,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "a reserved key is refused after it was written",
            volatile(|| RefusesTooLate(Mutex::default())),
            meta::reserved_keys_are_protected,
            [],
            "expected \"conformance:v1\""
        ),
        fault!(
            "whatever begins like a reserved key is reserved",
            volatile(|| ReservesABeginning),
            meta::keys_are_compared_by_bytes,
            [],
            "embedder_dim "
        ),
        fault!(
            "meta is kept in a namespace of its own",
            volatile(|| InANamespace("meta")),
            meta::leaves_entries_alone,
            [namespaces::come_from_entries_alone, version::stays_without_a_change],
            "expected []"
        ),
        fault!(
            "meta is kept in the empty namespace",
            volatile(|| InANamespace("")),
            meta::leaves_entries_alone,
            [namespaces::come_from_entries_alone, version::stays_without_a_change],
            "expected []"
        ),
        fault!(
            "a full scan counts meta rows too",
            volatile(|| CountsRows(Mutex::default())),
            meta::leaves_entries_alone,
            [],
            "count()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_reserved(key: &str) -> bool {
    matches!(key, "embedder_fingerprint" | "embedder_dim" | "schema_version")
}

/// What `SQLite`'s NUMERIC affinity makes of text.
fn numeric(text: &str) -> String {
    text.parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .map_or(text.to_owned(), |number| number.to_string())
}

/// Alters each value that is read.
struct Read(fn(&str, Option<String>) -> Option<String>);

impl Lie for Read {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        Ok((self.0)(key, store.read_meta(key)?))
    }
}

struct NoRows;

impl Lie for NoRows {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        match store.read_meta(key)? {
            Some(value) => Ok(Some(value)),
            None => Err(Error::backend("read the meta key", "query returned no rows")),
        }
    }
}

/// `entry(key).or_default()` in a read.
struct EntryOrDefault;

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
struct ByBeginning(Mutex<std::collections::BTreeMap<String, String>>);

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
struct Written(fn(&str) -> String);

impl Lie for Written {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, &(self.0)(value))
    }
}

struct InsertOrIgnore;

impl Lie for InsertOrIgnore {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if !is_reserved(key) && store.read_meta(key)?.is_some() {
            return Ok(());
        }
        store.write_meta(key, value)
    }
}

#[derive(Default)]
struct Cached(Mutex<HashMap<String, String>>);

impl Lie for Cached {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let Some(value) = store.read_meta(key)? else { return Ok(None) };
        Ok(Some(lock(&self.0).entry(key.to_owned()).or_insert(value).clone()))
    }
}

struct IgnoresTheEmptyKey;

impl Lie for IgnoresTheEmptyKey {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if key.is_empty() { store.count(None).map(drop) } else { store.write_meta(key, value) }
    }
}

/// Keeps values under something else than the key.
struct Keyed(fn(&str) -> String);

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

struct CounterInMeta;

impl Lie for CounterInMeta {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let own = store.version_counter()?;
        Ok(store.read_meta("version_counter")?.and_then(|value| value.parse().ok()).unwrap_or(own))
    }
}

struct QuotasInMeta;

impl Lie for QuotasInMeta {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        store.write_meta(&format!("quota:{namespace}"), &quota.to_string())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        Ok(store.read_meta(&format!("quota:{namespace}"))?.and_then(|value| value.parse().ok()))
    }
}

struct LastIdInMeta;

impl Lie for LastIdInMeta {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let last = store.read_meta("last_id")?.and_then(|value| value.parse::<u64>().ok());
        let id = store.insert(entry)?;
        Ok(last.filter(|_| !upsert).map_or(id, |last| last + 1))
    }
}

struct CountInMeta;

impl Lie for CountInMeta {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        let cached = store.read_meta("count")?.and_then(|value| value.parse().ok());
        Ok(cached.filter(|_| namespace.is_none()).unwrap_or(count))
    }
}

struct RefusesInternals;

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
struct Unprotected(&'static [&'static str], Mutex<HashMap<String, String>>);

impl Unprotected {
    fn of(keys: &'static [&'static str]) -> Self {
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

struct IgnoresReserved;

impl Lie for IgnoresReserved {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if is_reserved(key) { store.count(None).map(drop) } else { store.write_meta(key, value) }
    }
}

struct RefusesTooLate(Mutex<HashMap<String, String>>);

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

struct ReservesABeginning;

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
struct InANamespace(&'static str);

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

struct CountsRows(Mutex<std::collections::HashSet<String>>);

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
