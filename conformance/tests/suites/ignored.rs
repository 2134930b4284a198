//! Suites whose tests are ignored, as they need something that is not always there.

use super::{Ran, run};

const TEST: &str = "suites::uses::served::insert::ids_are_positive";
const IGNORED: &str = "suites::uses::served::ignored";
const REQUIRE: (&str, &str) = ("MNEME_CONFORMANCE_REQUIRE", "1");
const SERVER: (&str, &str) = ("MNEME_TEST_SERVER", "here");
#[test]
fn a_test_that_is_ignored_is_shown_as_ignored_with_its_reason() {
    let ran = run(&[TEST, "--exact"], &[]);
    assert!(ran.passed && ran.stdout.contains("0 passed; 0 failed; 1 ignored"), "{}", ran.stdout);
    assert!(ran.stdout.contains("ignored, needs MNEME_TEST_SERVER"), "{}", ran.stdout);
}

#[test]
fn a_test_that_runs_without_what_it_needs_fails() {
    for test in [TEST, "suites::uses::served::report", "suites::uses::served::model::exhaustive"] {
        let ran = run(&[test, "--exact", "--include-ignored"], &[]);
        assert!(!ran.passed && ran.stdout.contains("0 passed; 1 failed"), "{}", ran.stdout);
        assert!(words(&ran).contains("MNEME_TEST_SERVER: environment variable not found"), "{}", ran.stdout);
    }
    let ran = run(&[TEST, "--exact", "--include-ignored"], &[SERVER]);
    assert!(ran.passed, "{}", ran.stdout);
}

#[test]
fn what_is_ignored_is_said_past_the_capture() {
    let ran = run(&[IGNORED, "--exact"], &[]);
    let says = "suites::uses::served: not checked, as its tests are ignored: needs MNEME_TEST_SERVER";
    assert!(ran.passed && ran.stderr.contains(says), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn what_is_ignored_is_checked_where_everything_is_required() {
    let without = run(&[IGNORED, "--exact"], &[REQUIRE]);
    let says = "MNEME_TEST_SERVER: environment variable not found";
    assert!(!without.passed && words(&without).contains(says), "{}", without.stdout);
    // Whether two threads met as often as a clause wants them to depends on what else the machine does, and so the test
    // may pass or not; what it looked at is in its text either way.
    let with = run(&[IGNORED, "--exact"], &[REQUIRE, SERVER]);
    assert!(!words(&with).contains(says), "{}", with.stdout);
    assert!(
        with.stderr.contains(" held, 0 broken") || with.stdout.contains(" held"),
        "{}{}",
        with.stdout,
        with.stderr
    );
}

/// What a child wrote, without its line breaks.
fn words(ran: &Ran) -> String {
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}
