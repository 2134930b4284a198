//! Operations that are not written yet: each answers the same whatever it is asked, and asks nothing itself.

use super::{fault::Fault, faulty::Lie};
use crate::fault;
use mneme::{Entries, Entry, Result, Store, StoredEntry};
use std::iter;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "get_by_hash is a stub that finds nothing",
            volatile(|| Stub::GetByHash),
            lookup::both_ways_agree,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "get_by_id is a stub that finds nothing",
            volatile(|| Stub::GetById),
            lookup::both_ways_agree,
            [open::comes_first, insert::returns_the_stored_id],
            "expected"
        ),
        fault!(
            "count is a stub that answers 0",
            volatile(|| Stub::Count),
            count::follows_the_data,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "list_namespaces is a stub that lists nothing",
            volatile(|| Stub::ListNamespaces),
            namespaces::are_sorted_and_distinct,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "iter_all is a stub that yields nothing",
            volatile(|| Stub::IterAll),
            iterate::yields_every_entry_once,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "iter_since is a stub that yields nothing",
            volatile(|| Stub::IterSince),
            since::is_exclusive,
            [
                open::comes_first,
                close::ends_every_operation,
                iterate::yields_every_entry_once,
                since::any_id_is_a_cursor
            ],
            "expected"
        ),
        fault!(
            "iter_changed is a stub that yields nothing",
            volatile(|| Stub::IterChanged),
            changed::yields_every_later_write,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "iter_lru_ids is a stub that answers no ids",
            volatile(|| Stub::IterLruIds),
            lru::oldest_access_first,
            [open::comes_first, lru::is_scoped],
            "expected"
        ),
        fault!(
            "insert is a stub that answers 1",
            volatile(|| Stub::Insert),
            insert::returns_the_stored_id,
            [
                open::comes_first,
                insert::ids_ascend,
                insert::other_dimension_is_refused,
                version::advances_on_every_change
            ],
            "expected"
        ),
        fault!(
            "update_access is a stub that does nothing",
            volatile(|| Stub::UpdateAccess),
            access::sets_the_time,
            [
                open::comes_first,
                close::ends_every_operation,
                insert::number_out_of_range_is_refused,
                access::counts_each
            ],
            "expected"
        ),
        fault!(
            "delete_by_id is a stub that answers true",
            volatile(|| Stub::DeletesAll),
            delete::removes_from_every_view,
            [
                open::comes_first,
                close::ends_every_operation,
                insert::deleted_key_gets_a_new_id,
                delete::answers_whether_it_was_there,
                expiry::counts_what_it_removed,
                clear::counts_what_it_removed,
                version::advances_on_every_change
            ],
            "expected"
        ),
        fault!(
            "delete_by_id is a stub that answers false",
            volatile(|| Stub::DeletesNone),
            delete::answers_whether_it_was_there,
            [open::comes_first, close::ends_every_operation, delete::removes_from_every_view],
            "expected"
        ),
        fault!(
            "delete_expired is a stub that answers 0",
            volatile(|| Stub::DeleteExpired),
            expiry::is_due_at_created_plus_ttl,
            [
                open::comes_first,
                close::ends_every_operation,
                insert::number_out_of_range_is_refused,
                expiry::zero_ttl_is_due_at_once
            ],
            "expected"
        ),
        fault!(
            "clear_namespace is a stub that answers 0",
            volatile(|| Stub::ClearNamespace),
            clear::removes_that_namespace_only,
            [open::comes_first, close::ends_every_operation],
            "expected"
        ),
        fault!(
            "set_namespace_quota is a stub that keeps nothing",
            volatile(|| Stub::SetNamespaceQuota),
            quota::is_remembered_per_namespace,
            [open::comes_first, insert::number_out_of_range_is_refused],
            "expected"
        ),
        fault!(
            "get_namespace_quota is a stub that knows none",
            volatile(|| Stub::GetNamespaceQuota),
            quota::is_remembered_per_namespace,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "version_counter is a stub that answers 0",
            volatile(|| Stub::VersionCounter),
            version::advances_on_every_change,
            [open::comes_first],
            "expected"
        ),
        fault!(
            "read_meta is a stub that knows none",
            volatile(|| Stub::ReadMeta),
            meta::is_remembered,
            [open::stamps_the_identity],
            "expected"
        ),
        fault!(
            "write_meta is a stub that keeps nothing",
            volatile(|| Stub::WriteMeta),
            meta::is_remembered,
            [open::comes_first, meta::reserved_keys_are_protected],
            "expected"
        ),
        fault!(
            "integrity_check is a stub that answers true",
            volatile(|| Stub::IntegrityCheck),
            open::comes_first,
            [close::ends_every_operation],
            "integrity_check"
        ),
        fault!("close is a stub", volatile(|| Stub::Close), close::ends_every_operation, [], "expected"),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// The operation that is not written.
enum Stub {
    Close,
    GetByHash,
    GetById,
    Count,
    ListNamespaces,
    IterAll,
    IterSince,
    IterChanged,
    IterLruIds,
    Insert,
    UpdateAccess,
    DeletesAll,
    DeletesNone,
    DeleteExpired,
    ClearNamespace,
    SetNamespaceQuota,
    GetNamespaceQuota,
    VersionCounter,
    ReadMeta,
    WriteMeta,
    IntegrityCheck,
}

impl Lie for Stub {
    fn close(&self, store: &dyn Store) -> Result<()> {
        if matches!(self, Self::Close) { Ok(()) } else { store.close() }
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        if matches!(self, Self::GetByHash) { Ok(None) } else { store.get_by_hash(namespace, hash) }
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        if matches!(self, Self::GetById) { Ok(None) } else { store.get_by_id(id) }
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        if matches!(self, Self::Count) { Ok(0) } else { store.count(namespace) }
    }
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        if matches!(self, Self::ListNamespaces) { Ok(Vec::new()) } else { store.list_namespaces() }
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        if matches!(self, Self::IterAll) { Ok(Box::new(iter::empty())) } else { store.iter_all() }
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        if matches!(self, Self::IterSince) { Ok(Box::new(iter::empty())) } else { store.iter_since(id) }
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        if matches!(self, Self::IterChanged) {
            Ok(Box::new(iter::empty()))
        } else {
            store.iter_changed(version)
        }
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if matches!(self, Self::IterLruIds) { Ok(Vec::new()) } else { store.iter_lru_ids(limit, namespace) }
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if matches!(self, Self::Insert) { Ok(1) } else { store.insert(entry) }
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        if matches!(self, Self::UpdateAccess) { Ok(()) } else { store.update_access(id, now) }
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        match self {
            Self::DeletesAll => Ok(true),
            Self::DeletesNone => Ok(false),
            _ => store.delete_by_id(id),
        }
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        if matches!(self, Self::DeleteExpired) { Ok(0) } else { store.delete_expired(now, namespace) }
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        if matches!(self, Self::ClearNamespace) { Ok(0) } else { store.clear_namespace(namespace) }
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        if matches!(self, Self::SetNamespaceQuota) {
            Ok(())
        } else {
            store.set_namespace_quota(namespace, quota)
        }
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        if matches!(self, Self::GetNamespaceQuota) { Ok(None) } else { store.get_namespace_quota(namespace) }
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        if matches!(self, Self::VersionCounter) { Ok(0) } else { store.version_counter() }
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        if matches!(self, Self::ReadMeta) { Ok(None) } else { store.read_meta(key) }
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        if matches!(self, Self::WriteMeta) { Ok(()) } else { store.write_meta(key, value) }
    }
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        if matches!(self, Self::IntegrityCheck) { Ok(true) } else { store.integrity_check() }
    }
}
