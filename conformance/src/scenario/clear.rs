use crate::probe::{Probe, Verdict};

pub(crate) fn removes_that_namespace_only(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn counts_what_it_removed(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn keeps_quota_and_meta(_s: &mut Probe) -> Verdict {
    todo!()
}
