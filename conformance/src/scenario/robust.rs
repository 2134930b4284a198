use crate::probe::{Probe, Verdict};

pub(crate) fn fails_only_where_a_clause_says(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn answers_are_in_range(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn nothing_panics(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn every_call_returns(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn survives_a_callers_panic(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn any_thread_may_call(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn size_changes_nothing(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
