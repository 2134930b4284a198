//! What a handle remembers of earlier answers, while another one writes.

use super::{
    super::{
        fault::Fault,
        faulty::{Faulty, Lie},
        logged::Logged,
    },
    lock,
};
use crate::fault;
use mneme::{Entries, Identity, Result, Store, StoredEntry};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "quotas are cached in the handle",
            shared(|site| Faulty::over(Logged::on(site), CachedQuotas::default())),
            shared::handles_agree,
            [],
            "get_namespace_quota(\"a\")"
        ),
        fault!(
            "meta is cached in the handle",
            shared(|site| Faulty::over(Logged::on(site), CachedMeta::default())),
            shared::handles_agree,
            [],
            "read_meta(\"key\")"
        ),
        fault!(
            "what is not there is remembered in the handle",
            shared(|site| Faulty::over(Logged::on(site), RemembersMisses::default())),
            shared::handles_agree,
            [],
            "get_by_hash("
        ),
        fault!(
            "the list of namespaces is cached until the handle writes",
            shared(|site| Faulty::over(Logged::on(site), CachedNamespaces::default())),
            shared::handles_agree,
            [],
            "list_namespaces()"
        ),
        fault!(
            "the version counter is cached until the handle writes",
            shared(|site| Faulty::over(Logged::on(site), CachedVersion::default())),
            shared::handles_agree,
            [],
            "version_counter()"
        ),
        fault!(
            "entries are cached in the process",
            shared(|site| Faulty::over(Logged::on(site), CachedInTheProcess(site.name().to_owned()))),
            shared::handles_agree,
            [],
            "get_by_hash(\"a\""
        ),
        fault!(
            "what a handle has deleted is new to it, whoever has inserted it since",
            shared(|site| Faulty::over(Logged::on(site), RemembersWhatItDeleted::default())),
            shared::handles_agree,
            [],
            "insert("
        ),
        fault!(
            "a poll that found nothing is right until the number of entries is another one",
            shared(|site| Faulty::over(Logged::on(site), RemembersAnEmptyPoll::default())),
            shared::handles_agree,
            [],
            "iter_changed("
        ),
        fault!(
            "an id that nobody has is remembered as one, and then somebody has it",
            shared(|site| Faulty::over(Logged::on(site), RemembersFreeIds::default())),
            shared::handles_agree,
            [],
            "get_by_id("
        ),
        fault!(
            "a quota that the handle has written last is not written again",
            shared(|site| Faulty::over(Logged::on(site), WritesNoQuotaTwice::default())),
            shared::handles_agree,
            [],
            "get_namespace_quota(\"back\")"
        ),
        fault!(
            "what is refused leaves the counter read as it is",
            shared(|site| Faulty::over(Logged::on(site), Frozen::by(Freezes::Refusals))),
            shared::handles_agree,
            [],
            "version_counter()"
        ),
        fault!(
            "a walk that is left keeps its moment",
            shared(|site| Faulty::over(Logged::on(site), Frozen::by(Freezes::Walks))),
            shared::handles_agree,
            [],
            "version_counter()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    crate::zoo::examine(&faults());
}

#[derive(Default)]
struct CachedQuotas(Mutex<BTreeMap<String, Option<u64>>>);

impl Lie for CachedQuotas {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).remove(namespace);
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.count(None)?;
        if let Some(cached) = lock(&self.0).get(namespace) {
            return Ok(*cached);
        }
        let quota = store.get_namespace_quota(namespace)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(quota)
    }
}

#[derive(Default)]
struct CachedMeta(Mutex<BTreeMap<String, Option<String>>>);

impl Lie for CachedMeta {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        lock(&self.0).remove(key);
        Ok(())
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        store.count(None)?;
        if let Some(cached) = lock(&self.0).get(key) {
            return Ok(cached.clone());
        }
        let value = store.read_meta(key)?;
        lock(&self.0).insert(key.to_owned(), value.clone());
        Ok(value)
    }
}

/// Keeps which keys are not there, until this handle inserts them.
#[derive(Default)]
struct RemembersMisses(Mutex<BTreeSet<(String, String)>>);

impl Lie for RemembersMisses {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        store.count(None)?;
        let key = (namespace.to_owned(), query_hash.to_owned());
        if lock(&self.0).contains(&key) {
            return Ok(None);
        }
        let found = store.get_by_hash(namespace, query_hash)?;
        if found.is_none() {
            lock(&self.0).insert(key);
        }
        Ok(found)
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let id = store.insert(entry)?;
        lock(&self.0).remove(&key);
        Ok(id)
    }
}

#[derive(Default)]
struct CachedNamespaces(Mutex<Option<Vec<String>>>);

impl CachedNamespaces {
    fn after<T>(&self, write: Result<T>) -> Result<T> {
        *lock(&self.0) = None;
        write
    }
}

impl Lie for CachedNamespaces {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let listed = store.list_namespaces()?;
        Ok(lock(&self.0).get_or_insert(listed).clone())
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        self.after(store.insert(entry))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.after(store.delete_by_id(id))
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.after(store.delete_expired(now, namespace))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.after(store.clear_namespace(namespace))
    }
}

/// Keeps the counter until this handle writes.
#[derive(Default)]
struct CachedVersion(Mutex<Option<u64>>);

impl Lie for CachedVersion {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        Ok(*lock(&self.0).get_or_insert(version))
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        *lock(&self.0) = None;
        Ok(id)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let there = store.delete_by_id(id)?;
        *lock(&self.0) = None;
        Ok(there)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let number = store.delete_expired(now, namespace)?;
        *lock(&self.0) = None;
        Ok(number)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let number = store.clear_namespace(namespace)?;
        *lock(&self.0) = None;
        Ok(number)
    }
}

/// Takes a key that it has deleted for one that nobody has.
#[derive(Default)]
struct RemembersWhatItDeleted(Mutex<BTreeSet<(String, String)>>);

impl Lie for RemembersWhatItDeleted {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let found = store.get_by_id(id)?;
        lock(&self.0).extend(found.map(|entry| (entry.namespace.clone(), entry.query_hash.clone())));
        store.delete_by_id(id)
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        if lock(&self.0).remove(&(entry.namespace.clone(), entry.query_hash.clone()))
            && let Some(there) = store.get_by_hash(&entry.namespace, &entry.query_hash)?
        {
            store.delete_by_id(there.id)?;
        }
        store.insert(entry)
    }
}

/// The version after which nothing had changed, and how many entries there were then.
#[derive(Default)]
struct RemembersAnEmptyPoll(Mutex<Option<(u64, u64)>>);

impl Lie for RemembersAnEmptyPoll {
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let poll = Some((version, store.count(None)?));
        if *lock(&self.0) == poll {
            return Ok(Box::new(std::iter::empty()));
        }
        let changed: Vec<_> = store.iter_changed(version)?.collect();
        if changed.is_empty() {
            *lock(&self.0) = poll;
        }
        Ok(Box::new(changed.into_iter()))
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        *lock(&self.0) = None;
        store.insert(entry)
    }
}

#[derive(Default)]
struct RemembersFreeIds(Mutex<BTreeSet<u64>>);

impl Lie for RemembersFreeIds {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        if lock(&self.0).contains(&id) {
            return Ok(None);
        }
        if found.is_none() {
            lock(&self.0).insert(id);
        }
        Ok(found)
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        lock(&self.0).clear();
        store.insert(entry)
    }
}

#[derive(Default)]
struct WritesNoQuotaTwice(Mutex<BTreeMap<String, u64>>);

impl Lie for WritesNoQuotaTwice {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.count(None)?;
        if lock(&self.0).get(namespace) == Some(&quota) {
            return Ok(());
        }
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(())
    }
}

/// What a transaction is begun by that nobody ends.
#[derive(Clone, Copy, PartialEq)]
enum Freezes {
    Refusals,
    Walks,
}

/// Reads the counter in a transaction that is left open until this handle writes.
struct Frozen {
    by: Freezes,
    at: Mutex<Option<u64>>,
}

impl Frozen {
    fn by(by: Freezes) -> Self {
        Self { by, at: Mutex::default() }
    }

    fn freeze(&self, by: Freezes, store: &dyn Store) {
        if self.by == by {
            *lock(&self.at) = store.version_counter().ok();
        }
    }
}

/// A walk of a handle, which is left or goes to its end.
struct Walked<'a> {
    entries: Entries<'a>,
    is_over: bool,
    frozen: &'a Frozen,
    store: &'a dyn Store,
}

impl Iterator for Walked<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.entries.next();
        self.is_over |= next.is_none();
        next
    }
}

impl Drop for Walked<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.frozen.freeze(Freezes::Walks, self.store);
        }
    }
}

impl Lie for Frozen {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        Ok(lock(&self.at).unwrap_or(version))
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let entries = store.iter_all()?;
        Ok(Box::new(Walked { entries, is_over: false, frozen: self, store }))
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        *lock(&self.at) = None;
        store.insert(entry).inspect_err(|_| self.freeze(Freezes::Refusals, store))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        *lock(&self.at) = None;
        store.delete_by_id(id)
    }
}

/// What all handles of a process know of a site: right among them, and wrong as soon as another process writes.
struct CachedInTheProcess(String);

type Known = BTreeMap<(String, String, String), StoredEntry>;
static KNOWN: Mutex<Known> = Mutex::new(BTreeMap::new());

impl CachedInTheProcess {
    fn forget(&self) {
        lock(&KNOWN).retain(|(site, ..), _| *site != self.0);
    }
}

impl Lie for CachedInTheProcess {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        store.count(None)?;
        let key = (self.0.clone(), namespace.to_owned(), query_hash.to_owned());
        if let Some(known) = lock(&KNOWN).get(&key) {
            return Ok(Some(known.clone()));
        }
        let found = store.get_by_hash(namespace, query_hash)?;
        if let Some(found) = &found {
            lock(&KNOWN).insert(key, found.clone());
        }
        Ok(found)
    }
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        self.forget();
        store.open(identity)
    }
    fn insert(&self, store: &dyn Store, entry: mneme::Entry) -> Result<u64> {
        let id = store.insert(entry);
        self.forget();
        id
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let done = store.update_access(id, now);
        self.forget();
        done
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let there = store.delete_by_id(id);
        self.forget();
        there
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let number = store.delete_expired(now, namespace);
        self.forget();
        number
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let number = store.clear_namespace(namespace);
        self.forget();
        number
    }
}
