use super::{
    fault::Fault,
    faulty::Lie,
    walks::{Walking, over, taken},
};
use crate::fault;
use mneme::{Entries, Entry, Result, Store, StoredEntry};
use mneme_conformance::Walk;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "changes are filtered by id",
            volatile(|| Walking(by_id)),
            changed::yields_every_later_write,
            [],
            "versions that ascend"
        ),
        fault!(
            "changes are ordered by id",
            volatile(|| Walking(ordered_by_id)),
            changed::yields_every_later_write,
            [],
            "<- expected versions that ascend"
        ),
        fault!(
            "the version itself is included",
            volatile(|| Walking(inclusive)),
            changed::yields_every_later_write,
            [],
            "<- expected only versions greater than 1"
        ),
        fault!(
            "versions are compared as text",
            volatile(|| Walking(as_text)),
            changed::yields_every_later_write,
            [],
            "iter_changed("
        ),
        fault!(
            "the version wraps to a negative number",
            volatile(|| Walking(signed)),
            changed::yields_every_later_write,
            [],
            "iter_changed(9,223,372,036,854,775,808)"
        ),
        fault!(
            "the feed keeps the last hundred changes",
            volatile(|| Walking(short_feed)),
            changed::yields_every_later_write,
            [iterate::yields_every_entry_once, robust::size_changes_nothing],
            "among them"
        ),
        fault!(
            "a feed row of each write is joined with the entries",
            volatile(Feed::default),
            changed::yields_every_later_write,
            [insert::upsert_adds_no_entry],
            "once"
        ),
        fault!(
            "an upsert is in no feed",
            volatile(ForgetsUpserts::default),
            changed::yields_every_later_write,
            [],
            "among them"
        ),
        fault!(
            "an access puts the entry into the feed",
            volatile(|| Touches::on(Touch::Access)),
            changed::access_is_no_change,
            [changed::yields_every_later_write],
            "<- expected only versions greater than"
        ),
        fault!(
            "the feed of changes keeps each entry as it was written",
            volatile(KeepsTheWritten::default),
            changed::yields_every_later_write,
            [],
            "iter_changed"
        ),
        fault!(
            "a quota touches the entries of its namespace",
            volatile(|| Touches::on(Touch::Quota)),
            changed::access_is_no_change,
            [],
            "<- expected only versions greater than"
        ),
        fault!(
            "a meta key touches every entry",
            volatile(|| Touches::on(Touch::Meta)),
            changed::access_is_no_change,
            [],
            "<- expected only versions greater than"
        ),
        fault!(
            "an access writes the row again",
            volatile(|| WritesTheRowAgain),
            changed::access_is_no_change,
            [
                access::touches_nothing_else,
                version::stays_without_a_change,
                version::is_stamped_on_what_it_wrote
            ],
            "update_access"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn by_id(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Changed(version) = walk else { return walk.begin(store) };
    store.iter_since(version)
}

fn ordered_by_id(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let mut entries = taken(store, walk)?;
    entries.sort_by_key(|entry| entry.id);
    Ok(over(entries))
}

fn inclusive(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Changed(version) = walk else { return walk.begin(store) };
    store.iter_changed(version.saturating_sub(1))
}

fn as_text(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Changed(version) = walk else { return walk.begin(store) };
    let mut entries = taken(store, Walk::Changed(0))?;
    entries.retain(|entry| entry.version.to_string() > version.to_string());
    Ok(over(entries))
}

fn signed(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Changed(version) = walk else { return walk.begin(store) };
    store.iter_changed(if version.cast_signed() < 0 { 0 } else { version })
}

fn short_feed(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Changed(version) = walk else { return walk.begin(store) };
    store.iter_changed(version.max(store.version_counter()?.saturating_sub(100)))
}

/// The ids in a table beside the entries.
#[derive(Default)]
struct Ids(Mutex<Vec<u64>>);

impl Ids {
    fn get(&self) -> MutexGuard<'_, Vec<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One row for each write, which an upsert adds to.
#[derive(Default)]
struct Feed(Ids);

impl Lie for Feed {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        self.0.get().push(id);
        Ok(id)
    }

    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let written = self.0.get().clone();
        let rows = |entry: &StoredEntry| written.iter().filter(|id| **id == entry.id).count();
        let entries = taken(store, Walk::Changed(version))?;
        Ok(over(
            entries.into_iter().flat_map(|entry| std::iter::repeat_n(entry.clone(), rows(&entry))).collect(),
        ))
    }
}

/// The feed's row is written where the key is new, with that version.
#[derive(Default)]
struct ForgetsUpserts(Mutex<BTreeSet<u64>>);

impl Lie for ForgetsUpserts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let stored = store.get_by_hash(&entry.namespace, &entry.query_hash)?;
        let id = store.insert(entry)?;
        if stored.is_some() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        }
        Ok(id)
    }

    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let upserted = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let entries = store.iter_changed(version)?;
        Ok(Box::new(
            entries.filter(move |entry| entry.as_ref().is_ok_and(|entry| !upserted.contains(&entry.id))),
        ))
    }
}

#[derive(PartialEq)]
enum Touch {
    Access,
    Quota,
    Meta,
}

/// A trigger that notes entries as changed on more than their content.
struct Touches {
    on: Touch,
    touched: Ids,
}

impl Touches {
    fn on(on: Touch) -> Self {
        Self { on, touched: Ids::default() }
    }

    fn all(&self, store: &dyn Store, namespace: Option<&str>) -> Result<()> {
        self.touched.get().extend(store.iter_lru_ids(usize::MAX, namespace)?);
        Ok(())
    }
}

impl Lie for Touches {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        if self.on == Touch::Access {
            self.touched.get().push(id);
        }
        Ok(())
    }

    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        if self.on == Touch::Quota { self.all(store, Some(namespace)) } else { Ok(()) }
    }

    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        if self.on == Touch::Meta { self.all(store, None) } else { Ok(()) }
    }

    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let mut entries = taken(store, Walk::Changed(version))?;
        for id in self.touched.get().iter() {
            entries.retain(|entry| entry.id != *id);
            entries.extend(store.get_by_id(*id)?);
        }
        Ok(over(entries))
    }
}

/// One function saves a row, whatever has changed in it, and stamps it.
struct WritesTheRowAgain;

impl Lie for WritesTheRowAgain {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        if let Some(stored) = store.get_by_id(id)? {
            store.insert(stored.entry)?;
        }
        Ok(())
    }
}

/// A ring of what was written, which no access reaches.
#[derive(Default)]
struct KeepsTheWritten(Mutex<BTreeMap<u64, StoredEntry>>);

impl Lie for KeepsTheWritten {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend(store.get_by_id(id)?.map(|stored| (id, stored)));
        Ok(id)
    }

    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let mut entries = taken(store, Walk::Changed(version))?;
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in &mut entries {
            if let Some(kept) = written.get(&entry.id).filter(|kept| kept.version == entry.version) {
                *entry = kept.clone();
            }
        }
        Ok(over(entries))
    }
}
