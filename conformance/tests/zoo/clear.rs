use super::{
    cached::{Caches, Write},
    fault::Fault,
    faulty::Lie,
};
use crate::fault;
use mneme::{Entry, Result, Store};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a path that ends in a slash is cleared as what it names",
            volatile(|| Clears(
                |namespace, name| namespace == name || namespace.strip_suffix('/') == Some(name)
            )),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"b/\")"
        ),
        fault!(
            "a clear goes by the beginning of the name" from "https://github.com/aio-libs/aiocache/issues/1081",
            volatile(|| Clears(|namespace, name| name.starts_with(namespace))),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"a\")"
        ),
        fault!(
            "a clear goes by the beginning of the joined key",
            volatile(|| Clears(|namespace, name| format!("{name}:").starts_with(&format!("{namespace}:")))),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"a\")"
        ),
        fault!(
            "a clear of the empty namespace clears all" from "https://github.com/langchain-ai/langgraph/issues/8852",
            volatile(|| Clears(|namespace, name| namespace.is_empty() || namespace == name)),
            clear::removes_that_namespace_only,
            [key::empty_namespace_is_a_namespace],
            "clear_namespace(\"\")"
        ),
        fault!(
            "a clear takes the name for a LIKE pattern",
            volatile(|| Clears(like)),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"%\")"
        ),
        fault!(
            "a clear takes the name for a key pattern",
            volatile(|| Clears(
                |namespace, name| name == namespace || glob(namespace.as_bytes(), name.as_bytes())
            )),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"*\")"
        ),
        fault!(
            "a clear takes the name for a list",
            volatile(|| Clears(|namespace, name| {
                name == namespace || namespace.split(',').any(|one| one == name)
            })),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"x,ab\")"
        ),
        fault!(
            "a clear takes brackets for a set of letters",
            volatile(|| Clears(|namespace, name| {
                let set = namespace.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                let of_set =
                    |(set, rest): (&str, &str)| name.len() == 1 && set.contains(name) && rest.is_empty();
                name == namespace || set.is_some_and(of_set)
            })),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"[b]\")"
        ),
        fault!(
            "a clear compares without case",
            volatile(|| Clears(str::eq_ignore_ascii_case)),
            clear::removes_that_namespace_only,
            [key::is_compared_by_bytes],
            "clear_namespace(\"a\")"
        ),
        fault!(
            "a clear goes by a name that ends at U+0000",
            volatile(|| Clears(|namespace, name| namespace == name.split('\0').next().unwrap_or(name))),
            clear::removes_that_namespace_only,
            [],
            "clear_namespace(\"a\")"
        ),
        fault!(
            "a clear leaves the copies in a read cache",
            volatile(|| Caches::lookups_not_emptied_by(Write::ClearNamespace)),
            clear::removes_that_namespace_only,
            [],
            "get_by_hash(\"a\", \"h1\")"
        ),
        fault!(
            "a clear drops a table and does not know what was in it",
            volatile(|| AnswersNothing),
            clear::counts_what_it_removed,
            [],
            "expected 1"
        ),
        fault!(
            "a clear answers how many were ever inserted",
            volatile(CountsInserts::default),
            clear::counts_what_it_removed,
            [],
            "expected"
        ),
        fault!(
            "a clear drops the quota",
            volatile(DropsTheQuota::default),
            clear::keeps_quota_and_meta,
            [],
            "expected 5"
        ),
        fault!(
            "a clear drops the meta keys that begin with the name",
            volatile(DropsMeta::default),
            clear::keeps_quota_and_meta,
            [meta::is_remembered],
            "read_meta(\"a\")"
        ),
        fault!(
            "a clear of the last namespace begins to count ids again",
            volatile(RestartsIds::default),
            clear::keeps_quota_and_meta,
            [insert::ids_are_never_reused],
            "expected an id greater than 1"
        ),
        fault!(
            "a clear of the last namespace begins to count versions again",
            volatile(RestartsVersions::default),
            clear::keeps_quota_and_meta,
            [version::advances_on_every_change],
            "version_counter()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// Another rule for which namespaces a clear is about.
struct Clears(fn(&str, &str) -> bool);

impl Lie for Clears {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let names = store.list_namespaces()?;
        // Engines have no pattern as long as the longest names, and what is here would go as deep as they are long.
        let matches =
            |name: &str| if namespace.len() > 50_000 { name == namespace } else { (self.0)(namespace, name) };
        names.iter().filter(|name| matches(name)).map(|name| store.clear_namespace(name)).sum()
    }
}

/// `WHERE namespace LIKE ?`, with a case that counts.
fn like(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .any(|at| like(rest.as_str(), &text[at..])),
        Some(c) => {
            let mut text = text.chars();
            text.next().is_some_and(|first| c == '_' || c == first) && like(rest.as_str(), text.as_str())
        }
    }
}

/// `KEYS ?`, with `*`, `?` and sets.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        ([b'?', rest @ ..], [_, text @ ..]) => glob(rest, text),
        ([b'[', rest @ ..], [first, text @ ..]) => {
            let end = rest.iter().position(|c| *c == b']').unwrap_or(rest.len());
            rest[..end].contains(first) && glob(rest.get(end + 1..).unwrap_or(&[]), text)
        }
        ([c, rest @ ..], [first, text @ ..]) => c == first && glob(rest, text),
        _ => false,
    }
}

/// `DROP TABLE`.
struct AnswersNothing;

impl Lie for AnswersNothing {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        store.clear_namespace(namespace).map(|_| 0)
    }
}

/// A counter per namespace that inserts step, upserts too, and that a clear answers and resets.
#[derive(Default)]
struct CountsInserts(Mutex<HashMap<String, u64>>);

impl Lie for CountsInserts {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let namespace = entry.namespace.clone();
        let id = store.insert(entry)?;
        *self.0.lock().expect("no panic").entry(namespace).or_default() += 1;
        Ok(id)
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        store.clear_namespace(namespace)?;
        Ok(self.0.lock().expect("no panic").remove(namespace).unwrap_or(0))
    }
}

/// Everything under the namespace's prefix goes.
#[derive(Default)]
struct DropsTheQuota(Mutex<HashSet<String>>);

impl Lie for DropsTheQuota {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.0.lock().expect("no panic").insert(namespace.to_owned());
        store.clear_namespace(namespace)
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        self.0.lock().expect("no panic").remove(namespace);
        store.set_namespace_quota(namespace, quota)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        let quota = store.get_namespace_quota(namespace)?;
        Ok(quota.filter(|_| !self.0.lock().expect("no panic").contains(namespace)))
    }
}

/// Meta keys and entries share one tree.
#[derive(Default)]
struct DropsMeta(Mutex<HashSet<String>>);

impl Lie for DropsMeta {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        self.0.lock().expect("no panic").insert(namespace.to_owned());
        store.clear_namespace(namespace)
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        self.0.lock().expect("no panic").remove(key);
        store.write_meta(key, value)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(value.filter(|_| !self.0.lock().expect("no panic").contains(key)))
    }
}

/// `TRUNCATE ... RESTART IDENTITY`, where the table is empty then.
#[derive(Default)]
struct RestartsIds(AtomicU64);

impl Lie for RestartsIds {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Ok(store.insert(entry)? - self.0.load(Ordering::Relaxed))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let last = store.iter_all()?.last().transpose()?;
        let removed = store.clear_namespace(namespace)?;
        if let Some(last) = last.filter(|_| store.count(None).is_ok_and(|left| left == 0)) {
            self.0.store(last.id, Ordering::Relaxed);
        }
        Ok(removed)
    }
}

/// The counter lives in the tree that is dropped.
#[derive(Default)]
struct RestartsVersions(AtomicU64);

impl Lie for RestartsVersions {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? - self.0.load(Ordering::Relaxed))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        let removed = store.clear_namespace(namespace)?;
        if removed > 0 && store.count(None)? == 0 {
            self.0.store(store.version_counter()?, Ordering::Relaxed);
        }
        Ok(removed)
    }
}
