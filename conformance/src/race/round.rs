use crate::{
    operation::{Op, Walk},
    random::Ref,
};

/// What a thread does next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Call(Op<Ref>),
    /// A walk begins, and stays alive until it is left.
    Begin(Walk<Ref>),
    /// The next item of the walk that began last.
    Next,
    /// The walk that began last is dropped.
    Leave,
}

/// What is done in a round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Round {
    /// One call after the other.
    pub(crate) before: Vec<Act>,
    /// What each thread does, all at once.
    pub(crate) threads: Vec<Vec<Act>>,
    /// One call after the other again, when all threads are done: what the calls left behind.
    pub(crate) after: Vec<Act>,
}

impl Round {
    /// The ids that are looked up when all is done: as many as can have been given.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Ref> + use<> {
        let inserts = |actions: &[Act]| {
            actions.iter().filter(|action| matches!(action, Act::Call(Op::Insert(_)))).count()
        };
        let most = inserts(&self.before) + self.threads.iter().map(|thread| inserts(thread)).sum::<usize>();
        (0..most.min(u16::MAX.into())).filter_map(|n| u16::try_from(n).ok()).map(Ref::Nth)
    }
}
