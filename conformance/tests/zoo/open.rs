mod identity;
mod refused;
mod sites;
mod unopened;

use super::fault::Fault;
use crate::zoo::faulty::lock;
use mneme::{Error, Result};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = identity::faults();
    faults.extend(refused::faults());
    faults.extend(unopened::faults());
    faults.extend(sites::faults());
    faults
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn is_mismatch<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::FingerprintMismatch { .. } | Error::DimensionMismatch { .. }))
}
