use crate::cores;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The right to run rounds: one scenario at a time has it, as threads of two would keep each other from running at the
/// same time. Other scenarios wait meanwhile where the machine has no processor left for them.
#[derive(Debug)]
pub(crate) struct Floor(());

/// A scenario at work.
#[derive(Debug)]
pub(crate) struct AtWork(());

static STATE: Mutex<State> = Mutex::new(State { at_work: 0, waiting: 0, taken: false });
static CHANGED: Condvar = Condvar::new();

#[derive(Debug)]
struct State {
    /// How many scenarios are at work, those that have the floor or wait for it among them.
    at_work: usize,
    /// How many wait for the floor.
    waiting: usize,
    taken: bool,
}

/// How many threads most rounds have.
const RACERS: usize = 2;
/// For so long rounds do not begin while others are at work: most scenarios take less, and some hang.
const PATIENCE: Duration = Duration::from_millis(50);

impl State {
    /// How many scenarios are at work on something else than rounds.
    fn others(&self) -> usize {
        self.at_work.saturating_sub(self.waiting + usize::from(self.taken))
    }

    /// Whether another scenario would take a processor from rounds that are run, or are to be.
    fn has_no_room(&self, cores: usize) -> bool {
        (self.taken || self.waiting > 0) && self.others() + RACERS >= cores
    }

    /// Whether other scenarios take a processor from the rounds that are to be run now.
    fn is_crowded(&self, cores: usize) -> bool {
        self.others() > 0 && self.others() + RACERS > cores
    }
}

impl AtWork {
    /// Begins when there is a processor beside those of rounds, if any are run.
    pub(crate) fn begin() -> Self {
        let has_no_room = |state: &mut State| state.has_no_room(cores::count());
        let mut state = CHANGED.wait_while(state(), has_no_room).unwrap_or_else(PoisonError::into_inner);
        state.at_work += 1;
        Self(())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        state().at_work -= 1;
        CHANGED.notify_all();
    }
}

impl Floor {
    /// Waits until nobody else has it, and for a while until there are processors enough.
    ///
    /// Only a scenario that was [`AtWork`] when it began may take it.
    pub(crate) fn take() -> Self {
        let mut state = state();
        state.waiting += 1;
        state = CHANGED.wait_while(state, |state| state.taken).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state.taken = true;
        let is_crowded = |state: &mut State| state.is_crowded(cores::count());
        let waited = CHANGED.wait_timeout_while(state, PATIENCE, is_crowded);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        Self(())
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        state().taken = false;
        CHANGED.notify_all();
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_where_no_rounds_are_run() {
        assert!(!State { at_work: 9, waiting: 0, taken: false }.has_no_room(2));
    }

    #[test]
    fn rounds_have_two_processors_and_others_the_rest() {
        let racing = |others: usize| State { at_work: others + 1, waiting: 0, taken: true };
        assert!(racing(0).has_no_room(2) && !racing(0).is_crowded(2));
        assert!(!racing(1).has_no_room(4) && racing(2).has_no_room(4));
        assert!(racing(1).is_crowded(2) && !racing(2).is_crowded(4) && racing(3).is_crowded(4));
    }

    #[test]
    fn who_waits_for_the_floor_is_in_nobodys_way() {
        let state = State { at_work: 3, waiting: 2, taken: true };
        assert!(!state.is_crowded(2) && state.has_no_room(2));
    }

    #[test]
    fn one_processor_is_enough() {
        assert!(!State { at_work: 1, waiting: 0, taken: true }.is_crowded(1));
    }
}
