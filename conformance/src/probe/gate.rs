//! Keeps the start of a process and the coming and going of handles apart.
//!
//! Between its fork and the first word of the program that it runs, a new process has a copy of every open file. A lock
//! on a file that is closed just then goes on for a moment, and whoever asks for it next is refused, though no store has
//! done wrong.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

static GATE: Gate = Gate {
    state: Mutex::new(State { starting: 0, passing: BTreeMap::new(), next: 0 }),
    changed: Condvar::new(),
};

struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many processes are being started, or wait to be.
    starting: usize,
    /// The steps in the life of a handle that are being taken, with their beginnings.
    passing: BTreeMap<u64, Instant>,
    next: u64,
}

/// A step that takes longer than this may hang, and is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that may open or close files, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Passing(u64);

/// Begins a step that may open or close files.
pub(crate) fn pass() -> Passing {
    let state = GATE.state();
    let waited = GATE.changed.wait_timeout_while(state, PATIENCE, |state| state.starting > 0);
    let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
    let number = state.next;
    state.next += 1;
    state.passing.insert(number, Instant::now());
    Passing(number)
}

impl Drop for Passing {
    fn drop(&mut self) {
        GATE.state().passing.remove(&self.0);
        GATE.changed.notify_all();
    }
}

/// Starts a process while no such step is being taken.
pub(crate) fn starting<T>(start: impl FnOnce() -> T) -> T {
    let mut state = GATE.state();
    state.starting += 1;
    let busy = |state: &mut State| state.passing.values().any(|begun| begun.elapsed() < PATIENCE);
    let waited = GATE.changed.wait_timeout_while(state, PATIENCE, busy);
    drop(waited.unwrap_or_else(PoisonError::into_inner));
    let started = start();
    GATE.state().starting -= 1;
    GATE.changed.notify_all();
    started
}
