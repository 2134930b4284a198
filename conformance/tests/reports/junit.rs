//! The XML against the schema that CI systems read it by.
//!
//! `junit-10.xsd` is the schema of Jenkins' xunit plugin, as it is there.

use super::report;
use std::{fs, process::Command};

#[test]
#[ignore = "needs xmllint, which Debian has in libxml2-utils"]
fn the_report_is_valid_by_the_schema_of_jenkins() {
    let directory = mneme_conformance_directory();
    let path = directory.path().join("report.xml");
    fs::write(&path, report().to_junit()).expect("the report");
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/junit-10.xsd");
    let output = Command::new("xmllint").args(["--noout", "--schema", schema]).arg(&path).output();
    let output = output.expect("xmllint runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn mneme_conformance_directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// The elements of the report, each with the names of those that it is in, its attributes and its own text.
struct Element {
    path: String,
    attributes: Vec<(String, String)>,
}

/// Reads the XML that the report may be written in: elements, attributes in double quotes, and escaped text.
///
/// # Panics
///
/// On everything else.
fn elements(xml: &str) -> Vec<Element> {
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("the declaration");
    let (mut open, mut elements): (Vec<String>, Vec<Element>) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        assert_text(&rest[..at]);
        let end = rest[at..].find('>').expect("the end of a tag") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        open.push(name.to_owned());
        elements.push(Element { path: open.join("/"), attributes: read_attributes(attributes) });
        if is_empty {
            open.pop();
        }
    }
    assert_text(rest);
    assert!(open.is_empty(), "{open:?} is not closed");
    elements
}

fn read_attributes(mut text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = text.trim_start().split_once("=\"").expect("an attribute");
        let (value, rest) = rest.split_once('"').expect("the end of an attribute");
        assert_text(value);
        attributes.push((name.to_owned(), value.to_owned()));
        text = rest;
    }
    attributes
}

/// Asserts that each `&` begins an escape, and that XML 1.0 may hold every character.
fn assert_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        assert!(
            ["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|escape| text[at..].starts_with(escape)),
            "{text}"
        );
    }
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(legal), "{text:?}");
}

#[test]
fn the_elements_and_their_attributes_are_those_that_the_schema_has() {
    let allowed = |path: &str| match path {
        "testsuites" => (vec!["tests", "failures", "errors", "time"], vec![]),
        "testsuites/testsuite" => (
            vec!["name", "tests", "failures", "errors", "skipped", "time"],
            vec!["name", "tests", "failures", "errors"],
        ),
        "testsuites/testsuite/testcase" => (vec!["name", "classname", "time"], vec!["name"]),
        "testsuites/testsuite/testcase/failure" => (vec!["message", "type"], vec![]),
        "testsuites/testsuite/testcase/skipped" => (vec!["message"], vec![]),
        "testsuites/testsuite/system-out" => (vec![], vec![]),
        other => panic!("{other} is not in the schema"),
    };
    let xml = report().to_junit();
    let elements = elements(&xml);
    for element in &elements {
        let (may, must) = allowed(&element.path);
        let names: Vec<&str> = element.attributes.iter().map(|(name, _)| &**name).collect();
        assert!(names.iter().all(|name| may.contains(name)), "{}: {names:?}", element.path);
        assert!(must.iter().all(|name| names.contains(name)), "{}: {names:?}", element.path);
    }
    let of = |name: &str| elements.iter().filter(|element| element.path.ends_with(name)).count();
    assert!(of("/failure") > 0 && of("/skipped") > 0 && of("/system-out") > 0, "{xml}");
}

#[test]
fn the_numbers_of_a_suite_are_those_of_its_cases() {
    let elements = elements(&report().to_junit());
    let suites = elements.split_inclusive(|element| element.path.ends_with("/testsuite")).skip(1);
    let heads = elements.iter().filter(|element| element.path.ends_with("/testsuite"));
    let mut checked = 0;
    for (head, cases) in heads.zip(suites.chain([&[] as &[Element]])) {
        let of = |name: &str| cases.iter().filter(|element| element.path.ends_with(name)).count().to_string();
        let attribute = |name: &str| {
            head.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
        };
        if cases.is_empty() {
            continue;
        }
        checked += 1;
        assert_eq!(attribute("tests"), Some(of("/testcase")), "{:?}", attribute("name"));
        assert_eq!(attribute("failures"), Some(of("/failure")), "{:?}", attribute("name"));
        assert_eq!(attribute("skipped"), Some(of("/skipped")), "{:?}", attribute("name"));
    }
    assert!(checked >= report().stores().len() - 1);
}
