//! Pages about where two stores differ.

mod spaced;

use mneme::{MemoryStore, SqliteStore};
use mneme_conformance::{Settings, Subject, check_store, difference};
use spaced::Spaced;

fn memory() -> Subject {
    Subject::volatile(MemoryStore::new)
}

#[test]
fn a_store_with_other_ids_and_versions_differs_in_these_alone() {
    let spaced = || Subject::volatile(Spaced::default);
    let settings = Settings::default().with_size(0).without_engines().without_sampled();
    let report = check_store(spaced(), &settings);
    assert!(report.is_right(&settings), "{report}");

    let page = difference(memory(), spaced()).expect("other ids");
    let parted: Vec<_> = page.lines().filter(|line| line.starts_with("## `")).collect();
    assert!(parted.is_empty(), "these differ in more than the numbers: {parted:?}\n{page}");
    insta::assert_snapshot!("other_ids_and_versions", page);
}

#[test]
fn a_store_that_breaks_a_clause_is_told_so() {
    let wrong = Subject::volatile(Spaced::wrong);
    let page = difference(memory(), wrong.named("Wrong")).expect("a difference");
    assert!(page.contains("**Wrong breaks it.**"), "{page}");
    assert!(page.contains("## `quota::zero_is_a_quota`"), "{page}");
    assert!(!page.contains("## `lru::ties_break_by_id`"), "{page}");
}

#[test]
fn two_stores_of_this_package() {
    let sqlite = Subject::volatile(SqliteStore::in_memory).named("SqliteStore in memory");
    insta::assert_snapshot!("memory_and_sqlite", difference(memory(), sqlite).expect("other texts"));
}
