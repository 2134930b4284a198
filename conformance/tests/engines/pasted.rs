//! The Rust test in a failure compiles where it is pasted, passes on a right store, and fails on the wrong one.

use super::settings;
use crate::zoo;
use mneme_conformance::{run_exhaustive, run_random};
use std::{
    env,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

#[path = "../../../examples/broken_store.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::print_stdout,
    reason = "it is a program, and only its stores are used here"
)]
mod broken_store;

use broken_store::Mistake;

/// Every how many-th fault of the zoo is looked at: each is compiled.
const EVERY: usize = 6;

#[test]
fn a_pasted_test_compiles_and_fails_on_the_wrong_store_alone() {
    let mut file = String::from("#![allow(warnings)]\n");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/broken_store.rs");
    let _ = writeln!(file, "#[path = {examples:?}]\nmod broken_store;");
    let mut main = String::new();
    let mut cases = 0;
    let mut add = |test: &str, wrong: Option<&str>| {
        let body = test.replacen("#[test]\nfn ", "pub fn ", 1);
        let name =
            body.split_once("pub fn ").and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name);
        let name = name.expect("a test has a name");
        for (right, subject) in
            [(true, Some("mneme_conformance::Subject::volatile(mneme::MemoryStore::new)")), (false, wrong)]
        {
            let Some(subject) = subject else { continue };
            cases += 1;
            let module = format!("case_{cases}");
            let _ = writeln!(
                file,
                "mod {module} {{\nuse super::broken_store;\nfn subject() -> mneme_conformance::Subject {{ {subject} }}\n{body}}}"
            );
            let _ = writeln!(
                main,
                "assert_eq!(std::panic::catch_unwind(|| {module}::{name}().is_ok()).unwrap_or(false), {right}, \"{module} {name}\");"
            );
        }
    };
    for (mistake, name) in [
        (Mistake::ReplacesRows, "ReplacesRows"),
        (Mistake::NotesAccess, "NotesAccess"),
        (Mistake::ClearsByPrefix, "ClearsByPrefix"),
    ] {
        let wrong = format!("broken_store::subject(broken_store::Mistake::{name})");
        let random = run_random(broken_store::subject(mistake), &settings());
        let found = random.failure().expect("random programs find each of these mistakes");
        add(found.test().expect("an engine's failure has a test"), Some(&wrong));
        // Not every mistake shows in the small space.
        if let Some(found) = run_exhaustive(broken_store::subject(mistake), &settings()).failure() {
            add(found.test().expect("an engine's failure has a test"), Some(&wrong));
        }
    }
    for fault in zoo::faults().iter().step_by(EVERY) {
        let subject = (fault.subject)();
        if subject.claims() == mneme_conformance::Claims::default()
            && let Some(failure) = run_random(subject, &settings()).failure()
        {
            add(failure.test().expect("an engine's failure has a test"), None);
        }
    }
    assert!(cases > 40, "{cases} cases");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (place.join("pasted.rs"), place.join("pasted"));
    std::fs::write(&source, format!("{file}\nfn main() {{\n{main}}}\n")).expect("it can be written");
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into()));
    rustc.args(["--edition", "2024", "--crate-name", "pasted", "-o"]).args([&program, &source]);
    for (name, library) in libraries() {
        rustc.arg("--extern").arg(format!("{name}={}", library.display()));
        let dependencies = library.parent().expect("it is in a directory");
        rustc.arg("-L").arg(format!("dependency={}", dependencies.display()));
    }
    assert!(rustc.status().expect("rustc can be started").success(), "{} does not compile", source.display());
    let ran = Command::new(&program).env("RUST_BACKTRACE", "0").output().expect("it can be started");
    assert!(ran.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&ran.stderr));
}

/// The libraries that this program is linked with, by the names that a pasted test has for them. Nothing is built for that: cargo
/// says what it has.
fn libraries() -> Vec<(&'static str, PathBuf)> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["test", "--workspace", "--test", "main", "--no-run", "--offline", "--message-format=json"]);
    let said = cargo.stderr(Stdio::inherit()).output().expect("cargo can be started");
    assert!(said.status.success(), "{cargo:?}");
    let artifacts: Vec<serde_json::Value> = String::from_utf8_lossy(&said.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("cargo writes a document in each line"))
        .collect();
    let library = |name: &'static str| {
        let is_it = |artifact: &&serde_json::Value| {
            artifact["target"]["name"] == name && artifact["target"]["kind"][0] == "lib"
        };
        let files = artifacts.iter().filter(is_it).filter_map(|artifact| artifact["filenames"].as_array());
        let mut files = files.flatten().filter_map(|file| file.as_str().map(Path::new));
        let is_linked = |file: &&Path| file.extension().is_some_and(|extension| extension == "rlib");
        let file = files.find(is_linked).unwrap_or_else(|| panic!("no library {name}"));
        (name, file.to_owned())
    };
    ["mneme", "mneme_conformance"].map(library).into()
}
