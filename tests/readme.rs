//! What the READMEs say is so.

use mneme_conformance::{Settings, State, check_store, contract};
use std::fs;

#[path = "../examples/broken_store.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a program, and only one of its stores is used here")]
mod broken_store;

const README: &str = include_str!("../README.md");

/// What is between two markers.
fn marked(name: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("<!-- {name} -->\n")).expect("the first marker");
    rest.split_once(&format!("<!-- /{name} -->\n")).expect("the second marker").0
}

#[test]
fn the_file_for_adopting_the_harness_is_a_real_one() {
    let file = include_str!("../examples/log-store/tests/conformance.rs");
    for readme in [README, include_str!("../conformance/README.md")] {
        let (_, rest) = readme.split_once("```rust\n").expect("an example in Rust");
        let (example, _) = rest.split_once("```\n").expect("its end");
        assert_eq!(example, file);
    }
}

#[test]
fn the_file_for_keeping_the_behaviour_is_a_real_one() {
    let file = include_str!("../examples/redb-store/tests/behaviour.rs");
    assert!(README.contains(&format!("```rust\n{file}```\n")), "the README must have\n{file}");
}

#[test]
fn the_program_for_using_the_cache_is_a_real_one() {
    let (_, rest) = README.split_once("```rust,no_run\n").expect("a program");
    let (program, _) = rest.split_once("```\n").expect("its end");
    let file = include_str!("../examples/use_cache.rs").lines();
    // `tests/use_cache.rs` runs it, for which it is public.
    let file = file
        .filter(|line| !line.starts_with("/// "))
        .map(|line| format!("{line}\n"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(program, file.replace("pub fn main", "fn main"));
}

#[test]
fn no_line_of_an_example_is_for_the_documentation_alone() {
    // Where the repository is hosted such a line is shown, and does not compile.
    let hidden: Vec<&str> =
        README.lines().filter(|line| line.trim_start().starts_with("# ") && line.starts_with(' ')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn the_failure_is_what_the_harness_says() {
    let settings = Settings::default().with_size(0).without_engines();
    let report = check_store(broken_store::subject(broken_store::Mistake::ReplacesRows), &settings);
    let broken = report.rows().iter().find(|(_, status)| status.state() == State::Broken);
    let failure = broken.and_then(|(_, status)| status.failure()).expect("a broken clause");
    let said = format!("```text\n{failure}```\n");
    assert!(marked("failure") == said, "the README's failure must be\n{said}");
}

#[test]
fn the_clauses_without_a_check_are_counted_and_listed() {
    let (checked, unchecked): (Vec<_>, Vec<_>) = contract().clauses().partition(|clause| clause.is_checked());
    let counts = format!("{} clauses, of which {} have", checked.len() + unchecked.len(), checked.len());
    assert!(words(README).contains(&counts), "the README must say: {counts}");

    let listed: Vec<&str> = marked("unchecked").split('`').filter(|text| text.contains("::")).collect();
    assert_eq!(listed, unchecked.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn the_settings_are_those_of_the_harness() {
    let source = fs::read_to_string("conformance/src/settings.rs").expect("the settings' source");
    let rows: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("/// |")).collect();
    assert!(rows.len() > 2, "the table of settings has moved");
    let table: Vec<&str> = README.lines().filter_map(|line| line.strip_prefix('|')).collect();
    let at = table.iter().position(|row| *row == rows[0]).expect("the table of settings in the README");
    assert_eq!(table[at..at + rows.len()], rows);
}

/// A text without its line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
