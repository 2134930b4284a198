use crate::probe::{Probe, Verdict};

pub(crate) fn is_due_at_created_plus_ttl(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn no_ttl_never_expires(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn zero_ttl_is_due_at_once(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn access_does_not_extend(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn upsert_replaces_it(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn large_ttl_does_not_wrap(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_scoped(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn counts_what_it_removed(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn only_when_asked(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
