//! What was done to a store and what it answered, row by row.

mod kinds;
mod record;

pub(crate) use self::{kinds::Kinds, record::Record};

use crate::{operation::Step, outcome::Outcome, race::Picture};
use mneme::ErrorKind;
use std::{fmt, sync::Arc};

/// One step on one handle, with what it brought.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Row, Trace};
///
/// /// The calls that never returned.
/// fn hanging(trace: &Trace) -> Vec<String> {
///     let is_open = |row: &&Row| row.outcome.is_none();
///     trace.rows().iter().filter(is_open).map(|row| row.step.to_string()).collect()
/// }
/// assert_eq!(hanging(&Trace::default()), [""; 0]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Which handle, numbered in the order in which they were made.
    pub handle: usize,
    /// The site of that handle.
    pub site: usize,
    /// Whether the call ran on a thread of its own.
    pub fresh_thread: bool,
    /// What was done.
    pub step: Step,
    /// What came back; none if it never returned.
    pub outcome: Option<Outcome>,
}

/// The rows of one scenario, oldest first.
///
/// Its text numbers the rows, names the handle where there are several, and folds a long run of equal steps, or of
/// calls that are all refused because the handle is not open, into one line.
///
/// Where several threads were at work, their calls follow the rows.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    rows: Vec<Row>,
    race: Option<Arc<Picture>>,
    beside: Vec<(usize, Beside)>,
    extent: Option<String>,
}

/// What a scenario tells beside its rows, to those who read all of it.
#[derive(Clone, Debug)]
pub(crate) enum Beside {
    /// What the rows that follow are about.
    Note(&'static str),
    /// Rows that were taken out, as they bear on nothing that follows.
    Aside(Vec<Row>),
    /// The rows from here to this one depend on luck or on the machine.
    Untold(usize),
}

impl Trace {
    pub(crate) fn new(rows: Vec<Row>, race: Option<Arc<Picture>>) -> Self {
        Self { rows, race, beside: Vec::new(), extent: None }
    }

    /// How much was looked at, where a check counts it.
    pub(crate) fn extent(&self) -> Option<&str> {
        self.extent.as_deref()
    }

    /// Without everything but how much was looked at.
    pub(crate) fn of_extent(self) -> Self {
        Self { extent: self.extent, ..Self::default() }
    }

    /// What was told beside the rows, each with the number of rows before it, in the order of these.
    pub(crate) fn beside(&self) -> &[(usize, Beside)] {
        &self.beside
    }

    /// What several threads did at once, drawn as a page that stands by itself.
    pub(crate) fn page(&self, title: &str, text: &str) -> Option<String> {
        Some(self.race()?.page(self.numbered(), title, text))
    }

    /// What several threads did at once, after the rows.
    pub(crate) fn race(&self) -> Option<&Picture> {
        self.race.as_deref()
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What there is in the rows of the last row's site, each word once: the methods that were called, other than the first `open` of
    /// each handle; `upsert` where a key was inserted again; `text`, `embedding`, `metadata`, `times`, `uses` and `ttl` where an
    /// inserted entry had something special there; `handle` where another was made, `drop` and `kill` where one ended so, and `files`
    /// where something was done to files. Words may be added.
    ///
    /// Of a [`Failure`](crate::Failure) it is what is needed to see it, as its trace has few rows that are not.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::Failure;
    ///
    /// /// Whether the failure takes a second handle to be seen.
    /// fn is_about_reopening(failure: &Failure) -> bool {
    ///     failure.trace().kinds().contains(&"handle")
    /// }
    /// # assert_eq!(mneme_conformance::Trace::default().kinds(), [""; 0]);
    /// ```
    pub fn kinds(&self) -> Vec<&'static str> {
        Kinds::of(self).words()
    }

    /// The rows of the last row's site alone, as what happened elsewhere does not bear on it.
    pub(crate) fn of_its_site(mut self) -> Self {
        if let Some(site) = self.rows.last().map(|row| row.site) {
            self.rows.retain(|row| row.site == site);
        }
        self
    }

    /// Writes the rows, the last with what was expected instead.
    pub(crate) fn text(&self, expected: &str) -> String {
        match &self.race {
            Some(race) => layout(&self.lines(), None) + &race.text(self.numbered(), expected),
            None => layout(&self.lines(), Some(expected)),
        }
    }

    /// Writes the last row alone, with its number and what was expected instead.
    pub(crate) fn last_text(&self, expected: &str) -> String {
        if self.race.is_some() {
            return self.text(expected);
        }
        let lines = self.lines();
        layout(&lines[lines.len().saturating_sub(1)..], Some(expected))
    }

    /// The rows as they are written: those that say nothing left out, and long runs folded into one.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let many = self.has_many_handles();
        let mut rows = 0;
        let lines = self.shown().map(|(first, last)| {
            let count = last - first + 1;
            rows += count;
            self.line(first, last, rows + 1 - count, many)
        });
        lines.collect()
    }

    /// How many rows the lines number, a run of them as many as it is.
    fn numbered(&self) -> usize {
        self.shown().map(|(first, last)| last - first + 1).sum()
    }

    fn has_many_handles(&self) -> bool {
        self.rows.iter().any(|row| row.handle != self.rows[0].handle)
    }

    /// The runs of rows that are written.
    fn shown(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let many = self.has_many_handles();
        self.folded().filter(move |(first, _)| {
            let row = &self.rows[*first];
            !matches!(row.step, Step::Look) && (many || !is_plain_beginning(row, *first))
        })
    }

    /// The rows in runs, each by the indices of its first and last.
    fn folded(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut next = 0;
        std::iter::from_fn(move || {
            let first = next;
            let row = self.rows.get(first)?;
            let run = |folds: fn(&Row, &Row) -> bool| {
                self.rows[first..].iter().take_while(|other| folds(row, other)).count()
            };
            let run = run(is_same_call).max(run(is_same_refusal));
            // The last row of all is the one that broke the contract, and is always shown by itself.
            let run = if first + run == self.rows.len() { run - 1 } else { run };
            next = first + if run > FOLDED_FROM { run } else { 1 };
            Some((first, next - 1))
        })
    }

    fn line(&self, first: usize, last: usize, number: usize, many: bool) -> Line {
        let row = &self.rows[first];
        let outcome = match &row.outcome {
            None => "no answer".to_owned(),
            // Of an error that was right the kind is enough; the last row is the one that was wrong.
            Some(Outcome::Failed(error)) if last + 1 < self.rows.len() => format!("error: {}", error.kind()),
            Some(outcome) => outcome.to_string(),
        };
        // What several handles do is no one's call, and what the harness does to files, or looks for, is no handle's.
        let is_nobodys = matches!(
            row.step,
            Step::AtOnce | Step::Tamper(..) | Step::Put(..) | Step::Exists(_) | Step::Altered(_)
        );
        let handle =
            if many && !is_nobodys { format!("{}: ", handle_name(row.handle)) } else { String::new() };
        let thread = if row.fresh_thread { ", on a thread of its own" } else { "" };
        let step = format!("{handle}{}{thread}", row.step);
        let same = self.rows[first..=last].iter().all(|other| is_same_call(row, other));
        match (&row.step, last - first + 1) {
            (Step::Call(_), count @ 2..) if !same => Line {
                number: format!("{number} .. {}", number + count - 1),
                step: format!("{step} and {} other calls", count - 1),
                outcome,
            },
            (Step::Call(op), count @ 2..) => Line {
                number: format!("{number} .. {}", number + count - 1),
                step: format!("{handle}{} x {count}, from {}", op.name(), row.step),
                outcome: "as expected".to_owned(),
            },
            (Step::Next(_), count @ 2..) => Line {
                number: format!("{number} .. {}", number + count - 1),
                step: format!("{step} x {count}"),
                outcome: "as expected".to_owned(),
            },
            _ => Line { number: number.to_string(), step, outcome },
        }
    }
}

/// Sets lines in columns, the last with what was expected instead.
fn layout(lines: &[Line], expected: Option<&str>) -> String {
    let number = lines.iter().map(|line| line.number.chars().count()).max().unwrap_or(0);
    let step = lines.iter().map(|line| line.step.chars().count()).max().unwrap_or(0).min(STEP_WIDTH);
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let steps = wrapped(&line.step, step);
        let mut outcomes = wrapped(&line.outcome, OUTCOME_WIDTH);
        if let (Some(expected), true) = (expected, at + 1 == lines.len()) {
            outcomes.extend(wrapped(&format!("<- expected {expected}"), OUTCOME_WIDTH));
        }
        // The answer stands beside the end of the call.
        let above = steps.len() - 1;
        for row in 0..steps.len().max(above + outcomes.len()) {
            let n = if row == 0 { &*line.number } else { "" };
            let s = steps.get(row).map_or("", |step| step);
            let o = row.checked_sub(above).and_then(|at| outcomes.get(at)).map_or("", |outcome| outcome);
            let row = format!("  {n:>number$}  {s:step$}  {o}");
            text += row.trim_end();
            text += "\n";
        }
    }
    text
}

/// A row, or a run of rows, as it is written.
pub(crate) struct Line {
    pub(crate) number: String,
    pub(crate) step: String,
    pub(crate) outcome: String,
}

/// Whether a row only says that the factory made the one handle that there is.
fn is_plain_beginning(row: &Row, at: usize) -> bool {
    at == 0 && matches!((&row.step, &row.outcome), (Step::Make, Some(Outcome::Done)))
}

/// Sets text in lines of a width, broken at spaces; the lines after the first are indented.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a first line");
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("    {word}"));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// How wide the column of steps may become.
const STEP_WIDTH: usize = 64;
/// How wide the column of outcomes may become.
const OUTCOME_WIDTH: usize = 56;
/// How many equal steps are still shown one by one.
const FOLDED_FROM: usize = 8;

fn is_same_call(a: &Row, b: &Row) -> bool {
    match (&a.step, &b.step) {
        (Step::Call(x), Step::Call(y)) => x.name() == y.name() && a.handle == b.handle,
        (Step::Next(x), Step::Next(y)) => x == y,
        _ => false,
    }
}

/// Whether two calls, whatever they are, were answered by an error without facts of their own.
fn is_same_refusal(a: &Row, b: &Row) -> bool {
    let kind = |row: &Row| row.outcome.as_ref().and_then(Outcome::error_kind);
    let plain = matches!(kind(a), Some(ErrorKind::Closed | ErrorKind::NotOpen));
    let calls = matches!((&a.step, &b.step), (Step::Call(_), Step::Call(_)));
    plain && calls && kind(a) == kind(b) && a.handle == b.handle
}

/// `A`, `B`, ... for the handles of a trace.
pub(crate) fn handle_name(handle: usize) -> String {
    u8::try_from(handle)
        .ok()
        .filter(|&n| n < 26)
        .map_or(format!("H{handle}"), |n| char::from(b'A' + n).to_string())
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines()
            .iter()
            .try_for_each(|line| writeln!(f, "{}  {}  {}", line.number, line.step, line.outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{operation::Op, race::Made, sample};

    #[test]
    fn what_threads_do_is_numbered_after_every_row_of_a_run() {
        let row =
            |step, outcome| Row { handle: 0, site: 0, fresh_thread: false, step, outcome: Some(outcome) };
        let insert = |n: u64| {
            let entry = sample::entry("a", &format!("h{n}"));
            row(Step::Call(Op::Insert(entry)), Outcome::Id(n))
        };
        let rows = [row(Step::Make, Outcome::Done)].into_iter().chain((1..=40).map(insert));
        let count = Step::Call(Op::Count(None));
        let made = Made { step: count, called: 1, returned: Some((2, Outcome::Number(7))) };
        let picture = Picture::of_made(&[vec![made]], &[], 1, Vec::new());
        let text = Trace::new(rows.collect(), Some(Arc::new(picture))).text("40");
        // The handle's making is no line, so the inserts are 1 to 40, of which the last is by itself.
        assert!(text.contains("1 .. 39  insert x 39"), "{text}");
        assert!(text.contains("  41  •  count()  -> 7"), "{text}");
    }
}
