use super::fault::Fault;

pub(super) fn faults() -> Vec<Fault> {
    vec![]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}
