//! What each kind of row must not do to an entry that it is not about.

use super::{
    Broken, Lookups, confusion, features,
    history::{Case, failed, inserted, op, out_of_turn, shows},
    outside,
};
use crate::{
    contract::{Clause, clause},
    model::may_be_refused,
    operation::Op,
    trace::Row,
};
use mneme::{Entry, ErrorKind};

/// The clause that says what a row must not do to an entry that it is not about.
pub(super) fn changed_by(case: &Case<'_>, row: &Row, id: u64, entry: &Entry, broken: &mut Broken) {
    if let Some(clause) = case.lifecycle(row) {
        broken.add(clause);
        return;
    }
    if let Some(kind) = failed(row) {
        if let Some(clause) = refusal_of(case, row, kind) {
            broken.add(clause);
        }
        return;
    }
    match op(row) {
        Some(Op::Insert(other)) => match () {
            () if inserted(row, id).is_some() => {
                if case.inserts_of(id) > 1 {
                    broken.add(&clause::insert::upsert_keeps_the_id);
                }
            }
            () => {
                let a = (entry.namespace.as_str(), entry.query_hash.as_str());
                if let Some(clause) = confusion::suspected(a, (&other.namespace, &other.query_hash)) {
                    broken.add(clause);
                }
                // An eviction takes an entry, and alters none.
                if !shows(case.last, id) && is_past_its_quota(case, other) {
                    broken.add(&clause::quota::limits_nothing_by_itself);
                }
            }
        },
        Some(Op::DeleteById(gone)) if *gone != id => {
            broken.add(&clause::delete::leaves_the_others);
            confused_with(case, entry, *gone, broken);
        }
        Some(Op::DeleteExpired(now, scope)) => {
            if is_past_its_quota(case, entry) {
                broken.add(&clause::quota::limits_nothing_by_itself);
            }
            removed_too_early(case, id, entry, *now, scope.as_deref(), broken);
        }
        Some(Op::ClearNamespace(namespace)) => {
            broken.add(&clause::clear::removes_that_namespace_only);
            if case.lookups == Lookups::OtherWayRight {
                return;
            }
            if namespace.is_empty() || confusion::are_alike(namespace, &entry.namespace) {
                broken.add(confusion::of_namespaces(namespace, &entry.namespace));
            }
        }
        Some(Op::UpdateAccess(touched, _)) => {
            if case.inserts_of(*touched) == 0 || case.was_gone_before(row, *touched) {
                broken.add(&clause::access::id_not_stored_is_ignored);
            }
            broken.add(&clause::access::touches_nothing_else);
            confused_with(case, entry, *touched, broken);
        }
        Some(Op::SetNamespaceQuota(..)) => broken.add(&clause::quota::limits_nothing_by_itself),
        Some(Op::WriteMeta(..)) => broken.add(&clause::meta::leaves_entries_alone),
        Some(Op::Open(_)) if case.was_open_before(row) => {
            broken.add(&clause::open::same_identity_is_accepted);
        }
        Some(Op::SnapshotTo(_)) => broken.add(outside::of_snapshot(case, row)),
        _ => {}
    }
}

/// Whether an entry's namespace, or the empty one for all, has more entries than its quota.
pub(super) fn is_past_its_quota(case: &Case<'_>, entry: &Entry) -> bool {
    let past = |namespace: &str, scope| {
        case.data().quotas.get(namespace).is_some_and(|quota| case.data().count(scope) > *quota)
    };
    past(&entry.namespace, Some(&entry.namespace)) || past("", None)
}

/// What was done to another entry showed in this one: the clause about their keys, where they may have been confused.
///
/// A removal that took the one for the other would have taken all of it: an entry that the other kind of lookup still
/// finds has lost its place in an index.
pub(super) fn confused_with(case: &Case<'_>, entry: &Entry, other: u64, broken: &mut Broken) {
    if case.lookups == Lookups::OtherWayRight {
        return;
    }
    let a = (entry.namespace.as_str(), entry.query_hash.as_str());
    let clause = case
        .last_insert_of(other)
        .and_then(|other| confusion::suspected(a, (&other.namespace, &other.query_hash)));
    if let Some(clause) = clause {
        broken.add(clause);
    }
}

/// Where nothing else can have changed what was stored, a check that was to repair nothing has; answers whether it is so.
pub(super) fn repaired(suspects: &[&Row], broken: &mut Broken) -> bool {
    let is_so = broken.0.is_empty() && suspects.iter().any(|row| matches!(op(row), Some(Op::IntegrityCheck)));
    if is_so {
        broken.add(&clause::integrity::is_true_when_sound);
    }
    is_so
}

/// An entry that was not due went with an expiry.
pub(super) fn removed_too_early(
    case: &Case<'_>,
    id: u64,
    entry: &Entry,
    now: u64,
    scope: Option<&str>,
    broken: &mut Broken,
) {
    if let Some(scope) = scope.filter(|scope| *scope != entry.namespace) {
        broken.add(&clause::expiry::is_scoped);
        if case.lookups == Lookups::OtherWayRight {
            return;
        }
        if scope.is_empty() || confusion::are_alike(scope, &entry.namespace) {
            broken.add(confusion::of_namespaces(scope, &entry.namespace));
        }
        return;
    }
    let was_due = case
        .back()
        .filter_map(|row| inserted(row, id))
        .skip(1)
        .any(|old| old.expires_at().is_some_and(|due| due <= now));
    if was_due {
        broken.add(&clause::expiry::upsert_replaces_it);
    }
    if case.accesses_of(id) > 0 {
        broken.add(&clause::access::touches_nothing_else);
        broken.add(&clause::expiry::access_does_not_extend);
    }
    let refused = case.back().find(|row| {
        matches!(op(row), Some(Op::Insert(other)) if other.created_at <= now
            && (&other.namespace, &other.query_hash) == (&entry.namespace, &entry.query_hash))
            && failed(row).is_some()
    });
    if let Some((row, kind)) = refused.and_then(|row| Some((row, failed(row)?))) {
        broken.add_all(refusal_of(case, row, kind));
    }
    if features::has_numbers(entry) {
        broken.add(&clause::fidelity::numbers);
    }
    match (entry.ttl, entry.expires_at()) {
        (None, _) => broken.add(&clause::expiry::no_ttl_never_expires),
        (Some(_), None) => broken.add(&clause::expiry::large_ttl_does_not_wrap),
        (Some(_), Some(_)) => broken.add(&clause::expiry::is_due_at_created_plus_ttl),
    }
}

/// The clause by which an operation was refused: what is refused changes nothing.
pub(super) fn refusal_of(case: &Case<'_>, row: &Row, kind: ErrorKind) -> Option<&'static Clause> {
    Some(match op(row)? {
        _ if matches!(kind, ErrorKind::Closed | ErrorKind::NotOpen) => return out_of_turn(row),
        Op::Open(_) => &clause::open::refusal_changes_nothing,
        Op::Insert(entry) => refused_insert(kind, entry),
        Op::UpdateAccess(..) | Op::DeleteExpired(..) | Op::SetNamespaceQuota(..) => {
            &clause::insert::number_out_of_range_is_refused
        }
        Op::WriteMeta(..) => &clause::meta::reserved_keys_are_protected,
        Op::SnapshotTo(_) => outside::of_snapshot(case, row),
        _ => return None,
    })
}

/// What a handle refused, or was free to refuse, may be written all the same, or in a form that is not read again: then
/// it shows on the next handle and not before.
pub(super) fn left_to_the_next(case: &Case<'_>, broken: &mut Broken) {
    let is_made = |row: &Row| row.handle == case.last.handle && case.reopens(row);
    let is_about_order = matches!(case.op(), Some(Op::IterLruIds(..)));
    for row in case.back().skip_while(|row| !is_made(case.last) && !is_made(row)) {
        match (op(row), failed(row)) {
            _ if is_about_order && !may_move(case, row) => {}
            // The answer tells of a meta value that was refused.
            (Some(Op::Open(_) | Op::SnapshotTo(_) | Op::WriteMeta(..)), Some(_)) => {}
            (Some(_), Some(kind)) if !matches!(kind, ErrorKind::Closed | ErrorKind::NotOpen) => {
                if let Some(clause) = refusal_of(case, row, kind) {
                    broken.add(clause);
                }
            }
            (Some(op), None) if op.is_write() && may_be_refused(op) => {
                broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
            }
            _ => {}
        }
    }
}

/// Whether a row is about the place of a stored entry in an order of use: not one of another key, or of what has no time.
pub(super) fn may_move(case: &Case<'_>, row: &Row) -> bool {
    match op(row) {
        Some(Op::Insert(entry)) => case.data().id_of(&entry.namespace, &entry.query_hash).is_some(),
        Some(Op::UpdateAccess(id, _)) => case.data().entries.contains_key(id),
        Some(Op::SetNamespaceQuota(..) | Op::WriteMeta(..)) => false,
        _ => true,
    }
}

/// The clause of the error that an insert answered.
pub(super) fn refused_insert(kind: ErrorKind, entry: &Entry) -> &'static Clause {
    match kind {
        ErrorKind::InvalidArgument if features::past_the_limits(entry) => {
            &clause::fidelity::longer_text_is_kept_or_refused
        }
        ErrorKind::DimensionMismatch => &clause::insert::other_dimension_is_refused,
        _ => &clause::insert::number_out_of_range_is_refused,
    }
}
