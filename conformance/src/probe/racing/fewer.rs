//! A round in which a race showed, made as short as it still shows.

use super::{Raced, always};
use crate::{
    contract::Clause,
    probe::{Check, Probe},
    race::{Crew, Found, Judge, Round, Saw, Until},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// For how long a round that was wrong is made shorter.
const FEWER_FOR: Duration = Duration::from_millis(300);
/// With which chance a shorter round that is wrong too is overlooked.
const OVERLOOKED: f64 = 0.05;
/// How often a shorter round is run at most.
const MOST_TRIES: usize = 64;

impl Probe {
    /// Leaves calls out as long as what is left goes wrong in the same way, many at a time first: the shortest round that was seen
    /// to.
    ///
    /// A race shows only sometimes, so a shorter round is run as often as the rate asks for, before it is taken for right.
    pub(super) fn fewer_calls(
        &mut self,
        crew: &Crew,
        first: Raced,
        (wrong, runs): (usize, usize),
        judge: &Judge,
    ) -> Check<Raced> {
        let start = Instant::now();
        let mut least = first;
        if wrong == 0 {
            return Ok(least);
        }
        let tries = tries(wrong, runs);
        let (mut part, mut from) = (least.recording.round.half(), 0);
        while start.elapsed() < FEWER_FOR {
            let shorter = least.recording.round.shorter(part);
            let mut found = None;
            for (at, round) in shorter.iter().enumerate().skip(from) {
                if start.elapsed() >= FEWER_FOR {
                    break;
                }
                if let Some(raced) = self.wrong_again(crew, round, tries, &least.clauses, judge)? {
                    found = Some((at, raced));
                    break;
                }
            }
            match found {
                Some((at, raced)) => (from, least) = (at, raced),
                None if part > 1 => (part, from) = (part / 2, 0),
                // What could not be left out before is tried again when all that follows was.
                None if from > 0 => from = 0,
                None => break,
            }
        }
        Ok(least)
    }

    /// Runs a round until it is wrong in the same way, or as often as it takes to know that it is not.
    fn wrong_again(
        &mut self,
        crew: &Crew,
        round: &Arc<Round>,
        tries: usize,
        clauses: &[&'static Clause],
        judge: &Judge,
    ) -> Check<Option<Raced>> {
        let series = self.series(always(round), judge, Until::Wrong { most: tries })?;
        for Found { recording, saw } in self.run(crew, &series)? {
            if let Saw::Wrong { clauses: now, expected, picture } = saw
                && now.first() == clauses.first()
            {
                return Ok(Some(Raced { recording, clauses: now, expected, picture }));
            }
        }
        Ok(None)
    }
}

/// How often a round has to be right before it is taken for right, where it is wrong in so many of so many runs.
fn tries(wrong: usize, runs: usize) -> usize {
    let share = |of: usize| f64::from(u32::try_from(of).unwrap_or(u32::MAX));
    let hidden = 1.0 - share(wrong) / share(runs);
    let mut missed = 1.0;
    let needed = (0..MOST_TRIES).take_while(|_| {
        let goes_on = missed > OVERLOOKED;
        missed *= hidden;
        goes_on
    });
    needed.count()
}
