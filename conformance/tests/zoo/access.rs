use super::{
    cached::{Caches, Write},
    fault::Fault,
    faulty::Lie,
};
use crate::fault;
use mneme::{Entry, Error, Result, Store, StoredEntry, limits::MAX_NUMBER};
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an access takes the later of two times",
            volatile(|| KeepsTheLaterTime),
            access::sets_the_time,
            [],
            "expected last accessed at 1250"
        ),
        fault!(
            "an access is skipped where a second has not passed",
            volatile(|| OncePerSecond),
            access::counts_each,
            [],
            "expected access count 2"
        ),
        fault!(
            "an access leaves the copy in a read cache",
            volatile(|| Caches::lookups_not_emptied_by(Write::UpdateAccess)),
            access::sets_the_time,
            [access::counts_each, lookup::both_ways_agree],
            "expected last accessed at 1250"
        ),
        fault!(
            "a count at its limit is a constraint error",
            volatile(|| FailsAtTheLimit),
            access::counts_each,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "an access writes the whole entry again",
            volatile(|| WritesTheEntryAgain),
            access::touches_nothing_else,
            [
                version::stays_without_a_change,
                version::is_stamped_on_what_it_wrote,
                changed::access_is_no_change
            ],
            "expected version 1"
        ),
        fault!(
            "an access of one entry is one of its hash in every namespace",
            volatile(|| AccessesTheHash),
            access::touches_nothing_else,
            [key::namespaces_are_separate],
            "expected last accessed at 0, access count 0"
        ),
        fault!(
            "an access reads and writes the entry as JSON",
            volatile(LosesNaNs::default),
            access::touches_nothing_else,
            [],
            "NaN"
        ),
        fault!(
            "an access of an unknown id makes a field under a missing key",
            volatile(|| MakesAnEntry),
            access::id_not_stored_is_ignored,
            [version::stays_without_a_change],
            "expected none"
        ),
        fault!(
            "an access that finds no row is an error",
            volatile(|| MissesTheRow),
            access::id_not_stored_is_ignored,
            [robust::fails_only_where_a_clause_says],
            "update_access(1, now 1000)"
        ),
        fault!(
            "an access clears the mark of deletion",
            volatile(Revives::default),
            access::id_not_stored_is_ignored,
            [],
            "expected none"
        ),
        fault!(
            "the id of an access has 32 bits",
            volatile(|| CutsTheId),
            access::id_not_stored_is_ignored,
            [],
            "expected last accessed at 0, access count 0"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// `SET last_accessed_at = MAX(last_accessed_at, ?)`.
struct KeepsTheLaterTime;

impl Lie for KeepsTheLaterTime {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let before = store.get_by_id(id)?.map_or(0, |entry| entry.last_accessed_at);
        store.update_access(id, if now > MAX_NUMBER { now } else { now.max(before) })
    }
}

/// Fewer writes, by leaving out those that do not move the time.
struct OncePerSecond;

impl Lie for OncePerSecond {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if store.get_by_id(id)?.is_some_and(|entry| entry.last_accessed_at == now && entry.access_count > 0) {
            return Ok(());
        }
        store.update_access(id, now)
    }
}

/// `CHECK (access_count < 9007199254740992)` over `access_count + 1`.
struct FailsAtTheLimit;

impl Lie for FailsAtTheLimit {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if store.get_by_id(id)?.is_some_and(|entry| entry.access_count == MAX_NUMBER) {
            return Err(Error::backend("update access", "CHECK constraint failed"));
        }
        store.update_access(id, now)
    }
}

/// One write function for everything, with its step of the counter.
struct WritesTheEntryAgain;

impl Lie for WritesTheEntryAgain {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        store.get_by_id(id)?.map_or(Ok(()), |found| store.insert(found.entry).map(drop))
    }
}

/// `UPDATE ... WHERE query_hash = ?`.
struct AccessesTheHash;

impl Lie for AccessesTheHash {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        let Some(found) = store.get_by_id(id)? else { return Ok(()) };
        for other in store.iter_all()? {
            let other = other?;
            if other.id != id && other.query_hash == found.query_hash {
                store.update_access(other.id, now)?;
            }
        }
        Ok(())
    }
}

/// JSON has no NaN: a vector that went through it has 0 there.
#[derive(Default)]
struct LosesNaNs(Mutex<HashSet<u64>>);

impl LosesNaNs {
    fn seen(&self, found: StoredEntry) -> StoredEntry {
        if !self.0.lock().expect("no panic").contains(&found.id) {
            return found;
        }
        let vector: Vec<f32> =
            found.embedding.iter().map(|number| if number.is_finite() { *number } else { 0.0 }).collect();
        StoredEntry::new(found.id, found.version, found.entry.embedding(vector))
    }
}

impl Lie for LosesNaNs {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.0.lock().expect("no panic").insert(id);
        store.update_access(id, now)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.map(|found| self.seen(found)))
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.map(|found| self.seen(found)))
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        self.0.lock().expect("no panic").remove(&id);
        Ok(id)
    }
}

/// `HSET entry:7 last_accessed_at ...`.
struct MakesAnEntry;

impl Lie for MakesAnEntry {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        if id == 0 || id > MAX_NUMBER || store.get_by_id(id)?.is_some() {
            return Ok(());
        }
        store.insert(Entry::new("", id.to_string()).embedding([0.0; 4]).last_accessed_at(now)).map(drop)
    }
}

/// The number of rows that an UPDATE changed, taken for its success.
struct MissesTheRow;

impl Lie for MissesTheRow {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        match store.get_by_id(id)? {
            Some(_) => Ok(()),
            None => Err(Error::backend("update access", "query returned no rows")),
        }
    }
}

/// Deleted rows stay with a mark until they are swept, and an access finds them.
#[derive(Default)]
struct Revives(Mutex<HashMap<u64, (StoredEntry, bool)>>);

impl Lie for Revives {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(found) = store.get_by_id(id)? {
            self.0.lock().expect("no panic").insert(id, (found, false));
        }
        store.delete_by_id(id)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if let Some((_, is_back)) = self.0.lock().expect("no panic").get_mut(&id) {
            *is_back = true;
        }
        store.update_access(id, now)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let swept = self.0.lock().expect("no panic");
        let revived = swept.get(&id).filter(|(_, is_back)| *is_back).map(|(found, _)| found.clone());
        Ok(store.get_by_id(id)?.or(revived))
    }
}

/// `id as u32`.
struct CutsTheId;

impl Lie for CutsTheId {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id & u64::from(u32::MAX), now)
    }
}
