use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Error, Result, Store, StoredEntry};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the order is that of created_at",
            volatile(|| Listing(by_created_at)),
            lru::oldest_access_first,
            [lru::ties_break_by_id],
            "<- expected [2, 1]"
        ),
        fault!(
            "the order is that of ids",
            volatile(|| Listing(by_id)),
            lru::oldest_access_first,
            [],
            "<- expected [2, 1]"
        ),
        fault!(
            "the order is that of how often an entry was used",
            volatile(|| Listing(by_access_count)),
            lru::oldest_access_first,
            [lru::ties_break_by_id],
            "<- expected [2, 1]"
        ),
        fault!(
            "times are compared as text",
            volatile(|| Listing(by_text)),
            lru::oldest_access_first,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "times are 32-bit numbers",
            volatile(|| Listing(by_32_bits)),
            lru::oldest_access_first,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "times are 32-bit floats",
            volatile(|| Listing(by_float)),
            lru::oldest_access_first,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "a time of 0 is never, and comes last",
            volatile(|| Listing(zero_last)),
            lru::oldest_access_first,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "equal times stand in no order",
            volatile(|| Listing(by_time_alone)),
            lru::ties_break_by_id,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "equal times ascend by ids as text",
            volatile(|| Listing(ties_by_text)),
            lru::ties_break_by_id,
            [],
            "<- expected [1, 2, 3"
        ),
        fault!(
            "equal times ascend by hash",
            volatile(|| Listing(ties_by_hash)),
            lru::ties_break_by_id,
            [],
            "<- expected [1, 2]"
        ),
        fault!(
            "equal times stand in the order in which they were set",
            volatile(Queue::default),
            lru::ties_break_by_id,
            [],
            "update_access(1, now 50)"
        ),
        fault!(
            "a limit of 0 is none",
            volatile(|| Listing(zero_is_all)),
            lru::limit_is_exact,
            [],
            "iter_lru_ids(0)"
        ),
        fault!(
            "the limit is one too many",
            volatile(|| Listing(one_more)),
            lru::limit_is_exact,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "the limit turns negative",
            volatile(|| Listing(signed)),
            lru::limit_is_exact,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "the limit is cut to 16 bits",
            volatile(|| Listing(cut)),
            lru::limit_is_exact,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "room for the whole limit is taken",
            volatile(|| Listing(takes_room)),
            lru::limit_is_exact,
            [robust::nothing_panics],
            "a panic"
        ),
        fault!(
            "at most 1,000 ids are listed",
            volatile(|| Listing(one_page)),
            lru::limit_is_exact,
            [],
            "of 1000"
        ),
        fault!(
            "the limit is applied before the namespace",
            volatile(|| Listing(limited_first)),
            lru::is_scoped,
            [lru::limit_is_exact],
            "<- expected [2]"
        ),
        fault!(
            "the namespace is a prefix",
            volatile(|| Listing(by_prefix)),
            lru::is_scoped,
            [key::empty_namespace_is_a_namespace],
            "iter_lru_ids("
        ),
        fault!(
            "an order of the empty namespace is that of all",
            volatile(|| Listing(empty_is_all)),
            lru::is_scoped,
            [key::empty_namespace_is_a_namespace],
            "iter_lru_ids(1, \"\")"
        ),
        fault!(
            "an order of an unknown namespace is an error",
            volatile(|| Listing(unknown_is_an_error)),
            lru::is_scoped,
            [robust::fails_only_where_a_clause_says],
            "no such namespace"
        ),
        fault!(
            "an access is no move",
            volatile(|| Moves::forgets(Forgets::Access)),
            lru::follows_access_and_upsert,
            [],
            "update_access"
        ),
        fault!(
            "an access to an earlier time is no move",
            volatile(|| Moves::forgets(Forgets::Earlier)),
            lru::follows_access_and_upsert,
            [],
            "update_access"
        ),
        fault!(
            "an upsert is no move",
            volatile(|| Moves::forgets(Forgets::Upsert)),
            lru::follows_access_and_upsert,
            [],
            "insert(\"a\", \"h2\", last accessed at 60)"
        ),
        fault!(
            "an access adds a row to the order and leaves the old one",
            volatile(LeavesRows::default),
            lru::follows_access_and_upsert,
            [],
            "update_access"
        ),
        fault!(
            "a lookup is an access to the order",
            volatile(Promotes::default),
            lru::oldest_access_first,
            [lookup::reading_changes_nothing],
            "get_by_hash"
        ),
        fault!(
            "the order is a map from times",
            volatile(|| Listing(one_per_time)),
            lru::ties_break_by_id,
            [],
            "iter_lru_ids("
        ),
        fault!(
            "an expired entry stays in the order",
            volatile(KeepsTheExpired::default),
            lru::oldest_access_first,
            [],
            "delete_expired"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A lie about the list alone that keeps nothing in mind.
struct Listing(List);

type List = fn(&dyn Store, usize, Option<&str>) -> Result<Vec<u64>>;

impl Lie for Listing {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        (self.0)(store, limit, namespace)
    }
}

/// The ids of a namespace's entries, ordered by something.
fn ordered<K: Ord>(
    store: &dyn Store,
    limit: usize,
    namespace: Option<&str>,
    by: impl Fn(&StoredEntry) -> K,
) -> Result<Vec<u64>> {
    let mut entries: Vec<_> = store.iter_all()?.collect::<Result<_>>()?;
    entries.retain(|entry| namespace.is_none_or(|namespace| entry.namespace == namespace));
    entries.sort_by_key(by);
    Ok(entries.into_iter().take(limit).map(|entry| entry.id).collect())
}

macro_rules! ordered_by {
    ($($name:ident = |$entry:ident| $key:expr;)+) => {$(
        fn $name(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
            ordered(store, limit, namespace, |$entry| $key)
        }
    )+};
}

ordered_by! {
    by_created_at = |entry| (entry.created_at, entry.last_accessed_at, entry.id);
    by_id = |entry| entry.id;
    by_access_count = |entry| (entry.access_count, entry.last_accessed_at, entry.id);
    by_text = |entry| (entry.last_accessed_at.to_string(), entry.id);
    by_32_bits = |entry| (entry.last_accessed_at & u64::from(u32::MAX), entry.id);
    by_float = |entry| (float(entry.last_accessed_at), entry.id);
    zero_last = |entry| (entry.last_accessed_at.wrapping_sub(1), entry.id);
    by_time_alone = |entry| (entry.last_accessed_at, entry.id.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    ties_by_text = |entry| (entry.last_accessed_at, entry.id.to_string());
    ties_by_hash = |entry| (entry.last_accessed_at, entry.query_hash.clone());
}

#[allow(clippy::cast_precision_loss, reason = "the loss is the mistake")]
fn float(time: u64) -> u32 {
    // Floats that are not negative have the order of their bits.
    (time as f32).to_bits()
}

/// One id for each time: the last one.
fn one_per_time(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    let mut order = BTreeMap::new();
    for id in store.iter_lru_ids(usize::MAX, namespace)? {
        order.insert(store.get_by_id(id)?.map(|entry| entry.last_accessed_at), id);
    }
    Ok(order.into_values().take(limit).collect())
}

fn zero_is_all(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    store.iter_lru_ids(if limit == 0 { usize::MAX } else { limit }, namespace)
}

fn one_more(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    store.iter_lru_ids(limit.saturating_add(usize::from(limit > 0)), namespace)
}

fn signed(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    store.iter_lru_ids(usize::try_from(limit.cast_signed()).unwrap_or(0), namespace)
}

fn cut(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    store.iter_lru_ids(if limit == usize::MAX { limit } else { limit & 0xffff }, namespace)
}

fn takes_room(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    assert!(isize::try_from(limit).is_ok_and(|limit| limit < isize::MAX / 8), "capacity overflow");
    store.iter_lru_ids(limit, namespace)
}

fn one_page(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    store.iter_lru_ids(limit.min(1_000), namespace)
}

fn limited_first(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    let all = store.iter_lru_ids(limit, None)?;
    let scoped = store.iter_lru_ids(usize::MAX, namespace)?;
    Ok(all.into_iter().filter(|id| scoped.contains(id)).collect())
}

fn by_prefix(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    let Some(prefix) = namespace else { return store.iter_lru_ids(limit, None) };
    let all = store.iter_lru_ids(usize::MAX, None)?;
    let within = |id: &u64| {
        store.get_by_id(*id).is_ok_and(|entry| entry.is_some_and(|entry| entry.namespace.starts_with(prefix)))
    };
    Ok(all.into_iter().filter(within).take(limit).collect())
}

fn empty_is_all(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    store.iter_lru_ids(limit, namespace.filter(|name| !name.is_empty()))
}

fn unknown_is_an_error(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    if namespace.is_some() && store.count(namespace)? == 0 {
        return Err(Error::backend("list", "no such namespace"));
    }
    store.iter_lru_ids(limit, namespace)
}

/// An order beside the entries: ids by what stands for their time.
#[derive(Default)]
struct Order(Mutex<BTreeMap<u64, u64>>);

impl Order {
    fn get(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let order = self.get();
        ordered(store, limit, namespace, |entry| {
            (order.get(&entry.id).copied().unwrap_or(entry.last_accessed_at), entry.id)
        })
    }
}

#[derive(PartialEq)]
enum Forgets {
    Access,
    Earlier,
    Upsert,
}

/// Not every write of a time moves the entry.
struct Moves {
    forgets: Forgets,
    order: Order,
}

impl Moves {
    fn forgets(forgets: Forgets) -> Self {
        Self { forgets, order: Order::default() }
    }
}

impl Lie for Moves {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let is_new = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_none();
        let time = entry.last_accessed_at;
        let id = store.insert(entry)?;
        if is_new || self.forgets != Forgets::Upsert {
            self.order.get().insert(id, time);
        }
        Ok(id)
    }

    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        if let Some(time) = self.order.get().get_mut(&id) {
            match self.forgets {
                Forgets::Access => {}
                Forgets::Earlier => *time = now.max(*time),
                Forgets::Upsert => *time = now,
            }
        }
        Ok(())
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        self.order.list(store, limit, namespace)
    }
}

/// A queue for each time, at whose end an entry stands that was used at it.
#[derive(Default)]
struct Queue(Mutex<Vec<u64>>);

impl Queue {
    fn put_last(&self, id: u64) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.retain(|other| *other != id);
        queue.push(id);
    }
}

impl Lie for Queue {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        self.put_last(id);
        Ok(id)
    }

    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        self.put_last(id);
        Ok(())
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place: BTreeMap<u64, usize> = queue.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        ordered(store, limit, namespace, |entry| (entry.last_accessed_at, place.get(&entry.id).copied()))
    }
}

/// Each access writes a row (time, id), and none goes while the entry stays.
#[derive(Default)]
struct LeavesRows(Mutex<BTreeSet<(u64, u64)>>);

impl Lie for LeavesRows {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if let Some(entry) = store.get_by_id(id)? {
            let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            rows.insert((entry.last_accessed_at, id));
        }
        store.update_access(id, now)
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stored = store.iter_lru_ids(usize::MAX, namespace)?;
        rows.retain(|(_, id)| stored.contains(id));
        for id in stored {
            rows.extend(store.get_by_id(id)?.map(|entry| (entry.last_accessed_at, id)));
        }
        Ok(rows.into_iter().map(|(_, id)| id).take(limit).collect())
    }
}

/// A map whose `get` puts the entry last.
#[derive(Default)]
struct Promotes(Mutex<Vec<u64>>);

impl Lie for Promotes {
    fn get_by_hash(
        &self,
        store: &dyn Store,
        namespace: &str,
        query_hash: &str,
    ) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, query_hash)?;
        if let Some(found) = &found {
            let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            read.retain(|id| *id != found.id);
            read.push(found.id);
        }
        Ok(found)
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = |id: u64| read.iter().position(|other| *other == id);
        ordered(store, limit, namespace, |entry| (place(entry.id), entry.last_accessed_at, entry.id))
    }
}

/// Rows of the order that an expiry leaves behind.
#[derive(Default)]
struct KeepsTheExpired(Mutex<Vec<u64>>);

impl Lie for KeepsTheExpired {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let before = store.iter_lru_ids(usize::MAX, None)?;
        let removed = store.delete_expired(now, namespace)?;
        let after = store.iter_lru_ids(usize::MAX, None)?;
        let gone = before.into_iter().filter(|id| !after.contains(id));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(gone);
        Ok(removed)
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if namespace.is_some() {
            ids.clear();
        }
        ids.extend(store.iter_lru_ids(limit, namespace)?);
        ids.truncate(limit);
        Ok(ids)
    }
}
