//! Locks that hold while handles take turns, and not where a close meets an open.

use super::{
    super::{
        fault::Fault,
        faulty::{Faulty, Lie, before_the_data},
        logged::{Change, Flaw, Logged, write},
    },
    lock,
};
use crate::fault;
use mneme::{Entry, Error, Identity, Result, Store};
use mneme_conformance::Site;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a close removes the lock file that another waits for",
            alone(|site| Faulty::over(Logged::on(site), LockFile::at(site))),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a close gives the lock back before it writes the last",
            alone(|site| Logged::alone_with(site, UnlocksFirst(Mutex::default()))),
            durable::second_handle_is_refused,
            [],
            "read_meta(\"key\")"
        ),
        fault!(
            "the log is read before it is locked",
            alone(|site| Logged::alone_with(site, LooksFirst)),
            durable::second_handle_is_refused,
            [],
            "written last in meeting"
        ),
        fault!(
            "an upsert that meets the close is acknowledged and not written",
            durable(ForgetsTheLast::default),
            durable::second_handle_is_refused,
            [],
            "beside"
        ),
    ]
}

/// A lock on a file that is there while a handle has the log. It is waited for, for a moment.
struct LockFile {
    path: PathBuf,
    held: Mutex<Option<File>>,
}

impl LockFile {
    fn at(site: &Site) -> Self {
        Self { path: site.path().join("lock"), held: Mutex::default() }
    }

    fn take(&self) -> Result<File> {
        let file = File::options().write(true).create(true).truncate(false).open(&self.path);
        let file = file.map_err(|error| Error::backend("make the lock file", error))?;
        for _ in 0..10 {
            if file.try_lock().is_ok() {
                return Ok(file);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(Error::backend("lock the log", "another handle has it"))
    }

    fn free(&self) {
        if let Some(file) = lock(&self.held).take() {
            let _ = fs::remove_file(&self.path);
            let _ = file.unlock();
        }
    }
}

impl Lie for LockFile {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        before_the_data(store, identity)?;
        if lock(&self.held).is_some() {
            return store.open(identity);
        }
        *lock(&self.held) = Some(self.take()?);
        store.open(identity).inspect_err(|_| self.free())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        let closed = store.close();
        self.free();
        closed
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        self.free();
    }
}

/// Keeps meta back until something else is written, and lets go of the log before it writes the last of it.
struct UnlocksFirst(Mutex<String>);

impl Flaw for UnlocksFirst {
    fn append(&self, file: &mut File, lines: &str) -> Result<()> {
        let mut kept = lock(&self.0);
        *kept += lines;
        if lines.starts_with("[\"meta") { Ok(()) } else { write(file, &std::mem::take(&mut *kept)) }
    }
    fn catches_up(&self, change: Option<&Change>) -> bool {
        // Whoever has the log alone has seen all of it since the open.
        matches!(change, Some(Change::Open(_)))
    }
    fn ends(&self, file: &mut File, _path: &Path) {
        let _ = file.unlock();
        // As long as a write takes that has a disk below it.
        thread::sleep(Duration::from_millis(20));
        let _ = write(file, &std::mem::take(&mut *lock(&self.0)));
    }
}

/// Has read what there is when it gets the lock, and looks no more.
struct LooksFirst;

impl Flaw for LooksFirst {
    fn looks_first(&self, look: &mut dyn FnMut()) {
        look();
        // As long as a large log takes.
        thread::sleep(Duration::from_millis(1));
    }
    fn catches_up(&self, _change: Option<&Change>) -> bool {
        false
    }
}

/// Closes in two steps, between which an upsert goes to a buffer that nobody empties any more.
#[derive(Default)]
struct ForgetsTheLast {
    writing: AtomicUsize,
    ends: AtomicBool,
    forgot: AtomicBool,
}

impl Lie for ForgetsTheLast {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.writing.fetch_add(1, Ordering::SeqCst);
        let written = match store.get_by_hash(&entry.namespace, &entry.query_hash) {
            Ok(Some(known)) if self.ends.load(Ordering::SeqCst) => {
                self.forgot.store(true, Ordering::SeqCst);
                Ok(known.id)
            }
            _ => store.insert(entry),
        };
        self.writing.fetch_sub(1, Ordering::SeqCst);
        written
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.ends.store(true, Ordering::SeqCst);
        // As long as it takes to write the buffer: where one writes, until the next has come to it.
        let is_met = self.writing.load(Ordering::SeqCst) > 0;
        for _ in 0..if is_met { 100 } else { 1 } {
            thread::sleep(Duration::from_millis(1));
            if self.forgot.load(Ordering::SeqCst) {
                break;
            }
        }
        store.close()
    }
}
