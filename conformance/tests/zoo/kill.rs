//! What a killed process loses, of a log that one handle has alone.

mod torn;

use self::torn::{
    HalfIsCorrupt, HalfStamped, HalfStays, ReadsOnce, RewrittenByClose, RewrittenByOpen, Torn, WrittenAnew,
};
use super::{
    fault::Fault,
    faulty::{Faulty, Lie, before_the_data},
    logged::{Change, Flaw, Logged, write},
};
use crate::fault;
use crate::zoo::faulty::lock;
use mneme::{Entry, Error, Identity, Result, Store};
use mneme_conformance::{Claim, Site};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a write is acknowledged before it is written",
            alone(|site| Logged::alone_with(site, WriteBehind::default())),
            durable::survives_kill,
            [],
            "the process is killed"
        ),
        fault!(
            "a batch is kept back until it is full, or the handle goes",
            alone(|site| Batched::on(site, "")),
            durable::survives_kill,
            [],
            "the process is killed"
        ),
        fault!(
            "accesses are kept in memory until the handle goes",
            alone(|site| Batched::on(site, "[\"access")),
            durable::survives_kill,
            [],
            "update_access"
        ),
        fault!(
            "quotas are kept in memory until the handle goes",
            alone(|site| Batched::on(site, "[\"quota")),
            durable::survives_kill,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "meta is kept in memory until the handle goes",
            alone(|site| Batched::on(site, "[\"meta")),
            durable::survives_kill,
            [],
            "read_meta"
        ),
        fault!(
            "an insert is two transactions",
            alone(|site| Faulty::over(Logged::alone_on(site), InTwoSteps)),
            durable::survives_kill,
            [],
            "response"
        ),
        fault!(
            "a clear is one transaction for each entry",
            alone(|site| Faulty::over(Logged::alone_on(site), OneByOne::Clears)),
            durable::survives_kill,
            [],
            "clear_namespace("
        ),
        fault!(
            "an expiry is one transaction for each entry",
            alone(|site| Faulty::over(Logged::alone_on(site), OneByOne::Expiries)),
            durable::survives_kill,
            [],
            "delete_expired("
        ),
        fault!(
            "a lock file stays where the process was killed",
            alone(|site| Faulty::over(Logged::alone_on(site), LockFile::at(site))),
            durable::survives_kill,
            [],
            "expected no error"
        ),
        fault!(
            "the version counter is saved when the handle goes",
            alone(|site| Faulty::over(Logged::alone_on(site), SavedCounter::at(site))),
            durable::survives_kill,
            [durable::survives_drop],
            "version_counter()"
        ),
        fault!(
            "half a record is an error at the next open",
            alone(|site| Faulty::over(
                Logged::alone_with(site, Torn),
                HalfIsCorrupt(site.path().join("log"))
            )),
            durable::survives_kill,
            [],
            "expected no error"
        ),
        fault!(
            "half a record stays at the end, and the next one is glued to it",
            alone(|site| Faulty::over(
                Logged::alone_with(site, ReadsOnce),
                HalfStays(site.path().join("log"))
            )),
            durable::survives_kill,
            [],
            "expected no error"
        ),
        fault!(
            "an open writes the whole file anew in its place",
            alone(|site| Faulty::over(Logged::alone_on(site), RewrittenByOpen(site.path().join("log")))),
            durable::survives_kill,
            [],
            "the process is killed"
        ),
        fault!(
            "half a first open is a foreign file",
            alone(|site| Faulty::over(Logged::alone_on(site), HalfStamped(site.path().join("stamp")))),
            durable::survives_kill,
            [],
            "expected no error"
        ),
        fault!(
            "close writes the whole file anew",
            alone(|site| Logged::alone_with(site, RewrittenByClose)),
            durable::survives_kill,
            [],
            "the process is killed"
        ),
        fault!(
            "a log of a thousand lines is written anew without its quotas",
            alone(|site| Logged::alone_with(site, WrittenAnew("[\"quota"))),
            durable::survives_close,
            [],
            "get_namespace_quota("
        ),
        fault!(
            "a log of a thousand lines is written anew without what was deleted",
            alone(|site| Logged::alone_with(site, WrittenAnew("[\"delete"))),
            durable::survives_close,
            [],
            "the close"
        ),
        fault!(
            "a store that was not closed is found unsound",
            alone(|site| Faulty::over(Logged::alone_on(site), Unclean(Mark::at(site)))),
            durable::survives_kill,
            [],
            "integrity_check()"
        ),
        fault!(
            "a store that was not closed begins anew",
            alone(BeginsAnew::on),
            durable::survives_kill,
            [],
            "the process is killed"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

#[test]
fn a_log_that_one_handle_has_alone_breaks_nothing() {
    let subject = mneme_conformance::Subject::claiming([Claim::Durable], Logged::alone_on);
    super::assert_healthy_but_for_races(super::in_children(subject, super::ALONE));
}

/// Lets a mistake take its time where a kill is to land in it: many times what a kill takes.
fn slowly(milliseconds: u64) {
    if std::env::var_os("MNEME_CONFORMANCE_CHILD").is_some() {
        thread::sleep(Duration::from_millis(milliseconds));
    }
}

/// A thread writes, a little later.
#[derive(Default)]
struct WriteBehind(Mutex<Option<Writer>>);

/// The thread, and what it is to write.
type Writer = (Sender<(File, String)>, JoinHandle<()>);

impl Flaw for WriteBehind {
    fn append(&self, file: &mut File, lines: &str) -> Result<()> {
        let file = file.try_clone().map_err(|error| Error::backend("write later", error))?;
        let mut begun = lock(&self.0);
        let (writes, _) = begun.get_or_insert_with(|| {
            let (writes, written) = mpsc::channel::<(File, String)>();
            let thread = thread::spawn(move || {
                while let Ok(first) = written.recv() {
                    slowly(20);
                    for (mut file, lines) in std::iter::once(first).chain(written.try_iter()) {
                        let _ = write(&mut file, &lines);
                    }
                }
            });
            (writes, thread)
        });
        let _ = writes.send((file, lines.to_owned()));
        Ok(())
    }
    fn catches_up(&self, change: Option<&Change>) -> bool {
        // Alone, it has seen everything but before its first write.
        matches!(change, None | Some(Change::Open(_))) && lock(&self.0).is_none()
    }
    fn ends(&self, _file: &mut File, _path: &Path) {
        if let Some((writes, writer)) = lock(&self.0).take() {
            drop(writes);
            let _ = writer.join();
        }
    }
}

/// Keeps lines back that begin in some way.
struct Batched {
    kept: Mutex<String>,
    kind: &'static str,
}

impl Batched {
    fn on(site: &Site, kind: &'static str) -> Logged<Self> {
        Logged::alone_with(site, Self { kept: Mutex::default(), kind })
    }
}

impl Flaw for Batched {
    fn append(&self, file: &mut File, lines: &str) -> Result<()> {
        if lines.starts_with(self.kind) && !lines.starts_with("[\"open") {
            *lock(&self.kept) += lines;
            return Ok(());
        }
        write(file, lines)
    }
    fn catches_up(&self, _change: Option<&Change>) -> bool {
        lock(&self.kept).is_empty()
    }
    fn ends(&self, file: &mut File, _path: &Path) {
        let _ = write(file, &std::mem::take(&mut *lock(&self.kept)));
    }
}

struct InTwoSteps;

impl Lie for InTwoSteps {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert(entry.clone().response(""))?;
        slowly(3);
        store.insert(entry)
    }
}

fn delete_one_by_one(store: &dyn Store, gone: impl Fn(&Entry) -> bool) -> Result<u64> {
    let entries: Result<Vec<_>> = store.iter_all()?.collect();
    let mut number = 0;
    for entry in entries?.into_iter().filter(|entry| gone(&entry.entry)) {
        number += u64::from(store.delete_by_id(entry.id)?);
        slowly(3);
    }
    Ok(number)
}

/// Which removals of many are removals of one after the other.
enum OneByOne {
    Clears,
    Expiries,
}

impl Lie for OneByOne {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        if matches!(self, Self::Expiries) {
            return store.clear_namespace(namespace);
        }
        delete_one_by_one(store, |entry| entry.namespace == namespace)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if matches!(self, Self::Clears) || now > mneme::limits::MAX_NUMBER {
            return store.delete_expired(now, namespace);
        }
        delete_one_by_one(store, |entry| {
            entry.expires_at().is_some_and(|due| due <= now)
                && namespace.is_none_or(|name| entry.namespace == name)
        })
    }
}

/// Whether a handle has a site, as a file that it removes when it goes.
struct Mark {
    path: PathBuf,
    mine: AtomicBool,
}

impl Mark {
    fn at(site: &Site) -> Self {
        Self { path: site.path().join("mark"), mine: AtomicBool::new(false) }
    }

    /// Makes the file, and answers whether it was there.
    fn set(&self) -> bool {
        if self.mine.swap(true, Ordering::Relaxed) {
            return false;
        }
        let there = self.path.exists();
        let _ = fs::write(&self.path, "");
        there
    }

    fn remove(&self) {
        if self.mine.swap(false, Ordering::Relaxed) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.remove();
    }
}

struct LockFile(Mark);

impl LockFile {
    fn at(site: &Site) -> Self {
        Self(Mark::at(site))
    }
}

impl Lie for LockFile {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if !self.0.mine.load(Ordering::Relaxed) && self.0.path.exists() {
            before_the_data(store, identity)?;
            return Err(Error::backend("lock the store", "a lock file is there"));
        }
        store.open(identity)?;
        self.0.set();
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.remove();
        store.close()
    }
}

/// A counter in a file of its own, written late.
struct SavedCounter {
    path: PathBuf,
    behind: AtomicU64,
}

impl SavedCounter {
    fn at(site: &Site) -> Self {
        Self { path: site.path().join("counter"), behind: AtomicU64::new(0) }
    }

    fn save(&self, store: &dyn Store) {
        if let Ok(version) = store.version_counter() {
            let _ = fs::write(&self.path, version.to_string());
        }
    }
}

impl Lie for SavedCounter {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let again = store.count(None).is_ok();
        store.open(identity)?;
        if !again {
            let saved = fs::read_to_string(&self.path).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            self.behind.store(store.version_counter()?.saturating_sub(saved), Ordering::Relaxed);
            // A drop is noticed by what is saved at each read of the counter; a kill comes before the next one.
            self.save(store);
        }
        Ok(())
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        self.save(store);
        Ok(version - self.behind.load(Ordering::Relaxed))
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.save(store);
        store.close()
    }
}

/// Finds what was not closed unsound.
struct Unclean(Mark);

impl Lie for Unclean {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        if self.0.set() {
            let _ = fs::write(&self.0.path, "unclean");
        }
        Ok(())
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        let sound = store.integrity_check()?;
        Ok(sound && fs::read(&self.0.path).is_ok_and(|mark| mark.is_empty()))
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.remove();
        store.close()
    }
}

/// Removes a log whose last handle neither closed it nor was dropped.
struct BeginsAnew(Mark);

impl BeginsAnew {
    fn on(site: &Site) -> Faulty<Self, Logged> {
        Faulty::over(Logged::alone_on(site), Self(Mark::at(site)))
    }
}

impl Lie for BeginsAnew {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if !self.0.mine.load(Ordering::Relaxed) && self.0.path.exists() && store.count(None).is_err() {
            // Not where another handle has it now: then its lock is taken.
            let log = self.0.path.with_file_name("log");
            let free = File::open(&log).is_ok_and(|log| log.try_lock().is_ok());
            if free {
                let _ = fs::write(&log, "");
            }
        }
        store.open(identity)?;
        self.0.set();
        Ok(())
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.0.remove();
        store.close()
    }
}
