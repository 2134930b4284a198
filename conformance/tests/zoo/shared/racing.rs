//! What goes wrong where handles insert or open at the same moment.

use crate::{
    fault,
    zoo::{
        fault::Fault,
        faulty::{Faulty, Lie},
        logged::{Flaw, Logged},
    },
};
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry};
use mneme_conformance::Site;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "each handle gives ids of a block of its own",
            shared(|site| numbered(site, Drawing::Blocks)),
            shared::ids_never_collide,
            [],
            "expected an id greater than"
        ),
        fault!(
            "the last id is read when a handle opens",
            shared(|site| numbered(site, Drawing::AtOpen)),
            shared::ids_never_collide,
            [],
            "expected an id greater than"
        ),
        fault!(
            "the last id is read, and then the next is written",
            shared(|site| numbered(site, Drawing::Unlocked)),
            shared::ids_never_collide,
            [],
            "several callers begin at once"
        ),
        fault!(
            "an id is drawn before the entry is stored",
            shared(|site| numbered(site, Drawing::Early)),
            shared::ids_never_collide,
            [],
            "several callers begin at once"
        ),
        fault!(
            "the identity is looked for, and then stamped",
            shared(|site| Faulty::over(Logged::on(site), LookedFor(site.path().join("stamp")))),
            shared::first_opens_may_race,
            [],
            "expected a"
        ),
        fault!(
            "a table that another one makes meanwhile is an error",
            shared(|site| Faulty::over(Logged::on(site), MadeOnce(site.path().join("table")))),
            shared::first_opens_may_race,
            [],
            "could not make the table"
        ),
        fault!(
            "who opens fresh data waits for nobody",
            shared(|site| Logged::with(site, Impatient)),
            shared::first_opens_may_race,
            [],
            "could not lock the log"
        ),
        fault!(
            "what is fresh is emptied before it is begun",
            shared(|site| Faulty::over(Logged::on(site), Emptied(site.path().join("log")))),
            shared::first_opens_may_race,
            [],
            "several callers begin at once"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    crate::zoo::examine(&faults());
}

#[test]
fn ids_that_are_drawn_with_the_entry_break_nothing() {
    let subject = mneme_conformance::Subject::claiming(
        [mneme_conformance::Claim::Durable, mneme_conformance::Claim::Shared],
        |site| numbered(site, Drawing::Sound),
    );
    let clause = &mneme_conformance::clause::shared::ids_never_collide;
    let settings = mneme_conformance::Settings::default().only([clause]).without_engines();
    let report = mneme_conformance::check_store(crate::zoo::in_children(subject, SOUND), &settings);
    assert!(report.status(clause).is_some_and(|status| status.failure().is_none()), "{report}");
}

/// The name of the store whose ids are drawn soundly, in a child process.
pub(in crate::zoo) const SOUND: &str = "ids drawn with the entry";

pub(in crate::zoo) fn sound(site: &Site) -> Faulty<Numbered, Logged> {
    numbered(site, Drawing::Sound)
}

fn numbered(site: &Site, drawing: Drawing) -> Faulty<Numbered, Logged> {
    let lie = Numbered { path: site.path().join("ids"), drawing, own: Mutex::new((0, 0)) };
    Faulty::over(Logged::on(site), lie)
}

/// Lets others come between two steps, on a machine with other work too.
fn hesitate() {
    thread::sleep(Duration::from_micros(300));
}

/// How an entry gets the id by which it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawing {
    /// With the entry, under one lock.
    Sound,
    Blocks,
    AtOpen,
    Unlocked,
    Early,
}

/// How many ids a block has.
const BLOCK: u64 = 64;

/// Entries are known by ids that are in a file beside the log: lines of the log's id and the id that is shown. What is
/// not in there is not stored yet.
pub(in crate::zoo) struct Numbered {
    path: PathBuf,
    drawing: Drawing,
    /// The next id that this handle gives by itself, and the end of those.
    own: Mutex<(u64, u64)>,
}

impl Numbered {
    fn file(&self) -> Result<File> {
        let file = File::options().read(true).append(true).create(true).open(&self.path);
        file.map_err(|error| Error::backend("open the ids", error))
    }

    /// What is shown, by the log's id; and the last id of all.
    fn shown(&self) -> Result<(BTreeMap<u64, u64>, u64)> {
        let mut lines = String::new();
        self.file()?.read_to_string(&mut lines).map_err(|error| Error::backend("read the ids", error))?;
        let pairs: Vec<(u64, u64)> = lines
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(real, shown)| Some((real.parse().ok()?, shown.parse().ok()?)))
            .collect();
        let last = pairs.iter().map(|(_, shown)| *shown).max().unwrap_or(0);
        // A reserved id is the log's id 0.
        Ok((pairs.into_iter().filter(|(real, _)| *real != 0).collect(), last))
    }

    fn note(&self, real: u64, shown: u64) -> Result<()> {
        let line = format!("{real} {shown}\n");
        self.file()?.write_all(line.as_bytes()).map_err(|error| Error::backend("write the ids", error))
    }

    fn real(&self, id: u64) -> Result<Option<u64>> {
        Ok(self.shown()?.0.into_iter().find(|(_, shown)| *shown == id).map(|(real, _)| real))
    }

    fn show(shown: &BTreeMap<u64, u64>, stored: StoredEntry) -> Option<StoredEntry> {
        Some(StoredEntry { id: *shown.get(&stored.id)?, ..stored })
    }

    fn walk<'a>(&self, entries: Entries<'_>) -> Result<Entries<'a>> {
        let entries = entries.collect::<Result<Vec<_>>>()?;
        let (shown, _) = self.shown()?;
        let mut entries: Vec<_> =
            entries.into_iter().filter_map(|stored| Self::show(&shown, stored)).collect();
        entries.sort_by_key(|stored| stored.id);
        Ok(Box::new(entries.into_iter().map(Ok)))
    }

    /// Runs something while no other handle does.
    fn locked<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let lock = File::create(self.path.with_extension("lock"))
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|error| Error::backend("lock the ids", error))?;
        let result = run();
        drop(lock);
        result
    }

    /// Stores an entry under the id that `draw` gives a new one.
    fn insert_with(
        &self,
        store: &dyn Store,
        entry: Entry,
        draw: impl FnOnce() -> Result<u64>,
    ) -> Result<u64> {
        let real = store.insert(entry)?;
        if let Some(shown) = self.shown()?.0.get(&real) {
            return Ok(*shown);
        }
        let shown = draw()?;
        self.note(real, shown)?;
        Ok(shown)
    }

    fn next_of_own(&self) -> Result<u64> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.0 == own.1 {
            let (_, last) = self.shown()?;
            let end = if self.drawing == Drawing::Blocks { last + 1 + BLOCK } else { u64::MAX };
            *own = (last + 1, end);
            if self.drawing == Drawing::Blocks {
                self.note(0, end - 1)?;
            }
        }
        own.0 += 1;
        Ok(own.0 - 1)
    }
}

impl Lie for Numbered {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        if self.drawing == Drawing::AtOpen {
            let (_, last) = self.shown()?;
            *self.own.lock().unwrap_or_else(PoisonError::into_inner) = (last + 1, u64::MAX);
        }
        Ok(())
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        match self.drawing {
            Drawing::Sound => self.locked(|| self.insert_with(store, entry, || Ok(self.shown()?.1 + 1))),
            Drawing::Blocks => self.locked(|| self.insert_with(store, entry, || self.next_of_own())),
            Drawing::AtOpen => self.insert_with(store, entry, || self.next_of_own()),
            Drawing::Unlocked => self.insert_with(store, entry, || {
                let (_, last) = self.shown()?;
                hesitate();
                Ok(last + 1)
            }),
            Drawing::Early => {
                let known = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
                if known {
                    return self.locked(|| self.insert_with(store, entry, || Ok(0)));
                }
                let drawn = self.locked(|| {
                    let drawn = self.shown()?.1 + 1;
                    self.note(0, drawn)?;
                    Ok(drawn)
                })?;
                hesitate();
                self.locked(|| self.insert_with(store, entry, || Ok(drawn)))
            }
        }
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let (shown, _) = self.shown()?;
        Ok(found.and_then(|stored| Self::show(&shown, stored)))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let real = self.real(id)?.unwrap_or(u64::MAX);
        Ok(store.get_by_id(real)?.map(|stored| StoredEntry { id, ..stored }))
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        self.walk(store.iter_all()?)
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        let all = self.walk(store.iter_all()?)?;
        Ok(Box::new(all.filter(move |stored| stored.as_ref().is_ok_and(|stored| stored.id > id))))
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let mut all = self.walk(store.iter_changed(version)?)?.collect::<Result<Vec<_>>>()?;
        all.sort_by_key(|stored| stored.version);
        Ok(Box::new(all.into_iter().map(Ok)))
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut entries = Vec::new();
        for id in store.iter_lru_ids(usize::MAX, namespace)? {
            entries.extend(store.get_by_id(id)?);
        }
        let (shown, _) = self.shown()?;
        let mut ids: Vec<_> = entries
            .into_iter()
            .filter_map(|stored| Some((stored.last_accessed_at, *shown.get(&stored.id)?)))
            .collect();
        ids.sort_unstable();
        Ok(ids.into_iter().take(limit).map(|(_, id)| id).collect())
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(self.real(id)?.unwrap_or(0), now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(self.real(id)?.unwrap_or(0))
    }
}

/// Whoever finds no stamp believes to be the first.
struct LookedFor(PathBuf);

impl Lie for LookedFor {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let is_first = !self.0.exists();
        hesitate();
        let result = match store.open(identity) {
            Err(Error::FingerprintMismatch { stored, .. }) if is_first => {
                store.open(&Identity::new(stored, identity.dimension))
            }
            result => result,
        };
        if result.is_ok() {
            let _ = fs::write(&self.0, b"stamped");
        }
        result
    }
}

/// The table is made by whoever does not find it.
struct MadeOnce(PathBuf);

impl Lie for MadeOnce {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if !self.0.exists() && store.count(None).is_err() {
            hesitate();
            File::create_new(&self.0).map_err(|error| Error::backend("make the table", error))?;
        }
        store.open(identity)
    }
}

/// Does not wait for a lock as long as nothing is there.
struct Impatient;

impl Flaw for Impatient {
    fn lock(&self, file: &File, _path: &Path) -> Result<()> {
        let is_fresh = file.metadata().is_ok_and(|about| about.len() == 0);
        let locked = if is_fresh { file.try_lock().map_err(Into::into) } else { file.lock() };
        if is_fresh {
            hesitate();
        }
        locked.map_err(|error: std::io::Error| Error::backend("lock the log", error))
    }
}

/// Begins again where nothing was when it looked.
struct Emptied(PathBuf);

impl Lie for Emptied {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let is_fresh = fs::metadata(&self.0).map_or(true, |about| about.len() == 0);
        hesitate();
        if is_fresh && let Ok(mut log) = File::options().append(true).open(&self.0) {
            let _ = log.set_len(0).and_then(|()| log.seek(SeekFrom::Start(0)));
        }
        store.open(identity)
    }
}
