use crate::probe::{Probe, Verdict};

pub(crate) fn unset_is_none(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_remembered(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn keys_are_compared_by_bytes(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn internals_are_ordinary_keys(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn reserved_keys_are_protected(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn leaves_entries_alone(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
