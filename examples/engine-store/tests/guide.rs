//! That the part of `docs/guide.md` about engines shows this crate's files, and that what it says of them is so.
//!
//! The sampled checks and the engines that compare with the model are for a reader's own run, by `cargo test --test conformance`:
//! each write is synced here, and they would be most of what the routine waits for.

use engine_store::EngineStore;
use mneme_conformance::{Settings, State, Subject, check_store};

const GUIDE: &str = include_str!("../../../docs/guide.md");

/// What the guide shows of a file.
fn shown(file: &str) -> &'static str {
    let (_, rest) = GUIDE.split_once(&format!("<!-- engine: {file} -->\n```")).expect("the file's mark");
    let (_, rest) = rest.split_once('\n').expect("the language");
    rest.split_once("```\n").expect("the end of the block").0
}

#[test]
fn the_guide_shows_the_files() {
    assert_eq!(shown("src/engine.rs"), include_str!("../src/engine.rs"));
    let conformance = include_str!("conformance.rs").replace("engine_store", "my_store");
    assert_eq!(shown("tests/conformance.rs"), conformance);
    let dependencies = |manifest: &'static str| {
        let (_, rest) = manifest.split_once("[dependencies]\n").expect("the dependencies");
        let tables = rest.split("\n[").filter(|table| !table.starts_with(['[', 'l']));
        let lines = tables.flat_map(str::lines).filter_map(|line| line.split_once(" = "));
        // The last one is this file's alone.
        let mut names: Vec<&str> = lines.map(|(name, _)| name).filter(|name| *name != "tempfile").collect();
        names.sort_unstable();
        names
    };
    assert_eq!(dependencies(shown("Cargo.toml")), dependencies(include_str!("../Cargo.toml")));
}

#[test]
fn the_store_keeps_everything() {
    // As in `tests/conformance.rs`, but where syncing costs nothing, if the machine has such a place.
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let folder = place.path().to_owned();
    let subject = Subject::durable(move |site| EngineStore::new(folder.join(site.name())));
    let settings = Settings::default().with_size(500).without_engines().without_sampled();
    let store = check_store(subject, &settings);
    assert!(store.count(State::Held) > 80, "{store}");
    assert_eq!(store.count(State::Broken) + store.count(State::Blocked), 0, "{store}");
}
