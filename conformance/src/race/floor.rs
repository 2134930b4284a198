use std::sync::{Condvar, Mutex, PoisonError};

/// The right to run rounds: one scenario at a time has it, as threads of two would keep each other from running at the
/// same time.
#[derive(Debug)]
pub(crate) struct Floor(());

static TAKEN: Mutex<bool> = Mutex::new(false);
static FREE: Condvar = Condvar::new();

impl Floor {
    /// Waits until nobody else has it.
    pub(crate) fn take() -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = FREE.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        Self(())
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
        FREE.notify_one();
    }
}
