use crate::probe::{Probe, Verdict};

pub(crate) fn removes_from_every_view(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn answers_whether_it_was_there(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn leaves_the_others(_s: &mut Probe) -> Verdict {
    todo!()
}
