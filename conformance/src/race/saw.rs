use super::{picture::Picture, recording::Recording};
use crate::contract::Clause;

/// What is seen in a round.
pub(crate) enum Saw {
    Right,
    /// Nobody could tell within the budget.
    Unknown,
    /// Something is wrong that other threads may have nothing to do with.
    WrongAlone,
    /// The clauses that are broken, if the same calls are right one after the other.
    Wrong {
        clauses: Vec<&'static Clause>,
        expected: String,
        picture: Picture,
    },
}

/// A round in which something is wrong, and what.
pub(crate) struct Found {
    pub(crate) recording: Recording,
    pub(crate) saw: Saw,
}

/// A call that was answered as none of a round may be, whatever the order.
#[derive(Debug)]
pub(crate) struct Misanswered {
    pub(crate) clauses: Vec<&'static Clause>,
    /// The first stamp of the call.
    pub(crate) called: u64,
    pub(crate) expected: String,
}
