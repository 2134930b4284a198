use crate::probe::{Probe, Verdict};

pub(crate) fn yields_every_later_write(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn access_is_no_change(_s: &mut Probe) -> Verdict {
    todo!()
}
