use crate::probe::{Probe, Verdict};

pub(crate) fn unset_is_none(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn is_remembered(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn keys_are_compared_by_bytes(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn internals_are_ordinary_keys(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn reserved_keys_are_protected(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn leaves_entries_alone(_s: &mut Probe) -> Verdict {
    todo!()
}
