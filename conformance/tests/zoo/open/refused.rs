//! What an open that is refused leaves behind.

use super::{
    super::{fault::Fault, faulty::Lie},
    is_mismatch, lock,
};
use crate::fault;
use mneme::{Entries, Error, Identity, Result, Store, StoredEntry, limits};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "open writes the stamps and then compares",
            volatile(StampsFirst::default),
            open::refusal_changes_nothing,
            [],
            "open"
        ),
        fault!(
            "a mismatch rebuilds the table" from "https://github.com/tobi/qmd/pull/501",
            volatile(|| RebuildsTheTable),
            open::refusal_changes_nothing,
            [version::stays_without_a_change],
            "expected"
        ),
        fault!(
            "a refused open shows its fingerprint as the stamp",
            volatile(|| ShowsTheRefused(Mutex::new(None))),
            open::refusal_changes_nothing,
            [open::dimension_out_of_range_is_refused],
            "expected \"conformance:v1\""
        ),
        fault!(
            "a refused first open is remembered",
            volatile(|| RemembersTheRefused(Mutex::new(None))),
            open::refusal_changes_nothing,
            [open::dimension_out_of_range_is_refused],
            "expected no error"
        ),
        fault!(
            "a refused open is a change",
            volatile(|| RefusalIsAChange(AtomicU64::new(0))),
            open::refusal_changes_nothing,
            [version::stays_without_a_change],
            "version_counter"
        ),
        fault!(
            "the open flag is set before the identity is checked",
            volatile(|| OpenFlagFirst(AtomicBool::new(false))),
            open::refused_handle_stays_unopened,
            [],
            "count"
        ),
        fault!(
            "a refused handle keeps its connection",
            durable(|| KeepsTheConnection),
            open::refused_handle_stays_unopened,
            [],
            "expected a not open error"
        ),
        fault!(
            "a refused open drops the connection",
            volatile(|| DropsTheConnection(AtomicBool::new(false))),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "get_by_id"
        ),
        fault!(
            "a refused open closes the handle",
            volatile(|| ClosesOnRefusal),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "the store is closed"
        ),
        fault!(
            "a refused open ends the iterators",
            volatile(|| EndsIterators(AtomicU64::new(0))),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "next() of walk"
        ),
    ]
}

#[derive(Default)]
struct StampsFirst(Mutex<Option<Identity>>);

impl Lie for StampsFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if result.is_ok() || is_mismatch(&result) {
            let before = lock(&self.0).replace(identity.clone());
            return match before {
                Some(before) if before.fingerprint != identity.fingerprint => {
                    let (stored, supplied) = (before.fingerprint, identity.fingerprint.clone());
                    Err(Error::FingerprintMismatch { stored, supplied })
                }
                Some(before) if before.dimension != identity.dimension => {
                    Err(Error::DimensionMismatch { stored: before.dimension, supplied: identity.dimension })
                }
                _ => Ok(()),
            };
        }
        result
    }
}

struct RebuildsTheTable;

impl Lie for RebuildsTheTable {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if let Err(Error::DimensionMismatch { .. }) = result {
            store.list_namespaces()?.iter().try_for_each(|name| store.clear_namespace(name).map(drop))?;
        }
        result
    }
}

struct ShowsTheRefused(Mutex<Option<String>>);

impl Lie for ShowsTheRefused {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        *lock(&self.0) = Some(identity.fingerprint.clone());
        store.open(identity)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(if key == "embedder_fingerprint" { lock(&self.0).clone().or(value) } else { value })
    }
}

struct RemembersTheRefused(Mutex<Option<String>>);

impl Lie for RemembersTheRefused {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if let Err(Error::Closed) = store.count(None) {
            return Err(Error::Closed);
        }
        let stored = lock(&self.0).get_or_insert_with(|| identity.fingerprint.clone()).clone();
        limits::check_identity(identity)?;
        if stored != identity.fingerprint {
            return Err(Error::FingerprintMismatch { stored, supplied: identity.fingerprint.clone() });
        }
        store.open(identity)
    }
}

struct RefusalIsAChange(AtomicU64);

impl Lie for RefusalIsAChange {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.fetch_add(u64::from(is_mismatch(&result)), Ordering::Relaxed);
        result
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

struct OpenFlagFirst(AtomicBool);

impl Lie for OpenFlagFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        self.0.store(true, Ordering::Relaxed);
        store.open(identity)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        match store.count(namespace) {
            Err(Error::NotOpen) if self.0.load(Ordering::Relaxed) => Ok(0),
            result => result,
        }
    }
}

/// The connection is there before the stamps are compared, and nothing takes it back.
struct KeepsTheConnection;

impl Lie for KeepsTheConnection {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        match &result {
            Err(Error::FingerprintMismatch { stored, .. }) => {
                let _ = store.open(&Identity::new(stored.clone(), identity.dimension));
            }
            Err(Error::DimensionMismatch { stored, .. }) => {
                let _ = store.open(&Identity::new(identity.fingerprint.clone(), *stored));
            }
            _ => {}
        }
        result
    }
}

struct DropsTheConnection(AtomicBool);

impl Lie for DropsTheConnection {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.store(is_mismatch(&result), Ordering::Relaxed);
        result
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        if self.0.load(Ordering::Relaxed) { Err(Error::NotOpen) } else { store.get_by_id(id) }
    }
}

struct ClosesOnRefusal;

impl Lie for ClosesOnRefusal {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if is_mismatch(&result) {
            store.close()?;
        }
        result
    }
}

struct EndsIterators(AtomicU64);

impl Lie for EndsIterators {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.fetch_add(u64::from(is_mismatch(&result)), Ordering::Relaxed);
        result
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let before = self.0.load(Ordering::Relaxed);
        Ok(Box::new(store.iter_all()?.map(move |entry| {
            if self.0.load(Ordering::Relaxed) == before {
                return entry;
            }
            Err(Error::backend("read the next page", "the statement was finalized"))
        })))
    }
}
