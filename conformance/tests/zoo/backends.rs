//! Mistakes as they come with the ways in which stores are built: on Redis, on SQL, in files, in shards, behind a write buffer,
//! with a list or a heap beside the entries, as JSON.
//!
//! Most need several operations of different kinds to show. A row pins one clause that must be broken, and who must find
//! it; what else breaks is left to the history.

#![allow(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "the ways in which an operation goes wrong have one signature"
)]

use super::faulty::{Faulty, Lie};
use mneme::{Entries, Entry, Identity, Result, Store, StoredEntry};
use mneme_conformance::{Clause, Settings, State, Subject, check_store, clause, run_random};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A mistake, and a clause that it must be found to break.
pub(crate) struct Backend {
    pub(crate) name: &'static str,
    pub(crate) subject: fn() -> Subject,
    pub(crate) clause: &'static Clause,
}

macro_rules! backends {
    ($($name:literal, $lie:expr, $area:ident :: $clause:ident;)+) => {
        pub(crate) fn backends() -> Vec<Backend> {
            vec![$(Backend {
                name: $name,
                subject: || Subject::volatile(|| Faulty::new($lie)),
                clause: &clause::$area::$clause,
            }),+]
        }
    };
}

backends! {
    "an empty response keeps the old one", Inserting(keeps_response), insert::upsert_replaces_every_field;
    "an empty query keeps the old one", Inserting(keeps_query), insert::upsert_replaces_every_field;
    "a time of 0 is that of the making", Inserting(accessed_when_made), fidelity::numbers;
    "a making at 0 is that of the last access", Inserting(made_when_accessed), fidelity::numbers;
    "a new entry was never used", Inserting(unused), fidelity::numbers;
    "a response loses the line end at its end", Inserting(chomped), fidelity::text;
    "line separators become line feeds", Inserting(line_separators), fidelity::text;
    "control characters are dropped", Inserting(without_controls), fidelity::text;
    "doubled quotes become one", Inserting(single_quotes), fidelity::text;
    "responses are normalised", Inserting(composed), fidelity::text;
    "tabs become spaces", Inserting(without_tabs), fidelity::text;
    "metadata with a field's name is that field", Inserting(flattened), fidelity::metadata;
    "empty lists in metadata are dropped", Inserting(without_empty_lists), fidelity::metadata;
    "texts of digits in metadata are numbers", Inserting(numbers_in_text), fidelity::metadata;
    "an access at 0 has no time", Accessing(not_at_zero), access::sets_the_time;
    "a use past a byte begins again", Accessing(counts_in_a_byte), access::counts_each;
    "a sweep at 0 sweeps nothing", Sweeping(not_at_zero_swept), expiry::zero_ttl_is_due_at_once;
    "an entry made at 0 is of no age", Sweeping(ageless), expiry::is_due_at_created_plus_ttl;
    "a sweep removes a hundred", Sweeping(a_hundred), robust::size_changes_nothing;
    "a sweep not later than the last is skipped", Watermark::default(), expiry::is_due_at_created_plus_ttl;
    "a scoped sweep takes the others off the heap", Heap::default(), expiry::is_due_at_created_plus_ttl;
    "a miss by id is remembered", Misses::default(), insert::returns_the_stored_id;
    "a miss by hash is looked for in the empty namespace", LookingUp(in_the_empty), key::any_text_is_a_key;
    "a miss by hash is looked for in lower case", LookingUp(in_lower_case), key::is_compared_by_bytes;
    "a namespace without a quota has its parent's", Parents, quota::is_remembered_per_namespace;
    "names that begin with an underscore are internal", Listing(without_underscores), namespaces::are_sorted_and_distinct;
    "names are ordered by signed bytes", Listing(by_signed_bytes), namespaces::are_sorted_and_distinct;
    "the order leaves out what was never used", Ordering(without_the_unused), lru::oldest_access_first;
    "the order is that of namespaces first", Ordering(by_namespace), lru::oldest_access_first;
    "the order is merged from shards of which each gives its part", Ordering(from_shards), lru::oldest_access_first;
    "an insert goes to the end of the order", AtTheEnd::default(), lru::oldest_access_first;
    "a deletion of the oldest loses the next", Unlinked::default(), lru::oldest_access_first;
    "accesses are written by fours", Buffered::default(), access::sets_the_time;
    "a buffered access comes after an upsert", LateAccess::default(), insert::upsert_replaces_every_field;
    "a cleared namespace is cleared again by a sweep", ClearedLater::default(), clear::counts_what_it_removed;
    "equal meta values are one", Interned::default(), meta::is_remembered;
    "a meta key ends at its equals sign", KeyOfALine, meta::keys_are_compared_by_bytes;
    "a version out of the order of ids is damage", Sound(in_order), integrity::is_true_when_sound;
    "a quota below the count is damage", SoundQuota::default(), integrity::is_true_when_sound;
    "what is past its ttl is damage", Sound(of_no_age), integrity::is_true_when_sound;
    "a clear scans ten at a time and looks once", ScansOnce, robust::size_changes_nothing;
    "a second open reads the counter of versions before the last write", Reopened::default(), version::advances_on_every_change;
    "a walk over shards goes shard by shard", Sharded, iterate::ascends_by_id;
    "a walk reads by key what was there by id", ByKey, iterate::never_ends_early;
}

#[test]
fn each_is_found_to_break_its_clause() {
    let mut complaints = String::new();
    let settings = Settings::default()
        .with_size(400)
        .with_programs(300)
        .with_deadline(Duration::from_secs(30))
        .without_sampled()
        .without_engines();
    for backend in backends() {
        let report = check_store((backend.subject)(), &settings);
        let broken: Vec<_> = report
            .rows()
            .iter()
            .filter(|(_, status)| status.state() == State::Broken)
            .map(|(clause, _)| *clause)
            .collect();
        if broken.contains(&backend.clause) {
            continue;
        }
        let engine = run_random((backend.subject)(), &settings);
        let found = engine.failure().map(mneme_conformance::Failure::clauses).unwrap_or_default();
        if !found.contains(&backend.clause) {
            complaints += &format!(
                "\n{}: {} is not broken; by scenarios {broken:?}, by random programs {found:?}",
                backend.name, backend.clause
            );
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The entry with its content changed.
fn changed(entry: Entry, with: impl FnOnce(&mut mneme::Content)) -> Entry {
    let (accessed, count) = (entry.last_accessed_at, entry.access_count);
    let mut content = (*entry.content).clone();
    with(&mut content);
    Entry::from(content).last_accessed_at(accessed).access_count(count)
}

/// An insert that stores another entry.
struct Inserting(fn(&dyn Store, Entry) -> Result<Entry>);

impl Lie for Inserting {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        store.insert((self.0)(store, entry)?)
    }
}

fn keeps_response(store: &dyn Store, entry: Entry) -> Result<Entry> {
    match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
        Some(old) if entry.response.is_empty() => Ok(entry.response(old.response.clone())),
        _ => Ok(entry),
    }
}

fn keeps_query(store: &dyn Store, entry: Entry) -> Result<Entry> {
    match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
        Some(old) if entry.query.is_empty() => Ok(entry.query(old.query.clone())),
        _ => Ok(entry),
    }
}

fn accessed_when_made(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let made = entry.created_at;
    Ok(if entry.last_accessed_at == 0 { entry.last_accessed_at(made) } else { entry })
}

fn made_when_accessed(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let accessed = entry.last_accessed_at;
    Ok(if entry.created_at == 0 { entry.created_at(accessed) } else { entry })
}

fn unused(store: &dyn Store, entry: Entry) -> Result<Entry> {
    let is_new = store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_none();
    Ok(if is_new && entry.access_count <= mneme::limits::MAX_NUMBER { entry.access_count(0) } else { entry })
}

fn chomped(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| {
        if content.response.ends_with('\n') {
            content.response.pop();
        }
    }))
}

fn line_separators(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.response = content.response.replace(['\u{2028}', '\u{85}'], "\n")))
}

fn without_controls(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let is_dropped = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\0');
    Ok(changed(entry, |content| content.query.retain(|c| !is_dropped(c))))
}

fn single_quotes(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.query = content.query.replace("\"\"", "\"")))
}

fn composed(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.response = content.response.replace("e\u{301}", "\u{e9}")))
}

fn without_tabs(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| content.response = content.response.replace('\t', "    ")))
}

/// As `#[serde(flatten)]` on the metadata does.
fn flattened(_: &dyn Store, entry: Entry) -> Result<Entry> {
    let fields = ["id", "namespace", "query", "response", "ttl", "version"];
    Ok(changed(entry, |content| content.metadata.retain(|key, _| !fields.contains(&key.as_str()))))
}

fn without_empty_lists(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| {
        content.metadata.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }))
}

fn numbers_in_text(_: &dyn Store, entry: Entry) -> Result<Entry> {
    Ok(changed(entry, |content| {
        for value in content.metadata.values_mut() {
            if let Some(number) = value.as_str().and_then(|text| text.parse::<u64>().ok()) {
                *value = number.into();
            }
        }
    }))
}

/// An access that goes another way.
struct Accessing(fn(&dyn Store, u64, u64) -> Result<()>);

impl Lie for Accessing {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        (self.0)(store, id, now)
    }
}

fn not_at_zero(store: &dyn Store, id: u64, now: u64) -> Result<()> {
    let before = store.get_by_id(id)?.map_or(0, |entry| entry.last_accessed_at);
    store.update_access(id, if now == 0 { before } else { now })
}

fn counts_in_a_byte(store: &dyn Store, id: u64, now: u64) -> Result<()> {
    let times = match store.get_by_id(id)? {
        Some(entry) if entry.access_count == 255 => 256,
        _ => 1,
    };
    (0..times).try_for_each(|_| store.update_access(id, now))
}

/// A sweep that goes another way.
struct Sweeping(fn(&dyn Store, u64, Option<&str>) -> Result<u64>);

impl Lie for Sweeping {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        (self.0)(store, now, namespace)
    }
}

fn not_at_zero_swept(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
    if now == 0 { store.count(None).map(|_| 0) } else { store.delete_expired(now, namespace) }
}

/// What is due, in one namespace or in all.
fn due(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<Vec<StoredEntry>> {
    let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
    entries.retain(|entry| {
        namespace.is_none_or(|name| entry.namespace == name) && entry.expires_at().is_some_and(|at| at <= now)
    });
    Ok(entries)
}

/// Removes these alone, in a sweep or by none.
fn remove(store: &dyn Store, entries: Vec<StoredEntry>) -> Result<u64> {
    for entry in &entries {
        store.delete_by_id(entry.id)?;
    }
    Ok(entries.len() as u64)
}

fn ageless(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
    mneme::limits::check_number("now", now)?;
    let mut entries = due(store, now, namespace)?;
    entries.retain(|entry| entry.created_at > 0);
    remove(store, entries)
}

fn a_hundred(store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
    mneme::limits::check_number("now", now)?;
    let mut entries = due(store, now, namespace)?;
    if entries.len() <= 100 {
        return store.delete_expired(now, namespace);
    }
    entries.truncate(100);
    remove(store, entries)
}

#[derive(Default)]
struct Watermark(Mutex<Option<u64>>);

impl Lie for Watermark {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut last = lock(&self.0);
        if last.is_some_and(|last| now < last) {
            return store.count(None).map(|_| 0);
        }
        let removed = store.delete_expired(now, namespace)?;
        *last = Some(now);
        Ok(removed)
    }
}

/// The due entries that a sweep of another namespace has taken off the heap.
#[derive(Default)]
struct Heap(Mutex<BTreeSet<u64>>);

impl Lie for Heap {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.0).remove(&id);
        Ok(id)
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let mut lost = lock(&self.0);
        if lost.is_empty() && namespace.is_none() {
            return store.delete_expired(now, None);
        }
        mneme::limits::check_number("now", now)?;
        let mut entries = due(store, now, None)?;
        entries.retain(|entry| !lost.contains(&entry.id));
        let (swept, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| namespace.is_none_or(|name| entry.namespace == name));
        lost.extend(others.iter().map(|entry| entry.id));
        remove(store, swept)
    }
}

#[derive(Default)]
struct Misses(Mutex<BTreeSet<u64>>);

impl Lie for Misses {
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        let mut misses = lock(&self.0);
        if found.is_none() {
            misses.insert(id);
        }
        Ok(found.filter(|_| !misses.contains(&id)))
    }
}

struct LookingUp(fn(&dyn Store, &str, &str) -> Result<Option<StoredEntry>>);

impl Lie for LookingUp {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        match store.get_by_hash(namespace, hash)? {
            None => (self.0)(store, namespace, hash),
            found => Ok(found),
        }
    }
}

fn in_the_empty(store: &dyn Store, _: &str, hash: &str) -> Result<Option<StoredEntry>> {
    store.get_by_hash("", hash)
}

fn in_lower_case(store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
    store.get_by_hash(namespace, &hash.to_lowercase())
}

struct Parents;

impl Lie for Parents {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        match (store.get_namespace_quota(namespace)?, namespace.rsplit_once([':', '/', '.'])) {
            (None, Some((parent, _))) => store.get_namespace_quota(parent),
            (quota, _) => Ok(quota),
        }
    }
}

struct Listing(fn(Vec<String>) -> Vec<String>);

impl Lie for Listing {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        Ok((self.0)(store.list_namespaces()?))
    }
}

fn without_underscores(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.starts_with('_'));
    names
}

fn by_signed_bytes(mut names: Vec<String>) -> Vec<String> {
    names.sort_by_key(|name| name.bytes().map(u8::cast_signed).collect::<Vec<_>>());
    names
}

struct Ordering(fn(&dyn Store, usize, Option<&str>) -> Result<Vec<u64>>);

impl Lie for Ordering {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        (self.0)(store, limit, namespace)
    }
}

fn without_the_unused(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
    let is_used =
        |id: &u64| store.get_by_id(*id).is_ok_and(|entry| entry.is_some_and(|e| e.access_count > 0));
    if ids.iter().any(is_used) {
        ids.retain(is_used);
    }
    ids.truncate(limit);
    Ok(ids)
}

fn by_namespace(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    if namespace.is_some() {
        return store.iter_lru_ids(limit, namespace);
    }
    let mut ids = Vec::new();
    for name in store.list_namespaces()? {
        ids.extend(store.iter_lru_ids(usize::MAX, Some(&name))?);
    }
    ids.truncate(limit);
    Ok(ids)
}

/// Four shards, by id; each is asked for its share of the limit and one more.
fn from_shards(store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
    let ids = store.iter_lru_ids(usize::MAX, namespace)?;
    let share = (limit / 4).saturating_add(1);
    let mut given = [0; 4];
    let mut merged: Vec<u64> = ids
        .into_iter()
        .filter(|id| {
            let taken = &mut given[usize::try_from(id % 4).unwrap_or(0)];
            *taken += 1;
            *taken <= share
        })
        .collect();
    merged.truncate(limit);
    Ok(merged)
}

/// The ids in the order of their last insert or access.
#[derive(Default)]
struct AtTheEnd(Mutex<BTreeSet<u64>>);

impl Lie for AtTheEnd {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        lock(&self.0).insert(id);
        Ok(id)
    }

    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        lock(&self.0).remove(&id);
        Ok(())
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let fresh = lock(&self.0);
        let (new, mut ids): (Vec<_>, Vec<_>) =
            store.iter_lru_ids(usize::MAX, namespace)?.into_iter().partition(|id| fresh.contains(id));
        let mut new = new;
        new.sort_unstable();
        ids.extend(new);
        ids.truncate(limit);
        Ok(ids)
    }
}

#[derive(Default)]
struct Unlinked(Mutex<BTreeSet<u64>>);

impl Lie for Unlinked {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let order = store.iter_lru_ids(3, None)?;
        if order.first() == Some(&id) && order.len() > 2 {
            lock(&self.0).insert(order[1]);
        }
        store.delete_by_id(id)
    }

    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let lost = lock(&self.0);
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        ids.retain(|id| !lost.contains(id));
        ids.truncate(limit);
        Ok(ids)
    }
}

/// Accesses that wait for three more.
#[derive(Default)]
struct Buffered(Mutex<Vec<(u64, u64)>>);

impl Lie for Buffered {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        mneme::limits::check_number("now", now)?;
        store.count(None)?;
        let mut waiting = lock(&self.0);
        waiting.push((id, now));
        if waiting.len() == 4 {
            waiting.drain(..).try_for_each(|(id, now)| store.update_access(id, now))?;
        }
        Ok(())
    }
}

/// The last access of each entry, which is written again when the entry is upserted.
#[derive(Default)]
struct LateAccess(Mutex<BTreeMap<u64, u64>>);

impl Lie for LateAccess {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(id, now)?;
        lock(&self.0).insert(id, now);
        Ok(())
    }

    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        if let Some(now) = lock(&self.0).remove(&id) {
            store.update_access(id, now)?;
        }
        Ok(id)
    }
}

#[derive(Default)]
struct ClearedLater(Mutex<BTreeSet<String>>);

impl Lie for ClearedLater {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let cleared = store.clear_namespace(namespace)?;
        lock(&self.0).insert(namespace.to_owned());
        Ok(cleared)
    }

    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        let removed = store.delete_expired(now, namespace)?;
        for name in std::mem::take(&mut *lock(&self.0)) {
            store.clear_namespace(&name)?;
        }
        Ok(removed)
    }
}

/// Each key's value, by the text that it had first.
#[derive(Default)]
struct Interned(Mutex<BTreeMap<String, String>>);

impl Lie for Interned {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let old = store.read_meta(key)?;
        store.write_meta(key, value)?;
        let mut known = lock(&self.0);
        // All keys that have the old value point at one text, which is written in place.
        if let Some(old) = old.filter(|old| !old.is_empty()) {
            let same: Vec<String> =
                known.iter().filter(|(_, text)| **text == old).map(|(k, _)| k.clone()).collect();
            for other in same {
                store.write_meta(&other, value)?;
                known.insert(other, value.to_owned());
            }
        }
        known.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}

/// A file of lines, each a key, an equals sign and a value.
struct KeyOfALine;

impl KeyOfALine {
    fn key(key: &str) -> &str {
        key.split_once('=').map_or(key, |(key, _)| key)
    }
}

impl Lie for KeyOfALine {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(Self::key(key), value)
    }

    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        store.read_meta(Self::key(key))
    }
}

struct Sound(fn(&[StoredEntry]) -> bool);

impl Lie for Sound {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        store.integrity_check()?;
        Ok((self.0)(&store.iter_all()?.collect::<Result<Vec<_>>>()?))
    }
}

fn in_order(entries: &[StoredEntry]) -> bool {
    entries.is_sorted_by_key(|entry| entry.version)
}

fn of_no_age(entries: &[StoredEntry]) -> bool {
    entries.iter().all(|entry| entry.expires_at().is_none_or(|due| due > entry.last_accessed_at))
}

#[derive(Default)]
struct SoundQuota(Mutex<BTreeMap<String, u64>>);

impl Lie for SoundQuota {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(())
    }

    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        let sound = store.integrity_check()?;
        let quotas = lock(&self.0);
        let within =
            quotas.iter().all(|(name, quota)| store.count(Some(name)).is_ok_and(|count| count <= *quota));
        Ok(sound && within)
    }
}

struct ScansOnce;

impl Lie for ScansOnce {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        let mut entries: Vec<_> = entries.into_iter().filter(|entry| entry.namespace == namespace).collect();
        if entries.len() <= 10 {
            return store.clear_namespace(namespace);
        }
        entries.truncate(10);
        remove(store, entries)
    }
}

/// The version that a second open goes back to.
#[derive(Default)]
struct Reopened(Mutex<(u64, Option<u64>)>);

impl Lie for Reopened {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        let mut state = lock(&self.0);
        let last = store.version_counter()?;
        state.1 = (last > 0).then(|| last - 1);
        Ok(())
    }

    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        let version = store.version_counter()?;
        let mut state = lock(&self.0);
        if state.0 != version {
            *state = (version, None);
        }
        Ok(state.1.unwrap_or(version))
    }
}

/// Two shards, by id.
struct Sharded;

impl Lie for Sharded {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        if entries.len() > 5 {
            entries.sort_by_key(|entry| (entry.id % 2, entry.id));
        }
        Ok(Box::new(entries.into_iter().map(Ok)))
    }
}

/// The keys are read at the call, and the entries at each item.
struct ByKey;

impl Lie for ByKey {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        let keys: Vec<_> =
            entries.into_iter().map(|entry| (entry.namespace.clone(), entry.query_hash.clone())).collect();
        Ok(Box::new(
            keys.into_iter().filter_map(|(namespace, hash)| store.get_by_hash(&namespace, &hash).transpose()),
        ))
    }
}
