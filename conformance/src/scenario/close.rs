use crate::probe::{Probe, Verdict};

pub(crate) fn ends_every_operation(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_idempotent(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
