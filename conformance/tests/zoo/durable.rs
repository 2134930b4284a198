mod identity;
mod ids;
pub(super) mod indexes;
mod locks;
mod meetings;
mod processes;
mod refused;
mod uses;

use super::{
    fault::Fault,
    faulty::{Faulty, Lie},
    hosted::Hosted,
};
use crate::fault;
use crate::zoo::faulty::lock;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits};
use mneme_conformance::{Settings, Site, State, Subject, check_store, clause};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = locks::faults();
    faults.extend(processes::faults());
    faults.extend(meetings::faults());
    faults.extend(uses::faults());
    faults.extend(indexes::faults());
    faults.extend(refused::faults());
    faults.extend([
        fault!(
            "metadata are written among the fields of their entry",
            durable(|| Flattens),
            durable::survives_close,
            [],
            "duplicate field `id`"
        ),
        fault!(
            "what was closed is given out again",
            store(recycled),
            durable::unclaimed_keeps_nothing,
            [],
            "expected none"
        ),
        fault!(
            "a store in memory is a locked file after all",
            store(|| Hosted::at(&this_scenario())),
            durable::unclaimed_keeps_nothing,
            [open::sites_are_separate],
            "the factory makes a handle"
        ),
        fault!(
            "quotas are kept in the handle",
            durable(QuotasInTheHandle::default),
            durable::survives_close,
            [durable::survives_drop],
            "get_namespace_quota"
        ),
        fault!(
            "the version counter begins anew",
            durable(|| CountsAnew(AtomicU64::new(0))),
            durable::survives_close,
            [durable::survives_drop],
            "version_counter()"
        ),
        fault!(
            "meta is written when the handle is dropped",
            site(|site| over(site, FlushesInDrop::at(site))),
            durable::survives_close,
            [],
            "read_meta"
        ),
        fault!(
            "a dropped handle writes what it remembers",
            site(|site| over(site, WritesBack::at(site))),
            durable::survives_close,
            [],
            "drop of the handle"
        ),
        fault!(
            "an absent ttl is saved as 0",
            site(|site| over(
                site,
                Reloaded::at(site, |entry| entry.ttl.is_none().then(|| entry.clone().ttl(0)))
            )),
            durable::survives_close,
            [durable::survives_drop],
            "ttl 0"
        ),
        fault!(
            "metadata are saved in a format that has one kind of number",
            site(|site| over(site, Reloaded::at(site, |entry| Some(with_floats(entry))))),
            durable::survives_close,
            [],
            "metadata"
        ),
        fault!(
            "the log is replayed twice",
            site(|site| over(
                site,
                Reloaded::at(site, |entry| Some(entry.clone().access_count(entry.access_count * 2)))
            )),
            durable::survives_close,
            [durable::survives_drop],
            "accessed"
        ),
        fault!(
            "empty metadata is saved as null and read as an error",
            site(|site| over(site, FailsOnReload(Reopened::at(site)))),
            durable::survives_close,
            [durable::survives_drop],
            "expected no error"
        ),
        fault!(
            "quotas are written by close",
            durable(WritesQuotasInClose::default),
            durable::survives_drop,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "a write is held back until the next one",
            durable(|| HoldsBack(Mutex::default())),
            durable::survives_drop,
            [],
            "read_meta(\"key\")"
        ),
    ]);
    faults.extend(identity::faults());
    faults.extend(ids::faults());
    faults
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// One slip of a format each; what shows it is that the texts and numbers of other clauses are read back too.
#[test]
fn what_a_format_makes_of_texts_and_numbers_is_found_on_the_handle_that_reads_them() {
    type Format = fn(&Entry) -> Option<Entry>;
    let formats: [(&str, Format); 4] = [
        ("expected response", |entry| Some(entry.clone().response(entry.response.trim_end_matches('\u{b}')))),
        ("expected response", |entry| Some(entry.clone().response(entry.response.replace("\\n", "\n")))),
        ("expected created at", |entry| Some(entry.clone().created_at(entry.created_at & 0xffff_ffff))),
        ("expected query", |entry| Some(entry.clone().query(entry.query.split('\0').next()?))),
    ];
    let checked = &clause::durable::survives_close;
    let settings = Settings::default().only([checked]).without_engines();
    for (says, format) in formats {
        let subject = Subject::durable(move |site| over(site, Reloaded::at(site, format)));
        let report = check_store(subject, &settings);
        let status = report.status(checked).expect("it is in the report");
        assert_eq!(status.state(), State::Broken, "{says}: {report}");
        let text = report.to_string();
        assert!(text.contains(says), "{says}: {text}");
    }
}

/// A name for what is shared by all that one scenario does: each runs on a thread of its own.
fn this_scenario() -> String {
    format!("durable {:?}", std::thread::current().id())
}

pub(super) fn over<L: Lie>(site: &Site, lie: L) -> Result<Faulty<L, Hosted>> {
    Ok(Faulty::over(Hosted::on(site)?, lie))
}

/// A pool of memory: what is closed goes back as it is.
struct Recycled(String);

fn recycled() -> Faulty<Recycled, Hosted> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = POOL
        .with_borrow_mut(Vec::pop)
        .unwrap_or_else(|| format!("recycled {}", NEXT.fetch_add(1, Ordering::Relaxed)));
    Faulty::over(Hosted::unlocked(&name), Recycled(name))
}

thread_local! {
    static POOL: RefCell<Vec<String>> = RefCell::default();
}

impl Lie for Recycled {
    fn close(&self, store: &dyn Store) -> Result<()> {
        if store.count(None).is_ok() {
            POOL.with_borrow_mut(|pool| pool.push(self.0.clone()));
        }
        store.close()
    }
}

#[derive(Default)]
struct QuotasInTheHandle(Mutex<HashMap<String, u64>>);

impl Lie for QuotasInTheHandle {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace)?;
        Ok(lock(&self.0).get(namespace).copied())
    }
}

/// `#[serde(flatten)]`: what was written cannot be read.
struct Flattens;

impl Lie for Flattens {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let is_known = store.count(None).is_ok();
        store.open(identity)?;
        let meets = |entry: &StoredEntry| entry.metadata.contains_key("id");
        if !is_known && store.iter_all()?.any(|entry| entry.as_ref().is_ok_and(meets)) {
            store.close()?;
            return Err(Error::corrupt("an entry: duplicate field `id`"));
        }
        Ok(())
    }
}

struct CountsAnew(AtomicU64);

impl Lie for CountsAnew {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let again = store.count(None).is_ok();
        store.open(identity)?;
        if !again {
            self.0.store(store.version_counter()?, Ordering::Relaxed);
        }
        Ok(())
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? - self.0.load(Ordering::Relaxed))
    }
}

/// Keeps what is written to meta until the handle is dropped.
struct FlushesInDrop {
    site: String,
    identity: Mutex<Option<Identity>>,
    buffer: Mutex<HashMap<String, String>>,
}

impl FlushesInDrop {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), identity: Mutex::default(), buffer: Mutex::default() }
    }
}

impl Lie for FlushesInDrop {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        *lock(&self.identity) = Some(identity.clone());
        Ok(())
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if key == "key" {
            store.count(None)?;
            lock(&self.buffer).insert(key.to_owned(), value.to_owned());
            return Ok(());
        }
        store.write_meta(key, value)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(lock(&self.buffer).get(key).cloned().or(value))
    }
}

impl Drop for FlushesInDrop {
    fn drop(&mut self) {
        let Some(identity) = lock(&self.identity).take() else { return };
        let store = Hosted::unlocked(&self.site);
        let _ = store.open(&identity);
        for (key, value) in lock(&self.buffer).drain() {
            let _ = store.write_meta(&key, &value);
        }
    }
}

/// Writes its own quotas once more when it is dropped, whoever has the site by then.
struct WritesBack {
    site: String,
    identity: Mutex<Option<Identity>>,
    quotas: Mutex<HashMap<String, u64>>,
}

impl WritesBack {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), identity: Mutex::default(), quotas: Mutex::default() }
    }
}

impl Lie for WritesBack {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        *lock(&self.identity) = Some(identity.clone());
        Ok(())
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.quotas).insert(namespace.to_owned(), quota);
        Ok(())
    }
}

impl Drop for WritesBack {
    fn drop(&mut self) {
        let Some(identity) = lock(&self.identity).take() else { return };
        let store = Hosted::unlocked(&self.site);
        let _ = store.open(&identity);
        for (namespace, quota) in lock(&self.quotas).drain() {
            let _ = store.set_namespace_quota(&namespace, quota);
        }
    }
}

/// Whether a handle is not the first on its site.
struct Reopened(bool);

impl Reopened {
    fn at(site: &Site) -> Self {
        static MADE: Mutex<Option<HashSet<String>>> = Mutex::new(None);
        Self(!lock(&MADE).get_or_insert_default().insert(site.name().to_owned()))
    }
}

/// What a file format makes of entries shows on the handle that reads the file.
struct Reloaded {
    reopened: Reopened,
    alter: fn(&Entry) -> Option<Entry>,
}

impl Reloaded {
    fn at(site: &Site, alter: fn(&Entry) -> Option<Entry>) -> Self {
        Self { reopened: Reopened::at(site), alter }
    }

    fn show(&self, mut stored: StoredEntry) -> StoredEntry {
        if self.reopened.0
            && let Some(altered) = (self.alter)(&stored.entry)
        {
            stored.entry = altered;
        }
        stored
    }
}

impl Lie for Reloaded {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.map(|stored| self.show(stored)))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.map(|stored| self.show(stored)))
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_all()?.map(|stored| stored.map(|stored| self.show(stored)))))
    }
}

fn with_floats(entry: &Entry) -> Entry {
    let mut metadata = entry.metadata.clone();
    for value in metadata.values_mut() {
        if let Some(number) = value.as_f64() {
            *value = number.into();
        }
    }
    entry.clone().metadata(metadata)
}

struct FailsOnReload(Reopened);

impl Lie for FailsOnReload {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        match store.get_by_id(id)? {
            Some(stored) if self.0.0 && stored.metadata.is_empty() => {
                Err(Error::corrupt("metadata is no object"))
            }
            found => Ok(found),
        }
    }
}

#[derive(Default)]
struct WritesQuotasInClose(Mutex<HashMap<String, u64>>);

impl Lie for WritesQuotasInClose {
    fn close(&self, store: &dyn Store) -> Result<()> {
        for (namespace, quota) in lock(&self.0).drain() {
            store.set_namespace_quota(&namespace, quota)?;
        }
        store.close()
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.count(None)?;
        limits::check_number("quota", quota)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let written = store.get_namespace_quota(namespace)?;
        Ok(lock(&self.0).get(namespace).copied().or(written))
    }
}

struct HoldsBack(Mutex<Option<(String, String)>>);

impl HoldsBack {
    fn write(&self, store: &dyn Store) -> Result<()> {
        match lock(&self.0).take() {
            Some((key, value)) => store.write_meta(&key, &value),
            None => Ok(()),
        }
    }
}

impl Lie for HoldsBack {
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.write(store)?;
        store.close()
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        self.write(store)?;
        if matches!(key, "embedder_fingerprint" | "embedder_dim" | "schema_version")
            || store.count(None).is_err()
        {
            return store.write_meta(key, value);
        }
        *lock(&self.0) = Some((key.to_owned(), value.to_owned()));
        Ok(())
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let written = store.read_meta(key)?;
        let held = lock(&self.0).clone();
        Ok(held.filter(|(held, _)| held == key).map(|(_, value)| value).or(written))
    }
}
