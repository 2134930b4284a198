//! The harness.

mod battery;
mod blame;
mod check;
mod contract;
mod engine;
mod exhaustive;
mod failure;
mod macros;
mod model;
mod operation;
mod outcome;
mod probe;
mod random;
mod report;
mod sample;
mod scenario;
mod settings;
mod status;
mod subject;
mod suite;
mod trace;

pub use crate::{
    check::{check_store, check_stores},
    contract::{Area, Binds, Certainty, Clause, Contract, clause, contract},
    engine::Engine,
    failure::Failure,
    operation::{Op, Step, Text, Walk},
    outcome::{Ending, Outcome},
    report::{Report, StoreReport},
    settings::{Profile, Settings},
    status::{State, Status},
    subject::{Claims, Fallible, IntoStore, Plain, Site, Subject},
    suite::{Suite, SuiteFailure, Suited},
    trace::{Row, Trace},
};
