#![allow(
    clippy::cast_possible_truncation,
    clippy::too_many_lines,
    reason = "the table is as long as the mistakes are many, and some of them are in the casts"
)]

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entry, Error, Result, Store, StoredEntry};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a unique index over the hash alone",
            volatile(|| KeyedBy::digest(|_, hash| hash.to_owned())),
            key::namespaces_are_separate,
            [lookup::hash_not_stored_is_none],
            "get_by_hash(\"b\", \"h\")"
        ),
        fault!(
            "a lookup that forgets the namespace" from "https://github.com/upstash/semantic-cache/issues/5",
            volatile(|| LooksUp(|stored, _, hash| stored.query_hash == hash)),
            key::namespaces_are_separate,
            [lookup::hash_not_stored_is_none],
            "get_by_hash(\"b\", \"h\")"
        ),
        fault!(
            "equal content is stored once for all namespaces",
            volatile(SharesUse::default),
            key::namespaces_are_separate,
            [access::touches_nothing_else],
            "expected last accessed at 0, access count 0"
        ),
        fault!(
            "a key column with a case-insensitive collation" from "https://github.com/agentscope-ai/agentscope-java/issues/3217",
            volatile(|| KeyedBy::digest(|namespace, hash| format!("{namespace:?}{hash:?}").to_lowercase())),
            key::is_compared_by_bytes,
            [],
            "get_by_hash(\"a\", \"A\")"
        ),
        fault!(
            "a padded column: spaces at the end do not count",
            volatile(|| KeyedBy::digest(|namespace, hash| format!(
                "{:?}{:?}",
                namespace.trim_end_matches(' '),
                hash.trim_end_matches(' ')
            ))),
            key::is_compared_by_bytes,
            [],
            "get_by_hash(\"a\", \"k \")"
        ),
        fault!(
            "keys are lines: a carriage return is no part of them",
            volatile(|| KeyedBy::digest(
                |namespace, hash| format!("{namespace:?} {hash:?}").replace("\\r", "")
            )),
            key::is_compared_by_bytes,
            [],
            "get_by_hash(\"a\", \"k\\r\\n\")"
        ),
        fault!(
            "a hash column with numeric affinity",
            volatile(|| KeyedBy::digest(|namespace, hash| match hash.parse::<f64>() {
                Ok(number) => format!("{namespace:?}{number:?}"),
                Err(_) => format!("{namespace:?}{hash:?}"),
            })),
            key::is_compared_by_bytes,
            [],
            "get_by_hash(\"a\", \"7\")"
        ),
        fault!(
            "a scoped count that compares with LIKE",
            volatile(|| CountsAlike),
            key::is_compared_by_bytes,
            [count::follows_the_data, count::namespace_not_stored_is_zero],
            "expected 0"
        ),
        fault!(
            "quotas under a normalised name",
            volatile(|| TrimsQuotas),
            key::is_compared_by_bytes,
            [quota::is_remembered_per_namespace],
            "get_namespace_quota(\"k \")"
        ),
        fault!(
            "namespace and hash joined by a colon" from "https://github.com/langchain-ai/langgraph/issues/8851",
            volatile(|| KeyedBy::digest(|namespace, hash| format!("{namespace}:{hash}"))),
            key::parts_do_not_run_together,
            [],
            "get_by_hash(\"a\", \"b:c\")"
        ),
        fault!(
            "namespace and hash joined by U+0000",
            volatile(|| KeyedBy::digest(|namespace, hash| format!("{namespace}\0{hash}"))),
            key::parts_do_not_run_together,
            [],
            "get_by_hash(\"a\", \"b\\u{0}c\")"
        ),
        fault!(
            "an escape that is not escaped itself",
            volatile(|| KeyedBy::digest(|namespace, hash| format!(
                "{}:{hash}",
                namespace.replace(':', "\\:")
            ))),
            key::parts_do_not_run_together,
            [],
            "get_by_hash(\"a\\\\\", \"b:c\")"
        ),
        fault!(
            "a length prefix of two bytes",
            volatile(|| KeyedBy::digest(|namespace, hash| format!(
                "{}:{namespace}{hash}",
                namespace.len() as u16
            ))),
            key::parts_do_not_run_together,
            [],
            "get_by_hash(\"\", \"t208L46dbw2BmbCkr7wT…L46dbw2Bmb.\" (65,536"
        ),
        fault!(
            "keys are C strings",
            volatile(|| KeyedBy::digest(|namespace, hash| {
                let cut = |text: &str| text.split('\0').next().map(ToOwned::to_owned);
                format!("{:?}{:?}", cut(namespace), cut(hash))
            })),
            key::any_text_is_a_key,
            [],
            "get_by_hash(\"a\", \"\\u{0}\")"
        ),
        fault!(
            "an index over the first 255 characters",
            volatile(|| KeyedBy::digest(|namespace, hash| {
                let cut = |text: &str| text.chars().take(255).collect::<String>();
                format!("{:?}{:?}", cut(namespace), cut(hash))
            })),
            key::any_text_is_a_key,
            [fidelity::longer_text_is_kept_or_refused],
            "get_by_hash(\"a\", \"t208L46dbw2BmbCkr7wT…LQze4kvn+By\" (256 bytes))"
        ),
        fault!(
            "a digest of the ends of long keys",
            volatile(|| KeyedBy::digest(|namespace, hash| {
                let ends = |text: &str| {
                    let (front, back) = (text.chars().take(32), text.chars().rev().take(32));
                    format!("{} {:?} {:?}", text.len(), front.collect::<String>(), back.collect::<String>())
                };
                format!("{namespace:?} {}", ends(hash))
            })),
            key::any_text_is_a_key,
            [],
            "(65 bytes)"
        ),
        fault!(
            "a key is its 32-bit digest",
            volatile(|| KeyedBy::digest(|namespace, hash| format!("{namespace:?}{}", fnv(hash)))),
            key::any_text_is_a_key,
            [],
            "get_by_hash(\"a\", \"liquid\")"
        ),
        fault!(
            "an engine that takes keys of 511 bytes",
            volatile(|| RefusesLongKeys),
            key::any_text_is_a_key,
            [],
            "insert(\"a\", \"t208L46dbw2BmbCkr7wT…tLQze4kvn+z\" (511 bytes))"
        ),
        fault!(
            "a three-byte character set",
            volatile(|| KeyedBy::digest(|namespace, hash| {
                let bmp = |text: &str| {
                    text.chars().map(|c| if c > '\u{ffff}' { '?' } else { c }).collect::<String>()
                };
                format!("{:?}{:?}", bmp(namespace), bmp(hash))
            })),
            key::any_text_is_a_key,
            [],
            "get_by_hash(\"a\", \"\\u{1f601}\")"
        ),
        fault!(
            "a count of the empty namespace is the count of all",
            volatile(|| EmptyMeansAll::Count),
            key::empty_namespace_is_a_namespace,
            [count::follows_the_data, count::namespace_not_stored_is_zero],
            "count(\"\")"
        ),
        fault!(
            "clearing the empty namespace clears all",
            volatile(|| EmptyMeansAll::Clear),
            key::empty_namespace_is_a_namespace,
            [clear::removes_that_namespace_only],
            "expected id 1 (\"a\", \"h\")"
        ),
        fault!(
            "expiry in the empty namespace is expiry in all",
            volatile(|| EmptyMeansAll::Expiry),
            key::empty_namespace_is_a_namespace,
            [expiry::is_scoped],
            "expected id 1 (\"a\", \"h\")"
        ),
        fault!(
            "the LRU order of the empty namespace is the order of all",
            volatile(|| EmptyMeansAll::Order),
            key::empty_namespace_is_a_namespace,
            [lru::is_scoped],
            "expected []"
        ),
        fault!(
            "the empty namespace is left out of the list",
            volatile(|| EmptyMeansAll::List),
            key::empty_namespace_is_a_namespace,
            [namespaces::are_sorted_and_distinct],
            "expected [\"\"]"
        ),
        fault!(
            "the quota of the empty namespace is everybody's default",
            volatile(|| EmptyMeansAll::Quota),
            key::empty_namespace_is_a_namespace,
            [quota::unset_is_none, quota::is_remembered_per_namespace],
            "get_namespace_quota(\"default\")"
        ),
        fault!(
            "a delete takes the key in lower case out of the index",
            volatile(DeletesFolded::default),
            key::is_compared_by_bytes,
            [],
            "delete_by_id"
        ),
        fault!(
            "the empty namespace is stored as \"default\"",
            volatile(|| KeyedBy::digest(|namespace, hash| {
                format!("{:?}{hash:?}", if namespace.is_empty() { "default" } else { namespace })
            })),
            key::empty_namespace_is_a_namespace,
            [],
            "expected an id greater than 1"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A unique index over something else than the key: two keys for which it is the same are one.
struct KeyedBy {
    digest: fn(&str, &str) -> String,
    /// The key of the entry that was stored last for each.
    index: Mutex<HashMap<String, (String, String)>>,
}

impl KeyedBy {
    fn digest(digest: fn(&str, &str) -> String) -> Self {
        Self { digest, index: Mutex::default() }
    }

    /// The stored entry that this key is taken for.
    fn taken_for(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match index.get(&(self.digest)(namespace, hash)) {
            Some((namespace, hash)) => store.get_by_hash(namespace, hash),
            None => store.get_by_hash(namespace, hash),
        }
    }
}

impl Lie for KeyedBy {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        self.taken_for(store, namespace, hash)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let digest = (self.digest)(&entry.namespace, &entry.query_hash);
        if let Some(old) = self.taken_for(store, &entry.namespace, &entry.query_hash)? {
            let mut content = (*entry.content).clone();
            content.namespace.clone_from(&old.namespace);
            content.query_hash.clone_from(&old.query_hash);
            return store.insert(Entry { content: content.into(), ..entry });
        }
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let id = store.insert(entry)?;
        self.index.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, key);
        Ok(id)
    }
}

/// A `WHERE` that does not say all that it should; the newest row wins.
struct LooksUp(fn(&StoredEntry, &str, &str) -> bool);

impl Lie for LooksUp {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let mut found = None;
        for entry in store.iter_all()? {
            let entry = entry?;
            if (self.0)(&entry, namespace, hash) {
                found = Some(entry);
            }
        }
        Ok(found)
    }
}

/// Rows with one text share it, and with it how it was used.
#[derive(Default)]
struct SharesUse(Mutex<HashMap<String, Vec<u64>>>);

impl Lie for SharesUse {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let content = format!("{:?} {:?} {:?}", entry.query_hash, entry.response, entry.embedding);
        let id = store.insert(entry)?;
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.values_mut().for_each(|ids| ids.retain(|other| *other != id));
        shared.entry(content).or_default().push(id);
        Ok(id)
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.values().find(|ids| ids.contains(&id)) {
            Some(ids) => ids.iter().try_for_each(|id| store.update_access(*id, now)),
            None => store.update_access(id, now),
        }
    }
}

/// An index by key from which each delete takes `key.to_lowercase()`.
#[derive(Default)]
struct DeletesFolded(Mutex<HashSet<(String, String)>>);

impl Lie for DeletesFolded {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let id = store.insert(entry)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        Ok(id)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        if let Some(found) = store.get_by_id(id)? {
            let key = (found.namespace.to_lowercase(), found.query_hash.to_lowercase());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        }
        store.delete_by_id(id)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let gone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(found.filter(|_| !gone.contains(&(namespace.to_owned(), hash.to_owned()))))
    }
}

/// `namespace LIKE ?`, which knows no case.
struct CountsAlike;

impl Lie for CountsAlike {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        let Some(namespace) = namespace else { return store.count(None) };
        let alike = |name: &String| name.eq_ignore_ascii_case(namespace);
        store.list_namespaces()?.iter().filter(|name| alike(name)).map(|name| store.count(Some(name))).sum()
    }
}

struct TrimsQuotas;

impl Lie for TrimsQuotas {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace.trim(), quota)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace.trim())
    }
}

struct RefusesLongKeys;

impl Lie for RefusesLongKeys {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if entry.namespace.len() + entry.query_hash.len() > 511 {
            return Err(Error::backend("put the key", "MDB_BAD_VALSIZE"));
        }
        store.insert(entry)
    }
}

/// No namespace and the empty one mixed up, in one operation.
#[derive(PartialEq)]
enum EmptyMeansAll {
    Count,
    Clear,
    Expiry,
    Order,
    List,
    Quota,
}

impl EmptyMeansAll {
    fn scope<'a>(&self, here: &Self, namespace: Option<&'a str>) -> Option<&'a str> {
        namespace.filter(|namespace| !namespace.is_empty() || self != here)
    }
}

impl Lie for EmptyMeansAll {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        store.count(self.scope(&Self::Count, namespace))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        if self.scope(&Self::Clear, Some(namespace)).is_some() {
            return store.clear_namespace(namespace);
        }
        store.list_namespaces()?.iter().map(|name| store.clear_namespace(name)).sum()
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        store.delete_expired(now, self.scope(&Self::Expiry, namespace))
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        store.iter_lru_ids(limit, self.scope(&Self::Order, namespace))
    }
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        names.retain(|name| self.scope(&Self::List, Some(name)).is_some());
        Ok(names)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let own = store.get_namespace_quota(namespace)?;
        if *self == Self::Quota && own.is_none() { store.get_namespace_quota("") } else { Ok(own) }
    }
}
