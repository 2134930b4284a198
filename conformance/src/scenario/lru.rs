use crate::probe::{Probe, Verdict};

pub(crate) fn oldest_access_first(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn ties_break_by_id(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn limit_is_exact(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_scoped(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn follows_access_and_upsert(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
