//! The checks that look at the whole contract at once, by comparing a store with the model.

use crate::{
    battery::Again,
    contract::Clause,
    exhaustive,
    failure::{Checking, Failure, Reason},
    pasted,
    probe::Finding,
    random::{self, Program, Regressions},
    settings::{ENGINE_BUDGET, Settings},
    subject::Subject,
    trace::Trace,
};
use std::sync::Arc;

/// What an engine did, and what it found.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Engine, Settings, Subject, run_random};
///
/// let engine: Engine = run_random(Subject::volatile(MemoryStore::new), &Settings::default().with_programs(8));
/// if let Some(failure) = engine.failure() {
///     panic!("{failure}\n{}", engine.program().expect("the program that fails"));
/// }
/// assert!(engine.is_right() && engine.name() == "model::random");
/// assert_eq!(engine.silent(), None);
/// println!("{} operations: {}", engine.operations(), engine.did());
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    name: &'static str,
    did: String,
    failure: Option<Failure>,
    /// Why it says nothing about the store, where it does not.
    silent: Option<String>,
    operations: usize,
    program: Option<Program>,
}

impl Engine {
    fn new(name: &'static str, did: String) -> Self {
        Self { name, did, failure: None, silent: None, operations: 0, program: None }
    }

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

    /// How many operations were judged, up to the one that failed where one did.
    pub fn operations(&self) -> usize {
        self.operations
    }

    /// The shortest program that was found to fail.
    pub fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }

    /// Whether it looked, and found nothing.
    pub fn is_right(&self) -> bool {
        self.failure.is_none() && self.silent.is_none()
    }

    /// Puts other clauses into what it found, and into the test that shows it.
    pub(crate) fn weighed(
        mut self,
        subject: &Subject,
        of: Option<&Regressions>,
        weigh: impl FnOnce(Vec<&'static Clause>) -> Vec<&'static Clause>,
    ) -> Self {
        self.failure = self.failure.map(|failure| failure.weighed(weigh));
        self.show_as_a_test(subject, of);
        self
    }

    fn conclude(&mut self, subject: &Subject, finding: Finding, trace: Trace, note: String, again: &Again) {
        let reason = match finding {
            Finding::Held => return,
            Finding::Violated { clauses, .. } if clauses.is_empty() => Reason::NotMade,
            Finding::Violated { clauses, expected, manner, .. } => Reason::Violated {
                clauses,
                expected,
                manner,
                note: Some(note),
                like: None,
                is_shown_elsewhere: false,
            },
            Finding::NotChecked(why) | Finding::Partly(why) | Finding::NotApplicable(why) => {
                self.silent = Some(why);
                return;
            }
        };
        self.failure =
            Some(Failure::new(subject.name(), Checking::Engine(self.name), reason, trace, again(self.name)));
    }

    /// Gives the failure its test, which makes its stores as the suite does.
    fn show_as_a_test(&mut self, subject: &Subject, of: Option<&Regressions>) {
        let Some(program) = &self.program else { return };
        let Some(failure) = self.failure.take() else { return };
        let (makes, place) = match of {
            Some(kept) => (
                format!("<{}::Here as mneme_conformance::Suited>::subject()", kept.suite()),
                "in the file that calls store_conformance!",
            ),
            None => ("subject()".to_owned(), "where subject() makes the store's Subject"),
        };
        self.failure = Some(match failure.clauses().first() {
            Some(clause) => {
                let test = pasted::test(failure.trace(), clause, subject.claims(), &makes, program);
                failure.with_test(test, place)
            }
            None => failure,
        });
    }
}

/// Looks at a subject with one of the engines.
pub(crate) type Search = fn(&Arc<Subject>, &Settings, &Again, Option<&Regressions>) -> Engine;

/// The test that compares random programs with the model.
pub(crate) const RANDOM: &str = "model::random";

/// The test that compares every sequence of a small space with the model.
pub(crate) const EXHAUSTIVE: &str = "model::exhaustive";

/// Compares a store with the model by random programs, and by nothing else.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Settings, Subject, run_random};
///
/// let engine = run_random(Subject::volatile(MemoryStore::new), &Settings::default());
/// assert!(engine.is_right());
/// ```
pub fn run_random(subject: impl Into<Arc<Subject>>, settings: &Settings) -> Engine {
    random(&subject.into(), settings, &no_command(), None)
}

/// Compares a store with the model by every sequence of a small space, and by nothing else.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Settings, Subject, run_exhaustive};
///
/// let engine = run_exhaustive(Subject::volatile(MemoryStore::new), &Settings::default());
/// assert!(engine.is_right());
/// ```
pub fn run_exhaustive(subject: impl Into<Arc<Subject>>, settings: &Settings) -> Engine {
    exhaustive(&subject.into(), settings, &no_command(), None)
}

/// Outside of a test there is no command that runs a check again.
fn no_command() -> Again {
    Box::new(|_| None)
}

/// Looks at every sequence of a small space.
pub(crate) fn exhaustive(
    subject: &Arc<Subject>,
    settings: &Settings,
    again: &Again,
    regressions: Option<&Regressions>,
) -> Engine {
    let (mut found, mut finding, trace) = exhaustive::run(subject, settings, settings.exhaustive());
    let mut end = "";
    // A search gets past any deviation but a call that never returns.
    if finding.is_known_to(subject) {
        (finding, found.failed) = (Finding::Held, None);
        end = "; a call that never returns, which is a known deviation, ended it";
    }
    let rest = match found.transitions - found.complete {
        0 => String::new(),
        rest => format!(
            "; {rest} more of depth {}, which was not completed within {:?} ({ENGINE_BUDGET} allows more)",
            found.depth + 1,
            settings.exhaustive().time,
        ),
    };
    let did = format!(
        "every sequence of up to {} operations on two namespaces with two hashes each, at three times, with all ids so \
         far: {} transitions, one path to each of {} situations{rest}{end}",
        found.depth, found.complete, found.complete_situations,
    );
    let mut engine = Engine::new(EXHAUSTIVE, did);
    engine.operations = found.transitions;
    engine.program.clone_from(&found.failed);
    let operations = match found.failed.map_or(0, |program| program.0.len()) {
        1 => "one operation".to_owned(),
        n => format!("{n} operations"),
    };
    let note =
        format!("by {EXHAUSTIVE}, after {operations}, and after none of the shorter sequences that it tried");
    engine.conclude(subject, finding, trace, note, again);
    engine.show_as_a_test(subject, regressions);
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
    let mut engine = Engine::new(RANDOM, String::new());
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
            engine.program = Some(failed.program);
            engine.conclude(subject, failed.finding, failed.trace, note, again);
            engine.show_as_a_test(subject, regressions);
            return engine;
        }
    }
    let seed = settings.seed();
    let budget = settings.random();
    let found = random::run(subject, settings, seed, budget);
    engine.operations = found.coverage.judged();
    engine.did += &found.extent(seed, budget);
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
        // Where no store could be made, no program is to blame.
        if let (Some(kept), Finding::Violated { clauses, .. }) = (regressions, &shrunk.finding)
            && let Some(remark) = clauses.first().map(ToString::to_string)
        {
            note += &match kept.add(&shrunk.program, &remark) {
                Ok(()) => format!("; it is kept in {} and will be run first", kept.path().display()),
                Err(error) => format!("; it is not kept: {error}"),
            };
        }
        engine.program = Some(shrunk.program);
        engine.conclude(subject, shrunk.finding, shrunk.trace, note, again);
        engine.show_as_a_test(subject, regressions);
    } else {
        let (silent, remark) = found.unseen(subject.claims());
        engine.silent = silent;
        engine.did += &remark;
    }
    engine
}

#[cfg(test)]
mod tests;
