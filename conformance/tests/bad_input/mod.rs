//! Stores and factories that are no stores at all: that fail, panic, hang, or answer garbage.
//!
//! Each is a clear failure of the clause at hand, whatever else it does, and the other clauses are still judged.

mod factory;
mod garbage;
mod hang;
mod panic;

pub(crate) use hang::forever;

use crate::zoo::faulty::{Faulty, Lie};
use mneme_conformance::{Clause, Settings, State, Status, StoreReport, Subject, check_store, contract};
use std::time::Duration;

/// The deadline of the stores that hang.
const DEADLINE: Duration = Duration::from_millis(200);

fn settings() -> Settings {
    Settings::default().with_size(0).with_deadline(DEADLINE).without_engines().without_sampled()
}

fn examine(subject: Subject) -> StoreReport {
    check_store(subject, &settings())
}

/// A store in memory with a lie.
fn lying<L: Lie + 'static>(lie: impl Fn() -> L + Send + Sync + 'static) -> Subject {
    Subject::volatile(move || Faulty::new(lie())).named("MyStore")
}

fn clause(name: &str) -> &'static Clause {
    contract().clause(name).expect("a clause of the contract")
}

fn status<'a>(report: &'a StoreReport, name: &str) -> &'a Status {
    report.status(clause(name)).expect("every clause is in the report")
}

/// The text of a clause's failure, with what varies from run to run, and from one revision to the next, replaced.
fn text(report: &StoreReport, name: &str) -> String {
    let failure = status(report, name).failure().unwrap_or_else(|| panic!("{name} holds\n{report}"));
    let text = failure.to_string();
    // `conformance/tests/bad_input/panic.rs:12:34` becomes `panic.rs`.
    let words = text.split_inclusive([' ', '\n']).map(|word| match word.split_once(".rs:") {
        Some((path, place)) => {
            let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
            format!("{file}.rs{}", place.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'))
        }
        None => word.to_owned(),
    });
    words.collect()
}

/// Asserts what the text of a clause's failure says, wherever its lines break.
///
/// Whole texts are snapshots where the first call fails; where a call in the midst of a scenario does, the rows before
/// it are the scenario's affair.
#[track_caller]
fn assert_says(report: &StoreReport, name: &str, says: &str) {
    let text = text(report, name);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains(says), "{text}");
}

/// Asserts that a clause could not be judged, as another was broken first.
#[track_caller]
fn assert_blocked(report: &StoreReport, name: &str, by: &str) {
    let status = status(report, name);
    assert_eq!(status.state(), State::Blocked, "{name}: {status:?}");
    assert_eq!(status.broken_clauses().first().copied(), Some(clause(by)), "{name}: {status:?}");
}

/// Asserts that a clause is broken.
#[track_caller]
fn assert_broken(report: &StoreReport, name: &str) {
    let status = status(report, name);
    assert_eq!(status.state(), State::Broken, "{name}: {status:?}");
    assert!(status.broken_clauses().contains(&clause(name)), "{name}: {status:?}");
}

/// Asserts that a clause is held.
#[track_caller]
fn assert_held(report: &StoreReport, name: &str) {
    let status = status(report, name);
    assert_eq!(status.state(), State::Held, "{name}: {status:?}");
}

/// Asserts that no clause is held.
#[track_caller]
fn assert_nothing_held(report: &StoreReport) {
    assert_eq!(report.count(State::Held), 0, "{report}");
}
