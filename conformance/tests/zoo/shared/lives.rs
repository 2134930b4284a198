//! Handles that are counted, so that the last one to go ends what they share.

use super::{
    super::{
        fault::Fault,
        faulty::{Faulty, Lie},
        logged::Logged,
    },
    Presence, lock,
};
use crate::fault;
use mneme::{Entry, Error, Identity, Result, Store};
use mneme_conformance::Site;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a handle that is closed twice goes twice",
            shared(|site| counted(site, Mistake::ClosedTwice)),
            shared::closing_one_leaves_the_others,
            [close::is_idempotent],
            "close()"
        ),
        fault!(
            "a handle that never came goes too",
            shared(|site| counted(site, Mistake::NeverOpened)),
            shared::closing_one_leaves_the_others,
            [],
            "the pool is closed"
        ),
        fault!(
            "a handle that was refused goes as it is dropped",
            shared(|site| counted(site, Mistake::Refused)),
            shared::closing_one_leaves_the_others,
            [],
            "the pool is closed"
        ),
        fault!(
            "ids begin anew when one of several handles has gone",
            shared(|site| Faulty::over(Logged::on(site), TakesTheIdsAlong(Presence::at(site)))),
            shared::closing_one_leaves_the_others,
            [],
            "expected an id greater than"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    crate::zoo::examine(&faults());
}

/// Who is counted when it goes, and never was when it came.
#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    ClosedTwice,
    NeverOpened,
    Refused,
}

#[derive(Clone, Copy, PartialEq)]
enum Life {
    NeverOpened,
    Refused,
    Open,
    Closed,
}

struct Counted {
    site: String,
    mistake: Mistake,
    life: Mutex<Life>,
}

fn counted(site: &Site, mistake: Mistake) -> Faulty<Counted, Logged> {
    let life = Mutex::new(Life::NeverOpened);
    Faulty::over(Logged::on(site), Counted { site: site.name().to_owned(), mistake, life })
}

/// How many handles of this process have a site.
static HANDLES: Mutex<BTreeMap<String, i64>> = Mutex::new(BTreeMap::new());

impl Counted {
    fn come(&self) {
        let mut handles = lock(&HANDLES);
        let count = handles.entry(self.site.clone()).or_default();
        *count = (*count).max(0) + 1;
    }

    fn go(&self) {
        *lock(&HANDLES).entry(self.site.clone()).or_default() -= 1;
    }

    /// Whether a handle is one less when it goes like this.
    fn counts(&self, life: Life) -> bool {
        match life {
            Life::Open => true,
            Life::Closed => self.mistake == Mistake::ClosedTwice,
            Life::NeverOpened => self.mistake == Mistake::NeverOpened,
            Life::Refused => self.mistake == Mistake::Refused,
        }
    }
}

impl Lie for Counted {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let opened = store.open(identity);
        let mut life = lock(&self.life);
        match (&opened, *life) {
            (Ok(()), Life::NeverOpened | Life::Refused) => {
                self.come();
                *life = Life::Open;
            }
            (Err(Error::FingerprintMismatch { .. }), Life::NeverOpened) => *life = Life::Refused,
            _ => {}
        }
        opened
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        let life = std::mem::replace(&mut *lock(&self.life), Life::Closed);
        if self.counts(life) {
            self.go();
        }
        store.close()
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        if lock(&HANDLES).get(&self.site).is_none_or(|handles| *handles <= 0) {
            return Err(Error::backend("read the counter", "the pool is closed"));
        }
        Ok(version)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let life = *lock(&self.life);
        if life != Life::Closed && self.counts(life) {
            self.go();
        }
    }
}

/// The sites whose ids have gone with a handle.
static ANEW: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The counter of ids belongs to whoever goes first.
struct TakesTheIdsAlong(Presence);

impl TakesTheIdsAlong {
    fn go(&self) {
        if self.0.go() && self.0.others() > 0 {
            lock(&ANEW).insert(self.0.site.clone());
        }
    }
}

impl Lie for TakesTheIdsAlong {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        self.0.come();
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.go();
        store.close()
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let is_new = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_none();
        let id = store.insert(entry)?;
        Ok(if is_new && lock(&ANEW).contains(&self.0.site) { 1 } else { id })
    }
}

impl Drop for TakesTheIdsAlong {
    fn drop(&mut self) {
        self.go();
    }
}
