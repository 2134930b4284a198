use crate::probe::{Probe, Verdict};

pub(crate) fn are_sorted_and_distinct(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn vanish_with_their_last_entry(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn come_from_entries_alone(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
