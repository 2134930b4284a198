mod claimed;
mod killed;

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Error, Result, Store};
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = claimed::faults();
    faults.extend(unclaimed());
    faults.extend(killed::faults());
    faults
}

fn unclaimed() -> Vec<Fault> {
    vec![
        fault!(
            "an unsupported snapshot is ok",
            volatile(|| Snapshot(|_| Ok(()))),
            snapshot::unsupported_says_so,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "an unsupported snapshot panics",
            volatile(|| Snapshot(|_| unimplemented!("snapshots"))),
            snapshot::unsupported_says_so,
            [robust::nothing_panics],
            "expected a checkpoint error"
        ),
        fault!(
            "an unsupported snapshot is a backend error",
            volatile(|| Snapshot(|_| Err(Error::backend("take a snapshot", "not supported")))),
            snapshot::unsupported_says_so,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "the file is made before the refusal",
            volatile(|| Snapshot(|path| {
                let _ = fs::File::create(path);
                refused()
            })),
            snapshot::unsupported_says_so,
            [],
            "anything at \"snapshot\"?"
        ),
        fault!(
            "a temporary file stays",
            volatile(|| Snapshot(|path| {
                let _ = fs::write(path.with_extension("tmp"), b"");
                refused()
            })),
            snapshot::unsupported_says_so,
            [],
            "anything at \"snapshot.tmp\"?"
        ),
        fault!(
            "missing directories are made",
            volatile(|| Snapshot(|path| {
                let _ = path.parent().map(fs::create_dir_all);
                refused()
            })),
            snapshot::unsupported_says_so,
            [],
            "anything at \"missing\"?"
        ),
        fault!(
            "what is in the way is removed",
            volatile(|| Snapshot(|path| {
                let _ = fs::remove_file(path);
                refused()
            })),
            snapshot::unsupported_says_so,
            [],
            "is \"there\" altered?"
        ),
        fault!(
            "what is in the way is an argument",
            volatile(|| Snapshot(|path| if path.exists() {
                Err(Error::invalid_argument("path", "something is there"))
            } else {
                refused()
            })),
            snapshot::unsupported_says_so,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "a snapshot leaves the store locked",
            volatile(|| LocksForGood(AtomicBool::new(false))),
            snapshot::unsupported_says_so,
            [],
            "expected no error"
        ),
        fault!(
            "a snapshot clears the log first",
            volatile(|| ClearsFirst),
            snapshot::unsupported_says_so,
            [],
            "snapshot_to"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    let mut faults = claimed::faults();
    faults.extend(unclaimed());
    super::examine(&faults);
}

fn refused() -> Result<()> {
    Err(Error::checkpoint("this store takes no snapshots"))
}

/// What a snapshot does on an open handle.
struct Snapshot(fn(&Path) -> Result<()>);

impl Lie for Snapshot {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        store.count(None)?;
        (self.0)(path)
    }
}

/// The exclusive lock for the copy is never given back.
struct LocksForGood(AtomicBool);

impl Lie for LocksForGood {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        let refused = store.snapshot_to(path);
        self.0.store(store.count(None).is_ok(), Ordering::Relaxed);
        refused
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        if self.0.load(Ordering::Relaxed) {
            store.count(None)?;
            return Err(Error::backend("insert the entry", "database is locked"));
        }
        store.insert(entry)
    }
}

/// What is not in the copy needs not be in the log.
struct ClearsFirst;

impl Lie for ClearsFirst {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        store.clear_namespace("a")?;
        store.snapshot_to(path)
    }
}
