use crate::{
    codec::{decode_meta, decode_quota, encode_meta, encode_quota, text},
    engine::{DIMENSION, FINGERPRINT, SCHEMA_VERSION},
    entries::{self, Entries as Tables},
    fault::Fault,
    handle::{
        Handle,
        Outcome::{Changed, Unchanged},
    },
    integrity,
    iterate::Stream,
    rows::{Rows, read_counters, read_id, read_namespace},
    snapshot,
    tables::{CONTENT, LRU, LRU_SCOPED, META, NAMESPACES, QUOTAS},
};
use mneme::{Entries, Entry, Error, Identity, Restore, Result, Store, StoredEntry, limits};
use redb::{ReadableTable, ReadableTableMetadata};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// A store whose data are one redb database in one file.
///
/// The data outlive the handle, and a write is in the file by the time that it returns. One handle at a time has the
/// file, from [`new`](Self::new) to [`close`](Store::close) or drop.
///
/// [`snapshot_to`](Store::snapshot_to) makes one file, of one moment, while others write, and [`restore`](Restore::restore)
/// makes a store's file of it when it has checked all of it. A process that is killed meanwhile may leave a file
/// `.mneme-*.partial` beside the destination, and it may be removed. The destination's file system must have hard links.
///
/// Text of any length that redb keeps is kept, 3 GiB at the most; metadata deeper than
/// [`MAX_METADATA_DEPTH`](limits::MAX_METADATA_DEPTH) are refused.
///
/// # Examples
///
/// ```
/// use mneme::{ErrorKind, Identity, Store};
/// use redb_store::RedbStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("cache.redb");
/// let store = RedbStore::new(&path)?;
/// store.open(&Identity::new("my-embedder@3", 384))?;
/// assert_eq!(RedbStore::new(&path).unwrap_err().kind(), ErrorKind::Backend);
///
/// store.close()?;
/// assert!(RedbStore::new(&path).is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RedbStore {
    handle: Handle,
}

impl RedbStore {
    /// Opens the database in a file, or makes it where there is none.
    ///
    /// The whole file is read and its checksums are verified. Nothing is stamped before [`open`](Store::open).
    ///
    /// # Errors
    ///
    /// - [`Error::Backend`] when another handle has the file, and when it is a directory, its parent is missing, or it
    ///   cannot be read and written.
    /// - [`Error::Incompatible`] for a file that is not this store's or that a newer build wrote. It stays as it was.
    /// - [`Error::Corrupt`] for a damaged file. It stays as it was.
    pub fn new(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { handle: Handle::new(path.as_ref())? })
    }
}

impl Store for RedbStore {
    fn open(&self, identity: &Identity) -> Result<()> {
        self.handle.open(identity)
    }

    fn close(&self) -> Result<()> {
        self.handle.close()
    }

    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.handle.read("get an entry", |transaction| match read_id(transaction, namespace, query_hash)? {
            Some(id) => Rows::new(transaction)?.named_entry(id).map(Some),
            None => Ok(None),
        })
    }

    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.handle.read("get an entry", |transaction| Rows::new(transaction)?.entry(id))
    }

    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.handle.read("count the entries", |transaction| match namespace {
            Some(name) => Ok(read_namespace(transaction, name)?.map_or(0, |namespace| namespace.entries)),
            None => Ok(transaction.open_table(CONTENT)?.len()?),
        })
    }

    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.handle.read("list the namespaces", |transaction| {
            let namespaces = transaction.open_table(NAMESPACES)?;
            ReadableTable::iter(&namespaces)?
                .map(|row| Ok(text("a namespace's name", row?.0.value())?))
                .collect()
        })
    }

    fn iter_all(&self) -> Result<Entries<'_>> {
        self.iter_since(0)
    }

    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        let handle = &self.handle;
        let stream =
            handle.read("begin an iteration", |transaction| Stream::since(handle, transaction, id))?;
        Ok(Box::new(stream))
    }

    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        let handle = &self.handle;
        let stream =
            handle.read("begin an iteration", |transaction| Stream::changed(handle, transaction, version))?;
        Ok(Box::new(stream))
    }

    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.handle.read("read the LRU order", |transaction| {
            let Some(name) = namespace else {
                let lru = transaction.open_table(LRU)?;
                return ReadableTable::iter(&lru)?.take(limit).map(|row| Ok(row?.0.value().1)).collect();
            };
            let Some(namespace) = read_namespace(transaction, name)? else { return Ok(Vec::new()) };
            let lru = transaction.open_table(LRU_SCOPED)?;
            let scope = (namespace.number, 0, 0)..=(namespace.number, u64::MAX, u64::MAX);
            ReadableTable::range(&lru, scope)?.take(limit).map(|row| Ok(row?.0.value().2)).collect()
        })
    }

    fn insert(&self, entry: Entry) -> Result<u64> {
        let dimension = self.handle.dimension()?;
        limits::check_metadata(&entry.metadata)?;
        limits::check_entry(&entry, dimension)?;
        self.handle
            .write("insert the entry", |transaction| Tables::new(transaction)?.insert(&entry).map(Changed))
    }

    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.handle.dimension()?;
        limits::check_number("now", now)?;
        self.handle.write("note the access", |transaction| {
            Ok(if entries::note_use(transaction, id, now)? { Changed(()) } else { Unchanged(()) })
        })
    }

    fn delete_by_id(&self, id: u64) -> Result<bool> {
        let removed = self.remove("delete the entry", |_| Ok(vec![id]))?;
        Ok(removed > 0)
    }

    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.handle.dimension()?;
        limits::check_number("now", now)?;
        self.remove("delete the expired entries", |tables| tables.due_ids(now, namespace))
    }

    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.remove("clear the namespace", |tables| tables.ids_of(namespace))
    }

    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.handle.dimension()?;
        limits::check_number("quota", quota)?;
        self.put("set the quota", QUOTAS, namespace, &encode_quota(namespace.as_bytes(), quota))
    }

    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        let name = namespace.as_bytes();
        self.handle.read("get the quota", |transaction| {
            let quotas = transaction.open_table(QUOTAS)?;
            let Some(row) = ReadableTable::get(&quotas, name)? else { return Ok(None) };
            Ok(Some(decode_quota(name, row.value())?))
        })
    }

    fn version_counter(&self) -> Result<u64> {
        self.handle.read("read the version counter", |transaction| Ok(read_counters(transaction)?.version))
    }

    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        let key = key.as_bytes();
        self.handle.read("read the meta value", |transaction| {
            let meta = transaction.open_table(META)?;
            let Some(row) = ReadableTable::get(&meta, key)? else { return Ok(None) };
            Ok(Some(decode_meta(key, row.value())?))
        })
    }

    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.handle.dimension()?;
        if [FINGERPRINT, DIMENSION, SCHEMA_VERSION].contains(&key) {
            return Err(Error::invalid_argument("key", format!("only open writes {key}")));
        }
        self.put("write the meta value", META, key, &encode_meta(key.as_bytes(), value))
    }

    fn integrity_check(&self) -> Result<bool> {
        let dimension = self.handle.dimension()?;
        // The engine may panic on damage in its own pages.
        let checked = catch_unwind(AssertUnwindSafe(|| {
            self.handle.read("check the data", |transaction| integrity::check(transaction, dimension))
        }));
        match checked {
            Ok(Err(error @ (Error::Closed | Error::NotOpen))) => Err(error),
            Ok(Ok(())) => Ok(true),
            Ok(Err(_)) | Err(_) => Ok(false),
        }
    }

    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.handle.read("take a snapshot", |transaction| Ok(snapshot::take(transaction, path)?))
    }
}

impl Restore for RedbStore {
    fn restore(snapshot: &Path, destination: &Path) -> Result<()> {
        snapshot::restore(snapshot, destination)
    }
}

impl RedbStore {
    fn remove(&self, action: &str, ids: impl Fn(&Tables<'_>) -> Result<Vec<u64>, Fault>) -> Result<u64> {
        self.handle.write(action, |transaction| {
            let mut tables = Tables::new(transaction)?;
            let ids = ids(&tables)?;
            let removed = tables.remove(&ids)?;
            Ok(if removed > 0 { Changed(removed) } else { Unchanged(0) })
        })
    }

    fn put(
        &self,
        action: &str,
        table: redb::TableDefinition<'_, &[u8], &[u8]>,
        key: &str,
        row: &[u8],
    ) -> Result<()> {
        self.handle.write(action, |transaction| {
            let mut table = transaction.open_table(table)?;
            let before = table.insert(key.as_bytes(), row)?;
            Ok(if before.is_some_and(|before| before.value() == row) { Unchanged(()) } else { Changed(()) })
        })
    }
}
