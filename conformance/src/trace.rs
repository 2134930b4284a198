//! What was done to a store and what it answered, row by row.

mod kinds;

pub(crate) use self::kinds::Kinds;

use crate::{
    operation::Step,
    outcome::Outcome,
    race::{Floor, Lane, Picture},
};
use mneme::ErrorKind;
use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

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
        Some(self.race()?.page(self.lines().len(), title, text))
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
            Some(race) => {
                let lines = self.lines();
                layout(&lines, None) + &race.text(lines.len(), expected)
            }
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
        let many = self.rows.iter().any(|row| row.handle != self.rows[0].handle);
        let mut rows = 0;
        self.folded()
            .filter(|(first, _)| {
                let row = &self.rows[*first];
                !matches!(row.step, Step::Look) && (many || !is_plain_beginning(row, *first))
            })
            .map(|(first, last)| {
                let count = last - first + 1;
                rows += count;
                self.line(first, last, rows + 1 - count, many)
            })
            .collect()
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

/// A trace that is being written on one thread and watched from another.
#[derive(Debug, Default)]
pub(crate) struct Record {
    rows: Mutex<Vec<Row>>,
    /// Odd while the store is being called.
    beat: AtomicU64,
    /// Whether the rows are complete: what still happens only beats.
    sealed: AtomicBool,
    /// The threads that work beside the scenario's own.
    lanes: Mutex<Vec<Arc<Lane>>>,
    /// The right to run rounds, while the scenario has it. It is here so that one which hangs does not keep it.
    floor: Mutex<Option<Floor>>,
    /// Whether nobody waits for the scenario any more. Changed under the lock of `floor`.
    abandoned: AtomicBool,
    race: Mutex<Option<Arc<Picture>>>,
    beside: Mutex<Vec<(usize, Beside)>>,
    extent: Mutex<Option<String>>,
}

impl Record {
    /// Notes that a step begins.
    pub(crate) fn begin(&self, row: Row) {
        if !self.is_sealed() {
            self.rows().push(row);
        }
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Notes what the step brought.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.beat.fetch_add(1, Ordering::Release);
        if !self.is_sealed()
            && let Some(row) = self.rows().last_mut()
        {
            row.outcome = Some(outcome);
        }
    }

    /// Notes that a call which is waited for makes progress.
    pub(crate) fn touch(&self) {
        self.beat.fetch_add(2, Ordering::Release);
    }

    /// Notes that something of the store's is waited for, which is no row.
    pub(crate) fn wait(&self) {
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Notes that the wait is over.
    pub(crate) fn waited(&self) {
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Takes no more rows.
    pub(crate) fn seal(&self) {
        self.sealed.store(true, Ordering::Release);
    }

    /// Takes rows again.
    pub(crate) fn unseal(&self) {
        self.sealed.store(false, Ordering::Release);
    }

    fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Acquire)
    }

    /// Says which threads work beside the scenario's own.
    pub(crate) fn watch(&self, lanes: &[Arc<Lane>]) {
        *self.lanes() = lanes.to_vec();
    }

    /// Keeps the right to run rounds for the scenario, or gives it back. An abandoned scenario that goes on after all, when
    /// a late call has returned, keeps it no more: nobody would take it away from it again.
    pub(crate) fn hold(&self, floor: Option<Floor>) {
        let mut held = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        *held = floor.filter(|_| !self.is_abandoned());
    }

    /// Whether nobody waits for the scenario any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// By thread, a number that changes with each call and each return; odd while the store is being called.
    pub(crate) fn beats(&self) -> Vec<u64> {
        let own = self.beat.load(Ordering::Acquire);
        std::iter::once(own).chain(self.lanes().iter().map(|lane| lane.beat())).collect()
    }

    /// Says that nobody waits for the scenario's threads any more, and answers what they are doing, if any thread
    /// but the scenario's own is.
    pub(crate) fn abandon(&self) -> Option<Picture> {
        {
            let mut held = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
            self.abandoned.store(true, Ordering::Release);
            *held = None;
        }
        let lanes = self.lanes();
        for lane in &*lanes {
            lane.abandon();
        }
        let made: Vec<_> = lanes.iter().map(|lane| lane.made().clone()).collect();
        made.iter().any(|made| !made.is_empty()).then(|| Picture::of_threads(made))
    }

    /// Notes what several threads did at once, after the rows.
    pub(crate) fn picture(&self, race: Picture) {
        *self.race.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(race));
    }

    /// Notes how much was looked at.
    pub(crate) fn measure(&self, extent: String) {
        *self.extent.lock().unwrap_or_else(PoisonError::into_inner) = Some(extent);
    }

    /// Notes what is told beside the rows, after so many of them.
    pub(crate) fn tell(&self, after: usize, beside: Beside) {
        self.beside().push((after, beside));
    }

    /// Takes the rows from one on out, with what was told among them.
    pub(crate) fn take_from(&self, mark: usize) -> Vec<Row> {
        self.beside().retain(|(after, _)| *after <= mark);
        let mut rows = self.rows();
        let from = mark.min(rows.len());
        rows.split_off(from)
    }

    /// Forgets all rows, with what was told among them.
    pub(crate) fn forget(&self) {
        self.beside().clear();
        self.rows().clear();
    }

    fn beside(&self) -> MutexGuard<'_, Vec<(usize, Beside)>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Arc<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows so far, of a scenario that may still be at work.
    pub(crate) fn trace(&self) -> Trace {
        Trace::new(self.rows().clone(), self.race.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The rows of a scenario that has ended.
    pub(crate) fn take(&self) -> Trace {
        let race = self.race.lock().unwrap_or_else(PoisonError::into_inner).take();
        let beside = std::mem::take(&mut *self.beside());
        let extent = self.extent.lock().unwrap_or_else(PoisonError::into_inner).take();
        Trace { beside, extent, ..Trace::new(std::mem::take(&mut *self.rows()), race) }
    }
}
