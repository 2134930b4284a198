use super::*;
use crate::contract::clause;
use crate::sample;
use mneme::{MemoryStore, Store as _};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// The store has an entry before the first call, as long as it is said to be wrong.
fn prefilled(wrong: &Arc<AtomicBool>) -> Arc<Subject> {
    let wrong = Arc::clone(wrong);
    Arc::new(Subject::volatile(move || {
        let store = MemoryStore::new();
        if wrong.load(Ordering::Relaxed) {
            store.open(&sample::identity())?;
            store.insert(sample::entry("a", "left behind"))?;
        }
        Ok::<_, mneme::Error>(store)
    }))
}

/// The failure's text as if it were in one line.
fn text(engine: &Engine) -> String {
    let text = engine.failure().map(ToString::to_string).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_found_is_kept_and_run_first_until_it_holds() {
    let directory = tempfile::tempdir().expect("a directory");
    let kept = Regressions::of_suite(directory.path(), "suite");
    let wrong = Arc::new(AtomicBool::new(true));
    let settings = Settings::default().with_programs(8);
    let run = || random(&prefilled(&wrong), &settings, &no_command(), Some(&kept));

    let first = run();
    assert!(text(&first).contains("it is kept in"), "{}", text(&first));
    assert!(first.did().starts_with("0 kept programs, 1 random programs, "), "{}", first.did());
    let file = std::fs::read_to_string(kept.path()).expect("a file");
    let clause = first.failure().expect("it is wrong").clauses()[0];
    assert!(
        file.starts_with("mneme-conformance programs ") && file.contains(&format!("# {clause}\n")),
        "{file}"
    );

    // With another seed it is found again, since it is run first; and by nothing else.
    let again = random(&prefilled(&wrong), &settings.clone().with_seed(9), &no_command(), Some(&kept));
    assert!(text(&again).contains("in a program that is kept in"), "{}", text(&again));
    assert_eq!(again.did(), "1 kept programs, ");
    assert_eq!(again.program(), first.program());

    // What somebody writes into the file is run like what was found.
    std::fs::write(kept.path(), format!("{file}\nprogram\n# By hand.\nclose\n")).expect("it can be written");
    wrong.store(false, Ordering::Relaxed);
    let mended = run();
    assert!(mended.is_right(), "{:?}", mended.failure());
    assert!(mended.did().starts_with("2 kept programs, 8 random programs, "), "{}", mended.did());

    std::fs::write(kept.path(), file.replacen("programs 1", "programs 9", 1)).expect("it can be written");
    let other = run();
    assert!(!other.is_right() && other.silent().is_some_and(|why| why.contains("line 1: ")), "{other:?}");
}

#[test]
fn a_run_that_looked_at_nothing_is_not_right() {
    let right = Arc::new(AtomicBool::new(false));
    let engine = random(&prefilled(&right), &Settings::default().with_programs(8), &no_command(), None);
    assert!(engine.is_right());
    let silent = Engine { silent: Some("it saw nothing".to_owned()), ..engine };
    assert!(!silent.is_right());
}

#[test]
fn a_search_that_a_known_hang_ended_is_no_failure() {
    let settings = Settings::default().with_deadline(Duration::from_millis(500));
    let hanging = || {
        Subject::volatile(|| -> MemoryStore {
            loop {
                std::thread::park();
            }
        })
    };
    let told = exhaustive(&Arc::new(hanging()), &settings, &no_command(), None);
    assert_eq!(told.failure().map(|failure| failure.clauses()[0]), Some(&clause::robust::every_call_returns));
    let known = hanging().deviates(&clause::robust::every_call_returns, "the engine waits for a reader");
    let search = exhaustive(&Arc::new(known), &settings, &no_command(), None);
    assert!(search.failure().is_none() && search.program().is_none(), "{:?}", search.failure());
    assert_eq!(search.silent(), Some("every transition ended at a known deviation"));
    assert!(
        search.did().ends_with("a call that never returns, which is a known deviation, ended it"),
        "{}",
        search.did()
    );
}
