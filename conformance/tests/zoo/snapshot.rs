mod claimed;
mod killed;

use super::{
    fault::Fault,
    faulty::{Faulty, Lie, lock},
    filed::{Filed, file, restore},
};
use crate::fault;
use mneme::{Entry, Error, Result, Store};
use mneme_conformance::{Claim, Settings, State, Subject, check_store, clause};
use std::{
    fs,
    path::Path,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
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
            "the path of a snapshot is taken for text",
            volatile(|| Snapshot(|path| {
                path.to_str().expect("a path is text");
                refused()
            })),
            snapshot::unsupported_says_so,
            [],
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
            "where a directory is, an unsupported snapshot is a backend error",
            volatile(|| Snapshot(|path| {
                let written = || Err(Error::backend("write the snapshot", "is a directory"));
                if path.is_dir() { written() } else { refused() }
            })),
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
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
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

/// While a snapshot is taken, one insert of somebody else is acknowledged and not stored.
#[derive(Default)]
struct LosesOneMeanwhile {
    /// Whether others have written since the last snapshot.
    is_busy: AtomicBool,
    loses: Mutex<bool>,
    lost: Condvar,
}

/// For so long an insert of somebody else is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

impl Lie for LosesOneMeanwhile {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.is_busy.fetch_or(entry.response.starts_with("write "), Ordering::SeqCst);
        let id = store.insert(entry)?;
        if std::mem::take(&mut *lock(&self.loses)) {
            store.delete_by_id(id)?;
            self.lost.notify_all();
        }
        Ok(id)
    }
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        let mut loses = lock(&self.loses);
        *loses = self.is_busy.swap(false, Ordering::SeqCst);
        let waited = self.lost.wait_timeout_while(loses, PATIENCE, |loses| *loses);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
        store.snapshot_to(path)
    }
}

/// One slip of an export each; what shows it is that the texts and documents of other clauses are restored too.
#[test]
fn what_an_export_makes_of_texts_and_documents_is_found_where_it_is_restored() {
    super::keep_files_in_memory();
    let checked = &clause::snapshot::restores_everything;
    let settings = Settings::default().only([checked]).without_engines();
    for (says, subject) in claimed::exports::damaged() {
        let report = check_store(subject, &settings);
        let status = report.status(checked).expect("it is in the report");
        assert_eq!(status.state(), State::Broken, "{says}: {report}");
        let text = report.to_string();
        assert!(text.contains(says), "{says}: {text}");
    }
}

#[test]
fn of_writes_in_no_known_order_it_is_not_known_what_a_snapshot_is_to_hold() {
    super::keep_files_in_memory();
    let subject = Subject::claiming([Claim::Durable], |site| {
        Faulty::over(Filed::with(file(site), super::filed::Habits::HEALTHY), LosesOneMeanwhile::default())
    })
    .restored_by(|snapshot, site| restore(snapshot, &file(site)));
    let clause = &clause::snapshot::is_a_point_in_time;
    // On a busy machine a second may be too short for one snapshot beside a whole write of each writer.
    let settings =
        Settings::default().only([clause]).without_engines().with_race_budget(Duration::from_secs(3));
    let report = check_store(subject, &settings);
    let status = report.status(clause).expect("it is in the report");
    assert_eq!(status.state(), State::NotChecked, "{report}");
    let reason = status.reason().expect("a reason");
    assert!(reason.contains("it is not known in which order the writes took effect"), "{reason}");
}
