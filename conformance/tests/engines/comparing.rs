use super::{lying, settings};
use crate::zoo::faulty::{Faulty, Lie};
use mneme::{Entries, Entry, Identity, MemoryStore, Result, Store, StoredEntry};
use mneme_conformance::{Subject, compare};

/// The most recent first.
struct Reversed;

impl Lie for Reversed {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        ids.reverse();
        ids.truncate(limit);
        Ok(ids)
    }
}

fn right() -> Subject {
    Subject::volatile(MemoryStore::new)
}

#[test]
fn a_difference_is_shrunk_whichever_store_comes_first() {
    for (a, b) in [(right(), lying(|| Reversed)), (lying(|| Reversed), right())] {
        let comparison = compare(a, b, &settings());
        let difference = comparison.difference().expect("their orders differ");
        assert!(difference.step().starts_with("iter_lru_ids("), "{comparison}");
        assert!(difference.program().0.len() <= 4, "{comparison}");
        assert_ne!(difference.answers()[0], difference.answers()[1], "{comparison}");
        let text = comparison.to_string();
        assert!(
            text.contains("MemoryStore and MyStore differ")
                || text.contains("MyStore and MemoryStore differ")
        );
    }
}

#[test]
fn two_stores_that_do_the_same_do_not_differ() {
    let comparison = compare(right(), right(), &settings());
    assert!(comparison.difference().is_none(), "{comparison}");
    assert_eq!(comparison.programs(), 100);
}

/// Leaves gaps between ids, and counts versions in steps of seven.
struct Spaced;

impl Spaced {
    const GAP: u64 = 3;
    const STEP: u64 = 7;

    fn shown(mut entry: StoredEntry) -> StoredEntry {
        entry.id *= Self::GAP;
        entry.version *= Self::STEP;
        entry
    }

    /// The id in the store below, if there can be one.
    fn below(id: u64) -> u64 {
        if id.is_multiple_of(Self::GAP) { id / Self::GAP } else { u64::MAX }
    }
}

impl Lie for Spaced {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Ok(store.insert(entry)? * Self::GAP)
    }
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_hash(namespace, hash)?.map(Self::shown))
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        Ok(store.get_by_id(Self::below(id))?.map(Self::shown))
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_all()?.map(|entry| entry.map(Self::shown))))
    }
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_since(id / Self::GAP)?.map(|entry| entry.map(Self::shown))))
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        Ok(Box::new(store.iter_changed(version / Self::STEP)?.map(|entry| entry.map(Self::shown))))
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        Ok(store.iter_lru_ids(limit, namespace)?.into_iter().map(|id| id * Self::GAP).collect())
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        store.update_access(Self::below(id), now)
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(Self::below(id))
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? * Self::STEP)
    }
}

/// Has the text of its schema's version in words of its own.
struct OtherSchema;

impl Lie for OtherSchema {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let read = store.read_meta(key)?;
        Ok(if key == "schema_version" { read.map(|_| "another".to_owned()) } else { read })
    }
}

#[test]
fn what_the_contract_leaves_free_is_no_difference() {
    for seed in 0..3 {
        for free in [lying(|| Spaced), lying(|| OtherSchema)] {
            let comparison = compare(right(), free, &settings().with_seed(seed));
            assert!(comparison.difference().is_none(), "{comparison}");
            assert_eq!(comparison.programs(), 100);
        }
    }
}

#[test]
fn a_difference_beside_what_is_free_is_found_and_shrunk() {
    let spaced_and_wrong = Subject::volatile(|| Faulty::over(Faulty::new(Spaced), Reversed)).named("MyStore");
    let comparison = compare(right(), spaced_and_wrong, &settings());
    let difference = comparison.difference().expect("their orders differ");
    assert!(difference.step().starts_with("iter_lru_ids("), "{comparison}");
    assert!(difference.program().0.len() <= 4, "{comparison}");
}
