use crate::probe::{Probe, Verdict};

pub(crate) fn ascends_by_id(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn yields_every_entry_once(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn allows_writes_meanwhile(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn keeps_what_stays(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn yields_only_what_was(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn never_ends_early(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
