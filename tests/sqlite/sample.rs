use mneme::{Entry, Identity, Result, SqliteStore, Store};
use serde_json::json;
use std::path::Path;

pub(crate) fn identity() -> Identity {
    Identity::new("sqlite tests", 4)
}

pub(crate) fn entry(namespace: &str, hash: &str) -> Entry {
    Entry::new(namespace, hash).embedding([0.5, -0.0, 1.5, 2.5])
}

/// An entry that has something in every field.
pub(crate) fn full(namespace: &str, hash: &str) -> Entry {
    let metadata = json!({ "model": "small", "score": 0.1, "tags": ["a", null] });
    entry(namespace, hash)
        .query("How do I log in?")
        .response("Press the blue button.")
        .metadata(metadata.as_object().cloned().unwrap_or_default())
        .created_at(1_000)
        .ttl(500)
        .last_accessed_at(1_200)
        .access_count(3)
}

pub(crate) fn open(path: &Path) -> Result<SqliteStore> {
    let store = SqliteStore::new(path);
    store.open(&identity())?;
    Ok(store)
}

/// A store that has something of everything that it keeps, one entry that is longer than a page, and free pages.
pub(crate) fn fill(store: &SqliteStore) -> Result<()> {
    for n in 0..12 {
        let entry = full(["a", "b", "\0c"][n % 3], &format!("hash {n}")).last_accessed_at(2_000 - n as u64);
        store.insert(if n % 4 == 0 { entry.ttl(None) } else { entry })?;
    }
    store.insert(full("long", "hash").response("A long answer. ".repeat(600)))?;
    store.insert(full("gone", "hash").response("A longer answer. ".repeat(1_000)))?;
    store.clear_namespace("gone")?;
    store.update_access(1, 3_000)?;
    store.insert(full("a", "hash 3").response("another"))?;
    store.set_namespace_quota("a", 7)?;
    store.set_namespace_quota("none stored", 0)?;
    store.write_meta("key", "value")?;
    store.write_meta("", "007")
}
