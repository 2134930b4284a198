//! A view that shows other numbers, names or orders than the entries give.

use super::{
    Broken, Lookups, confusion, entries, features, guilt,
    history::{Case, failed, inserted, op, out_of_turn},
    outside,
};
use crate::{
    contract::clause,
    operation::{Op, Step, Walk},
    outcome::Outcome,
    trace::Row,
};
use std::collections::HashMap;

/// Of how many names that are missing, or too many, it is asked why: each is compared with all that there are.
const COMPARED: usize = 8;

/// `insert` answered a wrong id.
pub(super) fn id(case: &Case<'_>, stored: Option<u64>, broken: &mut Broken) {
    let (Some(Op::Insert(entry)), Some(Outcome::Id(found))) = (case.op(), &case.last.outcome) else { return };
    let found = *found;
    if let Some(reopened) = case.back().find(|row| case.reopens(row)) {
        broken.add(match stored {
            Some(_) => case.survival(reopened),
            None => &clause::durable::ids_stay_fresh,
        });
    }
    if found == 0 {
        broken.add(&clause::insert::ids_are_positive);
        broken.add(&clause::robust::answers_are_in_range);
    }
    if stored.is_some() {
        broken.add(&clause::insert::upsert_keeps_the_id);
        return;
    }
    if case.was_opened_again() {
        broken.add(&clause::open::same_identity_is_accepted);
    }
    let since_the_last: Vec<_> =
        case.back().take_while(|row| !matches!(row.outcome, Some(Outcome::Id(_)))).collect();
    if since_the_last.iter().any(|row| matches!(op(row), Some(Op::IntegrityCheck))) {
        broken.add(&clause::integrity::is_true_when_sound);
    }
    let old = case.back().find_map(|row| inserted(row, found));
    let is_revived = old.is_some_and(|old| {
        (&old.namespace, &old.query_hash) == (&entry.namespace, &entry.query_hash)
            && !case.data().entries.contains_key(&found)
    });
    let cleared = since_the_last.iter().any(|row| matches!(op(row), Some(Op::ClearNamespace(_))));
    if !is_revived && cleared {
        broken.add(&clause::clear::keeps_quota_and_meta);
    }
    if let Some(held) = case.data().entries.get(&found) {
        // The insert of a new key answered with a stored entry's id: two keys are one to the store.
        let key = (held.entry.namespace.as_str(), held.entry.query_hash.as_str());
        entries::confused(entry, (&entry.namespace, &entry.query_hash), key, broken);
    } else if old.is_some() {
        if is_revived {
            broken.add(&clause::insert::deleted_key_gets_a_new_id);
        }
        broken.add(&clause::insert::ids_are_never_reused);
    }
    if is_revived && cleared {
        broken.add(&clause::clear::keeps_quota_and_meta);
    }
    if case.data().last_id > 0 {
        broken.add(&clause::insert::ids_ascend);
    }
}

pub(super) fn count(case: &Case<'_>, broken: &mut Broken) {
    let Some(Op::Count(namespace)) = case.op() else { return };
    if case.is_fresh_beside_others() {
        broken.add(case.separation());
    }
    if counts_what_has_no_ttl(case, namespace.as_deref()) {
        broken.add(&clause::expiry::only_when_asked);
    }
    // What was once there is counted for a time when it was: the count does not follow.
    let was_stored = |namespace: &str| {
        case.back().any(|row| matches!(op(row), Some(Op::Insert(entry)) if entry.namespace == namespace))
    };
    let all = case.data().count(None);
    let shows_all = all > 0 && matches!(case.last.outcome, Some(Outcome::Number(found)) if found == all);
    if let Some(namespace) = namespace
        && !case.data().keys.contains_key(namespace)
        && (!was_stored(namespace) || shows_all)
    {
        broken.add(&clause::count::namespace_not_stored_is_zero);
    }
    let right = case.data().count(namespace.as_deref());
    let keys = case.data().meta.len() as u64;
    if keys > 0 && matches!(case.last.outcome, Some(Outcome::Number(found)) if found == right + keys) {
        broken.add(&clause::meta::leaves_entries_alone);
    }
    let shows_less = matches!(case.last.outcome, Some(Outcome::Number(found)) if found < right);
    stale(case, |row| matches!(op(row), Some(Op::Count(other)) if other == namespace), shows_less, broken);
    confused_namespaces(case, broken);
    let quota = namespace.as_ref().and_then(|namespace| case.data().quotas.get(namespace));
    if matches!((quota, &case.last.outcome), (Some(quota), Some(Outcome::Number(found))) if quota == found) {
        broken.add(&clause::quota::limits_nothing_by_itself);
    }
    broken.add(&clause::count::follows_the_data);
}

/// Whether a count is that of the entries which are never due.
fn counts_what_has_no_ttl(case: &Case<'_>, namespace: Option<&str>) -> bool {
    let entries = case.data().entries.values().map(|held| &held.entry);
    let stays = entries
        .filter(|entry| entry.expires_at().is_none() && namespace.is_none_or(|name| entry.namespace == name));
    matches!(case.last.outcome, Some(Outcome::Number(found)) if found == stays.count() as u64)
}

/// Whether all that is past its ttl may have been left out of a list, and nothing else.
fn may_all_be_due(case: &Case<'_>, missing: &[String]) -> bool {
    let last_due = |name: &str| {
        let of_it = case.data().entries.values().filter(|stored| stored.entry.namespace == name);
        of_it.map(|stored| stored.entry.expires_at()).try_fold(0, |last, due| Some(last.max(due?)))
    };
    let listed = case.data().keys.keys().filter(|name| !missing.iter().any(|other| **other == ***name));
    let oldest_listed = listed.filter_map(|name| last_due(name)).min();
    missing
        .iter()
        .all(|name| last_due(name).is_some_and(|due| oldest_listed.is_none_or(|listed| due < listed)))
}

pub(super) fn names(case: &Case<'_>, missing: &[String], extra: &[String], broken: &mut Broken) {
    if extra.is_empty() && !missing.is_empty() && !case.is_large() && may_all_be_due(case, missing) {
        broken.add(&clause::expiry::only_when_asked);
    }
    if !missing.is_empty() && !extra.is_empty() {
        // A name is shown as another one.
        broken.add(&clause::namespaces::are_sorted_and_distinct);
    }
    let mut made = false;
    for name in extra.iter().take(COMPARED) {
        let stored = |row: &&Row| {
            matches!(op(row), Some(Op::Insert(entry)) if entry.namespace == *name) && failed(row).is_none()
        };
        if case.back().any(|row| stored(&row)) {
            broken.add(&clause::namespaces::vanish_with_their_last_entry);
        } else if case.others_wrote() && !case.back().any(|row| op(row).is_some_and(Op::is_write)) {
            broken.add(case.separation());
        } else {
            made = true;
            if missing.is_empty() {
                broken.add(&clause::namespaces::come_from_entries_alone);
            }
        }
    }
    let suspects = case.suspects(|row| matches!(op(row), Some(Op::ListNamespaces)), |_| false);
    // A name that no entry ever had is no trace of one that went, or was used.
    let is_trace = |row: &&Row| matches!(op(row), Some(Op::DeleteById(_) | Op::UpdateAccess(..)));
    let is_of_a_name_that_never_was = made && !suspects.is_empty() && suspects.iter().all(is_trace);
    let differs = !missing.is_empty() || !extra.is_empty();
    if differs && !is_of_a_name_that_never_was {
        let shows_less = extra.is_empty();
        stale(case, |row| matches!(op(row), Some(Op::ListNamespaces)), shows_less, broken);
    }
    for name in missing.iter().take(COMPARED) {
        features::of_key(name, "-", broken);
        if let Some(other) = case.data().keys.keys().find(|other| confusion::are_alike(other, name)) {
            broken.add(confusion::of_namespaces(other, name));
        }
    }
    if extra.is_empty() {
        broken.add(&clause::namespaces::are_sorted_and_distinct);
    }
}

/// Clauses of what was written since a view was last right, where they speak of this view too: it shows less than there
/// is, or something else.
fn stale(case: &Case<'_>, seen: impl Fn(&Row) -> bool, shows_less: bool, broken: &mut Broken) {
    let suspects = case.suspects(seen, |_| false);
    if suspects.is_empty() {
        broken.add(&clause::lookup::reading_changes_nothing);
    }
    for row in &suspects {
        if let Some(clause) = case.lifecycle(row) {
            broken.add(clause);
        }
    }
    // With several writes of several kinds since then, none of them can be named.
    let Some(row) = suspects
        .first()
        .filter(|first| suspects.iter().all(|row| op(row).map(Op::name) == op(first).map(Op::name)))
    else {
        return;
    };
    match op(row) {
        Some(Op::DeleteById(_)) if shows_less => broken.add(&clause::delete::leaves_the_others),
        Some(Op::DeleteById(_)) => broken.add(&clause::delete::removes_from_every_view),
        Some(Op::WriteMeta(..)) => broken.add(&clause::meta::leaves_entries_alone),
        Some(Op::UpdateAccess(..)) => broken.add(&clause::access::id_not_stored_is_ignored),
        Some(Op::Insert(entry)) => match (failed(row), &row.outcome) {
            (Some(kind), _) => broken.add(guilt::refused_insert(kind, entry)),
            (None, Some(Outcome::Id(id)))
                if case.back().filter(|row| inserted(row, *id).is_some()).count() > 1 =>
            {
                broken.add(&clause::insert::upsert_adds_no_entry);
            }
            _ => {}
        },
        Some(Op::Open(_)) if failed(row).is_some() => broken.add(&clause::open::refusal_changes_nothing),
        Some(Op::Open(_)) if case.was_open_before(row) => {
            broken.add(&clause::open::same_identity_is_accepted);
        }
        _ => {}
    }
}

/// A scoped view shows another namespace's entries: the clause about what may have been confused.
pub(super) fn confused_namespaces(case: &Case<'_>, broken: &mut Broken) {
    let Some(Op::Count(Some(namespace)) | Op::IterLruIds(_, Some(namespace))) = case.op() else { return };
    if namespace.is_empty() {
        broken.add(&clause::key::empty_namespace_is_a_namespace);
    }
    let others = || case.data().keys.keys().filter(|other| *other != namespace);
    if let Some(Outcome::Number(found)) = case.last.outcome {
        // Too few entries, or more than there are at all, are no other namespace's.
        if found <= case.data().count(Some(namespace)) || found > case.data().count(None) {
            return;
        }
    }
    if others().any(|other| confusion::are_alike(other, namespace)) {
        broken.add(&clause::key::is_compared_by_bytes);
        return;
    }
    others().for_each(|other| of_confused(other, namespace, broken));
}

/// The clause about what makes two namespaces one, where there is anything about them that would.
pub(super) fn of_confused(a: &str, b: &str, broken: &mut Broken) {
    let clause = confusion::of_namespaces(a, b);
    if *clause != clause::key::namespaces_are_separate {
        broken.add(clause);
    }
}

pub(super) fn walk_order(case: &Case<'_>, broken: &mut Broken) {
    match case.walk() {
        Some(Walk::Changed(after)) => {
            no_change(case, after, broken);
            broken.add(&clause::changed::yields_every_later_write);
        }
        _ => broken.add(&clause::iterate::ascends_by_id),
    }
}

/// The clause of what is no change, where something of that kind was done since the same changes were last shown.
fn no_change(case: &Case<'_>, after: u64, broken: &mut Broken) {
    let shown = |row: &Row| matches!(op(row), Some(Op::Walk(Walk::Changed(v))) if *v == after);
    let suspects = case.suspects(shown, |_| false);
    if suspects.iter().any(|row| is_no_change(row)) {
        broken.add(&clause::changed::access_is_no_change);
    }
}

/// Whether a row wrote something that gives no entry a new version.
pub(super) fn is_no_change(row: &Row) -> bool {
    matches!(op(row), Some(Op::UpdateAccess(..) | Op::SetNamespaceQuota(..) | Op::WriteMeta(..)))
}

/// A walk showed what its cursor excludes.
pub(super) fn cursor(case: &Case<'_>, broken: &mut Broken) {
    match case.walk() {
        Some(Walk::Changed(after)) => {
            no_change(case, after, broken);
            broken.add(&clause::changed::yields_every_later_write);
        }
        Some(Walk::Since(cursor)) => {
            if !case.data().entries.contains_key(&cursor) {
                broken.add(&clause::since::any_id_is_a_cursor);
            }
            broken.add(&clause::since::is_exclusive);
        }
        _ => {}
    }
}

pub(super) fn lru_order(case: &Case<'_>, tie: bool, broken: &mut Broken) {
    let listed = |row: &Row| op(row) == case.op() && matches!(&row.outcome, Some(Outcome::Ids(_)));
    let suspects = case.suspects(listed, |_| false);
    if suspects.is_empty() {
        broken.add(&clause::lookup::reading_changes_nothing);
    }
    for row in &suspects {
        if let Some(kind) = failed(row) {
            broken.add_all(guilt::refusal_of(case, row, kind).filter(|_| guilt::may_move(case, row)));
        } else if matches!(op(row), Some(Op::Open(_))) && case.was_open_before(row) {
            broken.add(&clause::open::same_identity_is_accepted);
        }
    }
    let first = first_inserts(case);
    let moves = |row: &Row| match (op(row), &row.outcome) {
        (Some(Op::Insert(_)), Some(Outcome::Id(id))) => !std::ptr::eq(first[id], row),
        _ => matches!(op(row), Some(Op::UpdateAccess(..))),
    };
    if suspects.into_iter().any(moves) {
        broken.add(&clause::lru::follows_access_and_upsert);
    }
    broken.add(if tie { &clause::lru::ties_break_by_id } else { &clause::lru::oldest_access_first });
}

/// The row that inserted each id as a new one.
fn first_inserts<'a>(case: &Case<'a>) -> HashMap<u64, &'a Row> {
    let inserts = case.back().filter_map(|row| match (op(row), &row.outcome) {
        (Some(Op::Insert(_)), Some(Outcome::Id(id))) => Some((*id, row)),
        _ => None,
    });
    // Latest first: what comes last stays.
    inserts.collect()
}

/// A list of ids lacks one.
pub(super) fn lru_lacks(
    case: &Case<'_>,
    id: u64,
    limit: usize,
    namespace: Option<&str>,
    broken: &mut Broken,
) {
    let Some(Outcome::Ids(found)) = &case.last.outcome else { return };
    let data = case.data();
    let right = data.lru(usize::MAX, namespace);
    // The list is cut, or it has a hole where all must be. One that is empty for a limit which no conversion spoils
    // is no matter of the limit.
    let is_plain = (1..1 << 16).contains(&limit);
    if (limit >= right.len() || right.starts_with(found)) && !(found.is_empty() && is_plain) {
        broken.add(&clause::lru::limit_is_exact);
        if case.lookups == Lookups::OtherWayRight {
            return;
        }
    }
    // The first of all, and of these the namespace's: the limit was applied too early.
    let early = data.lru(limit, None).into_iter();
    if namespace.is_some_and(|name| {
        early.filter(|id| data.entries[id].entry.namespace == name).eq(found.iter().copied())
    }) {
        broken.add(&clause::lru::is_scoped);
    }
    broken.add(&clause::lru::oldest_access_first);
    let time = |id: &u64| data.entries[id].entry.last_accessed_at;
    if found.iter().any(|other| time(other) == time(&id)) {
        broken.add(&clause::lru::ties_break_by_id);
    }
}

/// A wrong number of removed entries, where what was removed is right.
pub(super) fn removed(case: &Case<'_>, broken: &mut Broken) {
    if case.was_opened_again() {
        broken.add(&clause::open::same_identity_is_accepted);
    }
    if case.was_past_a_quota() {
        broken.add(&clause::quota::limits_nothing_by_itself);
    }
    broken.add(match case.op() {
        Some(Op::ClearNamespace(_)) => &clause::clear::counts_what_it_removed,
        _ => &clause::expiry::counts_what_it_removed,
    });
}

/// The counter stands where it must not.
pub(super) fn version(case: &Case<'_>, found: u64, low: u64, high: u64, broken: &mut Broken) {
    let read = |row: &Row| matches!(op(row), Some(Op::VersionCounter));
    let suspects = case.suspects(read, |_| false);
    for row in &suspects {
        if let Some(clause) = case.lifecycle(row) {
            broken.add(clause);
        }
    }
    if case.is_fresh_beside_others() && found > high {
        // A counter that is shared stands at least where it was last read.
        let shared = case.version_elsewhere().is_none_or(|elsewhere| found >= elsewhere);
        broken.add(if shared { case.separation() } else { &clause::version::starts_at_zero });
        return;
    }
    if found < low && case.data().versions.now() > 0 {
        for row in suspects.iter().filter(|row| matches!(op(row), Some(Op::Open(_)))) {
            if failed(row).is_some() {
                broken.add(&clause::open::refusal_changes_nothing);
            } else if case.was_open_before(row) {
                broken.add(&clause::open::same_identity_is_accepted);
            }
        }
        let clears = |row: &&Row| matches!(op(row), Some(Op::ClearNamespace(_)));
        // It went back, or it stands still, which any change may bring about.
        let before = case.back().find_map(|row| match (op(row), &row.outcome) {
            (Some(Op::VersionCounter), Some(Outcome::Number(number))) => Some(*number),
            _ => None,
        });
        let went_back = before.is_none_or(|before| found < before);
        if broken.0.is_empty() && went_back && suspects.iter().any(clears) {
            broken.add(&clause::clear::keeps_quota_and_meta);
        }
        broken.add(&clause::version::advances_on_every_change);
        return;
    }
    let was_read = case.back().any(|row| read(row) || matches!(row.step, Step::Look));
    if case.data().versions.now() == 0 && !was_read && suspects.iter().all(|row| !refused(row)) {
        broken.add(&clause::version::starts_at_zero);
        return;
    }
    for row in &suspects {
        match op(row) {
            _ if out_of_turn(row).is_some() => broken.add_all(out_of_turn(row)),
            Some(Op::UpdateAccess(..)) => broken.add(&clause::access::touches_nothing_else),
            Some(Op::Open(_)) if failed(row).is_some() => broken.add(&clause::open::refusal_changes_nothing),
            Some(Op::Open(_)) if case.was_open_before(row) => {
                broken.add(&clause::open::same_identity_is_accepted);
            }
            Some(Op::Insert(entry)) => {
                if let Some(kind) = failed(row) {
                    broken.add(guilt::refused_insert(kind, entry));
                }
            }
            Some(Op::DeleteExpired(..)) if failed(row).is_some() => {
                broken.add(&clause::insert::number_out_of_range_is_refused);
            }
            Some(Op::IntegrityCheck) => broken.add(&clause::integrity::is_true_when_sound),
            Some(Op::SnapshotTo(_)) => broken.add(outside::of_snapshot(case, row)),
            _ => {}
        }
    }
    if suspects.iter().all(|row| matches!(row.step, Step::Make | Step::Drop)) {
        broken.add(&clause::lookup::reading_changes_nothing);
    }
    broken.add(&clause::version::stays_without_a_change);
}

fn refused(row: &Row) -> bool {
    failed(row).is_some()
}
