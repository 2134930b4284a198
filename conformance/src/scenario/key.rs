use crate::probe::{Probe, Verdict};

pub(crate) fn namespaces_are_separate(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn is_compared_by_bytes(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn parts_do_not_run_together(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn any_text_is_a_key(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn empty_namespace_is_a_namespace(_s: &mut Probe) -> Verdict {
    todo!()
}
