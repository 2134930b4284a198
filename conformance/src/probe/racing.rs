//! Rounds of calls that several threads make at once.

mod fewer;

use super::{Check, Finding, Held, Probe, Stop, Verdict, guard};
use crate::{
    child::{Process, Remote},
    contract::Clause,
    operation::{Op, Step},
    outcome::{Outcome, display::causes},
    race::{Act, Crew, Floor, Made, Picture, Plan, Prepared, Recording, Round, learn},
    sample,
    settings::{Profile, RACE_BUDGET},
    subject::Site,
    trace::Row,
};
use mneme::Store;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What is seen in a round.
pub(crate) enum Saw {
    Right,
    /// Nobody could tell within the budget.
    Unknown,
    /// Something is wrong that other threads may have nothing to do with.
    WrongAlone,
    /// The clauses that are broken, if the same calls are right one after the other.
    Wrong {
        clauses: Vec<&'static Clause>,
        expected: String,
        picture: Picture,
    },
}

/// The store of a round; it goes when all of this does.
struct Place {
    stores: Vec<Arc<dyn Store>>,
    before: Vec<Made>,
    known: Vec<u64>,
    _site: Site,
}

/// A round in which a race showed, and what was seen of it.
struct Raced {
    recording: Recording,
    clauses: Vec<&'static Clause>,
    expected: String,
    picture: Picture,
}

/// How far rounds have come.
#[derive(Debug, Default)]
struct Tally {
    rounds: usize,
    /// The calls that ran beside another thread's, in rounds that are right.
    judged: usize,
    /// The rounds that could not be judged within the budget.
    unknown: usize,
    /// The rounds that a known deviation is in the way of.
    excused: usize,
    calls: usize,
    overlapping: usize,
}

/// How many threads a round has at most.
const THREADS: usize = 3;
/// How many rounds are first run one call after the other: what is wrong there is no race.
const ALONE: usize = 3;
/// How many rounds are run between two looks at the clock, where making a store and calling it takes no time.
const BATCH: usize = 64;
const SHORT: Duration = Duration::from_millis(5);
/// How often a round that was wrong is run again, to say how often it is.
const AGAIN: usize = 100;
const AGAIN_FOR: Duration = Duration::from_millis(50);
/// From how many rounds on they are judged by two threads.
const JUDGED_BY_ONE: usize = 16;

impl Probe {
    /// Runs rounds until the plan is fulfilled, and judges each.
    ///
    /// A round that is wrong is run again one call after the other; where that is wrong too, it is no race, and what is
    /// found is what is wrong there.
    pub(crate) fn race(
        &mut self,
        plan: Plan,
        draw: impl Fn(usize) -> Round,
        judge: impl Fn(&Recording) -> Saw + Sync,
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
        let found = self.rounds(&crew, plan, &draw, &judge);
        self.record.hold(None);
        self.conclude(plan, &found?)
    }

    fn rounds(
        &mut self,
        crew: &Crew,
        plan: Plan,
        draw: &impl Fn(usize) -> Round,
        judge: &(impl Fn(&Recording) -> Saw + Sync),
    ) -> Check<Tally> {
        let start = Instant::now();
        let mut tally = Tally::default();
        let mut number = 0;
        let mut batch = 1;
        while tally.judged < plan.overlapping && tally.calls < plan.calls && start.elapsed() < plan.time {
            let rounds: Vec<_> = (0..batch).map(|at| Arc::new(draw((number + at) / plan.repeats))).collect();
            number += batch;
            let began = Instant::now();
            let recordings = self.run(crew, rounds)?;
            if began.elapsed() < SHORT && !self.subject.claims().are_of_the_site() {
                batch = (2 * batch).min(BATCH);
            }
            let judged = judged(&recordings, judge);
            for (recording, ((calls, overlapping), saw)) in recordings.into_iter().zip(judged) {
                tally.rounds += 1;
                tally.calls += calls;
                tally.overlapping += overlapping;
                match saw {
                    Saw::Right => tally.judged += overlapping,
                    Saw::Unknown => tally.unknown += 1,
                    Saw::WrongAlone => {
                        if self.replay(&recording)? {
                            return self.flickers(&recording);
                        }
                        tally.excused += 1;
                    }
                    Saw::Wrong { clauses, expected, picture } => {
                        if self.replay(&recording)? {
                            let first = Raced { recording, clauses, expected, picture };
                            let rate = self.rate(crew, &first.recording.round, judge)?;
                            let fewer = self.fewer_calls(crew, first, rate, judge)?;
                            let rate = self.rate(crew, &fewer.recording.round, judge)?;
                            return self.raced(fewer, &tally, rate);
                        }
                        tally.excused += 1;
                    }
                }
            }
        }
        Ok(tally)
    }

    /// Whether the author knows that the store breaks a clause.
    pub(crate) fn is_known(&self, clause: &'static Clause) -> bool {
        self.subject.deviation(clause).is_some()
    }

    fn conclude(&mut self, plan: Plan, tally: &Tally) -> Verdict {
        let Tally { rounds, judged, unknown, excused, calls, overlapping } = *tally;
        if excused == rounds {
            return self.not_checked("a known deviation is in the way of every round");
        }
        if judged == 0 && unknown > 0 {
            return self.not_checked(format!("none of {unknown} rounds could be judged within the budget"));
        }
        if overlapping == 0 {
            // A machine with one processor, or one that is busy, is no fault of the store.
            let none = format!("no two of {calls} calls of several threads ran at the same time");
            self.find(Finding::Partly(none));
        }
        if judged < plan.overlapping {
            self.find(Finding::Partly(format!(
                "{judged} calls, of {} that are wanted, ran beside another thread's and were judged: a race that shows in \
                 one of {} is missed with a chance of {:.1} %; {RACE_BUDGET} allows more seconds",
                plan.overlapping,
                plan.shows_in,
                100.0 * plan.miss_after(judged),
            )));
        }
        Ok(Held(()))
    }

    /// Runs rounds, each on a fresh store.
    fn run(&mut self, crew: &Crew, rounds: Vec<Arc<Round>>) -> Check<Vec<Recording>> {
        let mark = self.record.rows().len();
        let mut places = Vec::with_capacity(rounds.len());
        let mut batch = Vec::with_capacity(rounds.len());
        for round in &rounds {
            let place = self.place(crew, round)?;
            let (stores, known) = (place.stores.clone(), place.known.clone());
            batch.push(Prepared { round: Arc::clone(round), stores, known });
            places.push(place);
        }
        let done = crew.run(batch);
        let mut recordings = Vec::with_capacity(rounds.len());
        for ((round, place), threads) in rounds.into_iter().zip(places).zip(done) {
            let mut known = place.known;
            for outcome in threads.iter().flatten().filter_map(Made::outcome) {
                learn(outcome, &mut known);
            }
            let after = self.one_by_one(crew, &*place.stores[0], &round.after, &mut known);
            self.quietly(Step::Drop, move || {
                drop(place.stores);
                Outcome::Done
            });
            let threads = threads.into_iter().take(round.threads.len()).collect();
            recordings.push(Recording { round, before: place.before, threads, after });
        }
        self.record.rows().truncate(mark);
        self.children_make_sense()?;
        Ok(recordings)
    }

    /// A fresh store on which the calls before the threads' were made.
    fn place(&mut self, crew: &Crew, round: &Round) -> Check<Place> {
        let site = Site::fresh();
        let handles = if self.subject.claims().shared { round.threads.len() } else { 1 };
        let mut stores: Vec<Arc<dyn Store>> = Vec::with_capacity(round.threads.len());
        let process = self.other_process()?;
        for number in 0..handles {
            let mut made = None;
            let subject = Arc::clone(&self.subject);
            // Every other thread calls from another process.
            let process = process.as_ref().filter(|_| number % 2 == 1);
            let factory = || match process {
                Some(process) => {
                    static NEXT: AtomicUsize = AtomicUsize::new(0);
                    let handle = NEXT.fetch_add(1, Ordering::Relaxed);
                    Remote::make(process, handle, &site).map(|remote| Arc::new(remote) as Arc<dyn Store>)
                }
                None => subject.make(&site),
            };
            let outcome = self.quietly(Step::Make, || match factory() {
                Ok(store) => {
                    made = Some(store);
                    Outcome::Done
                }
                Err(error) => Outcome::NotMade(causes(&*error)),
            });
            let Some(store) = made else { return self.cannot_start(&outcome) };
            if !round.opens_itself() {
                let open = Op::Open(sample::identity());
                let outcome = self.quietly(Step::Call(open.clone()), || open.call(&*store, 0));
                if !matches!(outcome, Outcome::Done) {
                    return self.cannot_start(&outcome);
                }
            }
            stores.push(store);
        }
        while stores.len() < round.threads.len() {
            stores.push(Arc::clone(&stores[0]));
        }
        let mut known = Vec::new();
        let before = self.one_by_one(crew, &*stores[0], &round.before, &mut known);
        Ok(Place { stores, before, known, _site: site })
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

    /// Makes calls one after the other, each once.
    fn one_by_one(
        &mut self,
        crew: &Crew,
        store: &dyn Store,
        actions: &[Act],
        known: &mut Vec<u64>,
    ) -> Vec<Made> {
        let mut all: Vec<Made> = Vec::with_capacity(actions.len());
        for action in actions {
            let Act::Call(op) = action else { continue };
            let op = op.map_ids(|id| id.resolve(known));
            if !op.is_write() && all.iter().any(|made| made.op() == Some(&op)) {
                continue;
            }
            let stamp = || crew.clock().fetch_add(1, Ordering::AcqRel);
            let called = stamp();
            let step = Step::Call(op.clone());
            let outcome = self.quietly(step.clone(), || op.call(store, MOST_ITEMS));
            learn(&outcome, known);
            all.push(Made { step, called, returned: Some((stamp(), outcome)) });
        }
        all
    }

    /// Makes a call that is watched, and is judged later or not at all.
    fn quietly(&self, step: Step, run: impl FnOnce() -> Outcome) -> Outcome {
        self.record.begin(Row { handle: 0, site: usize::MAX, fresh_thread: false, step, outcome: None });
        let outcome = guard::calling(run);
        self.record.end(outcome.clone());
        outcome
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
    fn rate(
        &mut self,
        crew: &Crew,
        round: &Arc<Round>,
        judge: &impl Fn(&Recording) -> Saw,
    ) -> Check<(usize, usize)> {
        let start = Instant::now();
        let (mut wrong, mut runs) = (0, 0);
        while runs < AGAIN && start.elapsed() < AGAIN_FOR {
            for recording in self.run(crew, vec![Arc::clone(round)])? {
                runs += 1;
                wrong += usize::from(matches!(judge(&recording), Saw::Wrong { .. }));
            }
        }
        Ok((wrong, runs))
    }

    /// What is found where threads that call at once see what no order explains.
    fn raced<T>(&mut self, raced: Raced, tally: &Tally, (wrong, runs): (usize, usize)) -> Check<T> {
        let Tally { rounds, calls, overlapping, .. } = *tally;
        let Raced { recording, clauses, expected, picture } = raced;
        let seen = format!(
            "in round {rounds}, when {overlapping} of {calls} calls had run beside another thread's; the same calls \
             broke it in {wrong} of {runs} further runs",
        );
        self.show_before(&recording);
        self.record.picture(picture.seen(seen));
        self.find(Finding::Violated { clauses, expected });
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

/// Judges rounds, each with how many calls it had and how many of them overlapped. The threads that ran them have nothing to do
/// meanwhile, so one more thread takes half.
fn judged(
    recordings: &[Recording],
    judge: &(impl Fn(&Recording) -> Saw + Sync),
) -> Vec<((usize, usize), Saw)> {
    let all = |recordings: &[Recording]| -> Vec<_> {
        recordings.iter().map(|recording| (recording.overlap(), judge(recording))).collect()
    };
    if recordings.len() < JUDGED_BY_ONE {
        return all(recordings);
    }
    let (front, back) = recordings.split_at(recordings.len() / 2);
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, || all(back));
        let mut judged = all(front);
        judged.extend(match other {
            Ok(other) => other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => all(back),
        });
        judged
    })
}

/// More items than any walk of a round yields.
const MOST_ITEMS: usize = 1_000;

#[cfg(test)]
mod tests;
