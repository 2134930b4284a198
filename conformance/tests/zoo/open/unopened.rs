//! What a handle is before it is open.

use super::{
    super::{fault::Fault, faulty::Lie},
    lock,
};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Result, Store, limits};
use std::sync::Mutex;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the integrity check needs no open",
            volatile(|| ChecksUnopened),
            open::comes_first,
            [],
            "integrity_check"
        ),
        fault!(
            "an iterator looks at its first item whether the handle is open",
            volatile(|| LazyIterator),
            open::comes_first,
            [],
            "iter_all"
        ),
        fault!(
            "a limit of 0 is answered before anything else",
            volatile(|| NothingForNothing),
            open::comes_first,
            [close::ends_every_operation],
            "iter_lru_ids(0"
        ),
        fault!(
            "arguments are judged before the handle",
            volatile(|| ArgumentsFirst),
            open::comes_first,
            [close::ends_every_operation],
            "expected a not open error"
        ),
        fault!(
            "a quota that is set too early is kept for later",
            volatile(|| KeepsForLater(Mutex::new(None))),
            open::comes_first,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "an unopened handle panics",
            volatile(|| PanicsUnopened),
            open::comes_first,
            [robust::nothing_panics],
            "expected a not open error"
        ),
        fault!(
            "open answers ok and opens nothing",
            volatile(|| OpensNothing),
            open::comes_first,
            [
                open::other_fingerprint_is_refused,
                open::other_dimension_is_refused,
                open::fingerprint_is_judged_first,
                open::fingerprint_is_opaque,
                insert::other_dimension_is_refused,
                insert::number_out_of_range_is_refused,
                robust::fails_only_where_a_clause_says,
            ],
            "expected no error"
        ),
        fault!(
            "an insert asks a flag that open does not set",
            volatile(|| AsksAnotherFlag),
            open::comes_first,
            [insert::other_dimension_is_refused, robust::fails_only_where_a_clause_says],
            "insert"
        ),
    ]
}

struct OpensNothing;

impl Lie for OpensNothing {
    fn open(&self, _: &dyn Store, identity: &Identity) -> Result<()> {
        limits::check_identity(identity)
    }
}

struct AsksAnotherFlag;

impl Lie for AsksAnotherFlag {
    fn insert(&self, store: &dyn Store, _: Entry) -> Result<u64> {
        store.version_counter()?;
        Err(Error::NotOpen)
    }
}

struct ChecksUnopened;

impl Lie for ChecksUnopened {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        match store.integrity_check() {
            Err(Error::NotOpen) => Ok(true),
            result => result,
        }
    }
}

struct LazyIterator;

impl Lie for LazyIterator {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        match store.iter_all() {
            Err(Error::NotOpen) => Ok(Box::new(std::iter::once(Err(Error::NotOpen)))),
            result => result,
        }
    }
}

struct NothingForNothing;

impl Lie for NothingForNothing {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if limit == 0 { Ok(Vec::new()) } else { store.iter_lru_ids(limit, namespace) }
    }
}

struct ArgumentsFirst;

impl Lie for ArgumentsFirst {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        limits::check_number("created_at", entry.created_at)?;
        store.insert(entry)
    }
}

struct KeepsForLater(Mutex<Option<(String, u64)>>);

impl Lie for KeepsForLater {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        match lock(&self.0).take() {
            Some((namespace, quota)) => store.set_namespace_quota(&namespace, quota),
            None => Ok(()),
        }
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        let result = store.set_namespace_quota(namespace, quota);
        if let Err(Error::NotOpen) = result {
            lock(&self.0).get_or_insert_with(|| (namespace.to_owned(), quota));
        }
        result
    }
}

struct PanicsUnopened;

impl Lie for PanicsUnopened {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        match store.version_counter() {
            Err(Error::NotOpen) => panic!("open the store first"),
            result => result,
        }
    }
}
