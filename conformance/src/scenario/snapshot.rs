use crate::probe::{Probe, Verdict};

pub(crate) fn unsupported_says_so(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
