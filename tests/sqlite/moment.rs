//! Copies in two parts: one that keeps its own handle's writers waiting and no others, so that only a second handle's writes show
//! that it is torn, and one that knows of one writer, so that only two at once do.

use crate::database;
use faulty::{Faulty, Lie};
use mneme::{Entry, Restore as _, Result, SqliteStore, Store};
use mneme_conformance::{Claim, Profile, Settings, State, Subject, check_store, clause};
use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

#[path = "../../conformance/tests/zoo/faulty.rs"]
#[allow(dead_code, unreachable_pub, reason = "the zoo uses the rest")]
mod faulty;

/// How often somebody looks at the most whether the others have come as far.
const LOOKS: usize = 10_000;

/// How a store keeps its writers from its copy.
trait Keeps: Default + Send + Sync + 'static {
    fn write<T>(&self, write: impl FnOnce() -> T) -> T;
    fn copy<T>(&self, copy: impl FnOnce() -> T) -> T;
    /// Called between the two parts of a copy.
    fn half_copied(&self) {}
}

/// The lock of one handle: another handle's writers do not know of it.
#[derive(Default)]
struct LocksItself(Mutex<()>);

impl Keeps for LocksItself {
    fn write<T>(&self, write: impl FnOnce() -> T) -> T {
        let _writing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write()
    }
    fn copy<T>(&self, copy: impl FnOnce() -> T) -> T {
        let _copying = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copy()
    }
}

/// Who writes says so, and so does who copies, and the copy waits until nobody writes. Of two writers the first to end says
/// that nobody does.
#[derive(Default)]
struct KnowsOneWriter {
    writing: AtomicBool,
    copying: AtomicBool,
    half: AtomicBool,
}

impl Keeps for KnowsOneWriter {
    fn write<T>(&self, write: impl FnOnce() -> T) -> T {
        let is_alone = loop {
            let is_alone = !self.writing.swap(true, Ordering::SeqCst);
            if !self.copying.load(Ordering::SeqCst) {
                break is_alone;
            }
            self.writing.store(false, Ordering::SeqCst);
            while self.copying.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        };
        // Some writes take a while, and longer where somebody copies.
        for turn in 0..LOOKS {
            let is_made = turn >= MAKING && !self.copying.load(Ordering::SeqCst);
            if !is_alone || is_made || self.half.load(Ordering::SeqCst) {
                break;
            }
            thread::yield_now();
        }
        let written = write();
        self.writing.store(false, Ordering::SeqCst);
        written
    }
    fn copy<T>(&self, copy: impl FnOnce() -> T) -> T {
        self.copying.store(true, Ordering::SeqCst);
        while self.writing.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        let copied = copy();
        self.half.store(false, Ordering::SeqCst);
        self.copying.store(false, Ordering::SeqCst);
        copied
    }
    fn half_copied(&self) {
        self.half.store(true, Ordering::SeqCst);
    }
}

/// How often a writer looks away before it writes, at the least.
const MAKING: usize = 100;

/// Copies in two parts, and keeps writers from what falls between them as well as it can.
#[derive(Default)]
struct InTwoParts<K>(K);

impl<K: Keeps> Lie for InTwoParts<K> {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.0.write(|| store.insert(entry))
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.0.write(|| store.update_access(id, now))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.0.write(|| store.delete_by_id(id))
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        self.0.write(|| store.set_namespace_quota(namespace, quota))
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        self.0.write(|| store.write_meta(key, value))
    }
    /// Copies the counters, meta and quotas a moment after the entries.
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        self.0.copy(|| {
            store.snapshot_to(path)?;
            let before = store.version_counter()?;
            self.0.half_copied();
            for _ in 0..LOOKS {
                if store.version_counter()? > before {
                    break;
                }
                thread::yield_now();
            }
            let later = path.with_extension("later");
            store.snapshot_to(&later)?;
            let copied = rusqlite::Connection::open(path).and_then(|copy| {
                copy.execute("ATTACH ?1 AS later", [later.to_str()])?;
                copy.execute_batch(
                    "BEGIN; DELETE FROM counters; INSERT INTO counters SELECT * FROM later.counters;
                    DELETE FROM meta; INSERT INTO meta SELECT * FROM later.meta;
                    DELETE FROM quota; INSERT INTO quota SELECT * FROM later.quota; COMMIT;",
                )
            });
            copied.map_err(|error| mneme::Error::checkpoint("the copy could not be made").because(error))
        })
    }
}

/// As many seconds as a busy machine may need until writes meet a copy in each of the ways.
fn patient() -> Settings {
    let settings = Settings::default().with_profile(Profile::Thorough);
    settings.with_race_budget(Duration::from_secs(60))
}

fn state_with<K: Keeps>(claims: &[Claim], settings: Settings) -> State {
    let subject = Subject::claiming(claims.iter().copied(), |site| {
        Faulty::over(SqliteStore::new(database(site)), InTwoParts::<K>::default())
    })
    .restored_by(|snapshot, site| SqliteStore::restore(snapshot, &database(site)));
    // Whoever copies looks thousands of times, between each two of which others have the processor.
    let settings = settings.with_deadline(Duration::from_secs(60)).without_engines();
    let settings = settings.only([&clause::snapshot::is_a_point_in_time]);
    let report = check_store(subject, &settings);
    report.status(&clause::snapshot::is_a_point_in_time).expect("it was checked").state()
}

#[test]
fn it_is_torn_where_another_handle_may_write() {
    assert_eq!(state_with::<LocksItself>(&[Claim::Durable, Claim::Shared], patient()), State::Broken);
}

#[test]
fn it_is_whole_where_no_other_handle_writes() {
    // Where no write meets a copy, which its own lock sees to, that is said.
    let state = state_with::<LocksItself>(&[Claim::Durable], Settings::default());
    assert!(matches!(state, State::Held | State::NotChecked));
}

#[test]
fn it_is_torn_where_two_threads_may_write() {
    assert_eq!(state_with::<KnowsOneWriter>(&[Claim::Durable], patient()), State::Broken);
}
