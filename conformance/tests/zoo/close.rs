use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Error, Identity, Result, Store};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "open revives a closed handle",
            volatile(|| Revives),
            close::ends_every_operation,
            [],
            "open(fingerprint"
        ),
        fault!(
            "damage is what the integrity check sees after close",
            volatile(|| FalseWhenClosed),
            close::ends_every_operation,
            [],
            "integrity_check"
        ),
        fault!(
            "an unsupported snapshot is refused before anything else",
            volatile(|| RefusesSnapshotsFirst),
            close::ends_every_operation,
            [open::comes_first],
            "snapshot_to"
        ),
        fault!(
            "the version counter is cached in the handle",
            volatile(|| CachesTheCounter(AtomicU64::new(0))),
            close::ends_every_operation,
            [],
            "version_counter"
        ),
        fault!(
            "a closed handle panics" from "https://github.com/dgraph-io/badger/issues/838",
            volatile(|| PanicsClosed),
            close::ends_every_operation,
            [robust::nothing_panics],
            "expected a closed error"
        ),
        fault!(
            "a closed handle is as one that is not open",
            volatile(|| NotOpenAgain),
            close::ends_every_operation,
            [],
            "expected a closed error"
        ),
        fault!(
            "closing a handle that was never opened does nothing",
            volatile(|| NothingToClose(AtomicBool::new(false))),
            close::ends_every_operation,
            [],
            "expected a closed error"
        ),
        fault!(
            "deleting what cannot be there is false on any handle",
            volatile(|| NoSuchId),
            close::ends_every_operation,
            [open::comes_first],
            "delete_by_id(0)"
        ),
        fault!(
            "a wrong identity is judged on a closed handle",
            volatile(|| JudgesAfterClose),
            close::ends_every_operation,
            [],
            "dimension 0"
        ),
        fault!(
            "closing again is a closed error",
            volatile(|| ClosedOnClose),
            close::is_idempotent,
            [],
            "close()"
        ),
        fault!(
            "closing a handle that was never opened is a not-open error",
            volatile(|| NotOpenOnClose),
            close::is_idempotent,
            [],
            "close()"
        ),
        fault!(
            "closing again panics" from "https://github.com/cockroachdb/pebble/pull/590",
            volatile(|| TakesTheConnection(AtomicBool::new(false))),
            close::is_idempotent,
            [robust::nothing_panics],
            "close()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

struct Revives;

impl Lie for Revives {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match store.open(identity) {
            Err(Error::Closed) => Ok(()),
            result => result,
        }
    }
}

/// Every error of the engine is damage.
struct FalseWhenClosed;

impl Lie for FalseWhenClosed {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        match store.integrity_check() {
            Err(Error::Closed) => Ok(false),
            result => result,
        }
    }
}

struct RefusesSnapshotsFirst;

impl Lie for RefusesSnapshotsFirst {
    fn snapshot_to(&self, _: &dyn Store, _: &Path) -> Result<()> {
        Err(Error::checkpoint("this store takes no snapshots"))
    }
}

struct CachesTheCounter(AtomicU64);

impl Lie for CachesTheCounter {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        match store.version_counter() {
            Ok(version) => self.0.store(version, Ordering::Relaxed),
            Err(Error::Closed) => {}
            Err(error) => return Err(error),
        }
        Ok(self.0.load(Ordering::Relaxed))
    }
}

struct PanicsClosed;

impl Lie for PanicsClosed {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        match store.count(namespace) {
            Err(Error::Closed) => panic!("called `Option::unwrap()` on a `None` value"),
            result => result,
        }
    }
}

/// An `Option` for the engine, and one error where it is none.
struct NotOpenAgain;

impl Lie for NotOpenAgain {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        match store.read_meta(key) {
            Err(Error::Closed) => Err(Error::NotOpen),
            result => result,
        }
    }
}

struct NothingToClose(AtomicBool);

impl Lie for NothingToClose {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        self.0.store(true, Ordering::Relaxed);
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { store.close() } else { Ok(()) }
    }
}

struct NoSuchId;

impl Lie for NoSuchId {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if id == 0 { Ok(false) } else { store.delete_by_id(id) }
    }
}

struct JudgesAfterClose;

impl Lie for JudgesAfterClose {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        mneme::limits::check_identity(identity)?;
        store.open(identity)
    }
}

struct ClosedOnClose;

impl Lie for ClosedOnClose {
    fn close(&self, store: &dyn Store) -> Result<()> {
        if let Err(Error::Closed) = store.count(None) {
            return Err(Error::Closed);
        }
        store.close()
    }
}

struct NotOpenOnClose;

impl Lie for NotOpenOnClose {
    fn close(&self, store: &dyn Store) -> Result<()> {
        if let Err(Error::NotOpen) = store.count(None) {
            store.close()?;
            return Err(Error::NotOpen);
        }
        store.close()
    }
}

struct TakesTheConnection(AtomicBool);

impl Lie for TakesTheConnection {
    fn close(&self, store: &dyn Store) -> Result<()> {
        assert!(!self.0.swap(true, Ordering::Relaxed), "called `Option::unwrap()` on a `None` value");
        store.close()
    }
}
