//! Programs that are kept in `conformance-regressions/`, which a suite runs first.

use super::{WRONG, run};

const KEPT: &str = "suites::uses::kept::model::random";
const DAMAGED: &str = "suites::uses::damaged::model::random";

#[test]
fn a_program_that_is_kept_is_run_before_all_others() {
    let ran = run(&[KEPT, "--exact"], &[(WRONG, "loses")]);
    let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!ran.passed, "{text}");
    assert!(text.contains("by model::random in a program that is kept in"), "{text}");
    assert!(text.contains("conformance-regressions/main.suites.uses.kept.txt"), "{text}");
    assert!(text.contains("of the program that is kept"), "{text}");
}

#[test]
fn a_program_that_is_kept_and_holds_is_no_failure() {
    let ran = run(&[KEPT, "--exact"], &[]);
    assert!(ran.passed && ran.stdout.contains("1 passed"), "{}", ran.stdout);
}

#[test]
fn a_file_that_is_damaged_is_an_error_that_names_it_and_the_line() {
    let ran = run(&[DAMAGED, "--exact", "--include-ignored"], &[]);
    assert!(!ran.passed, "{}", ran.stdout);
    for said in ["main.suites.uses.damaged.txt, line 5:", "insrt", "mend the line, or remove the file"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
}
