use crate::probe::{Probe, Verdict};

pub(crate) fn unset_is_none(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_remembered_per_namespace(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn zero_is_a_quota(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn limits_nothing_by_itself(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
