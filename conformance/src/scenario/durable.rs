use crate::probe::{Probe, Verdict};

pub(crate) fn unclaimed_keeps_nothing(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn survives_close(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn survives_drop(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn identity_is_checked_on_reopen(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn ids_stay_fresh(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn second_handle_is_refused(_s: &mut Probe) -> Verdict {
    todo!()
}
