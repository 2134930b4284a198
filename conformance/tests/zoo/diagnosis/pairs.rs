//! Two mistakes at a time, over a spread of areas, and how many of them a diagnosis names.

use super::{KeepsTheLater, NoZero, ReplacesTheRow, TiesTheOtherWay, named};
use crate::zoo::{
    faulty::{Faulty, Lie},
    insert::lies::Revives,
};
use mneme::{Entries, Entry, MemoryStore, Result, Store};
use mneme_conformance::{Certainty, Clause, Settings, Subject, check_store, clause, contract};

/// A store is kept with the blanks around a response taken away.
struct TrimsTheResponse;

impl Lie for TrimsTheResponse {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let response = entry.response.trim().to_owned();
        store.insert(entry.response(response))
    }
}

/// Negative zeros are zeros.
struct AddsZero;

impl Lie for AddsZero {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let embedding: Vec<f32> = entry.embedding.iter().map(|number| number + 0.0).collect();
        store.insert(entry.embedding(embedding))
    }
}

/// A walk begins at its cursor.
struct BeginsAtTheCursor;

impl Lie for BeginsAtTheCursor {
    fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
        store.iter_since(id.saturating_sub(1))
    }
}

/// A meta value that is empty was never written.
struct EmptyIsUnset;

impl Lie for EmptyIsUnset {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        Ok(store.read_meta(key)?.filter(|value| !value.is_empty()))
    }
}

/// Names are sorted as a person would sort them.
struct SortsWithoutCase;

impl Lie for SortsWithoutCase {
    fn list_namespaces(&self, store: &dyn Store) -> Result<Vec<String>> {
        let mut names = store.list_namespaces()?;
        names.sort_by_key(|name| name.to_lowercase());
        Ok(names)
    }
}

/// A clear tells whether it removed something.
struct ClearsOne;

impl Lie for ClearsOne {
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        Ok(store.clear_namespace(namespace)?.min(1))
    }
}

/// A delete that succeeds answers that it did.
struct DeletedIsTrue;

impl Lie for DeletedIsTrue {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        store.delete_by_id(id).map(|_| true)
    }
}

/// What is due now goes a second later.
struct IsLate;

impl Lie for IsLate {
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        match now.checked_sub(1) {
            Some(before) if now < 1 << 53 => store.delete_expired(before, namespace),
            _ => store.delete_expired(now, namespace),
        }
    }
}

/// A mistake, and the clause that it breaks.
type Planted = (fn(Box<dyn Store>) -> Box<dyn Store>, &'static Clause);

fn planted() -> [Planted; 12] {
    [
        (|store| Box::new(Faulty::over(store, ReplacesTheRow)), &clause::insert::upsert_keeps_the_id),
        (|store| Box::new(Faulty::over(store, NoZero)), &clause::quota::zero_is_a_quota),
        (|store| Box::new(Faulty::over(store, TiesTheOtherWay)), &clause::lru::ties_break_by_id),
        (|store| Box::new(Faulty::over(store, KeepsTheLater)), &clause::access::sets_the_time),
        (|store| Box::new(Faulty::over(store, TrimsTheResponse)), &clause::fidelity::text),
        (|store| Box::new(Faulty::over(store, AddsZero)), &clause::fidelity::embedding_bits),
        (|store| Box::new(Faulty::over(store, BeginsAtTheCursor)), &clause::since::is_exclusive),
        (|store| Box::new(Faulty::over(store, EmptyIsUnset)), &clause::meta::is_remembered),
        (
            |store| Box::new(Faulty::over(store, SortsWithoutCase)),
            &clause::namespaces::are_sorted_and_distinct,
        ),
        (|store| Box::new(Faulty::over(store, ClearsOne)), &clause::clear::counts_what_it_removed),
        (|store| Box::new(Faulty::over(store, DeletedIsTrue)), &clause::delete::answers_whether_it_was_there),
        (|store| Box::new(Faulty::over(store, IsLate)), &clause::expiry::is_due_at_created_plus_ttl),
    ]
}

/// Every exact clause but those whose checks take long and have nothing to do with these mistakes.
fn settings() -> Settings {
    let is_quick = |clause: &&'static Clause| {
        clause.certainty() == Certainty::Exact && clause.area() != "iterate" && clause.area() != "open"
    };
    Settings::default().with_size(0).without_engines().only(contract().clauses().filter(is_quick))
}

/// What a diagnosis says of two mistakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Each of the two is named, and no other.
    both: usize,
    /// One of the two is named.
    one: usize,
    /// Nothing is said.
    none: usize,
    /// Neither of the two is named, and something else is.
    wrong: usize,
}

#[test]
fn two_mistakes_of_any_areas_are_named_rightly() {
    let planted = planted();
    let mut tally = Tally::default();
    let mut told = String::new();
    // Each with the five that follow it, in a ring: sixty of the sixty-six pairs.
    for (at, (a, of_a)) in planted.iter().enumerate() {
        for step in 1..=5 {
            let (b, of_b) = planted[(at + step) % planted.len()];
            let a = *a;
            let subject = Subject::volatile(move || b(a(Box::new(MemoryStore::new()))));
            let report = check_store(subject, &settings());
            let broken =
                |clause: &Clause| report.status(clause).is_some_and(|status| status.failure().is_some());
            assert!(broken(of_a) && broken(of_b), "{of_a} and {of_b} are planted\n{report}");
            let names = named(&report);
            let has = |clause: &Clause| names.iter().any(|(_, named)| *named == clause.to_string());
            let all_are =
                names.iter().all(|(_, named)| [of_a, &of_b].iter().any(|of| of.to_string() == *named));
            match (has(of_a), has(of_b)) {
                (true, true) if all_are => tally.both += 1,
                (false, false) if names.is_empty() => tally.none += 1,
                (false, false) => tally.wrong += 1,
                _ => tally.one += 1,
            }
            if !(has(of_a) && has(of_b)) {
                told += &format!("{of_a} and {of_b}: {names:?}\n");
            }
        }
    }
    assert_eq!(tally, Tally { both: 60, one: 0, none: 0, wrong: 0 }, "\n{told}");
}

/// The checks of expiry insert under keys whose entries are gone, so each ends at an id that comes back, or at an entry that is there
/// too long: what only one of them breaks is not what the other would break alone.
#[test]
fn a_mistake_that_is_in_the_way_of_another_is_not_taken_for_both() {
    let report = super::report(Subject::volatile(|| Faulty::over(Faulty::new(Revives::default()), IsLate)));
    let names = named(&report);
    assert_eq!(names.len(), 2, "{names:?}\n{report}");
    for area in ["insert::deleted_key_gets_a_new_id", "expiry::"] {
        assert!(names.iter().any(|(_, clause)| clause.starts_with(area)), "{area} is not among {names:?}");
    }
}
