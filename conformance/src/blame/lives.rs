//! What became of one entry, as the rows tell.

use super::{
    Lookups,
    guilt::refused_insert,
    history::{Case, failed, inserted, op, shows},
};
use crate::{
    contract::{Clause, clause},
    operation::{Op, Step},
    outcome::Outcome,
    trace::Row,
};
use mneme::Entry;

impl Case<'_> {
    pub(super) fn inserts_of(&self, id: u64) -> usize {
        self.back().filter(|row| inserted(row, id).is_some()).count()
    }

    /// Whether an entry that is gone had the key under another id.
    pub(super) fn had_another_id(&self, id: u64, entry: &Entry) -> bool {
        self.former(id, entry).is_some()
    }

    /// Whether a row inserted an entry as a new one.
    pub(super) fn is_first_insert_of(&self, row: &Row, id: u64) -> bool {
        let inserts = self.back().filter(|other| inserted(other, id).is_some());
        inserts.last().is_some_and(|first| std::ptr::eq(first, row))
    }

    /// Whether entries of more than one namespace were written.
    pub(super) fn has_seen_namespaces(&self) -> bool {
        let mut written = self.back().filter_map(|row| match op(row) {
            Some(Op::Insert(entry)) if failed(row).is_none() => Some(&entry.namespace),
            _ => None,
        });
        let one = written.next();
        written.any(|other| Some(other) != one)
    }

    /// Whether a sweep of all namespaces removed something.
    pub(super) fn has_swept_all(&self) -> bool {
        self.back().any(|row| match (op(row), &row.outcome) {
            (Some(Op::DeleteExpired(_, None)), Some(Outcome::Number(removed))) => *removed > 0,
            _ => false,
        })
    }

    /// Whether an earlier sweep of all namespaces than this one took an entry of a namespace.
    pub(super) fn has_swept_with_all(&self, namespace: &str, sweep: &Row) -> bool {
        let of_it = self.back().filter_map(|row| match (op(row), &row.outcome) {
            (Some(Op::Insert(entry)), Some(Outcome::Id(id))) if entry.namespace == namespace => Some(*id),
            _ => None,
        });
        of_it.filter_map(|id| self.removal_of(id)).any(|removal| {
            matches!(op(removal), Some(Op::DeleteExpired(_, None))) && !std::ptr::eq(removal, sweep)
        })
    }

    /// Whether an access named the id before an entry had it.
    pub(super) fn was_used_before_it_came(&self, id: u64) -> bool {
        let comes_later = |row: &&Row| inserted(row, id).is_some();
        let first = self.back().filter(comes_later).last();
        first.is_some_and(|first| {
            let before = self.back().skip_while(|row| !std::ptr::eq(*row, first));
            before.into_iter().any(|row| is_access_of(row, id))
        })
    }

    /// Whether an entry that is gone had the key under another id, and was used.
    pub(super) fn was_used_under_another_id(&self, id: u64, entry: &Entry) -> bool {
        let former: Vec<u64> = self
            .back()
            .filter_map(|row| match (op(row), &row.outcome) {
                (Some(Op::Insert(old)), Some(Outcome::Id(given)))
                    if *given != id
                        && (&old.namespace, &old.query_hash) == (&entry.namespace, &entry.query_hash) =>
                {
                    Some(*given)
                }
                _ => None,
            })
            .collect();
        former.into_iter().any(|former| self.accesses_of(former) > 0)
    }

    /// The clause of the refusal that the last insert under a key met, if it met one.
    pub(super) fn refusal_of_key(&self, namespace: &str, hash: &str) -> Option<&'static Clause> {
        self.back().find_map(|row| match op(row) {
            Some(Op::Insert(entry)) if (&*entry.namespace, &*entry.query_hash) == (namespace, hash) => {
                Some(failed(row).map(|kind| refused_insert(kind, entry)))
            }
            _ => None,
        })?
    }

    /// Whether a namespace had more entries than its quota before the last row.
    pub(super) fn was_past_a_quota(&self) -> bool {
        self.data().quotas.iter().any(|(namespace, quota)| {
            let of_it = self.back().filter_map(|row| match (op(row), &row.outcome) {
                (Some(Op::Insert(entry)), Some(Outcome::Id(id))) if entry.namespace == **namespace => {
                    Some(*id)
                }
                _ => None,
            });
            let stored: std::collections::BTreeSet<u64> =
                of_it.filter(|id| self.removal_of(*id).is_none()).collect();
            stored.len() as u64 > *quota
        })
    }

    /// Whether the version counter was read since an entry was last written.
    pub(super) fn has_read_the_counter_since(&self, id: u64) -> bool {
        self.back()
            .take_while(|row| inserted(row, id).is_none())
            .any(|row| matches!(row.step, Step::Look) || matches!(op(row), Some(Op::VersionCounter)))
    }

    /// Whether anything but a lookup was read since an entry was last written or used.
    pub(super) fn was_read_since_it_was_written(&self, id: u64) -> bool {
        let wrote = |row: &&Row| inserted(row, id).is_some() || is_access_of(row, id);
        self.back().take_while(|row| !wrote(row)).any(|row| {
            op(row).is_some_and(|op| !op.is_write() && !matches!(op, Op::IntegrityCheck | Op::SnapshotTo(_)))
        })
    }

    /// Whether a sweep came with a time at which an entry is due, before it was written or for another namespace.
    pub(super) fn was_told_that_it_is_due(&self, id: u64, entry: &Entry) -> bool {
        let mut is_written = true;
        self.back().any(|row| {
            is_written &= inserted(row, id).is_none();
            match op(row) {
                Some(Op::DeleteExpired(now, scope)) => {
                    let is_of_others = scope.as_ref().is_some_and(|scope| **scope != *entry.namespace);
                    (is_of_others || !is_written) && entry.expires_at().is_some_and(|due| due <= *now)
                }
                _ => false,
            }
        })
    }

    /// Whether another namespace was swept at a time at which an entry is due.
    pub(super) fn was_swept_elsewhere(&self, entry: &Entry) -> bool {
        self.back().any(|row| match op(row) {
            Some(Op::DeleteExpired(now, Some(scope))) => {
                **scope != *entry.namespace && entry.expires_at().is_some_and(|due| due <= *now)
            }
            _ => false,
        })
    }

    /// Whether a handle that was open was opened again with the same identity.
    pub(super) fn was_opened_again(&self) -> bool {
        self.back().any(|row| {
            matches!(op(row), Some(Op::Open(_))) && failed(row).is_none() && self.was_open_before(row)
        })
    }

    pub(super) fn accesses_of(&self, id: u64) -> usize {
        self.back().filter(|row| is_access_of(row, id)).count()
    }

    pub(super) fn last_insert_of(&self, id: u64) -> Option<&Entry> {
        self.back().find_map(|row| inserted(row, id))
    }

    /// Whether another entry that was due at the same time was deleted since this one was written.
    pub(super) fn deleted_with(&self, entry: &Entry) -> bool {
        self.back()
            .take_while(|row| !matches!(op(row), Some(Op::Insert(written)) if written == entry))
            .filter_map(|row| match op(row) {
                Some(Op::DeleteById(gone)) => self.last_insert_of(*gone),
                _ => None,
            })
            .any(|gone| gone.expires_at() == entry.expires_at())
    }

    /// The row that removed an entry, if it was stored once.
    pub(super) fn removal_of(&self, id: u64) -> Option<&Row> {
        let entry = self.last_insert_of(id)?;
        // Of several that would have, the first.
        self.back()
            .take_while(|row| inserted(row, id).is_none())
            .filter(|row| match op(row) {
                Some(Op::DeleteById(gone)) => *gone == id,
                Some(Op::ClearNamespace(namespace)) => **namespace == *entry.namespace,
                Some(Op::DeleteExpired(now, scope)) => {
                    entry.expires_at().is_some_and(|due| due <= *now)
                        && scope.as_ref().is_none_or(|scope| **scope == *entry.namespace)
                }
                _ => false,
            })
            .last()
    }

    /// The clause that is broken where an entry that was right when it was last seen is wrong, and nothing was written
    /// since: a lookup that has shown it right itself was changed by the reads between, and one that has not disagrees
    /// with the other.
    pub(super) fn without_suspects(&self, id: u64) -> &'static Clause {
        match self.lookups {
            Lookups::BothWrong => return &clause::lookup::reading_changes_nothing,
            Lookups::OtherWayRight => return &clause::lookup::both_ways_agree,
            _ => {}
        }
        let by_hash = matches!(self.op(), Some(Op::GetByHash(..)));
        let by_id = matches!(self.op(), Some(Op::GetById(_)));
        let same = |row: &Row| match op(row) {
            Some(Op::GetById(_)) => by_id && shows(row, id),
            Some(Op::GetByHash(..)) => by_hash && shows(row, id),
            _ => matches!(row.step, Step::Look),
        };
        if self.back().take_while(|row| inserted(row, id).is_none()).any(same) {
            &clause::lookup::reading_changes_nothing
        } else {
            &clause::lookup::both_ways_agree
        }
    }

    /// Whether nothing was written but deletes of others since this kind of lookup showed an entry.
    pub(super) fn lost_with_a_delete(&self, id: u64) -> bool {
        let name = self.op().map(Op::name);
        let showed =
            |row: &Row| matches!(row.step, Step::Look) || op(row).map(Op::name) == name && shows(row, id);
        let since = || self.back().take_while(|row| !showed(row));
        let is_delete = |row: &&Row| matches!(op(row), Some(Op::DeleteById(gone)) if *gone != id);
        let writes = || since().filter(|row| op(row).is_some_and(Op::is_write));
        writes().next().is_some() && writes().all(|row| is_delete(&row))
    }

    /// The entry that had the key of this one before it under another id.
    pub(super) fn former(&self, id: u64, entry: &Entry) -> Option<&Entry> {
        self.back().find_map(|row| match op(row) {
            Some(Op::Insert(old))
                if (&old.namespace, &old.query_hash) == (&entry.namespace, &entry.query_hash)
                    && failed(row).is_none()
                    && inserted(row, id).is_none() =>
            {
                Some(old)
            }
            _ => None,
        })
    }

    /// Whether the last insert of an entry was made while a walk was alive that has been dropped since.
    pub(super) fn was_written_under_a_walk(&self, id: u64) -> bool {
        let Some(at) = self.before.iter().rposition(|row| inserted(row, id).is_some()) else { return false };
        super::history::is_walking(&self.before[..at])
            && self.before[at..].iter().any(|row| matches!(row.step, Step::Leave(_)))
    }

    /// Whether this row is an item of a live walk, and anything was written while that was alive.
    pub(super) fn is_disturbed_walk(&self) -> bool {
        matches!(self.last.step, Step::Next(_)) && self.wrote_since_the_walk_began()
    }

    /// Whether an entry was inserted as a new one while the live walk of this row was alive.
    pub(super) fn came_since_the_walk_began(&self, id: u64) -> bool {
        let Step::Next(number) = self.last.step else { return false };
        let begun =
            self.before.iter().position(|row| matches!(row.step, Step::Begin(begun, _) if begun == number));
        let is_new = |row: &Row| row.handle == self.last.handle && inserted(row, id).is_some();
        self.before.iter().position(is_new) > begun
    }

    /// Whether anything was written while the live walk of this row was alive.
    pub(super) fn wrote_since_the_walk_began(&self) -> bool {
        let Step::Next(number) = self.last.step else { return false };
        self.before
            .iter()
            .rev()
            .take_while(|row| !matches!(row.step, Step::Begin(begun, _) if begun == number))
            .any(|row| op(row).is_some_and(Op::is_write))
    }

    pub(super) fn was_open_before(&self, row: &Row) -> bool {
        self.before.iter().take_while(|other| !std::ptr::eq(*other, row)).any(|other| {
            other.handle == row.handle && matches!(op(other), Some(Op::Open(_))) && failed(other).is_none()
        })
    }

    pub(super) fn data(&self) -> &crate::model::Data {
        self.model.data(self.last.handle)
    }

    /// The clause about data that must not be shared.
    pub(super) fn separation(&self) -> &'static Clause {
        let here = self.elsewhere().any(|row| row.site == self.last.site);
        if here { &clause::durable::unclaimed_keeps_nothing } else { &clause::open::sites_are_separate }
    }

    /// Whether anything was written to other data.
    pub(super) fn others_wrote(&self) -> bool {
        self.elsewhere()
            .any(|row| op(row).is_some_and(|op| op.is_write() && !matches!(op, Op::Open(_) | Op::Close)))
    }
}

/// Whether a row notes a use of an id, stored or not.
pub(super) fn is_access_of(row: &Row, id: u64) -> bool {
    matches!(op(row), Some(Op::UpdateAccess(touched, _)) if *touched == id)
}
