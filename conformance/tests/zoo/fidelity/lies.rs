//! The stores behind the faults of this area.

use crate::zoo::faulty::Lie;
use mneme::{Content, Entries, Entry, Error, Metadata, Result, Store, StoredEntry, limits};
use serde_json::Value;
use std::sync::Arc;

pub(super) fn cut(text: &mut String, bytes: usize) {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(end);
}

/// The text as chunks that are named by their number, in the order of those names as text: 0, 1, 10, 2.
pub(super) fn in_text_order(text: &str) -> String {
    let chunks: Vec<&[u8]> = text.as_bytes().chunks(64 * 1024).collect();
    let mut names: Vec<String> = (0..chunks.len()).map(|n| n.to_string()).collect();
    names.sort();
    let bytes = names.iter().flat_map(|name| chunks[name.parse::<usize>().unwrap_or(0)]).copied().collect();
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

pub(super) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(items) => 1 + items.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

pub(super) fn each_value(metadata: &mut Metadata, change: &impl Fn(&mut Value)) {
    fn visit(value: &mut Value, change: &impl Fn(&mut Value)) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| visit(item, change)),
            Value::Object(items) => items.values_mut().for_each(|item| visit(item, change)),
            leaf => change(leaf),
        }
    }
    metadata.values_mut().for_each(|value| visit(value, change));
}

pub(super) fn each_object(metadata: &mut Metadata, change: &impl Fn(&mut Metadata)) {
    fn visit(value: &mut Value, change: &impl Fn(&mut Metadata)) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| visit(item, change)),
            Value::Object(object) => each_object(object, change),
            _ => {}
        }
    }
    metadata.values_mut().for_each(|value| visit(value, change));
    change(metadata);
}

pub(super) fn changed(mut entry: Entry, change: fn(&mut Content)) -> Entry {
    change(Arc::make_mut(&mut entry.content));
    entry
}

/// What is written is not what was given.
pub(super) struct Writes(pub(super) fn(&mut Content));

impl Lie for Writes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        // The store checks the entry as it was given.
        let dimension = store.read_meta("embedder_dim")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        limits::check_entry(&entry, dimension)?;
        store.insert(changed(entry, self.0))
    }
}

/// What is read by hash is not what was written.
pub(super) struct ReadsByHash(pub(super) fn(&mut Content));

impl Lie for ReadsByHash {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        Ok(found.map(|found| StoredEntry::new(found.id, found.version, changed(found.entry, self.0))))
    }
}

/// What is iterated is not what was written.
pub(super) struct Iterates(pub(super) fn(&mut Content));

impl Lie for Iterates {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let entries = store.iter_all()?;
        Ok(Box::new(entries.map(|found| {
            found.map(|found| StoredEntry::new(found.id, found.version, changed(found.entry, self.0)))
        })))
    }
}

/// The engine takes no such entry.
pub(super) struct Refuses(pub(super) fn(&Entry) -> bool);

impl Lie for Refuses {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let dimension = store.read_meta("embedder_dim")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        limits::check_entry(&entry, dimension)?;
        if self.0(&entry) {
            return Err(Error::backend("insert the row", "value too long, or not allowed"));
        }
        store.insert(entry)
    }
}

pub(super) struct CutsKeys;

impl Lie for CutsKeys {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(changed(entry, |content| cut(&mut content.query_hash, limits::MAX_KEY_BYTES)))
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let mut hash = hash.to_owned();
        cut(&mut hash, limits::MAX_KEY_BYTES);
        store.get_by_hash(namespace, &hash)
    }
}

/// `serde_json` reads 127 levels.
pub(super) struct DeepIsLost;

impl Lie for DeepIsLost {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        if found.as_ref().is_some_and(|found| found.metadata.values().map(depth).max() > Some(126)) {
            return Err(Error::backend("read the metadata", "recursion limit exceeded"));
        }
        Ok(found)
    }
}

/// The text goes to a table of its own, after the row.
pub(super) struct RefusesTooLate;

impl Lie for RefusesTooLate {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if entry.response.len() <= limits::MAX_TEXT_BYTES {
            return store.insert(entry);
        }
        store.insert(changed(entry, |content| content.response.clear()))?;
        Err(Error::invalid_argument("response", "it is too long"))
    }
}

pub(super) struct CutsMeta;

impl Lie for CutsMeta {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let mut value = value.to_owned();
        cut(&mut value, limits::MAX_TEXT_BYTES);
        store.write_meta(key, &value)
    }
}

/// `if old == new { return }` with floats compared as numbers.
pub(super) struct SkipsEqual;

impl Lie for SkipsEqual {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let old = store.get_by_hash(&entry.namespace, &entry.query_hash)?;
        match old.filter(|old| old.embedding == entry.embedding) {
            Some(old) => store.insert(Entry {
                content: Content { embedding: old.embedding.clone(), ..(*entry.content).clone() }.into(),
                ..entry
            }),
            None => store.insert(entry),
        }
    }
}
