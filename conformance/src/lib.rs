//! Checks whether a store of the [`mneme`] semantic cache is right.
//!
//! A store's author writes one line in a file of `tests/`:
//!
//! ```text
//! mneme_conformance::store_conformance!(MyStore::new);
//! ```
//!
//! It becomes a test for each clause of the store contract that binds the store, named as the clause is
//! (`store_conformance::insert::upsert_keeps_the_id`), two that compare the store with a reference model
//! (`model::random` and `model::exhaustive`), and one, `report`, that shows how every clause ended. A test that fails
//! says which sentence of the contract is broken, what was done to the store and what it answered, and what to look at.
//!
//! Outside of tests, [`check_stores`] does the same from any program's `main`, and [`check_store`] answers the result
//! as data:
//!
//! ```
//! use mneme::MemoryStore;
//! use mneme_conformance::{Report, Settings, State, Subject, check_store};
//!
//! let subject = Subject::volatile(MemoryStore::new);
//! let store = check_store(subject, &Settings::default().without_engines());
//! assert_eq!(store.count(State::Broken), 0, "{store}");
//! if let Some(clause) = store.begin_with() {
//!     println!("begin with {clause}: {}", clause.look_at());
//! }
//! let page = Report::new(vec![store]).to_html();
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! ```
//!
//! Who writes a store begins with the guide, `docs/guide.md` in the repository and
//! `mneme::_documentation::guide` in the documentation of `mneme`.
//!
//! # How it thinks
//!
//! | part | what it is |
//! |---|---|
//! | [`contract()`] | every clause with its sentence, its reason, and the mistake to look for |
//! | [`Op`], [`Outcome`] | a call of the store and what came back, as data |
//! | model | the contract as code; it judges each outcome, and leaves to the store what the contract leaves free |
//! | blame | which clauses a wrong outcome breaks, told from what was done before |
//! | [`Program`], [`Action`] | a sequence of operations with symbolic ids, as the engines draw, shrink and keep it |
//! | scenarios, [`Engine`]s | what is done to the store: a short script for each clause, random programs, every sequence of a small space |
//! | [`linearizability`] | the checker of concurrent histories, for any object that has a sequential specification |
//! | [`Status`], [`Failure`], [`Report`] | how each clause ended, and the texts for people and programs |
//!
//! # What it cannot see
//!
//! Of threads that call at once it sees the interleavings that come about. It never sees what only power loss, failover, or
//! an engine's own clock brings about: a process that is killed leaves what it wrote in the operating system's cache, so a
//! write that was not forced to the disk is not missed, unless the store's author says how such a write is lost
//! ([`Subject::losing_unsynced_by`]). A store that aborts, overflows the stack or exits takes the test's process with it, but
//! on damaged files, which are opened in another one; after an `exit(0)` that looks like success, and the last line of the
//! tests, `test result: ok`, is missing.

mod battery;
mod behaviour;
mod blame;
mod check;
mod child;
mod compare;
mod contract;
mod cores;
mod damage;
mod diagnosis;
mod difference;
mod engine;
mod exhaustive;
mod failure;
mod foreign;
mod image;
pub mod linearizability;
mod macros;
mod model;
mod operation;
mod outcome;
mod page;
mod pasted;
mod probe;
mod race;
mod random;
mod report;
mod sample;
mod scarcity;
mod scenario;
mod settings;
mod shorten;
mod status;
#[cfg(feature = "proptest")]
pub mod strategies;
mod subject;
mod suite;
mod trace;
mod transcript;

/// A JSON object as an entry's metadata, for tests that the harness wrote.
///
/// # Panics
///
/// Where the text is no JSON object.
///
/// # Examples
///
/// ```
/// assert_eq!(mneme_conformance::metadata(r#"{"score":0.5}"#)["score"], 0.5);
/// ```
pub fn metadata(json: &str) -> mneme::Metadata {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json} is no JSON object: {error}"))
}

pub use crate::{
    behaviour::{Behaviour, Snapshot},
    check::{check_store, check_stores},
    child::{ChildProcesses, serve_if_child},
    compare::{Comparison, Difference, compare},
    contract::{Area, Binds, Certainty, Clause, Contract, clause, contract},
    diagnosis::{Diagnosis, Mistake},
    difference::difference,
    engine::{Engine, run_exhaustive, run_random},
    failure::Failure,
    macros::{WrittenDeviation, each_deviation_is_told_once},
    operation::{Op, Step, Tampering, Text, Thing, Walk},
    outcome::{Ending, Outcome},
    random::{Action, Destination, Judged, NoProgram, Parting, Program, Ref, random_program},
    report::{Report, StoreReport},
    settings::{Profile, Settings},
    status::{State, Status},
    subject::{Claim, Claims, Fallible, IntoStore, Plain, Site, Subject},
    suite::{Suite, SuiteFailure, Suited},
    trace::{Row, Trace},
    transcript::{NoTranscript, Transcript},
};
