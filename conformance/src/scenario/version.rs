use crate::probe::{Probe, Verdict};

pub(crate) fn starts_at_zero(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn advances_on_every_change(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn stays_without_a_change(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn is_stamped_on_what_it_wrote(_s: &mut Probe) -> Verdict {
    todo!()
}
