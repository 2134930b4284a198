//! A copy that keeps its own handle's writers waiting and no others: only a second handle's writes show that it is torn.

use crate::database;
use faulty::{Faulty, Lie};
use mneme::{Entry, Restore as _, Result, SqliteStore, Store};
use mneme_conformance::{Claim, Settings, State, Subject, check_store, clause};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

#[path = "../../conformance/tests/zoo/faulty.rs"]
#[allow(dead_code, unreachable_pub, reason = "the zoo uses the rest")]
mod faulty;

/// The lock of one handle.
#[derive(Default)]
struct LocksItself(Mutex<()>);

impl LocksItself {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often the copy looks whether somebody has written.
const LOOKS: usize = 10_000;

impl Lie for LocksItself {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let _writing = self.lock();
        store.insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let _writing = self.lock();
        store.update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let _writing = self.lock();
        store.delete_by_id(id)
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        let _writing = self.lock();
        store.set_namespace_quota(namespace, quota)
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let _writing = self.lock();
        store.write_meta(key, value)
    }
    /// Copies meta and quotas a moment after the entries.
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        let _copying = self.lock();
        let before = store.version_counter()?;
        store.snapshot_to(path)?;
        for _ in 0..LOOKS {
            if store.version_counter()? >= before + 8 {
                break;
            }
            thread::yield_now();
        }
        let later = path.with_extension("later");
        store.snapshot_to(&later)?;
        let copied = rusqlite::Connection::open(path).and_then(|copy| {
            copy.execute("ATTACH ?1 AS later", [later.to_str()])?;
            copy.execute_batch(
                "BEGIN; DELETE FROM meta; INSERT INTO meta SELECT * FROM later.meta;
                DELETE FROM quota; INSERT INTO quota SELECT * FROM later.quota; COMMIT;",
            )
        });
        copied.map_err(|error| mneme::Error::checkpoint("the copy could not be made").because(error))
    }
}

fn state_with(claims: &[Claim]) -> State {
    let subject = Subject::claiming(claims.iter().copied(), |site| {
        Faulty::over(SqliteStore::new(database(site)), LocksItself::default())
    })
    .restored_by(|snapshot, site| SqliteStore::restore(snapshot, &database(site)));
    let settings = Settings::default().only([&clause::snapshot::is_a_point_in_time]).without_engines();
    let report = check_store(subject, &settings);
    report.status(&clause::snapshot::is_a_point_in_time).expect("it was checked").state()
}

#[test]
fn it_is_torn_where_another_handle_may_write() {
    assert_eq!(state_with(&[Claim::Durable, Claim::Shared]), State::Broken);
}

#[test]
fn it_is_whole_where_no_other_handle_writes() {
    // Where no write meets a copy, which its own lock sees to, that is said.
    assert!(matches!(state_with(&[Claim::Durable]), State::Held | State::NotChecked));
}
