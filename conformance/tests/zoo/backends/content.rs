//! Inserts that store another entry than the one that was given.

use super::super::faulty::Lie;
use mneme::{Entry, Result, Store};

/// The entry with its content changed.
pub(super) fn changed(entry: Entry, with: impl FnOnce(&mut mneme::Content)) -> Entry {
    let (accessed, count) = (entry.last_accessed_at, entry.access_count);
    let mut content = (*entry.content).clone();
    with(&mut content);
    Entry::from(content).last_accessed_at(accessed).access_count(count)
}

/// An insert that stores another entry.
pub(super) struct Inserting(pub(super) fn(&dyn Store, Entry) -> Result<Entry>);

impl Lie for Inserting {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert((self.0)(store, entry)?)
    }
}

pub(super) fn keeps_response(store: &dyn Store, entry: Entry) -> Result<Entry> {
    match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
        Some(old) if entry.response.is_empty() => Ok(entry.response(old.response.clone())),
        _ => Ok(entry),
    }
}

pub(super) fn keeps_query(store: &dyn Store, entry: Entry) -> Result<Entry> {
    match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
        Some(old) if entry.query.is_empty() => Ok(entry.query(old.query.clone())),
        _ => Ok(entry),
    }
}

pub(super) fn accessed_when_made(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let made = entry.created_at;
    Ok(if entry.last_accessed_at == 0 { entry.last_accessed_at(made) } else { entry })
}

pub(super) fn made_when_accessed(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let accessed = entry.last_accessed_at;
    Ok(if entry.created_at == 0 { entry.created_at(accessed) } else { entry })
}

pub(super) fn unused(store: &dyn Store, entry: Entry) -> Result<Entry> {
    let is_new = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_none();
    Ok(if is_new && entry.access_count <= mneme::limits::MAX_NUMBER { entry.access_count(0) } else { entry })
}

pub(super) fn chomped(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| {
        if content.response.ends_with('\n') {
            content.response.pop();
        }
    }))
}

pub(super) fn line_separators(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.response = content.response.replace(['\u{2028}', '\u{85}'], "\n")))
}

pub(super) fn without_controls(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let is_dropped = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\0');
    Ok(changed(entry, |content| content.query.retain(|c| !is_dropped(c))))
}

pub(super) fn single_quotes(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.query = content.query.replace("\"\"", "\"")))
}

pub(super) fn composed(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.response = content.response.replace("e\u{301}", "\u{e9}")))
}

pub(super) fn without_tabs(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.response = content.response.replace('\t', "    ")))
}

/// As `#[serde(flatten)]` on the metadata does.
pub(super) fn flattened(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let fields = ["id", "namespace", "query", "response", "ttl", "version"];
    Ok(changed(entry, |content| content.metadata.retain(|key, _| !fields.contains(&key.as_str()))))
}

pub(super) fn without_empty_lists(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| {
        content.metadata.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }))
}

pub(super) fn numbers_in_text(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| {
        for value in content.metadata.values_mut() {
            if let Some(number) = value.as_str().and_then(|text| text.parse::<u64>().ok()) {
                *value = number.into();
            }
        }
    }))
}
