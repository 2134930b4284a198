use crate::probe::{Probe, Verdict};

pub(crate) fn follows_the_data(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn namespace_not_stored_is_zero(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
