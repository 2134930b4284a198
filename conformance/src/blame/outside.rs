//! What went wrong with snapshots, with the data that were made from one, and with files that the harness tampered with.

use super::{
    Broken,
    history::{Case, failed, op},
};
use crate::{
    contract::{Clause, clause},
    model::{Difference, Ended},
    operation::{Op, Step, Tampering},
    outcome::Outcome,
    trace::Row,
};
use std::path::Path;

/// Names the clauses where a mismatch is about snapshots or about tampered files, and answers whether it is about nothing else.
pub(super) fn explains(case: &Case<'_>, difference: &Difference, broken: &mut Broken) -> bool {
    if let (Some(how), false) = (case.model.tampering(case.last.site), is_restore(case.last)) {
        tampered(case, how, difference, broken);
        if is_told_without(how, difference) {
            return false;
        }
    } else {
        match &case.last.step {
            Step::Restore(from) => restoring(case, from, difference, broken),
            Step::Exists(_) => broken.add(left_by(case)),
            Step::Altered(path) => broken.add(altered_by(case, path)),
            Step::Call(Op::SnapshotTo(_)) if case.model.claims().snapshots => match difference {
                Difference::NotRefused(mneme::ErrorKind::Checkpoint)
                | Difference::WrongError(mneme::ErrorKind::Checkpoint)
                | Difference::Panic(Some(mneme::ErrorKind::Checkpoint)) => {
                    broken.add(&clause::snapshot::existing_destination_is_refused);
                }
                Difference::Undue if is_taken_again(case) => {
                    broken.add(&clause::snapshot::killed_leaves_none);
                }
                Difference::Undue | Difference::Panic(None) => {
                    broken.add(&clause::snapshot::restores_everything);
                }
                _ => return false,
            },
            _ if case.is_of_a_restored_site() || is_left_by_a_kill(case) => broken.add(restored(case)),
            _ if case.model.claims().snapshots && case.only_a_snapshot_was_taken() => {
                broken.add(&clause::snapshot::leaves_both_sides_alone);
            }
            _ if case.only_others_wrote() && case.rows.iter().any(is_restore) => {
                broken.add(&clause::snapshot::leaves_both_sides_alone);
            }
            _ => return false,
        }
    }
    match difference {
        Difference::Panic(_) => broken.add(&clause::robust::nothing_panics),
        Difference::Undue => broken.add(&clause::robust::fails_only_where_a_clause_says),
        _ => {}
    }
    true
}

/// The clause that says what a snapshot must not do to the store that it is taken of.
pub(super) fn of_snapshot(case: &Case<'_>, row: &Row) -> &'static Clause {
    match failed(row) {
        _ if !case.model.claims().snapshots => &clause::snapshot::unsupported_says_so,
        Some(_) => &clause::snapshot::existing_destination_is_refused,
        None => &clause::snapshot::leaves_both_sides_alone,
    }
}

/// The clauses that a call which never returns breaks, where it is about snapshots or tampered files.
pub(super) fn hang(rows: &[Row], broken: &mut Broken) {
    let Some(last) = rows.last() else { return };
    let tampering = rows.iter().find_map(|row| match row.step {
        Step::Tamper(how, _) if row.site == last.site => Some(how),
        _ => None,
    });
    match (tampering, &last.step) {
        (Some(how), Step::Make | Step::Call(_)) => broken.add(of_tampering(how)),
        (_, Step::Restore(_)) => broken.add(&clause::snapshot::restores_everything),
        _ => {}
    }
}

fn tampered(case: &Case<'_>, how: Tampering, difference: &Difference, broken: &mut Broken) {
    let checks = matches!(case.op(), Some(Op::IntegrityCheck));
    if matches!(difference, Difference::NoAnswer) || matches!(difference, Difference::Panic(_)) && checks {
        broken.add(&clause::integrity::is_an_answer);
    }
    let corrupt = failed(case.last) == Some(mneme::ErrorKind::Corrupt);
    // A corrupt error is what every operation may answer, and `integrity_check` breaks its own clause alone by it.
    if !(matches!(difference, Difference::NoAnswer) && corrupt) {
        broken.add(of_tampering(how));
    }
}

/// Whether the answer may be wrong with room on the disk too, so that the checks of other clauses tell.
fn is_told_without(how: Tampering, difference: &Difference) -> bool {
    matches!(how, Tampering::Full | Tampering::Room)
        && !matches!(
            difference,
            Difference::Panic(_)
                | Difference::Undue
                | Difference::NotRefused(_)
                | Difference::WrongError(_)
                | Difference::Ending(Ended::Failed)
                | Difference::Left
                | Difference::Unnoticed
                | Difference::NoAnswer
        )
}

fn of_tampering(how: Tampering) -> &'static Clause {
    match how {
        Tampering::Damage => &clause::integrity::damage_is_noticed,
        Tampering::Foreign | Tampering::Block => &clause::files::foreign_file_is_refused,
        Tampering::Newer => &clause::files::newer_schema_is_refused,
        Tampering::Full | Tampering::Room => &clause::files::full_disk_loses_nothing,
        Tampering::Unsynced => &clause::durable::survives_kill,
    }
}

fn restoring(case: &Case<'_>, from: &Path, difference: &Difference, broken: &mut Broken) {
    if is_left_by_a_kill(case) {
        broken.add(&clause::snapshot::killed_leaves_none);
        return;
    }
    match difference {
        Difference::NotRefused(_) | Difference::WrongError(_) => broken.add(of_refused_restore(case, from)),
        // The panic says nothing of what was due, and the model knows.
        Difference::Panic(_)
            if !case.model.is_snapshot(from) || case.model.is_destination_taken(case.last.site) =>
        {
            broken.add(of_refused_restore(case, from));
        }
        _ => broken.add(of_content(case, from)),
    }
}

/// The clause that says what a snapshot holds: one that was taken while others wrote holds one moment.
fn of_content(case: &Case<'_>, snapshot: &Path) -> &'static Clause {
    let took = |row: &Row| matches!(op(row), Some(Op::SnapshotTo(to)) if to == snapshot);
    let amid = |taken: usize| {
        let site = case.before[taken].site;
        case.before[..taken].iter().any(|row| row.site == site && matches!(row.step, Step::Meanwhile))
    };
    if case.before.iter().position(took).is_some_and(amid) {
        &clause::snapshot::is_a_point_in_time
    } else {
        &clause::snapshot::restores_everything
    }
}

fn of_refused_restore(case: &Case<'_>, from: &Path) -> &'static Clause {
    if case.model.is_snapshot(from) {
        &clause::snapshot::existing_destination_is_refused
    } else {
        &clause::snapshot::foreign_source_is_refused
    }
}

/// What was refused last left something.
fn left_by(case: &Case<'_>) -> &'static Clause {
    match case.before.iter().rev().find(|row| is_restore(row) || is_snapshot(row)) {
        Some(row) => match &row.step {
            Step::Restore(from) => of_refused_restore(case, from),
            _ => of_snapshot(case, row),
        },
        None => &clause::snapshot::unsupported_says_so,
    }
}

/// What was at a path is another thing now.
fn altered_by(case: &Case<'_>, path: &Path) -> &'static Clause {
    let to_there = |row: &&Row| matches!(op(row), Some(Op::SnapshotTo(to)) if to == path);
    let last = case.before.iter().rev().find(|row| !matches!(row.step, Step::Altered(_) | Step::Exists(_)));
    if case.model.is_snapshot(path) && last.filter(to_there).is_none_or(|row| failed(row).is_none()) {
        return &clause::snapshot::leaves_both_sides_alone;
    }
    left_by(case)
}

/// Data that were made from a snapshot are not what they should be.
fn restored(case: &Case<'_>) -> &'static Clause {
    if is_left_by_a_kill(case) {
        return &clause::snapshot::killed_leaves_none;
    }
    if case.only_others_wrote() {
        return &clause::snapshot::leaves_both_sides_alone;
    }
    let from = case.before.iter().rev().find_map(|row| match &row.step {
        Step::Restore(from) if row.site == case.last.site => Some(from),
        _ => None,
    });
    from.map_or(&clause::snapshot::restores_everything, |from| of_content(case, from))
}

/// Whether the data of the last row come from a snapshot or a restore that was cut short, and show that now.
fn is_left_by_a_kill(case: &Case<'_>) -> bool {
    let cut_short = |row: &Row| row.outcome.is_none();
    let wrote = |row: &&Row| {
        row.site == case.last.site
            && matches!(op(row), Some(op) if op.is_write() && !matches!(op, Op::Open(_) | Op::Close))
    };
    if case.before.iter().any(|row| wrote(&row)) {
        return false;
    }
    let own = |row: &&Row| row.site == case.last.site && is_restore(row);
    if case.before.iter().filter(own).any(cut_short) {
        return true;
    }
    let Some(Step::Restore(from)) = case.before.iter().rev().find(own).map(|row| &row.step) else {
        return false;
    };
    let taken = case.before.iter().find(|row| matches!(op(row), Some(Op::SnapshotTo(to)) if to == from));
    taken.is_none_or(cut_short)
}

/// Whether a snapshot to the same path was cut short before.
fn is_taken_again(case: &Case<'_>) -> bool {
    case.before.iter().any(|row| is_snapshot(row) && op(row) == case.op() && row.outcome.is_none())
}

fn is_restore(row: &Row) -> bool {
    matches!(row.step, Step::Restore(_))
}

fn is_snapshot(row: &Row) -> bool {
    matches!(op(row), Some(Op::SnapshotTo(_)))
}

impl Case<'_> {
    /// Whether everything was right before, and since then nothing was done but that a snapshot was taken.
    fn only_a_snapshot_was_taken(&self) -> bool {
        let mut taken = false;
        for row in self.back() {
            match &row.step {
                Step::Look => return taken,
                Step::Call(Op::SnapshotTo(_)) => taken |= failed(row).is_none(),
                Step::Call(op) if op.is_write() => return false,
                Step::Make | Step::Drop => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether the data of the last row were made from a snapshot.
    fn is_of_a_restored_site(&self) -> bool {
        self.before.iter().any(|row| {
            row.site == self.last.site && is_restore(row) && matches!(row.outcome, Some(Outcome::Done))
        })
    }
}
