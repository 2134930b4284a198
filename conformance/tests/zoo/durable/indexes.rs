//! An index in memory that inserts fill and an open does not, and a log of removals that goes by keys.

use super::{Reopened, lock, over};
use crate::{
    fault,
    zoo::{fault::Fault, faulty::Lie},
};
use mneme::{Entry, Identity, Result, Store, StoredEntry, limits};
use mneme_conformance::Site;
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an open does not fill the index of what is due",
            durable(|| Indexed::new(Index::Due)),
            durable::survives_close,
            [],
            "delete_expired"
        ),
        fault!(
            "an open does not fill the index of namespaces",
            durable(|| Indexed::new(Index::Namespaces)),
            durable::survives_close,
            [],
            "clear_namespace"
        ),
        fault!(
            "a delete is logged by its key and done again at an open",
            site(|site| over(site, RepeatsDeletes::at(site))),
            durable::survives_close,
            [durable::survives_drop],
            "expected"
        ),
    ]
}

pub(in crate::zoo) enum Index {
    Due,
    Namespaces,
}

/// Removes by an index what this handle wrote, and nothing that it found.
pub(in crate::zoo) struct Indexed {
    index: Index,
    written: Mutex<HashSet<u64>>,
}

impl Indexed {
    pub(in crate::zoo) fn new(index: Index) -> Self {
        Self { index, written: Mutex::default() }
    }

    fn remove(&self, store: &dyn Store, goes: impl Fn(&StoredEntry) -> bool) -> Result<u64> {
        let mut removed = 0;
        for stored in store.iter_all()?.collect::<Result<Vec<_>>>()? {
            if goes(&stored) && lock(&self.written).contains(&stored.id) {
                removed += u64::from(store.delete_by_id(stored.id)?);
            }
        }
        Ok(removed)
    }
}

impl Lie for Indexed {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.written).insert(id);
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.version_counter()?;
        limits::check_number("now", now)?;
        match self.index {
            Index::Due => self.remove(store, |stored| {
                namespace.is_none_or(|name| name == stored.entry.namespace)
                    && stored.entry.expires_at().is_some_and(|due| due <= now)
            }),
            Index::Namespaces => store.delete_expired(now, namespace),
        }
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        match self.index {
            Index::Due => store.clear_namespace(namespace),
            Index::Namespaces => self.remove(store, |stored| stored.entry.namespace == namespace),
        }
    }
}

type Key = (String, String);

struct RepeatsDeletes {
    site: String,
    reopened: Reopened,
}

static DELETED: Mutex<Option<HashMap<String, Vec<Key>>>> = Mutex::new(None);

impl RepeatsDeletes {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), reopened: Reopened::at(site) }
    }
}

impl Lie for RepeatsDeletes {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        let logged = lock(&DELETED).get_or_insert_default().get(&self.site).cloned().unwrap_or_default();
        for (namespace, hash) in logged.iter().filter(|_| self.reopened.0) {
            if let Some(stored) = store.get_by_hash(namespace, hash)? {
                store.delete_by_id(stored.id)?;
            }
        }
        Ok(())
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(stored) = store.get_by_id(id)? {
            let mut deleted = lock(&DELETED);
            let here = deleted.get_or_insert_default().entry(self.site.clone()).or_default();
            here.push((stored.entry.namespace.clone(), stored.entry.query_hash.clone()));
        }
        store.delete_by_id(id)
    }
}
