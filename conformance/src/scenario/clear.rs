use crate::probe::{Probe, Verdict};

pub(crate) fn removes_that_namespace_only(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn counts_what_it_removed(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn keeps_quota_and_meta(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
