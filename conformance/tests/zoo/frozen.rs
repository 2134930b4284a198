//! What is answered from a state that is no longer the one: a walk's, a cache's, a constant.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
    slots::Counted,
};
use crate::fault;
use mneme::{Entries, Entry, Result, Store, StoredEntry};
use std::{
    collections::HashMap,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
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
            "the page that iter_changed read last is kept for as long as the version counter stays",
            volatile(|| LastPage::of(Walks::Changed)),
            changed::yields_every_later_write,
            [],
            "iter_changed(0)"
        ),
        fault!(
            "the page that iter_since read last is kept for as long as the version counter stays",
            volatile(|| LastPage::of(Walks::Since)),
            iterate::yields_every_entry_once,
            [],
            "iter_since("
        ),
        fault!(
            "the beginnings of eviction orders are kept, and a clear forgets those of its namespace alone",
            volatile(Heads::default),
            clear::removes_that_namespace_only,
            [lru::oldest_access_first],
            "iter_lru_ids("
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

/// The limit and the namespace that were asked for.
type Asked = (usize, Option<String>);

/// The ids that come first.
#[derive(Default)]
struct Heads(Mutex<HashMap<Asked, Vec<u64>>>);

impl Heads {
    fn forgotten<'a>(&self, store: &'a dyn Store) -> &'a dyn Store {
        lock(&self.0).clear();
        store
    }
}

impl Lie for Heads {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let ids = store.iter_lru_ids(limit, namespace)?;
        let mut heads = lock(&self.0);
        Ok(heads.entry((limit, namespace.map(str::to_owned))).or_insert(ids).clone())
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        self.forgotten(store).insert(entry)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        self.forgotten(store).update_access(id, now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        self.forgotten(store).delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        self.forgotten(store).delete_expired(now, namespace)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        lock(&self.0).retain(|(_, of), _| of.as_deref() != Some(namespace));
        store.clear_namespace(namespace)
    }
    fn close(&self, store: &dyn Store) -> Result<()> {
        self.forgotten(store).close()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walks {
    Since,
    Changed,
}

/// The cursor and the version counter that a page was read at, and the page.
type Page = (u64, u64, Vec<StoredEntry>);

/// Pages are read when a walk comes to them, and the last one is kept. A walk that comes to its end has read an empty one.
struct LastPage {
    walks: Walks,
    kept: Mutex<Option<Page>>,
}

impl LastPage {
    fn of(walks: Walks) -> Self {
        Self { walks, kept: Mutex::default() }
    }

    fn page(&self, store: &dyn Store, cursor: u64) -> Result<Vec<StoredEntry>> {
        let version = store.version_counter()?;
        let mut kept = lock(&self.kept);
        if let Some((_, _, page)) = kept.as_ref().filter(|(at, then, _)| (*at, *then) == (cursor, version)) {
            return Ok(page.clone());
        }
        let rest = match self.walks {
            Walks::Since => store.iter_since(cursor)?,
            Walks::Changed => store.iter_changed(cursor)?,
        };
        let page: Vec<StoredEntry> = rest.take(16).collect::<Result<_>>()?;
        *kept = Some((cursor, version, page.clone()));
        Ok(page)
    }

    fn walk<'a>(&'a self, store: &'a dyn Store, cursor: u64) -> Result<Entries<'a>> {
        let mut page = self.page(store, cursor)?.into_iter();
        let (mut cursor, mut is_over) = (cursor, false);
        Ok(Box::new(std::iter::from_fn(move || {
            if is_over {
                return None;
            }
            let next = page.next().map(Ok).or_else(|| match self.page(store, cursor) {
                Ok(read) => {
                    page = read.into_iter();
                    page.next().map(Ok)
                }
                Err(error) => Some(Err(error)),
            });
            match (&next, self.walks) {
                (Some(Ok(entry)), Walks::Since) => cursor = entry.id,
                (Some(Ok(entry)), Walks::Changed) => cursor = entry.version,
                _ => is_over = true,
            }
            next
        })))
    }
}

impl Lie for LastPage {
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        if self.walks == Walks::Since { self.walk(store, id) } else { store.iter_since(id) }
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        if self.walks == Walks::Changed { self.walk(store, version) } else { store.iter_changed(version) }
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
