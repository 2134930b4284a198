//! The guide, `docs/guide.md`: that a reader who does what it says has these files after each step, that each step
//! compiles, and that what it says of each step is so.

use mneme_conformance::{
    Certainty, Clause, Settings, State, StoreReport, Subject, check_store, clause, contract,
};
use std::{collections::BTreeMap, fs, path::Path};

const GUIDE: &str = include_str!("../../../docs/guide.md");

/// The crate after the first step.
#[path = "../steps/1/lib.rs"]
#[allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::new_without_default,
    clippy::todo,
    clippy::unused_self,
    reason = "it is as in the guide"
)]
mod first;
/// The crate after the second step.
#[path = "../steps/2/lib.rs"]
#[allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::new_without_default,
    clippy::todo,
    clippy::unused_self,
    reason = "it is as in the guide"
)]
mod second;
/// The crate after the third step.
#[path = "../steps/3/lib.rs"]
#[allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::new_without_default,
    reason = "it is as in the guide"
)]
mod third;

/// The crate's files by their names, after each step.
fn files_after_each_step() -> Vec<BTreeMap<String, String>> {
    let mut steps: Vec<BTreeMap<String, String>> = Vec::new();
    for block in blocks() {
        while steps.len() < block.step {
            steps.push(steps.last().cloned().unwrap_or_default());
        }
        let file = steps[block.step - 1].entry(block.file.to_owned()).or_default();
        match block.language {
            "diff" => *file = changed(file, block.text),
            _ => block.text.clone_into(file),
        }
    }
    steps
}

/// A block of code that goes into a file.
struct Block {
    step: usize,
    file: &'static str,
    language: &'static str,
    text: &'static str,
}

/// Every block that is marked by `<!-- step 1: src/lib.rs -->`.
fn blocks() -> impl Iterator<Item = Block> {
    GUIDE.split("<!-- step ").skip(1).map(|rest| {
        let (head, rest) = rest.split_once(" -->\n").expect("the end of a mark");
        let (step, file) = head.split_once(": ").expect("a step and a file");
        let (language, rest) =
            rest.trim_start().strip_prefix("```").and_then(|rest| rest.split_once('\n')).expect("a block");
        let (text, _) = rest.split_once("```\n").expect("the end of a block");
        Block { step: step.parse().expect("a number"), file, language, text }
    })
}

/// A file after a change: in the one place where they are, the lines of the change that begin with a blank or a minus
/// become those that begin with a blank or a plus.
fn changed(file: &str, change: &str) -> String {
    let lines = |sign: char| {
        let kept = change.lines().filter(move |line| line.is_empty() || line.starts_with([' ', sign]));
        kept.flat_map(|line| [line.get(1..).unwrap_or_default(), "\n"]).collect::<String>()
    };
    let (old, new) = (lines('-'), lines('+'));
    assert_eq!(file.matches(&old).count(), 1, "this is not in one place of the file:\n{old}");
    file.replacen(&old, &new, 1)
}

#[test]
fn the_guide_makes_the_files_of_each_step() {
    let steps = files_after_each_step();
    assert_eq!(steps.len(), 4);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (at, files) in steps.iter().enumerate() {
        let mut sources = Vec::new();
        for file in fs::read_dir(folder.join(format!("steps/{}", at + 1))).expect("a step") {
            let path = file.expect("a file").path();
            let name = format!("src/{}", path.file_name().expect("a name").to_string_lossy());
            let source = fs::read_to_string(&path).expect("a source");
            assert!(files.get(&name) == Some(&source), "step {}: {name} of the guide is another one", at + 1);
            sources.push(name);
        }
        let of_the_guide = files.keys().filter(|name| name.starts_with("src/"));
        assert_eq!(of_the_guide.count(), sources.len(), "step {}: {sources:?}", at + 1);
    }
    let last = &steps[3];
    assert_eq!(last["tests/conformance.rs"], include_str!("conformance.rs"));
    for dependency in ["mneme-cache", "mneme-conformance", "serde_json"] {
        assert!(last["Cargo.toml"].contains(dependency), "{}", last["Cargo.toml"]);
    }
}

/// What is between two markers of the guide.
fn marked(name: &str) -> &'static str {
    let (_, rest) =
        GUIDE.split_once(&format!("<!-- {name} -->\n")).unwrap_or_else(|| panic!("no mark {name}"));
    rest.split_once(&format!("<!-- /{name} -->\n")).expect("the second mark").0
}

fn check(subject: Subject) -> StoreReport {
    let settings = Settings::default().without_engines().without_sampled();
    check_store(subject.named("LogStore"), &settings)
}

#[test]
fn the_claims_are_those_of_a_real_file() {
    let (_, claims) = GUIDE.split_once("<!-- claims -->\n```rust\n").expect("a block");
    let (claims, _) = claims.split_once("```\n").expect("the end of a block");
    assert!(
        include_str!("../../redb-store/tests/conformance.rs").contains(claims),
        "this is in no file:\n{claims}"
    );
}

#[test]
fn the_options_are_those_of_a_real_file() {
    let file = include_str!("options.rs");
    let options: Vec<&str> = GUIDE.split("<!-- option -->\n```rust\n").skip(1).collect();
    assert_eq!(options.len(), file.matches("store_conformance!").count());
    for option in options {
        let (option, _) = option.split_once("```\n").expect("the end of a block");
        assert!(file.contains(option), "this is in no file:\n{option}");
    }
}

/// What the guide says is held after a step: clauses, and whole areas as far as their checks are exact.
fn assert_held(step: usize, store: &StoreReport) {
    let said: Vec<&str> = marked(&format!("held {step}")).split('`').skip(1).step_by(2).collect();
    assert!(!said.is_empty());
    for name in said {
        let is_named = |clause: &Clause| clause.to_string() == name || clause.area() == name;
        let named: Vec<&Clause> = contract().clauses().filter(|clause| is_named(clause)).collect();
        let state = |clause: &Clause| store.status(clause).expect("a status").state();
        assert!(named.iter().any(|clause| state(clause) == State::Held), "step {step}: {name}\n{store}");
        for clause in named.into_iter().filter(|clause| clause.certainty() == Certainty::Exact) {
            assert!(
                matches!(state(clause), State::Held | State::NotApplicable),
                "step {step}: {clause}\n{store}"
            );
        }
    }
}

fn assert_failure(name: &str, store: &StoreReport, clause: &Clause) {
    let failure = store.status(clause).and_then(|status| status.failure()).expect("a failure").to_string();
    // A reader's crate has the file elsewhere.
    let failure = failure.replace("examples/log-store/tests/../steps/1/", "src/");
    let said = format!("```text\n{failure}```\n");
    assert!(marked(name) == said, "the guide's {name} must be\n{said}");
}

#[test]
fn the_handle_keeps_what_the_guide_says() {
    let store = check(Subject::volatile(first::LogStore::new));
    assert_failure("failure 1", &store, &clause::count::namespace_not_stored_is_zero);
    assert_held(1, &store);
}

#[test]
fn the_first_entries_have_the_mistake_that_the_guide_says() {
    let store = check(Subject::volatile(second::LogStore::new));
    assert_failure("failure 2", &store, &clause::insert::upsert_keeps_the_id);
    assert_held(2, &store);
}

#[test]
fn the_volatile_store_keeps_everything() {
    let store = check(Subject::volatile(third::LogStore::new));
    assert_held(3, &store);
    assert_eq!(store.count(State::Broken) + store.count(State::Blocked), 0, "{store}");
}

#[test]
fn the_log_keeps_everything() {
    let store = check(Subject::durable(|site| log_store::LogStore::new(site.path().join("cache.log"))));
    assert_held(4, &store);
    assert_eq!(store.count(State::Broken) + store.count(State::Blocked), 0, "{store}");
}
