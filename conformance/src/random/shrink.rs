//! Makes a failing program shorter.

use super::{Looks, Program, Shrinking, simpler};
use std::time::Instant;

/// How often a failing program is run again, to see how often it fails.
const RATE_RUNS: usize = 5;
/// How often the shortest is.
const LAST_RUNS: usize = 9;
/// How often a candidate is tried at the most.
const MOST_TRIES: usize = 20;
/// The chance to pass over a candidate that fails, for a store that fails only sometimes.
const MISSED: f64 = 0.01;

/// Runs a program, and answers what it found where it fails in the way that is looked for.
pub(crate) trait Test {
    type Found: Clone;

    fn run(&self, program: &Program, looks: Looks) -> Option<Self::Found>;

    /// About how many steps were taken on the store until it failed; no fewer than actions were made.
    fn steps(&self, found: &Self::Found) -> usize;
}

/// The shortest program that was found to fail in the same way, with how many of how many runs of it failed.
pub(crate) fn shrink<T: Test>(
    test: &T,
    budget: Shrinking,
    program: Program,
    looks: Looks,
    found: T::Found,
) -> (Program, T::Found, (usize, usize)) {
    let mut shrinker = Shrinker {
        test,
        budget,
        looks,
        tries: 1,
        programs: 0,
        steps: 0,
        start: Instant::now(),
        best: (program, found),
    };
    let runs = (0..RATE_RUNS).filter(|_| shrinker.fails(&shrinker.best.0.clone()).is_some()).count();
    shrinker.tries = tries(runs, RATE_RUNS);
    // What comes after the first wrong answer had no part in it; reading everything after each action finds it earlier.
    shrinker.look_after_each();
    loop {
        let before = shrinker.best.0.clone();
        shrinker.drop_chunks();
        shrinker.drop_pairs();
        if shrinker.best.0.len() == before.len() {
            shrinker.simplify();
            if shrinker.best.0 == before {
                break;
            }
        }
    }
    shrinker.tries = 1;
    let (program, mut found) = shrinker.best.clone();
    let mut failed = 1;
    for again in (0..LAST_RUNS).filter_map(|_| shrinker.fails(&program)) {
        found = again;
        failed += 1;
    }
    (program, found, (failed, LAST_RUNS + 1))
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

struct Shrinker<'a, T: Test> {
    test: &'a T,
    budget: Shrinking,
    looks: Looks,
    tries: usize,
    /// How many programs were tried.
    programs: usize,
    /// How many steps were taken on the store.
    steps: usize,
    start: Instant,
    best: (Program, T::Found),
}

impl<T: Test> Shrinker<'_, T> {
    /// Runs a candidate, as often as it takes, and answers what it found where it fails in the same way.
    fn fails(&mut self, candidate: &Program) -> Option<T::Found> {
        self.programs += 1;
        (0..self.tries).find_map(|_| {
            let found = self.test.run(candidate, self.looks);
            self.steps += found.as_ref().map_or(0, |found| self.test.steps(found)).max(candidate.len());
            found
        })
    }

    fn is_spent(&self) -> bool {
        self.programs > self.budget.programs
            || self.steps > self.budget.steps
            || self.start.elapsed() > self.budget.time
    }

    fn take(&mut self, candidate: Program) -> bool {
        if self.is_spent() || candidate == self.best.0 {
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

    /// Reads everything after each action, where the program fails so too; then drops what it did not come to.
    fn look_after_each(&mut self) {
        let before = std::mem::replace(&mut self.looks, Looks::AFTER_EACH);
        let whole = self.best.0.clone();
        match self.fails(&whole) {
            Some(found) => self.best.1 = found,
            None => self.looks = before,
        }
        let made = self.test.steps(&self.best.1);
        let cut = Program(whole.0.iter().take(made).cloned().collect());
        if cut.len() < whole.len() {
            self.take(cut);
        }
    }

    fn without(&self, from: usize, to: usize) -> Program {
        let actions = &self.best.0.0;
        Program(actions[..from].iter().chain(&actions[to.min(actions.len())..]).cloned().collect())
    }

    /// Drops runs of actions from the back, half as long each time.
    fn drop_chunks(&mut self) {
        let mut size = self.best.0.len().div_ceil(2).max(1);
        loop {
            let mut from = self.best.0.len().saturating_sub(size);
            loop {
                if from < self.best.0.len() {
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
        let mut last = self.best.0.len();
        while last > 1 {
            last -= 1;
            for first in (0..last).rev() {
                if last >= self.best.0.len() || self.is_spent() {
                    break;
                }
                let mut candidate = self.without(last, last + 1);
                candidate.0.remove(first);
                self.take(candidate);
            }
        }
    }

    /// Puts plainer values in the place of each action's, and plain names in the place of each text.
    fn simplify(&mut self) {
        for at in 0..self.best.0.len() {
            // What is plainer in one way may be so in another too.
            while let Some(action) = self.best.0.0.get(at).cloned() {
                let plainer = simpler::simpler(&action).into_iter().find(|plainer| {
                    let mut program = self.best.0.clone();
                    program.0[at] = plainer.clone();
                    self.take(program)
                });
                if plainer.is_none() {
                    break;
                }
            }
        }
        while simpler::renamed(&self.best.0).into_iter().any(|program| self.take(program)) {}
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
