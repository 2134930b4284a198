//! Questions about what happened before.

use crate::{
    contract::{Clause, clause},
    model::Model,
    operation::{Op, Step},
    outcome::Outcome,
    trace::Row,
};
use mneme::{Entry, ErrorKind, StoredEntry};

/// A row that went wrong, and what was before it. The model is in the state before that row.
pub(super) struct Case<'a> {
    pub(super) rows: &'a [Row],
    pub(super) before: &'a [Row],
    pub(super) last: &'a Row,
    pub(super) model: &'a Model,
    pub(super) lookups: super::Lookups,
}

/// From how many entries on their number may be what a store stumbles over: past a byte.
const LARGE: usize = 250;

/// The same of namespaces: more than any list of names that a store may confuse.
const MANY_NAMES: usize = 64;

impl<'a> Case<'a> {
    /// The operation that went wrong, if it was one.
    pub(super) fn op(&self) -> Option<&'a Op> {
        match &self.last.step {
            Step::Call(op) => Some(op),
            _ => None,
        }
    }

    /// The walk that went wrong: one taken whole, or a live one.
    pub(super) fn walk(&self) -> Option<crate::operation::Walk> {
        match &self.last.step {
            Step::Call(Op::Walk(walk)) | Step::Begin(_, walk) => Some(*walk),
            Step::Next(number) => Some(self.model.walk(*number).walk),
            _ => None,
        }
    }

    /// The rows before, of the same data, latest first.
    pub(super) fn back(&self) -> impl Iterator<Item = &'a Row> + use<'a, '_> {
        let data = self.data_of(self.last);
        self.before.iter().rev().filter(move |row| self.data_of(row) == data)
    }

    /// Whether the same read was answered right before, with nothing but reads since.
    pub(super) fn was_right_before(&self) -> bool {
        let Some(op) = self.op().filter(|op| !op.is_write()) else { return false };
        let lifecycle = |row: &&Row| matches!(row.step, Step::Make | Step::Drop);
        self.back()
            .take_while(|row| !lifecycle(row) && !matches!(&row.step, Step::Call(other) if other.is_write()))
            .any(|row| match &row.step {
                Step::Call(other) => other == op,
                Step::Look => match op {
                    Op::Count(_) | Op::ListNamespaces | Op::VersionCounter => true,
                    // A look asks for two, and for more than there are.
                    Op::IterLruIds(limit, _) => {
                        *limit == 2 || *limit > self.model.data(self.last.handle).entries.len()
                    }
                    _ => false,
                },
                _ => false,
            })
    }

    /// The rows before, of other data, that wrote something.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = &'a Row> + use<'a, '_> {
        let data = self.data_of(self.last);
        self.before.iter().rev().filter(move |row| self.data_of(row) != data && writes(row))
    }

    /// Where the version counter of other data stands at least.
    pub(super) fn version_elsewhere(&self) -> Option<u64> {
        let data = self.data_of(self.last);
        let others = self.before.iter().filter(|row| self.data_of(row) != data);
        others.map(|row| self.model.data(row.handle).versions.now()).max()
    }

    /// The rows that may have changed something since it was last seen right, latest first.
    ///
    /// `seen` tells a row that showed it right; `made` the row that made it what it is, which is the last suspect.
    pub(super) fn suspects(&self, seen: impl Fn(&Row) -> bool, made: impl Fn(&Row) -> bool) -> Vec<&'a Row> {
        let mut suspects = Vec::new();
        for row in self.back() {
            // What answered an error showed nothing.
            if seen(row) && failed(row).is_none() || matches!(row.step, Step::Look) {
                break;
            }
            if writes(row) {
                suspects.push(row);
            }
            if made(row) && failed(row).is_none() {
                break;
            }
        }
        suspects
    }

    /// The suspects for what became of a stored entry: since it was last seen, back to its first insert.
    pub(super) fn suspects_of_entry(&self, id: u64) -> Vec<&'a Row> {
        self.suspects(
            |row| shows(row, id),
            |row| inserted(row, id).is_some() && self.is_first_insert(row, id),
        )
    }

    fn is_first_insert(&self, row: &Row, id: u64) -> bool {
        self.before
            .iter()
            .find(|other| inserted(other, id).is_some())
            .is_some_and(|first| std::ptr::eq(first, row))
    }

    /// The clause about what outlives a handle, where the row reopened the data.
    pub(super) fn survival(&self, made: &Row) -> &'static Clause {
        let before = self.before.iter().take_while(|row| !std::ptr::eq(*row, made));
        let survives = |survives, row: &Row| match &row.step {
            Step::Call(Op::Close) => &clause::durable::survives_close,
            Step::Kill => &clause::durable::survives_kill,
            Step::Call(Op::Open(_)) => &clause::durable::survives_drop,
            _ => survives,
        };
        if self.model.claims().are_of_the_site() {
            before.filter(|row| row.site == made.site).fold(&clause::durable::survives_drop, survives)
        } else {
            &clause::durable::unclaimed_keeps_nothing
        }
    }

    /// Whether a process that had the data was killed. All of it was right without a kill, and what one has left may show long
    /// after: half a record at the end of a log, in the one that was written behind it.
    pub(super) fn tells_of_a_kill(&self) -> bool {
        self.before.iter().any(|row| row.site == self.last.site && matches!(row.step, Step::Kill))
    }

    /// Whether a row made another handle on data that were there.
    pub(super) fn reopens(&self, row: &Row) -> bool {
        self.model.claims().are_of_the_site() && self.comes_back(row)
    }

    /// The clause that says what a step in the life of a handle must not do to the data, or to another handle.
    pub(super) fn lifecycle(&self, row: &Row) -> Option<&'static Clause> {
        let claims = self.model.claims();
        if !claims.are_of_the_site() {
            return None;
        }
        let later = row.handle > self.last.handle;
        match &row.step {
            Step::Make if !self.comes_back(row) => None,
            Step::Drop | Step::Call(Op::Close) if later && claims.shared => {
                Some(&clause::shared::closing_one_leaves_the_others)
            }
            Step::Make | Step::Call(Op::Open(_)) if later && claims.shared => {
                Some(&clause::shared::handles_agree)
            }
            Step::Make | Step::Drop | Step::Call(Op::Close) if later => {
                Some(&clause::durable::second_handle_is_refused)
            }
            Step::Call(Op::Open(_)) if later && failed(row) == Some(ErrorKind::Backend) => {
                Some(&clause::durable::second_handle_is_refused)
            }
            Step::Make => Some(self.survival(row)),
            Step::Call(Op::Open(_)) if self.takes_over(row) => Some(self.survival(row)),
            Step::Kill => Some(&clause::durable::survives_kill),
            Step::Drop if row.handle != self.last.handle => Some(if self.closes_again(row) {
                &clause::durable::survives_close
            } else {
                &clause::durable::survives_drop
            }),
            Step::Call(Op::Close) if row.handle != self.last.handle && self.closes_again(row) => {
                Some(&clause::close::is_idempotent)
            }
            _ => None,
        }
    }

    /// Whether a row opens a handle that was there already when another one had the data.
    fn takes_over(&self, open: &Row) -> bool {
        let before = self.before.iter().rev().skip_while(|row| !std::ptr::eq(*row, open)).skip(1);
        let since_it_was_made = before.take_while(|row| row.handle != open.handle);
        let is_left = |row: &Row| matches!(row.step, Step::Drop | Step::Call(Op::Close));
        failed(open).is_none() && since_it_was_made.filter(|row| row.site == open.site).any(is_left)
    }

    /// Whether an entry is gone, and was so before a row.
    pub(super) fn was_gone_before(&self, row: &Row, id: u64) -> bool {
        let may_remove = |row: &Row| match op(row) {
            Some(Op::DeleteById(gone)) => *gone == id,
            Some(Op::DeleteExpired(..) | Op::ClearNamespace(_)) => true,
            _ => false,
        };
        !self.data().entries.contains_key(&id)
            && !self.back().take_while(|other| !std::ptr::eq(*other, row)).any(may_remove)
    }

    /// Whether a row is about a handle that was closed before.
    pub(super) fn closes_again(&self, row: &Row) -> bool {
        self.before
            .iter()
            .take_while(|other| !std::ptr::eq(*other, row))
            .any(|other| other.handle == row.handle && matches!(op(other), Some(Op::Close)))
    }

    /// Whether a row made another handle on a site, whatever it keeps.
    pub(super) fn comes_back(&self, row: &Row) -> bool {
        matches!(row.step, Step::Make)
            && self
                .before
                .iter()
                .take_while(|other| !std::ptr::eq(*other, row))
                .any(|other| other.site == row.site)
    }

    /// Whether the very same call, or everything, was right before, and since then only other data were written.
    pub(super) fn only_others_wrote(&self) -> bool {
        let data = self.data_of(self.last);
        let mut others_wrote = false;
        for row in self.before.iter().rev() {
            if self.data_of(row) != data {
                others_wrote |= writes(row) && !matches!(row.step, Step::Make);
            } else if row.step == self.last.step || matches!(row.step, Step::Look) && self.is_part_of_a_look()
            {
                return others_wrote;
            } else if writes(row) {
                return false;
            }
        }
        false
    }

    /// Whether a look at everything makes the call of the last row, as it is.
    fn is_part_of_a_look(&self) -> bool {
        let data = self.model.data(self.last.handle);
        match self.op() {
            Some(Op::GetByHash(namespace, hash)) => data.id_of(namespace, hash).is_some(),
            Some(Op::GetById(id)) => data.entries.contains_key(id),
            Some(Op::Count(scope) | Op::IterLruIds(_, scope)) => {
                scope.as_ref().is_none_or(|name| data.keys.contains_key(name))
            }
            Some(Op::GetNamespaceQuota(namespace)) => data.quotas.contains_key(namespace),
            Some(Op::ReadMeta(key)) => data.meta.contains_key(key),
            Some(Op::Walk(_) | Op::ListNamespaces | Op::VersionCounter) => true,
            _ => false,
        }
    }

    /// Whether the last thing that was written is a meta key under which a store may keep what is its own.
    pub(super) fn has_just_written_an_internal(&self) -> bool {
        let last = self.back().find(|row| writes(row) && failed(row).is_none());
        matches!(last.and_then(op), Some(Op::WriteMeta(key, _)) if crate::scenario::meta::is_internal(key))
    }

    /// Whether nothing was ever written to these data, and something to others.
    pub(super) fn is_fresh_beside_others(&self) -> bool {
        self.others_wrote()
            && !self.back().any(|row| {
                op(row).is_some_and(|op| op.is_write() && !matches!(op, Op::Open(_))) && failed(row).is_none()
            })
    }

    /// Whether a walk may be what the last row stumbled over: one that is alive, or that was dropped half-way. A walk
    /// that stumbles itself needs another one, or a write, to do so.
    pub(super) fn is_under_a_walk(&self) -> bool {
        match self.last.step {
            Step::Next(_) => walks_alive(self.before) > 1 || self.wrote_since_the_walk_began(),
            _ => is_walking(self.before) || was_left_half_way(self.rows),
        }
    }

    /// Whether the data are, or were, so many that their size may be the reason.
    pub(super) fn is_large(&self) -> bool {
        let mut ids = std::collections::HashSet::new();
        let mut names = std::collections::HashSet::new();
        let mut removed = 0_usize;
        let data = self.data_of(self.last);
        let mut rows = self.before.iter().filter(|row| self.data_of(row) == data);
        rows.any(|row| match (&row.outcome, op(row)) {
            (Some(Outcome::Id(id)), Some(Op::Insert(entry))) => {
                names.insert(entry.namespace.as_str());
                // What was stored at one moment, and not all that ever was: many writes are another matter.
                ids.insert(*id) && (ids.len().saturating_sub(removed) >= LARGE || names.len() >= MANY_NAMES)
            }
            (Some(Outcome::Flag(true)), Some(Op::DeleteById(_))) => {
                removed += 1;
                false
            }
            (Some(Outcome::Number(count)), Some(Op::DeleteExpired(..) | Op::ClearNamespace(_))) => {
                removed = removed.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX));
                false
            }
            _ => false,
        })
    }

    fn data_of(&self, row: &Row) -> (usize, Option<usize>) {
        (row.site, (!self.model.claims().are_of_the_site()).then_some(row.handle))
    }
}

/// Whether a row may have changed the data: a write, refused or not, a lifecycle step, or a check that might repair.
fn writes(row: &Row) -> bool {
    match &row.step {
        Step::Make | Step::Drop | Step::Kill => true,
        Step::Call(op) => op.is_write() || matches!(op, Op::IntegrityCheck | Op::SnapshotTo(_)),
        _ => false,
    }
}

/// The operation of a row, if it was one.
pub(super) fn op(row: &Row) -> Option<&Op> {
    match &row.step {
        Step::Call(op) => Some(op),
        _ => None,
    }
}

/// Whether a row answered an error.
pub(super) fn failed(row: &Row) -> Option<ErrorKind> {
    row.outcome.as_ref().and_then(Outcome::error_kind)
}

/// The clause about a call that came before open or after close, where a row is one: it answered the right error,
/// and may have done its work all the same.
pub(super) fn out_of_turn(row: &Row) -> Option<&'static Clause> {
    match (op(row)?, failed(row)?) {
        (Op::Open(_), _) => None,
        (_, ErrorKind::NotOpen) => Some(&clause::open::comes_first),
        (_, ErrorKind::Closed) => Some(&clause::close::ends_every_operation),
        _ => None,
    }
}

/// The entry that a row inserted under an id.
pub(super) fn inserted(row: &Row, id: u64) -> Option<&Entry> {
    match (&row.step, &row.outcome) {
        (Step::Call(Op::Insert(entry)), Some(Outcome::Id(given))) if *given == id => Some(entry),
        _ => None,
    }
}

/// Whether a row showed an entry, whole.
pub(super) fn shows(row: &Row, id: u64) -> bool {
    shown(row).any(|entry| entry.id == id)
}

/// The entries that a row showed.
pub(super) fn shown(row: &Row) -> impl Iterator<Item = &StoredEntry> {
    let entries: &[StoredEntry] = match (&row.step, &row.outcome) {
        (Step::Recall(_), _) => &[],
        (_, Some(Outcome::Entry(Some(entry)))) => std::slice::from_ref(entry),
        (_, Some(Outcome::Entries(entries, _))) => entries,
        _ => &[],
    };
    entries.iter()
}

/// Whether the last row makes or opens a handle while another has its site.
pub(super) fn is_opened_beside_another(rows: &[Row]) -> bool {
    let Some((last, before)) = rows.split_last() else { return false };
    let mut holder = None;
    for row in before.iter().filter(|row| row.site == last.site) {
        match &row.step {
            Step::Call(Op::Open(_)) if failed(row).is_none() => holder = Some(row.handle),
            Step::Call(Op::Close) | Step::Drop if holder == Some(row.handle) => holder = None,
            _ => {}
        }
    }
    let opens = matches!(last.step, Step::Make | Step::Call(Op::Open(_)));
    opens && holder.is_some_and(|holder| holder != last.handle)
}

/// Whether the last walk that was dropped, of the last row's handle, had not come to its end.
pub(super) fn was_left_half_way(rows: &[Row]) -> bool {
    let Some(last) = rows.last() else { return false };
    let Some(left) = rows.iter().rev().find_map(|row| match row.step {
        Step::Leave(number) if row.handle == last.handle => Some(number),
        _ => None,
    }) else {
        return false;
    };
    !rows.iter().any(|row| {
        matches!(row.step, Step::Next(number) if number == left)
            && matches!(row.outcome, Some(Outcome::Entry(None) | Outcome::Failed(_)))
    })
}

/// Whether a walk is alive after these rows.
pub(super) fn is_walking(rows: &[Row]) -> bool {
    walks_alive(rows) > 0
}

fn walks_alive(rows: &[Row]) -> usize {
    let begun = rows.iter().filter(|row| matches!(row.step, Step::Begin(..))).count();
    let left = rows.iter().filter(|row| matches!(row.step, Step::Leave(_) | Step::Unwind(_))).count();
    begun.saturating_sub(left)
}
