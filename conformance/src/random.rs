//! Random sequences of operations, judged by the model, and shrunk to the shortest that still fails.

mod generate;
mod play;
mod pools;
mod program;
mod regressions;
mod seed;
mod shrink;
mod text;

pub(crate) use self::{
    play::play_on,
    program::{Action, Program, Ref},
    regressions::Regressions,
};

use self::{generate::Generator, play::Looks, seed::Seed};
use crate::{
    contract::Clause,
    probe::{Deadline, Finding, examine},
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

/// How much a random run does: the number of programs or the time ends it, whichever comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// So many programs run however long they take.
    pub(crate) least: usize,
    pub(crate) programs: usize,
    pub(crate) time: Duration,
}

/// What a random run found.
pub(crate) struct Random {
    pub(crate) programs: usize,
    pub(crate) operations: usize,
    /// The programs that ended at a deviation that the author knows of.
    pub(crate) known: usize,
    /// The operations, by name, that never occurred.
    pub(crate) never: BTreeSet<&'static str>,
    pub(crate) failure: Option<Shrunk>,
}

/// The shortest program that was found to fail.
pub(crate) struct Shrunk {
    pub(crate) program: Program,
    pub(crate) finding: Finding,
    pub(crate) trace: Trace,
    /// How many of how many runs of it failed.
    pub(crate) rate: (usize, usize),
}

/// The length of a program before it is shrunk; of every so many programs one is longer, for what shows late.
const LENGTH: usize = 100;
const LONG: usize = 600;
const ONE_IN: usize = 25;

/// Runs random programs on a subject until the budget is spent or one fails.
pub(crate) fn run(subject: &Arc<Subject>, settings: &Settings, seed: u64, budget: Budget) -> Random {
    let start = Instant::now();
    let deadline = Deadline::new(settings);
    let mut occurred = BTreeSet::new();
    let mut operations = 0;
    let mut known = 0;
    for number in 0..budget.programs {
        if number >= budget.least && start.elapsed() >= budget.time {
            return Random {
                programs: number,
                operations,
                known,
                never: never(&occurred, subject),
                failure: None,
            };
        }
        let mut generator = Generator::new(Seed::nth(seed, number as u64), number, subject.claims());
        let looks = if number % 4 == 0 { Looks::AfterEach } else { Looks::AtTheEnd };
        let program = generator.program(if number % ONE_IN == ONE_IN - 1 { LONG } else { LENGTH });
        operations += program.0.len();
        occurred.extend(program.0.iter().map(Action::name));
        let (finding, trace) = try_program(subject, settings, &deadline, &program, looks);
        if is_known(subject, &finding) {
            known += 1;
            continue;
        }
        if !matches!(finding, Finding::Held) {
            let failure = shrink::shrink(subject, settings, &deadline, program, looks, (finding, trace));
            return Random {
                programs: number + 1,
                operations,
                known,
                never: BTreeSet::new(),
                failure: Some(failure),
            };
        }
    }
    Random { programs: budget.programs, operations, known, never: never(&occurred, subject), failure: None }
}

/// Runs programs that are kept, and answers the first that fails.
pub(crate) fn replay(subject: &Arc<Subject>, settings: &Settings, programs: Vec<Program>) -> Option<Shrunk> {
    let deadline = Deadline::new(settings);
    programs.into_iter().find_map(|program| {
        let (finding, trace) = try_program(subject, settings, &deadline, &program, Looks::AfterEach);
        (!matches!(finding, Finding::Held) && !is_known(subject, &finding)).then_some(Shrunk {
            program,
            finding,
            trace,
            rate: (1, 1),
        })
    })
}

/// Whether a finding is a deviation that the author knows of.
fn is_known(subject: &Subject, finding: &Finding) -> bool {
    matches!(finding, Finding::Violated { clauses, .. } if subject.excuse(clauses).is_some())
}

/// Runs one program on a fresh store.
fn try_program(
    subject: &Arc<Subject>,
    settings: &Settings,
    deadline: &Deadline,
    program: &Program,
    looks: Looks,
) -> (Finding, Trace) {
    let program = program.clone();
    examine(subject, "model::random", Box::new(move |s| play::play(s, &program, looks)), settings, deadline)
}

fn never(seen: &BTreeSet<&'static str>, subject: &Subject) -> BTreeSet<&'static str> {
    Action::names(subject.claims()).filter(|name| !seen.contains(name)).collect()
}

/// The clause that a finding names first.
fn named(finding: &Finding) -> Option<&'static Clause> {
    match finding {
        Finding::Violated { clauses, .. } => clauses.first().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Profile;

    #[test]
    fn the_fewest_programs_have_every_kind_of_operation() {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let least = Budget { time: Duration::ZERO, ..Profile::Quick.random() };
        let found = run(&subject, &Settings::default(), 0, least);
        assert!(found.failure.is_none());
        assert_eq!(found.programs, least.least);
        assert_eq!(found.never, BTreeSet::new());
    }
}
