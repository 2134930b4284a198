use super::{
    gate::{Gate, Patience},
    ground::{Ground, Place, one_by_one},
    lane::{Lane, Made, learn},
    recording::Recording,
    round::Round,
};
use crate::outcome::Outcome;
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// One run of a round: somebody prepares it, its threads play it at once, and somebody looks at what they left.
#[derive(Default)]
pub(super) struct Bout {
    ready: OnceLock<Ready>,
    gate: Gate,
    played: Mutex<Played>,
    /// How many threads are through.
    through: AtomicUsize,
}

/// What the threads of a bout find.
struct Ready {
    round: Arc<Round>,
    /// What went wrong, where no store could be made.
    failed: Option<Outcome>,
}

/// By thread, what it did.
pub(super) type Parts = Vec<Vec<Made>>;

#[derive(Default)]
struct Played {
    place: Option<Place>,
    threads: Parts,
}

/// Nobody waits for the threads any more.
pub(super) struct Abandoned;

impl Bout {
    /// Makes the store, and the calls that come before the threads'.
    pub(super) fn prepare(&self, round: Arc<Round>, ground: &Ground, lane: &Lane, clock: &AtomicU64) {
        let failed = match ground.place(&round, lane, clock) {
            Ok(place) => {
                let threads = round.threads.iter().map(|_| Vec::new()).collect();
                *self.played() = Played { place: Some(place), threads };
                None
            }
            Err(outcome) => Some(outcome),
        };
        // Only here is it prepared, and once.
        let _ = self.ready.set(Ready { round, failed });
    }

    /// How many threads it has, when it is prepared.
    pub(super) fn threads(&self, lane: &Lane) -> Result<usize, Abandoned> {
        let ready = self.ready(lane)?;
        Ok(if ready.failed.is_some() { 0 } else { ready.round.threads.len() })
    }

    /// Does a thread's part in it, at the same time as the others.
    pub(super) fn play(&self, thread: usize, lane: &Lane, clock: &AtomicU64) -> Result<(), Abandoned> {
        let round = &self.ready(lane)?.round;
        let (store, mut given) = {
            let played = self.played();
            let Some(place) = &played.place else { return Ok(()) };
            (Arc::clone(&place.stores[thread]), place.known.clone())
        };
        let actions = &round.threads[thread];
        lane.begin(actions.len());
        if !self.gate.pass(round.threads.len(), || lane.is_abandoned()) {
            return Err(Abandoned);
        }
        lane.play(&*store, actions, &mut given, clock);
        // The handles are to be dropped by whoever looks.
        drop(store);
        let made = lane.take();
        self.played().threads[thread] = made;
        self.through.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Waits until all threads are through, looks at what they left, and lets the store go.
    ///
    /// Answers what went wrong where no store could be made.
    pub(super) fn look(
        &self,
        lane: &Lane,
        clock: &AtomicU64,
    ) -> Result<Result<Recording, Outcome>, Abandoned> {
        let Ready { round, failed } = self.ready(lane)?;
        if let Some(outcome) = failed {
            return Ok(Err(outcome.clone()));
        }
        until(lane, || (self.through.load(Ordering::Acquire) == round.threads.len()).then_some(()))?;
        let Played { place, threads } = std::mem::take(&mut *self.played());
        let mut place = place.expect("a bout is looked at once");
        for outcome in threads.iter().flatten().filter_map(Made::outcome) {
            learn(outcome, &mut place.known);
        }
        let mut known = std::mem::take(&mut place.known);
        let before = std::mem::take(&mut place.before);
        let mut after = one_by_one(lane, clock, &*place.stores[0], &round.after, &mut known);
        after.extend(place.leave(lane, clock));
        Ok(Ok(Recording { round: Arc::clone(round), before, threads, after }))
    }

    /// Gives back what the threads did, for each of them to let go of.
    pub(super) fn give_back(&self, threads: Parts) {
        self.played().threads = threads;
    }

    /// What a thread did, if it was given back.
    pub(super) fn take_back(&self, thread: usize) -> Option<Vec<Made>> {
        self.played().threads.get_mut(thread).map(std::mem::take)
    }

    fn played(&self) -> MutexGuard<'_, Played> {
        self.played.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ready(&self, lane: &Lane) -> Result<&Ready, Abandoned> {
        until(lane, || self.ready.get())
    }
}

/// Waits until there is something, or nobody waits for the thread.
pub(super) fn until<T>(lane: &Lane, mut look: impl FnMut() -> Option<T>) -> Result<T, Abandoned> {
    let mut patience = Patience::default();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if patience.wait() && lane.is_abandoned() {
            return Err(Abandoned);
        }
    }
}
