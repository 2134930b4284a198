//! Locks that another process does not see, or sees no longer.

use super::{
    super::{
        fault::Fault,
        faulty::{Faulty, Lie, before_the_data},
        logged::Logged,
    },
    lock,
};
use crate::fault;
use mneme::{Error, Identity, Result, Store};
use mneme_conformance::Site;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::PathBuf,
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a lock is known in its own process alone",
            alone(|site| alone(site, Lock::OfTheProcess)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a look at the file lets go of its lock",
            alone(|site| alone(site, Lock::OfTheSystem)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
    ]
}

/// Where it is kept that somebody has a log.
#[derive(Clone, Copy, PartialEq)]
enum Lock {
    OfTheProcess,
    /// As POSIX has them: they go when the process closes any descriptor of the file.
    OfTheSystem,
}

/// Keeps others away from a log that could be shared.
struct Alone {
    site: String,
    log: PathBuf,
    lock: Lock,
    /// What has the lock, while this handle has it.
    held: Mutex<Option<File>>,
}

fn alone(site: &Site, lock: Lock) -> Faulty<Alone, Logged> {
    let held = Mutex::default();
    let alone = Alone { site: site.name().to_owned(), log: site.path().join("log"), lock, held };
    Faulty::over(Logged::on(site), alone)
}

/// The sites that a handle of this process has. POSIX locks do not keep one handle of a process from another.
static HELD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Alone {
    fn take(&self) -> io::Result<File> {
        if !lock(&HELD).insert(self.site.clone()) {
            return Err(io::Error::other("another handle of this process has it"));
        }
        let taken = File::options().read(true).write(true).create(true).truncate(false).open(&self.log);
        let taken = taken.and_then(|file| {
            if self.lock == Lock::OfTheSystem {
                lock_file(&file)?;
            }
            Ok(file)
        });
        taken.inspect_err(|_| {
            lock(&HELD).remove(&self.site);
        })
    }

    fn free(&self) {
        if lock(&self.held).take().is_some() {
            lock(&HELD).remove(&self.site);
        }
    }
}

#[cfg(unix)]
fn lock_file(file: &File) -> io::Result<()> {
    rustix::fs::fcntl_lock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).map_err(Into::into)
}

#[cfg(not(unix))]
fn lock_file(_: &File) -> io::Result<()> {
    Ok(())
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.free();
    }
}

impl Lie for Alone {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        before_the_data(store, identity)?;
        if lock(&self.held).is_none() {
            let taken = self.take().map_err(|error| Error::backend("lock the log", error))?;
            *lock(&self.held) = Some(taken);
            return store.open(identity).inspect_err(|_| self.free());
        }
        store.open(identity)
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.free();
        store.close()
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        Ok(store.integrity_check()? && fs::read(&self.log).is_ok())
    }
}
