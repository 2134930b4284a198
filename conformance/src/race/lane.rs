use super::round::{self, Act};
use crate::{
    operation::{Op, Step},
    outcome::Outcome,
    probe::guard,
};
use mneme::{Entries, Store};
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// What a thread did, and when.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) step: Step,
    /// The stamp at which it began; 0 while the thread is still in it.
    pub(crate) called: u64,
    /// The stamp at which it returned, and what it answered; none if it never did.
    pub(crate) returned: Option<(u64, Outcome)>,
}

/// What one thread of a round does, seen from outside while it is at work.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// Odd while the store is being called.
    beat: AtomicU64,
    made: Mutex<Vec<Made>>,
    abandoned: AtomicBool,
    /// Room for what will be done: to ask for it anew in each round takes long.
    spare: Mutex<Vec<Vec<Made>>>,
}

/// More items than any walk of a round yields.
const MOST_ITEMS: usize = 1_000;

impl Lane {
    /// A number that changes with each call and each return; odd while the store is being called.
    pub(crate) fn beat(&self) -> u64 {
        self.beat.load(Ordering::Acquire)
    }

    /// What the thread has done in this round so far.
    pub(crate) fn made(&self) -> MutexGuard<'_, Vec<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that nobody waits for the thread any more: it ends as soon as the store lets it.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// Forgets what was done, and makes room for so many steps.
    pub(super) fn begin(&self, steps: usize) {
        let mut made = self.made();
        if made.capacity() == 0
            && let Some(room) = self.rooms().pop()
        {
            *made = room;
        }
        made.clear();
        made.reserve(steps);
    }

    /// Forgets all that was done but the last, where more than twice as many steps are kept.
    pub(crate) fn keep_last(&self, steps: usize) {
        let mut made = self.made();
        if made.len() > 2 * steps {
            let older = made.len() - steps;
            made.drain(..older);
        }
    }

    /// Takes back the room of what is not needed any more.
    pub(super) fn spare(&self, mut done: Vec<Made>) {
        done.clear();
        self.rooms().push(done);
    }

    fn rooms(&self) -> MutexGuard<'_, Vec<Vec<Made>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out what was done.
    pub(super) fn take(&self) -> Vec<Made> {
        std::mem::take(&mut *self.made())
    }

    /// Does what a thread does in a round. `given` are the ids that it knows.
    pub(super) fn play(&self, store: &dyn Store, actions: &[Act], given: &mut Vec<u64>, clock: &AtomicU64) {
        let mut walks: Vec<(usize, Entries<'_>)> = Vec::new();
        let mut begun = 0;
        for action in actions {
            match action {
                Act::Call(op) => self.call(op.map_ids(|id| round::resolve(*id, given)), store, clock, given),
                Act::Begin(walk) => {
                    let walk = walk.map_ids(|id| round::resolve(*id, given));
                    let number = begun;
                    begun += 1;
                    self.make(Step::Begin(number, walk), clock, given, || match walk.begin(store) {
                        Ok(entries) => {
                            walks.push((number, entries));
                            Outcome::Done
                        }
                        Err(error) => Outcome::failed(error),
                    });
                }
                Act::Next => {
                    if let Some((number, entries)) = walks.last_mut() {
                        // An entry that a walk shows is none that the thread goes on with.
                        self.make(Step::Next(*number), clock, &mut Vec::new(), || match entries.next() {
                            None => Outcome::Entry(None),
                            Some(Ok(entry)) => Outcome::Entry(Some(entry)),
                            Some(Err(error)) => Outcome::failed(error),
                        });
                    }
                }
                Act::Leave => self.leave(walks.pop(), clock),
            }
        }
        while let Some(walk) = walks.pop() {
            self.leave(Some(walk), clock);
        }
    }

    /// Makes a call. `given` are the ids that the thread knows, and it learns what the answer tells.
    pub(crate) fn call(&self, op: Op, store: &dyn Store, clock: &AtomicU64, given: &mut Vec<u64>) {
        let copy = op.clone();
        self.make(Step::Call(op), clock, given, || copy.call(store, MOST_ITEMS));
    }

    fn leave(&self, walk: Option<(usize, Entries<'_>)>, clock: &AtomicU64) {
        if let Some((number, entries)) = walk {
            self.make(Step::Leave(number), clock, &mut Vec::new(), || {
                drop(entries);
                Outcome::Done
            });
        }
    }

    /// Takes a step that calls the store, and notes it before and after.
    pub(super) fn make(
        &self,
        step: Step,
        clock: &AtomicU64,
        given: &mut Vec<u64>,
        run: impl FnOnce() -> Outcome,
    ) {
        self.made().push(Made { step, called: 0, returned: None });
        self.beat.fetch_add(1, Ordering::Release);
        let called = clock.fetch_add(1, Ordering::AcqRel);
        let outcome = guard::calling(run);
        let returned = clock.fetch_add(1, Ordering::AcqRel);
        self.beat.fetch_add(1, Ordering::Release);
        learn(&outcome, given);
        if let Some(made) = self.made().last_mut() {
            made.called = called;
            made.returned = Some((returned, outcome));
        }
    }
}

/// Takes note of an id that an answer tells.
pub(crate) fn learn(outcome: &Outcome, given: &mut Vec<u64>) {
    let id = match outcome {
        Outcome::Id(id) => *id,
        Outcome::Entry(Some(entry)) => entry.id,
        _ => return,
    };
    if !given.contains(&id) {
        given.push(id);
    }
}

impl Made {
    /// The operation, where it is one.
    pub(crate) fn op(&self) -> Option<&Op> {
        match &self.step {
            Step::Call(op) => Some(op),
            _ => None,
        }
    }

    /// What it answered, if it did.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.returned.as_ref().map(|(_, outcome)| outcome)
    }
}
