//! Work that every core of the machine takes a part of.

use std::{num::NonZeroUsize, thread};

/// Runs the same work on as many threads as the machine has cores, the caller's own among them.
///
/// # Panics
///
/// As the work does, on whichever thread it was, after all threads have ended.
pub(crate) fn on_every_core(work: impl Fn() + Sync) {
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(&work)).collect();
        work();
        for thread in others {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}
