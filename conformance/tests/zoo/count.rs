use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Error, Result, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "every insert is counted" from "https://github.com/dotnet/orleans/issues/8741",
            volatile(|| Total::forgets(Forgets::Upsert)),
            count::follows_the_data,
            [insert::upsert_adds_no_entry],
            "<- expected 1"
        ),
        fault!(
            "every delete is taken off the count",
            volatile(|| Total::forgets(Forgets::Unknown)),
            count::follows_the_data,
            [],
            "<- expected 1"
        ),
        fault!(
            "an expiry is not taken off the count",
            volatile(|| Total::forgets(Forgets::Expiry)),
            count::follows_the_data,
            [],
            "delete_expired"
        ),
        fault!(
            "a clear empties the count",
            volatile(|| Total::forgets(Forgets::Others)),
            count::follows_the_data,
            [],
            "clear_namespace"
        ),
        fault!(
            "an insert is counted before it is refused",
            volatile(|| Total::forgets(Forgets::Refusal)),
            count::follows_the_data,
            [insert::other_dimension_is_refused],
            "insert"
        ),
        fault!(
            "a count remembers the number of a namespace, which another may have by then",
            volatile(RemembersNumbers::default),
            count::namespace_not_stored_is_zero,
            [],
            "count(\"gone\")"
        ),
        fault!(
            "the count is a byte",
            volatile(|| Counting(byte)),
            count::follows_the_data,
            [robust::size_changes_nothing],
            "<- expected 256"
        ),
        fault!(
            "a column that may be NULL is counted",
            volatile(|| Counting(with_ttl)),
            count::follows_the_data,
            [],
            "<- expected 1"
        ),
        fault!(
            "distinct hashes are counted",
            volatile(|| Counting(distinct_hashes)),
            count::follows_the_data,
            [],
            "count()"
        ),
        fault!(
            "a count is kept until an insert or a delete",
            volatile(Remembers::default),
            count::follows_the_data,
            [],
            "count("
        ),
        fault!(
            "a namespace is counted by its prefix",
            volatile(|| Counting(by_prefix)),
            count::namespace_not_stored_is_zero,
            [
                count::follows_the_data,
                key::is_compared_by_bytes,
                key::any_text_is_a_key,
                key::empty_namespace_is_a_namespace
            ],
            "count(\"\")"
        ),
        fault!(
            "a namespace is counted by a pattern",
            volatile(|| Counting(by_pattern)),
            count::namespace_not_stored_is_zero,
            [count::follows_the_data],
            "count(\"%\")"
        ),
        fault!(
            "an unknown namespace is an error",
            volatile(|| Counting(unknown_is_an_error)),
            count::namespace_not_stored_is_zero,
            [robust::fails_only_where_a_clause_says],
            "no such table"
        ),
        fault!(
            "an unknown namespace is a panic",
            volatile(|| Counting(unknown_is_a_panic)),
            count::namespace_not_stored_is_zero,
            [robust::nothing_panics],
            "a panic"
        ),
        fault!(
            "an unknown namespace counts all",
            volatile(|| Counting(unknown_is_all)),
            count::namespace_not_stored_is_zero,
            [count::follows_the_data],
            "<- expected 0"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A lie about counting alone that keeps nothing in mind.
struct Counting(fn(&dyn Store, Option<&str>) -> Result<u64>);

impl Lie for Counting {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        (self.0)(store, namespace)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Forgets {
    Upsert,
    Unknown,
    Expiry,
    Others,
    Refusal,
}

/// A total beside the entries, which one way of changing them leaves wrong.
struct Total {
    forgets: Forgets,
    total: AtomicU64,
}

impl Total {
    fn forgets(forgets: Forgets) -> Self {
        Self { forgets, total: AtomicU64::new(0) }
    }

    fn add(&self, number: u64) {
        self.total.fetch_add(number, Ordering::Relaxed);
    }

    fn take(&self, number: u64) {
        let total = self.total.load(Ordering::Relaxed).saturating_sub(number);
        self.total.store(total, Ordering::Relaxed);
    }
}

impl Lie for Total {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let right = store.count(namespace)?;
        Ok(if namespace.is_none() { self.total.load(Ordering::Relaxed) } else { right })
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let stored = store.get_by_hash(&entry.namespace, &entry.query_hash)?;
        if self.forgets == Forgets::Refusal && stored.is_none() {
            self.add(1);
            return store.insert(entry);
        }
        let id = store.insert(entry)?;
        self.add(u64::from(stored.is_none() || self.forgets == Forgets::Upsert));
        Ok(id)
    }

    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let there = store.delete_by_id(id)?;
        self.take(u64::from(there || self.forgets == Forgets::Unknown));
        Ok(there)
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        self.take(if self.forgets == Forgets::Expiry { 0 } else { removed });
        Ok(removed)
    }

    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let removed = store.clear_namespace(namespace)?;
        self.take(if self.forgets == Forgets::Others { u64::MAX } else { removed });
        Ok(removed)
    }
}

fn byte(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    Ok(store.count(namespace)? & 0xff)
}

/// The entries in a namespace, or in all.
fn scoped(store: &dyn Store, namespace: Option<&str>) -> Result<Vec<Entry>> {
    let entries = store.iter_all()?.map(|entry| entry.map(|entry| entry.entry));
    entries
        .filter(|entry| {
            entry.as_ref().is_ok_and(|entry| namespace.is_none_or(|namespace| entry.namespace == namespace))
        })
        .collect()
}

fn with_ttl(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    Ok(scoped(store, namespace)?.iter().filter(|entry| entry.ttl.is_some()).count() as u64)
}

fn distinct_hashes(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    let entries = scoped(store, namespace)?;
    Ok(entries.iter().map(|entry| &entry.query_hash).collect::<BTreeSet<_>>().len() as u64)
}

fn by_prefix(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    let Some(prefix) = namespace else { return store.count(None) };
    store
        .list_namespaces()?
        .iter()
        .filter(|name| name.starts_with(prefix))
        .map(|name| store.count(Some(name)))
        .sum()
}

fn by_pattern(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    store.count(namespace.filter(|name| *name != "%"))
}

fn is_unknown(store: &dyn Store, namespace: Option<&str>) -> Result<bool> {
    Ok(namespace.is_some() && store.count(namespace)? == 0)
}

fn unknown_is_an_error(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    if is_unknown(store, namespace)? {
        return Err(Error::backend("count", "no such table"));
    }
    store.count(namespace)
}

fn unknown_is_a_panic(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    assert!(!is_unknown(store, namespace)?, "no entry found for key");
    store.count(namespace)
}

fn unknown_is_all(store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
    if is_unknown(store, namespace)? { store.count(None) } else { store.count(namespace) }
}

/// Counts that were made once, which an insert and a delete forget, and nothing else.
#[derive(Default)]
struct Remembers(Mutex<BTreeMap<Option<String>, u64>>);

impl Remembers {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<Option<String>, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lie for Remembers {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        Ok(*self.counts().entry(namespace.map(Into::into)).or_insert(count))
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        self.counts().clear();
        Ok(id)
    }

    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.counts().clear();
        store.delete_by_id(id)
    }
}

/// Namespaces by their numbers, of which the smallest that is free is taken; a count remembers which number a name had.
#[derive(Default)]
struct RemembersNumbers(Mutex<Numbers>);

#[derive(Default)]
struct Numbers {
    names: BTreeMap<usize, String>,
    remembered: BTreeMap<String, usize>,
}

impl Lie for RemembersNumbers {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let Some(namespace) = namespace else { return store.count(None) };
        let stored = store.list_namespaces()?;
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Numbers { names, remembered } = &mut *numbers;
        names.retain(|_, name| stored.contains(name));
        for name in stored {
            if !names.values().any(|numbered| *numbered == name) {
                let free = (0..=names.len()).find(|number| !names.contains_key(number)).unwrap_or_default();
                names.insert(free, name);
            }
        }
        if let Some((number, _)) = names.iter().find(|(_, name)| *name == namespace) {
            remembered.entry(namespace.to_owned()).or_insert(*number);
        }
        match remembered.get(namespace).and_then(|number| names.get(number)) {
            Some(name) => store.count(Some(name)),
            None => store.count(Some(namespace)),
        }
    }
}
