use crate::{
    operation::{Op, Walk},
    random::Ref,
};
use std::{iter, sync::Arc};

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

/// From here on a reference counts back: this one is the id that a thread learned last.
///
/// The first ids are those that all threads know, and the last ones those that are most likely stored.
pub(super) const LAST: u16 = 1_000;

/// The id that a reference of a round stands for.
pub(super) fn resolve(id: Ref, given: &[u64]) -> u64 {
    match id {
        Ref::Nth(n) if n >= LAST => {
            let back = usize::from(n - LAST) % given.len().max(1);
            given.iter().rev().nth(back).copied().unwrap_or(0)
        }
        id => id.resolve(given),
    }
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
    /// Whether all threads call one handle, also where each could have its own: a pool and a cache are a handle's.
    pub(crate) has_one_handle: bool,
}

impl Round {
    /// The rounds that are this one without something, those that lack the most first: a whole thread where there are three, halves
    /// of a thread's calls, quarters, and so on down to single calls, and single calls made before.
    pub(crate) fn shorter(&self) -> Vec<Arc<Self>> {
        let mut shorter = Vec::new();
        let mut add = |round: Self| shorter.push(Arc::new(round));
        if self.threads.len() > 2 {
            for thread in 0..self.threads.len() {
                let mut round = self.clone();
                round.threads.remove(thread);
                add(round);
            }
        }
        let longest = self.threads.iter().map(Vec::len).max().unwrap_or(0);
        let parts = iter::successors(Some(longest / 2), |part| Some(part / 2));
        for part in parts.take_while(|part| *part > 0) {
            for (thread, actions) in self.threads.iter().enumerate() {
                // Who has not opened the handle is refused, which is no race. A thread's open is its first call, if it has one.
                let opens = |action: &&Act| matches!(action, Act::Call(Op::Open(_)));
                let first = actions.iter().take_while(opens).count();
                for at in (first..actions.len()).step_by(part).rev() {
                    let left_out = at..actions.len().min(at + part);
                    // A thread without a call is none.
                    if left_out.len() < actions.len() {
                        let mut round = self.clone();
                        round.threads[thread].drain(left_out);
                        add(round);
                    }
                }
            }
        }
        for at in (0..self.before.len()).rev() {
            let mut round = self.clone();
            round.before.remove(at);
            add(round);
        }
        shorter
    }

    /// Whether a thread closes its handle.
    pub(crate) fn closes(&self) -> bool {
        self.threads.iter().flatten().any(|action| matches!(action, Act::Call(Op::Close)))
    }

    /// Whether the threads open the handle, or each its own, themselves.
    pub(crate) fn opens_itself(&self) -> bool {
        self.threads.iter().flatten().any(|action| matches!(action, Act::Call(Op::Open(_))))
    }

    /// The ids that are looked up when all is done: as many as can have been given.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Ref> + use<> {
        let inserts = |actions: &[Act]| {
            actions.iter().filter(|action| matches!(action, Act::Call(Op::Insert(_)))).count()
        };
        let most = inserts(&self.before) + self.threads.iter().map(|thread| inserts(thread)).sum::<usize>();
        (0..most.min(u16::MAX.into())).filter_map(|n| u16::try_from(n).ok()).map(Ref::Nth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::{Kind, draw};

    #[test]
    fn no_thread_of_a_shorter_round_has_lost_its_open() {
        let opening = (0..64).map(|n| draw(Kind::Everything, 0, n)).filter(Round::opens_itself);
        let rounds: Vec<_> = opening.chain([draw(Kind::Opening, 0, 0)]).collect();
        assert!(rounds.len() > 1);
        let mut shorter = 0;
        for round in rounds.iter().flat_map(Round::shorter) {
            for thread in &round.threads {
                assert!(matches!(thread.first(), Some(Act::Call(Op::Open(_)))), "{round:?}");
            }
            shorter += 1;
        }
        assert!(shorter > 100);
    }

    #[test]
    fn what_is_left_out_becomes_smaller_part_by_part() {
        let calls = |n: usize| vec![Act::Call(Op::Count(None)); n];
        let round = Round { before: calls(1), threads: vec![calls(8), calls(3)], ..Round::default() };
        let lacks = |shorter: Arc<Round>| {
            let length =
                |round: &Round| round.before.len() + round.threads.iter().map(Vec::len).sum::<usize>();
            length(&round) - length(&shorter)
        };
        let lacks: Vec<usize> = round.shorter().into_iter().map(lacks).collect();
        // Of the thread of three calls no half is four, and the last of its pairs is one call.
        assert_eq!(lacks, [[4, 4].as_slice(), &[2, 2, 2, 2], &[1, 2], &[1; 8], &[1; 3], &[1]].concat());
    }
}
