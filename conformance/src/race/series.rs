//! Rounds that follow one another until enough was seen.
//!
//! The threads of a crew do everything by themselves: they prepare some rounds, play them, look at what each left and judge
//! it, and go on with the next ones. So both cores have work between the moments in which threads must meet.

use super::{
    bout::{Abandoned, Bout, until},
    ground::Ground,
    lane::Lane,
    pace::Pace,
    plan::Plan,
    recording::Recording,
    round::Round,
    saw::{Found, Saw},
    unrest::Unrest,
};
use crate::outcome::Outcome;
use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Draws the n-th round.
pub(crate) type Draw = Arc<dyn Fn(usize) -> Arc<Round> + Send + Sync>;
/// Says what is seen in a round.
pub(crate) type Judge = Arc<dyn Fn(&Recording) -> Saw + Send + Sync>;

/// Rounds, where they are run, and how far they have come.
pub(crate) struct Series {
    ground: Ground,
    draw: Draw,
    judge: Judge,
    until: Until,
    progress: Mutex<Progress>,
    /// The reserve is called, or the series ends.
    called: Condvar,
    /// How many batches have begun, to be looked at without the lock; none is to follow where it is [`OVER`].
    batches: AtomicUsize,
}

/// How long rounds go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Until the plan is fulfilled, or something is wrong.
    Fulfilled(Plan),
    /// Until there were so many, or something is wrong.
    Wrong { most: usize },
    /// Until there were so many, or so long.
    Counted { most: usize, time: Duration },
}

/// How far rounds have come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rounds: usize,
    /// The calls that ran beside another thread's, in rounds that are right.
    pub(crate) judged: usize,
    /// The rounds that could not be judged within the budget.
    pub(crate) unknown: usize,
    /// The rounds in which something is wrong.
    pub(crate) wrong: usize,
    /// The calls of the threads.
    pub(crate) calls: usize,
    pub(crate) overlapping: usize,
    /// Every call, those before and after the threads' too.
    pub(crate) recorded: usize,
}

/// What some rounds brought.
#[derive(Default)]
pub(crate) struct Brought {
    tally: Tally,
    pub(crate) found: Vec<Found>,
    /// What went wrong where a store could not be made.
    pub(crate) failed: Option<Outcome>,
}

struct Progress {
    brought: Brought,
    batch: Arc<Batch>,
    /// How many of the threads that are always needed are through with the batch.
    through: usize,
    /// How many rounds were begun.
    begun: usize,
    size: usize,
    /// The last batch for which the reserve was called.
    reserve: usize,
    pace: Pace,
}

/// Rounds between two looks at whether to go on.
struct Batch {
    began: Instant,
    /// The number of its first round.
    first: usize,
    bouts: Vec<Bout>,
}

/// The threads that every round has. Others are a reserve, which sleeps until a round has more.
pub(super) const NEEDED: usize = 2;
/// How many rounds there are between two looks at the clock, where making a store and calling it takes no time.
const MOST_AT_ONCE: usize = 64;
const SHORT: Duration = Duration::from_millis(5);
/// How often each round is run where the store is not of a site: making one takes so little that to draw a round takes about as long
/// as to run it.
const REPEATS: usize = 4;
/// Of so many batches one is interrupted over and over: it finds what needs that, and the others are faster.
const RESTLESS: usize = 2;
const OVER: usize = usize::MAX;

/// Whether a batch is interrupted. Kinds of rounds take turns, and on the store of a site a batch is one round: so that each kind comes
/// in both ways, it is not every second batch.
fn is_restless(batch: usize) -> bool {
    (batch + batch / 8 + batch / 16).is_multiple_of(RESTLESS)
}

impl Series {
    pub(crate) fn new(ground: Ground, draw: Draw, judge: Judge, until: Until) -> Self {
        let progress = Progress {
            brought: Brought::default(),
            batch: Arc::new(Batch::new(0, 0)),
            through: 0,
            begun: 0,
            size: 1,
            reserve: 0,
            pace: Pace::new(),
        };
        Self {
            ground,
            draw,
            judge,
            until,
            progress: Mutex::new(progress),
            called: Condvar::new(),
            batches: AtomicUsize::new(OVER),
        }
    }

    /// Lets the threads begin, or go on after something was found. Answers whether there is anything to do.
    pub(super) fn begin(&self) -> bool {
        let mut progress = self.progress();
        progress.reserve = 0;
        self.batches.store(0, Ordering::Release);
        self.go_on(&mut progress);
        self.batches.load(Ordering::Acquire) != OVER
    }

    /// How far it has come since it was made.
    pub(crate) fn tally(&self) -> Tally {
        self.progress().brought.tally
    }

    /// Takes what was found out.
    pub(crate) fn take_found(&self) -> (Vec<Found>, Option<Outcome>) {
        let mut progress = self.progress();
        (std::mem::take(&mut progress.brought.found), progress.brought.failed.take())
    }

    /// What a thread of the crew does until the series is over.
    pub(super) fn take_part(
        &self,
        thread: usize,
        lane: &Lane,
        clock: &AtomicU64,
        unrest: &Unrest,
    ) -> Result<(), Abandoned> {
        if thread >= NEEDED {
            return self.be_in_reserve(thread, lane, clock);
        }
        let mut seen = 0;
        let mut last: Option<(Arc<Batch>, Vec<Arc<Round>>)> = None;
        while let Some(batch) = self.next(&mut seen, lane)? {
            let (last_batch, last_rounds) = last.take().unzip();
            if let Some(last) = last_batch {
                last.bouts.iter().filter_map(|bout| bout.take_back(thread)).for_each(|made| lane.spare(made));
            }
            let rounds = self.prepare(thread, &batch, lane, clock);
            unrest.turn(is_restless(seen));
            batch.play(thread, lane, clock, || self.call_reserve(seen))?;
            unrest.turn(false);
            // Since the threads met nobody has the last batch any more, so the rounds go where they came from.
            drop(last_rounds);
            let brought = self.look(thread, &batch, lane, clock)?;
            self.add(brought);
            last = Some((batch, rounds));
        }
        Ok(())
    }

    fn be_in_reserve(&self, thread: usize, lane: &Lane, clock: &AtomicU64) -> Result<(), Abandoned> {
        let mut seen = 0;
        loop {
            let is_waiting = |progress: &mut Progress| {
                progress.reserve == seen && self.batches.load(Ordering::Acquire) != OVER
            };
            let progress = self.called.wait_while(self.progress(), is_waiting);
            let progress = progress.unwrap_or_else(PoisonError::into_inner);
            if progress.reserve == seen {
                return Ok(());
            }
            seen = progress.reserve;
            let batch = Arc::clone(&progress.batch);
            drop(progress);
            batch.play(thread, lane, clock, || {})?;
        }
    }

    fn call_reserve(&self, batch: usize) {
        self.progress().reserve = batch;
        self.called.notify_all();
    }

    fn next(&self, seen: &mut usize, lane: &Lane) -> Result<Option<Arc<Batch>>, Abandoned> {
        let changed = || Some(self.batches.load(Ordering::Acquire)).filter(|number| number != seen);
        *seen = until(lane, changed)?;
        Ok((*seen != OVER).then(|| Arc::clone(&self.progress().batch)))
    }

    /// Answers the rounds that were drawn.
    fn prepare(&self, thread: usize, batch: &Batch, lane: &Lane, clock: &AtomicU64) -> Vec<Arc<Round>> {
        let mut drawn: Vec<(usize, Arc<Round>)> = Vec::new();
        let repeats = if self.ground.is_of_the_site() { 1 } else { REPEATS };
        for (at, bout) in batch.of(thread) {
            let number = (batch.first + at) / repeats;
            if drawn.last().is_none_or(|(last, _)| *last != number) {
                drawn.push((number, (self.draw)(number)));
            }
            if let Some((_, round)) = drawn.last() {
                bout.prepare(Arc::clone(round), &self.ground, lane, clock);
            }
        }
        drawn.into_iter().map(|(_, round)| round).collect()
    }

    fn look(
        &self,
        thread: usize,
        batch: &Batch,
        lane: &Lane,
        clock: &AtomicU64,
    ) -> Result<Brought, Abandoned> {
        let mut brought = Brought::default();
        for (_, bout) in batch.of(thread) {
            match bout.look(lane, clock)? {
                Ok(recording) => {
                    let saw = (self.judge)(&recording);
                    brought.take(bout, lane, recording, saw);
                }
                Err(outcome) => brought.failed = Some(outcome),
            }
        }
        Ok(brought)
    }

    /// Adds what a thread brought; the last one sees to it that there is more to do, if there is.
    fn add(&self, brought: Brought) {
        let mut progress = self.progress();
        progress.brought.add(brought);
        progress.through += 1;
        if progress.through == NEEDED {
            let (took, rounds) = (progress.batch.began.elapsed(), progress.batch.bouts.len());
            progress.pace.note(took, rounds);
            if progress.pace.is_below(SHORT, progress.size) && !self.ground.is_of_the_site() {
                progress.size = (2 * progress.size).min(MOST_AT_ONCE);
            }
            self.go_on(&mut progress);
        }
    }

    fn go_on(&self, progress: &mut Progress) {
        let left = self.left(progress);
        if left == 0 {
            self.batches.store(OVER, Ordering::Release);
            self.called.notify_all();
            return;
        }
        let size = progress.size.min(left);
        progress.batch = Arc::new(Batch::new(progress.begun, size));
        progress.begun += size;
        progress.through = 0;
        self.batches.fetch_add(1, Ordering::AcqRel);
    }

    /// How many rounds may follow.
    fn left(&self, progress: &Progress) -> usize {
        let Brought { tally, found, failed } = &progress.brought;
        let is_wrong = !found.is_empty();
        match self.until {
            _ if failed.is_some() => 0,
            Until::Fulfilled(plan) => {
                let is_over = is_wrong
                    || tally.judged >= plan.overlapping
                    || tally.calls >= plan.calls
                    || progress.pace.is_over(plan.time);
                if is_over { 0 } else { usize::MAX }
            }
            Until::Wrong { .. } if is_wrong => 0,
            Until::Counted { time, .. } if progress.pace.is_over(time) => 0,
            Until::Wrong { most } | Until::Counted { most, .. } => most - progress.begun,
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    fn new(first: usize, size: usize) -> Self {
        Self { began: Instant::now(), first, bouts: (0..size).map(|_| Bout::default()).collect() }
    }

    /// The bouts that a thread prepares and looks at. Memory goes back most quickly where it came from, so both are one thread's.
    fn of(&self, thread: usize) -> impl Iterator<Item = (usize, &Bout)> {
        let bouts = self.bouts.iter().enumerate();
        bouts.filter(move |(at, _)| at / REPEATS % NEEDED == thread)
    }

    /// Does a thread's part in each bout: first in those that two threads have, which meet soonest while no other is awake.
    fn play(
        &self,
        thread: usize,
        lane: &Lane,
        clock: &AtomicU64,
        call_reserve: impl Fn(),
    ) -> Result<(), Abandoned> {
        for of_many in [false, true] {
            let mut is_called = false;
            for bout in &self.bouts {
                let threads = bout.threads(lane)?;
                if (threads > NEEDED) != of_many || thread >= threads {
                    continue;
                }
                if of_many && thread == 0 && !is_called {
                    call_reserve();
                    is_called = true;
                }
                bout.play(thread, lane, clock)?;
            }
        }
        Ok(())
    }
}

impl Brought {
    fn take(&mut self, bout: &Bout, lane: &Lane, recording: Recording, saw: Saw) {
        let (calls, overlapping) = recording.overlap();
        let tally = &mut self.tally;
        tally.rounds += 1;
        tally.calls += calls;
        tally.overlapping += overlapping;
        tally.recorded += calls + recording.before.len() + recording.after.len();
        match saw {
            Saw::Right => tally.judged += overlapping,
            Saw::Unknown => tally.unknown += 1,
            saw => {
                tally.wrong += 1;
                self.found.push(Found { recording, saw });
                return;
            }
        }
        lane.spare(recording.before);
        lane.spare(recording.after);
        bout.give_back(recording.threads);
    }

    fn add(&mut self, other: Self) {
        let (all, tally) = (&mut self.tally, other.tally);
        all.rounds += tally.rounds;
        all.judged += tally.judged;
        all.unknown += tally.unknown;
        all.wrong += tally.wrong;
        all.calls += tally.calls;
        all.overlapping += tally.overlapping;
        all.recorded += tally.recorded;
        self.found.extend(other.found);
        self.failed = self.failed.take().or(other.failed);
    }
}

#[cfg(test)]
mod tests;
