#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::too_many_lines,
    reason = "the table is as long as the mistakes are many, and some of them are in the casts"
)]

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entries, Entry, Error, Result, Store, StoredEntry};
use std::{collections::HashMap, sync::Mutex};

/// None for `lookup::entries_are_values`: what a store gives away it can change only with `unsafe`, which this
/// workspace forbids.
pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a miss is an error",
            volatile(|| MissFails(|_, _, _| Ok(true))),
            lookup::hash_not_stored_is_none,
            [robust::fails_only_where_a_clause_says],
            "get_by_hash(\"a\", \"h\")"
        ),
        fault!(
            "a namespace that is not stored is an error",
            volatile(|| MissFails(|store, namespace, _| Ok(store.count(Some(namespace))? == 0))),
            lookup::hash_not_stored_is_none,
            [robust::fails_only_where_a_clause_says],
            "get_by_hash(\"a\", \"h\")"
        ),
        fault!(
            "a cache of lookups that clear_namespace does not empty",
            volatile(|| Remembers::hits(&["clear"])),
            clear::removes_that_namespace_only,
            [],
            "get_by_hash("
        ),
        fault!(
            "the nearest key is taken where there is none",
            volatile(|| TakesTheNearest),
            lookup::hash_not_stored_is_none,
            [],
            "get_by_hash(\"a\", \"\")"
        ),
        fault!(
            "an id past i64 is an error",
            volatile(|| ById(|store, id| match i64::try_from(id) {
                Ok(_) => store.get_by_id(id),
                Err(error) => Err(Error::backend("convert the id", error)),
            })),
            lookup::id_not_stored_is_none,
            [open::comes_first, close::ends_every_operation, robust::fails_only_where_a_clause_says],
            "get_by_id(18446744073709551615)"
        ),
        fault!(
            "ids in 32 bits",
            volatile(|| ById(|store, id| {
                let narrow = u64::from(id as u32);
                Ok(store.get_by_id(narrow)?.map(|found| StoredEntry { id, ..found }))
            })),
            lookup::id_not_stored_is_none,
            [],
            "get_by_id(9007199254740993)"
        ),
        fault!(
            "the absolute value of an id",
            volatile(|| ById(|store, id| store.get_by_id((id as i64).unsigned_abs()))),
            lookup::id_not_stored_is_none,
            [],
            "get_by_id(18446744073709551615)"
        ),
        fault!(
            "a slot before the first",
            volatile(|| ById(|store, id| {
                store.version_counter()?;
                if id == 0 {
                    Err(Error::backend("read the slot", "index out of bounds"))
                } else {
                    store.get_by_id(id)
                }
            })),
            lookup::id_not_stored_is_none,
            [robust::fails_only_where_a_clause_says],
            "get_by_id(0)"
        ),
        fault!(
            "an id that is not stored is the next one that is",
            volatile(|| ById(|store, id| {
                let next = store.iter_since(id.saturating_sub(1))?.next().transpose()?;
                Ok(next)
            })),
            lookup::id_not_stored_is_none,
            [],
            "get_by_id(0)"
        ),
        fault!(
            "update_access writes the copy under the id alone",
            volatile(|| Copies::new(Stale::Hash, &["access"])),
            lookup::both_ways_agree,
            [access::sets_the_time, access::counts_each],
            "get_by_hash(\"a\", \"h\")"
        ),
        fault!(
            "update_access writes the copy under the key alone",
            volatile(|| Copies::new(Stale::Id, &["access"])),
            lookup::both_ways_agree,
            [access::sets_the_time, access::counts_each],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert leaves the copy under the id",
            volatile(|| Copies::new(Stale::Id, &["upsert"])),
            lookup::both_ways_agree,
            [insert::upsert_replaces_every_field, version::is_stamped_on_what_it_wrote],
            "expected version 2 or more"
        ),
        fault!(
            "a lookup by hash reads no metadata",
            volatile(|| ReadsLess),
            lookup::both_ways_agree,
            [fidelity::metadata],
            "get_by_hash(\"a\", \"h\")"
        ),
        fault!(
            "get_by_hash counts as an access",
            volatile(|| Counts::ByHash),
            lookup::reading_changes_nothing,
            [],
            "get_by_hash(\"a\", \"h1\")"
        ),
        fault!(
            "get_by_hash counts, and answers what it was before",
            volatile(|| Counts::ByHashAfter),
            lookup::reading_changes_nothing,
            [access::counts_each],
            "get_by_hash(\"a\", \"h1\")"
        ),
        fault!(
            "get_by_id counts as an access",
            volatile(|| Counts::ById),
            lookup::reading_changes_nothing,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "iteration counts as access",
            volatile(|| Counts::Iteration),
            lookup::reading_changes_nothing,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "get_by_hash promotes in the LRU order",
            volatile(Promotes::default),
            lookup::reading_changes_nothing,
            [lru::oldest_access_first],
            "expected [1, 2]"
        ),
        fault!(
            "get_by_hash removes what is past its ttl",
            volatile(|| RemovesTheDue),
            lookup::reading_changes_nothing,
            [expiry::only_when_asked],
            "get_by_hash(\"a\", \"h1\")"
        ),
        fault!(
            "counting a namespace makes it",
            volatile(MakesNamespaces::default),
            lookup::reading_changes_nothing,
            [
                namespaces::come_from_entries_alone,
                access::id_not_stored_is_ignored,
                delete::removes_from_every_view
            ],
            "expected []"
        ),
        fault!(
            "each read is a step of the version counter",
            volatile(StepsOnRead::default),
            lookup::reading_changes_nothing,
            [version::stays_without_a_change],
            "expected 1"
        ),
        fault!(
            "the integrity check mends the use of entries",
            volatile(|| ChecksAndResets),
            lookup::reading_changes_nothing,
            [integrity::is_true_when_sound],
            "get_by_id(1)"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A miss is an error where this says so.
struct MissFails(fn(&dyn Store, &str, &str) -> Result<bool>);

impl Lie for MissFails {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        if found.is_none() && self.0(store, namespace, hash)? {
            return Err(Error::backend("read the row", "query returned no rows"));
        }
        Ok(found)
    }
}

/// A cache of lookups by hash, and the writes that do not empty it.
#[derive(Default)]
struct Remembers {
    cache: Mutex<HashMap<(String, String), Option<StoredEntry>>>,
    forgets: &'static [&'static str],
}

impl Remembers {
    fn hits(forgets: &'static [&'static str]) -> Self {
        Self { forgets, ..Self::default() }
    }
    fn after(&self, write: &str) {
        if !self.forgets.contains(&write) {
            lock(&self.cache).clear();
        }
    }
}

impl Lie for Remembers {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let key = (namespace.to_owned(), hash.to_owned());
        if let Some(found) = lock(&self.cache).get(&key) {
            return Ok(found.clone());
        }
        let found = store.get_by_hash(namespace, hash)?;
        if found.is_some() {
            lock(&self.cache).insert(key, found.clone());
        }
        Ok(found)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.after("insert");
        store.insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.after("access");
        store.update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.after("delete");
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.after("expiry");
        store.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.after("clear");
        store.clear_namespace(namespace)
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        lock(&self.cache).clear();
        store.close()
    }
}

/// A cursor that is set to a key, and not compared with it.
struct TakesTheNearest;

impl Lie for TakesTheNearest {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        entries.sort_by(|a, b| (&a.namespace, &a.query_hash).cmp(&(&b.namespace, &b.query_hash)));
        Ok(entries.into_iter().find(|entry| (&*entry.namespace, &*entry.query_hash) >= (namespace, hash)))
    }
}

struct ById(fn(&dyn Store, u64) -> Result<Option<StoredEntry>>);

impl Lie for ById {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        self.0(store, id)
    }
}

/// Which of two copies a write leaves as it was.
#[derive(Clone, Copy, PartialEq)]
enum Stale {
    Id,
    Hash,
}

/// A copy of each entry per way of looking it up, of which some writes write one.
struct Copies {
    old: Mutex<HashMap<u64, StoredEntry>>,
    stale: Stale,
    by: &'static [&'static str],
}

impl Copies {
    fn new(stale: Stale, by: &'static [&'static str]) -> Self {
        Self { old: Mutex::default(), stale, by }
    }
    fn note(&self, store: &dyn Store, id: u64, write: &str) -> Result<()> {
        let mut old = lock(&self.old);
        if !self.by.contains(&write) {
            old.remove(&id);
        } else if let Some(entry) = store.get_by_id(id)? {
            old.entry(id).or_insert(entry);
        }
        Ok(())
    }
    fn shown(&self, found: Option<StoredEntry>, way: Stale) -> Option<StoredEntry> {
        found.map(|found| match lock(&self.old).get(&found.id) {
            Some(old) if self.stale == way => old.clone(),
            _ => found,
        })
    }
}

impl Lie for Copies {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(self.shown(store.get_by_id(id)?, Stale::Id))
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(self.shown(store.get_by_hash(namespace, hash)?, Stale::Hash))
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.note(store, id, "access")?;
        store.update_access(id, now)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(old) = store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            self.note(store, old.id, "upsert")?;
        }
        store.insert(entry)
    }
}

/// A `SELECT` that leaves out a column.
struct ReadsLess;

impl Lie for ReadsLess {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        Ok(found.map(|found| StoredEntry { entry: found.entry.metadata(mneme::Metadata::new()), ..found }))
    }
}

/// A read that counts as an access.
#[derive(PartialEq)]
enum Counts {
    ByHash,
    ByHashAfter,
    ById,
    Iteration,
}

fn used(store: &dyn Store, found: Option<StoredEntry>) -> Result<()> {
    found.map_or(Ok(()), |found| store.update_access(found.id, found.last_accessed_at))
}

impl Lie for Counts {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let before = store.get_by_hash(namespace, hash)?;
        match self {
            Self::ByHash => used(store, before)?,
            Self::ByHashAfter => {
                used(store, before.clone())?;
                return Ok(before);
            }
            _ => return Ok(before),
        }
        store.get_by_hash(namespace, hash)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        if *self == Self::ById {
            used(store, store.get_by_id(id)?)?;
        }
        store.get_by_id(id)
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        if *self == Self::Iteration {
            entries.iter().try_for_each(|entry| used(store, Some(entry.clone())))?;
        }
        Ok(Box::new(entries.into_iter().map(Ok)))
    }
}

/// An LRU map whose `get` moves what it finds to the end.
#[derive(Default)]
struct Promotes(Mutex<Vec<u64>>);

impl Lie for Promotes {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        if let Some(found) = &found {
            let mut promoted = lock(&self.0);
            promoted.retain(|id| *id != found.id);
            promoted.push(found.id);
        }
        Ok(found)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.0).retain(|other| *other != id);
        Ok(id)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        lock(&self.0).retain(|other| *other != id);
        store.update_access(id, now)
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        let promoted = lock(&self.0);
        ids.sort_by_key(|id| promoted.iter().position(|other| other == id).map_or(0, |at| at + 1));
        ids.truncate(limit);
        Ok(ids)
    }
}

/// Expiry on read, with the last access as the clock.
struct RemovesTheDue;

impl Lie for RemovesTheDue {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let due = |found: &StoredEntry| found.expires_at().is_some_and(|due| due < found.last_accessed_at);
        match found {
            Some(found) if due(&found) => store.delete_by_id(found.id).map(|_| None),
            found => Ok(found),
        }
    }
}

/// `namespaces.entry(name).or_default()` in a read.
#[derive(Default)]
struct MakesNamespaces(Mutex<Vec<String>>);

impl Lie for MakesNamespaces {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        lock(&self.0).extend(namespace.map(str::to_owned));
        Ok(count)
    }
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        names.extend(lock(&self.0).iter().cloned());
        names.sort();
        names.dedup();
        Ok(names)
    }
}

#[derive(Default)]
struct StepsOnRead(Mutex<u64>);

impl Lie for StepsOnRead {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        *lock(&self.0) += u64::from(found.is_some());
        Ok(found)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + *lock(&self.0))
    }
}

struct ChecksAndResets;

impl Lie for ChecksAndResets {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        for found in store.iter_all()?.collect::<Result<Vec<_>>>()? {
            if found.access_count > 0 {
                store.update_access(found.id, found.created_at)?;
            }
        }
        store.integrity_check()
    }
}
