//! Stores that do not wait to be asked: what is due by their own clock is hidden, or goes.

use super::{
    super::{fault::Fault, faulty::Lie},
    due, stored, sweep,
};
use crate::fault;
use mneme::{Entries, Entry, Result, Store, StoredEntry};
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a lookup hides what is due by its own clock",
            volatile(|| HidesInLookups),
            expiry::only_when_asked,
            [lookup::both_ways_agree],
            "expected id"
        ),
        fault!(
            "a walk leaves out what is due by its own clock",
            volatile(|| HidesInWalks),
            expiry::only_when_asked,
            [iterate::yields_every_entry_once],
            "expected id"
        ),
        fault!(
            "a count leaves out what is due by its own clock",
            volatile(|| HidesInCounts),
            expiry::only_when_asked,
            [count::follows_the_data],
            "expected 1"
        ),
        fault!(
            "an eviction order leaves out what is due by its own clock",
            volatile(|| HidesInOrders),
            expiry::only_when_asked,
            [lru::oldest_access_first],
            "expected [1]"
        ),
        fault!(
            "a list of namespaces leaves out those of which all is due by its own clock",
            volatile(|| HidesInLists),
            expiry::only_when_asked,
            [],
            "list_namespaces()"
        ),
        fault!(
            "an access evicts what is due by then",
            volatile(|| AccessEvicts),
            expiry::only_when_asked,
            [access::touches_nothing_else],
            "update_access"
        ),
        fault!(
            "an insert sweeps what is due by its time",
            volatile(|| InsertSweeps),
            expiry::only_when_asked,
            [fidelity::numbers],
            "expected id"
        ),
        fault!(
            "a lookup that meets what is due removes it",
            volatile(|| LookupRemoves),
            expiry::only_when_asked,
            [
                version::stays_without_a_change,
                key::namespaces_are_separate,
                key::empty_namespace_is_a_namespace,
                lookup::reading_changes_nothing
            ],
            "expected id"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::super::examine(&faults());
}

/// Whether an entry is due by the clock of this machine.
fn is_due_today(entry: &Entry) -> bool {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    due(entry).is_some_and(|due| due <= today)
}

/// `AND expires_at > unixepoch()`.
struct HidesInLookups;

impl Lie for HidesInLookups {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.filter(|found| !is_due_today(&found.entry)))
    }
}

struct HidesInWalks;

impl Lie for HidesInWalks {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let is_shown =
            |found: &Result<StoredEntry>| found.as_ref().map_or(true, |found| !is_due_today(&found.entry));
        Ok(Box::new(store.iter_all()?.filter(is_shown)))
    }
}

struct HidesInCounts;

impl Lie for HidesInCounts {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let mut found = stored(store)?;
        found.retain(|found| {
            namespace.is_none_or(|scope| found.namespace == scope) && !is_due_today(&found.entry)
        });
        Ok(found.len() as u64)
    }
}

struct HidesInOrders;

impl Lie for HidesInOrders {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        for found in stored(store)?.iter().filter(|found| is_due_today(&found.entry)) {
            ids.retain(|id| *id != found.id);
        }
        ids.truncate(limit);
        Ok(ids)
    }
}

struct HidesInLists;

impl Lie for HidesInLists {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        let entries = stored(store)?;
        let is_live =
            |entry: &StoredEntry, name: &str| entry.namespace == name && !is_due_today(&entry.entry);
        names.retain(|name| entries.iter().any(|entry| is_live(entry, name)));
        Ok(names)
    }
}

/// The time of an access is the first time that the store learns of.
struct AccessEvicts;

impl Lie for AccessEvicts {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        if store.get_by_id(id)?.and_then(|found| found.expires_at()).is_some_and(|due| due <= now) {
            store.delete_by_id(id)?;
        }
        Ok(())
    }
}

/// A sweep on the way of each insert, by the times that it brings.
struct InsertSweeps;

impl Lie for InsertSweeps {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let (now, namespace) = (entry.last_accessed_at, entry.namespace.clone());
        let id = store.insert(entry)?;
        sweep(store, Some(&namespace), |other| {
            other.last_accessed_at != now && other.expires_at().is_some_and(|due| due <= now)
        })?;
        Ok(id)
    }
}

/// Lazy expiry: what is found dead is answered once more, and buried.
struct LookupRemoves;

impl Lie for LookupRemoves {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        if found.as_ref().is_some_and(|found| is_due_today(&found.entry)) {
            store.delete_by_id(id)?;
        }
        Ok(found)
    }
}
