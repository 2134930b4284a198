//! Who has a site, and who is kept out.

use super::{
    super::{
        fault::Fault,
        faulty::{Faulty, Lie, before_the_data},
        hosted::Hosted,
    },
    lock,
};
use crate::fault;
use mneme::{Error, Identity, Result, Store, StoredEntry};
use mneme_conformance::{Site, Subject};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "close leaves the lock to drop",
            site(|site| locked(site, Mistake::CloseKeepsIt)),
            durable::survives_close,
            [],
            "expected no error"
        ),
        fault!(
            "a drop without close keeps the lock" from "https://github.com/spacejam/sled/issues/1289",
            site(|site| locked(site, Mistake::DropKeepsIt)),
            durable::survives_drop,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "nothing is locked",
            site(|site| Ok::<_, Error>(Hosted::unlocked(site.name()))),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a refused handle gives the lock away"
                from "https://github.com/facebook/rocksdb/issues/1780",
            site(|site| locked(site, Mistake::RefusalFreesIt)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "the lock file is removed by whoever is dropped",
            site(|site| locked(site, Mistake::DropFreesAnyones)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "the lock file is removed by whoever is closed",
            site(|site| locked(site, Mistake::CloseFreesAnyones)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a refused open of the handle that has the lock gives it away",
            site(|site| locked(site, Mistake::RefusedOpenFreesIt)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a close of a handle that was never opened removes the lock file",
            site(|site| locked(site, Mistake::UnopenedCloseFreesAnyones)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a second close removes the lock file of the next",
            site(|site| locked(site, Mistake::ClosingAgainFreesAnyones)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "the last to open has the lock",
            site(|site| locked(site, Mistake::Stolen)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a locked store is an incompatible one",
            site(|site| locked(site, Mistake::Incompatible)),
            durable::second_handle_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a refused handle breaks the first",
            site(|site| locked(site, Mistake::BreaksTheFirst)),
            durable::second_handle_is_refused,
            [],
            "expected no error"
        ),
        fault!(
            "a second handle waits for the lock",
            site(|site| locked(site, Mistake::Waits)),
            durable::second_handle_is_refused,
            [],
            "no answer";
            hangs
        ),
    ]
}

#[test]
fn a_store_that_takes_its_lock_in_open_breaks_nothing() {
    crate::zoo::assert_healthy_but_for_races(Subject::durable(|site| locked(site, Mistake::None)));
}

/// What is wrong with a lock, if anything.
#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    None,
    CloseKeepsIt,
    DropKeepsIt,
    CloseFreesAnyones,
    DropFreesAnyones,
    ClosingAgainFreesAnyones,
    UnopenedCloseFreesAnyones,
    RefusalFreesIt,
    RefusedOpenFreesIt,
    Stolen,
    Incompatible,
    BreaksTheFirst,
    Waits,
}

/// A lock by the site's name, taken in open.
struct Locked {
    site: String,
    number: u64,
    mistake: Mistake,
}

fn locked(site: &Site, mistake: Mistake) -> Faulty<Locked, Hosted> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let lie = Locked { site: site.name().to_owned(), number, mistake };
    Faulty::over(Hosted::unlocked(site.name()), lie)
}

/// Which handle has which site.
static HOLDERS: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);
/// Whose lock was asked for by another.
static BROKEN: Mutex<Option<HashSet<u64>>> = Mutex::new(None);

impl Locked {
    /// Takes the lock, and answers whether it had it before.
    fn take(&self) -> Result<bool> {
        let mut guard = lock(&HOLDERS);
        let holders = guard.get_or_insert_default();
        let Some(&holder) = holders.get(&self.site) else {
            holders.insert(self.site.clone(), self.number);
            return Ok(false);
        };
        if holder == self.number {
            return Ok(true);
        }
        match self.mistake {
            Mistake::Incompatible => return Err(Error::incompatible("a lock is there")),
            Mistake::Stolen => {
                holders.insert(self.site.clone(), self.number);
                return Ok(false);
            }
            Mistake::RefusalFreesIt => drop(holders.remove(&self.site)),
            Mistake::BreaksTheFirst => drop(lock(&BROKEN).get_or_insert_default().insert(holder)),
            Mistake::Waits => {
                drop(guard);
                std::thread::sleep(std::time::Duration::from_secs(2));
            }
            _ => {}
        }
        Err(Error::backend("lock the site", "another handle has it"))
    }

    fn free(&self, anyones: bool) {
        let mut holders = lock(&HOLDERS);
        let holders = holders.get_or_insert_default();
        if anyones || holders.get(&self.site) == Some(&self.number) {
            holders.remove(&self.site);
        }
    }
}

impl Lie for Locked {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        before_the_data(store, identity)?;
        let had = self.take()?;
        let result = store.open(identity);
        if result.is_err() && (!had || self.mistake == Mistake::RefusedOpenFreesIt) {
            self.free(false);
        }
        result
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        let anyones = matches!(
            (self.mistake, store.count(None)),
            (Mistake::ClosingAgainFreesAnyones, Err(Error::Closed))
                | (Mistake::UnopenedCloseFreesAnyones, Err(Error::NotOpen))
                | (Mistake::CloseFreesAnyones, _)
        );
        if self.mistake != Mistake::CloseKeepsIt {
            self.free(anyones);
        }
        store.close()
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        if lock(&BROKEN).get_or_insert_default().contains(&self.number) {
            return Err(Error::backend("read the entry", "the connection is gone"));
        }
        store.get_by_id(id)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if self.mistake != Mistake::DropKeepsIt {
            self.free(self.mistake == Mistake::DropFreesAnyones);
        }
    }
}
