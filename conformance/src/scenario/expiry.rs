use crate::probe::{Probe, Verdict};

pub(crate) fn is_due_at_created_plus_ttl(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn no_ttl_never_expires(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn zero_ttl_is_due_at_once(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn access_does_not_extend(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn upsert_replaces_it(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn large_ttl_does_not_wrap(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn is_scoped(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn counts_what_it_removed(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn only_when_asked(_s: &mut Probe) -> Verdict {
    todo!()
}
