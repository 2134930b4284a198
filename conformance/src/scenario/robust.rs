use crate::probe::{Probe, Verdict};

pub(crate) fn fails_only_where_a_clause_says(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn answers_are_in_range(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn nothing_panics(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn every_call_returns(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn survives_a_callers_panic(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn any_thread_may_call(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn size_changes_nothing(_s: &mut Probe) -> Verdict {
    todo!()
}
