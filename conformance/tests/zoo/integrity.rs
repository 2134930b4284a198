mod damaged;

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entries, Error, Result, Store, StoredEntry};
use std::sync::Mutex;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = damaged::faults();
    faults.extend(undamaged());
    faults
}

fn undamaged() -> Vec<Fault> {
    vec![
        fault!(
            "a fresh store has nothing to check and is not sound",
            volatile(|| Sound(|entries| !entries.is_empty())),
            integrity::is_true_when_sound,
            [],
            "expected true"
        ),
        fault!(
            "a gap between ids is damage",
            volatile(|| Sound(|entries| entries.last().is_none_or(|last| last.id == entries.len() as u64))),
            integrity::is_true_when_sound,
            [],
            "delete_"
        ),
        fault!(
            "a vector without a length is damage",
            volatile(|| Sound(|entries| {
                entries.iter().all(|entry| entry.embedding.iter().map(|n| n * n).sum::<f32>() > 0.0)
            })),
            integrity::is_true_when_sound,
            [],
            "embedding [0.0, 0.0, 0.0, 0.0]"
        ),
        fault!(
            "an access before the making is damage",
            volatile(|| Sound(|entries| entries
                .iter()
                .all(|entry| entry.last_accessed_at >= entry.created_at))),
            integrity::is_true_when_sound,
            [],
            "insert(\"a\", \"h2\", created at 1000)"
        ),
        fault!(
            "a time to live from 0 on is damage",
            volatile(|| Sound(|entries| {
                entries.iter().all(|entry| entry.ttl.is_none() || entry.created_at > 0)
            })),
            integrity::is_true_when_sound,
            [],
            "insert(\"\", \"0\", ttl 9000)"
        ),
        fault!(
            "a check repairs what it takes for orphans",
            volatile(|| Repairs),
            integrity::is_true_when_sound,
            [lookup::reading_changes_nothing],
            "expected"
        ),
        fault!(
            "a check is not to be had while a walk is alive",
            volatile(Walks::default),
            integrity::is_true_when_sound,
            [],
            "expected true"
        ),
        fault!(
            "an engine without a check answers an error",
            volatile(|| Unsupported),
            integrity::is_an_answer,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "a check panics where JSON has no number",
            volatile(|| Panics),
            integrity::is_an_answer,
            [robust::nothing_panics],
            "a panic"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn stored(store: &dyn Store) -> Result<Vec<StoredEntry>> {
    store.iter_all()?.collect()
}

/// A check with a rule of its own.
struct Sound(fn(&[StoredEntry]) -> bool);

impl Lie for Sound {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        Ok(store.integrity_check()? && (self.0)(&stored(store)?))
    }
}

/// `fsck -y`: entries without an answer are taken for torn writes.
struct Repairs;

impl Lie for Repairs {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        for found in stored(store)?.iter().filter(|found| found.response.is_empty()) {
            store.delete_by_id(found.id)?;
        }
        store.integrity_check()
    }
}

/// A check that needs the store for itself.
#[derive(Default)]
struct Walks(Mutex<()>);

impl Lie for Walks {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let entries = store.iter_all()?;
        let guard = self.0.try_lock().ok();
        Ok(Box::new(entries.inspect(move |_| {
            let _ = &guard;
        })))
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let entries = store.iter_changed(version)?;
        let guard = self.0.try_lock().ok();
        Ok(Box::new(entries.inspect(move |_| {
            let _ = &guard;
        })))
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        Ok(store.integrity_check()? && self.0.try_lock().is_ok())
    }
}

struct Unsupported;

impl Lie for Unsupported {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        store.integrity_check()?;
        Err(Error::backend("check the integrity", "not supported by this engine"))
    }
}

/// Each vector is read back through its text.
struct Panics;

impl Lie for Panics {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        for found in stored(store)? {
            for number in &found.embedding {
                serde_json::Number::from_f64(f64::from(*number)).expect("a number");
            }
        }
        store.integrity_check()
    }
}
