//! The XML against the schema that CI systems read it by.
//!
//! `junit-10.xsd` is the schema of Jenkins' xunit plugin, as it is there.

use super::{
    markup::{Element, elements},
    report,
};
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

fn read(xml: &str) -> Vec<Element> {
    elements(xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("the declaration"))
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
    let elements = read(&xml);
    for element in &elements {
        let (may, must) = allowed(&element.path);
        let names: Vec<&str> = element.attributes().collect();
        assert!(names.iter().all(|name| may.contains(name)), "{}: {names:?}", element.path);
        assert!(must.iter().all(|name| names.contains(name)), "{}: {names:?}", element.path);
    }
    let of = |name: &str| elements.iter().filter(|element| element.path.ends_with(name)).count();
    assert!(of("/failure") > 0 && of("/skipped") > 0 && of("/system-out") > 0, "{xml}");
}

#[test]
fn the_numbers_of_a_suite_are_those_of_its_cases() {
    let elements = read(&report().to_junit());
    let suites = elements.split_inclusive(|element| element.path.ends_with("/testsuite")).skip(1);
    let heads = elements.iter().filter(|element| element.path.ends_with("/testsuite"));
    let mut checked = 0;
    for (head, cases) in heads.zip(suites.chain([&[] as &[Element]])) {
        let of = |name: &str| cases.iter().filter(|element| element.path.ends_with(name)).count().to_string();
        if cases.is_empty() {
            continue;
        }
        checked += 1;
        assert_eq!(head.attribute("tests"), Some(&*of("/testcase")), "{:?}", head.attribute("name"));
        assert_eq!(head.attribute("failures"), Some(&*of("/failure")), "{:?}", head.attribute("name"));
        assert_eq!(head.attribute("skipped"), Some(&*of("/skipped")), "{:?}", head.attribute("name"));
    }
    assert!(checked >= report().stores().len() - 1);
}
