//! Reading single rows, within a read transaction or a write transaction.

use crate::{
    codec::{Counters, Namespace, decode_counters, decode_entry, decode_namespace, key},
    fault::Fault,
    tables::{Bytes, CONTENT, COUNTERS, KEYS, NAMESPACES, USAGE},
};
use mneme::{Error, StoredEntry};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};

/// The two tables that an entry is read from.
pub(crate) struct Rows {
    pub(crate) content: ReadOnlyTable<u64, Bytes>,
    usage: ReadOnlyTable<u64, Bytes>,
}

impl Rows {
    pub(crate) fn new(transaction: &ReadTransaction) -> Result<Self, Fault> {
        Ok(Self { content: transaction.open_table(CONTENT)?, usage: transaction.open_table(USAGE)? })
    }

    pub(crate) fn entry(&self, id: u64) -> Result<Option<StoredEntry>, Fault> {
        let content = ReadableTable::get(&self.content, id)?;
        let usage = ReadableTable::get(&self.usage, id)?;
        match (content, usage) {
            (None, None) => Ok(None),
            (Some(content), Some(usage)) => Ok(Some(decode_entry(id, content.value(), usage.value())?)),
            _ => Err(Error::corrupt(format!("entry {id} is there by half")).into()),
        }
    }

    /// The entry that another table names, which must be there.
    pub(crate) fn named_entry(&self, id: u64) -> Result<StoredEntry, Fault> {
        self.entry(id)?.ok_or_else(|| Error::corrupt(format!("entry {id} is missing")).into())
    }
}

/// A namespace that has entries.
pub(crate) fn namespace(
    namespaces: &impl ReadableTable<Bytes, Bytes>,
    name: &str,
) -> Result<Option<Namespace>, Fault> {
    match namespaces.get(name.as_bytes())? {
        Some(row) => Ok(Some(decode_namespace(name.as_bytes(), row.value())?)),
        None => Ok(None),
    }
}

pub(crate) fn read_namespace(transaction: &ReadTransaction, name: &str) -> Result<Option<Namespace>, Fault> {
    namespace(&transaction.open_table(NAMESPACES)?, name)
}

pub(crate) fn read_id(
    transaction: &ReadTransaction,
    name: &str,
    query_hash: &str,
) -> Result<Option<u64>, Fault> {
    let Some(namespace) = read_namespace(transaction, name)? else { return Ok(None) };
    let keys = transaction.open_table(KEYS)?;
    let id = ReadableTable::get(&keys, key(namespace.number, query_hash).as_slice())?;
    Ok(id.map(|id| id.value()))
}

pub(crate) fn counters(table: &impl ReadableTable<(), Bytes>) -> Result<Counters, Fault> {
    match table.get(())? {
        Some(row) => Ok(decode_counters(row.value())?),
        None => Err(Error::corrupt("the counters are missing").into()),
    }
}

pub(crate) fn read_counters(transaction: &ReadTransaction) -> Result<Counters, Fault> {
    counters(&transaction.open_table(COUNTERS)?)
}
