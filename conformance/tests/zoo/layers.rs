//! Mistakes that come with a layer over the store or under it: a deduplication, a side table, a format for texts, a filter
//! that somebody forgot.

use super::{
    fault::Fault,
    faulty::{Lie, lock},
};
use crate::fault;
use mneme::{Content, Entries, Entry, Result, Store, StoredEntry, limits};
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an entry with a vector that is stored already is that one",
            volatile(|| Deduplicates::by(|entry| Some(format!("{:?}", entry.embedding)))),
            insert::ids_ascend,
            [],
            "expected"
        ),
        fault!(
            "a question that was asked already is the entry of then",
            volatile(|| Deduplicates::by(|entry| {
                (!entry.query.is_empty()).then(|| format!("{:?}{:?}", entry.namespace, entry.query))
            })),
            insert::ids_ascend,
            [],
            "expected"
        ),
        fault!(
            "use is kept by question",
            volatile(|| UseByQuestion),
            access::touches_nothing_else,
            [],
            "expected"
        ),
        fault!(
            "a quota needs a namespace that there is",
            volatile(|| QuotaOfAKnown),
            quota::is_remembered_per_namespace,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "the count of all leaves out the empty namespace",
            volatile(|| CountsTheNamed),
            count::follows_the_data,
            [],
            "count()"
        ),
        fault!(
            "a walk leaves out the empty namespace",
            volatile(|| WalksTheNamed),
            iterate::yields_every_entry_once,
            [],
            "iter_all()"
        ),
        fault!(
            "an eviction order leaves out the empty namespace",
            volatile(|| OrdersTheNamed),
            lru::oldest_access_first,
            [],
            "iter_lru_ids"
        ),
        fault!(
            "spaces at the ends of lines are trimmed where there are several",
            volatile(|| Writes(|content| {
                if content.response.contains('\n') {
                    let lines = content.response.split('\n').map(str::trim_end);
                    content.response = lines.collect::<Vec<_>>().join("\n");
                }
            })),
            fidelity::text,
            [],
            "response"
        ),
        fault!(
            "an answer that is JSON is written without its spaces",
            volatile(|| Writes(|content| {
                if let Ok(value) = serde_json::from_str::<serde_json::Value>(&content.response) {
                    content.response = value.to_string();
                }
            })),
            fidelity::text,
            [],
            "response"
        ),
        fault!(
            "characters past the letters are written as entities",
            volatile(|| Writes(
                |content| content.query = content.query.replace('<', "&lt;").replace("&amp;", "&")
            )),
            fidelity::text,
            [],
            "query"
        ),
        fault!(
            "vectors in 16 bits",
            volatile(|| Writes(|content| {
                for number in &mut content.embedding {
                    *number = f32::from_bits(number.to_bits() & 0xffff_e000);
                }
            })),
            fidelity::embedding_bits,
            [],
            "embedding"
        ),
        fault!(
            "a second upsert in a row is taken for a retry",
            volatile(Retries::default),
            insert::upsert_replaces_every_field,
            [expiry::upsert_replaces_it, version::advances_on_every_change],
            "expected"
        ),
        fault!(
            "an upsert in a namespace with a quota keeps the old ttl",
            volatile(|| KeepsTheTtlUnderAQuota),
            insert::upsert_replaces_every_field,
            [],
            "ttl"
        ),
        fault!(
            "a key that was deleted twice is not stored again",
            volatile(Tombstones::default),
            insert::deleted_key_gets_a_new_id,
            [],
            "expected"
        ),
        fault!(
            "a write of meta that changes nothing removes the key",
            volatile(|| Toggles),
            meta::is_remembered,
            [],
            "read_meta"
        ),
        fault!(
            "an upsert fails",
            volatile(|| InsertsOnly),
            insert::upsert_keeps_the_id,
            [robust::fails_only_where_a_clause_says],
            "UNIQUE"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn all(store: &dyn Store) -> Result<Vec<StoredEntry>> {
    store.iter_all()?.collect()
}

fn dimension(store: &dyn Store) -> Result<usize> {
    let stamped = store.read_meta("embedder_dim")?.and_then(|text| text.parse().ok());
    Ok(stamped.expect("an open store has its stamp"))
}

/// Answers the id of an entry that is thought to be the same, and writes nothing.
struct Deduplicates {
    by: fn(&Entry) -> Option<String>,
    known: Mutex<HashMap<String, u64>>,
}

impl Deduplicates {
    fn by(by: fn(&Entry) -> Option<String>) -> Self {
        Self { by, known: Mutex::default() }
    }
}

impl Lie for Deduplicates {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let digest = (self.by)(&entry);
        let same = digest.as_ref().and_then(|digest| lock(&self.known).get(digest).copied());
        if store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_none()
            && let Some(same) = same
            && store.get_by_id(same)?.is_some()
        {
            return Ok(same);
        }
        let id = store.insert(entry)?;
        lock(&self.known).extend(digest.map(|digest| (digest, id)));
        Ok(id)
    }
}

/// `UPDATE usage SET .. WHERE question = ?`.
struct UseByQuestion;

impl Lie for UseByQuestion {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let asked = store.get_by_id(id)?;
        store.update_access(id, now)?;
        let Some(asked) = asked else { return Ok(()) };
        let others = all(store)?.into_iter().filter(|other| other.id != id && other.query == asked.query);
        others.map(|other| other.id).try_for_each(|other| store.update_access(other, now))
    }
}

/// A foreign key, with `INSERT OR IGNORE`.
struct QuotaOfAKnown;

impl Lie for QuotaOfAKnown {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        if store.count(Some(namespace))? == 0 && quota <= limits::MAX_NUMBER {
            return Ok(());
        }
        store.set_namespace_quota(namespace, quota)
    }
}

/// `WHERE namespace <> ''`.
struct CountsTheNamed;

impl Lie for CountsTheNamed {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let unnamed = if namespace.is_none() { store.count(Some(""))? } else { 0 };
        Ok(store.count(namespace)? - unnamed)
    }
}

struct WalksTheNamed;

impl Lie for WalksTheNamed {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let is_named =
            |entry: &Result<StoredEntry>| !matches!(entry, Ok(entry) if entry.namespace.is_empty());
        Ok(Box::new(store.iter_all()?.filter(is_named)))
    }
}

struct OrdersTheNamed;

impl Lie for OrdersTheNamed {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if namespace.is_some() {
            return store.iter_lru_ids(limit, namespace);
        }
        let unnamed: HashSet<u64> = store.iter_lru_ids(usize::MAX, Some(""))?.into_iter().collect();
        let ids = store.iter_lru_ids(usize::MAX, None)?.into_iter().filter(|id| !unnamed.contains(id));
        Ok(ids.take(limit).collect())
    }
}

/// An insert that writes another content.
struct Writes(fn(&mut Content));

impl Lie for Writes {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let (accessed, count) = (entry.last_accessed_at, entry.access_count);
        let mut content = (*entry.content).clone();
        (self.0)(&mut content);
        store.insert(Entry::from(content).last_accessed_at(accessed).access_count(count))
    }
}

/// What has the key of the last write is the same write again.
#[derive(Default)]
struct Retries(Mutex<HashMap<(String, String), u32>>);

impl Lie for Retries {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let mut times = lock(&self.0);
        let mine = times.get(&key).copied().unwrap_or(0);
        if mine >= 2
            && let Some(old) = store.get_by_hash(&key.0, &key.1)?
        {
            return Ok(old.id);
        }
        let id = store.insert(entry)?;
        times.clear();
        times.insert(key, mine + 1);
        Ok(id)
    }
}

/// Another statement, which counts, and has one column less.
struct KeepsTheTtlUnderAQuota;

impl Lie for KeepsTheTtlUnderAQuota {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let has_quota = store.get_namespace_quota(&entry.namespace)?.is_some();
        match store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            Some(old) if has_quota && entry.ttl.is_none() => store.insert(entry.ttl(old.ttl)),
            _ => store.insert(entry),
        }
    }
}

/// A tombstone outlives the second delete.
#[derive(Default)]
struct Tombstones(Mutex<HashMap<(String, String), u32>>);

impl Lie for Tombstones {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(old) = store.get_by_id(id)? {
            *lock(&self.0).entry((old.namespace.clone(), old.query_hash.clone())).or_default() += 1;
        }
        store.delete_by_id(id)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let deleted = lock(&self.0).get(&(namespace.to_owned(), hash.to_owned())).copied();
        Ok(found.filter(|_| deleted.is_none_or(|times| times < 2)))
    }
}

/// A set of changes in which the same change twice is none.
struct Toggles;

impl Lie for Toggles {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        match store.read_meta(key)? {
            Some(old) if old == value && !value.is_empty() => store.write_meta(key, ""),
            _ => store.write_meta(key, value),
        }
    }
}

/// `INSERT`, with a unique index.
struct InsertsOnly;

impl Lie for InsertsOnly {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if store.get_by_hash(&entry.namespace, &entry.query_hash)?.is_some()
            && limits::check_entry(&entry, dimension(store)?).is_ok()
        {
            return Err(mneme::Error::backend("insert", "UNIQUE constraint failed: namespace, query_hash"));
        }
        store.insert(entry)
    }
}
