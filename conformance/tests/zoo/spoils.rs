//! What changes no entry and spoils what is kept beside the entries, and what is kept beside them in a way of its own.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
    walks::walks_by,
};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits::MAX_NUMBER};
use mneme_conformance::Walk;
use std::{
    collections::HashSet,
    iter,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an upsert that is refused has taken the due time of the entry away",
            volatile(|| LosesDueTimes::by(By::RefusedUpsert)),
            insert::other_dimension_is_refused,
            [],
            "delete_expired("
        ),
        fault!(
            "a second open clears the index of due times",
            volatile(|| LosesDueTimes::by(By::SecondOpen)),
            open::same_identity_is_accepted,
            [],
            "delete_expired("
        ),
        fault!(
            "a check clears the index of due times",
            volatile(|| LosesDueTimes::by(By::Check)),
            integrity::is_true_when_sound,
            [robust::size_changes_nothing],
            "delete_expired("
        ),
        fault!(
            "a sweep of one namespace goes on from the time of the last one",
            volatile(GoesOn::default),
            expiry::is_scoped,
            [],
            "delete_expired(now 6000"
        ),
        fault!(
            "the order of use has an entry at the later of its making and its use",
            volatile(|| LaterOfTwo),
            lru::follows_access_and_upsert,
            [lru::ties_break_by_id],
            "iter_lru_ids("
        ),
        fault!(
            "all walks have one place",
            volatile(OnePlace::default),
            iterate::keeps_what_stays,
            [iterate::never_ends_early],
            "among them"
        ),
        fault!(
            "each chunk of 4,096 bytes of a text is decoded by itself",
            volatile(|| DecodesChunks),
            fidelity::text,
            [],
            "expected"
        ),
        fault!(
            "an upsert of a shorter text leaves the chunks behind it",
            volatile(|| LeavesChunks),
            insert::upsert_replaces_every_field,
            [],
            "response"
        ),
        fault!(
            "a number that is none is written as null, which no open reads",
            durable(|| WritesNull),
            durable::survives_close,
            [],
            "expected no error"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// An index of due times that an act spoils which changes nothing.
struct LosesDueTimes {
    by: By,
    is_open: AtomicBool,
    lost: Mutex<HashSet<u64>>,
}

#[derive(PartialEq)]
enum By {
    RefusedUpsert,
    SecondOpen,
    Check,
}

impl LosesDueTimes {
    fn by(by: By) -> Self {
        Self { by, is_open: AtomicBool::new(false), lost: Mutex::default() }
    }

    /// The due times of these entries are lost.
    fn lose(&self, entries: impl IntoIterator<Item = StoredEntry>) {
        lock(&self.lost).extend(entries.into_iter().map(|entry| entry.id));
    }
}

impl Lie for LosesDueTimes {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        if self.is_open.swap(true, Ordering::Relaxed) && self.by == By::SecondOpen {
            self.lose(store.iter_all()?.collect::<Result<Vec<_>>>()?);
        }
        Ok(())
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let inserted = store.insert(entry.clone());
        match &inserted {
            Ok(id) => drop(lock(&self.lost).remove(id)),
            Err(Error::DimensionMismatch { .. }) if self.by == By::RefusedUpsert => {
                self.lose(store.get_by_hash(&entry.namespace, &entry.query_hash)?);
            }
            Err(_) => {}
        }
        inserted
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER || store.count(None).is_err() || lock(&self.lost).is_empty() {
            return store.delete_expired(now, namespace);
        }
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        let is_due = |entry: &&StoredEntry| entry.expires_at().is_some_and(|due| due <= now);
        let is_meant = |entry: &&StoredEntry| namespace.is_none_or(|scope| entry.namespace == scope);
        let kept = lock(&self.lost).clone();
        let swept = entries.iter().filter(is_due).filter(is_meant).filter(|entry| !kept.contains(&entry.id));
        swept.map(|entry| store.delete_by_id(entry.id).map(u64::from)).sum()
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        if self.by == By::Check {
            self.lose(store.iter_all()?.collect::<Result<Vec<_>>>()?);
        }
        store.integrity_check()
    }
}

/// A mark up to which all is swept.
#[derive(Default)]
struct GoesOn(AtomicU64);

impl Lie for GoesOn {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.delete_expired(0, Some("nobody's"))?;
        if namespace.is_none() || now > MAX_NUMBER || now >= self.0.fetch_max(now, Ordering::Relaxed) {
            store.delete_expired(now, namespace)
        } else {
            Ok(0)
        }
    }
}

/// A key of the order that is made of both times.
struct LaterOfTwo;

impl Lie for LaterOfTwo {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        entries.retain(|entry| namespace.is_none_or(|namespace| entry.namespace == namespace));
        entries.sort_by_key(|entry| (entry.last_accessed_at.max(entry.created_at), entry.id));
        Ok(entries.into_iter().take(limit).map(|entry| entry.id).collect())
    }
}

/// One cursor of the connection for whoever reads.
#[derive(Default)]
struct OnePlace(AtomicU64);

impl Lie for OnePlace {
    walks_by!(walk);
}

impl OnePlace {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let (Walk::All | Walk::Since(_)) = walk else { return walk.begin(store) };
        store.count(None)?;
        self.0.store(if let Walk::Since(id) = walk { id } else { 0 }, Ordering::Relaxed);
        let one_after_the_other = iter::from_fn(move || {
            let next = store.iter_since(self.0.load(Ordering::Relaxed)).map(|mut after| after.next());
            match next {
                Ok(Some(Ok(entry))) => {
                    self.0.store(entry.id, Ordering::Relaxed);
                    Some(Ok(entry))
                }
                Ok(item) => item,
                Err(error) => Some(Err(error)),
            }
        });
        Ok(Box::new(one_after_the_other.fuse()))
    }
}

/// How many bytes of a text are kept in one row.
const CHUNK: usize = 4_096;

/// `String::from_utf8_lossy(chunk)`.
struct DecodesChunks;

impl Lie for DecodesChunks {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let chunks = entry.response.as_bytes().chunks(CHUNK);
        let response: String = chunks.map(String::from_utf8_lossy).collect();
        store.insert(entry.response(response))
    }
}

/// A text is written chunk by chunk, and read until there is none.
struct LeavesChunks;

impl Lie for LeavesChunks {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let old = store.get_by_hash(&entry.namespace, &entry.query_hash)?;
        let written = entry.response.len().next_multiple_of(CHUNK);
        let left = old.as_ref().and_then(|old| old.response.get(written..)).unwrap_or_default().to_owned();
        let response = format!("{}{left}", entry.response);
        store.insert(entry.response(response))
    }
}

/// JSON has no number for it.
struct WritesNull;

impl Lie for WritesNull {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        match entries.iter().find(|entry| entry.embedding.iter().any(|number| !number.is_finite())) {
            Some(entry) => {
                store.close()?;
                Err(Error::corrupt(format!("entry {}: invalid type: null, expected f32", entry.id)))
            }
            None => Ok(()),
        }
    }
}
