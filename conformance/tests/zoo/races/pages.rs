//! A race as a page with a picture.

use super::{Race, Racy};
use crate::browser;
use mneme_conformance::{Report, State, StoreReport, Subject, check_store, clause};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What is found of a store with a race.
fn raced(name: &str) -> StoreReport {
    let clause = &clause::concurrent::single_operations_are_linearizable;
    let subject = Subject::volatile(|| Racy::new(Race::CheckThenInsert)).named(name);
    let report = check_store(subject, &super::thorough([clause]));
    assert_eq!(report.count(State::Broken), 1, "{report}");
    report
}

/// Has a race found, and writes the report's files.
fn page(directory: &Path) -> PathBuf {
    Report::new(vec![raced("My<Store>")])
        .write_files(directory, "report")
        .expect("a directory that can be written");
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
    // Whoever reads the text alone is told where the picture is.
    assert!(page.contains("by the report, where MNEME_CONFORMANCE_REPORT names a directory"), "{page}");
    // A box has the number that its call has in the text.
    let (picture, text) = page.split_once("</svg>").expect("a picture");
    let boxes: Vec<&str> = picture.split("<g><title>").skip(1).collect();
    assert!(boxes.len() >= 2, "{page}");
    for shown in boxes {
        let (number, call) = shown.split_once("  ").expect("a number and a call");
        let call = call.split_once(" -&gt; ").expect("a call and its answer").0;
        let is_its_row = |line: &&str| line.split_whitespace().next() == Some(number) && line.contains(call);
        assert!(text.lines().any(|line| is_its_row(&line)), "{number} {call}: {page}");
    }
    let loads = ["<script", "src=", "href=", "url(", "@import", "<link", "<object"];
    assert!(loads.iter().all(|load| !page.contains(load)), "{page}");
    assert!(page.len() < 64 * 1024, "{} bytes", page.len());
}

#[test]
fn each_form_of_the_report_says_where_to_begin() {
    let report = Report::new(vec![raced("My<Store>")]);
    let name = "concurrent::single_operations_are_linearizable";
    for (form, says) in [
        (report.to_string(), format!("begin with {name}\n  it is none of the clauses by which known")),
        (report.to_markdown(), format!("begin with `{name}`; it is none of the clauses by which known")),
        (report.to_junit(), format!("begin with {name}; it is none of the clauses by which known")),
        (report.to_html(), "It is none of the clauses by which known".to_owned()),
    ] {
        assert!(form.contains(&says), "{form}");
    }
}

#[test]
fn the_page_of_a_race_goes_with_the_race() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = page(directory.path());
    let settings = super::thorough([&clause::lru::is_scoped]);
    let right = || check_store(Subject::volatile(|| Racy::new(Race::None)).named("My<Store>"), &settings);
    // Stores whose names are one in a file's name have pages of their own.
    let [racy, other] = ["My<Store>", "My(Store)"].map(raced);
    let both = Report::new(vec![right(), racy, right(), other]);
    both.write_files(directory.path(), "report").expect("a directory that can be written");
    assert!(!page.exists());
    for (number, name) in [(2, "My&lt;Store&gt;"), (4, "My(Store)")] {
        let name = format!("<h1>{name} breaks");
        let page = format!("report.My_Store__{number}.concurrent.single_operations_are_linearizable.html");
        let page = fs::read_to_string(directory.path().join(page)).expect("the page of the race");
        assert!(page.contains(&name), "{page}");
    }
    self::page(directory.path());
    let none = Report::new(vec![right()]);
    none.write_files(directory.path(), "report").expect("a directory that can be written");
    assert!(!page.exists() && directory.path().join("report.html").is_file());
}

/// What is drawn of the picture: boxes and lanes that have a size on the screen.
const DRAWN: &str = "(() => {
    const all = (what) => [...document.querySelectorAll('svg ' + what)];
    const size = (shape) => shape.getBoundingClientRect();
    return JSON.stringify({
        boxes: all('rect').length,
        flat: all('rect').filter((shape) => size(shape).width < 20 || size(shape).height < 20).length,
        wrong: all('rect.wrong').length,
        lanes: all('line.lane').filter((shape) => size(shape).width > 100).length,
        numbers: all('circle.order').length,
    });
})()";

#[test]
#[ignore = "needs a browser: chromium or chrome, in the path"]
fn a_browser_draws_the_page() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = page(directory.path());
    let picture = directory.path().join("page.png");
    browser::draw(&page, (1400, 1000), &picture);
    assert!(fs::metadata(&picture).is_ok_and(|file| file.len() > 0));
    let whole = fs::read_to_string(&page).expect("the page of the race");
    let seen = browser::ask(&whole, 1400, browser::Scheme::Light, DRAWN);
    let seen: serde_json::Value = serde_json::from_str(&seen).expect("what the script saw");
    assert_eq!(
        (&seen["wrong"], &seen["lanes"]),
        (&1.into(), &whole.matches("<line class=\"lane\"").count().into())
    );
    assert_eq!(seen["flat"], 0, "{seen}");
    assert!(seen["boxes"].as_u64() >= Some(2) && seen["numbers"].as_u64() >= Some(1), "{seen}");
    if let Some(kept) = std::env::var_os("MNEME_TEST_PICTURE") {
        fs::copy(&picture, kept).expect("a place for the picture");
    }
}
