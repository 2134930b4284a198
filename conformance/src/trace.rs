//! What was done to a store and what it answered, row by row.

use crate::{operation::Step, outcome::Outcome};
use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// One step on one handle, with what it brought.
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
/// Its text numbers the rows, names the handle where there are several, and folds a long run of equal steps into one
/// line.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    rows: Vec<Row>,
}

impl Trace {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Writes the rows, the last with what was expected instead.
    pub(crate) fn text(&self, expected: &str) -> String {
        let many = self.rows.iter().any(|row| row.handle != 0);
        let lines: Vec<(String, String, String)> =
            self.folded().map(|(first, last)| self.line(first, last, many)).collect();
        let number = lines.iter().map(|(number, ..)| number.chars().count()).max().unwrap_or(0);
        let step = lines.iter().map(|(_, step, _)| step.chars().count()).max().unwrap_or(0).min(STEP_WIDTH);
        let last = lines.len().saturating_sub(1);
        let mut text = String::new();
        for (at, (n, s, outcome)) in lines.iter().enumerate() {
            text += &format!("  {n:>number$}  {s:step$}  {outcome}");
            if at == last {
                text += &format!("\n  {:>number$}  {:step$}  <- expected {expected}", "", "");
            }
            text += "\n";
        }
        text
    }

    /// The rows in runs, each by the indices of its first and last.
    fn folded(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut next = 0;
        std::iter::from_fn(move || {
            let first = next;
            let row = self.rows.get(first)?;
            let run = self.rows[first..].iter().take_while(|other| folds(row, other)).count();
            // The last row of all is the one that broke the contract, and is always shown by itself.
            let run = if first + run == self.rows.len() { run - 1 } else { run };
            next = first + if run > FOLDED_FROM { run } else { 1 };
            Some((first, next - 1))
        })
    }

    fn line(&self, first: usize, last: usize, many: bool) -> (String, String, String) {
        let row = &self.rows[first];
        let outcome = row.outcome.as_ref().map_or("no answer".to_owned(), ToString::to_string);
        let handle = if many { format!("{}: ", handle_name(row.handle)) } else { String::new() };
        let count = last - first + 1;
        if count == 1 {
            return ((first + 1).to_string(), format!("{handle}{}", row.step), outcome);
        }
        let Step::Call(op) = &row.step else { unreachable!("only calls fold") };
        let number = format!("{} .. {}", first + 1, last + 1);
        (number, format!("{handle}{} x {count}, from {}", op.name(), row.step), "as expected".to_owned())
    }
}

/// How wide the column of steps may become.
const STEP_WIDTH: usize = 84;
/// How many equal steps are still shown one by one.
const FOLDED_FROM: usize = 8;

fn folds(a: &Row, b: &Row) -> bool {
    match (&a.step, &b.step) {
        (Step::Call(x), Step::Call(y)) => x.name() == y.name() && a.handle == b.handle,
        _ => false,
    }
}

/// `A`, `B`, ... for the handles of a trace.
fn handle_name(handle: usize) -> String {
    u8::try_from(handle)
        .ok()
        .filter(|&n| n < 26)
        .map_or(format!("H{handle}"), |n| char::from(b'A' + n).to_string())
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = self.rows.iter().any(|row| row.handle != 0);
        self.folded().try_for_each(|(first, last)| {
            let (number, step, outcome) = self.line(first, last, many);
            writeln!(f, "{number}  {step}  {outcome}")
        })
    }
}

/// A trace that is being written on one thread and watched from another.
#[derive(Debug, Default)]
pub(crate) struct Record {
    rows: Mutex<Vec<Row>>,
    /// Odd while the store is being called.
    beat: AtomicU64,
}

impl Record {
    /// Notes that a step begins.
    pub(crate) fn begin(&self, row: Row) {
        self.rows().push(row);
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Notes what the step brought.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.beat.fetch_add(1, Ordering::Release);
        if let Some(row) = self.rows().last_mut() {
            row.outcome = Some(outcome);
        }
    }

    /// A number that changes with each call and each return; odd while the store is being called.
    pub(crate) fn beat(&self) -> u64 {
        self.beat.load(Ordering::Acquire)
    }

    pub(crate) fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trace(&self) -> Trace {
        Trace::new(self.rows().clone())
    }
}
