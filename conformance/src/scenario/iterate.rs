use crate::probe::{Probe, Verdict};

pub(crate) fn ascends_by_id(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn yields_every_entry_once(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn allows_writes_meanwhile(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn keeps_what_stays(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn yields_only_what_was(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn never_ends_early(_s: &mut Probe) -> Verdict {
    todo!()
}
