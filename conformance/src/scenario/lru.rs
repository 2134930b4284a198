use crate::probe::{Probe, Verdict};

pub(crate) fn oldest_access_first(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn ties_break_by_id(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn limit_is_exact(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn is_scoped(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn follows_access_and_upsert(_s: &mut Probe) -> Verdict {
    todo!()
}
