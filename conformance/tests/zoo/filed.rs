//! A healthy store in one file: durable, of files, and with snapshots. It keeps everything in memory, and in the file
//! a log of all writes behind a header with the log's length and checksum.
//!
//! What a mistake of a store with files is about is a [`Habit`](Habits) of it: faults have another.

pub(crate) mod codec;
pub(crate) mod log;

use self::{codec::Record, log::Log};
use mneme::{Entries, Entry, Error, Identity, MemoryStore, Result, Store, StoredEntry, limits};
use mneme_conformance::{Claim, Site, Subject};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// How a store treats its file.
#[derive(Clone, Copy)]
pub(crate) struct Habits {
    /// Judges what is in a file that is not empty, before it is used.
    pub(crate) judge: fn(&Path, &[u8]) -> Result<()>,
    /// `integrity_check`, given what is in the file.
    pub(crate) check: fn(&Path, &[u8]) -> Result<bool>,
    /// Writes a record to the end of the log.
    pub(crate) append: fn(&mut Log, &[u8]) -> io::Result<()>,
    /// How a file becomes another one.
    pub(crate) copy: fn(&Path, &Path) -> Result<()>,
    /// What a snapshot makes of the records, where it does not copy the file.
    pub(crate) export: Option<fn(&mut Vec<Record>)>,
    /// `snapshot_to`, while no one writes.
    pub(crate) snapshot: fn(&mut Inner, &Path) -> Result<()>,
    /// What is done when the handle is closed or dropped.
    pub(crate) leave: fn(&mut Inner),
}

impl Habits {
    pub(crate) const HEALTHY: Self = Self {
        judge: |_, bytes| log::verify(bytes),
        check: |_, bytes| Ok(log::verify(bytes).is_ok()),
        append: Log::append,
        copy,
        export: None,
        snapshot: |inner, path| match inner.habits.export {
            None => (inner.habits.copy)(&inner.log.path, path),
            Some(alter) => {
                let mut records = inner.log.records()?;
                alter(&mut records);
                write_new(path, &log::of(&records))
            }
        },
        leave: |_| {},
    };
}

/// One handle on a file; only one at a time may have it.
pub(crate) struct Filed {
    path: PathBuf,
    habits: Habits,
    state: Mutex<State>,
}

enum State {
    Unopened,
    Open(Box<Inner>),
    Closed,
}

/// What an open handle has.
pub(crate) struct Inner {
    pub(crate) log: Log,
    pub(crate) data: Arc<MemoryStore>,
    pub(crate) habits: Habits,
    /// For faults that remember something.
    pub(crate) noted: Vec<PathBuf>,
}

impl Filed {
    pub(crate) fn with(path: impl Into<PathBuf>, habits: Habits) -> Self {
        Self { path: path.into(), habits, state: Mutex::new(State::Unopened) }
    }

    /// The healthy store as a subject.
    pub(crate) fn subject() -> Subject {
        subject(Habits::HEALTHY, restore)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> Result<Arc<MemoryStore>> {
        self.with_inner(|inner| Ok(Arc::clone(&inner.data)))
    }

    pub(crate) fn with_inner<T>(&self, with: impl FnOnce(&mut Inner) -> Result<T>) -> Result<T> {
        match &mut *self.state() {
            State::Open(inner) => with(inner),
            State::Unopened => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }

    /// Does a write, and then writes it down; what cannot be written down is undone.
    fn write<T>(&self, record: &Record, write: impl FnOnce(&MemoryStore) -> Result<T>) -> Result<T> {
        self.with_inner(|inner| {
            let answer = write(&inner.data)?;
            let append = inner.habits.append;
            if let Err(error) = append(&mut inner.log, &codec::encode(record)) {
                inner.data = Arc::new(inner.log.replay()?);
                return Err(Error::backend("write to the log", error));
            }
            Ok(answer)
        })
    }

    fn walk(
        &self,
        walk: impl FnOnce(&MemoryStore) -> Result<Vec<Result<StoredEntry>>>,
    ) -> Result<Entries<'_>> {
        let data = self.data()?;
        Ok(Box::new(walk(&data)?.into_iter()))
    }
}

/// A store with other habits as a subject.
pub(crate) fn subject(
    habits: Habits,
    restore: impl Fn(&Path, &Path) -> Result<()> + Send + Sync + 'static,
) -> Subject {
    Subject::claiming([Claim::Durable, Claim::Files], move |site| Filed::with(file(site), habits))
        .restored_by(move |snapshot, site| restore(snapshot, &file(site)))
        .made_newer_by(newer)
}

/// Makes a store's file one of a newer build.
pub(crate) fn newer(site: &Site) -> io::Result<()> {
    let bytes = fs::read(file(site))?;
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let header = log::header(log::SCHEMA + 1, number(16), number(24));
    fs::write(file(site), [&header, &bytes[log::HEADER..]].concat())
}

/// Where the store is in its site.
pub(crate) fn file(site: &Site) -> PathBuf {
    site.path().join("cache.log")
}

/// Makes a store's file from a snapshot.
pub(crate) fn restore(snapshot: &Path, destination: &Path) -> Result<()> {
    let bytes = fs::read(snapshot).map_err(|error| Error::checkpoint("no snapshot").because(error))?;
    log::verify(&bytes).map_err(|error| Error::checkpoint("it is no snapshot").because(error))?;
    copy(snapshot, destination)
}

/// Copies a file to where nothing is, whole or not at all.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    publish(to, |beside| fs::copy(from, beside).map(drop))
}

/// Writes a file where nothing is, whole or not at all.
pub(crate) fn write_new(to: &Path, bytes: &[u8]) -> Result<()> {
    publish(to, |beside| fs::write(beside, bytes))
}

/// Makes a file under a name that nobody else has, and gives it another one.
fn publish(to: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = to.with_extension(format!("{}.{number}.tmp", std::process::id()));
    // A link to it is made in one step, and never over what is there.
    let linked = make(&beside).and_then(|()| fs::hard_link(&beside, to));
    let _ = fs::remove_file(&beside);
    linked.map_err(|error| Error::checkpoint(format!("could not make {}", to.display())).because(error))
}

impl Drop for Filed {
    fn drop(&mut self) {
        if let State::Open(inner) = &mut *self.state() {
            (inner.habits.leave)(inner);
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a method with a default would bypass the file")]
impl Store for Filed {
    fn open(&self, identity: &Identity) -> Result<()> {
        let mut state = self.state();
        match &*state {
            State::Closed => return Err(Error::Closed),
            State::Open(inner) => return inner.data.open(identity),
            State::Unopened => limits::check_identity(identity)?,
        }
        let mut log = Log::open(&self.path, self.habits.judge)?;
        let data = if log.is_fresh() {
            let data = MemoryStore::new();
            data.open(identity)?;
            log.begin(&codec::encode(&Record::Open(identity.clone())))
                .map_err(|error| Error::backend("begin the log", error))?;
            data
        } else {
            let data = log.replay()?;
            data.open(identity)?;
            data
        };
        let inner = Inner { log, data: Arc::new(data), habits: self.habits, noted: Vec::new() };
        *state = State::Open(Box::new(inner));
        Ok(())
    }
    fn close(&self) -> Result<()> {
        let mut state = self.state();
        if let State::Open(inner) = &mut *state {
            (inner.habits.leave)(inner);
        }
        *state = State::Closed;
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
        self.walk(|data| Ok(data.iter_all()?.collect()))
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.walk(|data| Ok(data.iter_since(id)?.collect()))
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.walk(|data| Ok(data.iter_changed(version)?.collect()))
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.data()?.iter_lru_ids(limit, namespace)
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        self.write(&Record::Insert(entry.clone()), |data| {
            // The log could not be read again.
            limits::check_metadata(&entry.metadata)?;
            data.insert(entry)
        })
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.write(&Record::UpdateAccess(id, now), |data| data.update_access(id, now))
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.write(&Record::DeleteById(id), |data| data.delete_by_id(id))
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        let record = Record::DeleteExpired(now, namespace.map(ToOwned::to_owned));
        self.write(&record, |data| data.delete_expired(now, namespace))
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.write(&Record::Clear(namespace.to_owned()), |data| data.clear_namespace(namespace))
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        let record = Record::Quota(namespace.to_owned(), quota);
        self.write(&record, |data| data.set_namespace_quota(namespace, quota))
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
        let record = Record::Meta(key.to_owned(), value.to_owned());
        self.write(&record, |data| data.write_meta(key, value))
    }
    fn integrity_check(&self) -> Result<bool> {
        self.with_inner(|inner| {
            let bytes = inner.log.bytes().map_err(|error| Error::backend("read the log", error))?;
            (inner.habits.check)(&inner.log.path, &bytes)
        })
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.with_inner(|inner| (inner.habits.snapshot)(inner, path))
    }
}
