use crate::probe::{Probe, Verdict};

pub(crate) fn stamps_the_identity(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn same_identity_is_accepted(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn other_fingerprint_is_refused(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn other_dimension_is_refused(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn dimension_out_of_range_is_refused(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn fingerprint_is_judged_first(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn fingerprint_is_opaque(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn refusal_changes_nothing(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn refused_handle_stays_unopened(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn refusal_keeps_an_open_handle_usable(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn comes_first(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn sites_are_separate(_s: &mut Probe) -> Verdict {
    todo!()
}
