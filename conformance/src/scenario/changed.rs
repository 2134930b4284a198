use crate::probe::{Probe, Verdict};

pub(crate) fn yields_every_later_write(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn access_is_no_change(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
