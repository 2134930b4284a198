//! The tables of the database.
//!
//! What is said once is in [`CONTENT`], [`USAGE`], [`NAMESPACES`], [`QUOTAS`], [`META`] and [`COUNTERS`], each row
//! [sealed](crate::seal). The rest are orders over the entries, and can be told from those.
//!
//! A namespace has a number while it has entries, so that the orders have rows of a fixed width however long its name
//! is, and that no two parts of a key can run together.

use redb::TableDefinition as Table;

/// Bytes that are kept as they are; redb orders them as `[u8]` does.
pub(crate) type Bytes = &'static [u8];

/// Id: everything but the use, as [`codec::encode_content`](crate::codec::encode_content) writes it.
pub(crate) const CONTENT: Table<'_, u64, Bytes> = Table::new("mneme.content");
/// Id: the use, apart from the content so that noting a use does not write the response again.
pub(crate) const USAGE: Table<'_, u64, Bytes> = Table::new("mneme.usage");
/// A namespace's name: its number, and how many entries it has.
pub(crate) const NAMESPACES: Table<'_, Bytes, Bytes> = Table::new("mneme.namespaces");
/// A namespace's name: its quota.
pub(crate) const QUOTAS: Table<'_, Bytes, Bytes> = Table::new("mneme.quotas");
/// What callers wrote, and the three stamps.
pub(crate) const META: Table<'_, Bytes, Bytes> = Table::new("mneme.meta");
/// One row: the next numbers of entries, versions and namespaces.
pub(crate) const COUNTERS: Table<'_, (), Bytes> = Table::new("mneme.counters");

/// An entry's key, as [`codec::key`](crate::codec::key) writes it: its id.
pub(crate) const KEYS: Table<'_, Bytes, u64> = Table::new("mneme.keys");
/// Version: id.
pub(crate) const VERSIONS: Table<'_, u64, u64> = Table::new("mneme.versions");
/// Last access, id.
pub(crate) const LRU: Table<'_, (u64, u64), ()> = Table::new("mneme.lru");
/// Namespace, last access, id.
pub(crate) const LRU_SCOPED: Table<'_, (u64, u64, u64), ()> = Table::new("mneme.lru_scoped");
/// Due time, id; only entries that are ever due.
pub(crate) const DUE: Table<'_, (u64, u64), ()> = Table::new("mneme.due");
/// Namespace, due time, id.
pub(crate) const DUE_SCOPED: Table<'_, (u64, u64, u64), ()> = Table::new("mneme.due_scoped");
