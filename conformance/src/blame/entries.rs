//! An entry that is missing, that should not be there, or that is something else than it was.

use super::{
    Broken, Lookups, confusion, features,
    history::{Case, failed, inserted, op, out_of_turn, shows},
    views,
};
use crate::{
    contract::{Clause, clause},
    operation::{Op, Step, Walk},
    trace::Row,
};
use mneme::{Entry, ErrorKind, StoredEntry};

/// A stored entry is not shown.
pub(super) fn missing(case: &Case<'_>, id: u64, broken: &mut Broken) {
    let entry = &case.data().entries[&id].entry;
    match case.op() {
        Some(Op::GetByHash(..) | Op::GetById(_)) => missing_in_lookup(case, id, entry, broken),
        Some(Op::IterLruIds(limit, namespace)) => {
            if case.suspects(|row| lists(row, id), |_| false).iter().any(|row| moves(row, id)) {
                broken.add(&clause::lru::follows_access_and_upsert);
            }
            views::lru_lacks(case, id, *limit, namespace.as_deref(), broken);
            if entry.expires_at().is_some() && !case.is_large() {
                broken.add(&clause::expiry::only_when_asked);
            }
            broken.add(&clause::lru::oldest_access_first);
        }
        _ => missing_in_walk(case, id, broken),
    }
}

fn missing_in_lookup(case: &Case<'_>, id: u64, entry: &Entry, broken: &mut Broken) {
    if case.lookups == Lookups::Unsteady {
        broken.add(&clause::lookup::reading_changes_nothing);
        return;
    }
    let suspects = case.suspects_of_entry(id);
    if case.was_written_under_a_walk(id) {
        broken.add(&clause::iterate::allows_writes_meanwhile);
    }
    for row in &suspects {
        changed_by(case, row, id, entry, broken);
    }
    repaired(&suspects, broken);
    if suspects.is_empty() {
        broken.add(case.without_suspects(id));
    }
    // Nothing but its own insert can have lost it.
    if broken.0.is_empty() {
        if is_past_its_quota(case, entry) {
            broken.add(&clause::quota::limits_nothing_by_itself);
        }
        features::of_entry(entry, broken);
        broken.add(&clause::insert::returns_the_stored_id);
    }
    if entry.expires_at().is_some() && !case.is_large() && !suspects.iter().any(|row| may_remove(row)) {
        broken.add(&clause::expiry::only_when_asked);
    }
    if case.lookups == Lookups::OtherWayRight {
        broken.add(&clause::lookup::both_ways_agree);
    }
}

fn missing_in_walk(case: &Case<'_>, id: u64, broken: &mut Broken) {
    if case.data().entries[&id].entry.expires_at().is_some() && !case.is_large() {
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
        walk => whole_walk(walk, broken),
    }
}

/// The clauses that a walk breaks which does not show each entry once, as it is.
fn whole_walk(walk: Option<Walk>, broken: &mut Broken) {
    match walk {
        // All that there is must come.
        Some(Walk::Changed(0)) => {
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
            stayed_after(case, id, removal, broken);
        }
        None => never_stored(case, id, found, broken),
    }
    match case.op() {
        Some(Op::GetById(_)) => broken.add(&clause::lookup::id_not_stored_is_none),
        Some(Op::GetByHash(..)) => broken.add(&clause::lookup::hash_not_stored_is_none),
        Some(Op::IterLruIds(..)) => broken.add(&clause::lru::oldest_access_first),
        _ if matches!(case.last.step, Step::Next(_)) => broken.add(&clause::iterate::yields_only_what_was),
        _ => whole_walk(case.walk(), broken),
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
fn stayed_after(case: &Case<'_>, id: u64, removal: &Row, broken: &mut Broken) {
    match op(removal) {
        Some(Op::DeleteById(_)) => broken.add(&clause::delete::removes_from_every_view),
        Some(Op::ClearNamespace(_)) => broken.add(&clause::clear::removes_that_namespace_only),
        Some(Op::DeleteExpired(..)) => {
            let entry = case.last_insert_of(id);
            let accessed = case.accesses_of(id) > 0;
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
            if matches!(op(removal), Some(Op::DeleteExpired(_, None))) {
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
            broken.0.extend(refusal_of(row, kind));
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

/// An entry is shown, and not as it is.
pub(super) fn altered(case: &Case<'_>, id: u64, found: &StoredEntry, broken: &mut Broken) {
    if case.is_disturbed_walk() {
        broken.add(&clause::iterate::yields_only_what_was);
        return;
    }
    let entry = &case.data().entries[&id].entry;
    if (&found.namespace, &found.query_hash) != (&entry.namespace, &entry.query_hash) {
        let a = (entry.namespace.as_str(), entry.query_hash.as_str());
        if features::past_the_limits(entry) {
            broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
            return;
        }
        if let Some(clause) = confusion::of_keys(a, (&found.namespace, &found.query_hash)) {
            broken.add(clause);
        }
        features::of_key(&entry.namespace, &entry.query_hash, broken);
        broken.add(&clause::lookup::both_ways_agree);
        return;
    }
    if case.lookups == Lookups::Unsteady {
        broken.add(&clause::lookup::reading_changes_nothing);
        return;
    }
    let changes = Changes::between(entry, found, id);
    if case.lookups == Lookups::Right && case.walk().is_some() {
        whole_walk(case.walk(), broken);
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
    for row in &suspects {
        match inserted(row, id) {
            Some(_) => changes.by_insert(case, id, found, broken),
            None => match op(row) {
                Some(Op::UpdateAccess(touched, _)) if *touched == id && failed(row).is_none() => {
                    changes.by_access(broken);
                }
                _ if views::is_no_change(row) && changes.in_version_alone() => {
                    broken.add(&clause::changed::access_is_no_change);
                }
                // Where one way of looking shows it right, nothing that was done to others has changed it.
                _ if case.lookups == Lookups::OtherWayRight => {}
                // Values that were never seen right were not kept by the insert, whatever came after it.
                _ if changes.in_content() && suspects.iter().any(|row| inserted(row, id).is_some()) => {}
                // A removal takes an entry or leaves it, and alters none; a version that grows with every write is
                // no one write's fault.
                Some(Op::DeleteExpired(..) | Op::ClearNamespace(_)) => {}
                Some(Op::Insert(_) | Op::DeleteById(_) | Op::SetNamespaceQuota(..) | Op::WriteMeta(..))
                    if only_the_version && failed(row).is_none() => {}
                _ => changed_by(case, row, id, entry, broken),
            },
        }
    }
    repaired(&suspects, broken);
    if only_the_version {
        broken.add(&clause::version::is_stamped_on_what_it_wrote);
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
        _ => whole_walk(case.walk(), broken),
    }
}

/// The clause that says what a row must not do to an entry that it is not about.
fn changed_by(case: &Case<'_>, row: &Row, id: u64, entry: &Entry, broken: &mut Broken) {
    if let Some(clause) = case.lifecycle(row) {
        broken.add(clause);
        return;
    }
    if let Some(kind) = failed(row) {
        if let Some(clause) = refusal_of(row, kind) {
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
            if namespace.is_empty() || confusion::are_alike(namespace, &entry.namespace) {
                broken.add(confusion::of_namespaces(namespace, &entry.namespace));
            }
        }
        Some(Op::UpdateAccess(touched, _)) => {
            if case.inserts_of(*touched) == 0 {
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
        Some(Op::SnapshotTo(_)) => broken.add(&clause::snapshot::unsupported_says_so),
        _ => {}
    }
}

/// Whether an entry's namespace, or the empty one for all, has more entries than its quota.
fn is_past_its_quota(case: &Case<'_>, entry: &Entry) -> bool {
    let past = |namespace: &str, scope| {
        case.data().quotas.get(namespace).is_some_and(|quota| case.data().count(scope) > *quota)
    };
    past(&entry.namespace, Some(&entry.namespace)) || past("", None)
}

/// What was done to another entry showed in this one: the clause about their keys, where they may have been confused.
fn confused_with(case: &Case<'_>, entry: &Entry, other: u64, broken: &mut Broken) {
    let a = (entry.namespace.as_str(), entry.query_hash.as_str());
    let clause = case
        .last_insert_of(other)
        .and_then(|other| confusion::suspected(a, (&other.namespace, &other.query_hash)));
    if let Some(clause) = clause {
        broken.add(clause);
    }
}

/// Where nothing else can have changed an entry, a check that was to repair nothing has.
fn repaired(suspects: &[&Row], broken: &mut Broken) {
    if broken.0.is_empty() && suspects.iter().any(|row| matches!(op(row), Some(Op::IntegrityCheck))) {
        broken.add(&clause::integrity::is_true_when_sound);
    }
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
    match (entry.ttl, entry.expires_at()) {
        (None, _) => broken.add(&clause::expiry::no_ttl_never_expires),
        (Some(_), None) => broken.add(&clause::expiry::large_ttl_does_not_wrap),
        (Some(_), Some(_)) => broken.add(&clause::expiry::is_due_at_created_plus_ttl),
    }
}

/// The clause by which an operation was refused: what is refused changes nothing.
pub(super) fn refusal_of(row: &Row, kind: ErrorKind) -> Option<&'static Clause> {
    Some(match op(row)? {
        _ if matches!(kind, ErrorKind::Closed | ErrorKind::NotOpen) => return out_of_turn(row),
        Op::Open(_) => &clause::open::refusal_changes_nothing,
        Op::Insert(entry) => refused_insert(kind, entry),
        Op::UpdateAccess(..) | Op::DeleteExpired(..) | Op::SetNamespaceQuota(..) => {
            &clause::insert::number_out_of_range_is_refused
        }
        Op::WriteMeta(..) => &clause::meta::reserved_keys_are_protected,
        Op::SnapshotTo(_) => &clause::snapshot::unsupported_says_so,
        _ => return None,
    })
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

/// Which fields of an entry differ from what they should be.
#[allow(clippy::struct_excessive_bools, reason = "each field differs or not, by itself")]
struct Changes {
    id: bool,
    last_accessed_at: bool,
    access_count: bool,
    text: bool,
    embedding: bool,
    metadata: bool,
    created_at: bool,
    ttl: bool,
}

impl Changes {
    fn between(entry: &Entry, found: &StoredEntry, id: u64) -> Self {
        let bits = |vector: &[f32]| vector.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        let only_metadata = |of: &Entry| Entry::new("", "").metadata(of.metadata.clone());
        Self {
            id: found.id != id,
            last_accessed_at: found.last_accessed_at != entry.last_accessed_at,
            access_count: found.access_count != entry.access_count,
            text: found.query != entry.query || found.response != entry.response,
            embedding: bits(&found.embedding) != bits(&entry.embedding),
            metadata: only_metadata(&found.entry) != only_metadata(entry),
            created_at: found.created_at != entry.created_at,
            ttl: found.ttl != entry.ttl,
        }
    }

    fn in_content(&self) -> bool {
        self.text || self.embedding || self.metadata || self.created_at || self.ttl
    }

    fn in_version_alone(&self) -> bool {
        !self.in_entry() && !self.id
    }

    fn in_entry(&self) -> bool {
        self.in_content() || self.last_accessed_at || self.access_count
    }

    /// An insert wrote the entry, and it is not what was written.
    fn by_insert(&self, case: &Case<'_>, id: u64, found: &StoredEntry, broken: &mut Broken) {
        let entry = &case.data().entries[&id].entry;
        if self.in_version_alone() {
            broken.add(&clause::version::is_stamped_on_what_it_wrote);
            return;
        }
        if self.id {
            broken.add(&clause::lookup::both_ways_agree);
            broken.add(&clause::insert::returns_the_stored_id);
            return;
        }
        let old = case.back().filter_map(|row| inserted(row, id)).nth(1);
        if old.is_some() {
            broken.add(&clause::insert::upsert_replaces_every_field);
            if self.last_accessed_at && case.lookups != Lookups::OtherWayRight {
                broken.add(&clause::lru::follows_access_and_upsert);
            }
        }
        // What an upsert kept or merged says nothing about how values are kept; but for a value that was taken for
        // the new one because the two are equal as numbers.
        let accessed = case.accesses_of(id) > 0;
        match old.filter(|old| self.is_kept_from(old, entry, found, accessed)) {
            Some(_) if case.lookups == Lookups::OtherWayRight => {}
            Some(old) if self.embedding && old.embedding == entry.embedding => {
                broken.add(&clause::fidelity::embedding_bits);
            }
            Some(old) if self.metadata && old.metadata == entry.metadata => {
                broken.add(&clause::fidelity::metadata);
            }
            Some(_) => {}
            None => self.of_values(entry).for_each(|clause| broken.add(clause)),
        }
    }

    /// One way of reading shows other values than the rest: the clauses of those values, where they are such as a
    /// decoder may lose.
    fn of_hostile_values(&self, case: &Case<'_>, id: u64, found: &StoredEntry, broken: &mut Broken) {
        let entry = &case.data().entries[&id].entry;
        let old = case.back().filter_map(|row| inserted(row, id)).nth(1);
        if old.is_some_and(|old| self.is_kept_from(old, entry, found, case.accesses_of(id) > 0)) {
            return;
        }
        let mut hostile = Broken::default();
        features::of_entry(entry, &mut hostile);
        self.of_values(entry)
            .filter(|clause| hostile.0.contains(clause))
            .for_each(|clause| broken.add(clause));
    }

    /// The clauses about how values are kept that speak of what changed.
    fn of_values(&self, entry: &Entry) -> impl Iterator<Item = &'static Clause> + use<> {
        let mut of_entry = Broken::default();
        features::of_entry(entry, &mut of_entry);
        let has = |clause: &'static Clause| of_entry.0.contains(&clause);
        let in_text = self.text || self.embedding || self.metadata;
        let numbers = self.created_at || self.ttl || self.last_accessed_at || self.access_count;
        [
            (
                in_text && has(&clause::fidelity::longer_text_is_kept_or_refused),
                &clause::fidelity::longer_text_is_kept_or_refused,
            ),
            (in_text && has(&clause::fidelity::large_values), &clause::fidelity::large_values),
            (self.text, &clause::fidelity::text),
            (self.embedding, &clause::fidelity::embedding_bits),
            (self.metadata, &clause::fidelity::metadata),
            (numbers, &clause::fidelity::numbers),
        ]
        .into_iter()
        .filter_map(|(broken, clause)| broken.then_some(clause))
    }

    /// Whether each changed field is the entry's before the upsert, or what a merge of both would give.
    fn is_kept_from(&self, old: &Entry, entry: &Entry, found: &StoredEntry, accessed: bool) -> bool {
        let merged =
            !old.metadata.is_empty() && old.metadata.keys().all(|key| found.metadata.contains_key(key));
        (found.query == entry.query || found.query == old.query)
            && (found.response == entry.response || found.response == old.response)
            && (!self.embedding || found.embedding == old.embedding)
            && (!self.metadata || merged)
            && (!self.created_at || found.created_at == old.created_at)
            && (!self.ttl || found.ttl == old.ttl)
            && (!self.last_accessed_at || accessed || found.last_accessed_at == old.last_accessed_at)
            && (!self.access_count || found.access_count >= old.access_count)
    }

    /// `update_access` was called on the entry, and it is not what that leaves.
    fn by_access(&self, broken: &mut Broken) {
        if self.last_accessed_at {
            broken.add(&clause::access::sets_the_time);
        }
        if self.access_count {
            broken.add(&clause::access::counts_each);
        }
        if self.in_content() || self.id {
            broken.add(&clause::access::touches_nothing_else);
        }
        if self.in_version_alone() {
            broken.add(&clause::access::touches_nothing_else);
            broken.add(&clause::changed::access_is_no_change);
        }
    }
}

/// Whether a row is a list of ids that has this one.
fn lists(row: &Row, id: u64) -> bool {
    matches!(&row.outcome, Some(crate::outcome::Outcome::Ids(ids)) if ids.contains(&id))
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

impl Case<'_> {
    fn inserts_of(&self, id: u64) -> usize {
        self.back().filter(|row| inserted(row, id).is_some()).count()
    }

    fn accesses_of(&self, id: u64) -> usize {
        self.back()
            .filter(|row| matches!(op(row), Some(Op::UpdateAccess(touched, _)) if *touched == id))
            .count()
    }

    fn last_insert_of(&self, id: u64) -> Option<&Entry> {
        self.back().find_map(|row| inserted(row, id))
    }

    /// Whether another entry that was due at the same time was deleted since this one was written.
    fn deleted_with(&self, entry: &Entry) -> bool {
        self.back()
            .take_while(|row| !matches!(op(row), Some(Op::Insert(written)) if written == entry))
            .filter_map(|row| match op(row) {
                Some(Op::DeleteById(gone)) => self.last_insert_of(*gone),
                _ => None,
            })
            .any(|gone| gone.expires_at() == entry.expires_at())
    }

    /// The row that removed an entry, if it was stored once.
    fn removal_of(&self, id: u64) -> Option<&Row> {
        let entry = self.last_insert_of(id)?;
        self.back().take_while(|row| inserted(row, id).is_none()).find(|row| match op(row) {
            Some(Op::DeleteById(gone)) => *gone == id,
            Some(Op::ClearNamespace(namespace)) => **namespace == *entry.namespace,
            Some(Op::DeleteExpired(now, scope)) => {
                entry.expires_at().is_some_and(|due| due <= *now)
                    && scope.as_ref().is_none_or(|scope| **scope == *entry.namespace)
            }
            _ => false,
        })
    }

    /// The clause that is broken where an entry that was right when it was last seen is wrong, and nothing was written
    /// since: a lookup that has shown it right itself was changed by the reads between, and one that has not disagrees
    /// with the other.
    fn without_suspects(&self, id: u64) -> &'static Clause {
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

    /// Whether the last insert of an entry was made while a walk was alive that has been dropped since.
    fn was_written_under_a_walk(&self, id: u64) -> bool {
        let Some(at) = self.before.iter().rposition(|row| inserted(row, id).is_some()) else { return false };
        super::history::is_walking(&self.before[..at])
            && self.before[at..].iter().any(|row| matches!(row.step, Step::Leave(_)))
    }

    /// Whether this row is an item of a live walk, and anything was written while that was alive.
    fn is_disturbed_walk(&self) -> bool {
        matches!(self.last.step, Step::Next(_)) && self.wrote_since_the_walk_began()
    }

    /// Whether an entry was inserted as a new one while the live walk of this row was alive.
    fn came_since_the_walk_began(&self, id: u64) -> bool {
        let Step::Next(number) = self.last.step else { return false };
        let begun =
            self.before.iter().position(|row| matches!(row.step, Step::Begin(begun, _) if begun == number));
        self.before.iter().position(|row| inserted(row, id).is_some()) > begun
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
