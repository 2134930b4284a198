//! Pages that end too early, and texts that one of a store's tables takes for one another.

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entries, Entry, Result, Store};
use std::sync::Arc;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "iter_all takes a last page that is full for one that another follows, and leaves out its last row",
            volatile(|| Full(4_096)),
            robust::size_changes_nothing,
            [],
            "expected",
            size 5_000
        ),
        fault!(
            "iter_changed from a version on yields a thousand at most",
            volatile(|| FirstThousand),
            robust::size_changes_nothing,
            [],
            "expected",
            size 5_000
        ),
        fault!(
            "under the key of which both parts are empty the query is not kept",
            volatile(|| NoKey),
            fidelity::text,
            [],
            "expected"
        ),
        fault!(
            "a quota that is not set is looked up among the meta keys",
            volatile(|| QuotaFromMeta),
            meta::internals_are_ordinary_keys,
            [],
            "expected"
        ),
        fault!(
            "meta keys are folded unless they are plain ASCII",
            volatile(|| FoldedMeta),
            meta::keys_are_compared_by_bytes,
            [],
            "expected"
        ),
        fault!(
            "quotas are kept under the composed form of a syllable",
            volatile(|| ComposedQuota),
            key::is_compared_by_bytes,
            [],
            "expected"
        ),
    ]
}

#[test]
fn what_a_page_or_a_folding_leaves_out_is_found() {
    super::examine(&faults());
}

/// Where so many rows are a page.
struct Full(u64);

impl Lie for Full {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let rows = store.count(None)?;
        let is_full = rows > 0 && rows.is_multiple_of(self.0);
        let left = rows - u64::from(is_full);
        Ok(Box::new(store.iter_all()?.take(usize::try_from(left).unwrap_or(usize::MAX))))
    }
}

struct FirstThousand;

impl Lie for FirstThousand {
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        let most = if version > 0 { 1_000 } else { usize::MAX };
        Ok(Box::new(store.iter_changed(version)?.take(most)))
    }
}

struct NoKey;

impl Lie for NoKey {
    fn insert(&self, store: &dyn Store, mut entry: Entry) -> Result<u64> {
        if entry.namespace.is_empty() && entry.query_hash.is_empty() {
            Arc::make_mut(&mut entry.content).query.clear();
        }
        store.insert(entry)
    }
}

struct QuotaFromMeta;

impl Lie for QuotaFromMeta {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        if let Some(quota) = store.get_namespace_quota(namespace)? {
            return Ok(Some(quota));
        }
        Ok(store.read_meta(&format!("namespace_quota:{namespace}"))?.and_then(|text| text.parse().ok()))
    }
}

struct FoldedMeta;

fn folded(key: &str) -> String {
    if key.is_ascii() { key.to_owned() } else { key.to_lowercase() }
}

impl Lie for FoldedMeta {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        store.read_meta(&folded(key))
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        store.write_meta(&folded(key), value)
    }
}

struct ComposedQuota;

fn composed(namespace: &str) -> String {
    namespace.replace("\u{1112}\u{1161}\u{11ab}", "\u{d55c}")
}

impl Lie for ComposedQuota {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(&composed(namespace))
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(&composed(namespace), quota)
    }
}
