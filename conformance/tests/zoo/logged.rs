//! A healthy store in a real file, which threads, handles and processes share: a log of changes.
//!
//! A handle replays what it has not seen yet into a store in memory, and answers from there. Ids and versions follow
//! from the order of the changes alone, so all handles agree on them. An OS lock orders the changes, and goes with the
//! process that holds it.

mod record;

use mneme::{Entries, Entry, Error, Identity, MemoryStore, Result, Store, StoredEntry, limits};
use mneme_conformance::Site;
pub(crate) use record::Change;
use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What a faulty log does in the place of what is right.
pub(crate) trait Flaw: Send + Sync + 'static {
    /// Locks the log for one operation. The lock is let go by [`unlock`](Self::unlock).
    fn lock(&self, file: &File, _path: &Path) -> Result<()> {
        file.lock().map_err(|error| Error::backend("lock the log", error))
    }
    fn unlock(&self, file: &File, _path: &Path) -> Result<()> {
        file.unlock().map_err(|error| Error::backend("unlock the log", error))
    }
    /// Whether an operation begins with what others have written; `None` is a read.
    fn catches_up(&self, _change: Option<&Change>) -> bool {
        true
    }
    /// Writes lines to the end of the log.
    fn append(&self, file: &mut File, lines: &str) -> Result<()> {
        write(file, lines)
    }
    /// The changes that one change is written as.
    fn written(&self, change: Change) -> Vec<Change> {
        vec![change]
    }
    /// Reads the log at an open, before the log is locked for the handle that has it alone.
    fn looks_first(&self, _look: &mut dyn FnMut()) {}
    /// Before the log is closed, by close or by drop.
    fn ends(&self, _file: &mut File, _path: &Path) {}
}

/// No flaw.
pub(crate) struct Sound;

impl Flaw for Sound {}

/// Writes text where the log ends.
pub(crate) fn write(file: &mut File, text: &str) -> Result<()> {
    file.seek(SeekFrom::End(0))
        .and_then(|_| file.write_all(text.as_bytes()))
        .map_err(|error| Error::backend("write to the log", error))
}

/// One handle on a log.
pub(crate) struct Logged<F: Flaw = Sound> {
    path: PathBuf,
    flaw: F,
    /// Whether one handle at a time may have the log.
    exclusive: bool,
    state: Mutex<State>,
}

enum State {
    Unopened,
    Open(Box<Log>),
    Closed,
}

struct Log {
    file: File,
    /// How much of the file has been replayed.
    read: u64,
    replayed: MemoryStore,
}

impl Log {
    fn at(path: &Path) -> Result<Self> {
        let file = File::options().read(true).append(true).create(true).open(path);
        let file = file.map_err(|error| Error::backend("open the log", error))?;
        Ok(Self { file, read: 0, replayed: MemoryStore::new() })
    }

    /// Replays what is new. A last line without its end was never acknowledged, and is cut off.
    fn catch_up(&mut self) -> Result<()> {
        let mut new = String::new();
        self.file
            .seek(SeekFrom::Start(self.read))
            .and_then(|_| self.file.read_to_string(&mut new))
            .map_err(|error| Error::backend("read the log", error))?;
        let whole = new.rfind('\n').map_or(0, |end| end + 1);
        for line in new[..whole].lines() {
            Change::read(line)?.apply(&self.replayed);
        }
        self.read += whole as u64;
        if whole < new.len() {
            self.file.set_len(self.read).map_err(|error| Error::backend("cut the log", error))?;
        }
        Ok(())
    }
}

impl Logged {
    /// A handle on a site's log, which other handles share.
    pub(crate) fn on(site: &Site) -> Self {
        Self::with(site, Sound)
    }

    /// A handle that has its site's log alone.
    pub(crate) fn alone_on(site: &Site) -> Self {
        Self::alone_with(site, Sound)
    }
}

impl<F: Flaw> Logged<F> {
    pub(crate) fn with(site: &Site, flaw: F) -> Self {
        Self::at(site.path().join("log"), flaw, false)
    }

    fn at(path: PathBuf, flaw: F, exclusive: bool) -> Self {
        Self { path, flaw, exclusive, state: Mutex::new(State::Unopened) }
    }

    pub(crate) fn alone_with(site: &Site, flaw: F) -> Self {
        Self::at(site.path().join("log"), flaw, true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something on what the log holds now, under its lock, and writes the change where that succeeds.
    fn run<T>(&self, change: Option<Change>, run: impl FnOnce(&MemoryStore) -> Result<T>) -> Result<T> {
        match &mut *self.state() {
            State::Unopened => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
            State::Open(log) => self.run_on(log, change, run),
        }
    }

    fn run_on<T>(
        &self,
        log: &mut Log,
        change: Option<Change>,
        run: impl FnOnce(&MemoryStore) -> Result<T>,
    ) -> Result<T> {
        if !self.exclusive {
            self.flaw.lock(&log.file, &self.path)?;
        }
        let caught_up = if self.flaw.catches_up(change.as_ref()) { log.catch_up() } else { Ok(()) };
        let result = caught_up.and_then(|()| run(&log.replayed)).and_then(|answer| {
            let Some(change) = change else { return Ok(answer) };
            for change in self.flaw.written(change) {
                let line = change.to_line();
                self.flaw.append(&mut log.file, &line)?;
                // What this handle wrote it need not replay.
                log.read += line.len() as u64;
            }
            Ok(answer)
        });
        if !self.exclusive {
            self.flaw.unlock(&log.file, &self.path)?;
        }
        result
    }

    fn read<T>(&self, read: impl FnOnce(&MemoryStore) -> Result<T>) -> Result<T> {
        self.run(None, read)
    }

    /// A walk over what is there now.
    fn walk(&self, walk: impl FnOnce(&MemoryStore) -> Result<Vec<StoredEntry>>) -> Result<Entries<'_>> {
        Ok(Box::new(self.read(walk)?.into_iter().map(Ok)))
    }
}

impl<F: Flaw> Logged<F> {
    fn end(&self) {
        if let State::Open(log) = std::mem::replace(&mut *self.state(), State::Closed) {
            let mut log = *log;
            self.flaw.ends(&mut log.file, &self.path);
            // A process that another test starts just now has a copy of the file for a moment; the lock goes at once.
            let _ = log.file.unlock();
        }
    }
}

impl<F: Flaw> Drop for Logged<F> {
    fn drop(&mut self) {
        self.end();
    }
}

#[deny(clippy::missing_trait_methods, reason = "a method with a default would bypass the log")]
impl<F: Flaw> Store for Logged<F> {
    fn open(&self, identity: &Identity) -> Result<()> {
        let mut state = self.state();
        if matches!(*state, State::Closed) {
            return Err(Error::Closed);
        }
        limits::check_identity(identity)?;
        if let State::Open(log) = &*state {
            return log.replayed.open(identity);
        }
        let mut log = Log::at(&self.path)?;
        let mut looked = Ok(());
        self.flaw.looks_first(&mut || looked = log.catch_up());
        looked?;
        if self.exclusive {
            log.file.try_lock().map_err(|error| Error::backend("lock the log", error))?;
        }
        let fresh = |log: &Log| log.replayed.version_counter().is_err();
        let change = Change::Open(identity.clone());
        if !self.exclusive {
            self.flaw.lock(&log.file, &self.path)?;
        }
        let result = if self.flaw.catches_up(Some(&change)) { log.catch_up() } else { Ok(()) };
        let result = result.and_then(|()| {
            let fresh = fresh(&log);
            log.replayed.open(identity)?;
            if fresh {
                for change in self.flaw.written(change) {
                    let line = change.to_line();
                    self.flaw.append(&mut log.file, &line)?;
                    log.read += line.len() as u64;
                }
            }
            Ok(())
        });
        if !self.exclusive {
            self.flaw.unlock(&log.file, &self.path)?;
        }
        result?;
        *state = State::Open(Box::new(log));
        Ok(())
    }
    fn close(&self) -> Result<()> {
        self.end();
        Ok(())
    }
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        self.read(|store| store.get_by_hash(namespace, query_hash))
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        self.read(|store| store.get_by_id(id))
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        self.read(|store| store.count(namespace))
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        self.read(Store::list_namespaces)
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.walk(|store| store.iter_all()?.collect())
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.walk(|store| store.iter_since(id)?.collect())
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.walk(|store| store.iter_changed(version)?.collect())
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.read(|store| store.iter_lru_ids(limit, namespace))
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        self.run(Some(Change::Insert(entry.clone())), |store| {
            // The log could not be read again.
            limits::check_metadata(&entry.metadata)?;
            store.insert(entry)
        })
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        self.run(Some(Change::Access(id, now)), |store| store.update_access(id, now))
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        self.run(Some(Change::Delete(id)), |store| store.delete_by_id(id))
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        let change = Change::Expire(now, namespace.map(ToOwned::to_owned));
        self.run(Some(change), |store| store.delete_expired(now, namespace))
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        self.run(Some(Change::Clear(namespace.to_owned())), |store| store.clear_namespace(namespace))
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        let change = Change::Quota(namespace.to_owned(), quota);
        self.run(Some(change), |store| store.set_namespace_quota(namespace, quota))
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.read(|store| store.get_namespace_quota(namespace))
    }
    fn version_counter(&self) -> Result<u64> {
        self.read(Store::version_counter)
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|store| store.read_meta(key))
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        let change = Change::Meta(key.to_owned(), value.to_owned());
        self.run(Some(change), |store| store.write_meta(key, value))
    }
    fn integrity_check(&self) -> Result<bool> {
        self.read(Store::integrity_check)
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        self.read(|store| store.snapshot_to(path))
    }
}
