//! A store on an engine of ordered keys and values.
//!
//! `engine` is what knows the engine, so that this is a store on another one where that file is another.

mod codec;
mod data;
mod engine;
mod lock;

use data::{Data, Write};
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A handle of the store.
pub struct EngineStore {
    path: PathBuf,
    state: Mutex<State>,
}

/// What a handle is in.
enum State {
    Unopened,
    Open(Box<Data>),
    Closed,
}

impl EngineStore {
    /// Makes a handle on the database at a path, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), state: Mutex::new(State::Unopened) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the data of an open handle.
    fn read<T>(&self, read: impl FnOnce(&Data) -> Result<T>) -> Result<T> {
        match &*self.state() {
            State::Closed => Err(Error::Closed),
            State::Unopened => Err(Error::NotOpen),
            State::Open(data) => read(data),
        }
    }

    /// Refuses a write, or does it and answers its number: an id, or how many entries went.
    fn write(&self, write: Write) -> Result<u64> {
        match &*self.state() {
            State::Closed => Err(Error::Closed),
            State::Unopened => Err(Error::NotOpen),
            State::Open(data) => {
                data.check(&write)?;
                data.apply(write)
            }
        }
    }
}

impl fmt::Debug for EngineStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store for EngineStore {
    fn open(&self, identity: &Identity) -> Result<()> {
        let mut state = self.state();
        match &*state {
            State::Closed => Err(Error::Closed),
            State::Open(data) => {
                limits::check_identity(identity)?;
                data.judge(identity)
            }
            State::Unopened => {
                limits::check_identity(identity)?;
                *state = State::Open(Box::new(Data::open(&self.path, identity)?));
                Ok(())
            }
        }
    }

    fn close(&self) -> Result<()> {
        *self.state() = State::Closed;
        Ok(())
    }

    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.read(|data| data.by_hash(namespace, query_hash))
    }

    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.read(|data| data.by_id(id))
    }

    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.read(|data| Ok(data.of(namespace)?.len() as u64))
    }

    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.read(Data::namespaces)
    }

    fn iter_all(&self) -> Result<Entries<'_>> {
        self.iter_since(0)
    }

    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        let entries = self.read(|data| data.since(id))?;
        Ok(Box::new(entries.into_iter().map(Ok)))
    }

    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        let entries = self.read(|data| data.changed(version))?;
        Ok(Box::new(entries.into_iter().map(Ok)))
    }

    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.read(|data| data.lru(limit, namespace))
    }

    fn insert(&self, entry: Entry) -> Result<u64> {
        self.write(Write::Insert(entry))
    }

    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.write(Write::Access { id, now })?;
        Ok(())
    }

    fn delete_by_id(&self, id: u64) -> Result<bool> {
        Ok(self.write(Write::Delete(id))? > 0)
    }

    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.write(Write::Expire { now, namespace: namespace.map(str::to_owned) })
    }

    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.write(Write::Clear(namespace.to_owned()))
    }

    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.write(Write::Quota { namespace: namespace.to_owned(), quota })?;
        Ok(())
    }

    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.read(|data| data.quota(namespace))
    }

    fn version_counter(&self) -> Result<u64> {
        self.read(Data::version)
    }

    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|data| data.meta(key))
    }

    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.write(Write::Meta { key: key.to_owned(), value: value.to_owned() })?;
        Ok(())
    }

    fn integrity_check(&self) -> Result<bool> {
        self.read(|_| Ok(true))
    }

    fn snapshot_to(&self, _path: &Path) -> Result<()> {
        self.read(|_| Ok(()))?;
        Err(Error::checkpoint("this store takes no snapshots; close it and copy its files"))
    }
}
