use crate::probe::{Probe, Verdict};

pub(crate) fn text(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn large_values(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn longer_text_is_kept_or_refused(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn embedding_bits(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn metadata(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn numbers(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
