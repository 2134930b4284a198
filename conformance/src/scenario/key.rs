use crate::probe::{Probe, Verdict};

pub(crate) fn namespaces_are_separate(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_compared_by_bytes(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn parts_do_not_run_together(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn any_text_is_a_key(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn empty_namespace_is_a_namespace(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
