//! Stores that are right up to a border: a page that is just full, the hundredth row, the thousandth write, a number or a
//! length past what a field has room for.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the thousandth write finds the journal full",
            volatile(FailsAt::<1_000>::default),
            robust::size_changes_nothing,
            [],
            "insert(",
            size 1_500
        ),
        fault!(
            "a page that is just full is left for the next time",
            volatile(|| Walks(|entries| if entries.len() == 1_000 { Vec::new() } else { entries })),
            iterate::yields_every_entry_once,
            [],
            "iter_"
        ),
        fault!(
            "behind a page that is just full the first entry comes again",
            volatile(|| Walks(|mut entries| {
                if entries.len() == 1_000 {
                    entries.push(entries[0].clone());
                }
                entries
            })),
            iterate::yields_every_entry_once,
            [],
            "iter_"
        ),
        fault!(
            "an order is read in pages, each behind the last time of the one before",
            volatile(|| PagesByTime),
            lru::ties_break_by_id,
            [robust::size_changes_nothing],
            "iter_lru_ids"
        ),
        fault!(
            "a delete sets one of 64 bits",
            volatile(Bits::default),
            delete::leaves_the_others,
            [],
            "expected id"
        ),
        fault!(
            "an id whose last byte is 0 is none",
            volatile(|| LastByte),
            robust::size_changes_nothing,
            [],
            "get_by_id"
        ),
        fault!(
            "a use past 32 bits is not counted",
            volatile(|| CountsTo(u64::from(u32::MAX))),
            fidelity::numbers,
            [],
            "accessed 4,294,967,295 times"
        ),
        fault!(
            "the greatest quota is none",
            volatile(|| GreatestIsNone),
            quota::is_remembered_per_namespace,
            [],
            "expected 2^53 - 1"
        ),
        fault!(
            "a ttl of more than 30 days is a time",
            volatile(|| Sweeps(|entry| match entry.ttl {
                Some(ttl) if ttl > 2_592_000 => Some(ttl),
                _ => entry.expires_at(),
            })),
            expiry::is_due_at_created_plus_ttl,
            [expiry::large_ttl_does_not_wrap],
            "delete_expired"
        ),
        fault!(
            "due times are rounded up to minutes",
            volatile(|| Sweeps(|entry| entry.expires_at().map(|due| due.div_ceil(60) * 60))),
            expiry::is_due_at_created_plus_ttl,
            [],
            "expected"
        ),
        fault!(
            "a cursor past the last id begins from the first",
            volatile(|| ResetsIds),
            since::any_id_is_a_cursor,
            [],
            "iter_since"
        ),
        fault!(
            "a version past the counter begins from the first change",
            volatile(|| ResetsVersions),
            changed::yields_every_later_write,
            [],
            "iter_changed"
        ),
        fault!(
            "a sweep at an earlier time than the last one underflows",
            volatile(SweepsOn::default),
            robust::nothing_panics,
            [],
            "delete_expired"
        ),
        fault!(
            "a namespace's name has 255 bytes in the list",
            volatile(|| Lists(|name| {
                let mut name = name;
                let end = (0..=255).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
                name.truncate(end);
                vec![name]
            })),
            key::any_text_is_a_key,
            [namespaces::are_sorted_and_distinct],
            "list_namespaces"
        ),
        fault!(
            "names are joined by commas and split again",
            volatile(|| Lists(|name| name.split(',').map(ToOwned::to_owned).collect())),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// The journal has so many lines, and one write fails until it is emptied.
#[derive(Default)]
struct FailsAt<const N: u64>(AtomicU64);

impl<const N: u64> Lie for FailsAt<N> {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if self.0.fetch_add(1, Ordering::Relaxed) + 1 == N {
            store.count(None)?;
            return Err(Error::backend("append to the journal", "it is full"));
        }
        store.insert(entry)
    }
}

/// Walks that end in another way.
struct Walks(fn(Vec<StoredEntry>) -> Vec<StoredEntry>);

impl Walks {
    fn of<'a>(&self, entries: Entries<'a>) -> Result<Entries<'a>> {
        let entries = entries.collect::<Result<Vec<_>>>()?;
        Ok(Box::new((self.0)(entries).into_iter().map(Ok)))
    }
}

impl Lie for Walks {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        self.of(store.iter_all()?)
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        self.of(store.iter_since(id)?)
    }
}

/// `WHERE last_accessed_at > ? ORDER BY last_accessed_at, id LIMIT 100`, again and again.
struct PagesByTime;

impl Lie for PagesByTime {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut rest = Vec::new();
        for id in store.iter_lru_ids(usize::MAX, namespace)? {
            rest.extend(store.get_by_id(id)?);
        }
        let mut ids = Vec::new();
        while !rest.is_empty() {
            let page: Vec<_> = rest.iter().take(100).cloned().collect();
            let last = page.last().map_or(0, |entry| entry.last_accessed_at);
            ids.extend(page.iter().map(|entry| entry.id));
            rest.retain(|entry| entry.last_accessed_at > last);
        }
        ids.truncate(limit);
        Ok(ids)
    }
}

/// `1 << (id % 64)` in a set of what is deleted.
#[derive(Default)]
struct Bits(Mutex<BTreeSet<u64>>);

impl Bits {
    fn shows(&self, id: u64) -> bool {
        !lock(&self.0).iter().any(|deleted| *deleted < id && (id - deleted).is_multiple_of(64))
    }
}

impl Lie for Bits {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let removed = store.delete_by_id(id)?;
        if removed {
            lock(&self.0).insert(id);
        }
        Ok(removed)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.filter(|entry| self.shows(entry.id)))
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.filter(|entry| self.shows(entry.id)))
    }
}

/// A key that ends at its first zero byte from the back.
struct LastByte;

impl Lie for LastByte {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.filter(|_| !id.is_multiple_of(256)))
    }
}

/// `u32::saturating_add`.
struct CountsTo(u64);

impl Lie for CountsTo {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let count = entry.access_count;
        store.insert(if count > limits::MAX_NUMBER { entry } else { entry.access_count(count.min(self.0)) })
    }
}

struct GreatestIsNone;

impl Lie for GreatestIsNone {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        Ok(store.get_namespace_quota(namespace)?.filter(|quota| *quota < limits::MAX_NUMBER))
    }
}

/// Another opinion of when an entry is due.
struct Sweeps(fn(&Entry) -> Option<u64>);

impl Lie for Sweeps {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        limits::check_number("now", now)?;
        let mut removed = 0;
        for entry in entries.iter().filter(|entry| namespace.is_none_or(|name| entry.namespace == name)) {
            if (self.0)(&entry.entry).is_some_and(|due| due <= now) {
                removed += u64::from(store.delete_by_id(entry.id)?);
            }
        }
        Ok(removed)
    }
}

/// `auto.offset.reset = earliest`.
struct ResetsIds;

impl Lie for ResetsIds {
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        let last = store.iter_all()?.last().transpose()?.map_or(0, |entry| entry.id);
        store.iter_since(if id > last { 0 } else { id })
    }
}

struct ResetsVersions;

impl Lie for ResetsVersions {
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let now = store.version_counter()?;
        store.iter_changed(if version > now { 0 } else { version })
    }
}

/// `now - self.last_sweep`, to see whether it is worth while.
#[derive(Default)]
struct SweepsOn(AtomicU64);

impl Lie for SweepsOn {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        let last = self.0.swap(now, Ordering::Relaxed);
        assert!(now.checked_sub(last).is_some(), "attempt to subtract with overflow");
        Ok(removed)
    }
}

/// Each name as a list shows it.
struct Lists(fn(String) -> Vec<String>);

impl Lie for Lists {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let names: BTreeSet<String> = store.list_namespaces()?.into_iter().flat_map(self.0).collect();
        Ok(names.into_iter().collect())
    }
}
