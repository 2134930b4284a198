//! Writing entries: one row of content, one of use, and a row in each order, all in one transaction.

use crate::{
    codec::{
        Namespace, Usage, decode_content, decode_usage, encode_content, encode_counters, encode_namespace,
        encode_usage, key,
    },
    fault::Fault,
    rows,
    tables::{Bytes, CONTENT, COUNTERS, DUE, DUE_SCOPED, KEYS, LRU, LRU_SCOPED, NAMESPACES, USAGE, VERSIONS},
};
use mneme::{Entry, Error, limits::MAX_NUMBER};
use redb::{ReadableTable, Table, WriteTransaction};

/// The tables that hold entries, open for writing.
pub(crate) struct Entries<'t> {
    content: Table<'t, u64, Bytes>,
    usage: Table<'t, u64, Bytes>,
    namespaces: Table<'t, Bytes, Bytes>,
    counters: Table<'t, (), Bytes>,
    keys: Table<'t, Bytes, u64>,
    versions: Table<'t, u64, u64>,
    lru: Table<'t, (u64, u64), ()>,
    lru_scoped: Table<'t, (u64, u64, u64), ()>,
    due: Table<'t, (u64, u64), ()>,
    due_scoped: Table<'t, (u64, u64, u64), ()>,
}

impl<'t> Entries<'t> {
    pub(crate) fn new(transaction: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            content: transaction.open_table(CONTENT)?,
            usage: transaction.open_table(USAGE)?,
            namespaces: transaction.open_table(NAMESPACES)?,
            counters: transaction.open_table(COUNTERS)?,
            keys: transaction.open_table(KEYS)?,
            versions: transaction.open_table(VERSIONS)?,
            lru: transaction.open_table(LRU)?,
            lru_scoped: transaction.open_table(LRU_SCOPED)?,
            due: transaction.open_table(DUE)?,
            due_scoped: transaction.open_table(DUE_SCOPED)?,
        })
    }

    /// Stores an entry under its key, in place of the one that has it.
    pub(crate) fn insert(&mut self, entry: &Entry) -> Result<u64, Fault> {
        let mut counters = rows::counters(&self.counters)?;
        counters.version = next(counters.version)?;
        let mut namespace = rows::namespace(&self.namespaces, &entry.namespace)?;
        if namespace.is_none() {
            counters.namespace = next(counters.namespace)?;
        }
        let namespace = namespace.get_or_insert(Namespace { number: counters.namespace, entries: 0 });
        let key = key(namespace.number, &entry.query_hash);
        let stored = self.keys.get(key.as_slice())?.map(|id| id.value());
        let id = if let Some(id) = stored {
            self.take(id)?.ok_or_else(|| missing(id))?;
            id
        } else {
            counters.id = next(counters.id)?;
            self.keys.insert(key.as_slice(), counters.id)?;
            namespace.entries += 1;
            self.put_namespace(&entry.namespace, *namespace)?;
            counters.id
        };
        self.put(id, counters.version, namespace.number, entry)?;
        self.counters.insert((), encode_counters(counters).as_slice())?;
        Ok(id)
    }

    /// Removes the entries with these ids, and answers how many there were; the version counter makes one step for all
    /// of them.
    pub(crate) fn remove(&mut self, ids: &[u64]) -> Result<u64, Fault> {
        let mut removed = 0;
        for &id in ids {
            let Some(Taken { name, query_hash }) = self.take(id)? else { continue };
            let mut namespace = rows::namespace(&self.namespaces, &name)?.ok_or_else(|| missing(id))?;
            self.keys.remove(key(namespace.number, &query_hash).as_slice())?;
            namespace.entries = namespace.entries.saturating_sub(1);
            self.put_namespace(&name, namespace)?;
            removed += 1;
        }
        if removed > 0 {
            let mut counters = rows::counters(&self.counters)?;
            counters.version = next(counters.version)?;
            self.counters.insert((), encode_counters(counters).as_slice())?;
        }
        Ok(removed)
    }

    /// The ids of the entries that are due, in one namespace or in all.
    pub(crate) fn due_ids(&self, now: u64, name: Option<&str>) -> Result<Vec<u64>, Fault> {
        let Some(name) = name else {
            let due = self.due.range((0, 0)..=(now, u64::MAX))?;
            return due.map(|row| Ok(row?.0.value().1)).collect();
        };
        let Some(Namespace { number, .. }) = rows::namespace(&self.namespaces, name)? else {
            return Ok(Vec::new());
        };
        let due = self.due_scoped.range((number, 0, 0)..=(number, now, u64::MAX))?;
        due.map(|row| Ok(row?.0.value().2)).collect()
    }

    /// The ids of a namespace's entries.
    pub(crate) fn ids_of(&self, name: &str) -> Result<Vec<u64>, Fault> {
        let Some(Namespace { number, .. }) = rows::namespace(&self.namespaces, name)? else {
            return Ok(Vec::new());
        };
        let entries = self.lru_scoped.range((number, 0, 0)..=(number, u64::MAX, u64::MAX))?;
        entries.map(|row| Ok(row?.0.value().2)).collect()
    }

    fn put(&mut self, id: u64, version: u64, namespace: u64, entry: &Entry) -> Result<(), Fault> {
        let Entry { content, last_accessed_at, access_count } = entry;
        let usage = Usage { namespace, last_accessed_at: *last_accessed_at, access_count: *access_count };
        self.content.insert(id, encode_content(id, version, content)?.as_slice())?;
        self.usage.insert(id, encode_usage(id, usage).as_slice())?;
        self.versions.insert(version, id)?;
        self.lru.insert((*last_accessed_at, id), ())?;
        self.lru_scoped.insert((namespace, *last_accessed_at, id), ())?;
        if let Some(due) = entry.expires_at() {
            self.due.insert((due, id), ())?;
            self.due_scoped.insert((namespace, due, id), ())?;
        }
        Ok(())
    }

    /// Takes an entry out of everything but its key and its namespace's count.
    fn take(&mut self, id: u64) -> Result<Option<Taken>, Fault> {
        let Some(row) = self.content.remove(id)? else { return Ok(None) };
        let (version, content) = decode_content(id, row.value())?;
        drop(row);
        let row = self.usage.remove(id)?.ok_or_else(|| missing(id))?;
        let Usage { namespace, last_accessed_at, access_count: _ } = decode_usage(id, row.value())?;
        drop(row);
        self.versions.remove(version)?;
        self.lru.remove((last_accessed_at, id))?;
        self.lru_scoped.remove((namespace, last_accessed_at, id))?;
        let entry = Entry::from(content);
        if let Some(due) = entry.expires_at() {
            self.due.remove((due, id))?;
            self.due_scoped.remove((namespace, due, id))?;
        }
        Ok(Some(Taken { name: entry.namespace.clone(), query_hash: entry.query_hash.clone() }))
    }

    fn put_namespace(&mut self, name: &str, namespace: Namespace) -> Result<(), Fault> {
        if namespace.entries == 0 {
            self.namespaces.remove(name.as_bytes())?;
        } else {
            let row = encode_namespace(name.as_bytes(), namespace);
            self.namespaces.insert(name.as_bytes(), row.as_slice())?;
        }
        Ok(())
    }
}

/// The key of an entry that was taken out.
struct Taken {
    name: String,
    query_hash: String,
}

/// Notes that an entry was used, and answers whether it is stored.
pub(crate) fn note_use(transaction: &WriteTransaction, id: u64, now: u64) -> Result<bool, Fault> {
    let mut usages = transaction.open_table(USAGE)?;
    let before = match usages.get(id)? {
        Some(row) => decode_usage(id, row.value())?,
        None => return Ok(false),
    };
    let access_count = before.access_count.saturating_add(1).min(MAX_NUMBER);
    let after = Usage { last_accessed_at: now, access_count, ..before };
    if after == before {
        return Ok(false);
    }
    usages.insert(id, encode_usage(id, after).as_slice())?;
    let mut lru = transaction.open_table(LRU)?;
    lru.remove((before.last_accessed_at, id))?;
    lru.insert((now, id), ())?;
    let mut lru_scoped = transaction.open_table(LRU_SCOPED)?;
    lru_scoped.remove((before.namespace, before.last_accessed_at, id))?;
    lru_scoped.insert((before.namespace, now, id), ())?;
    Ok(true)
}

fn next(number: u64) -> Result<u64, Error> {
    if number < MAX_NUMBER {
        Ok(number + 1)
    } else {
        Err(Error::corrupt(format!("a counter stands at {number}, the last number")))
    }
}

fn missing(id: u64) -> Error {
    Error::corrupt(format!("entry {id} is not in every table"))
}
