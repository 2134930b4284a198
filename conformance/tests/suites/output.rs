//! What a suite prints.

use super::{Ran, WRONG, run};

const TEST: &str = "suites::uses::switched::insert::ids_are_positive";

/// What stands between `Error: ` and the list of what failed.
fn error(ran: &Ran) -> &str {
    let after = ran.stdout.split_once("\nError: ").unwrap_or_else(|| panic!("no error\n{}", ran.stdout)).1;
    after.split_once("\n\nfailures:\n").expect("the harness lists what failed").0.trim_end()
}

#[test]
fn a_broken_clause_prints_its_text_and_nothing_else() {
    for backtrace in ["0", "1", "full"] {
        let ran = run(&[TEST, "--exact"], &[(WRONG, "answers"), ("RUST_BACKTRACE", backtrace)]);
        assert!(!ran.passed);
        insta::assert_snapshot!("a_broken_clause_prints_its_text_and_nothing_else", error(&ran));
        let all = ran.stdout + &ran.stderr;
        assert!(!all.contains("panicked") && !all.contains("stack backtrace"), "{all}");
    }
}

#[test]
fn a_panic_of_the_store_prints_no_noise() {
    let ran = run(&[TEST, "--exact", "--nocapture"], &[(WRONG, "panics"), ("RUST_BACKTRACE", "1")]);
    assert!(!ran.passed);
    let all = ran.stdout + &ran.stderr;
    assert!(all.contains("a panic: \"the disk is on fire\""), "{all}");
    assert!(!all.contains("panicked at") && !all.contains("stack backtrace"), "{all}");
}

#[test]
fn the_report_of_a_right_suite_is_summed_up_past_the_capture() {
    let ran = run(&["suites::uses::switched::report", "--exact"], &[]);
    assert!(ran.passed, "{}{}", ran.stdout, ran.stderr);
    let lines: Vec<_> = ran.stderr.lines().filter(|line| !line.is_empty()).collect();
    let begins = "suites::uses::switched: Faulty<Switched>: ";
    assert!(lines[0].starts_with(begins) && lines[0].contains(" held, 0 broken"), "{}", lines[0]);
    let (parts, engines) = lines[1..].split_at(lines.len() - 3);
    assert!(parts.iter().all(|line| line.starts_with("  ") && line.contains(" in part: ")), "{parts:?}");
    assert!(engines[0].starts_with("  model::random: nothing in "), "{engines:?}");
    assert!(engines[1].starts_with("  model::exhaustive: nothing in "), "{engines:?}");
}

#[test]
fn the_files_of_a_report_have_a_name_that_no_other_suites_have() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path().to_str().expect("a path of text");
    let ran = run(&["suites::uses::switched::report", "--exact"], &[("MNEME_CONFORMANCE_REPORT", at)]);
    assert!(ran.passed, "{}{}", ran.stdout, ran.stderr);
    for extension in ["json", "xml", "md", "html"] {
        let file = format!("mneme-conformance.main.suites.uses.switched.{extension}");
        assert!(directory.path().join(&file).is_file(), "{file}");
    }
}

#[test]
fn the_command_to_run_a_test_again_selects_that_test_and_no_other() {
    let ran = run(&[TEST, "--exact"], &[(WRONG, "answers")]);
    assert_selects(error(&ran), TEST);
}

#[test]
fn the_command_to_run_an_ignored_test_again_asks_for_it() {
    let test = "suites::uses::ignored::insert::ids_are_positive";
    let ran = run(&[test, "--exact", "--include-ignored"], &[(WRONG, "answers")]);
    assert_selects(error(&ran), test);
}

/// Asserts that the command in a failure's text runs one test.
#[track_caller]
fn assert_selects(failure: &str, name: &str) {
    let command = failure.lines().last().and_then(|line| line.trim_start().strip_prefix("again"));
    let command = command.unwrap_or_else(|| panic!("no command\n{failure}")).trim_start();
    // What comes before `--` is for cargo, the name of the test included, which cargo hands on.
    let arguments = command.strip_prefix("cargo test -p mneme-conformance ").expect("it is for cargo");
    let arguments: Vec<_> = arguments.split(' ').filter(|argument| *argument != "--").collect();
    let ran = run(&arguments, &[(WRONG, "answers")]);
    assert!(ran.stdout.contains("\nrunning 1 test\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("\ntest {name} ... FAILED\n")), "{}", ran.stdout);
}
