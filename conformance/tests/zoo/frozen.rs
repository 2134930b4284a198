//! What is answered from a state that is no longer the one: a walk's, a cache's, a constant.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
    slots::Counted,
};
use crate::fault;
use mneme::{Entries, Result, Store};
use std::sync::{
    Mutex, OnceLock,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "while a walk is alive, a count is of the state that it began in",
            volatile(CountsOfTheWalk::default),
            count::follows_the_data,
            [],
            "count()"
        ),
        fault!(
            "a list of namespaces is valid while the low byte of the counter is the same",
            volatile(ListsByAByte::default),
            namespaces::are_sorted_and_distinct,
            [],
            "list_namespaces()"
        ),
        fault!(
            "a meta value that differs in case alone is not written",
            volatile(|| SameButForCase),
            meta::is_remembered,
            [],
            "read_meta"
        ),
        fault!(
            "the schema version is answered without a look at the handle",
            volatile(ConstantSchema::default),
            close::ends_every_operation,
            [],
            "read_meta(\"schema_version\")"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A transaction that reads, which the walk began and every count is made in.
#[derive(Default)]
struct CountsOfTheWalk {
    walks: AtomicUsize,
    count: AtomicU64,
}

impl Lie for CountsOfTheWalk {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let walk = store.iter_all()?;
        if self.walks.fetch_add(1, Ordering::Relaxed) == 0 {
            self.count.store(store.count(None)?, Ordering::Relaxed);
        }
        Ok(Box::new(Counted { walk, taken: &self.walks, gives_back: true }))
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let count = store.count(namespace)?;
        let is_frozen = namespace.is_none() && self.walks.load(Ordering::Relaxed) > 0;
        Ok(if is_frozen { self.count.load(Ordering::Relaxed) } else { count })
    }
}

/// The last list, and the low byte of the counter at the time.
#[derive(Default)]
struct ListsByAByte(Mutex<Option<(u64, Vec<String>)>>);

impl Lie for ListsByAByte {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let (names, version) = (store.list_namespaces()?, store.version_counter()? & 0xff);
        let mut known = lock(&self.0);
        match &*known {
            Some((at, names)) if *at == version => Ok(names.clone()),
            _ => {
                *known = Some((version, names.clone()));
                Ok(names)
            }
        }
    }
}

struct SameButForCase;

impl Lie for SameButForCase {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let old = store.read_meta(key)?;
        if old.is_some_and(|old| old != value && old.eq_ignore_ascii_case(value)) {
            return Ok(());
        }
        store.write_meta(key, value)
    }
}

#[derive(Default)]
struct ConstantSchema(OnceLock<Option<String>>);

impl Lie for ConstantSchema {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        if key != "schema_version" {
            return store.read_meta(key);
        }
        match self.0.get() {
            Some(known) => Ok(known.clone()),
            None => store.read_meta(key).map(|read| self.0.get_or_init(|| read).clone()),
        }
    }
}
