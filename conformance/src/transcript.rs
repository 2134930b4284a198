//! What the check of a clause does to a store and what the store answers, as text that is the same at each run.

mod entries;
mod folded;
mod lines;
mod numbers;
mod scenes;
mod unstable;

pub(crate) use self::{
    lines::{Line, in_columns},
    numbers::{As, Errors, Style},
};

use self::{lines::layout, numbers::Numbers};
use crate::{
    battery::applies,
    contract::{Certainty, Clause},
    probe::{self, Deadline, Finding},
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use std::{fmt, sync::Arc, time::Duration};

/// What the check of a clause did to a store, call by call, and what the store answered.
///
/// Its text is the same at each run, so that a change of it is a change of the store's behaviour. The check runs twice. Paths
/// are written as `[site]`; where ids or versions are others in the second run they are numbered in their order, and
/// what else differs is written as what it is, such as `[number]`. The text says so.
///
/// What the contract leaves to a store is in the text as the store chose it: gaps between ids, steps of the version counter,
/// the texts of errors.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Subject, Transcript, clause};
///
/// let subject = Subject::volatile(MemoryStore::new);
/// let transcript = Transcript::of(&subject.into(), &clause::lru::ties_break_by_id)?;
/// assert!(transcript.to_string().contains("iter_lru_ids(500)"), "{transcript}");
/// assert!(transcript.is_right());
/// assert_eq!(transcript.clause(), &clause::lru::ties_break_by_id);
/// # Ok::<(), mneme_conformance::NoTranscript>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transcript {
    clause: &'static Clause,
    /// What is to be known of the text as a whole.
    remarks: Vec<&'static str>,
    lines: Vec<Line>,
    run: Arc<Run>,
}

/// Why there is no transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoTranscript {
    /// The clause does not bind the store.
    NotApplicable(String),
    /// The check could not look.
    NotChecked(String),
}

impl Transcript {
    /// Whether the check of a clause does the same at each run: it is exact, and there is one.
    ///
    /// What is checked by samples, such as races and killed processes, has no transcript.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::{Transcript, clause};
    ///
    /// assert!(Transcript::exists_for(&clause::lru::is_scoped));
    /// assert!(!Transcript::exists_for(&clause::durable::survives_kill));
    /// ```
    pub fn exists_for(clause: &Clause) -> bool {
        clause.is_checked() && clause.certainty() == Certainty::Exact
    }

    /// Runs the check of a clause on a store, and tells what happened.
    ///
    /// The clauses about size are checked with a few hundred entries, whatever the environment says.
    ///
    /// # Errors
    ///
    /// Where the clause does not bind the store, is checked by samples, or could not be checked.
    pub fn of(subject: &Arc<Subject>, clause: &'static Clause) -> Result<Self, NoTranscript> {
        let (first, second) = (run(subject, clause)?, run(subject, clause)?);
        // The first of the styles in which as much as possible is the same in both runs.
        let both = |style: Style| (style, first.told(style), second.told(style));
        let differing = |(_, a, b): &(Style, Vec<Line>, Vec<Line>)| {
            a.len().abs_diff(b.len()) + a.iter().zip(b).filter(|(a, b)| a != b).count()
        };
        let mut best = both(Style::GIVEN);
        for style in Style::MORE_AND_MORE_STABLE {
            let next = if differing(&best) > 0 { both(style) } else { break };
            best = if differing(&next) < differing(&best) { next } else { best };
        }
        let (style, once, again) = best;
        let lines = unstable::named(&once, &again);
        Ok(Self { clause, remarks: style.remarks(), lines, run: Arc::new(first) })
    }

    /// The clause.
    pub fn clause(&self) -> &'static Clause {
        self.clause
    }

    /// Whether every answer was one that the contract allows.
    pub fn is_right(&self) -> bool {
        self.run.ending.is_none()
    }

    /// Whether the check asks for an id by a number that the store never gave.
    pub(crate) fn asks_for_ids_between(&self) -> bool {
        self.run.numbers.ask_for_ids_between(&self.run.trace)
    }

    /// The lines in another style than that which makes them the same at each run.
    pub(crate) fn told(&self, style: Style) -> Vec<Line> {
        self.run.told(style)
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in &self.remarks {
            writeln!(f, "# {remark}")?;
        }
        f.write_str(&layout(&self.lines))
    }
}

impl fmt::Display for NoTranscript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable(reason) => write!(f, "it does not bind the store: {reason}"),
            Self::NotChecked(reason) => write!(f, "it could not be checked: {reason}"),
        }
    }
}

impl std::error::Error for NoTranscript {}

/// One run of a check.
#[derive(Debug)]
struct Run {
    trace: Trace,
    numbers: Numbers,
    /// What was wrong in the end, if anything.
    ending: Option<String>,
}

impl Run {
    fn told(&self, style: Style) -> Vec<Line> {
        lines::told(&self.trace, &self.numbers, style, self.ending.as_ref())
    }
}

fn run(subject: &Arc<Subject>, clause: &'static Clause) -> Result<Run, NoTranscript> {
    if !applies(clause.binds(), subject.claims()) {
        return Err(NoTranscript::NotApplicable(clause.binds().reason().to_owned()));
    }
    let Some(scenario) = clause.scenario().filter(|_| Transcript::exists_for(clause)) else {
        return Err(NoTranscript::NotChecked("its check does not do the same at each run".to_owned()));
    };
    let settings = Settings::default().with_size(0).with_size_budget(Duration::MAX);
    let deadline = Deadline::new(&settings);
    let (finding, trace) =
        probe::examine(subject, &clause.to_string(), Box::new(scenario), &settings, &deadline);
    let ending = match finding {
        Finding::Held | Finding::Partly(_) => None,
        Finding::NotChecked(reason) => return Err(NoTranscript::NotChecked(reason)),
        Finding::NotApplicable(reason) => return Err(NoTranscript::NotApplicable(reason)),
        Finding::Violated { clauses, expected, .. } => {
            let clauses: Vec<_> = clauses.iter().map(|clause| format!("`{clause}`")).collect();
            let clauses = if clauses.is_empty() { "nothing".to_owned() } else { clauses.join(", ") };
            Some(format!("The contract asks for {expected}. This breaks {clauses}."))
        }
    };
    let numbers = Numbers::of(&trace, subject.claims());
    Ok(Run { trace, numbers, ending })
}
