mod data;
mod journal;
mod namespaces;
mod order;
mod pages;
mod records;
mod timeline;

use crate::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits};
use data::Data;
use pages::Pages;
use parking_lot::RwLock;
use std::path::Path;

/// The store that keeps everything in memory: the reference for every other one, and the fastest.
///
/// Each value is a store of its own. Nothing is persisted: what it held is gone, and its memory free, when it is
/// [closed](Store::close) or dropped. It takes no snapshots.
///
/// It may be shared among threads by reference or in an [`Arc`](std::sync::Arc). Reads run side by side; a write waits
/// for the operations before it, and is seen whole by those after it.
///
/// # What things cost
///
/// With *n* entries in *m* namespaces; amortised, and expected where a hash is used:
///
/// | operation | cost |
/// |---|---|
/// | `get_by_hash`, `version_counter`, `count` of all | O(1) |
/// | `get_by_id` | O(1) where no ids are missing, O(log n) at the most |
/// | `count` of one | O(log m) |
/// | `read_meta`, `write_meta`, quotas | the logarithm of how many there are |
/// | `insert` | O(log m) where the entry's times are the latest of its namespace, O(log n) at the most |
/// | `update_access`, `delete_by_id` | O(log n) |
/// | `iter_lru_ids(k)` | O(k + log n); without a namespace each id costs the logarithm of how many namespaces the ids are of |
/// | `delete_expired`, `clear_namespace` | O(log n) for each removed entry |
/// | `list_namespaces` | O(m) |
/// | `iter_all`, `iter_since`, `iter_changed` | O(log n), and the ids given or the writes made since |
/// | `integrity_check` | O(n log n) |
///
/// `integrity_check` looks at everything in one go, and keeps writes waiting meanwhile: a million entries take a second
/// or two.
///
/// A lookup copies no text and no vector: the answer shares its [`Content`](crate::Content) with the store.
///
/// # Iterating while others write
///
/// `iter_all` and `iter_since` read a page at a time, hold no lock between pages, and are for the ids that were given
/// before the call; after `close` they go on to the end of their page, and then yield [`Error::Closed`] unless that
/// was the last one. `iter_changed` copies at the call the entries as they are (a pointer and five numbers each), and
/// goes on after `close`.
///
/// # Left to the store
///
/// Text and metadata of any length are kept whole. Ids and the version counter go up by one. After 2^53 - 1 of them
/// (a million a second would take 285 years) an operation that needs another answers [`Error::Backend`] and changes
/// nothing; all others go on.
///
/// # Examples
///
/// ```
/// use mneme::{Entry, ErrorKind, Identity, MemoryStore, Store};
///
/// # fn main() -> Result<(), mneme::Error> {
/// let store = MemoryStore::new();
/// store.open(&Identity::new("my-embedder@3", 2))?;
/// let id = store.insert(Entry::new("help", "5891b5b5").response("Press the blue button.").embedding([0.6, 0.8]))?;
///
/// std::thread::scope(|threads| {
///     threads.spawn(|| store.update_access(id, 1_700_000_000));
/// });
/// assert_eq!(store.get_by_id(id)?.map(|entry| entry.access_count), Some(1));
///
/// store.close()?;
/// assert_eq!(store.get_by_id(id).unwrap_err().kind(), ErrorKind::Closed);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Unopened,
    Open(Box<Data>),
    Closed,
}

impl MemoryStore {
    /// Makes a store that holds nothing and is not open.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{ErrorKind, MemoryStore, Store};
    ///
    /// assert_eq!(MemoryStore::new().count(None).unwrap_err().kind(), ErrorKind::NotOpen);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    fn read<T>(&self, read: impl FnOnce(&Data) -> T) -> Result<T> {
        match &*self.state.read() {
            State::Open(data) => Ok(read(data)),
            State::Unopened => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }

    /// What `write` answers is dropped after the lock: freeing the texts of many entries keeps nobody waiting.
    fn write<T>(&self, write: impl FnOnce(&mut Data) -> Result<T>) -> Result<T> {
        match &mut *self.state.write() {
            State::Open(data) => write(data),
            State::Unopened => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }
}

impl Store for MemoryStore {
    fn open(&self, identity: &Identity) -> Result<()> {
        let mut state = self.state.write();
        match &*state {
            State::Closed => Err(Error::Closed),
            State::Open(data) => data.admit(identity),
            State::Unopened => {
                *state = State::Open(Box::new(Data::new(identity)?));
                Ok(())
            }
        }
    }

    fn close(&self) -> Result<()> {
        let state = core::mem::replace(&mut *self.state.write(), State::Closed);
        // The lock is free by now, so that nobody waits for the memory to be.
        drop(state);
        Ok(())
    }

    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.read(|data| data.records.get_by_key(namespace, query_hash).cloned())
    }

    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.read(|data| data.records.get_by_id(id).cloned())
    }

    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.read(|data| match namespace {
            Some(name) => data.records.namespaces().count(name) as u64,
            None => data.records.len() as u64,
        })
    }

    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.read(|data| data.records.namespaces().names().map(str::to_owned).collect())
    }

    fn iter_all(&self) -> Result<Entries<'_>> {
        self.iter_since(0)
    }

    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        let last = self.read(|data| data.records.last_id())?;
        Ok(Box::new(Pages::new(self, id, last)))
    }

    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        // An upsert moves an entry to the end of this order. By pages, one that is upserted again and again would be
        // missed, or the stream would follow it for ever.
        let changed: Vec<_> = self.read(|data| data.records.after_version(version).cloned().collect())?;
        Ok(Box::new(changed.into_iter().map(Ok)))
    }

    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.read(|data| data.records.namespaces().least_recently_used(limit, namespace))
    }

    fn insert(&self, entry: Entry) -> Result<u64> {
        let (id, _replaced) = self.write(|data| {
            limits::check_entry(&entry, data.dimension())?;
            data.records.insert(entry)
        })?;
        Ok(id)
    }

    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.write(|data| {
            limits::check_number("now", now)?;
            data.records.update_access(id, now);
            Ok(())
        })
    }

    fn delete_by_id(&self, id: u64) -> Result<bool> {
        let removed = self.write(|data| data.records.delete(id))?;
        Ok(removed.is_some())
    }

    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = self.write(|data| {
            limits::check_number("now", now)?;
            data.records.delete_expired(now, namespace)
        })?;
        Ok(removed.len() as u64)
    }

    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        let removed = self.write(|data| data.records.clear_namespace(namespace))?;
        Ok(removed.len() as u64)
    }

    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.write(|data| {
            limits::check_number("quota", quota)?;
            data.set_quota(namespace, quota);
            Ok(())
        })
    }

    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.read(|data| data.quota(namespace))
    }

    fn version_counter(&self) -> Result<u64> {
        self.read(|data| data.records.version())
    }

    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|data| data.meta(key).map(str::to_owned))
    }

    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.write(|data| data.set_meta(key, value))
    }

    fn integrity_check(&self) -> Result<bool> {
        self.read(Data::is_sound)
    }

    fn snapshot_to(&self, _path: &Path) -> Result<()> {
        self.read(|_| Err(Error::checkpoint("a store in memory takes no snapshots")))?
    }
}

impl core::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut store = f.debug_struct("MemoryStore");
        // It may be printed while this very thread is in a write, and must not wait for itself then.
        match self.state.try_read().as_deref() {
            None => store.field("state", &"locked").finish(),
            Some(State::Unopened) => store.field("state", &"not open").finish(),
            Some(State::Closed) => store.field("state", &"closed").finish(),
            Some(State::Open(data)) => store
                .field("state", &"open")
                .field("identity", data.identity())
                .field("entries", &data.records.len())
                .field("version", &data.records.version())
                .finish_non_exhaustive(),
        }
    }
}
