use crate::probe::{Probe, Verdict};

pub(crate) fn is_exclusive(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn any_id_is_a_cursor(_s: &mut Probe) -> Verdict {
    todo!()
}
