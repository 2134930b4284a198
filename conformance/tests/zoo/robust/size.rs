//! Faults that show with size alone.

use super::super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entries, Entry, Error, MemoryStore, Result, Store, StoredEntry};
use mneme_conformance::{Settings, State, Subject, check_store, clause};
use std::{collections::HashMap, sync::Mutex, time::Duration};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "ids of 16 bits in the table by id",
            volatile(|| CutsIds),
            robust::size_changes_nothing,
            [lookup::id_not_stored_is_none],
            "get_by_id(65536)",
            size 70000
        ),
        fault!(
            "a walk reads one page of 4,000",
            volatile(|| OnePage(4_000)),
            robust::size_changes_nothing,
            [],
            "iter_all()",
            size 5000
        ),
        fault!(
            "a scoped order has at most 10,000 ids",
            volatile(|| ShortOrders),
            robust::size_changes_nothing,
            [],
            "iter_lru_ids(",
            size 11000
        ),
        fault!(
            "a namespace's number has 8 bits",
            volatile(NamesNamespaces::default),
            robust::size_changes_nothing,
            [],
            "expected"
        ),
        fault!(
            "a namespace's number has 16 bits",
            volatile(NumbersNamespaces::default),
            robust::size_changes_nothing,
            [],
            "get_by_hash(\"own 0\", \"h\")",
            size 66000
        ),
        fault!(
            "a large count is estimated",
            volatile(|| Estimates),
            robust::size_changes_nothing,
            [],
            "count()"
        ),
        fault!(
            "a sweep binds each id" from "https://github.com/requests-cache/requests-cache/issues/338",
            volatile(|| BindsEachId),
            robust::size_changes_nothing,
            [],
            "too many SQL",
            size 5000
        ),
        fault!(
            "a clear deletes one batch",
            volatile(|| ClearsOneBatch),
            robust::size_changes_nothing,
            [],
            "clear_namespace",
            size 5000
        ),
        fault!(
            "a clear counts with 16 bits",
            volatile(|| CountsClearsInTwoBytes),
            robust::size_changes_nothing,
            [],
            "clear_namespace(\"n000\")",
            size 66600
        ),
        fault!(
            "a list of namespaces ends with its first page",
            volatile(|| ListsOnePage),
            robust::size_changes_nothing,
            [namespaces::are_sorted_and_distinct],
            "list_namespaces()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::super::examine(&faults());
}

#[test]
fn what_there_was_no_time_for_is_said() {
    let settings = Settings::default().only([&clause::robust::size_changes_nothing]).without_engines();
    let settings = settings.with_size(2_000).with_size_budget(Duration::ZERO);
    let report = check_store(Subject::volatile(MemoryStore::new), &settings);
    let status = report.status(&clause::robust::size_changes_nothing).expect("its row");
    let reason = status.reason().expect("a reason");
    assert_eq!(status.state(), State::NotChecked, "{reason}");
    assert!(reason.contains("size 1 of 70,000 in 0 s"), "{reason}");
    assert!(reason.contains("200 keys were written and removed fewer times"), "{reason}");
}

/// `LIMIT 10000`, whatever is asked for.
struct ShortOrders;

impl Lie for ShortOrders {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let most = if namespace.is_some() { 10_000 } else { usize::MAX };
        store.iter_lru_ids(limit.min(most), namespace)
    }
}

/// `id as u16`, where the id is not past 32 bits.
struct CutsIds;

impl Lie for CutsIds {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        store.get_by_id(if id < 1 << 32 { id & 0xffff } else { id })
    }
}

/// `LIMIT ?`, and no second page.
struct OnePage(usize);

impl Lie for OnePage {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_all()?.take(self.0)))
    }
}

/// Namespaces by numbers of a byte: past 256 of them the first ones' numbers come again.
#[derive(Default)]
struct NamesNamespaces(Mutex<Vec<String>>);

impl Lie for NamesNamespaces {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let namespace = entry.namespace.clone();
        let id = store.insert(entry)?;
        let mut names = self.0.lock().expect("no panic");
        if !names.contains(&namespace) {
            names.push(namespace);
        }
        Ok(id)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let names = self.0.lock().expect("no panic").clone();
        match namespace.and_then(|name| names.iter().position(|other| other == name)) {
            None => store.count(namespace),
            Some(at) => names.iter().skip(at % 256).step_by(256).map(|name| store.count(Some(name))).sum(),
        }
    }
}

/// Keys of a namespace's number and a hash, where the number has two bytes: past 65,536 namespaces the first ones' numbers
/// come again.
#[derive(Default)]
struct NumbersNamespaces {
    numbers: Mutex<HashMap<String, usize>>,
    ids: Mutex<HashMap<(usize, String), u64>>,
}

impl Lie for NumbersNamespaces {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let (namespace, hash) = (entry.namespace.clone(), entry.query_hash.clone());
        let id = store.insert(entry)?;
        let mut numbers = self.numbers.lock().expect("no panic");
        let next = numbers.len();
        let number = *numbers.entry(namespace).or_insert(next) & 0xffff;
        self.ids.lock().expect("no panic").insert((number, hash), id);
        Ok(id)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let number = self.numbers.lock().expect("no panic").get(namespace).map(|number| number & 0xffff);
        let key = number.map(|number| (number, hash.to_owned()));
        let id = key.and_then(|key| self.ids.lock().expect("no panic").get(&key).copied());
        // What is not open says so itself.
        id.map_or_else(|| store.get_by_hash(namespace, hash), |id| store.get_by_id(id))
    }
}

/// `reltuples`.
struct Estimates;

impl Lie for Estimates {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        Ok(if count < 512 { count } else { count / 100 * 100 + 1 })
    }
}

/// `DELETE ... WHERE id IN (?, ?, ...)`.
struct BindsEachId;

impl Lie for BindsEachId {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let is_due = |found: &StoredEntry| {
            found.expires_at().is_some_and(|due| due <= now)
                && namespace.is_none_or(|scope| found.namespace == scope)
        };
        if store.iter_all()?.filter(|found| found.as_ref().is_ok_and(is_due)).count() > 999 {
            return Err(Error::backend("delete expired", "too many SQL variables"));
        }
        store.delete_expired(now, namespace)
    }
}

/// `DELETE ... LIMIT 1000`.
struct ClearsOneBatch;

impl Lie for ClearsOneBatch {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        if store.count(Some(namespace))? <= 1_000 {
            return store.clear_namespace(namespace);
        }
        let mut removed = 0;
        for found in store.iter_all()?.collect::<Result<Vec<_>>>()? {
            if found.namespace == namespace && removed < 1_000 {
                removed += u64::from(store.delete_by_id(found.id)?);
            }
        }
        Ok(removed)
    }
}

/// `let mut removed: u16`, in a release build.
struct CountsClearsInTwoBytes;

impl Lie for CountsClearsInTwoBytes {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        Ok(store.clear_namespace(namespace)? & 0xffff)
    }
}

/// `SCAN` once, without its cursor.
struct ListsOnePage;

impl Lie for ListsOnePage {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        names.truncate(250);
        Ok(names)
    }
}
