//! Which clause a round that no order explains breaks: that of single operations, or that of what is about many entries at once.

use super::{
    contract::Task,
    draw::Kind,
    judge::{StoreHistory, Unexplained, checker},
};
use crate::{
    contract::{Clause, clause},
    linearizability::{Call, History, Verdict},
    operation::Op,
    outcome::Outcome,
};
use std::collections::BTreeMap;

/// Namespace and hash.
type Key<'a> = (&'a str, &'a str);

/// How many removals of one entry are searched through together: what they leave may be each subset of the entries.
const SEARCHED: usize = 6;

impl Unexplained {
    /// The clauses that are broken, the narrowest first.
    pub(crate) fn clauses(&self, kind: Kind) -> Vec<&'static Clause> {
        let single: &'static Clause = &clause::concurrent::single_operations_are_linearizable;
        match kind {
            Kind::WholeWrites if !self.is_wrong_in_single_steps() => {
                vec![&clause::concurrent::whole_writes_are_atomic]
            }
            Kind::WholeReads | Kind::WholeWrites
                if !self.is_wrong(&without(&self.history, is_whole_read)) =>
            {
                vec![&clause::concurrent::whole_reads_are_atomic]
            }
            _ => vec![single],
        }
    }

    /// Whether what is left of the history has no order either. Where it has one, or the search ended before it knew,
    /// what was taken away is to blame: with it there is none.
    fn is_wrong(&self, rest: &StoreHistory) -> bool {
        matches!(checker().check(&self.contract, rest), Verdict::Violation(_))
    }

    /// Whether there is no order either where a removal of many entries need not be one step.
    fn is_wrong_in_single_steps(&self) -> bool {
        let steps = self.in_single_steps(&self.history);
        let is_removal = |call: &&Call<Task, Outcome>| matches!(call.operation(), Task::Removal(..));
        if steps.calls().iter().filter(is_removal).count() <= SEARCHED {
            return self.is_wrong(&steps);
        }
        // More have too many orders. Calls for one entry have nothing to do with those for another.
        self.by_key(&steps).iter().any(|calls| self.is_wrong(calls))
    }

    /// The calls that are about one entry each, by its key.
    fn by_key(&self, steps: &StoreHistory) -> Vec<StoreHistory> {
        let mut key_of: BTreeMap<u64, Key<'_>> = self.contract.keys().collect();
        for call in self.history.calls() {
            if let (Task::Call(Op::Insert(entry)), Some(Outcome::Id(id))) = (call.operation(), call.outcome())
            {
                key_of.insert(*id, (&entry.namespace, &entry.query_hash));
            }
        }
        let mut by_key = BTreeMap::<Key<'_>, Vec<&Call<Task, Outcome>>>::new();
        for call in steps.calls() {
            let key = match call.operation() {
                Task::Call(Op::Insert(entry)) => Some((&*entry.namespace, &*entry.query_hash)),
                Task::Call(Op::GetByHash(namespace, hash)) => Some((&**namespace, &**hash)),
                Task::Call(Op::GetById(id) | Op::UpdateAccess(id, _) | Op::DeleteById(id)) => {
                    key_of.get(id).copied()
                }
                Task::Removal(_, id) => key_of.get(id).copied(),
                Task::Call(_) | Task::Count => None,
            };
            if let Some(key) = key {
                by_key.entry(key).or_default().push(call);
            }
        }
        let is_asked = |call: &&Call<Task, Outcome>| matches!(call.operation(), Task::Call(_));
        let asked = by_key.into_values().filter(|calls| calls.iter().any(is_asked));
        asked.map(|calls| calls.into_iter().cloned().collect()).collect()
    }

    /// The history with each removal of many entries as removals of one, at any times during the call.
    fn in_single_steps(&self, history: &StoreHistory) -> StoreHistory {
        let mut calls = Vec::new();
        for call in history.calls() {
            let Task::Call(op) = call.operation() else { continue };
            if !matches!(op, Op::DeleteExpired(..) | Op::ClearNamespace(_)) {
                calls.push(call.clone());
                continue;
            }
            let reached = self.contract.ids().filter(|id| self.may_reach(history, call, *id));
            let removals = reached.map(|id| Task::Removal(op.clone(), id));
            calls.extend(removals.chain([Task::Count]).map(|step| {
                let step = Call::new(call.thread(), step, call.called_at());
                match call.returned_at() {
                    Some(at) => step.returned(at, Outcome::Done),
                    None => step,
                }
            }));
        }
        History::from_calls(calls)
    }

    /// Whether a removal of many entries may find an entry: without the others the search has fewer steps, and the same result.
    fn may_reach(&self, history: &StoreHistory, removal: &Call<Task, Outcome>, id: u64) -> bool {
        let (began, ended) = (removal.called_at(), removal.returned_at().unwrap_or(u64::MAX));
        let is_gone = history.calls().iter().any(|call| {
            matches!(call.operation(), Task::Call(Op::DeleteById(gone)) if *gone == id)
                && matches!(call.outcome(), Some(Outcome::Flag(true)))
                && call.returned_at().is_some_and(|at| at < began)
        });
        // An insert whose answer nobody saw may have given any id.
        let is_given = history.calls().iter().any(|call| {
            matches!(call.operation(), Task::Call(Op::Insert(_)))
                && !matches!(call.outcome(), Some(Outcome::Id(other)) if *other != id)
                && call.called_at() < ended
        });
        !is_gone && (is_given || self.contract.had(id))
    }
}

fn is_whole_read(op: &Op) -> bool {
    matches!(op, Op::Count(_) | Op::ListNamespaces | Op::IterLruIds(..))
}

pub(super) fn without(history: &StoreHistory, left_out: fn(&Op) -> bool) -> StoreHistory {
    let kept = history.calls().iter().filter(|call| match call.operation() {
        Task::Call(op) => !left_out(op),
        Task::Removal(..) | Task::Count => true,
    });
    kept.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        operation::Step,
        race::{Judged, Made, Recording, Round, judge},
        sample,
    };
    use std::sync::Arc;

    fn made(op: Op, called: u64, returned: u64, outcome: Outcome) -> Made {
        Made { step: Step::Call(op), called, returned: Some((returned, outcome)) }
    }

    fn insert(called: u64, returned: u64, id: u64) -> Made {
        made(Op::Insert(sample::entry("a", &format!("h{id}"))), called, returned, Outcome::Id(id))
    }

    fn clear(called: u64, returned: u64, removed: u64) -> Made {
        made(Op::ClearNamespace("a".into()), called, returned, Outcome::Number(removed))
    }

    fn lacks(called: u64, returned: u64, id: u64) -> Made {
        made(Op::GetById(id), called, returned, Outcome::Entry(None))
    }

    fn has(called: u64, returned: u64, id: u64) -> Made {
        let entry = sample::entry("a", &format!("h{id}"));
        let stored = mneme::StoredEntry::new(id, id, entry);
        made(Op::GetById(id), called, returned, Outcome::Entry(Some(stored)))
    }

    /// What is wrong in a round of two threads that begins with the entries 1 and 2.
    fn wrong(threads: [Vec<Made>; 2]) -> Box<Unexplained> {
        judged(vec![insert(1, 2, 1), insert(3, 4, 2)], threads)
    }

    fn judged(before: Vec<Made>, threads: [Vec<Made>; 2]) -> Box<Unexplained> {
        let recording = Recording {
            round: Arc::new(Round::default()),
            before,
            threads: threads.into(),
            after: Vec::new(),
        };
        match judge(&recording) {
            Judged::Wrong(unexplained) => unexplained,
            other => panic!("{other:?}"),
        }
    }

    fn clauses(unexplained: &Unexplained) -> Vec<String> {
        unexplained.clauses(Kind::WholeWrites).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_removal_of_many_that_is_seen_half_done_is_no_single_operations_fault() {
        let torn = wrong([vec![clear(10, 15, 2)], vec![lacks(11, 12, 1), has(13, 14, 2)]]);
        assert_eq!(clauses(&torn), ["concurrent::whole_writes_are_atomic"]);
        // Nor is it where an entry that came beside it is among those that went.
        let beside =
            wrong([vec![clear(10, 19, 3)], vec![insert(11, 12, 3), lacks(13, 14, 3), has(15, 16, 2)]]);
        assert_eq!(clauses(&beside), ["concurrent::whole_writes_are_atomic"]);
    }

    #[test]
    fn what_no_removal_of_many_can_have_removed_is_a_single_operations_fault() {
        let later = wrong([vec![clear(10, 11, 2), insert(12, 13, 3)], vec![lacks(14, 15, 3)]]);
        assert_eq!(clauses(&later), ["concurrent::single_operations_are_linearizable"]);
        let gone = made(Op::DeleteById(1), 10, 11, Outcome::Flag(true));
        let earlier = wrong([vec![gone, clear(12, 17, 1)], vec![lacks(13, 14, 2), has(15, 16, 1)]]);
        assert_eq!(clauses(&earlier), ["concurrent::single_operations_are_linearizable"]);
    }

    /// As [`wrong`], of as many entries as a search through every subset of them would not come to an end with.
    fn wrong_of_many(threads: [Vec<Made>; 2]) -> Box<Unexplained> {
        let before = (1..=40).map(|id| insert(2 * id, 2 * id + 1, id)).collect();
        judged(before, threads)
    }

    #[test]
    fn a_removal_of_many_more_is_told_apart_too() {
        let torn = wrong_of_many([vec![clear(100, 105, 40)], vec![lacks(101, 102, 1), has(103, 104, 2)]]);
        assert_eq!(clauses(&torn), ["concurrent::whole_writes_are_atomic"]);
        let counted = made(Op::Count(None), 101, 102, Outcome::Number(7));
        let torn = wrong_of_many([vec![clear(100, 105, 40)], vec![counted]]);
        assert_eq!(clauses(&torn), ["concurrent::whole_writes_are_atomic"]);
        let absent = made(Op::GetByHash("a".into(), "h1".into()), 101, 102, Outcome::Entry(None));
        let back = wrong_of_many([vec![clear(100, 105, 40)], vec![absent, has(103, 104, 1)]]);
        assert_eq!(clauses(&back), ["concurrent::single_operations_are_linearizable"]);
    }

    #[test]
    fn a_count_that_no_step_of_a_removal_explains_is_torn_itself() {
        let counted = made(Op::Count(None), 103, 104, Outcome::Number(7));
        let late = wrong([vec![clear(100, 101, 2)], vec![counted]]);
        assert_eq!(clauses(&late), ["concurrent::whole_reads_are_atomic"]);
    }

    #[test]
    fn single_steps_are_those_that_a_removal_may_take() {
        let steps = |threads| {
            let unexplained = wrong(threads);
            let steps = unexplained.in_single_steps(&unexplained.history);
            steps.calls().iter().filter(|call| matches!(call.operation(), Task::Removal(..))).count()
        };
        // The entries 1 and 2, and not 3, which came later.
        assert_eq!(steps([vec![clear(10, 11, 2), insert(12, 13, 3)], vec![lacks(14, 15, 3)]]), 2);
        // The entry 2, and not 1, which was gone.
        let gone = made(Op::DeleteById(1), 10, 11, Outcome::Flag(true));
        assert_eq!(steps([vec![gone, clear(12, 17, 1)], vec![lacks(13, 14, 2), has(15, 16, 1)]]), 1);
        // All three, as the last one came before the clear was over.
        assert_eq!(
            steps([vec![clear(10, 19, 3)], vec![insert(11, 12, 3), lacks(13, 14, 3), has(15, 16, 2)]]),
            3
        );
    }
}
