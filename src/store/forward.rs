//! Pointers to a store are stores.

use crate::{Entries, Entry, Identity, Result, Store, StoredEntry};
use std::{path::Path, sync::Arc};

macro_rules! forward {
    ($([$($generics:tt)*] $pointer:ty),* $(,)?) => {$(
        #[deny(clippy::missing_trait_methods, reason = "a method with a default would bypass the store behind the pointer")]
        impl<$($generics)*> Store for $pointer {
            fn open(&self, identity: &Identity) -> Result<()> {
                (**self).open(identity)
            }
            fn close(&self) -> Result<()> {
                (**self).close()
            }
            fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
                (**self).get_by_hash(namespace, query_hash)
            }
            fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
                (**self).get_by_id(id)
            }
            fn count(&self, namespace: Option<&str>) -> Result<u64> {
                (**self).count(namespace)
            }
            fn list_namespaces(&self) -> Result<Vec<String>> {
                (**self).list_namespaces()
            }
            fn iter_all(&self) -> Result<Entries<'_>> {
                (**self).iter_all()
            }
            fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
                (**self).iter_since(id)
            }
            fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
                (**self).iter_changed(version)
            }
            fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
                (**self).iter_lru_ids(limit, namespace)
            }
            fn insert(&self, entry: Entry) -> Result<u64> {
                (**self).insert(entry)
            }
            fn update_access(&self, id: u64, now: u64) -> Result<()> {
                (**self).update_access(id, now)
            }
            fn delete_by_id(&self, id: u64) -> Result<bool> {
                (**self).delete_by_id(id)
            }
            fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
                (**self).delete_expired(now, namespace)
            }
            fn clear_namespace(&self, namespace: &str) -> Result<u64> {
                (**self).clear_namespace(namespace)
            }
            fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
                (**self).set_namespace_quota(namespace, quota)
            }
            fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
                (**self).get_namespace_quota(namespace)
            }
            fn version_counter(&self) -> Result<u64> {
                (**self).version_counter()
            }
            fn read_meta(&self, key: &str) -> Result<Option<String>> {
                (**self).read_meta(key)
            }
            fn write_meta(&self, key: &str, value: &str) -> Result<()> {
                (**self).write_meta(key, value)
            }
            fn integrity_check(&self) -> Result<bool> {
                (**self).integrity_check()
            }
            fn snapshot_to(&self, path: &Path) -> Result<()> {
                (**self).snapshot_to(path)
            }
        }
    )*};
}

forward!(['a, S: Store + ?Sized] &'a S, [S: Store + ?Sized] Box<S>, [S: Store + ?Sized] Arc<S>);
