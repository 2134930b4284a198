use crate::probe::{Probe, Verdict};

pub(crate) fn is_exclusive(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn any_id_is_a_cursor(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
