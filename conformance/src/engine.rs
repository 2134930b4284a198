//! The checks that look at the whole contract at once, by comparing a store with the model.

use crate::{
    battery::Again,
    contract::Clause,
    exhaustive,
    failure::{Checking, Failure, Reason},
    probe::Finding,
    random::{self, Regressions},
    settings::Settings,
    subject::Subject,
    trace::Trace,
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

    /// Puts other clauses into what it found.
    pub(crate) fn weighed(
        mut self,
        weigh: impl FnOnce(Vec<&'static Clause>) -> Vec<&'static Clause>,
    ) -> Self {
        self.failure = self.failure.map(|failure| failure.weighed(weigh));
        self
    }

    fn conclude(&mut self, subject: &Subject, finding: Finding, trace: Trace, note: String, again: &Again) {
        let reason = match finding {
            Finding::Held => return,
            Finding::Violated { clauses, .. } if clauses.is_empty() => Reason::NotMade,
            Finding::Violated { clauses, expected } => {
                Reason::Violated { clauses, expected, note: Some(note) }
            }
            Finding::NotChecked(why) | Finding::Partly(why) | Finding::NotApplicable(why) => {
                self.silent = Some(why);
                return;
            }
        };
        self.failure =
            Some(Failure::new(subject.name(), Checking::Engine(self.name), reason, trace, again(self.name)));
    }
}

/// The test that compares random programs with the model.
pub(crate) const RANDOM: &str = "model::random";

/// The test that compares every sequence of a small space with the model.
pub(crate) const EXHAUSTIVE: &str = "model::exhaustive";

/// Looks at every sequence of a small space.
pub(crate) fn exhaustive(subject: &Arc<Subject>, settings: &Settings, again: &Again) -> Engine {
    let (found, finding, trace) = exhaustive::run(subject, settings, settings.profile().exhaustive());
    let did = format!(
        "every sequence of up to {} operations on two namespaces with two hashes: {} transitions, one path to each of {} situations",
        found.depth, found.transitions, found.situations,
    );
    let mut engine = Engine { name: EXHAUSTIVE, did, failure: None, silent: None };
    let operations = match found.failed.map_or(0, |program| program.0.len()) {
        1 => "one operation".to_owned(),
        n => format!("{n} operations"),
    };
    let note = format!("by {EXHAUSTIVE}, after {operations}, and in no shorter sequence");
    engine.conclude(subject, finding, trace, note, again);
    if engine.failure.is_none() && found.situations == 0 {
        engine.silent = Some("every transition ended at a known deviation".to_owned());
    }
    engine
}

/// Runs the programs that are kept, and then random ones.
pub(crate) fn random(
    subject: &Arc<Subject>,
    settings: &Settings,
    again: &Again,
    regressions: Option<&Regressions>,
) -> Engine {
    let mut engine = Engine { name: RANDOM, did: String::new(), failure: None, silent: None };
    if let Some(kept) = regressions {
        let programs = match kept.read() {
            Ok(programs) => programs,
            Err(error) => {
                engine.silent = Some(error);
                return engine;
            }
        };
        engine.did = format!("{} kept programs, ", programs.len());
        if let Some(failed) = random::replay(subject, settings, programs) {
            let note = format!("by {RANDOM} in a program that is kept in {}", kept.path().display());
            engine.conclude(subject, failed.finding, failed.trace, note, again);
            return engine;
        }
    }
    let seed = settings.seed();
    let found = random::run(subject, settings, seed, settings.profile().random());
    engine.did +=
        &format!("{} random programs, {} operations, seed {seed}", found.programs, found.operations);
    if found.known > 0 {
        engine.did += &format!(", {} of the programs up to a known deviation", found.known);
    }
    if let Some(shrunk) = found.failure {
        let (failed, runs) = shrunk.rate;
        let operations = match shrunk.program.0.len() {
            1 => "1 operation that fails".to_owned(),
            n => format!("{n} operations that fail"),
        };
        let mut note = format!(
            "by {RANDOM} in program {} of seed {seed}, shrunk to {operations} in {failed} of {runs} runs",
            found.programs,
        );
        if let Some(kept) = regressions {
            let remark = match &shrunk.finding {
                Finding::Violated { clauses, .. } => {
                    clauses.first().map(ToString::to_string).unwrap_or_default()
                }
                _ => String::new(),
            };
            note += &match kept.add(&shrunk.program, &remark) {
                Ok(()) => format!("; it is kept in {} and will be run first", kept.path().display()),
                Err(error) => format!("; it is not kept: {error}"),
            };
        }
        engine.conclude(subject, shrunk.finding, shrunk.trace, note, again);
    } else if found.known == found.programs {
        engine.silent = Some("every program ended at a known deviation".to_owned());
    } else if !found.never.is_empty() {
        let never: Vec<&str> = found.never.into_iter().collect();
        engine.silent = Some(format!("these operations never occurred: {}", never.join(", ")));
    }
    engine
}
