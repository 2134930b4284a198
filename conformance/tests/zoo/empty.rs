//! A store that does nothing: every write says that it worked, and every read finds nothing.

use super::matrix::columns;
use mneme::{Entries, Entry, Identity, Result, Store, StoredEntry};
use mneme_conformance::{Settings, State, Subject, check_store, contract};
use std::path::Path;

struct Empty;

#[deny(clippy::missing_trait_methods, reason = "a method with a default could find something")]
impl Store for Empty {
    fn open(&self, _: &Identity) -> Result<()> {
        Ok(())
    }
    fn close(&self) -> Result<()> {
        Ok(())
    }
    fn get_by_hash(&self, _: &str, _: &str) -> Result<Option<StoredEntry>> {
        Ok(None)
    }
    fn get_by_id(&self, _: u64) -> Result<Option<StoredEntry>> {
        Ok(None)
    }
    fn count(&self, _: Option<&str>) -> Result<u64> {
        Ok(0)
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        Ok(Box::new(std::iter::empty()))
    }
    fn iter_since(&self, _: u64) -> Result<Entries<'_>> {
        Ok(Box::new(std::iter::empty()))
    }
    fn iter_changed(&self, _: u64) -> Result<Entries<'_>> {
        Ok(Box::new(std::iter::empty()))
    }
    fn iter_lru_ids(&self, _: usize, _: Option<&str>) -> Result<Vec<u64>> {
        Ok(Vec::new())
    }
    fn insert(&self, _: Entry) -> Result<u64> {
        Ok(1)
    }
    fn update_access(&self, _: u64, _: u64) -> Result<()> {
        Ok(())
    }
    fn delete_by_id(&self, _: u64) -> Result<bool> {
        Ok(true)
    }
    fn delete_expired(&self, _: u64, _: Option<&str>) -> Result<u64> {
        Ok(0)
    }
    fn clear_namespace(&self, _: &str) -> Result<u64> {
        Ok(0)
    }
    fn set_namespace_quota(&self, _: &str, _: u64) -> Result<()> {
        Ok(())
    }
    fn get_namespace_quota(&self, _: &str) -> Result<Option<u64>> {
        Ok(None)
    }
    fn version_counter(&self) -> Result<u64> {
        Ok(0)
    }
    fn read_meta(&self, _: &str) -> Result<Option<String>> {
        Ok(None)
    }
    fn write_meta(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
    fn integrity_check(&self) -> Result<bool> {
        Ok(true)
    }
    fn snapshot_to(&self, _: &Path) -> Result<()> {
        Ok(())
    }
}

/// The clauses that such a store keeps: it finds nothing, and changes nothing.
const KEPT: [&str; 1] = ["meta::unset_is_none"];

#[test]
fn a_store_that_does_nothing_is_caught_in_every_area() {
    let settings = Settings::default().with_size(0).without_engines().without_sampled();
    let report = check_store(Subject::volatile(|| Empty), &settings);
    let held = |area: &str, state: State| {
        let of_area = |clause: &&_| report.status(clause).is_some_and(|status| status.state() == state);
        columns().into_iter().filter(|clause| clause.area() == area).filter(of_area).count()
    };
    for area in contract().areas() {
        let looked = [State::Held, State::Broken, State::Blocked].map(|state| held(area.name(), state));
        // In an area where nothing binds this store, nothing can be caught.
        let caught = looked[1] + looked[2] > 0 || looked[0] == 0;
        assert!(caught, "{} is held as a whole\n{report}", area.name());
    }
    let kept: Vec<String> = report
        .rows()
        .iter()
        .filter(|(_, status)| status.state() == State::Held)
        .map(|(clause, _)| clause.to_string())
        .collect();
    assert_eq!(kept, KEPT, "{report}");
    assert!(report.count(State::Broken) > 10, "{report}");
}
