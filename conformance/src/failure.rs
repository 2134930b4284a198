//! What a store's author reads when a clause is not held.

use crate::{
    contract::Clause, diagnosis::Diagnosis, model::Manner, race::Picture, settings::REPORT, trace::Trace,
};
use std::{fmt, sync::Arc};

/// Why a clause's test fails.
///
/// Both its [`Display`](fmt::Display) and its [`Debug`] are the text for people, so a test that answers
/// `Result<(), Failure>` prints it as it is.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Failure, Settings, State, Subject, check_store, clause};
///
/// /// What a program makes of a failure, in place of the text for people.
/// fn facts(failure: &Failure) -> String {
///     let last = failure.trace().rows().last().map_or(String::new(), |row| row.step.to_string());
///     let like = failure.like().map_or(0, |known| known.mistakes().len());
///     let test = failure.test().unwrap_or("no program was found");
///     format!(
///         "checking {}: {:?} broken at {last}, {}, expected {:?}, {like} known mistakes, {test}",
///         failure.checking(),
///         failure.clauses(),
///         failure.manner().unwrap_or("of no clause".to_owned()),
///         failure.expected(),
///     )
/// }
///
/// // A store that keeps what its author says it breaks is told so.
/// let subject = Subject::volatile(MemoryStore::new).deviates(&clause::lru::is_scoped, "no index yet");
/// let report = check_store(subject, &Settings::default().only([&clause::lru::is_scoped]).without_engines());
/// let failure = report.status(&clause::lru::is_scoped).and_then(|status| status.failure()).expect("a failure");
/// assert!(facts(failure).starts_with("checking lru::is_scoped"));
/// ```
#[derive(Clone)]
pub struct Failure(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    subject: String,
    checking: Checking,
    reason: Reason,
    trace: Trace,
    again: Option<String>,
    test: Option<(&'static str, String)>,
}

/// What was being checked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Checking {
    /// A clause, by its scenario.
    Clause(&'static Clause),
    /// The whole contract, by an engine of this name.
    Engine(&'static str),
}

impl fmt::Display for Checking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clause(clause) => clause.fmt(f),
            Self::Engine(name) => f.write_str(name),
        }
    }
}

/// What went wrong.
#[derive(Clone)]
pub(crate) enum Reason {
    /// The store did something else than the contract asks.
    Violated {
        clauses: Vec<&'static Clause>,
        expected: String,
        manner: Manner,
        note: Option<String>,
        /// The known mistakes that are like this one, where that was asked.
        like: Option<Diagnosis>,
        /// Whether another check shows what was done, up to the last row.
        is_shown_elsewhere: bool,
    },
    /// The factory failed on a fresh site.
    NotMade,
    /// The author says that the store deviates, and it does not.
    DeviatesNoMore { why: &'static str },
    /// The author says that the store deviates from a clause that does not bind it, for this reason.
    DeviatesFromNothing { why: &'static str, reason: String },
    /// The check has not looked, or not whole where everything is required.
    NotLooked { why: String },
}

impl Reason {
    /// That these clauses are broken, and no more is known.
    pub(crate) fn violated(clauses: Vec<&'static Clause>, expected: String, manner: Manner) -> Self {
        Self::Violated { clauses, expected, manner, note: None, like: None, is_shown_elsewhere: false }
    }
}

impl Failure {
    pub(crate) fn new(
        subject: &str,
        checking: Checking,
        reason: Reason,
        trace: Trace,
        again: Option<String>,
    ) -> Self {
        Self(Arc::new(Inner { subject: subject.to_owned(), checking, reason, trace, again, test: None }))
    }

    /// The same failure with a test that shows it, and the place to paste it.
    pub(crate) fn with_test(mut self, test: String, place: &'static str) -> Self {
        Arc::make_mut(&mut self.0).test = Some((place, test));
        self
    }

    /// The failure as a Rust test, to be pasted beside the call of `store_conformance!`, where an engine found it.
    pub fn test(&self) -> Option<&str> {
        self.0.test.as_ref().map(|(_, test)| &**test)
    }

    /// The clauses that the store was seen to break, the narrowest first; none where the store could not be made.
    pub fn clauses(&self) -> &[&'static Clause] {
        match &self.0.reason {
            Reason::Violated { clauses, .. } => clauses,
            _ => &[],
        }
    }

    /// Puts other clauses in place of those that the store was seen to break.
    pub(crate) fn weighed(
        mut self,
        weigh: impl FnOnce(Vec<&'static Clause>) -> Vec<&'static Clause>,
    ) -> Self {
        if let Reason::Violated { clauses, .. } = &mut Arc::make_mut(&mut self.0).reason {
            *clauses = weigh(std::mem::take(clauses));
        }
        self
    }

    /// What was being checked: a clause's name, or an engine's.
    pub fn checking(&self) -> String {
        self.0.checking.to_string()
    }

    /// What was done to the store, and what it answered.
    pub fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// The clause that the text names: the one that is being checked, where it is among those that are broken, and else
    /// the narrowest of them.
    pub(crate) fn named(&self) -> Option<&'static Clause> {
        self.checked().or_else(|| self.clauses().first().copied())
    }

    /// The clause that is being checked, where it is broken.
    fn checked(&self) -> Option<&'static Clause> {
        match self.0.checking {
            Checking::Clause(clause) => self.clauses().iter().find(|broken| **broken == clause).copied(),
            Checking::Engine(_) => None,
        }
    }

    /// How it was found, where an engine did.
    pub(crate) fn note(&self) -> Option<&str> {
        match &self.0.reason {
            Reason::Violated { note, .. } => note.as_deref(),
            _ => None,
        }
    }

    /// The command that runs this check again, where there is one.
    pub(crate) fn again(&self) -> Option<&str> {
        self.0.again.as_deref()
    }

    /// The mistakes that are known to break the same of this clause and its neighbours, where the clause that was
    /// checked is broken. The report compares the whole contract, see
    /// [`StoreReport::diagnosis`](crate::StoreReport::diagnosis).
    pub fn like(&self) -> Option<&Diagnosis> {
        match &self.0.reason {
            Reason::Violated { like, .. } => like.as_ref(),
            _ => None,
        }
    }

    /// In which way the last outcome is another than what the contract asks, in a word: `missing` where an entry is stored and not
    /// shown, `altered:ttl` where another ttl is shown than it has, `undue-error` where a call failed that had to succeed, and so on.
    /// Words may be added. Where a clause is broken.
    pub fn manner(&self) -> Option<String> {
        match &self.0.reason {
            Reason::Violated { manner, .. } => Some(manner.to_string()),
            _ => None,
        }
    }

    /// What the contract asks in place of the last outcome, where a clause is broken.
    pub fn expected(&self) -> Option<&str> {
        match &self.0.reason {
            Reason::Violated { expected, .. } => Some(expected),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { subject, checking, reason, trace, again, test } = &*self.0;
        match reason {
            Reason::Violated { clauses, expected, note, like, is_shown_elsewhere, .. } => {
                writeln!(f, "{subject} breaks the store contract\n")?;
                let (checked, named) = (self.checked(), self.named());
                if let Some(named) = named {
                    field(f, "clause", &named.to_string())?;
                    field(f, "says", named.says())?;
                    field(f, "because", named.because())?;
                    let others: Vec<String> =
                        clauses.iter().filter(|other| **other != named).map(ToString::to_string).collect();
                    if !others.is_empty() {
                        field(f, "also", &others.join(", "))?;
                    }
                    if let (Checking::Clause(clause), None) = (checking, checked) {
                        field(f, "found", &format!("while checking {clause}, which could not be judged"))?;
                    }
                    if let Some(note) = note {
                        field(f, "found", note)?;
                    }
                    if let Some(when) = trace.race().and_then(Picture::when) {
                        field(f, "seen", when)?;
                    }
                }
                let text = match (checking, checked) {
                    // The check of the clause that blocks has all rows, where it found that clause broken too.
                    (Checking::Clause(_), None) if *is_shown_elsewhere && !f.alternate() => {
                        trace.last_text(expected)
                    }
                    _ => trace.text(expected),
                };
                writeln!(f, "\n{text}")?;
                if let Some(named) = named {
                    field(f, "look at", named.look_at())?;
                    alike(f, named, like.as_ref())?;
                }
                if trace.race().is_some() {
                    field(
                        f,
                        "drawn",
                        &format!("by the report, where {REPORT} names a directory for its files"),
                    )?;
                }
            }
            Reason::NotMade => {
                writeln!(f, "{subject} could not be made, so nothing could be checked\n")?;
                field(f, "found", &format!("while checking {checking}"))?;
                writeln!(f, "\n{}", trace.text("a store, from the factory on a fresh site"))?;
                field(
                    f,
                    "look at",
                    "the factory that the macro was given, and whatever it needs outside the process",
                )?;
            }
            Reason::DeviatesNoMore { why } => {
                writeln!(f, "{subject} keeps a clause from which it is said to deviate\n")?;
                says(f, checking)?;
                field(f, "excused", why)?;
                writeln!(f)?;
                field(
                    f,
                    "look at",
                    &format!("the deviation `{checking}`: the store no longer needs it; take it away"),
                )?;
            }
            Reason::DeviatesFromNothing { why, reason } => {
                writeln!(f, "{subject} is said to deviate from a clause that does not bind it\n")?;
                says(f, checking)?;
                field(f, "binds not", reason)?;
                field(f, "excused", why)?;
                writeln!(f)?;
                field(
                    f,
                    "look at",
                    &format!("the deviation `{checking}`: take it away, or claim what the clause is about"),
                )?;
            }
            Reason::NotLooked { why } => {
                writeln!(f, "{subject} was not checked for a clause that binds it\n")?;
                says(f, checking)?;
                field(f, "because", why)?;
            }
        }
        if let Some(again) = again {
            field(f, "again", again)?;
        }
        match test {
            Some((place, test)) => write!(f, "\n  as a test, {place}\n\n{test}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

/// Writes the mistakes that are known to break the same, each with the way to put it right where that is another one than
/// the named clause's; or that none is.
fn alike(f: &mut fmt::Formatter<'_>, named: &Clause, like: Option<&Diagnosis>) -> fmt::Result {
    let Some(diagnosis) = like else { return Ok(()) };
    field(f, "", diagnosis.says_of_one_clause())?;
    diagnosis.mistakes().iter().try_for_each(|mistake| {
        let remedy = match mistake.clause() {
            clause if clause == named => String::new(),
            clause => format!(" ({clause}: {})", mistake.remedy()),
        };
        field(f, "", &format!("- {}{remedy}", mistake.name()))
    })
}

/// Writes what was being checked, and its sentence.
fn says(f: &mut fmt::Formatter<'_>, checking: &Checking) -> fmt::Result {
    field(f, "clause", &checking.to_string())?;
    match checking {
        Checking::Clause(clause) => field(f, "says", clause.says()),
        Checking::Engine(_) => Ok(()),
    }
}

/// How wide the texts of a failure are set.
const WIDTH: usize = 108;
const LABEL: usize = 11;

/// Writes `  label    text`, with the text set in lines.
fn field(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    let mut line = String::new();
    let mut label = label;
    // A command is to be copied, so it stays in one line.
    let width = if label == "again" { usize::MAX } else { WIDTH - LABEL };
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            writeln!(f, "  {label:<LABEL$}{line}")?;
            line.clear();
            label = "";
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    writeln!(f, "  {label:<LABEL$}{line}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::clause;

    #[test]
    fn where_no_known_mistake_is_like_it_the_text_says_so() {
        let text = |like| {
            let named: &'static Clause = &clause::expiry::is_scoped;
            let (clauses, expected, manner) = (vec![named], "0".to_owned(), Manner::HANG);
            let reason =
                Reason::Violated { clauses, expected, manner, note: None, like, is_shown_elsewhere: false };
            Failure::new("MyStore", Checking::Clause(named), reason, Trace::default(), None).to_string()
        };
        let none = "No known mistake breaks the same in this area.";
        assert!(text(Some(Diagnosis::Unknown)).contains(none), "{}", text(Some(Diagnosis::Unknown)));
        // Nothing is said where nobody looked.
        assert!(!text(None).contains("known mistake"), "{}", text(None));
    }
}
