use crate::suites::run;

#[test]
fn a_soak_tells_how_far_it_is() {
    let variables = [("MNEME_CONFORMANCE_PROFILE", "soak"), ("MNEME_CONFORMANCE_ENGINE_BUDGET", "1")];
    let ran = run(&["suites::uses::switched::model::random", "--exact"], &variables);
    assert!(ran.passed, "{}{}", ran.stdout, ran.stderr);
    let line = ran.stderr.lines().find(|line| line.starts_with("model::random: "));
    let line = line.unwrap_or_else(|| panic!("{}", ran.stderr));
    for part in [" programs, ", " operations, ", " a second, ", " situations of an operation"] {
        assert!(line.contains(part), "{line}");
    }
}
