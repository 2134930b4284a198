//! A cache of lookups before the engine, which one of the writes does not empty.

use super::faulty::Lie;
use mneme::{Entry, Result, Store, StoredEntry};
use std::{collections::HashMap, sync::Mutex};

/// The kinds of writes that change what a lookup finds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Insert,
    UpdateAccess,
    DeleteById,
    DeleteExpired,
    ClearNamespace,
}

pub(super) struct CachesLookups {
    missed: Write,
    found: Mutex<HashMap<(String, String), StoredEntry>>,
}

impl CachesLookups {
    pub(super) fn not_emptied_by(missed: Write) -> Self {
        Self { missed, found: Mutex::default() }
    }

    fn note(&self, write: Write) {
        if write != self.missed {
            self.found.lock().expect("no panic").clear();
        }
    }
}

impl Lie for CachesLookups {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        // What a closed handle refuses is refused.
        let found = store.get_by_hash(namespace, hash)?;
        let key = (namespace.to_owned(), hash.to_owned());
        let mut known = self.found.lock().expect("no panic");
        if let Some(found) = known.get(&key) {
            return Ok(Some(found.clone()));
        }
        known.extend(found.clone().map(|found| (key, found)));
        Ok(found)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.note(Write::Insert);
        store.insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.note(Write::UpdateAccess);
        store.update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.note(Write::DeleteById);
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.note(Write::DeleteExpired);
        store.delete_expired(now, namespace)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.note(Write::ClearNamespace);
        store.clear_namespace(namespace)
    }
}
