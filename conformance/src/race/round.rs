use crate::{
    operation::{Op, Walk},
    random::Ref,
};
use std::sync::Arc;

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
    /// How many calls half of a thread has, or half of what comes before the threads if that is more.
    pub(crate) fn half(&self) -> usize {
        let longest = self.threads.iter().chain([&self.before]).map(Vec::len).max();
        (longest.unwrap_or(0) / 2).max(1)
    }

    /// The rounds that are this one without so many successive calls of a thread, or of those before the threads, later ones
    /// first. Where it is half of them, without a whole thread of three too, which comes first.
    pub(crate) fn shorter(&self, part: usize) -> Vec<Arc<Self>> {
        let mut shorter = Vec::new();
        let mut add = |round: Self| shorter.push(Arc::new(round));
        if self.threads.len() > 2 && part >= self.half() {
            for thread in 0..self.threads.len() {
                let mut round = self.clone();
                round.threads.remove(thread);
                add(round);
            }
        }
        for (thread, actions) in self.threads.iter().enumerate() {
            // Who has not opened the handle is refused, which is no race. A thread's open is its first call, if it has one.
            let opens = |action: &&Act| matches!(action, Act::Call(Op::Open(_)));
            let first = actions.iter().take_while(opens).count();
            // A thread without a call is none.
            let at = (first..actions.len()).step_by(part).filter(|_| part < actions.len());
            for at in at.rev() {
                let mut round = self.clone();
                round.threads[thread].drain(at..actions.len().min(at + part));
                add(round);
            }
        }
        for at in (0..self.before.len()).step_by(part).rev() {
            let mut round = self.clone();
            round.before.drain(at..self.before.len().min(at + part));
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
        let opening =
            (0..64).flat_map(|n| [Kind::Everything, Kind::Single].map(|kind| draw(kind, 0, n, false)));
        let rounds: Vec<_> =
            opening.filter(Round::opens_itself).chain([draw(Kind::Opening, 0, 0, false)]).collect();
        assert!(rounds.len() > 2);
        let mut shorter = 0;
        for round in rounds.iter().flat_map(|round| (1..=round.half()).flat_map(|part| round.shorter(part))) {
            for thread in &round.threads {
                assert!(matches!(thread.first(), Some(Act::Call(Op::Open(_)))), "{round:?}");
            }
            shorter += 1;
        }
        assert!(shorter > 100);
    }

    #[test]
    fn so_many_calls_are_left_out_and_no_thread_loses_all() {
        let calls = |n: usize| vec![Act::Call(Op::Count(None)); n];
        let round = Round { before: calls(3), threads: vec![calls(8), calls(3)], ..Round::default() };
        let left = |round: &Round| {
            let mut left: Vec<usize> = round.threads.iter().map(Vec::len).collect();
            left.push(round.before.len());
            left
        };
        let left = |part| round.shorter(part).iter().map(|round| left(round)).collect::<Vec<_>>();
        assert_eq!(round.half(), 4);
        assert_eq!(left(4), [[4, 3, 3], [4, 3, 3], [8, 3, 0]]);
        // Of three calls the last pair is one.
        let of_threads = [[6, 3, 3], [6, 3, 3], [6, 3, 3], [6, 3, 3], [8, 2, 3], [8, 1, 3]];
        assert_eq!(left(2), [of_threads.as_slice(), &[[8, 3, 2], [8, 3, 1]]].concat());
        assert_eq!(left(1), [[[7, 3, 3]; 8].as_slice(), &[[8, 2, 3]; 3], &[[8, 3, 2]; 3]].concat());
        let many = Round { before: calls(40), threads: vec![calls(8), calls(3)], ..Round::default() };
        assert_eq!(many.half(), 20);
    }
}
