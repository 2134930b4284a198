//! The checks that look at the whole contract at once, by comparing a store with the model.

use crate::{
    battery::Again,
    failure::{Checking, Failure, Reason},
    probe::Finding,
    random,
    settings::Settings,
    subject::Subject,
};
use std::sync::Arc;

/// What an engine did, and what it found.
#[derive(Clone, Debug)]
pub struct Engine {
    name: &'static str,
    did: String,
    failure: Option<Failure>,
    /// Why it says nothing about the store, where it does not.
    silent: Option<String>,
}

impl Engine {
    /// The engine's name, which its test has too: `model::random`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How much it did, in words.
    pub fn did(&self) -> &str {
        &self.did
    }

    /// What it found, if anything.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Why it says nothing about the store, where it does not.
    pub fn silent(&self) -> Option<&str> {
        self.silent.as_deref()
    }

    /// Whether it looked, and found nothing.
    pub fn is_right(&self) -> bool {
        self.failure.is_none() && self.silent.is_none()
    }
}

/// The test that compares random programs with the model.
pub(crate) const RANDOM: &str = "model::random";

/// Runs random programs.
pub(crate) fn random(subject: &Arc<Subject>, settings: &Settings, again: &Again) -> Engine {
    let seed = settings.seed();
    let found = random::run(subject, settings, seed, settings.profile().random());
    let did = format!("{} random programs, {} operations, seed {seed}", found.programs, found.operations);
    let mut engine = Engine { name: RANDOM, did, failure: None, silent: None };
    if let Some(shrunk) = found.failure {
        let reason = match shrunk.finding {
            Finding::Violated { clauses, .. } if clauses.is_empty() => Reason::NotMade,
            Finding::Violated { clauses, expected } => {
                let (failed, runs) = shrunk.rate;
                let note = format!(
                    "by {RANDOM} in program {} of seed {seed}, shrunk to {} operations that fail in {failed} of {runs} runs",
                    found.programs,
                    shrunk.program.0.len(),
                );
                Reason::Violated { clauses, expected, note: Some(note) }
            }
            Finding::NotChecked(why) | Finding::Partly(why) | Finding::NotApplicable(why) => {
                engine.silent = Some(why);
                return engine;
            }
            Finding::Held => unreachable!("a failure that held"),
        };
        engine.failure =
            Some(Failure::new(subject.name(), Checking::Engine(RANDOM), reason, shrunk.trace, again(RANDOM)));
    } else if !found.never.is_empty() {
        let never: Vec<&str> = found.never.into_iter().collect();
        engine.silent = Some(format!("these operations never occurred: {}", never.join(", ")));
    }
    engine
}
