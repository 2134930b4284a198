//! Threads of several processes: what holds in one of them may not hold between two.

use crate::zoo::{
    in_children,
    logged::{Flaw, Logged},
};
use mneme::Result;
use mneme_conformance::{Claim, Site, State, StoreReport, Subject, check_store, clause};
use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// The name under which a child makes the store.
pub(in crate::zoo) const IN_ONE_PROCESS: &str = "a lock that holds in one process";

/// A log that the handles of one process lock against one another, and nobody else.
struct InOneProcess;

static LOCKED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static FREE: Condvar = Condvar::new();

impl Flaw for InOneProcess {
    fn lock(&self, _: &File, path: &Path) -> Result<()> {
        let mut locked = LOCKED.lock().unwrap_or_else(PoisonError::into_inner);
        while !locked.insert(path.to_owned()) {
            locked = FREE.wait(locked).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }
    fn unlock(&self, _: &File, path: &Path) -> Result<()> {
        LOCKED.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        FREE.notify_all();
        Ok(())
    }
}

pub(in crate::zoo) fn subject() -> Subject {
    Subject::claiming([Claim::Durable, Claim::Shared], |site: &Site| Logged::with(site, InOneProcess))
}

fn check(subject: Subject) -> StoreReport {
    let settings = super::thorough([&clause::concurrent::loses_nothing]);
    check_store(subject, &settings.with_race_budget(Duration::from_secs(10)))
}

#[test]
#[ignore = "it needs the cores for itself: `.ci/run races`"]
fn handles_of_two_processes_race_too_where_there_is_time() {
    let alone = check(subject());
    assert_eq!(alone.count(State::Broken) + alone.count(State::Blocked), 0, "{alone}");
    let beside = check(in_children(subject(), IN_ONE_PROCESS));
    assert!(beside.count(State::Broken) + beside.count(State::Blocked) > 0, "{beside}");
}
