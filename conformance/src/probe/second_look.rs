//! What a wrong answer is followed by: a look at each entry by itself, and the naming of the clauses.

use super::{Finding, Probe, Stop, guard};
use crate::{
    blame::{self, Lookups},
    model::{Difference, Mismatch, Phase},
    operation::{Op, Step},
    outcome::Outcome,
    trace::Row,
};
use mneme::{Store, StoredEntry};

/// What came of looking at each entry by itself.
enum SecondLook {
    /// An entry is not what it should be.
    Wrong(Step, Mismatch),
    /// Each entry is.
    Right,
    NotTaken,
}

/// How many entries a second look looks at; with more of them it is not taken.
const LOOKED_AT: usize = 100;

impl Probe {
    /// Notes a violation, after a second look where the mismatch alone does not tell what is wrong.
    pub(super) fn violated(&mut self, handle: usize, site: usize, step: &Step, mismatch: Mismatch) -> Stop {
        if self.found().is_some() {
            return Stop(());
        }
        let len = self.record.rows().len();
        self.wrong = len - 1;
        let deeper = if self.afterwards {
            SecondLook::NotTaken
        } else {
            self.second_look(handle, site, step, &mismatch)
        };
        let (mismatch, rows, lookups) = match deeper {
            SecondLook::Wrong(step, deeper) => {
                let mut rows = self.record.rows().clone();
                if !matches!(&rows[len - 1].step, Step::Call(op) if op.is_write()) {
                    // The read that was wrong tells nothing about what was right.
                    rows.remove(len - 1);
                }
                let lookups = self.look_both_ways(handle, site, &step, &deeper);
                (deeper, rows, lookups)
            }
            SecondLook::Right => {
                self.record.rows().truncate(len);
                let lookups = if self.is_right_without_a_limit(handle, site, step, &mismatch) {
                    Lookups::OtherWayRight
                } else {
                    Lookups::Right
                };
                (mismatch, self.record.rows().clone(), lookups)
            }
            SecondLook::NotTaken => {
                let rows = self.record.rows().clone();
                let lookups = if self.afterwards {
                    Lookups::Unknown
                } else {
                    self.look_both_ways(handle, site, step, &mismatch)
                };
                (mismatch, rows, lookups)
            }
        };
        let clauses = if matches!(mismatch.difference, Difference::SetUp) {
            Vec::new()
        } else {
            let broken = blame::clauses(&rows, &self.model, &mismatch, lookups);
            match self.laid_to {
                Some(clause) => blame::laid_to(clause, broken),
                None => broken,
            }
        };
        // What a child said in the second look may be nonsense too.
        if let Err(stop) = self.children_make_sense() {
            return stop;
        }
        let manner = mismatch.difference.manner();
        let (expected, further) = (mismatch.expected, self.further);
        self.find(Finding::Violated { clauses, expected, manner, further });
        // What was found is at the end of the record, and stays there.
        self.record.seal();
        Stop(())
    }

    /// Looks at each entry by itself: a count that is wrong because an entry is gone is the fault of what took the
    /// entry, and not the count's.
    fn second_look(&mut self, handle: usize, site: usize, step: &Step, mismatch: &Mismatch) -> SecondLook {
        let single = matches!(step, Step::Call(Op::GetById(_) | Op::GetByHash(..)));
        if single
            || !mismatch.is_about_many()
            || matches!(
                self.model.phase(handle),
                None | Some(Phase::Closed | Phase::Unopened | Phase::Dropped)
            )
        {
            return SecondLook::NotTaken;
        }
        let Some(store) = self.handles[handle].clone() else { return SecondLook::NotTaken };
        if let Some(right) = &mismatch.instead {
            let _ = self.model.step(handle, site, step, right);
        }
        let known: std::collections::BTreeSet<u64> = self
            .record
            .rows()
            .iter()
            .filter_map(|row| match (&row.step, &row.outcome) {
                (Step::Call(Op::Insert(_)), Some(Outcome::Id(id))) if row.site == site => Some(*id),
                _ => None,
            })
            .collect();
        if known.len() > LOOKED_AT {
            return SecondLook::NotTaken;
        }
        for id in known {
            let key = self.model.data(handle).entries.get(&id).map(|held| {
                Op::GetByHash(held.entry.namespace.as_str().into(), held.entry.query_hash.as_str().into())
            });
            for op in std::iter::once(Op::GetById(id)).chain(key) {
                let step = Step::Call(op.clone());
                let outcome = self.call_again(handle, site, &*store, &op);
                match self.model.step(handle, site, &step, &outcome) {
                    Ok(()) => {}
                    // That this call fails too tells nothing more.
                    Err(Mismatch { difference: Difference::Undue, .. })
                        if matches!(mismatch.difference, Difference::Undue) =>
                    {
                        return SecondLook::Right;
                    }
                    Err(deeper) => return SecondLook::Wrong(step, deeper),
                }
            }
        }
        SecondLook::Right
    }

    /// One more call, whose row is added to the record.
    fn call_again(&self, handle: usize, site: usize, store: &dyn Store, op: &Op) -> Outcome {
        let step = Step::Call(op.clone());
        self.record.begin(Row { handle, site, fresh_thread: false, step, outcome: None });
        let outcome = guard::calling(|| op.call(store, 0));
        self.record.end(outcome.clone());
        outcome
    }

    /// Whether an eviction order that lacks an entry has it where all of the order is asked for.
    fn is_right_without_a_limit(&self, handle: usize, site: usize, step: &Step, mismatch: &Mismatch) -> bool {
        let (Step::Call(Op::IterLruIds(_, namespace)), Difference::Missing(_)) = (step, &mismatch.difference)
        else {
            return false;
        };
        let Some(store) = self.handles[handle].clone() else { return false };
        let rows = self.record.rows().len();
        let all = Op::IterLruIds(usize::MAX, namespace.clone());
        let outcome = self.call_again(handle, site, &*store, &all);
        self.record.rows().truncate(rows);
        self.model.clone().step(handle, site, &Step::Call(all), &outcome).is_ok()
    }

    /// Where one lookup is wrong: looks whether it stays as it is, and whether the other kind of lookup is right.
    ///
    /// What tells a store's author more than the one wrong answer is left in the record.
    fn look_both_ways(&mut self, handle: usize, site: usize, step: &Step, mismatch: &Mismatch) -> Lookups {
        if let Difference::Extra(id, Some(shown)) = &mismatch.difference {
            return self.look_whether_it_is_there(handle, site, step, *id, shown);
        }
        if self.is_right_without_a_limit(handle, site, step, mismatch) {
            return Lookups::OtherWayRight;
        }
        let (Difference::Altered(id, ..) | Difference::Missing(id)) = &mismatch.difference else {
            return Lookups::Unknown;
        };
        let (Step::Call(op @ (Op::GetById(_) | Op::GetByHash(..))), Some(store)) =
            (step, self.handles[handle].clone())
        else {
            return Lookups::Unknown;
        };
        let entry = &self.model.data(handle).entries[id].entry;
        let other = match op {
            Op::GetById(_) => {
                Op::GetByHash(entry.namespace.as_str().into(), entry.query_hash.as_str().into())
            }
            _ => Op::GetById(*id),
        };
        let wrong = self.record.rows().len() - 1;
        let answer = |rows: &[Row], at: usize| rows.get(at).and_then(|row| row.outcome.clone());
        let found = answer(&self.record.rows(), wrong);
        let mut model = self.model.clone();
        let mut ask = |op: &Op| {
            let outcome = self.call_again(handle, site, &*store, op);
            (model.step(handle, site, &Step::Call(op.clone()), &outcome).is_ok(), outcome)
        };
        let is_found = |outcome: &Outcome| match (outcome, &found) {
            (Outcome::Entry(now), Some(Outcome::Entry(before))) => now == before,
            _ => false,
        };
        let (right, again) = ask(op);
        if !right && !is_found(&again) {
            return Lookups::Unsteady;
        }
        self.record.rows().truncate(wrong + 1);
        if right {
            return Lookups::Unknown;
        }
        let (right, by_the_other) = ask(&other);
        if right {
            let (_, again) = ask(op);
            let mut rows = self.record.rows();
            if is_found(&again) {
                let seen = wrong.checked_sub(1).is_some_and(|before| rows[before].step == Step::Call(other));
                if seen {
                    rows.truncate(wrong + 1);
                } else {
                    // First the way that is right, then the one that is not.
                    rows.remove(wrong);
                }
                return Lookups::OtherWayRight;
            }
        }
        self.record.rows().truncate(wrong + 1);
        let has_another_id = |outcome: &Outcome| {
            matches!(outcome, Outcome::Entry(Some(shown)) if shown.id != *id
                && (&shown.namespace, &shown.query_hash) == (&entry.namespace, &entry.query_hash))
        };
        if right {
            Lookups::Unknown
        } else if found.as_ref().is_some_and(has_another_id) || has_another_id(&by_the_other) {
            Lookups::OtherId
        } else {
            Lookups::BothWrong
        }
    }

    /// Where one lookup finds what is not stored: looks whether the other kind of lookup finds it too.
    fn look_whether_it_is_there(
        &self,
        handle: usize,
        site: usize,
        step: &Step,
        id: u64,
        shown: &StoredEntry,
    ) -> Lookups {
        let other = match step {
            Step::Call(Op::GetById(_)) => {
                Op::GetByHash(shown.namespace.as_str().into(), shown.query_hash.as_str().into())
            }
            Step::Call(Op::GetByHash(..)) => Op::GetById(id),
            _ => return Lookups::Unknown,
        };
        let Some(store) = self.handles[handle].clone() else { return Lookups::Unknown };
        let rows = self.record.rows().len();
        let outcome = self.call_again(handle, site, &*store, &other);
        self.record.rows().truncate(rows);
        match outcome {
            Outcome::Entry(Some(entry)) if entry.id == id => Lookups::BothWrong,
            Outcome::Entry(None) => Lookups::OtherWayRight,
            _ => Lookups::Unknown,
        }
    }
}
