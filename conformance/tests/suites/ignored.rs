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
    // Whether two threads met as often as a clause wants them to depends on what else the machine does; that alone may be
    // missing, and is no more than not checked.
    let with = run(&[IGNORED, "--exact"], &[REQUIRE, SERVER]);
    let text = words(&with) + &with.stderr;
    assert!(!text.contains(says) && text.contains(" held, 0 broken") && !text.contains(" blocked"), "{text}");
    assert!(with.passed || text.contains("not checked"), "{text}");
}

#[test]
fn a_test_that_is_ignored_passes_with_what_it_needs_where_everything_is_required_and_fails_without() {
    for test in [TEST, "suites::uses::served::model::exhaustive"] {
        let arguments = [test, "--exact", "--include-ignored"];
        let with = run(&arguments, &[REQUIRE, SERVER]);
        assert!(with.passed && with.stdout.contains("1 passed"), "{}{}", with.stdout, with.stderr);
        let without = run(&arguments, &[REQUIRE]);
        assert!(!without.passed && without.stdout.contains("0 passed; 1 failed"), "{}", without.stdout);
    }
}

/// What a child wrote, without its line breaks.
fn words(ran: &Ran) -> String {
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}
