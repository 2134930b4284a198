mod columns;
mod connect;
mod connections;
mod content;
mod engine;
mod entries;
mod fault;
mod handle;
mod integrity;
mod log;
mod place;
#[cfg(test)]
mod plans;
mod rows;
mod schema;
mod seal;
mod settings;
mod snapshot;
mod stream;

use crate::{Entries, Entry, Error, Identity, Restore, Result, Store, StoredEntry, limits};
use connect::Options;
pub use connect::Synchronous;
use content::Draft;
use handle::Handle;
use rows::{Counters, Namespace};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use stream::Stream;

/// The durable store: one SQLite database in a file, which any number of handles, threads and processes share.
///
/// SQLite is built in. The file, and the two that SQLite keeps beside it while the database is open (`-wal` and
/// `-shm`), are readable and writable by their owner alone; a file that was there keeps the mode that it had, and the
/// two get the same. The file must be on a local disk: the locks of network file systems do not do. It must be opened by one name
/// (links that are symbolic lead to it): by another hard link SQLite would keep a second `-wal`, and each would lose what is in the other.
///
/// A handle keeps to the file that it opened, whatever a link to it leads to later. Where that file is moved, removed or
/// replaced under it, an operation that needs another connection is a [backend](Error::Backend) error. The `-wal` beside
/// a file belongs to that file: SQLite would read it into another one that is put in its place, so close every handle first.
///
/// # Who may do what at once
///
/// Any thread may call any operation on a handle, and any number of handles, in any number of processes, may be open
/// on one file. Reads run side by side and wait for nobody, unless the handle is being closed: a close waits for what is under way,
/// and what is called meanwhile is answered after it. One write at a time is done; others wait for it, for as
/// long as [`busy_timeout`](Self::busy_timeout) says, and then answer a [backend](Error::Backend) error, which names the file and the
/// time, without having changed anything. Where a process stands still in the middle of a write, and what SQLite keeps in `-shm`
/// is not whole, it waits in a way of its own, for ten seconds.
///
/// # What survives
///
/// A write that returned survives a kill of the process. What survives a power loss is said by [`Synchronous`].
///
/// Every row has a checksum of everything that it says, which each read compares: a flipped bit is
/// [corrupt](Error::Corrupt), and never another answer. That an entry is missing because an index is damaged is seen by
/// [`integrity_check`](Store::integrity_check) alone.
///
/// A file of another program, and one that a newer build of this store wrote, is [incompatible](Error::Incompatible)
/// and stays as it is, byte for byte.
///
/// # Copies, and the size of the file
///
/// A copy of the file alone is no backup while a handle is open: what was written last is in the `-wal` beside it. Such a
/// copy may open with fewer entries or none, and be sound. Take a snapshot, or close every handle first: the file is then
/// everything.
///
/// The file never becomes smaller. The room of what was removed is used again.
///
/// # Snapshots
///
/// [`snapshot_to`](Store::snapshot_to) makes one file, of one moment, while others write. A snapshot is not opened:
/// [`restore`](Restore::restore) checks all of it and makes a store's data of it. Both write into a directory beside the
/// destination, `.mneme-<process>-<number>.partial`, and link the result to its name when it is whole. A process that is
/// killed meanwhile leaves that directory, and the next snapshot or restore beside it removes it (where the system cannot
/// lock a directory, as Windows, it stays, and may be removed). Where the file system has no hard links, a file that no
/// store opens takes the name first, and the result then replaces it. A name that ends as the files do that SQLite keeps
/// beside a database (`-journal`, `-wal`, `-shm`) is refused.
///
/// # What things cost
///
/// With *n* entries in *m* namespaces:
///
/// | operation | cost |
/// |---|---|
/// | `get_by_hash`, `get_by_id`, `insert`, `update_access`, `delete_by_id` | O(log n) |
/// | `count` of all, `version_counter` | O(1) |
/// | `count` of one | O(log m) |
/// | `list_namespaces` | O(m) |
/// | `iter_lru_ids(k)` | O(k + log n) |
/// | `delete_expired`, `clear_namespace` | O(log n), and again for each removed entry |
/// | `iter_all`, `iter_since`, `iter_changed` | O(log n) for each page of at most 256 entries or about 1 MiB |
/// | `integrity_check`, `snapshot_to` | O(n log n), and O(n) |
///
/// Each write is a transaction. [`insert_many`](Self::insert_many) writes many entries in one.
///
/// What was written is in `-wal` first. Where that is 16 MB long, a thread copies it into the file, beside the writes; it
/// ends when it has, at the latest with the handle. Where writes come faster than the disk takes them, they wait for
/// it from 256 MB on.
///
/// # Iterating while others write
///
/// `iter_all` and `iter_since` are for the ids that were given before the call. They hold a page of entries, and no
/// transaction between pages. `iter_changed` does the same until it reaches the version counter's value at the call,
/// and then takes all that is newer in one page. After `close` an iterator goes on to the end of its page, and then
/// yields [`Error::Closed`] unless that was the last one.
///
/// # Left to the store
///
/// Text of any length is kept, 900 MB of it in an entry at the most. Metadata deeper than
/// [`MAX_METADATA_DEPTH`](limits::MAX_METADATA_DEPTH) are refused. Ids and the version counter go up by one.
///
/// # Examples
///
/// ```
/// use mneme::{Entry, Identity, SqliteStore, Store};
///
/// # fn main() -> Result<(), mneme::Error> {
/// # let folder = std::env::temp_dir().join(format!("mneme-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("cache.db");
/// let identity = Identity::new("my-embedder@3", 2);
/// let store = SqliteStore::new(&path);
/// store.open(&identity)?;
/// let id = store.insert(Entry::new("help", "5891b5b5").response("Press the blue button.").embedding([0.6, 0.8]))?;
/// store.close()?;
///
/// let again = SqliteStore::new(&path);
/// again.open(&identity)?;
/// assert_eq!(again.get_by_id(id)?.map(|entry| entry.response.clone()).as_deref(), Some("Press the blue button."));
/// # again.close()?;
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok(())
/// # }
/// ```
pub struct SqliteStore {
    handle: Handle,
}

/// SQLite counts milliseconds in an `int`.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 24 * 60 * 60);

impl SqliteStore {
    /// How long an operation waits for others, where [`busy_timeout`](Self::busy_timeout) says nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::SqliteStore;
    ///
    /// let patient = SqliteStore::new("cache.db").busy_timeout(2 * SqliteStore::BUSY_TIMEOUT);
    /// # drop(patient);
    /// ```
    pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

    /// Makes a handle on the database in a file. The file is made, or looked at, by [`open`](Store::open).
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{ErrorKind, SqliteStore, Store};
    ///
    /// let store = SqliteStore::new("cache.db");
    /// assert_eq!(store.count(None).unwrap_err().kind(), ErrorKind::NotOpen);
    /// ```
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::at(Some(path.into()))
    }

    /// Makes a handle on a database in memory, which belongs to the handle: it is gone when the handle is closed or
    /// dropped, and there are no snapshots of it. Reads wait for each other, and for writes.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Entry, Identity, SqliteStore, Store};
    ///
    /// # fn main() -> Result<(), mneme::Error> {
    /// let store = SqliteStore::in_memory();
    /// store.open(&Identity::new("my-embedder@3", 2))?;
    /// store.insert(Entry::new("help", "5891b5b5").embedding([0.6, 0.8]))?;
    /// assert_eq!(store.count(Some("help"))?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_memory() -> Self {
        Self::at(None)
    }

    fn at(path: Option<PathBuf>) -> Self {
        let options = Options { wait: Self::BUSY_TIMEOUT, synchronous: Synchronous::default() };
        Self { handle: Handle::new(path, options) }
    }

    /// Sets for how long an operation waits where others use the database, before it answers a
    /// [backend](Error::Backend) error; at most 24 days. [`BUSY_TIMEOUT`](Self::BUSY_TIMEOUT) where nothing is set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let store = mneme::SqliteStore::new("cache.db").busy_timeout(Duration::from_secs(30));
    /// ```
    #[must_use]
    pub fn busy_timeout(mut self, wait: Duration) -> Self {
        self.handle.options.wait = wait.min(LONGEST_WAIT);
        self
    }

    /// Sets whether commits wait for the disk. [`Synchronous::Normal`] where nothing is set.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{SqliteStore, Synchronous};
    ///
    /// let store = SqliteStore::new("cache.db").synchronous(Synchronous::Full);
    /// ```
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.handle.options.synchronous = synchronous;
        self
    }

    /// Inserts many entries in one transaction, in order, and answers their ids: each as
    /// [`insert`](Store::insert) does, and all of them or none.
    ///
    /// Most of what one insert costs is its transaction, so this is several times faster. Other writes wait until it
    /// is done, so a batch of some hundred entries is a good size.
    ///
    /// # Errors
    ///
    /// Those of [`insert`](Store::insert), for the first entry that has one; then none of them is stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Entry, Identity, SqliteStore, Store};
    ///
    /// # fn main() -> Result<(), mneme::Error> {
    /// let store = SqliteStore::in_memory();
    /// store.open(&Identity::new("my-embedder@3", 1))?;
    /// let entry = |hash: &str| Entry::new("help", hash).embedding([1.0]);
    /// let ids = store.insert_many(&[entry("5891b5b5"), entry("e258d248"), entry("5891b5b5")])?;
    /// assert_eq!(ids[0], ids[2]);
    /// assert_eq!(store.count(None)?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert_many(&self, entries: &[Entry]) -> Result<Vec<u64>> {
        let dimension = self.handle.dimension()?;
        let drafts = entries.iter().map(|entry| Draft::new(entry, dimension)).collect::<Result<Vec<_>>>()?;
        self.handle.write("insert the entries", |connection| {
            drafts.iter().map(|draft| entries::insert(connection, draft)).collect()
        })
    }
}

impl Store for SqliteStore {
    fn open(&self, identity: &Identity) -> Result<()> {
        self.handle.open(identity)
    }

    fn close(&self) -> Result<()> {
        self.handle.close()
    }

    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.handle.look_up("get the entry", |connection| content::by_key(connection, namespace, query_hash))
    }

    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.handle.look_up("get the entry", |connection| content::by_id(connection, id))
    }

    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.handle.look_up("count the entries", |connection| match namespace {
            None => Ok(Counters::read(connection)?.entries),
            Some(name) => Ok(Namespace::named(connection, name)?.map_or(0, |namespace| namespace.entries)),
        })
    }

    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.handle.read("list the namespaces", entries::namespaces)
    }

    fn iter_all(&self) -> Result<Entries<'_>> {
        self.iter_since(0)
    }

    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        Ok(Box::new(Stream::since(&self.handle, id)?))
    }

    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        Ok(Box::new(Stream::changed(&self.handle, version)?))
    }

    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.handle.read("read the order of use", |connection| {
            entries::least_recently_used(connection, limit, namespace)
        })
    }

    fn insert(&self, entry: Entry) -> Result<u64> {
        let dimension = self.handle.dimension()?;
        let draft = Draft::new(&entry, dimension)?;
        self.handle.write("insert the entry", |connection| entries::insert(connection, &draft))
    }

    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.handle.dimension()?;
        limits::check_number("now", now)?;
        self.handle.write("note the use", |connection| entries::note_use(connection, id, now))
    }

    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.handle.write("delete the entry", |connection| entries::delete(connection, id))
    }

    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.handle.dimension()?;
        limits::check_number("now", now)?;
        // Where nothing is due, which is nearly always, no writer is waited for.
        let action = "delete what is due";
        if !self.handle.look_up(action, |connection| entries::is_any_due(connection, now, namespace))? {
            return Ok(0);
        }
        self.handle.write(action, |connection| entries::delete_due(connection, now, namespace))
    }

    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.handle.write("clear the namespace", |connection| entries::clear(connection, namespace))
    }

    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.handle.dimension()?;
        limits::check_number("quota", quota)?;
        self.handle.write("set the quota", |connection| settings::write_quota(connection, namespace, quota))
    }

    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.handle.look_up("get the quota", |connection| settings::read_quota(connection, namespace))
    }

    fn version_counter(&self) -> Result<u64> {
        self.handle.look_up("read the version counter", |connection| Ok(Counters::read(connection)?.version))
    }

    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.handle.look_up("read the meta value", |connection| settings::read_meta(connection, key))
    }

    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.handle.dimension()?;
        if [schema::FINGERPRINT, schema::DIMENSION, schema::SCHEMA_VERSION].contains(&key) {
            return Err(Error::invalid_argument("key", format!("only open writes {key:?}")));
        }
        self.handle.write("write the meta value", |connection| settings::write_meta(connection, key, value))
    }

    fn integrity_check(&self) -> Result<bool> {
        let checked = self.handle.with_engine(|engine| {
            let checked = engine.read(|connection| integrity::check(connection, engine.identity()));
            checked.map_err(|fault| self.handle.error(fault, "check the data"))
        });
        match checked {
            Ok(()) => Ok(true),
            Err(Error::Corrupt { .. } | Error::Incompatible { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.handle.with_engine(|engine| {
            if engine.is_in_memory() {
                return Err(Error::checkpoint("a database in memory takes no snapshots"));
            }
            engine
                .read_once(|connection| snapshot::take(connection, path))
                .map_err(|fault| fault.into_checkpoint(&format!("{} could not be taken", path.display())))
        })
    }
}

impl Restore for SqliteStore {
    fn restore(snapshot: &Path, destination: &Path) -> Result<()> {
        snapshot::restore(snapshot, destination)
            .map_err(|fault| fault.into_checkpoint(&format!("{} could not be restored", snapshot.display())))
    }
}

impl core::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.handle.path)
            .field("state", &self.handle.state_name().unwrap_or("locked"))
            .finish_non_exhaustive()
    }
}
