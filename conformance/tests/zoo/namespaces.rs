use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Result, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a list ends at its two-thousandth name",
            volatile(|| Listing(|store| Ok(store.list_namespaces()?.into_iter().take(2_000).collect()))),
            robust::size_changes_nothing,
            [],
            "list_namespaces()",
            size 2_500
        ),
        fault!(
            "names come in the order of their first entry",
            volatile(|| Listing(as_they_came)),
            namespaces::are_sorted_and_distinct,
            [],
            "<- expected [\"aa\", \"b\"]"
        ),
        fault!(
            "names are ordered without case",
            volatile(|| Listing(without_case)),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "names are ordered as UTF-16",
            volatile(|| Listing(as_utf16)),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "names have their length before them",
            volatile(|| Listing(by_length)),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "names that are numbers are ordered as such",
            volatile(|| Listing(by_number)),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "names that differ in case are one",
            volatile(|| Listing(distinct_without_case)),
            namespaces::are_sorted_and_distinct,
            [key::is_compared_by_bytes],
            "list_namespaces()"
        ),
        fault!(
            "a name is listed for each of its entries",
            volatile(|| Listing(not_distinct)),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "a list of names is one page",
            volatile(|| Listing(one_page)),
            namespaces::are_sorted_and_distinct,
            [],
            "of 1000"
        ),
        fault!(
            "an empty name is left out",
            volatile(|| Listing(without_the_empty)),
            namespaces::are_sorted_and_distinct,
            [key::empty_namespace_is_a_namespace],
            "<- expected [\"\""
        ),
        fault!(
            "a name stays until it is cleared",
            volatile(|| Known::by(How::Clear)),
            namespaces::vanish_with_their_last_entry,
            [delete::removes_from_every_view],
            "delete_by_id"
        ),
        fault!(
            "a name goes with a delete of its last entry alone",
            volatile(|| Known::by(How::Delete)),
            namespaces::vanish_with_their_last_entry,
            [],
            "delete_expired"
        ),
        fault!(
            "a name is counted up by each upsert",
            volatile(CountsUpserts::default),
            namespaces::vanish_with_their_last_entry,
            [],
            "delete_by_id"
        ),
        fault!(
            "a quota makes a namespace",
            volatile(|| Known::by(How::Quota)),
            namespaces::come_from_entries_alone,
            [],
            "set_namespace_quota(\"limited\""
        ),
        fault!(
            "a refused insert leaves its namespace behind",
            volatile(|| Known::by(How::Refusal)),
            namespaces::come_from_entries_alone,
            [insert::other_dimension_is_refused, insert::number_out_of_range_is_refused],
            "\"refused\""
        ),
        fault!(
            "a read makes the namespace that it asks for",
            volatile(|| Known::by(How::Read)),
            namespaces::come_from_entries_alone,
            [
                lookup::reading_changes_nothing,
                access::id_not_stored_is_ignored,
                delete::removes_from_every_view
            ],
            "\"asked\""
        ),
        fault!(
            "clearing a namespace makes it",
            volatile(|| Known::by(How::Clearing)),
            namespaces::come_from_entries_alone,
            [namespaces::vanish_with_their_last_entry],
            "clear_namespace(\"asked\")"
        ),
        fault!(
            "a meta key with a separator is a namespace",
            volatile(|| Known::by(How::Meta)),
            namespaces::come_from_entries_alone,
            [],
            "write_meta"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A lie about the list alone that keeps nothing in mind.
struct Listing(fn(&dyn Store) -> Result<Vec<String>>);

impl Lie for Listing {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        (self.0)(store)
    }
}

fn as_they_came(store: &dyn Store) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in store.iter_all()? {
        let name = entry?.namespace.clone();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn sorted<K: Ord>(store: &dyn Store, by: impl Fn(&String) -> K) -> Result<Vec<String>> {
    let mut names = store.list_namespaces()?;
    names.sort_by_key(by);
    Ok(names)
}

fn without_case(store: &dyn Store) -> Result<Vec<String>> {
    sorted(store, |name| name.to_lowercase())
}

fn as_utf16(store: &dyn Store) -> Result<Vec<String>> {
    sorted(store, |name| name.encode_utf16().collect::<Vec<_>>())
}

fn by_length(store: &dyn Store) -> Result<Vec<String>> {
    sorted(store, |name| (name.len(), name.clone()))
}

fn by_number(store: &dyn Store) -> Result<Vec<String>> {
    sorted(store, |name| (name.parse::<u64>().unwrap_or(u64::MAX), name.clone()))
}

fn distinct_without_case(store: &dyn Store) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut names = store.list_namespaces()?;
    names.retain(|name| seen.insert(name.to_lowercase()));
    Ok(names)
}

fn not_distinct(store: &dyn Store) -> Result<Vec<String>> {
    let mut names: Vec<_> =
        store.iter_all()?.map(|entry| entry.map(|entry| entry.namespace.clone())).collect::<Result<_>>()?;
    names.sort_unstable();
    Ok(names)
}

fn one_page(store: &dyn Store) -> Result<Vec<String>> {
    let mut names = store.list_namespaces()?;
    names.truncate(1_000);
    Ok(names)
}

fn without_the_empty(store: &dyn Store) -> Result<Vec<String>> {
    let mut names = store.list_namespaces()?;
    names.retain(|name| !name.is_empty());
    Ok(names)
}

#[derive(PartialEq)]
enum How {
    /// Only a clear takes a name away.
    Clear,
    /// Only a delete of the last entry takes a name away, and a clear.
    Delete,
    /// These make a name.
    Quota,
    Refusal,
    Read,
    Clearing,
    Meta,
}

/// A set of names beside the entries.
struct Known {
    how: How,
    names: Mutex<BTreeSet<String>>,
}

impl Known {
    fn by(how: How) -> Self {
        Self { how, names: Mutex::default() }
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, how: &How, name: &str) {
        if self.how == *how {
            self.names().insert(name.to_owned());
        }
    }
}

impl Lie for Known {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = self.names().clone();
        names.extend(store.list_namespaces()?);
        Ok(names.into_iter().collect())
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let name = entry.namespace.clone();
        self.know(&How::Refusal, &name);
        let id = store.insert(entry)?;
        self.names().remove(&name);
        self.know(&How::Clear, &name);
        self.know(&How::Delete, &name);
        Ok(id)
    }

    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let stored = store.get_by_id(id)?;
        let there = store.delete_by_id(id)?;
        if let Some(stored) = stored
            && self.how == How::Delete
            && store.count(Some(&stored.namespace))? == 0
        {
            self.names().remove(&stored.namespace);
        }
        Ok(there)
    }

    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.names().remove(namespace);
        self.know(&How::Clearing, namespace);
        store.clear_namespace(namespace)
    }

    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        self.know(&How::Quota, namespace);
        Ok(())
    }

    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        if let Some(namespace) = namespace {
            self.know(&How::Read, namespace);
        }
        Ok(count)
    }

    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(key, value)?;
        if let Some((namespace, _)) = key.split_once(':') {
            self.know(&How::Meta, namespace);
        }
        Ok(())
    }
}

/// How often each name was written, less how often something in it was deleted.
#[derive(Default)]
struct CountsUpserts(Mutex<BTreeMap<String, u64>>);

impl Lie for CountsUpserts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let name = entry.namespace.clone();
        let id = store.insert(entry)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        Ok(id)
    }

    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let stored = store.get_by_id(id)?;
        if let Some(stored) = stored {
            let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let written = names.entry(stored.namespace.clone()).or_default();
            *written = written.saturating_sub(1);
        }
        store.delete_by_id(id)
    }

    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        store.list_namespaces()?;
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(names.iter().filter(|(_, written)| **written > 0).map(|(name, _)| name.clone()).collect())
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        self.keep(&store.list_namespaces()?);
        Ok(removed)
    }

    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let removed = store.clear_namespace(namespace)?;
        self.keep(&store.list_namespaces()?);
        Ok(removed)
    }
}

impl CountsUpserts {
    fn keep(&self, stored: &[String]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|name, _| stored.contains(name));
    }
}
