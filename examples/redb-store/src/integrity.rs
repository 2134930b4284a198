//! Whether all rows decode and all tables agree.

use crate::{
    codec::{
        Namespace, decode_content, decode_meta, decode_namespace, decode_quota, decode_usage, key, text,
    },
    fault::Fault,
    rows,
    tables::{
        CONTENT, COUNTERS, DUE, DUE_SCOPED, KEYS, LRU, LRU_SCOPED, META, NAMESPACES, QUOTAS, USAGE, VERSIONS,
    },
};
use mneme::{Entry, Error, limits};
use redb::{Key, ReadOnlyTable, ReadTransaction, ReadableTable, Value};
use std::collections::HashMap;

/// Answers in one transaction, and so of one moment.
///
/// Each entry must have its row in every order, and no order may have a row more than there are entries for it.
/// Together that is: the orders are exactly those of the entries.
///
/// # Errors
///
/// [`Error::Corrupt`] for the first damage that is found.
pub(crate) fn check(transaction: &ReadTransaction, dimension: usize) -> Result<(), Fault> {
    let content = transaction.open_table(CONTENT)?;
    let usage = transaction.open_table(USAGE)?;
    let namespaces = transaction.open_table(NAMESPACES)?;
    let keys = transaction.open_table(KEYS)?;
    let versions = transaction.open_table(VERSIONS)?;
    let lru = transaction.open_table(LRU)?;
    let lru_scoped = transaction.open_table(LRU_SCOPED)?;
    let due = transaction.open_table(DUE)?;
    let due_scoped = transaction.open_table(DUE_SCOPED)?;
    let counters = rows::counters(&transaction.open_table(COUNTERS)?)?;

    let mut entries = 0;
    let mut due_entries = 0;
    let mut entries_of = HashMap::<u64, u64>::new();
    for row in ReadableTable::iter(&content)? {
        let (id, row) = row?;
        let id = id.value();
        let (version, content) = decode_content(id, row.value())?;
        let used = match ReadableTable::get(&usage, id)? {
            Some(row) => decode_usage(id, row.value())?,
            None => return Err(damage("an entry has no row of its use")),
        };
        let mut entry = Entry::from(content);
        entry.last_accessed_at = used.last_accessed_at;
        entry.access_count = used.access_count;
        limits::check_entry(&entry, dimension).map_err(|error| Error::corrupt("an entry").because(error))?;
        let Some(Namespace { number, .. }) = rows::namespace(&namespaces, &entry.namespace)? else {
            return Err(damage("an entry has no namespace"));
        };
        let last = used.last_accessed_at;
        agree(used.namespace == number, "the number of a namespace")?;
        agree((1..=counters.id).contains(&id), "the next id")?;
        agree((1..=counters.version).contains(&version), "the version counter")?;
        agree(value(&keys, key(number, &entry.query_hash).as_slice())? == Some(id), "the keys")?;
        agree(value(&versions, version)? == Some(id), "the versions")?;
        agree(value(&lru, (last, id))?.is_some(), "the LRU order")?;
        agree(value(&lru_scoped, (number, last, id))?.is_some(), "the namespaces' LRU order")?;
        if let Some(time) = entry.expires_at() {
            agree(value(&due, (time, id))?.is_some(), "the due order")?;
            agree(value(&due_scoped, (number, time, id))?.is_some(), "the namespaces' due order")?;
            due_entries += 1;
        }
        *entries_of.entry(number).or_default() += 1;
        entries += 1;
    }

    agree(redb::ReadableTableMetadata::len(&content)? == entries, "the number of entries")?;
    agree(rows_of(&usage)? == entries, "the number of uses")?;
    agree(rows_of(&keys)? == entries, "the number of keys")?;
    agree(rows_of(&versions)? == entries, "the number of versions")?;
    agree(rows_of(&lru)? == entries, "the length of the LRU order")?;
    agree(rows_of(&lru_scoped)? == entries, "the length of the namespaces' LRU order")?;
    agree(rows_of(&due)? == due_entries, "the length of the due order")?;
    agree(rows_of(&due_scoped)? == due_entries, "the length of the namespaces' due order")?;

    for row in ReadableTable::iter(&namespaces)? {
        let (name, row) = row?;
        text("a namespace's name", name.value())?;
        let Namespace { number, entries } = decode_namespace(name.value(), row.value())?;
        agree(entries_of.remove(&number) == Some(entries), "the count of a namespace")?;
        agree((1..=counters.namespace).contains(&number), "the number of a namespace")?;
    }
    agree(entries_of.is_empty(), "the namespaces")?;

    for row in ReadableTable::iter(&transaction.open_table(QUOTAS)?)? {
        let (name, row) = row?;
        text("a quota's namespace", name.value())?;
        decode_quota(name.value(), row.value())?;
    }
    for row in ReadableTable::iter(&transaction.open_table(META)?)? {
        let (key, row) = row?;
        text("a meta key", key.value())?;
        decode_meta(key.value(), row.value())?;
    }
    Ok(())
}

fn value<K: Key, V: for<'v> Value<SelfType<'v> = T>, T>(
    table: &ReadOnlyTable<K, V>,
    key: K::SelfType<'_>,
) -> Result<Option<T>, Fault> {
    Ok(ReadableTable::get(table, key)?.map(|value| value.value()))
}

/// How many rows a table has, counted one by one, because the engine's own number may be what is wrong.
fn rows_of<K: Key, V: Value>(table: &ReadOnlyTable<K, V>) -> Result<u64, Fault> {
    ReadableTable::iter(table)?.try_fold(0, |rows, row| {
        row?;
        Ok(rows + 1)
    })
}

fn agree(agrees: bool, what: &str) -> Result<(), Fault> {
    if agrees { Ok(()) } else { Err(damage(&format!("{what} does not agree with the entries"))) }
}

fn damage(what: &str) -> Fault {
    Error::corrupt(what).into()
}
