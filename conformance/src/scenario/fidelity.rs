use crate::probe::{Probe, Verdict};

pub(crate) fn text(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn large_values(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn longer_text_is_kept_or_refused(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn embedding_bits(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn metadata(_s: &mut Probe) -> Verdict {
    todo!()
}

pub(crate) fn numbers(_s: &mut Probe) -> Verdict {
    todo!()
}
