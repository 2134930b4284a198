//! The next handle on a store's data has to come with the same identity.

use super::drop_and_open;
use crate::{
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::{self, DIMENSION, entry, full},
    scenario::contents,
};
use mneme::{Identity, limits::MAX_DIMENSION};

pub(crate) fn identity_is_checked_on_reopen(s: &mut Probe) -> Verdict {
    let other = |fingerprint: &str| Op::Open(Identity::new(fingerprint, DIMENSION));
    let dimension = |dimension| Op::Open(Identity::new(sample::identity().fingerprint, dimension));
    s.start()?;
    s.insert(full("a", "h"))?;
    s.note("The right one first: what keeps every handle out is no matter of identities.");
    s.reopen()?;
    drop_and_open(s)?;
    s.look_everywhere()?;
    for closing in [true, false, true] {
        s.note(
            "Each wrong one on a handle of its own, twice: neither a try nor a whole life of a handle \
             lets it in.",
        );
        for wrong in
            [other("v2"), other("v2"), dimension(8), dimension(8), dimension(256 + DIMENSION), other("")]
        {
            if closing {
                s.close()?;
            }
            s.drop_handle()?;
            s.make_again()?;
            s.refused(wrong.clone())?;
            s.refused(wrong)?;
        }
        s.refused(Op::Open(Identity::new("conformance:v2", 8)))?;
        s.open(&sample::identity())?;
        s.look_everywhere()?;
    }
    s.note("Before anything was stored as well: the stamps are data.");
    s.start()?;
    next_lets_the_right_one_in_alone(s)?;
    s.note("And where all that was stored has gone.");
    let last = s.insert(full("a", "h"))?;
    s.delete_by_id(last)?;
    next_lets_the_right_one_in_alone(s)?;
    s.note("Long ones that differ in their last letter alone.");
    let long = |last: char| Op::Open(Identity::new(sample::noise(LONG_FINGERPRINT, last), DIMENSION));
    s.make()?;
    s.call(long('a'))?;
    s.insert(full("a", "h"))?;
    s.close()?;
    s.drop_handle()?;
    s.make_again()?;
    s.refused(long('b'))?;
    s.call(long('a'))?;
    s.look_everywhere()?;
    s.note("Dimensions that are not one byte, and the greatest.");
    for dimension in [1, 384, MAX_DIMENSION] {
        let of = |dimension| Identity::new(sample::identity().fingerprint, dimension);
        s.make()?;
        s.open(&of(dimension))?;
        s.insert(entry("a", "h").embedding(sample::plain(dimension)))?;
        s.close()?;
        s.drop_handle()?;
        s.make_again()?;
        s.refused(Op::Open(of(dimension % 256 + 1)))?;
        s.open(&of(dimension))?;
        s.look_everywhere()?;
    }
    s.note("Those of which a format of files may cut or escape something.");
    for identity in contents::identities() {
        s.make()?;
        s.open(&identity)?;
        s.insert(full("a", "h"))?;
        s.close()?;
        s.drop_handle()?;
        s.make_again()?;
        s.open(&identity)?;
        s.look_everywhere()?;
    }
    s.held()
}

/// Closes the handle; the next one refuses identities that are only alike, and takes the right one.
pub(in crate::scenario) fn next_lets_the_right_one_in_alone(s: &mut Probe) -> Check {
    s.close()?;
    s.drop_handle()?;
    s.make_again()?;
    lets_the_right_one_in_alone(s)
}

/// A handle that is not open yet refuses identities that are only alike, and takes the right one.
pub(in crate::scenario) fn lets_the_right_one_in_alone(s: &mut Probe) -> Check {
    let fingerprint = sample::identity().fingerprint;
    let [upper, longer, spaced] =
        [fingerprint.to_uppercase(), format!("{fingerprint}@2"), format!("{fingerprint} ")];
    for other in ["conformance:v2", &upper, &longer, &spaced, ""] {
        s.refused(Op::Open(Identity::new(other, DIMENSION)))?;
    }
    s.refused(Op::Open(Identity::new(fingerprint, 8)))?;
    s.open(&sample::identity())?;
    s.look_everywhere()
}

/// More bytes than a column holds whose length is one byte.
const LONG_FINGERPRINT: usize = 300;
