use crate::probe::{Probe, Verdict};

pub(crate) fn removes_from_every_view(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn answers_whether_it_was_there(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn leaves_the_others(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
