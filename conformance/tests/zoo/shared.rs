//! What goes wrong between the handles, and between the processes, that share a log.

mod caches;
mod lives;
pub(super) mod racing;

use super::{
    durable::indexes::{Index, Indexed},
    fault::Fault,
    faulty::{Faulty, Lie},
    logged::{Change, Flaw, Logged, write},
};
use crate::fault;
use crate::zoo::faulty::lock;
use mneme::{Error, Identity, Result, Store};
use mneme_conformance::{Claim, Site, Subject};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = among_handles();
    faults.extend(caches::faults());
    faults.extend(lives::faults());
    faults.extend(racing::faults());
    faults
}

fn among_handles() -> Vec<Fault> {
    vec![
        fault!(
            "a handle reads what it has read before",
            shared(|site| Logged::with(site, ReadsItsOwn)),
            shared::handles_agree,
            [],
            "B: "
        ),
        fault!(
            "a write is held back until the next call",
            shared(|site| Logged::with(site, HeldBack::default())),
            shared::handles_agree,
            [],
            "version_counter()"
        ),
        fault!(
            "a handle expires what it wrote itself",
            shared(|site| Faulty::over(Logged::on(site), Indexed::new(Index::Due))),
            shared::handles_agree,
            [durable::survives_close],
            "delete_expired"
        ),
        fault!(
            "the identity is compared once in each process",
            shared(|site| Faulty::over(Logged::on(site), ComparedInTheProcess(site.name().to_owned()))),
            shared::identity_binds_every_handle,
            [],
            "expected a fingerprint mismatch error"
        ),
        fault!(
            "whoever comes while another is there is let in",
            shared(|site| Faulty::over(Logged::on(site), LetIn::at(site))),
            shared::identity_binds_every_handle,
            [],
            "expected a fingerprint mismatch error"
        ),
        fault!(
            "a version behind the fingerprint is passed over while another handle is open",
            shared(|site| Faulty::over(Logged::on(site), UnlessVersioned(Presence::at(site)))),
            shared::identity_binds_every_handle,
            [],
            "@2"
        ),
        fault!(
            "an eighth handle is refused",
            shared(|site| Faulty::over(Logged::on(site), SevenPlaces(Presence::at(site)))),
            robust::fails_only_where_a_clause_says,
            [],
            "too many handles"
        ),
        fault!(
            "the first to close ends the others",
            shared(|site| Faulty::over(Logged::on(site), EndsTheOthers::at(site))),
            shared::closing_one_leaves_the_others,
            [],
            "close()"
        ),
        fault!(
            "a dropped handle ends the others",
            shared(|site| Faulty::over(Logged::on(site), DropEndsTheOthers::at(site))),
            shared::closing_one_leaves_the_others,
            [],
            "drop of the handle"
        ),
        fault!(
            "whoever goes empties the log",
            shared(|site| Logged::with(site, EmptiesBesideOthers::at(site))),
            shared::closing_one_leaves_the_others,
            [],
            "close()"
        ),
        fault!(
            "a lock file stays when its process is killed",
            shared(|site| Logged::with(site, LockFiles)),
            shared::closing_one_leaves_the_others,
            [],
            "no answer"; hangs
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&among_handles());
}

#[test]
fn a_log_that_handles_share_breaks_nothing() {
    let subject = Subject::claiming([Claim::Durable, Claim::Shared], Logged::on);
    super::assert_healthy(super::in_children(subject, super::TOGETHER));
}

struct ReadsItsOwn;

impl Flaw for ReadsItsOwn {
    fn catches_up(&self, change: Option<&Change>) -> bool {
        change.is_some()
    }
}

/// Writes what the call before had to write.
#[derive(Default)]
struct HeldBack(Mutex<String>);

impl HeldBack {
    fn flush(&self, file: &File) -> Result<()> {
        let held = std::mem::take(&mut *lock(&self.0));
        let mut file = file.try_clone().map_err(|error| Error::backend("write the log", error))?;
        write(&mut file, &held)
    }
}

impl Flaw for HeldBack {
    fn lock(&self, file: &File, _path: &Path) -> Result<()> {
        file.lock().map_err(|error| Error::backend("lock the log", error))?;
        self.flush(file)
    }
    fn append(&self, _file: &mut File, lines: &str) -> Result<()> {
        *lock(&self.0) += lines;
        Ok(())
    }
    fn ends(&self, file: &mut File, path: &Path) {
        let _ = self.lock(file, path).and_then(|()| self.unlock(file, path));
    }
}

/// Compares an identity with what the process knows, and believes the first.
struct ComparedInTheProcess(String);

static COMPARED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Lie for ComparedInTheProcess {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let known = lock(&COMPARED).contains(&self.0);
        let result = match store.open(identity) {
            Err(Error::FingerprintMismatch { stored, .. }) if !known => {
                store.open(&Identity::new(stored, identity.dimension))
            }
            result => result,
        };
        if result.is_ok() {
            lock(&COMPARED).insert(self.0.clone());
        }
        result
    }
}

/// How many handles of this process have a site open.
static PRESENT: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// One of those that are there.
struct Presence {
    site: String,
    here: AtomicBool,
}

impl Presence {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), here: AtomicBool::new(false) }
    }

    fn come(&self) {
        if !self.here.swap(true, Ordering::Relaxed) {
            *lock(&PRESENT).entry(self.site.clone()).or_default() += 1;
        }
    }

    /// How many others are there.
    fn others(&self) -> usize {
        let all = lock(&PRESENT).get(&self.site).copied().unwrap_or(0);
        all - usize::from(self.here.load(Ordering::Relaxed))
    }

    /// Goes, and answers whether it was there.
    fn go(&self) -> bool {
        let was = self.here.swap(false, Ordering::Relaxed);
        if was {
            *lock(&PRESENT).entry(self.site.clone()).or_default() -= 1;
        }
        was
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.go();
    }
}

struct LetIn(Presence);

impl LetIn {
    fn at(site: &Site) -> Self {
        Self(Presence::at(site))
    }
}

impl Lie for LetIn {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = match store.open(identity) {
            Err(Error::FingerprintMismatch { stored, .. }) if self.0.others() > 0 => {
                store.open(&Identity::new(stored, identity.dimension))
            }
            result => result,
        };
        if result.is_ok() {
            self.0.come();
        }
        result
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.go();
        store.close()
    }
}

struct UnlessVersioned(Presence);

impl Lie for UnlessVersioned {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let name = |fingerprint: &str| fingerprint.split('@').next().map(ToOwned::to_owned);
        let result = match store.open(identity) {
            Err(Error::FingerprintMismatch { stored, supplied })
                if self.0.others() > 0 && name(&stored) == name(&supplied) =>
            {
                store.open(&Identity::new(stored, identity.dimension))
            }
            result => result,
        };
        result.inspect(|()| self.0.come())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.go();
        store.close()
    }
}

struct SevenPlaces(Presence);

impl Lie for SevenPlaces {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if self.0.others() >= 7 {
            return Err(Error::backend("open", "too many handles"));
        }
        store.open(identity).inspect(|()| self.0.come())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.go();
        store.close()
    }
}

/// The sites that are no more, until somebody opens them again.
static ENDED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct EndsTheOthers(Presence);

impl EndsTheOthers {
    fn at(site: &Site) -> Self {
        Self(Presence::at(site))
    }
}

impl Lie for EndsTheOthers {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        lock(&ENDED).remove(&self.0.site);
        self.0.come();
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        if self.0.go() && self.0.others() > 0 {
            lock(&ENDED).insert(self.0.site.clone());
        }
        store.close()
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        if lock(&ENDED).contains(&self.0.site) {
            return Err(Error::backend("read the counter", "the pool is closed"));
        }
        Ok(version)
    }
}

struct DropEndsTheOthers(Presence);

impl DropEndsTheOthers {
    fn at(site: &Site) -> Self {
        Self(Presence::at(site))
    }
}

impl Lie for DropEndsTheOthers {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        lock(&ENDED).remove(&self.0.site);
        self.0.come();
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.go();
        store.close()
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        if lock(&ENDED).contains(&self.0.site) {
            return Err(Error::backend("count the rows", "the pool is closed"));
        }
        Ok(count)
    }
}

impl Drop for DropEndsTheOthers {
    fn drop(&mut self) {
        if self.0.go() && self.0.others() > 0 {
            lock(&ENDED).insert(self.0.site.clone());
        }
    }
}

/// Takes itself for the last one.
struct EmptiesBesideOthers(Presence);

impl EmptiesBesideOthers {
    fn at(site: &Site) -> Self {
        Self(Presence::at(site))
    }
}

impl Flaw for EmptiesBesideOthers {
    fn catches_up(&self, change: Option<&Change>) -> bool {
        if matches!(change, Some(Change::Open(_))) {
            self.0.come();
        }
        true
    }
    fn ends(&self, file: &mut File, _path: &Path) {
        if self.0.go() && self.0.others() > 0 {
            let _ = write(file, "[\"clear\",\"a\"]\n");
        }
    }
}

/// A lock that is a file, which the process that made it removes.
struct LockFiles;

impl Flaw for LockFiles {
    fn lock(&self, _file: &File, path: &Path) -> Result<()> {
        while File::create_new(path.with_extension("lock")).is_err() {
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        if std::env::var_os("MNEME_CONFORMANCE_CHILD").is_some() {
            // Held long enough for a kill to land in it.
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Ok(())
    }
    fn unlock(&self, _file: &File, path: &Path) -> Result<()> {
        std::fs::remove_file(path.with_extension("lock")).map_err(|error| Error::backend("unlock", error))
    }
}
