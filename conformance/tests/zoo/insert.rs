use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Result, Store};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an upsert deletes the row and inserts another",
            volatile(|| ReplacesTheRow),
            insert::upsert_keeps_the_id,
            [insert::other_dimension_is_refused, insert::number_out_of_range_is_refused],
            "expected id 1"
        ),
        fault!(
            "ids start at 0",
            volatile(|| CountsFromZero),
            insert::ids_are_positive,
            [],
            "expected an id greater than 0"
        ),
        fault!(
            "an upsert answers how many inserts there were",
            volatile(|| AnswersTheRowCount(AtomicU64::new(0))),
            insert::upsert_keeps_the_id,
            [],
            "insert"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// `INSERT OR REPLACE`: the row of the key goes, and a new one comes.
struct ReplacesTheRow;

impl Lie for ReplacesTheRow {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(old) = store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            store.delete_by_id(old.id)?;
        }
        store.insert(entry)
    }
}

/// The index in a vector is the id.
struct CountsFromZero;

impl Lie for CountsFromZero {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Ok(store.insert(entry)? - 1)
    }
}

/// The driver's "last insert id", which an update does not set.
struct AnswersTheRowCount(AtomicU64);

impl Lie for AnswersTheRowCount {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry)?;
        Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
