use super::{Beside, Row, Trace};
use crate::{
    outcome::Outcome,
    race::{Floor, Lane, Picture},
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// A trace that is being written on one thread and watched from another.
#[derive(Debug, Default)]
pub(crate) struct Record {
    rows: Mutex<Vec<Row>>,
    /// Odd while the store is being called.
    beat: AtomicU64,
    /// Whether the rows are complete: what still happens only beats.
    sealed: AtomicBool,
    /// The threads that work beside the scenario's own.
    lanes: Mutex<Vec<Arc<Lane>>>,
    /// The right to run rounds, while the scenario has it. It is here so that one which hangs does not keep it.
    floor: Mutex<Option<Floor>>,
    /// Whether nobody waits for the scenario any more. Changed under the lock of `floor`.
    abandoned: AtomicBool,
    race: Mutex<Option<Arc<Picture>>>,
    beside: Mutex<Vec<(usize, Beside)>>,
    extent: Mutex<Option<String>>,
}

impl Record {
    /// Notes that a step begins.
    pub(crate) fn begin(&self, row: Row) {
        if !self.is_sealed() {
            self.rows().push(row);
        }
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Notes what the step brought.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.beat.fetch_add(1, Ordering::Release);
        if !self.is_sealed()
            && let Some(row) = self.rows().last_mut()
        {
            row.outcome = Some(outcome);
        }
    }

    /// Notes that a call which is waited for makes progress.
    pub(crate) fn touch(&self) {
        self.beat.fetch_add(2, Ordering::Release);
    }

    /// Notes that something of the store's is waited for, which is no row.
    pub(crate) fn wait(&self) {
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Notes that the wait is over.
    pub(crate) fn waited(&self) {
        self.beat.fetch_add(1, Ordering::Release);
    }

    /// Takes no more rows.
    pub(crate) fn seal(&self) {
        self.sealed.store(true, Ordering::Release);
    }

    /// Takes rows again.
    pub(crate) fn unseal(&self) {
        self.sealed.store(false, Ordering::Release);
    }

    fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Acquire)
    }

    /// Says which threads work beside the scenario's own.
    pub(crate) fn watch(&self, lanes: &[Arc<Lane>]) {
        *self.lanes() = lanes.to_vec();
    }

    /// Keeps the right to run rounds for the scenario, or gives it back. An abandoned scenario that goes on after all, when
    /// a late call has returned, keeps it no more: nobody would take it away from it again.
    pub(crate) fn hold(&self, floor: Option<Floor>) {
        let mut held = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        *held = floor.filter(|_| !self.is_abandoned());
    }

    /// Whether nobody waits for the scenario any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// By thread, a number that changes with each call and each return; odd while the store is being called.
    pub(crate) fn beats(&self) -> Vec<u64> {
        let own = self.beat.load(Ordering::Acquire);
        std::iter::once(own).chain(self.lanes().iter().map(|lane| lane.beat())).collect()
    }

    /// Says that nobody waits for the scenario's threads any more, and answers what they are doing, if any thread
    /// but the scenario's own is.
    pub(crate) fn abandon(&self) -> Option<Picture> {
        {
            let mut held = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
            self.abandoned.store(true, Ordering::Release);
            *held = None;
        }
        let lanes = self.lanes();
        for lane in &*lanes {
            lane.abandon();
        }
        let made: Vec<_> = lanes.iter().map(|lane| lane.made().clone()).collect();
        made.iter().any(|made| !made.is_empty()).then(|| Picture::of_threads(made))
    }

    /// Notes what several threads did at once, after the rows.
    pub(crate) fn picture(&self, race: Picture) {
        *self.race.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(race));
    }

    /// Notes how much was looked at.
    pub(crate) fn measure(&self, extent: String) {
        *self.extent.lock().unwrap_or_else(PoisonError::into_inner) = Some(extent);
    }

    /// Notes what is told beside the rows, after so many of them.
    pub(crate) fn tell(&self, after: usize, beside: Beside) {
        self.beside().push((after, beside));
    }

    /// Takes the rows from one on out, with what was told among them.
    pub(crate) fn take_from(&self, mark: usize) -> Vec<Row> {
        self.beside().retain(|(after, _)| *after <= mark);
        let mut rows = self.rows();
        let from = mark.min(rows.len());
        rows.split_off(from)
    }

    /// Forgets all rows, with what was told among them.
    pub(crate) fn forget(&self) {
        self.beside().clear();
        self.rows().clear();
    }

    fn beside(&self) -> MutexGuard<'_, Vec<(usize, Beside)>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Arc<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows so far, of a scenario that may still be at work.
    pub(crate) fn trace(&self) -> Trace {
        Trace::new(self.rows().clone(), self.race.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The rows of a scenario that has ended.
    pub(crate) fn take(&self) -> Trace {
        let race = self.race.lock().unwrap_or_else(PoisonError::into_inner).take();
        let beside = std::mem::take(&mut *self.beside());
        let extent = self.extent.lock().unwrap_or_else(PoisonError::into_inner).take();
        Trace { beside, extent, ..Trace::new(std::mem::take(&mut *self.rows()), race) }
    }
}
