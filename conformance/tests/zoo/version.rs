use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entries, Entry, Identity, Result, Store, StoredEntry};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the schema is the first change",
            volatile(|| Shifts(|version| version + 1)),
            version::starts_at_zero,
            [version::is_stamped_on_what_it_wrote],
            "expected 0"
        ),
        fault!(
            "opening steps the counter",
            volatile(OpenSteps::default),
            version::starts_at_zero,
            [version::is_stamped_on_what_it_wrote],
            "expected 0"
        ),
        fault!(
            "the counter and all versions begin at 1",
            volatile(|| BeginsAtOne),
            version::starts_at_zero,
            [],
            "expected 0"
        ),
        fault!(
            "the counter is the greatest version stored",
            volatile(|| GreatestStored),
            version::advances_on_every_change,
            [],
            "delete_by_id(1)"
        ),
        fault!(
            "an upsert of equal content writes nothing",
            volatile(|| SkipsEqualContent),
            version::advances_on_every_change,
            [],
            "expected 2 or more"
        ),
        fault!(
            "an upsert does not step",
            volatile(|| Holds::on(Write::Upsert)),
            version::advances_on_every_change,
            [],
            "insert(\"a\", \"h\""
        ),
        fault!(
            "a scoped expiry does not step",
            volatile(|| Holds::on(Write::ScopedExpiry)),
            version::advances_on_every_change,
            [],
            "delete_expired(now 5000, \"b\")"
        ),
        fault!(
            "a clear does not step",
            volatile(|| Holds::on(Write::Clear)),
            version::advances_on_every_change,
            [],
            "clear_namespace(\"\")"
        ),
        fault!(
            "a delete does not step",
            volatile(|| Holds::on(Write::Delete)),
            version::advances_on_every_change,
            [],
            "delete_by_id(1)"
        ),
        fault!(
            "the counter has 8 bits",
            volatile(|| Shifts(|version| version % 256)),
            version::advances_on_every_change,
            [],
            "expected 256 or more"
        ),
        fault!(
            "the counter has 16 bits",
            volatile(|| Shifts(|version| version % 65_536)),
            version::advances_on_every_change,
            [],
            "expected 65536 or more",
            size 70000
        ),
        fault!(
            "a removal that removes nothing steps",
            volatile(|| Steps::on(Call::EmptyRemoval)),
            version::stays_without_a_change,
            [],
            "delete_by_id"
        ),
        fault!(
            "every statement steps",
            volatile(|| Steps::on(Call::QuotaAndMeta)),
            version::stays_without_a_change,
            [],
            "set_namespace_quota"
        ),
        fault!(
            "a quota below the count steps",
            volatile(|| Steps::on(Call::LowQuota)),
            version::stays_without_a_change,
            [],
            "version_counter()"
        ),
        fault!(
            "a refused insert steps",
            volatile(|| Steps::on(Call::Refusal)),
            version::stays_without_a_change,
            [insert::other_dimension_is_refused, insert::number_out_of_range_is_refused],
            "insert"
        ),
        fault!(
            "the counter counts its readers",
            volatile(|| Steps::on(Call::Read)),
            version::stays_without_a_change,
            [lookup::reading_changes_nothing],
            "version_counter()"
        ),
        fault!(
            "an entry has the version from before its step",
            volatile(|| Stamps(|found, _| found.version - 1)),
            version::is_stamped_on_what_it_wrote,
            [],
            "expected version 1"
        ),
        fault!(
            "an entry has the version of when it is read",
            volatile(|| Stamps(|_, now| now)),
            version::is_stamped_on_what_it_wrote,
            [],
            "expected version"
        ),
        fault!(
            "an entry has its id for a version",
            volatile(|| Stamps(|found, _| found.id)),
            version::is_stamped_on_what_it_wrote,
            [],
            "expected version 2 or more"
        ),
        fault!(
            "a stale answer of the counter",
            volatile(Lags::default),
            version::advances_on_every_change,
            [],
            "expected"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// Another number than the store's.
struct Shifts(fn(u64) -> u64);

impl Lie for Shifts {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        store.version_counter().map(self.0)
    }
}

/// A sequence that begins at 1, for the counter and for what is stamped from it.
struct BeginsAtOne;

impl BeginsAtOne {
    fn shown(found: StoredEntry) -> StoredEntry {
        StoredEntry { version: found.version + 1, ..found }
    }

    fn walk(entries: Entries<'_>) -> Entries<'_> {
        Box::new(entries.map(|found| found.map(Self::shown)))
    }
}

impl Lie for BeginsAtOne {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.map(Self::shown))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(id)?.map(Self::shown))
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        store.iter_all().map(Self::walk)
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        store.iter_since(id).map(Self::walk)
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        store.iter_changed(version.saturating_sub(1)).map(Self::walk)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + 1)
    }
}

/// The stamps are written like everything else.
#[derive(Default)]
struct OpenSteps(AtomicU64);

impl Lie for OpenSteps {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        self.0.fetch_add(3, Ordering::Relaxed);
        Ok(())
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

/// `SELECT coalesce(max(version), 0)`.
struct GreatestStored;

impl Lie for GreatestStored {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        store.version_counter()?;
        let last = store.iter_changed(0)?.last().transpose()?;
        Ok(last.map_or(0, |last| last.version))
    }
}

/// `WHERE excluded.* IS DISTINCT FROM ...`.
struct SkipsEqualContent;

impl Lie for SkipsEqualContent {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            Some(found) if found.entry == entry => Ok(found.id),
            _ => store.insert(entry),
        }
    }
}

/// One way of writing leaves the step out.
struct Holds {
    on: Write,
    held: AtomicU64,
}

#[derive(PartialEq)]
enum Write {
    Upsert,
    ScopedExpiry,
    Clear,
    Delete,
}

impl Holds {
    fn on(on: Write) -> Self {
        Self { on, held: AtomicU64::new(0) }
    }
    fn hold(&self, holds: bool) {
        self.held.fetch_add(u64::from(holds), Ordering::Relaxed);
    }
}

impl Lie for Holds {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let stored = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some();
        let id = store.insert(entry)?;
        self.hold(self.on == Write::Upsert && stored);
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        self.hold(self.on == Write::ScopedExpiry && namespace.is_some() && removed > 0);
        Ok(removed)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let removed = store.clear_namespace(namespace)?;
        self.hold(self.on == Write::Clear && removed > 0);
        Ok(removed)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let was_there = store.delete_by_id(id)?;
        self.hold(self.on == Write::Delete && was_there);
        Ok(was_there)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? - self.held.load(Ordering::Relaxed))
    }
}

/// One kind of call has a step too much.
struct Steps {
    on: Call,
    more: AtomicU64,
}

#[derive(PartialEq)]
enum Call {
    EmptyRemoval,
    QuotaAndMeta,
    LowQuota,
    Refusal,
    Read,
}

impl Steps {
    fn on(on: Call) -> Self {
        Self { on, more: AtomicU64::new(0) }
    }
    fn step(&self, steps: bool) {
        self.more.fetch_add(u64::from(steps), Ordering::Relaxed);
    }
}

impl Lie for Steps {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let result = store.insert(entry);
        self.step(self.on == Call::Refusal && result.is_err() && store.count(None).is_ok());
        result
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let was_there = store.delete_by_id(id)?;
        self.step(self.on == Call::EmptyRemoval && !was_there);
        Ok(was_there)
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        let is_low = || store.count(Some(namespace)).is_ok_and(|count| count > quota);
        self.step(self.on == Call::QuotaAndMeta || self.on == Call::LowQuota && is_low());
        Ok(())
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        self.step(self.on == Call::QuotaAndMeta);
        Ok(())
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()? + self.more.load(Ordering::Relaxed);
        self.step(self.on == Call::Read && version > 0);
        Ok(version)
    }
}

/// Entries are shown with another version than theirs.
struct Stamps(fn(&StoredEntry, u64) -> u64);

impl Stamps {
    fn shown(&self, store: &dyn Store, found: StoredEntry) -> Result<StoredEntry> {
        let version = (self.0)(&found, store.version_counter()?);
        Ok(StoredEntry { version, ..found })
    }

    fn walk<'a>(&'a self, store: &'a dyn Store, entries: Entries<'a>) -> Entries<'a> {
        Box::new(entries.map(move |found| self.shown(store, found?)))
    }
}

impl Lie for Stamps {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        store.get_by_hash(namespace, hash)?.map(|found| self.shown(store, found)).transpose()
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        store.get_by_id(id)?.map(|found| self.shown(store, found)).transpose()
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(self.walk(store, store.iter_all()?))
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        Ok(self.walk(store, store.iter_since(id)?))
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        Ok(self.walk(store, store.iter_changed(version)?))
    }
}

/// The counter is read once and then again only after an insert.
#[derive(Default)]
struct Lags {
    known: AtomicBool,
    version: AtomicU64,
}

impl Lie for Lags {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.known.store(false, Ordering::Relaxed);
        store.insert(entry)
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        if !self.known.swap(true, Ordering::Relaxed) {
            self.version.store(version, Ordering::Relaxed);
        }
        Ok(self.version.load(Ordering::Relaxed))
    }
}
