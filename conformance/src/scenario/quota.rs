use crate::probe::{Probe, Verdict};

pub(crate) fn unset_is_none(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn is_remembered_per_namespace(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn zero_is_a_quota(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn limits_nothing_by_itself(_s: &mut Probe) -> Verdict {
    todo!()
}
