//! The reviewed transcripts, one snapshot for each clause whose check does the same at each run.

use crate::stores;
use mneme_conformance::{Clause, Transcript, contract};
use std::{fs, path::PathBuf};

/// A transcript as it was reviewed.
pub(crate) struct Reviewed {
    pub(crate) store: String,
    pub(crate) text: String,
}

/// The reviewed transcript of a clause, if it has one.
pub(crate) fn reviewed(clause: &Clause) -> Option<Reviewed> {
    let snapshot = fs::read_to_string(directory().join(format!("{}.snap", name(clause)))).ok()?;
    let (_, content) = snapshot.strip_prefix("---\n")?.split_once("---\n")?;
    let (store, text) = content.split_once("\n\n")?;
    Some(Reviewed { store: store.to_owned(), text: text.to_owned() })
}

/// Compares the transcripts of an area with the reviewed ones.
fn compare(area: &str) {
    let clauses = contract().clauses().filter(|clause| clause.area() == area);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for clause in clauses.filter(|clause| Transcript::exists_for(clause)) {
        let (store, transcript) =
            stores::transcript(clause).unwrap_or_else(|none| panic!("{clause} has no transcript, as {none}"));
        assert!(transcript.is_right(), "the book tells of {clause} on a store that breaks it:\n{transcript}");
        settings.set_description(clause.says());
        settings.bind(|| insta::assert_snapshot!(name(clause), format!("{store}\n\n{transcript}")));
    }
}

fn name(clause: &Clause) -> String {
    clause.to_string().replace("::", "__")
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/book/snapshots")
}

/// One test for each area of the contract.
macro_rules! areas {
    ($($area:ident)*) => {
        $(
            #[test]
            fn $area() {
                compare(stringify!($area));
            }
        )*

        const AREAS: &[&str] = &[$(stringify!($area)),*];
    };
}

areas! {
    open close insert key fidelity lookup count namespaces iterate since changed lru access delete expiry clear quota version
    meta integrity snapshot durable files shared concurrent robust
}

#[test]
fn each_area_has_its_test() {
    assert_eq!(AREAS, contract().areas().iter().map(mneme_conformance::Area::name).collect::<Vec<_>>());
}

#[test]
fn no_snapshot_is_left_of_a_clause_that_is_gone() {
    let expected = |file: &String| {
        let told = contract().clauses().filter(|clause| Transcript::exists_for(clause));
        told.map(name).any(|name| *file == format!("{name}.snap"))
    };
    let files = fs::read_dir(directory()).expect("the snapshots");
    let files = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let left: Vec<_> = files.filter(|file| !expected(file) && !file.ends_with(".snap.new")).collect();
    assert!(left.is_empty(), "{left:?}");
}
