//! The cores of the machine, and work that each takes a part of.

use std::{num::NonZeroUsize, sync::LazyLock, thread};

/// How many threads can run at the same time. To ask the system takes longer than many a scenario's call.
pub(crate) fn count() -> usize {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(1, NonZeroUsize::get));
    *CORES
}

/// Runs the same work on as many threads as the machine has cores, the caller's own among them.
///
/// # Panics
///
/// As the work does, on whichever thread it was, after all threads have ended.
pub(crate) fn on_every_core(work: impl Fn() + Sync) {
    thread::scope(|scope| {
        let others: Vec<_> = (1..count()).map(|_| scope.spawn(&work)).collect();
        work();
        for thread in others {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}
