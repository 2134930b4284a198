use crate::probe::{Probe, Verdict};

pub(crate) fn hash_not_stored_is_none(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn id_not_stored_is_none(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn both_ways_agree(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn entries_are_values(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn reading_changes_nothing(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
