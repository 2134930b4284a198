//! The shortest way to see what a scenario found, and whether what its clause is about has a part in it.
//!
//! A scenario does more than its last wrong answer needs: it fills the store, looks at all that is right, and goes on. What it
//! did is tried again with fewer steps, each time on a fresh site, and what is left is what an author reads. Only what was done
//! and seen is told: the rows are those of the last try that went wrong in the same way.

mod cause;
mod replay;
mod steps;
mod trials;

pub(crate) use cause::{Scripts, without_its_part};

use self::{
    steps::{Again, Tried, changes, relevant},
    trials::Trials,
};
use crate::{
    contract::{Clause, clause},
    operation::Op,
    probe::{Deadline, Finding},
    sample::plain,
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use mneme::{Entry, Metadata};
use std::{mem, sync::Arc};

/// The most steps of which fewer are looked for.
const LONGEST: usize = 5_000;
/// How many calls of one kind in a row are cut to as many as it takes, before any is dropped by itself.
const RUN: usize = 16;

/// Answers what a scenario expected of a clause, and fewer rows that show it broken in the same way, where there are such.
pub(crate) fn shorten(
    subject: &Arc<Subject>,
    settings: &Settings,
    deadline: &Deadline,
    clause: &'static Clause,
    found: &Finding,
    trace: &Trace,
) -> Option<(String, Trace)> {
    let (trials, steps) = Trials::of(subject, settings, deadline, clause, found, trace)?;
    let mut shortener = Shortener::of(trials, clause);
    if let Some(left) = shortener.fewest(steps) {
        shortener.make_plainer(left);
    }
    shortener.best
}

struct Shortener<'a> {
    trials: Trials<'a>,
    clause: &'static Clause,
    /// Whether what goes wrong after a reopen is laid to it, as the scenario had seen the same go right without one.
    lays: bool,
    /// What the shortest that went wrong in the same way found.
    best: Option<(String, Trace)>,
}

impl<'a> Shortener<'a> {
    fn of(trials: Trials<'a>, clause: &'static Clause) -> Self {
        Self { trials, clause, lays: false, best: None }
    }

    /// As few of the steps as show the same; none where not even all of them show it again, as where the store counts its calls.
    fn fewest(&mut self, steps: Vec<Again>) -> Option<Vec<Again>> {
        // What the wrong answer is about is mostly enough, and if not, what changes anything.
        let candidates = [relevant(&steps), changes(&steps), steps];
        let mut left = candidates.iter().find(|steps| self.shows(steps));
        if left.is_none() && self.clause == &clause::durable::survives_close {
            self.lays = true;
            left = candidates.iter().find(|steps| self.shows(steps));
        }
        let left = left.cloned().map(|left| self.drop_chunks(left));
        let [.., all] = candidates;
        match left {
            Some(left) if !left.iter().any(Again::is_look) => Some(left),
            Some(left) => self.openly(&left).or(Some(left)),
            None => self.openly(&looked_before_the_last(all)),
        }
    }

    /// As few of the steps as show the same, with the reads of a look among them: what a cache keeps of one read, another may be
    /// answered. None where these steps do not show it.
    fn openly(&mut self, steps: &[Again]) -> Option<Vec<Again>> {
        self.trials.begin_openly();
        if !self.shows(steps) {
            return None;
        }
        let (_, trace) = self.best.as_ref()?;
        let left = self.trials.steps(trace)?;
        Some(self.drop_chunks(left))
    }

    /// Whether these steps show the same; what they found is kept then.
    fn shows(&mut self, steps: &[Again]) -> bool {
        let wrong = self.trials.go_wrong(steps, self.lays.then_some(self.clause));
        let Some(same) = wrong.filter(|wrong| wrong.clauses.contains(&self.clause)) else { return false };
        self.best = Some((same.expected, same.trace));
        true
    }

    /// Keeps the first of many calls of one kind in a row, as many as it takes: of 258 entries the 256 that are one too many. They
    /// are halved, as if more showed what fewer do; one by one each would cost a try as long as all of them.
    fn cut_runs(&mut self, mut left: Vec<Again>) -> Vec<Again> {
        let mut from = 0;
        while from + 1 < left.len() {
            let before_last = &left[from..left.len() - 1];
            let alike = before_last.iter().take_while(|step| step.is_like(&before_last[0])).count();
            let (mut too_few, mut enough) = (from, from + alike);
            while alike >= RUN && too_few < enough {
                let middle = usize::midpoint(too_few, enough);
                let fewer = [&left[..middle], &left[from + alike..]].concat();
                if self.shows(&fewer) {
                    enough = middle;
                } else {
                    too_few = middle + 1;
                }
            }
            left.drain(enough..from + alike);
            from = enough.max(from + 1);
        }
        left
    }

    /// Drops runs of steps from the back, half as long each time, until none can be dropped.
    fn drop_chunks(&mut self, mut left: Vec<Again>) -> Vec<Again> {
        let mut cut = 0;
        loop {
            let before = left.len();
            let mut size = left.len().div_ceil(2);
            while size > 0 {
                if left.len() != cut {
                    left = self.cut_runs(left);
                    cut = left.len();
                }
                let mut to = left.len().saturating_sub(1);
                while to > 0 {
                    let from = to.saturating_sub(size);
                    let fewer = [&left[..from], &left[to..]].concat();
                    if self.shows(&fewer) {
                        left = fewer;
                    }
                    to = from;
                }
                size /= 2;
            }
            if left.len() == before {
                return left;
            }
        }
    }

    /// Puts an entry with nothing but its key in the place of each that is inserted, or one with as little else as shows the same.
    fn make_plainer(&mut self, mut left: Vec<Again>) {
        for at in 0..left.len() {
            for plainer in PLAINER {
                let Tried::Call(Op::Insert(entry)) = &left[at].step else { break };
                let plain = plainer(entry.clone());
                if plain == *entry {
                    continue;
                }
                let before = mem::replace(&mut left[at].step, Tried::Call(Op::Insert(plain)));
                if !self.shows(&left) {
                    left[at].step = before;
                }
            }
        }
    }
}

/// The steps with a look before the last: where the last is a read of one that went wrong, its other reads are no rows.
fn looked_before_the_last(mut steps: Vec<Again>) -> Vec<Again> {
    if let Some(last) = steps.last() {
        steps.insert(steps.len() - 1, Again { step: Tried::Look, ..last.clone() });
    }
    steps
}

/// What may be taken from an entry, everything first.
const PLAINER: [fn(Entry) -> Entry; 8] = [
    |entry| Entry::new(&*entry.namespace, &*entry.query_hash).embedding(plain(entry.embedding.len())),
    |entry| entry.query("").response(""),
    |entry| {
        let plain = plain(entry.embedding.len());
        entry.embedding(plain)
    },
    |entry| entry.metadata(Metadata::new()),
    |entry| entry.ttl(None),
    |entry| entry.created_at(0),
    |entry| entry.last_accessed_at(0),
    |entry| entry.access_count(0),
];
