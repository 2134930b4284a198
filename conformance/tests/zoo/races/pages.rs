//! A race as a page with a picture.

use super::{Race, Racy};
use crate::browser;
use mneme_conformance::{Report, State, Subject, check_store, clause};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Has a race found, and writes the report's files.
fn page(directory: &Path) -> PathBuf {
    let clause = &clause::concurrent::single_operations_are_linearizable;
    let subject = Subject::volatile(|| Racy::new(Race::CheckThenInsert)).named("My<Store>");
    let report = check_store(subject, &super::thorough([clause]));
    assert_eq!(report.count(State::Broken), 1, "{report}");
    Report::new(vec![report]).write_files(directory, "report").expect("a directory that can be written");
    directory.join("report.My_Store_.concurrent.single_operations_are_linearizable.html")
}

#[test]
fn a_race_is_a_page_that_stands_by_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = fs::read_to_string(page(directory.path())).expect("the page of the race");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("<h1>My&lt;Store&gt; breaks concurrent::single_operations_are_linearizable</h1>"));
    assert_eq!(page.matches("<rect class=\"wrong\"").count(), 1, "{page}");
    assert!(
        page.contains("<circle class=\"order\"") && page.contains("No order of the calls explains"),
        "{page}"
    );
    let loads = ["<script", "src=", "href=", "url(", "@import", "<link", "<object"];
    assert!(loads.iter().all(|load| !page.contains(load)), "{page}");
    assert!(page.len() < 64 * 1024, "{} bytes", page.len());
}

#[test]
#[ignore = "needs a browser: chromium or chrome, in the path"]
fn a_browser_draws_the_page() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = page(directory.path());
    let picture = directory.path().join("page.png");
    browser::draw(&page, (1400, 1000), &picture);
    let written = fs::metadata(&picture).map_or(0, |file| file.len());
    assert!(written > 10_000, "{written} bytes");
    if let Some(kept) = std::env::var_os("MNEME_TEST_PICTURE") {
        fs::copy(&picture, kept).expect("a place for the picture");
    }
}
