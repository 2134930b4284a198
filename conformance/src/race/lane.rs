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

    /// Does what a thread does in a round. `known` are the ids that were given before.
    pub(super) fn play(&self, store: &dyn Store, actions: &[Act], known: &[u64], clock: &AtomicU64) {
        let mut given = known.to_vec();
        let mut walks: Vec<(usize, Entries<'_>)> = Vec::new();
        let mut begun = 0;
        for action in actions {
            match action {
                Act::Call(op) => {
                    let op = op.map_ids(|id| round::resolve(*id, &given));
                    let outcome = self.make(Step::Call(op.clone()), clock, || op.call(store, MOST_ITEMS));
                    learn(&outcome, &mut given);
                }
                Act::Begin(walk) => {
                    let walk = walk.map_ids(|id| round::resolve(*id, &given));
                    let number = begun;
                    begun += 1;
                    self.make(Step::Begin(number, walk), clock, || match walk.begin(store) {
                        Ok(entries) => {
                            walks.push((number, entries));
                            Outcome::Done
                        }
                        Err(error) => Outcome::failed(error),
                    });
                }
                Act::Next => {
                    if let Some((number, entries)) = walks.last_mut() {
                        self.make(Step::Next(*number), clock, || match entries.next() {
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

    fn leave(&self, walk: Option<(usize, Entries<'_>)>, clock: &AtomicU64) {
        if let Some((number, entries)) = walk {
            self.make(Step::Leave(number), clock, || {
                drop(entries);
                Outcome::Done
            });
        }
    }

    fn make(&self, step: Step, clock: &AtomicU64, run: impl FnOnce() -> Outcome) -> Outcome {
        self.made().push(Made { step, called: 0, returned: None });
        self.beat.fetch_add(1, Ordering::Release);
        let called = clock.fetch_add(1, Ordering::AcqRel);
        let outcome = guard::calling(run);
        let returned = clock.fetch_add(1, Ordering::AcqRel);
        self.beat.fetch_add(1, Ordering::Release);
        if let Some(made) = self.made().last_mut() {
            made.called = called;
            made.returned = Some((returned, outcome.clone()));
        }
        outcome
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
