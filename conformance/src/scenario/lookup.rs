use crate::probe::{Probe, Verdict};

pub(crate) fn hash_not_stored_is_none(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn id_not_stored_is_none(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn both_ways_agree(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn entries_are_values(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn reading_changes_nothing(_s: &mut Probe) -> Verdict {
    todo!()
}
