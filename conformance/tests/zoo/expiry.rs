mod hidden;

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Result, Store, StoredEntry, limits::MAX_NUMBER};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    due_times().into_iter().chain(hidden::faults()).collect()
}

fn due_times() -> Vec<Fault> {
    vec![
        fault!(
            "a sweep of all takes the first page of namespaces",
            volatile(|| SweepsAPage),
            robust::size_changes_nothing,
            [],
            "delete_expired(now 500)",
            size 2_500
        ),
        fault!(
            "an entry is due one second late" from "https://github.com/tkem/cachetools/issues/221",
            volatile(|| Expires(|entry, now| due(entry).is_some_and(|due| due < now))),
            expiry::is_due_at_created_plus_ttl,
            [],
            "delete_expired(now 1500)"
        ),
        fault!(
            "the age of an entry wraps where it is from the future",
            volatile(|| Expires(|entry, now| entry
                .ttl
                .is_some_and(|ttl| now.wrapping_sub(entry.created_at) >= ttl))),
            expiry::is_due_at_created_plus_ttl,
            [expiry::large_ttl_does_not_wrap],
            "delete_expired"
        ),
        fault!(
            "the age of an entry from the future is 0",
            volatile(|| Expires(|entry, now| entry
                .ttl
                .is_some_and(|ttl| now.saturating_sub(entry.created_at) >= ttl))),
            expiry::is_due_at_created_plus_ttl,
            [],
            "delete_expired(now 999)"
        ),
        fault!(
            "due times are compared as text",
            volatile(|| Expires(
                |entry, now| due(entry).is_some_and(|due| due.to_string() <= now.to_string())
            )),
            expiry::is_due_at_created_plus_ttl,
            [expiry::large_ttl_does_not_wrap],
            "expected id 1 (\"a\", \"h\")"
        ),
        fault!(
            "a sweep stops at the first entry that is not due",
            volatile(|| StopsAtTheFirst),
            expiry::is_due_at_created_plus_ttl,
            [],
            "delete_expired(now 1300)"
        ),
        fault!(
            "an expiry index holds one entry per second",
            volatile(OnePerSecond::default),
            expiry::is_due_at_created_plus_ttl,
            [],
            "delete_expired(now 1500)"
        ),
        fault!(
            "no ttl is a ttl of 0",
            volatile(|| Expires(|entry, now| entry.created_at + entry.ttl.unwrap_or(0) <= now)),
            expiry::no_ttl_never_expires,
            [],
            "expected id 1 (\"a\", \"beginning\")"
        ),
        fault!(
            "no ttl is a year",
            volatile(|| Expires(|entry, now| entry.created_at + entry.ttl.unwrap_or(31_536_000) <= now)),
            expiry::no_ttl_never_expires,
            [],
            "expected id 1 (\"a\", \"h\")"
        ),
        fault!(
            "the column has a default ttl, which an upsert sets to none",
            volatile(DefaultsAtInsert::default),
            expiry::no_ttl_never_expires,
            [],
            "expected id 1 (\"a\", \"h\")"
        ),
        fault!(
            "a ttl of 0 is none" from "https://github.com/cloudflare/agents/issues/709",
            volatile(|| Expires(|entry, now| entry.ttl != Some(0) && due(entry).is_some_and(|due| due <= now))),
            expiry::zero_ttl_is_due_at_once,
            [],
            "delete_expired(now 1000)"
        ),
        fault!(
            "an access extends the life" from "https://github.com/jellydator/ttlcache/issues/19",
            volatile(|| Expires(|entry, now| {
                entry.ttl.is_some_and(|ttl| entry.created_at.max(entry.last_accessed_at) + ttl <= now)
            })),
            expiry::access_does_not_extend,
            [access::touches_nothing_else],
            "delete_expired(now 1500)"
        ),
        fault!(
            "an entry is due a ttl after its last access" from "https://github.com/redis/redis-vl-python/issues/603",
            volatile(|| Expires(|entry, now| {
                entry.ttl.is_some_and(|ttl| match entry.access_count {
                    0 => entry.created_at + ttl <= now,
                    _ => entry.last_accessed_at + ttl <= now,
                })
            })),
            expiry::access_does_not_extend,
            [access::touches_nothing_else],
            "update_access"
        ),
        fault!(
            "an upsert leaves the old row in the expiry index",
            volatile(KeepsOldRows::default),
            expiry::upsert_replaces_it,
            [],
            "delete_expired(now 2^53 - 1)"
        ),
        fault!(
            "an upsert keeps the first due time",
            volatile(KeepsTheFirst::default),
            expiry::upsert_replaces_it,
            [],
            "expected"
        ),
        fault!(
            "due times are unsigned and of 32 bits",
            volatile(|| Expires(|entry, now| {
                due(entry).is_some_and(|due| due & u64::from(u32::MAX) <= now)
            })),
            expiry::large_ttl_does_not_wrap,
            [expiry::is_due_at_created_plus_ttl],
            "expected id "
        ),
        fault!(
            "due times are clamped to the range",
            volatile(|| Expires(|entry, now| due(entry).is_some_and(|due| due.min(MAX_NUMBER) <= now))),
            expiry::large_ttl_does_not_wrap,
            [],
            "delete_expired(now 2^53 - 1)"
        ),
        fault!(
            "due times are floats of 32 bits",
            volatile(|| Expires(|entry, now| due(entry).is_some_and(|due| as_float(due) <= as_float(now)))),
            expiry::is_due_at_created_plus_ttl,
            [expiry::large_ttl_does_not_wrap],
            "expected id "
        ),
        fault!(
            "due times are nanoseconds in 64 bits",
            volatile(|| Expires(|entry, now| {
                let nanoseconds = |seconds: u64| seconds.saturating_mul(1_000_000_000);
                due(entry).is_some_and(|due| nanoseconds(due) <= nanoseconds(now))
            })),
            expiry::is_due_at_created_plus_ttl,
            [expiry::large_ttl_does_not_wrap],
            "delete_expired(now 6,755,399,441,055,743)"
        ),
        fault!(
            "a sweep without a namespace sweeps the empty one",
            volatile(|| NoneIsEmpty),
            expiry::is_scoped,
            [expiry::is_due_at_created_plus_ttl],
            "expected"
        ),
        fault!(
            "a sweep of one namespace sweeps all",
            volatile(|| SweepsAll),
            expiry::is_scoped,
            [],
            "expected id 1 (\"b\", \"h\")"
        ),
        fault!(
            "a sweep of one namespace sweeps those that begin with its name",
            volatile(|| SweepsThePrefix),
            expiry::is_scoped,
            [],
            "expected id 1 (\"ab\", \"h\")"
        ),
        fault!(
            "a sweep of the empty namespace sweeps all",
            volatile(|| EmptyIsNone),
            expiry::is_scoped,
            [key::empty_namespace_is_a_namespace],
            "delete_expired(now 5000, \"\")"
        ),
        fault!(
            "a sweep answers whether it removed anything",
            volatile(|| AnswersWhether),
            expiry::counts_what_it_removed,
            [],
            "expected 2"
        ),
        fault!(
            "a sweep answers the rows of its index, which a delete leaves",
            volatile(CountsIndexRows::default),
            expiry::counts_what_it_removed,
            [],
            "expected 0"
        ),
        fault!(
            "a sweep answers the rows of two tables",
            volatile(|| CountsTwoTables),
            expiry::counts_what_it_removed,
            [],
            "expected 1"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&due_times());
}

/// When an entry is due, as a plain sum.
fn due(entry: &Entry) -> Option<u64> {
    entry.ttl.map(|ttl| entry.created_at + ttl)
}

#[allow(clippy::cast_precision_loss, reason = "it is the mistake")]
fn as_float(seconds: u64) -> f32 {
    seconds as f32
}

fn stored(store: &dyn Store) -> Result<Vec<StoredEntry>> {
    store.iter_all()?.collect()
}

/// Removes what a rule says is due, in the scope that it is asked for.
fn sweep(store: &dyn Store, scope: Option<&str>, is_due: impl Fn(&Entry) -> bool) -> Result<u64> {
    let mut removed = 0;
    for found in stored(store)? {
        if scope.is_none_or(|scope| found.namespace == scope) && is_due(&found.entry) {
            removed += u64::from(store.delete_by_id(found.id)?);
        }
    }
    Ok(removed)
}

/// Another rule for what is due; arguments out of range are refused as they should be.
struct Expires(fn(&Entry, u64) -> bool);

impl Lie for Expires {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER || store.count(None).is_err() {
            return store.delete_expired(now, namespace);
        }
        sweep(store, namespace, |entry| (self.0)(entry, now))
    }
}

/// `ttl INTEGER DEFAULT 31536000`: an insert leaves the column out where there is no ttl, and an upsert sets it to NULL.
#[derive(Default)]
struct DefaultsAtInsert(Mutex<BTreeSet<u64>>);

impl Lie for DefaultsAtInsert {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let is_new = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_none();
        let has_ttl = entry.ttl.is_some();
        let id = store.insert(entry)?;
        let mut defaults = self.0.lock().expect("no panic holds it");
        if is_new && !has_ttl {
            defaults.insert(id);
        } else {
            defaults.remove(&id);
        }
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        let defaults = self.0.lock().expect("no panic holds it").clone();
        let is_due =
            |found: &StoredEntry| defaults.contains(&found.id) && found.created_at + 31_536_000 <= now;
        let scoped = |found: &StoredEntry| namespace.is_none_or(|scope| found.namespace == scope);
        let due = stored(store)?.into_iter().filter(|found| is_due(found) && scoped(found));
        let more: Result<u64> = due.map(|found| store.delete_by_id(found.id).map(u64::from)).sum();
        Ok(removed + more?)
    }
}

/// A walk over rows in the order of their making, which ends early.
struct StopsAtTheFirst;

impl Lie for StopsAtTheFirst {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER || store.count(None).is_err() {
            return store.delete_expired(now, namespace);
        }
        let mut rows = stored(store)?;
        rows.retain(|row| row.ttl.is_some() && namespace.is_none_or(|scope| row.namespace == scope));
        rows.sort_by_key(|row| row.created_at);
        let due = rows.iter().take_while(|row| row.expires_at().is_some_and(|due| due <= now));
        due.map(|row| store.delete_by_id(row.id).map(u64::from)).sum()
    }
}

/// `BTreeMap<due, id>`.
#[derive(Default)]
struct OnePerSecond(Mutex<BTreeMap<u64, u64>>);

impl Lie for OnePerSecond {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let due = entry.expires_at();
        let id = store.insert(entry)?;
        let mut index = self.0.lock().expect("no panic");
        index.retain(|_, other| *other != id);
        if let Some(due) = due {
            index.insert(due, id);
        }
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER || store.count(None).is_err() {
            return store.delete_expired(now, namespace);
        }
        let index = self.0.lock().expect("no panic").clone();
        sweep(store, namespace, |entry| {
            let id =
                store.get_by_hash(&entry.namespace, &entry.query_hash).ok().flatten().map(|found| found.id);
            entry.expires_at().is_some_and(|due| due <= now && index.get(&due).copied() == id)
        })
    }
}

/// An index of `(due, id)` that an upsert only adds to, and that a sweep believes.
#[derive(Default)]
struct KeepsOldRows(Mutex<BTreeSet<(u64, u64)>>);

impl Lie for KeepsOldRows {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let due = entry.expires_at();
        let id = store.insert(entry)?;
        if let Some(due) = due {
            self.0.lock().expect("no panic").insert((due, id));
        }
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut removed = store.delete_expired(now, namespace)?;
        let index = self.0.lock().expect("no panic").clone();
        for (_, id) in index.into_iter().filter(|(due, _)| *due <= now) {
            let in_scope = store
                .get_by_id(id)?
                .is_some_and(|found| namespace.is_none_or(|scope| found.namespace == scope));
            removed += u64::from(in_scope && store.delete_by_id(id)?);
        }
        Ok(removed)
    }
}

/// The due time is a column of its own, which an upsert does not write.
#[derive(Default)]
struct KeepsTheFirst(Mutex<BTreeMap<u64, Option<u64>>>);

impl Lie for KeepsTheFirst {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let due = entry.expires_at();
        let id = store.insert(entry)?;
        self.0.lock().expect("no panic").entry(id).or_insert(due);
        Ok(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if now > MAX_NUMBER || store.count(None).is_err() {
            return store.delete_expired(now, namespace);
        }
        let first = self.0.lock().expect("no panic").clone();
        let mut removed = 0;
        for found in stored(store)? {
            let is_due = first.get(&found.id).copied().flatten().is_some_and(|due| due <= now);
            if is_due && namespace.is_none_or(|scope| found.namespace == scope) {
                removed += u64::from(store.delete_by_id(found.id)?);
            }
        }
        Ok(removed)
    }
}

/// `namespace.unwrap_or_default()`.
struct NoneIsEmpty;

impl Lie for NoneIsEmpty {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.delete_expired(now, Some(namespace.unwrap_or_default()))
    }
}

/// A sweep that takes no notice of its scope.
struct SweepsAll;

impl Lie for SweepsAll {
    fn delete_expired(&self, store: &dyn Store, now: u64, _: Option<&str>) -> Result<u64> {
        store.delete_expired(now, None)
    }
}

/// `LIKE namespace || '%'`.
struct SweepsThePrefix;

impl Lie for SweepsThePrefix {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let Some(prefix) = namespace.filter(|prefix| !prefix.is_empty()) else {
            return store.delete_expired(now, namespace);
        };
        let names = store.list_namespaces()?;
        let others = names.iter().filter(|name| *name != prefix && name.starts_with(prefix));
        let mut removed = store.delete_expired(now, namespace)?;
        for name in others {
            removed += store.delete_expired(now, Some(name))?;
        }
        Ok(removed)
    }
}

/// Empty text for "no filter".
struct EmptyIsNone;

impl Lie for EmptyIsNone {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.delete_expired(now, namespace.filter(|scope| !scope.is_empty()))
    }
}

struct AnswersWhether;

impl Lie for AnswersWhether {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        Ok(store.delete_expired(now, namespace)?.min(1))
    }
}

/// The number of rows taken from an index that a delete by id leaves alone.
#[derive(Default)]
struct CountsIndexRows(Mutex<u64>);

impl Lie for CountsIndexRows {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if store.get_by_id(id)?.is_some_and(|found| found.ttl.is_some()) {
            *self.0.lock().expect("no panic") += 1;
        }
        store.delete_by_id(id)
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        Ok(store.delete_expired(now, namespace)? + std::mem::take(&mut *self.0.lock().expect("no panic")))
    }
}

/// `changes()` over the entries and their vectors.
struct CountsTwoTables;

impl Lie for CountsTwoTables {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        Ok(store.delete_expired(now, namespace)? * 2)
    }
}

struct SweepsAPage;

impl Lie for SweepsAPage {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let names = store.list_namespaces()?;
        if namespace.is_some() || names.len() <= 1_500 {
            return store.delete_expired(now, namespace);
        }
        names.iter().take(1_000).map(|name| store.delete_expired(now, Some(name))).sum()
    }
}
