use super::{
    contract::{Contract, Task},
    lane::Made,
    round::Round,
};
use crate::{
    linearizability::{Call, History},
    model::Data,
    operation::Op,
    outcome::Outcome,
};
use std::sync::Arc;

/// What a round brought.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) round: Arc<Round>,
    pub(crate) before: Vec<Made>,
    pub(crate) threads: Vec<Vec<Made>>,
    pub(crate) after: Vec<Made>,
}

/// `A`, `B`, ... for the threads of a round.
pub(crate) fn letter(thread: usize) -> char {
    u8::try_from(thread).ok().filter(|n| *n < 26).map_or('?', |n| char::from(b'A' + n))
}

impl Recording {
    /// How many rows are numbered before the threads' calls; the one that makes the handle is not shown.
    pub(crate) fn rows_before(&self) -> usize {
        usize::from(!self.round.opens_itself()) + self.before.len()
    }

    /// The calls as a history. What was done when all threads were done belongs to it, as calls of one more thread.
    pub(crate) fn history(&self) -> History<Task, Outcome> {
        let after = self.threads.len();
        let threads = self.threads.iter().enumerate().chain([(after, &self.after)]);
        threads
            .flat_map(|(thread, made)| made.iter().map(move |made| (thread, made)))
            .filter_map(|(thread, made)| Some(call(thread, Task::Call(on_data(made)?.clone()), made)))
            .collect()
    }

    /// What the contract says of the store from when the threads begin.
    pub(crate) fn contract(&self, data: Data) -> Contract {
        Contract::new(data, self.ids())
    }

    /// What the store holds when the threads begin.
    ///
    /// # Errors
    ///
    /// The place of the call before that was answered wrongly.
    pub(crate) fn data(&self) -> Result<Data, usize> {
        let mut data = Data::default();
        data.identity = Some(crate::sample::identity());
        for (at, made) in self.before.iter().enumerate() {
            let judged = match (made.op(), made.outcome()) {
                (Some(op), Some(outcome)) if is_answer(outcome) => data.answer(op, outcome).is_ok(),
                _ => false,
            };
            if !judged {
                return Err(at);
            }
        }
        Ok(data)
    }

    /// Every id that an answer told.
    fn ids(&self) -> Vec<u64> {
        let mut ids = Vec::new();
        for made in self.threads.iter().flatten().chain(&self.after) {
            if let Some(outcome) = made.outcome() {
                super::lane::learn(outcome, &mut ids);
            }
        }
        ids
    }

    /// How many calls of the threads there are, and how many of them ran at the same time as another thread's.
    pub(crate) fn overlap(&self) -> (usize, usize) {
        // A thread makes one call after the other, so its stamps ascend.
        let returned: Vec<&[Made]> = self.threads.iter().map(|made| returned(made)).collect();
        let calls = returned.iter().map(|made| made.len()).sum();
        let beside_another = |thread: usize, call: &Made| {
            let Some((end, _)) = call.returned else { return false };
            let mut others = returned.iter().enumerate().filter(|(other, _)| *other != thread);
            others.any(|(_, made)| {
                let first = made.partition_point(|other| ended(other) < call.called);
                made.get(first).is_some_and(|other| other.called <= end)
            })
        };
        let threads = returned.iter().enumerate();
        let met =
            threads.flat_map(|(thread, made)| made.iter().filter(move |call| beside_another(thread, call)));
        (calls, met.count())
    }
}

/// The operation, where it is one on what the store holds. An open that succeeds beside another one changes none of that.
pub(super) fn on_data(made: &Made) -> Option<&Op> {
    made.op().filter(|op| !matches!(op, Op::Open(_)))
}

/// The calls of a thread that returned; the last one may not have.
fn returned(made: &[Made]) -> &[Made] {
    &made[..made.partition_point(|made| made.returned.is_some())]
}

/// The stamp at which a call returned.
pub(crate) fn ended(made: &Made) -> u64 {
    made.returned.as_ref().map_or(u64::MAX, |(at, _)| *at)
}

/// Whether a call answered at all: what failed or panicked may have happened or not, and a walk that broke off says nothing of
/// the rest.
pub(crate) fn is_answer(outcome: &Outcome) -> bool {
    outcome.error().is_none() && !matches!(outcome, Outcome::Panicked { .. })
}

fn call<O>(thread: usize, operation: O, made: &Made) -> Call<O, Outcome> {
    let call = Call::new(thread, operation, made.called);
    match &made.returned {
        Some((at, outcome)) if is_answer(outcome) => call.returned(*at, outcome.clone()),
        Some((at, _)) => call.failed(*at),
        None => call,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Step;

    fn count(called: u64, returned: Option<u64>) -> Made {
        let returned = returned.map(|at| (at, Outcome::Number(0)));
        Made { step: Step::Call(Op::Count(None)), called, returned }
    }

    fn overlap(threads: &[&[(u64, Option<u64>)]]) -> (usize, usize) {
        let made = |calls: &&[(u64, Option<u64>)]| calls.iter().map(|(at, end)| count(*at, *end)).collect();
        let threads = threads.iter().map(made).collect();
        Recording { round: Arc::default(), before: Vec::new(), threads, after: Vec::new() }.overlap()
    }

    #[test]
    fn calls_overlap_where_neither_was_over_when_the_other_began() {
        assert_eq!(overlap(&[&[(1, Some(2)), (5, Some(6))], &[(3, Some(4)), (7, Some(8))]]), (4, 0));
        assert_eq!(overlap(&[&[(1, Some(4)), (5, Some(6))], &[(2, Some(3)), (7, Some(8))]]), (4, 2));
        assert_eq!(overlap(&[&[(1, Some(8))], &[(2, Some(3)), (4, Some(5)), (9, Some(10))]]), (4, 3));
        // Of three threads one that meets either of the others has met.
        assert_eq!(overlap(&[&[(1, Some(2))], &[(3, Some(6))], &[(4, Some(5))]]), (3, 2));
    }

    #[test]
    fn a_call_of_the_same_thread_and_one_that_never_returned_count_for_nothing() {
        assert_eq!(overlap(&[&[(1, Some(2)), (3, Some(4))]]), (2, 0));
        assert_eq!(overlap(&[&[(1, None)], &[(2, Some(3))]]), (1, 0));
    }
}
