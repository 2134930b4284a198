//! The engines by themselves: on stores that are worse than wrong, on two stores, and what they print.
//!
//! - `bad_stores`: stores that panic, hang, answer differently each run, or leave rubbish for the next case.
//! - `comparing`: two stores by the same programs.
//! - `pasted`: the Rust tests in failures, compiled and run.
//! - `soak`: the profile that goes on until it is stopped.

mod bad_stores;
mod comparing;
mod pasted;
mod soak;

use crate::zoo::faulty::{Faulty, Lie};
use mneme_conformance::{Engine, Failure, Settings, Subject};
use std::time::Duration;

fn lying<L: Lie + 'static>(lie: impl Fn() -> L + Send + Sync + 'static) -> Subject {
    Subject::volatile(move || Faulty::new(lie())).named("MyStore")
}

fn settings() -> Settings {
    Settings::default().with_programs(100).with_deadline(Duration::from_millis(300))
}

/// The failure that an engine found.
#[track_caller]
fn failure(engine: &Engine) -> &Failure {
    engine.failure().unwrap_or_else(|| panic!("{} found nothing: {:?}", engine.did(), engine.silent()))
}

/// The name of the clause that a failure names first.
fn first(failure: &Failure) -> String {
    failure.clauses().first().map(ToString::to_string).unwrap_or_default()
}
