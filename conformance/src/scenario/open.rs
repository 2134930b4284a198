use crate::probe::{Probe, Verdict};

pub(crate) fn stamps_the_identity(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn same_identity_is_accepted(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn other_fingerprint_is_refused(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn other_dimension_is_refused(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn dimension_out_of_range_is_refused(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn fingerprint_is_judged_first(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn fingerprint_is_opaque(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn refusal_changes_nothing(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn refused_handle_stays_unopened(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn refusal_keeps_an_open_handle_usable(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn comes_first(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn sites_are_separate(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
