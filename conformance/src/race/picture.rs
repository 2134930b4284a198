//! What several threads did at once, as lanes: one a thread, time downwards.

use super::{
    contract::Task,
    judge::Unexplained,
    lane::Made,
    recording::{Recording, is_answer, letter},
};
use crate::{operation::Op, outcome::Outcome};
use std::fmt::Write as _;

/// Calls of several threads, with what no order explains.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// In the order in which they began.
    pub(super) calls: Vec<Drawn>,
    /// How many threads there are; a call of a further one was made when all were done.
    pub(super) threads: usize,
    /// The place of the call that is wrong.
    pub(super) wrong: Option<usize>,
    /// The order that comes nearest to an explanation: the places of the calls in it.
    pub(super) order: Vec<usize>,
    /// What is to be said besides, in lines.
    words: Vec<String>,
    /// When it was seen, and how often.
    seen: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) thread: usize,
    pub(super) step: String,
    pub(super) answer: Option<String>,
    pub(super) called: u64,
    pub(super) returned: Option<u64>,
}

/// How many calls of a thread are shown where the last one is what matters.
const LAST: usize = 4;
/// How many calls of a thread are shown at most.
const SHOWN: usize = 12;

/// A line of lanes: the number of the call, and what happens to it.
enum Mark {
    Begin,
    End,
    /// Nothing else happens between its beginning and its end.
    Whole,
}

impl Picture {
    /// What threads are doing that do not come back.
    pub(crate) fn of_threads(threads: Vec<Vec<Made>>) -> Self {
        let number = threads.len();
        let mut calls = Vec::new();
        for (thread, made) in threads.into_iter().enumerate() {
            let shown = made.len().saturating_sub(LAST);
            calls.extend(made.into_iter().skip(shown).map(|made| Drawn::of(thread, &made)));
        }
        calls.sort_by_key(|call| call.called);
        Self { calls, threads: number, wrong: None, order: Vec::new(), words: Vec::new(), seen: None }
    }

    /// A history that no order explains.
    pub(crate) fn of_unexplained(found: &Unexplained, threads: usize, words: Vec<String>) -> Self {
        let calls = found.history.calls().iter().map(|call| Drawn {
            thread: call.thread(),
            step: match call.operation() {
                Task::Call(op) => op.to_string(),
                Task::Removal(op, id) => format!("{op} of id {id}"),
                Task::Count => "the version counter".to_owned(),
            },
            answer: call.outcome().map(ToString::to_string),
            called: call.called_at(),
            returned: call.returned_at(),
        });
        Self {
            calls: calls.collect(),
            threads,
            wrong: Some(found.violation.call),
            order: found.violation.before.first().map(|possible| possible.order.clone()).unwrap_or_default(),
            words,
            seen: None,
        }
    }

    /// What threads did up to a call that is wrong by itself, which is named by its first stamp.
    pub(crate) fn of_made(threads: &[Vec<Made>], after: &[Made], wrong: u64, mut words: Vec<String>) -> Self {
        let mut calls: Vec<Drawn> = Vec::new();
        let mut earlier = 0;
        let end = threads.iter().flatten().chain(after).find(|made| made.called == wrong);
        let end = end.and_then(|made| made.returned.as_ref()).map_or(u64::MAX, |(at, _)| *at);
        for (thread, made) in threads.iter().map(Vec::as_slice).chain([after]).enumerate() {
            let shown: Vec<_> = made.iter().filter(|made| made.called < end).collect();
            let last = shown.len().saturating_sub(if thread == threads.len() { shown.len() } else { SHOWN });
            calls.extend(shown[last..].iter().map(|made| Drawn::of(thread, made)));
            earlier += last;
        }
        if earlier > 0 {
            words.push(format!("{earlier} earlier calls of the threads are not shown."));
        }
        calls.sort_by_key(|call| call.called);
        let wrong = calls.iter().position(|call| call.called == wrong);
        Self { calls, threads: threads.len(), wrong, order: Vec::new(), words, seen: None }
    }

    /// A call that failed beside others, and what was expected of it; one that panicked where errors are known.
    pub(crate) fn of_failed(seen: &Recording, errors_are_known: bool) -> (Self, String) {
        let all = seen.before.iter().chain(seen.threads.iter().flatten()).chain(&seen.after);
        let failed = all.filter_map(|made| Some((made, made.outcome()?))).find(|(made, outcome)| {
            let is_unsound =
                matches!(made.op(), Some(Op::IntegrityCheck)) && matches!(outcome, Outcome::Flag(false));
            let is_known = errors_are_known && outcome.error().is_some();
            !is_answer(outcome) && !is_known || is_unsound
        });
        let (wrong, expected) = match failed {
            Some((made, Outcome::Flag(_))) => (made.called, "true, as when no other thread calls"),
            Some((made, _)) => (made.called, "an answer, as when no other thread calls"),
            None => (0, "an answer"),
        };
        let after: Vec<_> = seen.after.iter().filter(|made| made.called <= wrong).cloned().collect();
        (Self::of_made(&seen.threads, &after, wrong, Vec::new()), expected.to_owned())
    }

    /// Says when it was seen, and how often.
    pub(crate) fn seen(mut self, seen: String) -> Self {
        self.seen = Some(seen);
        self
    }

    /// When it was seen, and how often.
    pub(crate) fn when(&self) -> Option<&str> {
        self.seen.as_deref()
    }

    /// The lanes as lines, numbered after `rows` rows, and what is to be said of them.
    pub(crate) fn text(&self, rows: usize, expected: &str) -> String {
        let marks = self.marks();
        let width = (rows + self.calls.len()).to_string().len();
        let header: Vec<String> = (0..self.threads).map(|thread| letter(thread).to_string()).collect();
        let mut text = format!("\n  {:width$}  {}\n", "", header.join("  "));
        let mut open = vec![false; self.threads];
        let mut done = false;
        for (at, mark) in marks {
            let call = &self.calls[at];
            let number = rows + at + 1;
            if call.thread >= self.threads && !done {
                done = true;
                let _ = writeln!(text, "  {:width$}  when all are done", "");
            }
            let lanes: Vec<&str> = (0..self.threads)
                .map(|thread| match (&mark, thread == call.thread) {
                    (Mark::Begin, true) => "┌",
                    (Mark::End, true) => "└",
                    (Mark::Whole, true) => "•",
                    _ if open[thread] => "│",
                    _ => " ",
                })
                .collect();
            let answer = call.answer.as_deref().unwrap_or("no answer");
            let what = match mark {
                Mark::Begin => call.step.clone(),
                Mark::End => format!("-> {answer}"),
                Mark::Whole => format!("{}  -> {answer}", call.step),
            };
            if call.thread < self.threads {
                open[call.thread] = matches!(mark, Mark::Begin);
            }
            let _ = writeln!(text, "  {number:>width$}  {}  {what}", lanes.join("  "));
            if self.wrong == Some(at) && !matches!(mark, Mark::Begin) {
                let lanes: Vec<&str> = open.iter().map(|open| if *open { "│" } else { " " }).collect();
                let _ = writeln!(text, "  {:width$}  {}  <- expected {expected}", "", lanes.join("  "));
            }
        }
        for at in self.hanging() {
            let call = &self.calls[at];
            let number = rows + at + 1;
            let _ = writeln!(
                text,
                "  {number:>width$}  {}: no answer  <- expected {expected}",
                letter(call.thread)
            );
        }
        for word in &self.words {
            text += "\n";
            for line in word.lines() {
                text += &wrapped(line);
            }
        }
        text
    }

    /// The calls that never returned, where nothing else is wrong.
    fn hanging(&self) -> impl Iterator<Item = usize> + '_ {
        let calls = self.calls.iter().enumerate().filter(|(_, call)| call.returned.is_none());
        calls.filter(|_| self.wrong.is_none()).map(|(at, _)| at)
    }

    fn marks(&self) -> Vec<(usize, Mark)> {
        let mut events: Vec<(u64, usize, bool)> = Vec::new();
        for (at, call) in self.calls.iter().enumerate() {
            events.push((call.called, at, false));
            if let Some(returned) = call.returned {
                events.push((returned, at, true));
            }
        }
        events.sort_unstable();
        let mut marks = Vec::new();
        let mut events = events.into_iter().peekable();
        while let Some((_, at, is_return)) = events.next() {
            let mark = if is_return {
                Mark::End
            } else if events.next_if(|(_, next, is_return)| *next == at && *is_return).is_some() {
                Mark::Whole
            } else {
                Mark::Begin
            };
            marks.push((at, mark));
        }
        marks
    }
}

/// How wide a line of words may become.
const WIDTH: usize = 106;

/// Sets a line in lines of the width, the later ones further in.
fn wrapped(line: &str) -> String {
    let mut text = String::new();
    let indent = line.len() - line.trim_start().len();
    let mut row = format!("  {}", &line[..indent]);
    let mut is_empty = true;
    for word in line.split_whitespace() {
        if !is_empty && row.chars().count() + 1 + word.chars().count() > WIDTH {
            text += &row;
            text += "\n";
            row = format!("  {}    ", &line[..indent]);
            is_empty = true;
        }
        if !is_empty {
            row.push(' ');
        }
        row += word;
        is_empty = false;
    }
    text + &row + "\n"
}

impl Drawn {
    fn of(thread: usize, made: &Made) -> Self {
        // What has not returned has no stamp yet, and is the last thing that its thread did.
        let called = if made.called == 0 { u64::MAX } else { made.called };
        Self {
            thread,
            step: made.step.to_string(),
            answer: made.outcome().map(ToString::to_string),
            called,
            returned: made.returned.as_ref().map(|(at, _)| *at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{operation::Step, outcome::Outcome};

    fn counts(from: u64, calls: u64) -> Vec<Made> {
        let count = |n| {
            let (called, returned) = (from + 2 * n, from + 2 * n + 1);
            Made { step: Step::Call(Op::Count(None)), called, returned: Some((returned, Outcome::Number(n))) }
        };
        (0..calls).map(count).collect()
    }

    #[test]
    fn earlier_calls_that_are_not_shown_are_told() {
        let shown = SHOWN as u64;
        let whole = Picture::of_made(&[counts(1, shown), counts(100, shown)], &[], 1, Vec::new());
        assert!(!whole.text(0, "").contains("not shown"));
        let threads = [counts(1, shown + 3), counts(100, shown + 5)];
        let cut = Picture::of_made(&threads, &[], 100 + 2 * (shown + 4), Vec::new());
        assert!(
            cut.text(0, "").contains("8 earlier calls of the threads are not shown."),
            "{}",
            cut.text(0, "")
        );
        assert_eq!(cut.calls.len(), 2 * SHOWN);
    }
}
