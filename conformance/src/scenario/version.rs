use crate::probe::{Probe, Verdict};

pub(crate) fn starts_at_zero(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn advances_on_every_change(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn stays_without_a_change(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}

pub(crate) fn is_stamped_on_what_it_wrote(s: &mut Probe) -> Verdict {
    s.not_checked("todo")
}
