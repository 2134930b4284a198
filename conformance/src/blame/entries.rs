//! An entry that is missing, that should not be there, or that is something else than it was.

use super::{
    Broken, Lookups,
    changes::Changes,
    confusion, features,
    guilt::{changed_by, is_past_its_quota, refusal_of, repaired},
    history::{Case, failed, inserted, op, shows},
    lives::is_access_of,
    views,
};
use crate::{
    contract::{Clause, clause},
    operation::{Op, Step, Walk},
    outcome::Outcome,
    trace::Row,
};
use mneme::{Entry, StoredEntry};

/// A stored entry is not shown.
pub(super) fn missing(case: &Case<'_>, id: u64, broken: &mut Broken) {
    let entry = &case.data().entries[&id].entry;
    match case.op() {
        Some(Op::GetByHash(..) | Op::GetById(_)) => missing_in_lookup(case, id, entry, broken),
        Some(Op::IterLruIds(limit, namespace)) => {
            let suspects = case.suspects(|row| lists(row, id), |row| case.is_first_insert_of(row, id));
            if suspects.iter().any(|row| moves(row, id) && !case.is_first_insert_of(row, id)) {
                broken.add(&clause::lru::follows_access_and_upsert);
            }
            views::lru_lacks(case, id, *limit, namespace.as_deref(), broken);
            if may_be_hidden_by_its_age(case, id, entry) {
                broken.add(&clause::expiry::only_when_asked);
            }
        }
        _ => missing_in_walk(case, id, broken),
    }
}

fn missing_in_lookup(case: &Case<'_>, id: u64, entry: &Entry, broken: &mut Broken) {
    if case.lookups == Lookups::Unsteady {
        broken.add(&clause::lookup::reading_changes_nothing);
        return;
    }
    if case.lookups == Lookups::OtherId {
        broken.add(&clause::insert::returns_the_stored_id);
    }
    let suspects = case.suspects_of_entry(id);
    // What was there before the data changed hands has neither been lost by its insert, nor is it hidden by its age.
    let was_there = suspects.iter().any(|row| case.lifecycle(row).is_some())
        && !suspects.iter().any(|row| inserted(row, id).is_some());
    // A sweep may have told the store a time, and then one way of looking hides what is past it.
    let is_hidden = case.lookups == Lookups::OtherWayRight && case.was_told_that_it_is_due(id, entry);
    let may_be_due = entry.expires_at().is_some()
        && !case.is_large()
        && !was_there
        && (is_hidden || !suspects.iter().any(|row| may_remove(row)));
    if may_be_due {
        broken.add(&clause::expiry::only_when_asked);
    }
    if case.was_written_under_a_walk(id) {
        broken.add(&clause::iterate::allows_writes_meanwhile);
    }
    for row in &suspects {
        changed_by(case, row, id, entry, broken);
    }
    repaired(&suspects, broken);
    if suspects.is_empty() {
        if case.lookups == Lookups::OtherWayRight && case.lost_with_a_delete(id) {
            broken.add(&clause::delete::leaves_the_others);
        }
        broken.add(case.without_suspects(id));
    }
    // Nothing but its own insert, or its age, can have lost it.
    if broken.0.len() == usize::from(may_be_due) {
        if is_past_its_quota(case, entry) {
            broken.add(&clause::quota::limits_nothing_by_itself);
        }
        if case.had_another_id(id, entry) {
            broken.add(&clause::insert::deleted_key_gets_a_new_id);
        }
        features::of_entry(entry, broken);
        if features::has_an_empty_text(entry) {
            broken.add(&clause::fidelity::text);
        }
        broken.add(&clause::insert::returns_the_stored_id);
    }
    if case.lookups == Lookups::OtherWayRight {
        broken.add(&clause::lookup::both_ways_agree);
    }
}

fn missing_in_walk(case: &Case<'_>, id: u64, broken: &mut Broken) {
    if may_be_hidden_by_its_age(case, id, &case.data().entries[&id].entry) {
        broken.add(&clause::expiry::only_when_asked);
    }
    if case.is_disturbed_walk() {
        broken.add(&clause::iterate::keeps_what_stays);
        return;
    }
    match case.walk() {
        Some(Walk::Since(cursor)) => {
            let next = case.data().entries.range(cursor.saturating_add(1)..).next();
            if !case.data().entries.contains_key(&cursor) {
                broken.add(&clause::since::any_id_is_a_cursor);
            } else if next.is_some_and(|(first, _)| *first == id) || case.suspects_of_entry(id).is_empty() {
                // The first that should come does not, or one that others walks have shown.
                broken.add(&clause::since::is_exclusive);
            }
            broken.add(&clause::iterate::yields_every_entry_once);
        }
        _ => whole_walk(case, broken),
    }
}

/// The clauses that a walk breaks which does not show each entry once, as it is.
fn whole_walk(case: &Case<'_>, broken: &mut Broken) {
    match case.walk() {
        // All that there is must come, past any page.
        Some(Walk::Changed(0)) if case.is_large() => {
            broken.add(&clause::changed::yields_every_later_write);
            broken.add(&clause::iterate::yields_every_entry_once);
        }
        Some(Walk::Changed(_)) => broken.add(&clause::changed::yields_every_later_write),
        _ => broken.add(&clause::iterate::yields_every_entry_once),
    }
}

/// An entry is shown that is not stored.
pub(super) fn extra(case: &Case<'_>, id: u64, found: Option<&StoredEntry>, broken: &mut Broken) {
    if id == 0 {
        broken.add(&clause::insert::ids_are_positive);
        broken.add(&clause::robust::answers_are_in_range);
        return;
    }
    if let (Some(Op::GetByHash(namespace, hash)), Some(found)) = (case.op(), found) {
        let key = (found.namespace.as_str(), found.query_hash.as_str());
        if key != (namespace, hash) {
            broken.add_all(case.refusal_of_key(namespace, hash));
            confused(&found.entry, (namespace, hash), key, broken);
            broken.add(&clause::lookup::hash_not_stored_is_none);
            return;
        }
    }
    if let (Some(Op::GetById(asked)), Some(found)) = (case.op(), found)
        && found.id != *asked
    {
        broken.add(&clause::lookup::id_not_stored_is_none);
        return;
    }
    let from_elsewhere = case.elsewhere().any(|row| match (op(row), found) {
        // What use has changed since is the same entry still.
        (Some(Op::Insert(entry)), Some(found)) => {
            let used =
                entry.clone().last_accessed_at(found.last_accessed_at).access_count(found.access_count);
            used == found.entry
        }
        _ => inserted(row, id).is_some(),
    });
    let never_here = case.inserts_of(id) == 0;
    if never_here && from_elsewhere {
        broken.add(case.separation());
        return;
    }
    match case.removal_of(id) {
        Some(removal) => {
            let after = || case.back().take_while(|row| !std::ptr::eq(*row, removal));
            if after().any(|row| matches!(op(row), Some(Op::UpdateAccess(touched, _)) if *touched == id)) {
                broken.add(&clause::access::id_not_stored_is_ignored);
            }
            if let Some(reopened) = after().find(|row| case.reopens(row)) {
                broken.add(case.survival(reopened));
            }
            if after().any(|row| matches!(op(row), Some(Op::Open(_))) && failed(row).is_some()) {
                broken.add(&clause::open::refusal_changes_nothing);
            }
            stayed_after(case, id, removal, found, broken);
            let is_shown_by_one =
                matches!(case.op(), Some(Op::GetById(_) | Op::GetByHash(..))) && found.is_some();
            if case.lookups == Lookups::BothWrong || is_shown_by_one && !broken.0.is_empty() {
                // It is there, or one way of looking still has it as it was, and the lookup says so.
                return;
            }
        }
        None => never_stored(case, id, found, broken),
    }
    match case.op() {
        Some(Op::GetById(_)) => broken.add(&clause::lookup::id_not_stored_is_none),
        Some(Op::GetByHash(..)) => broken.add(&clause::lookup::hash_not_stored_is_none),
        Some(Op::IterLruIds(..)) => broken.add(&clause::lru::oldest_access_first),
        _ if matches!(case.last.step, Step::Next(_)) => broken.add(&clause::iterate::yields_only_what_was),
        _ => whole_walk(case, broken),
    }
}

/// Two keys were taken for one, the first or the second of them an entry's: the clause about that, if any.
pub(super) fn confused(entry: &Entry, a: (&str, &str), b: (&str, &str), broken: &mut Broken) {
    if let Some(clause) = confusion::of_keys(a, b) {
        let cut = *clause == clause::key::any_text_is_a_key && features::past_the_limits(entry);
        broken.add(if cut { &clause::fidelity::longer_text_is_kept_or_refused } else { clause });
    }
}

/// An entry is still shown after a row that must have removed it.
fn stayed_after(case: &Case<'_>, id: u64, removal: &Row, found: Option<&StoredEntry>, broken: &mut Broken) {
    match op(removal) {
        Some(Op::DeleteById(_)) => {
            broken.add(&clause::delete::removes_from_every_view);
            if matches!(removal.outcome, Some(Outcome::Flag(false))) {
                broken.add(&clause::delete::answers_whether_it_was_there);
            }
        }
        Some(Op::ClearNamespace(_)) => broken.add(&clause::clear::removes_that_namespace_only),
        // A sweep takes what is due; what lists still say of it is theirs.
        Some(Op::DeleteExpired(..)) if case.lookups == Lookups::Right => {}
        Some(Op::DeleteExpired(..)) => {
            let entry = case.last_insert_of(id);
            let accessed = case.accesses_of(id) > 0;
            if case.was_opened_again() {
                broken.add(&clause::open::same_identity_is_accepted);
            }
            // By which times it is due is shown with it, where it is shown.
            let times = |entry: &Entry| (entry.created_at, entry.ttl);
            let are_kept = entry.is_some_and(|entry| found.is_some_and(|found| times(found) == times(entry)));
            if !are_kept && entry.is_some_and(features::has_numbers) {
                broken.add(&clause::fidelity::numbers);
            }
            if accessed {
                broken.add(&clause::access::touches_nothing_else);
            }
            if entry.is_some_and(|entry| entry.ttl == Some(0)) {
                broken.add(&clause::expiry::zero_ttl_is_due_at_once);
            }
            if accessed || entry.is_some_and(|entry| entry.last_accessed_at > entry.created_at) {
                broken.add(&clause::expiry::access_does_not_extend);
            }
            if case.inserts_of(id) > 1 {
                broken.add(&clause::expiry::upsert_replaces_it);
            }
            if entry.is_some_and(|entry| case.deleted_with(entry)) {
                broken.add(&clause::delete::leaves_the_others);
            }
            // One namespace alone is all namespaces, where a sweep of all has worked.
            let is_for_all = matches!(op(removal), Some(Op::DeleteExpired(_, None)))
                && (case.has_seen_namespaces() || !case.has_swept_all())
                && !entry.is_some_and(|entry| case.has_swept_with_all(&entry.namespace, removal));
            if is_for_all || entry.is_some_and(|entry| case.was_swept_elsewhere(entry)) {
                broken.add(&clause::expiry::is_scoped);
            }
            broken.add(&clause::expiry::is_due_at_created_plus_ttl);
        }
        _ => {}
    }
}

fn never_stored(case: &Case<'_>, id: u64, found: Option<&StoredEntry>, broken: &mut Broken) {
    if let Some(found) = found {
        let refused = case.back().find(|row| {
            matches!(op(row), Some(Op::Insert(entry)) if *entry == found.entry) && failed(row).is_some()
        });
        if let Some((row, kind)) = refused.and_then(|row| Some((row, failed(row)?))) {
            broken.add_all(refusal_of(case, row, kind));
        }
        let upserted = |stored: u64| stored != id && case.inserts_of(stored) > 1;
        if case.data().id_of(&found.namespace, &found.query_hash).is_some_and(upserted) {
            broken.add(&clause::insert::upsert_adds_no_entry);
        }
    }
    if case.back().any(|row| matches!(op(row), Some(Op::UpdateAccess(touched, _)) if *touched == id)) {
        broken.add(&clause::access::id_not_stored_is_ignored);
    }
    if case.back().any(|row| matches!(op(row), Some(Op::WriteMeta(..)))) {
        broken.add(&clause::meta::leaves_entries_alone);
    }
}

/// Nothing of an entry is wrong but its version.
fn version_alone(case: &Case<'_>, id: u64, suspects: &[&Row], broken: &mut Broken) {
    broken.add(&clause::version::is_stamped_on_what_it_wrote);
    // It stands where it stood, and so may the counter, where that was not read.
    let is_upserted = suspects.iter().any(|row| inserted(row, id).is_some()) && case.inserts_of(id) > 1;
    if is_upserted && !case.has_read_the_counter_since(id) {
        broken.add(&clause::version::advances_on_every_change);
    }
}

/// The clause about what is no change, where it made one of an entry's version and the counter the other's: either the entry has a
/// later version than that of its write, or the counter was seen to stand higher than at the write.
fn stamped_or_stepped(case: &Case<'_>, id: u64, found: &StoredEntry) -> &'static Clause {
    let data = case.data();
    if found.version < data.versions.bounds(data.entries[&id].event).0 {
        &clause::version::stays_without_a_change
    } else {
        &clause::changed::access_is_no_change
    }
}

/// An entry is shown, and not as it is.
pub(super) fn altered(case: &Case<'_>, id: u64, found: &StoredEntry, broken: &mut Broken) {
    if case.is_disturbed_walk() {
        broken.add(&clause::iterate::yields_only_what_was);
        return;
    }
    if case.lookups == Lookups::OtherId {
        broken.add(&clause::insert::returns_the_stored_id);
    }
    let entry = &case.data().entries[&id].entry;
    if (&found.namespace, &found.query_hash) != (&entry.namespace, &entry.query_hash) {
        under_another_key(entry, found, broken);
        return;
    }
    if case.lookups == Lookups::Unsteady {
        broken.add(&clause::lookup::reading_changes_nothing);
        return;
    }
    let wrote = |row: &Row| matches!(op(row), Some(Op::Insert(other)) if *other == found.entry);
    if case.elsewhere().any(wrote) && !case.back().any(wrote) {
        broken.add(case.separation());
    }
    let changes = Changes::between(entry, found, id);
    if case.lookups == Lookups::Right && case.walk().is_some() {
        whole_walk(case, broken);
        // A walk that reads values in a way of its own loses what they are there for.
        changes.of_hostile_values(case, id, found, broken);
        return;
    }
    // What was before it was last written is not in it any more.
    let mut suspects = case.suspects_of_entry(id);
    if let Some(written) = suspects.iter().position(|row| inserted(row, id).is_some()) {
        suspects.truncate(written + 1);
    }
    let only_the_version = !changes.in_entry() && !changes.id;
    let is_used = |suspects: &[&Row]| suspects.iter().any(|row| is_access_of(row, id));
    let deletes_alone = suspects.iter().all(|row| matches!(op(row), Some(Op::DeleteById(_))));
    for row in &suspects {
        match inserted(row, id) {
            Some(_) => changes.by_insert(case, id, found, broken),
            None => match op(row) {
                Some(Op::UpdateAccess(touched, _)) if *touched == id && failed(row).is_none() => {
                    changes.by_access(broken);
                }
                _ if views::is_no_change(row) && changes.in_version_alone() => {
                    broken.add(stamped_or_stepped(case, id, found));
                }
                // Its own use explains what is wrong with it, and no other's.
                Some(Op::UpdateAccess(..)) if changes.in_use_alone() && is_used(&suspects) => {}
                // Where one way of looking shows it right, nothing that was done to others has changed it.
                _ if case.lookups == Lookups::OtherWayRight => {}
                // Values that were never seen right were not kept by the insert, whatever came after it.
                _ if changes.in_content() && suspects.iter().any(|row| inserted(row, id).is_some()) => {}
                // A removal takes an entry or leaves it, and alters none; a version that grows with every write is
                // no one write's fault.
                Some(Op::DeleteExpired(..) | Op::ClearNamespace(_)) => {}
                Some(Op::DeleteById(_)) if only_the_version && !deletes_alone => {}
                Some(Op::Insert(_) | Op::SetNamespaceQuota(..) | Op::WriteMeta(..))
                    if only_the_version && failed(row).is_none() => {}
                _ => changed_by(case, row, id, entry, broken),
            },
        }
    }
    let was_used = found.access_count > entry.access_count || found.last_accessed_at > entry.last_accessed_at;
    // A time from before an access is one that the access left as it was.
    let is_left = !changes.access_count
        && case.last_insert_of(id).is_some_and(|old| old.last_accessed_at == found.last_accessed_at);
    let is_checked = suspects.iter().any(|row| matches!(op(row), Some(Op::IntegrityCheck)));
    let was_used_before = case.was_used_before_it_came(id);
    if changes.in_use_alone() && was_used && was_used_before {
        broken.first(&clause::access::id_not_stored_is_ignored);
    }
    if changes.in_use_alone()
        && was_used
        && !is_left
        && !is_checked
        && !was_used_before
        && !case.was_used_under_another_id(id, entry)
        && (case.was_read_since_it_was_written(id) || found.access_count > entry.access_count)
    {
        // Where it was used as well, that use may be what was noted wrongly.
        if is_used(&suspects) {
            broken.add(&clause::lookup::reading_changes_nothing);
        } else {
            broken.first(&clause::lookup::reading_changes_nothing);
        }
    }
    repaired(&suspects, broken);
    if only_the_version {
        version_alone(case, id, &suspects, broken);
    }
    match case.op() {
        Some(Op::Walk(_)) if suspects.is_empty() => broken.add(&clause::iterate::yields_every_entry_once),
        _ if suspects.is_empty() => {
            broken.add(case.without_suspects(id));
            if case.lookups == Lookups::OtherWayRight {
                changes.of_hostile_values(case, id, found, broken);
            }
        }
        _ => {}
    }
    if broken.0.is_empty() {
        changes.by_insert(case, id, found, broken);
    }
    if case.lookups == Lookups::OtherWayRight {
        broken.add(&clause::lookup::both_ways_agree);
    }
}

/// An entry is shown with another key than its own.
fn under_another_key(entry: &Entry, found: &StoredEntry, broken: &mut Broken) {
    if features::past_the_limits(entry) {
        broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
        return;
    }
    let own = (entry.namespace.as_str(), entry.query_hash.as_str());
    if let Some(clause) = confusion::of_keys(own, (&found.namespace, &found.query_hash)) {
        broken.add(clause);
    }
    features::of_key(&entry.namespace, &entry.query_hash, broken);
    broken.add(&clause::lookup::both_ways_agree);
}

/// An entry is shown twice.
pub(super) fn twice(case: &Case<'_>, id: u64, broken: &mut Broken) {
    if case.is_disturbed_walk() {
        // What stays is yielded exactly once; what comes or goes, once at most.
        let is_new = case.came_since_the_walk_began(id);
        broken.add(if is_new || !case.data().entries.contains_key(&id) {
            &clause::iterate::yields_only_what_was
        } else {
            &clause::iterate::keeps_what_stays
        });
        return;
    }
    if case.inserts_of(id) > 1 {
        broken.add(&clause::insert::upsert_adds_no_entry);
    }
    match case.op() {
        Some(Op::IterLruIds(..)) => {
            if case.accesses_of(id) > 0 || case.inserts_of(id) > 1 {
                broken.add(&clause::lru::follows_access_and_upsert);
            }
            broken.add(&clause::lru::oldest_access_first);
        }
        _ => whole_walk(case, broken),
    }
}

/// Whether a row is a list of ids that has this one.
fn lists(row: &Row, id: u64) -> bool {
    matches!(&row.outcome, Some(Outcome::Ids(ids)) if ids.contains(&id))
}

/// Whether an entry that is due some day may be left out for that: not where one is shown that is due no later.
fn may_be_hidden_by_its_age(case: &Case<'_>, id: u64, entry: &Entry) -> bool {
    let Some(due) = entry.expires_at() else { return false };
    let shows_an_older = case.data().entries.iter().any(|(other, held)| {
        *other != id
            && held.entry.expires_at().is_some_and(|earlier| earlier <= due)
            && (shows(case.last, *other) || lists(case.last, *other))
    });
    !shows_an_older && !case.is_large()
}

/// Whether a row may have removed an entry for another reason than its age.
fn may_remove(row: &Row) -> bool {
    use Op::{ClearNamespace, DeleteById, DeleteExpired, IntegrityCheck};
    matches!(op(row), Some(DeleteById(_) | DeleteExpired(..) | ClearNamespace(_) | IntegrityCheck))
}

/// Whether a row moves an entry in the LRU order.
fn moves(row: &Row, id: u64) -> bool {
    matches!(op(row), Some(Op::UpdateAccess(touched, _)) if *touched == id) || inserted(row, id).is_some()
}
