mod handles;
mod identity;

use super::fault::Fault;
use mneme::{Error, Result};
use std::sync::{Mutex, PoisonError};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = identity::faults();
    faults.extend(handles::faults());
    faults
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_mismatch<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::FingerprintMismatch { .. } | Error::DimensionMismatch { .. }))
}
