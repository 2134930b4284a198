//! What one handle does that another must not notice, and what it must.

use super::history::{Case, failed, op};
use crate::{
    contract::{Clause, clause},
    model::Difference,
    operation::{Op, Step},
    outcome::Outcome,
    trace::Row,
};
use mneme::ErrorKind;

impl Case<'_> {
    /// The clause about several handles that the last row breaks, where what went wrong lies between two of them.
    pub(super) fn between_handles(&self, difference: &Difference) -> Option<&'static Clause> {
        if !self.model.claims().shared {
            // Who opens as another closes is refused, or has the data alone: what is wrong then was right when they took turns.
            let is_raced = self.race().is_some() && !matches!(difference, Difference::SetUp);
            return is_raced.then_some(&clause::durable::second_handle_is_refused);
        }
        if let Some(race) = self.race() {
            return self.raced(race, difference);
        }
        let mismatch = [ErrorKind::FingerprintMismatch, ErrorKind::DimensionMismatch];
        match difference {
            Difference::NotRefused(kind) | Difference::WrongError(kind)
                if mismatch.contains(kind) && self.is_open_elsewhere() && self.is_an_open() =>
            {
                return Some(&clause::shared::identity_binds_every_handle);
            }
            Difference::Id(None) if self.was_greatest_given_elsewhere() => {
                // Ids that went on among all of them, and do no longer since one has gone, went with what that one took away.
                return Some(if one_of_several_has_gone(self.before) {
                    &clause::shared::closing_one_leaves_the_others
                } else {
                    &clause::shared::ids_never_collide
                });
            }
            Difference::SetUp | Difference::NotRefused(_) | Difference::WrongError(_) => return None,
            _ => {}
        }
        // What happened since this handle saw that everything is right.
        let own = |row: &Row| row.handle == self.last.handle;
        let since = self.back().take_while(|row| !(own(row) && matches!(row.step, Step::Look | Step::Make)));
        let mut gone = None;
        for row in since {
            match &row.step {
                Step::Drop | Step::Kill | Step::Call(Op::Close) if !own(row) => {
                    gone = Some(&clause::shared::closing_one_leaves_the_others);
                }
                // That a handle comes is nothing that another is to see.
                Step::Call(Op::Open(_) | Op::Close) => {}
                Step::Call(op) if op.is_write() && failed(row).is_none() => {
                    // Of writes and of one that goes, a write that is not seen is the likelier reason.
                    return if own(row) { gone } else { Some(&clause::shared::handles_agree) };
                }
                _ => {}
            }
        }
        gone
    }

    /// What the handles of a race did, where nobody has seen since then that everything is right.
    fn race(&self) -> Option<Race> {
        let since: Vec<_> = self.back().take_while(|row| !matches!(row.step, Step::Look)).collect();
        let race = since.iter().position(|row| matches!(row.step, Step::AtOnce))?;
        let inserts = |row: &Row| matches!(op(row), Some(Op::Insert(_)));
        let inserted = inserts(self.last) || since[..race].iter().any(|row| inserts(row));
        Some(if inserted { Race::Inserts } else { Race::Opens })
    }

    /// What a race of several handles breaks; none where what went wrong has its own name.
    fn raced(&self, race: Race, difference: &Difference) -> Option<&'static Clause> {
        match (race, self.op(), difference) {
            (Race::Opens, _, Difference::SetUp) | (Race::Inserts, _, Difference::Panic(_)) => None,
            (Race::Opens, ..) => Some(&clause::shared::first_opens_may_race),
            (_, Some(Op::Insert(_)), Difference::Id(None)) | (_, Some(Op::IterLruIds(..)), _) => {
                Some(&clause::shared::ids_never_collide)
            }
            // Versions ascend in the order in which entries appear, and so must ids.
            (.., Difference::Altered(id, found, _))
                if self.data().entries.get(id).is_some_and(|held| held.entry == found.entry) =>
            {
                Some(&clause::shared::ids_never_collide)
            }
            (.., Difference::Undue) => Some(&clause::concurrent::contention_is_not_an_error),
            _ => Some(&clause::shared::handles_agree),
        }
    }

    fn is_an_open(&self) -> bool {
        matches!(self.op(), Some(Op::Open(_)))
    }

    /// Whether another handle has the same data open.
    fn is_open_elsewhere(&self) -> bool {
        self.model.is_open_besides(self.last.handle)
    }

    /// Whether the greatest id so far was given to another handle.
    fn was_greatest_given_elsewhere(&self) -> bool {
        let greatest = self.back().filter_map(|row| match (op(row), &row.outcome) {
            (Some(Op::Insert(_)), Some(Outcome::Id(id))) => Some((*id, row.handle)),
            _ => None,
        });
        greatest.max().is_some_and(|(_, handle)| handle != self.last.handle)
    }
}

/// What several handles did at once.
#[derive(Clone, Copy)]
enum Race {
    Inserts,
    Opens,
}

/// Whether a handle was closed, dropped or killed while another was there.
pub(super) fn one_of_several_has_gone(rows: &[Row]) -> bool {
    let Some(last) = rows.last() else { return false };
    let mut there = std::collections::BTreeSet::new();
    rows.iter().filter(|row| row.site == last.site).any(|row| match row.step {
        Step::Make => {
            there.insert(row.handle);
            false
        }
        Step::Drop | Step::Kill | Step::Call(Op::Close) => there.remove(&row.handle) && !there.is_empty(),
        _ => false,
    })
}
