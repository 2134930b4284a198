use crate::probe::{Probe, Verdict};

pub(crate) fn unclaimed_keeps_nothing(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn survives_close(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn survives_drop(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn identity_is_checked_on_reopen(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn ids_stay_fresh(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn second_handle_is_refused(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
