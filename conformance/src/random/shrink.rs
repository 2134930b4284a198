//! Makes a failing program shorter.

use super::{Program, Shrunk, named, play::Looks, program::Action, try_program};
use crate::{
    operation::Op,
    probe::{Deadline, Finding},
    sample,
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use mneme::{Entry, Metadata};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long shrinking may take.
const TIME: Duration = Duration::from_secs(5);
/// How often a failing program is run again, to see how often it fails.
const RATE_RUNS: usize = 5;
/// How often a candidate is tried at the most.
const MOST_TRIES: usize = 20;
/// The chance to pass over a candidate that fails, for a store that fails only sometimes.
const MISSED: f64 = 0.01;

/// The shortest program that was found to break the same clause.
pub(super) fn shrink(
    subject: &Arc<Subject>,
    settings: &Settings,
    deadline: &Deadline,
    program: Program,
    looks: Looks,
    found: (Finding, Trace),
) -> Shrunk {
    let mut shrinking = Shrinking {
        subject,
        settings,
        deadline,
        looks,
        tries: 1,
        start: Instant::now(),
        best: (program, found),
    };
    let runs = (0..RATE_RUNS).filter(|_| shrinking.fails(&shrinking.best.0.clone()).is_some()).count();
    shrinking.tries = tries(runs, RATE_RUNS);
    loop {
        let before = shrinking.best.0.0.len();
        shrinking.drop_chunks();
        shrinking.drop_pairs();
        if shrinking.best.0.0.len() == before {
            break;
        }
    }
    shrinking.simplify_values();
    shrinking.drop_chunks();
    let (program, (finding, trace)) = shrinking.best;
    Shrunk { program, finding, trace, rate: (runs + 1, RATE_RUNS + 1) }
}

/// How often to try a candidate of a program that failed in so many of so many runs.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small counts"
)]
fn tries(failed: usize, runs: usize) -> usize {
    if failed == runs {
        return 1;
    }
    // One more on both sides: it has failed once already.
    let rate = (failed + 1) as f64 / (runs + 1) as f64;
    ((MISSED.ln() / (1.0 - rate).ln()).ceil() as usize).clamp(1, MOST_TRIES)
}

struct Shrinking<'a> {
    subject: &'a Arc<Subject>,
    settings: &'a Settings,
    deadline: &'a Deadline,
    looks: Looks,
    tries: usize,
    start: Instant,
    best: (Program, (Finding, Trace)),
}

impl Shrinking<'_> {
    /// Runs a candidate, as often as it takes, and answers what it found where it breaks the same clause.
    fn fails(&self, candidate: &Program) -> Option<(Finding, Trace)> {
        (0..self.tries).find_map(|_| {
            let found = try_program(self.subject, self.settings, self.deadline, candidate, self.looks);
            (named(&found.0).is_some() && named(&found.0) == named(&self.best.1.0)).then_some(found)
        })
    }

    fn take(&mut self, candidate: Program) -> bool {
        if self.start.elapsed() > TIME || candidate == self.best.0 {
            return false;
        }
        match self.fails(&candidate) {
            Some(found) => {
                self.best = (candidate, found);
                true
            }
            None => false,
        }
    }

    fn without(&self, from: usize, to: usize) -> Program {
        let actions = &self.best.0.0;
        Program(actions[..from].iter().chain(&actions[to.min(actions.len())..]).cloned().collect())
    }

    /// Drops runs of actions from the back, half as long each time.
    fn drop_chunks(&mut self) {
        let mut size = self.best.0.0.len().div_ceil(2).max(1);
        loop {
            let mut from = self.best.0.0.len().saturating_sub(size);
            loop {
                if from < self.best.0.0.len() {
                    self.take(self.without(from, from + size));
                }
                if from == 0 {
                    break;
                }
                from = from.saturating_sub(size);
            }
            if size == 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    /// Drops two actions at once that need each other.
    fn drop_pairs(&mut self) {
        let mut last = self.best.0.0.len();
        while last > 1 {
            last -= 1;
            for first in (0..last).rev() {
                if last >= self.best.0.0.len() {
                    break;
                }
                let mut candidate = self.without(last, last + 1);
                candidate.0.remove(first);
                self.take(candidate);
            }
        }
    }

    /// Puts plainer values in the place of each action's.
    fn simplify_values(&mut self) {
        for at in 0..self.best.0.0.len() {
            let Some(Action::Call(Op::Insert(entry))) = self.best.0.0.get(at).cloned() else { continue };
            let plain = sample::entry(&entry.namespace, &entry.query_hash);
            let simpler: [fn(&Entry, &Entry) -> Entry; 8] = [
                |_, plain| plain.clone(),
                |entry, plain| entry.clone().embedding(plain.embedding.clone()),
                |entry, _| entry.clone().metadata(Metadata::new()),
                |entry, _| entry.clone().query(""),
                |entry, _| entry.clone().response(""),
                |entry, _| entry.clone().access_count(0),
                |entry, _| entry.clone().last_accessed_at(0),
                |entry, _| entry.clone().created_at(0).ttl(None),
            ];
            for simpler in simpler {
                let mut program = self.best.0.clone();
                let Some(Action::Call(Op::Insert(entry))) = program.0.get_mut(at) else { break };
                *entry = simpler(entry, &plain);
                self.take(program);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tries;

    #[test]
    fn a_rare_failure_is_tried_more_often() {
        assert_eq!(tries(5, 5), 1);
        assert_eq!(tries(4, 5), 3);
        assert_eq!(tries(2, 5), 7);
        assert_eq!(tries(0, 5), 20);
    }
}
