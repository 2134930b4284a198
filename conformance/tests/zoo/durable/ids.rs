//! Ids are given again after a reopen.

use super::{lock, over};
use crate::{
    fault,
    zoo::{fault::Fault, faulty::Lie},
};
use mneme::{Entry, Identity, Result, Store};
use mneme_conformance::Site;
use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the next id is the greatest one and 1 at each open",
            durable(GreatestAndOne::default),
            durable::ids_stay_fresh,
            [],
            "expected an id greater than 1"
        ),
        fault!(
            "the last id is saved by close",
            site(|site| over(site, SavesTheLastId::at(site))),
            durable::ids_stay_fresh,
            [],
            "expected an id greater than"
        ),
    ]
}

/// The first insert after an open gets `max(id) + 1`.
#[derive(Default)]
struct GreatestAndOne(AtomicBool);

fn greatest_and_one(store: &dyn Store) -> Result<u64> {
    let mut greatest = 0;
    for entry in store.iter_all()? {
        greatest = entry?.id;
    }
    Ok(greatest + 1)
}

impl Lie for GreatestAndOne {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let next = greatest_and_one(store)?;
        let id = store.insert(entry)?;
        Ok(if upsert || self.0.swap(true, Ordering::Relaxed) { id } else { next })
    }
}

/// As above, but only where the handle before was not closed.
struct SavesTheLastId {
    site: String,
    inserted: AtomicBool,
}

static UNSAVED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

impl SavesTheLastId {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), inserted: AtomicBool::new(false) }
    }
}

impl Lie for SavesTheLastId {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.inserted.store(false, Ordering::Relaxed);
        store.close()
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let upsert = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let next = greatest_and_one(store)?;
        let id = store.insert(entry)?;
        self.inserted.store(true, Ordering::Relaxed);
        let unsaved = lock(&UNSAVED).get_or_insert_default().remove(&self.site);
        Ok(if upsert || !unsaved { id } else { next })
    }
}

impl Drop for SavesTheLastId {
    fn drop(&mut self) {
        if self.inserted.load(Ordering::Relaxed) {
            lock(&UNSAVED).get_or_insert_default().insert(self.site.clone());
        }
    }
}
