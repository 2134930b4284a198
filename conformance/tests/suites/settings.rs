//! Variables that are set to no setting.

use super::run;

/// Two tests of one suite, which both must say it.
const TESTS: [&str; 2] =
    ["suites::uses::switched::insert::ids_ascend", "suites::uses::switched::insert::ids_are_positive"];

#[track_caller]
fn assert_refused(variable: &str, value: &str, write: &str) {
    for test in TESTS {
        let ran = run(&[test, "--exact"], &[(variable, value)]);
        let says = format!("Error: {variable} is {value:?}: {write}\n");
        assert!(!ran.passed && ran.stdout.contains(&says), "{}{}", ran.stdout, ran.stderr);
        assert!(!ran.stdout.contains("panicked"), "{}", ran.stdout);
    }
}

#[track_caller]
fn assert_taken(variable: &str, value: &str) {
    let ran = run(&[TESTS[0], "--exact"], &[(variable, value)]);
    assert!(
        ran.passed && ran.stdout.contains("1 passed"),
        "{variable}={value}: {}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn a_deadline_is_a_number_of_seconds() {
    let write = "set it to a number of seconds greater than 0, such as 30";
    for value in ["soon", "", "0", "-1", "1e99", "NaN", "10s"] {
        assert_refused("MNEME_CONFORMANCE_DEADLINE", value, write);
    }
    assert_taken("MNEME_CONFORMANCE_DEADLINE", "2.5");
}

#[test]
fn a_size_is_a_number_of_entries() {
    for value in ["many", "", "-1", "70001", "1e3"] {
        assert_refused("MNEME_CONFORMANCE_SIZE", value, "set it to a number of entries up to 70000");
    }
    assert_taken("MNEME_CONFORMANCE_SIZE", "500");
}

#[test]
fn a_size_budget_is_a_number_of_seconds() {
    let write = "set it to a number of seconds greater than 0, such as 30";
    for value in ["long", "0"] {
        assert_refused("MNEME_CONFORMANCE_SIZE_BUDGET", value, write);
    }
    assert_taken("MNEME_CONFORMANCE_SIZE_BUDGET", "60");
}

#[test]
fn everything_is_required_or_not() {
    for value in ["yes", "true", "2"] {
        assert_refused("MNEME_CONFORMANCE_REQUIRE", value, "set it to 1, or to 0");
    }
    for value in ["0", "1", ""] {
        assert_taken("MNEME_CONFORMANCE_REQUIRE", value);
    }
}

#[test]
fn a_profile_is_one_of_three() {
    assert_refused("MNEME_CONFORMANCE_PROFILE", "fast", "set it to quick, to thorough, or to soak");
    assert_taken("MNEME_CONFORMANCE_PROFILE", "thorough");
}

#[test]
fn a_seed_is_a_number() {
    assert_refused("MNEME_CONFORMANCE_SEED", "random", "set it to a number, such as 7");
    assert_taken("MNEME_CONFORMANCE_SEED", "7");
}

#[cfg(unix)]
#[test]
fn what_is_no_unicode_text_is_not_passed_over() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, process::Command};
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program)
        .args([TESTS[0], "--exact"])
        .env("MNEME_CONFORMANCE_DEADLINE", OsStr::from_bytes(b"30\xff"))
        .output()
        .expect("this program runs again");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && text.contains("Error: MNEME_CONFORMANCE_DEADLINE is"), "{text}");
}
