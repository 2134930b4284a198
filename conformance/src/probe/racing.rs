//! Rounds of calls that several threads make at once.

mod crowd;
mod fewer;

use super::{ABANDONED, Check, Finding, Held, Probe, Stop, Verdict};
use crate::{
    child::Process,
    contract::Clause,
    model::Manner,
    operation::{Op, Step},
    outcome::Outcome,
    race::{
        Act, Crew, Draw, Floor, Found, Ground, Judge, Made, Picture, Plan, Recording, Round, Saw, Series,
        Tally, Until, learn,
    },
    sample,
    settings::{Profile, RACE_BUDGET},
    trace::Row,
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// A round in which a race showed, and what was seen of it.
struct Raced {
    recording: Recording,
    clauses: Vec<&'static Clause>,
    expected: String,
    picture: Picture,
}

/// How many threads a round has at most.
const THREADS: usize = 3;
/// Where handles may share the data, after so many rounds in which each thread has its own there are as many in which all have one:
/// each kind of round comes both ways.
const IN_TURN: usize = 8;
/// How many rounds are first run one call after the other: what is wrong there is no race.
const ALONE: usize = 3;
/// How often a round that was wrong is run again, to say how often it is.
const AGAIN: usize = 100;
const AGAIN_FOR: Duration = Duration::from_millis(50);
impl Probe {
    /// Runs rounds until the plan is fulfilled, and judges each.
    ///
    /// A round that is wrong is run again one call after the other; where that is wrong too, it is no race, and what is
    /// found is what is wrong there.
    pub(crate) fn race(
        &mut self,
        plan: Plan,
        draw: impl Fn(usize) -> Round + Send + Sync + 'static,
        judge: impl Fn(&Recording) -> Saw + Send + Sync + 'static,
    ) -> Verdict {
        for number in 0..ALONE {
            self.alone(&draw(number))?;
        }
        let crew = match Crew::start(THREADS, &self.name) {
            Ok(crew) => crew,
            Err(error) => return self.not_checked(format!("no thread could be started: {error}")),
        };
        self.record.watch(crew.lanes());
        self.record.hold(Some(Floor::take()));
        self.is_waited_for()?;
        let is_shared = self.subject.claims().shared;
        let plan = if is_shared { plan.in_every_other_round() } else { plan };
        let draw: Draw = Arc::new(move |number| {
            let mut round = draw(number);
            // Whoever closes has a handle of its own, where there can be one.
            round.has_one_handle = is_shared && number / IN_TURN % 2 == 1 && !round.closes();
            Arc::new(round)
        });
        let found = self.rounds(&crew, plan, draw, &(Arc::new(judge) as Judge));
        self.record.hold(None);
        let (tally, excused) = found?;
        self.conclude(plan, tally, excused)
    }

    /// Answers how far the rounds have come, and how many a known deviation is in the way of.
    fn rounds(&mut self, crew: &Crew, plan: Plan, draw: Draw, judge: &Judge) -> Check<(Tally, usize)> {
        let mut excused = 0;
        let series = self.series(draw, judge, Until::Fulfilled(plan))?;
        loop {
            let found = self.run(crew, &series)?;
            if found.is_empty() {
                return Ok((series.tally(), excused));
            }
            for Found { recording, saw } in found {
                if !self.replay(&recording)? {
                    excused += 1;
                    continue;
                }
                let Saw::Wrong { clauses, expected, picture } = saw else { return self.flickers(&recording) };
                let first = Raced { recording, clauses, expected, picture };
                let rate = self.rate(crew, &first.recording.round, judge)?;
                let fewer = self.fewer_calls(crew, first, rate, judge)?;
                let rate = self.rate(crew, &fewer.recording.round, judge)?;
                return self.raced(fewer, series.tally(), rate);
            }
        }
    }

    fn series(&mut self, draw: Draw, judge: &Judge, until: Until) -> Check<Arc<Series>> {
        let ground = Ground { subject: Arc::clone(&self.subject), process: self.other_process()? };
        Ok(Arc::new(Series::new(ground, draw, Arc::clone(judge), until)))
    }

    /// Runs rounds until their series is over or something is wrong, and answers what that is.
    fn run(&mut self, crew: &Crew, series: &Arc<Series>) -> Check<Vec<Found>> {
        crew.run(series);
        self.children_make_sense()?;
        let (found, failed) = series.take_found();
        match failed {
            Some(outcome) => self.cannot_start(&outcome),
            None => Ok(found),
        }
    }

    /// Stops where nobody waits for the scenario any more.
    fn is_waited_for(&mut self) -> Check {
        if self.record.is_abandoned() { self.not_checked(ABANDONED) } else { Ok(()) }
    }

    /// Whether the author knows that the store breaks a clause.
    pub(crate) fn is_known(&self, clause: &'static Clause) -> bool {
        self.subject.deviation(clause).is_some()
    }

    fn conclude(&mut self, plan: Plan, tally: Tally, excused: usize) -> Verdict {
        let Tally { rounds, judged, unknown, calls, overlapping, .. } = tally;
        if rounds == 0 {
            return self
                .not_checked(format!("there was no time for one round; {RACE_BUDGET} allows more seconds"));
        }
        if excused == rounds {
            return self.not_checked("a known deviation is in the way of every round");
        }
        let mut reasons = Vec::new();
        if overlapping == 0 {
            // A machine with one processor, or one that is busy, is no fault of the store.
            reasons.push(format!(
                "no two of {calls} calls of several threads ran at the same time, as on one processor or a busy machine"
            ));
        } else if judged < plan.overlapping {
            reasons.push(format!(
                "{judged} calls, of {} that are wanted, ran beside another thread's and were judged: a race that shows in \
                 one of {} is missed with a chance of {:.1} %; {RACE_BUDGET} allows more seconds",
                plan.overlapping,
                plan.shows_in,
                100.0 * plan.miss_after(judged),
            ));
        }
        if unknown > 0 {
            reasons.push(format!("{unknown} of {rounds} rounds could not be judged"));
        }
        self.record.measure(format!("{judged} calls that ran beside another thread's, in {rounds} rounds"));
        if !reasons.is_empty() {
            self.find(Finding::Partly(reasons.join("; ")));
        }
        Ok(Held(()))
    }

    /// The process that some threads' handles are in, where several processes may share the data and there is time to start one.
    fn other_process(&mut self) -> Check<Option<Arc<Process>>> {
        let is_wanted = self.subject.claims().shared
            && self.settings.profile() != Profile::Quick
            && self.subject.children().is_some();
        if !is_wanted {
            return Ok(None);
        }
        // A restart ends it.
        let child = if self.children.is_empty() { self.start_child()? } else { 0 };
        Ok(Some(self.process(child)))
    }

    /// A store could not be made or opened. Where that is so again, it is what is found.
    fn cannot_start<T>(&mut self, outcome: &Outcome) -> Check<T> {
        self.restart()?;
        self.start()?;
        self.not_checked(format!(
            "a store could be made and opened at one time, and at another not: {outcome}"
        ))
    }

    /// Runs a round one call after the other, the threads in turn; what a known deviation breaks is passed over.
    fn alone(&mut self, round: &Round) -> Check {
        let longest = round.threads.iter().map(Vec::len).max().unwrap_or(0);
        let in_turn =
            (0..longest).flat_map(|at| round.threads.iter().filter_map(move |thread| thread.get(at)));
        let actions: Vec<Act> = round.before.iter().chain(in_turn).chain(&round.after).cloned().collect();
        let mut given = Vec::new();
        let played = self.restart().and_then(|()| self.start()).and_then(|_| {
            actions.iter().try_for_each(|action| {
                let op = match action {
                    Act::Call(op) => op.map_ids(|id| id.resolve(&given)),
                    Act::Begin(walk) => Op::Walk(walk.map_ids(|id| id.resolve(&given))),
                    _ => return Ok(()),
                };
                let outcome = self.call(op)?;
                learn(&outcome, &mut given);
                Ok(())
            })
        });
        self.unless_forgiven(played).map(drop)
    }

    /// Makes the calls of a round again, one after the other in the order of their returns. Answers whether all is
    /// right; it is not where a known deviation is in the way.
    fn replay(&mut self, recording: &Recording) -> Check<bool> {
        let mut at_once: Vec<&Made> = recording.threads.iter().flatten().collect();
        at_once.sort_by_key(|made| made.returned.as_ref().map_or(u64::MAX, |(at, _)| *at));
        // The same entry may have another id now.
        let mut ids: HashMap<u64, u64> = HashMap::new();
        let calls = recording.before.iter().chain(at_once).chain(&recording.after);
        let played = self.restart().and_then(|()| self.start()).and_then(|_| {
            for made in calls {
                let op = match &made.step {
                    Step::Call(op) => op.clone(),
                    Step::Begin(_, walk) => Op::Walk(*walk),
                    _ => continue,
                };
                let op = op.map_ids(|id| ids.get(id).copied().unwrap_or(*id));
                let outcome = self.call(op)?;
                if let (Outcome::Id(now), Some(Outcome::Id(then))) = (&outcome, made.outcome()) {
                    ids.insert(*then, *now);
                }
            }
            Ok(())
        });
        self.unless_forgiven(played)
    }

    /// Whether all was right; what a known deviation breaks is forgotten.
    fn unless_forgiven(&mut self, played: Check) -> Check<bool> {
        match played {
            Ok(()) => {
                self.restart()?;
                Ok(true)
            }
            Err(_) if self.forgives() => {
                self.restart()?;
                Ok(false)
            }
            Err(stop) => Err(stop),
        }
    }

    /// How many of some further runs of a round are wrong.
    fn rate(&mut self, crew: &Crew, round: &Arc<Round>, judge: &Judge) -> Check<(usize, usize)> {
        let series = self.series(always(round), judge, Until::Counted { most: AGAIN, time: AGAIN_FOR })?;
        self.run(crew, &series)?;
        let Tally { wrong, rounds, .. } = series.tally();
        Ok((wrong, rounds))
    }

    /// What is found where threads that call at once see what no order explains.
    fn raced<T>(&mut self, raced: Raced, tally: Tally, (wrong, runs): (usize, usize)) -> Check<T> {
        let Tally { rounds, calls, overlapping, .. } = tally;
        let Raced { recording, clauses, expected, picture } = raced;
        let handles = match (self.subject.claims().shared, recording.round.has_one_handle) {
            (false, _) => "",
            (true, true) => ", all threads on one handle",
            (true, false) => ", each thread on a handle of its own",
        };
        let seen = format!(
            "in round {rounds}{handles}, when {overlapping} of {calls} calls had run beside another thread's; the same \
             calls broke it in {wrong} of {runs} further runs",
        );
        self.show_before(&recording);
        self.record.picture(picture.seen(seen));
        self.found_wrong(clauses, expected)
    }

    /// Notes what is broken at the end of what is shown, and stops.
    fn found_wrong<T>(&mut self, clauses: Vec<&'static Clause>, expected: String) -> Check<T> {
        self.find(Finding::Violated { clauses, expected, manner: Manner::RACE, further: false });
        self.record.seal();
        Err(Stop(()))
    }

    /// What is found where a call that no other ran beside was wrong once, and is right now.
    fn flickers<T>(&mut self, recording: &Recording) -> Check<T> {
        self.show_before(recording);
        self.not_checked(
            "a call that no other ran beside was answered wrongly once, and the same calls are right now",
        )
    }

    fn show_before(&mut self, recording: &Recording) {
        let row = |step: Step, outcome: Option<Outcome>| Row {
            handle: 0,
            site: 0,
            fresh_thread: false,
            step,
            outcome,
        };
        let mut rows = vec![row(Step::Make, Some(Outcome::Done))];
        if !recording.round.opens_itself() {
            rows.push(row(Step::Call(Op::Open(sample::identity())), Some(Outcome::Done)));
        }
        rows.extend(recording.before.iter().map(|made| row(made.step.clone(), made.outcome().cloned())));
        *self.record.rows() = rows;
    }
}

/// The same round each time.
fn always(round: &Arc<Round>) -> Draw {
    let round = Arc::clone(round);
    Arc::new(move |_| Arc::clone(&round))
}

#[cfg(test)]
mod tests;
