//! Random sequences of operations, judged by the model, and shrunk to the shortest that still fails.

mod coverage;
mod entries;
mod generate;
mod judged;
mod play;
mod pools;
mod program;
mod regressions;
mod roll;
mod seed;
pub(crate) mod shrink;
mod simpler;
pub(crate) mod text;

pub(crate) use self::{
    coverage::Coverage,
    play::{Looks, play_on},
    regressions::Regressions,
    seed::Seed,
};
pub use self::{
    judged::Judged,
    program::{Action, Destination, Parting, Program, Ref},
    text::NoProgram,
};

use self::generate::Generator;
use crate::{
    contract::Clause,
    failure::{Checking, Failure, Reason},
    probe::{Deadline, Finding, examine},
    settings::{ENGINE_BUDGET, Settings},
    subject::{Claims, Subject},
    trace::Trace,
};
use std::{
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How much a random run does: the number of programs or the time ends it, whichever comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// So many programs run however long they take.
    pub(crate) least: usize,
    pub(crate) programs: usize,
    pub(crate) time: Duration,
    /// After how long a line tells how far the run is, again and again.
    pub(crate) progress: Option<Duration>,
    pub(crate) shrinking: Shrinking,
}

/// How much shrinking may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shrinking {
    /// How many programs it may try.
    pub(crate) programs: usize,
    /// How many steps on the store it may take.
    pub(crate) steps: usize,
    pub(crate) time: Duration,
}

/// What a random run found.
pub(crate) struct Random {
    pub(crate) programs: usize,
    /// The programs that ended at a deviation that the author knows of.
    pub(crate) known: usize,
    pub(crate) coverage: Coverage,
    pub(crate) failure: Option<Shrunk>,
}

impl Random {
    /// How much was done, in words.
    pub(crate) fn extent(&self, seed: u64, budget: Budget) -> String {
        let (met, all) = self.coverage.cells();
        // Whoever reads the figures must not take what a slow store came to for what was wanted.
        let is_cut =
            self.failure.is_none() && self.programs < budget.programs && budget.programs != usize::MAX;
        let wanted = if is_cut {
            let Budget { programs, time, .. } = budget;
            format!(", of {programs} that are wanted, within {time:?} ({ENGINE_BUDGET} allows more)")
        } else {
            String::new()
        };
        let known = match self.known {
            0 => String::new(),
            known => format!(", {known} of the programs up to a known deviation"),
        };
        format!(
            "{} random programs{wanted}, {} operations, {met} of {all} situations of an operation, seed {seed}{known}",
            self.programs,
            self.coverage.judged(),
        )
    }

    /// Why a run that found nothing says nothing about the store, where it does not, and what there is to remark.
    pub(crate) fn unseen(&self, claims: Claims) -> (Option<String>, String) {
        if self.known == self.programs {
            return (Some("every program ended at a known deviation".to_owned()), String::new());
        }
        let mut never = self.coverage.actions_that_never_occurred(claims);
        never.extend(self.coverage.outcomes_that_never_occurred(claims));
        if never.is_empty() {
            return (None, String::new());
        }
        let never = format!("in {} programs these never occurred: {}", self.programs, never.join(", "));
        match self.known {
            0 => (Some(never), String::new()),
            // What comes after a known deviation does not occur, which is no fault of the run.
            _ => (None, format!("; {never}")),
        }
    }
}

/// The shortest program that was found to fail.
pub(crate) struct Shrunk {
    pub(crate) program: Program,
    pub(crate) finding: Finding,
    pub(crate) trace: Trace,
    /// How many of how many runs of it failed.
    pub(crate) rate: (usize, usize),
}

/// Runs random programs on a subject until the budget is spent or one fails.
pub(crate) fn run(subject: &Arc<Subject>, settings: &Settings, seed: u64, budget: Budget) -> Random {
    let start = Instant::now();
    let runner = Runner::new(subject, settings);
    let mut found = Random { programs: 0, known: 0, coverage: Coverage::default(), failure: None };
    let mut told = start;
    while found.programs < budget.programs && (found.programs < budget.least || start.elapsed() < budget.time)
    {
        let number = found.programs;
        let looks = looks(number, start.elapsed());
        let program = nth(seed, number, subject.claims());
        let (finding, trace) = runner.run(&program, looks);
        found.programs += 1;
        if finding.is_known_to(subject) {
            found.known += 1;
        } else if !matches!(finding, Finding::Held) {
            found.coverage = runner.coverage();
            // A store that keeps what a case before left fails again, and in another way: from now on in that one.
            let again = runner.run(&program, looks);
            let differs = !matches!(again.0, Finding::Held) && named(&again.0) != named(&finding);
            let found_first = if differs { again } else { (finding, trace) };
            let same = Same { runner: &runner, clauses: clauses(&found_first.0).to_vec() };
            let (program, (finding, trace), rate) =
                shrink::shrink(&same, budget.shrinking, program, looks, found_first);
            found.failure = Some(Shrunk { program, finding, trace, rate });
            return found;
        }
        if let Some(often) = budget.progress
            && told.elapsed() >= often
        {
            told = Instant::now();
            tell(found.programs, &runner.coverage(), start.elapsed());
        }
    }
    found.coverage = runner.coverage();
    found
}

/// Runs programs that are kept, and answers the first that fails.
pub(crate) fn replay(subject: &Arc<Subject>, settings: &Settings, programs: Vec<Program>) -> Option<Shrunk> {
    let runner = Runner::new(subject, settings);
    programs.into_iter().find_map(|program| {
        let (finding, trace) = runner.run(&program, Looks::AFTER_EACH);
        (!matches!(finding, Finding::Held) && !finding.is_known_to(subject)).then_some(Shrunk {
            program,
            finding,
            trace,
            rate: (1, 1),
        })
    })
}

/// The n-th program of a seed that is operations of the store alone, on one open handle: for measurements.
#[doc(hidden)]
pub fn random_program(seed: u64, number: usize, length: usize) -> Program {
    Generator::new(Seed::nth(seed, number as u64), number, Claims::default()).operations(length)
}

/// The n-th program of a seed.
pub(crate) fn nth(seed: u64, number: usize, claims: Claims) -> Program {
    Generator::new(Seed::nth(seed, number as u64), number, claims).program()
}

impl Program {
    /// Runs the program on a store of the subject, which is made for it, and judges each step; after each action
    /// everything is read.
    ///
    /// # Errors
    ///
    /// What the store did otherwise than the contract asks, but for a deviation that the subject
    /// [lists](Subject::deviates).
    pub fn check(&self, subject: impl Into<Arc<Subject>>, settings: &Settings) -> Result<(), Failure> {
        let subject = subject.into();
        let (finding, trace) = Runner::new(&subject, settings).run(self, Looks::AFTER_EACH);
        if finding.is_known_to(&subject) {
            return Ok(());
        }
        failed(&subject, finding, trace)
    }
}

/// The failure that a finding is, if it is one.
pub(crate) fn failed(subject: &Subject, finding: Finding, trace: Trace) -> Result<(), Failure> {
    let reason = match finding {
        Finding::Held => return Ok(()),
        Finding::Violated { clauses, .. } if clauses.is_empty() => Reason::NotMade,
        Finding::Violated { clauses, expected, manner, .. } => Reason::violated(clauses, expected, manner),
        Finding::NotChecked(why) | Finding::Partly(why) | Finding::NotApplicable(why) => {
            Reason::NotLooked { why }
        }
    };
    Err(Failure::new(subject.name(), Checking::Engine("a program"), reason, trace, None))
}

/// Runs programs, each on a fresh store.
pub(crate) struct Runner<'a> {
    subject: &'a Arc<Subject>,
    settings: &'a Settings,
    deadline: Deadline,
    coverage: Arc<Mutex<Coverage>>,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(subject: &'a Arc<Subject>, settings: &'a Settings) -> Self {
        Self { subject, settings, deadline: Deadline::new(settings), coverage: Arc::default() }
    }

    pub(crate) fn run(&self, program: &Program, looks: Looks) -> (Finding, Trace) {
        let program = program.clone();
        let coverage = Arc::clone(&self.coverage);
        let run = move |s: &mut crate::probe::Probe| {
            // Only one program runs at a time; one that hangs keeps what it has met to itself.
            let mut met = Coverage::default();
            let verdict = play::play(s, &program, looks, &mut met);
            coverage.lock().unwrap_or_else(PoisonError::into_inner).add(&met);
            verdict
        };
        examine(self.subject, "model::random", Box::new(run), self.settings, &self.deadline)
    }

    fn coverage(&self) -> Coverage {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A program that breaks the same clause, or that cannot have a store where there was none before.
///
/// A program that fails and accuses nobody new, but fewer, fails for the same reason: whoever is accused no more had no
/// part in it.
struct Same<'a> {
    runner: &'a Runner<'a>,
    clauses: Vec<&'static Clause>,
}

impl shrink::Test for Same<'_> {
    type Found = (Finding, Trace);

    fn run(&self, program: &Program, looks: Looks) -> Option<(Finding, Trace)> {
        let found = self.runner.run(program, looks);
        let now = clauses(&found.0);
        let same = now.first() == self.clauses.first();
        let fewer = !now.is_empty()
            && now.len() < self.clauses.len()
            && now.iter().all(|clause| self.clauses.contains(clause));
        (!matches!(found.0, Finding::Held) && (same || fewer)).then_some(found)
    }

    fn steps(&self, (_, trace): &(Finding, Trace)) -> usize {
        trace.rows().iter().filter(|row| !matches!(row.step, crate::operation::Step::Look)).count()
    }
}

/// How often a program is slow on a store that needs longer than this for one, with everything read after each action.
const SLOW: Duration = Duration::from_millis(15);

/// How often everything is read in the n-th program, after so much time for those before it.
fn looks(number: usize, spent: Duration) -> Looks {
    let is_slow = u32::try_from(number).is_ok_and(|number| number > 0 && spent / number > SLOW);
    match number {
        0 => Looks(10),
        _ if is_slow => Looks(25),
        _ if number.is_multiple_of(8) => Looks::AFTER_EACH,
        _ if number.is_multiple_of(2) => Looks(4),
        _ if (number / 2 + number / 16).is_multiple_of(2) => Looks(12),
        _ => Looks::AT_THE_END,
    }
}

/// Writes how far a run is, past a test harness that keeps what a test prints.
fn tell(programs: usize, coverage: &Coverage, spent: Duration) {
    let (met, all) = coverage.cells();
    let a_second = coverage.judged() as u128 * 1000 / spent.as_millis().max(1);
    // A line that nobody can read is no reason to stop.
    let _ = writeln!(
        std::io::stderr(),
        "model::random: {programs} programs, {} operations, {a_second} a second, {met} of {all} situations of an operation",
        coverage.judged(),
    );
}

/// The clause that a finding names first.
fn named(finding: &Finding) -> Option<&'static Clause> {
    clauses(finding).first().copied()
}

/// The clauses that a finding names.
fn clauses(finding: &Finding) -> &[&'static Clause] {
    match finding {
        Finding::Violated { clauses, .. } => clauses,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_programs_have_every_kind_of_operation_and_of_outcome() {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let claims = subject.claims();
        let least = Budget { time: Duration::ZERO, ..Settings::default().random() };
        for seed in 0..5 {
            let found = run(&subject, &Settings::default(), seed, least);
            assert!(found.failure.is_none());
            assert_eq!(found.programs, least.least);
            assert_eq!(found.coverage.actions_that_never_occurred(claims), Vec::<&str>::new());
            assert_eq!(found.coverage.outcomes_that_never_occurred(claims), Vec::<&str>::new());
        }
    }

    #[test]
    fn what_never_occurred_is_told() {
        let claims = Claims::default();
        let nothing = Coverage::default();
        assert_eq!(nothing.actions_that_never_occurred(claims).len(), 31);
        assert!(nothing.outcomes_that_never_occurred(claims).contains(&"a checkpoint error"));
        assert_eq!(nothing.cells().0, 0);
    }

    #[test]
    fn a_run_that_never_saw_a_kind_of_operation_or_of_outcome_says_nothing_about_the_store() {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let least = Budget { time: Duration::ZERO, ..Settings::default().random() };
        let mut found = run(&subject, &Settings::default(), 0, least);
        assert_eq!(found.unseen(subject.claims()), (None, String::new()));
        found.coverage = Coverage::default();
        let (silent, remark) = found.unseen(subject.claims());
        let silent = silent.expect("it saw nothing");
        assert!(silent.starts_with("in 8 programs these never occurred: open, close, "), "{silent}");
        assert!(silent.contains("a fingerprint-mismatch error") && remark.is_empty(), "{silent}");
        // Behind a known deviation the rest of a program is not run.
        found.known = 1;
        let (silent, remark) = found.unseen(subject.claims());
        assert!(silent.is_none() && remark.starts_with("; in 8 programs these never occurred: "), "{remark}");
        found.known = found.programs;
        assert!(found.unseen(subject.claims()).0.is_some());
    }

    #[test]
    fn a_run_that_the_time_ended_says_how_much_was_wanted() {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let all = Budget { programs: 10, time: Duration::MAX, ..Settings::default().random() };
        let cut = Budget { time: Duration::ZERO, ..all };
        let extent = |budget| run(&subject, &Settings::default(), 3, budget).extent(3, budget);
        assert!(extent(all).starts_with("10 random programs, "), "{}", extent(all));
        let said = extent(cut);
        assert!(said.starts_with("8 random programs, of 10 that are wanted, within 0ns (MNEME_CONFORMANCE_ENGINE_BUDGET allows more), "), "{said}");
        assert!(said.ends_with(", seed 3"), "{said}");
    }
}
