//! A healthy store whose data outlive the handle, without a disk: a server in this process.

use crate::zoo::faulty::lock;
use mneme::{Entries, Entry, Error, Identity, MemoryStore, Result, Store, StoredEntry, limits};
use mneme_conformance::Site;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, Weak},
};

/// What a server holds for one site.
#[derive(Default)]
struct Host {
    data: MemoryStore,
    /// The handle that has the site, if any.
    taken: Mutex<Weak<()>>,
}

/// One handle on a site's data; only one at a time may have them.
pub(crate) struct Hosted {
    host: Arc<Host>,
    state: Mutex<State>,
}

enum State {
    Unopened(Arc<()>),
    Open(#[allow(dead_code, reason = "held, and let go by close")] Arc<()>),
    Closed,
}

impl Hosted {
    /// A handle on a site.
    ///
    /// # Errors
    ///
    /// A backend error where another handle has the site.
    pub(crate) fn on(site: &Site) -> Result<Self> {
        Self::at(site.name())
    }

    /// A handle on what is known by a name.
    ///
    /// # Errors
    ///
    /// A backend error where another handle has it.
    pub(crate) fn at(name: &str) -> Result<Self> {
        let host = Self::host(name);
        let claim = Arc::new(());
        let mut taken = lock(&host.taken);
        if taken.upgrade().is_some() {
            return Err(Error::backend("take the site", "another handle has it"));
        }
        *taken = Arc::downgrade(&claim);
        drop(taken);
        Ok(Self { host, state: Mutex::new(State::Unopened(claim)) })
    }

    /// A handle that shuts nobody out, and that nobody shuts out.
    pub(crate) fn unlocked(name: &str) -> Self {
        Self { host: Self::host(name), state: Mutex::new(State::Unopened(Arc::new(()))) }
    }

    fn host(name: &str) -> Arc<Host> {
        static HOSTS: Mutex<Option<HashMap<String, Arc<Host>>>> = Mutex::new(None);
        Arc::clone(lock(&HOSTS).get_or_insert_default().entry(name.to_owned()).or_default())
    }

    fn data(&self) -> Result<&MemoryStore> {
        match &*lock(&self.state) {
            State::Open(_) => Ok(&self.host.data),
            State::Unopened(_) => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a method with a default would bypass the host")]
impl Store for Hosted {
    fn open(&self, identity: &Identity) -> Result<()> {
        let mut state = lock(&self.state);
        if matches!(*state, State::Closed) {
            return Err(Error::Closed);
        }
        limits::check_identity(identity)?;
        self.host.data.open(identity)?;
        if let State::Unopened(claim) = &*state {
            *state = State::Open(Arc::clone(claim));
        }
        Ok(())
    }
    fn close(&self) -> Result<()> {
        *lock(&self.state) = State::Closed;
        Ok(())
    }
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.data()?.get_by_hash(namespace, query_hash)
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.data()?.get_by_id(id)
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.data()?.count(namespace)
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.data()?.list_namespaces()
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.data()?.iter_all()
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.data()?.iter_since(id)
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.data()?.iter_changed(version)
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.data()?.iter_lru_ids(limit, namespace)
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        self.data()?.insert(entry)
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.data()?.update_access(id, now)
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.data()?.delete_by_id(id)
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.data()?.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.data()?.clear_namespace(namespace)
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        self.data()?.set_namespace_quota(namespace, quota)
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.data()?.get_namespace_quota(namespace)
    }
    fn version_counter(&self) -> Result<u64> {
        self.data()?.version_counter()
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.data()?.read_meta(key)
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        self.data()?.write_meta(key, value)
    }
    fn integrity_check(&self) -> Result<bool> {
        self.data()?.integrity_check()
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.data()?.snapshot_to(path)
    }
}
