mod handles;
mod identity;

use super::fault::Fault;
use crate::zoo::faulty::lock;
use mneme::{Error, Result};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = identity::faults();
    faults.extend(handles::faults());
    faults
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn is_mismatch<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::FingerprintMismatch { .. } | Error::DimensionMismatch { .. }))
}
