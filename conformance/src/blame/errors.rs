//! An error where none is due, or none where one is.

use super::{
    Broken, features,
    history::{Case, failed, op},
    outside,
};
use crate::{
    contract::clause,
    model::{Phase, may_be_refused},
    operation::{Op, Step, Walk},
    outcome::Outcome,
    scenario::meta::is_internal,
};
use mneme::{Entry, Error, ErrorKind, limits::MAX_NUMBER};

/// The clauses that say that this call must work.
pub(super) fn undue(case: &Case<'_>, broken: &mut Broken) {
    let is_open = case.model.phase(case.last.handle) == Some(Phase::Open);
    if is_open && refused_opens(case).next().is_some() {
        broken.add(&clause::open::refusal_keeps_an_open_handle_usable);
    }
    if is_open
        && case.back().any(|row| {
            row.handle != case.last.handle && matches!(op(row), Some(Op::Close)) && case.closes_again(row)
        })
    {
        broken.add(&clause::close::is_idempotent);
    }
    if is_open && case.was_shut_out() {
        broken.add(&clause::durable::second_handle_is_refused);
    }
    if is_open && failed(case.last) == Some(ErrorKind::NotOpen) {
        if broken.0.is_empty() {
            broken.add(&clause::open::comes_first);
        }
        return;
    }
    if is_open && let Some(taken) = case.back().find(|row| matches!(op(row), Some(Op::SnapshotTo(_)))) {
        broken.add(outside::of_snapshot(case, taken));
    }
    match &case.last.step {
        Step::Make => made(case, broken),
        Step::Call(op) => call(case, op, broken),
        Step::Next(_) if case.model.handle(case.last.handle).phase != Phase::Open => {
            broken.add(&clause::iterate::never_ends_early);
        }
        _ => {}
    }
}

fn made(case: &Case<'_>, broken: &mut Broken) {
    if case.comes_back(case.last) {
        broken.add(case.survival(case.last));
    } else {
        broken.add(&clause::open::sites_are_separate);
    }
}

#[allow(clippy::too_many_lines, reason = "one arm for each operation")]
fn call(case: &Case<'_>, op: &Op, broken: &mut Broken) {
    let phase = case.model.handle(case.last.handle).phase;
    if phase == Phase::Open
        && let Some(made) = case.made()
        && !case.has_written()
    {
        broken.add(case.survival(made));
    }
    let data = case.data();
    match op {
        Op::Open(_) if case.is_told_of_others() || case.is_told_of_a_stranger() => {
            broken.add(case.separation());
        }
        Op::Open(identity) => {
            if failed(case.last) == Some(ErrorKind::InvalidArgument) {
                broken.add(&clause::open::dimension_out_of_range_is_refused);
            }
            if phase == Phase::Open {
                broken.add(&clause::open::same_identity_is_accepted);
            }
            if refused_opens(case).next().is_some() {
                broken.add(&clause::open::refusal_changes_nothing);
            }
            if refused_opens(case).any(|row| failed(row) == Some(ErrorKind::InvalidArgument)) {
                broken.add(&clause::open::dimension_out_of_range_is_refused);
            }
            if let Some(made) = case.made() {
                broken.add(case.survival(made));
                if matches!(
                    failed(case.last),
                    Some(ErrorKind::FingerprintMismatch | ErrorKind::DimensionMismatch)
                ) {
                    broken.add(&clause::durable::identity_is_checked_on_reopen);
                }
            }
            if identity.fingerprint.is_empty() || features::is_hostile(&identity.fingerprint) {
                broken.add(&clause::open::fingerprint_is_opaque);
            }
            if case.others_wrote() {
                broken.add(case.separation());
            }
        }
        Op::Close if phase != Phase::Open => {
            broken.add(&clause::close::is_idempotent);
        }
        Op::GetByHash(namespace, hash) => {
            if let Some(id) = data.id_of(namespace, hash) {
                features::of_entry(&data.entries[&id].entry, broken);
            } else {
                features::of_key(namespace, hash, broken);
                broken.add(&clause::lookup::hash_not_stored_is_none);
            }
        }
        Op::GetById(id) => match data.entries.get(id) {
            Some(held) => features::of_entry(&held.entry, broken),
            None => broken.add(&clause::lookup::id_not_stored_is_none),
        },
        Op::Count(Some(namespace)) if !data.keys.contains_key(namespace) => {
            broken.add(&clause::count::namespace_not_stored_is_zero);
        }
        Op::IterLruIds(_, Some(namespace)) if !data.keys.contains_key(namespace) => {
            broken.add(&clause::lru::is_scoped);
        }
        Op::IterLruIds(limit, _) if *limit == 0 || *limit > 1_000 => broken.add(&clause::lru::limit_is_exact),
        Op::Walk(Walk::Since(id)) if !data.entries.contains_key(id) => {
            broken.add(&clause::since::any_id_is_a_cursor);
        }
        Op::Walk(Walk::Changed(_)) => broken.add(&clause::changed::yields_every_later_write),
        Op::Insert(entry) => insert(case, entry, broken),
        Op::UpdateAccess(id, _) => match data.entries.get(id) {
            None => broken.add(&clause::access::id_not_stored_is_ignored),
            Some(held) if held.entry.access_count == MAX_NUMBER => broken.add(&clause::access::counts_each),
            Some(_) => broken.add(&clause::access::sets_the_time),
        },
        Op::DeleteById(id) if !data.entries.contains_key(id) => {
            broken.add(&clause::delete::answers_whether_it_was_there);
        }
        Op::DeleteExpired(now, scope) => {
            if data.entries.values().any(|held| held.entry.ttl.is_some() && held.entry.expires_at().is_none())
            {
                broken.add(&clause::expiry::large_ttl_does_not_wrap);
            }
            if data.due(*now, scope.as_deref()).is_empty() {
                broken.add(&clause::expiry::counts_what_it_removed);
            }
        }
        Op::ClearNamespace(namespace) => {
            if !data.keys.contains_key(namespace) {
                broken.add(&clause::clear::counts_what_it_removed);
            }
            broken.add(&clause::clear::removes_that_namespace_only);
        }
        op if !matches!(op, Op::Insert(_)) && may_be_refused(op) => {
            broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
        }
        Op::SetNamespaceQuota(_, quota) => {
            if *quota == 0 {
                broken.add(&clause::quota::zero_is_a_quota);
            }
            broken.add(&clause::quota::is_remembered_per_namespace);
        }
        Op::GetNamespaceQuota(namespace) => match data.quotas.get(namespace) {
            None => broken.add(&clause::quota::unset_is_none),
            Some(0) => broken.add(&clause::quota::zero_is_a_quota),
            Some(_) => broken.add(&clause::quota::is_remembered_per_namespace),
        },
        Op::VersionCounter if data.versions.now() == 0 => broken.add(&clause::version::starts_at_zero),
        Op::ReadMeta(key) => {
            broken.add(if crate::model::STAMPS.contains(&&**key) {
                &clause::open::stamps_the_identity
            } else if data.meta.contains_key(key) {
                &clause::meta::is_remembered
            } else {
                &clause::meta::unset_is_none
            });
        }
        Op::WriteMeta(key, _) => {
            // Refused because it is taken for another one, of the store's or of the caller's.
            let known = data.meta.keys().map(|key| &**key).chain(crate::model::STAMPS);
            let taken_for = |other: &str| {
                other != &**key && (super::confusion::are_alike(other, key) || key.starts_with(other))
            };
            if known.filter(|known| !known.is_empty()).any(taken_for) {
                broken.add(&clause::meta::keys_are_compared_by_bytes);
            }
            if is_internal(key) {
                broken.add(&clause::meta::internals_are_ordinary_keys);
            }
            broken.add(&clause::meta::is_remembered);
        }
        Op::IntegrityCheck => broken.add(&clause::integrity::is_an_answer),
        _ => {}
    }
}

fn insert(case: &Case<'_>, entry: &Entry, broken: &mut Broken) {
    // Whoever takes the handle for one that is not open has not looked at the entry.
    if matches!(failed(case.last), Some(ErrorKind::NotOpen | ErrorKind::Closed)) {
        return;
    }
    let data = case.data();
    if data.id_of(&entry.namespace, &entry.query_hash).is_some() {
        broken.add(&clause::insert::upsert_keeps_the_id);
    } else {
        let key = (&entry.namespace, &entry.query_hash);
        let before = case.back().any(|row| {
            matches!(op(row), Some(Op::Insert(old)) if (&old.namespace, &old.query_hash) == key)
                && failed(row).is_none()
        });
        if before {
            broken.add(&clause::insert::deleted_key_gets_a_new_id);
        }
        features::of_key(&entry.namespace, &entry.query_hash, broken);
        if data.keys.values().any(|keys| keys.contains_key(entry.query_hash.as_str())) {
            broken.add(&clause::key::namespaces_are_separate);
        }
    }
    if data.quotas.contains_key(entry.namespace.as_str()) {
        broken.add(&clause::quota::limits_nothing_by_itself);
    }
    // Last, since nearly every entry has something that a store may stumble over.
    features::of_entry(entry, broken);
    if failed(case.last).is_some() && features::has_an_empty_text(entry) {
        broken.add(&clause::fidelity::text);
    }
    let is_accepted =
        |row: &crate::trace::Row| matches!(op(row), Some(Op::Insert(_))) && failed(row).is_none();
    // Damage is seen where something is read, and what reads its own rows wrongly takes entries all the same.
    if failed(case.last).is_some_and(|kind| kind != ErrorKind::Corrupt)
        && !case.before.iter().any(is_accepted)
    {
        // Perhaps none ever is.
        broken.add(&clause::insert::returns_the_stored_id);
    }
}

/// An error of this kind is due.
pub(super) fn refusal(case: &Case<'_>, kind: ErrorKind, broken: &mut Broken) {
    let is_open = case.model.phase(case.last.handle) == Some(Phase::Open);
    if is_open
        && matches!(failed(case.last), Some(ErrorKind::Closed | ErrorKind::NotOpen))
        && refused_opens(case).next().is_some()
    {
        broken.add(&clause::open::refusal_keeps_an_open_handle_usable);
        return;
    }
    match kind {
        ErrorKind::Closed => broken.add(&clause::close::ends_every_operation),
        ErrorKind::NotOpen => {
            if refused_opens(case).next().is_some() {
                broken.add(&clause::open::refused_handle_stays_unopened);
            }
            broken.add(&clause::open::comes_first);
        }
        ErrorKind::InvalidArgument => match case.op() {
            Some(Op::Open(_)) => broken.add(&clause::open::dimension_out_of_range_is_refused),
            Some(Op::WriteMeta(..)) => broken.add(&clause::meta::reserved_keys_are_protected),
            _ => broken.add(&clause::insert::number_out_of_range_is_refused),
        },
        // A great dimension is one that every store takes.
        ErrorKind::FingerprintMismatch | ErrorKind::DimensionMismatch
            if failed(case.last) == Some(ErrorKind::InvalidArgument)
                && matches!(case.op(), Some(Op::Open(identity)) if identity.dimension > 4_096) =>
        {
            broken.add(&clause::open::dimension_out_of_range_is_refused);
            broken.add(&clause::robust::fails_only_where_a_clause_says);
        }
        ErrorKind::FingerprintMismatch => fingerprint(case, broken),
        ErrorKind::DimensionMismatch => match case.op() {
            Some(Op::Open(_)) if case.is_told_of_the_refused() => {
                broken.add(&clause::open::refusal_changes_nothing);
            }
            Some(Op::Open(_)) => {
                reopened(case, broken);
                broken.add(&clause::open::other_dimension_is_refused);
            }
            _ => broken.add(&clause::insert::other_dimension_is_refused),
        },
        ErrorKind::Checkpoint => broken.add(&clause::snapshot::unsupported_says_so),
        _ => broken.add(&clause::durable::second_handle_is_refused),
    }
}

fn fingerprint(case: &Case<'_>, broken: &mut Broken) {
    if case.is_told_of_the_refused() {
        broken.add(&clause::open::refusal_changes_nothing);
        return;
    }
    reopened(case, broken);
    let Some(Op::Open(supplied)) = case.op() else { return };
    let stored = case.data().identity.as_ref();
    if let (Some(stored), Some((was, given))) = (stored, case.told_fingerprints())
        && (was, given) == (supplied.fingerprint.as_str(), stored.fingerprint.as_str())
    {
        // It was refused rightly, and only the facts are swapped.
        broken.add(&clause::open::other_fingerprint_is_refused);
        return;
    }
    if stored.is_some_and(|stored| stored.dimension != supplied.dimension) {
        broken.add(&clause::open::fingerprint_is_judged_first);
        if failed(case.last).is_some_and(|kind| kind != ErrorKind::FingerprintMismatch) {
            return;
        }
    }
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        letters.sort_unstable();
        letters
    };
    let alike = |a: &str, b: &str| {
        letters(a) == letters(b)
            || super::confusion::are_alike(a, b)
            || super::confusion::are_cut_alike(a, b)
            || a.is_empty()
            || b.is_empty()
            || a.starts_with(b)
            || b.starts_with(a)
            || a.split(['@', '#']).next() == b.split(['@', '#']).next()
    };
    let is_let_in = failed(case.last).is_none() || case.told_fingerprints().is_some();
    if is_let_in && stored.is_some_and(|stored| alike(&stored.fingerprint, &supplied.fingerprint)) {
        broken.add(&clause::open::fingerprint_is_opaque);
    }
    broken.add(&clause::open::other_fingerprint_is_refused);
}

fn reopened(case: &Case<'_>, broken: &mut Broken) {
    if let Some(made) = case.made() {
        // Whoever is kept out by the engine was not judged by his identity; and where nothing is left, there is none to
        // judge by.
        if failed(case.last) == Some(ErrorKind::Backend) {
            broken.add(case.survival(made));
        }
        broken.add(&clause::durable::identity_is_checked_on_reopen);
        broken.add(case.survival(made));
    }
    // What was refused before, and is not now, is let in by its own refusal.
    let tried = |row: &crate::trace::Row| op(row) == case.op() && failed(row).is_some();
    if case.back().any(tried) {
        broken.add(&clause::open::refusal_changes_nothing);
    }
}

/// The opens of the handle that were refused.
fn refused_opens<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a crate::trace::Row> {
    case.before.iter().filter(|row| {
        row.handle == case.last.handle && matches!(op(row), Some(Op::Open(_))) && failed(row).is_some()
    })
}

impl<'a> Case<'a> {
    /// The row that made the handle, where the data were there before it.
    fn made(&self) -> Option<&'a crate::trace::Row> {
        self.before
            .iter()
            .find(|row| row.handle == self.last.handle && matches!(row.step, Step::Make))
            .filter(|row| self.reopens(row))
    }

    /// Whether anything was written by this very handle.
    fn has_written(&self) -> bool {
        self.before.iter().any(|row| {
            row.handle == self.last.handle
                && op(row).is_some_and(|op| op.is_write() && !matches!(op, Op::Open(_)))
                && failed(row).is_none()
        })
    }

    /// The facts of a fingerprint mismatch that was answered: stored and supplied.
    fn told_fingerprints(&self) -> Option<(&'a str, &'a str)> {
        match &self.last.outcome {
            Some(Outcome::Failed(error)) => match &**error {
                Error::FingerprintMismatch { stored, supplied } => Some((stored, supplied)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the answer calls an identity stored that is not, but that one of these rows opened with.
    fn is_told_of<'r>(&self, mut rows: impl Iterator<Item = &'r crate::trace::Row>) -> bool {
        let Some(Outcome::Failed(error)) = &self.last.outcome else { return false };
        let own = self.data().identity.as_ref();
        let mut opened = |with: &dyn Fn(&mneme::Identity) -> bool| {
            !own.is_some_and(with)
                && rows.any(|row| matches!(op(row), Some(Op::Open(identity)) if with(identity)))
        };
        match &**error {
            Error::FingerprintMismatch { stored, .. } => opened(&|identity| identity.fingerprint == *stored),
            Error::DimensionMismatch { stored, .. } => opened(&|identity| identity.dimension == *stored),
            _ => false,
        }
    }

    /// Whether the answer names an identity that was refused as the stored one.
    fn is_told_of_the_refused(&self) -> bool {
        // Swapped facts name the refused one too; then it is this very call's.
        let this = |row: &crate::trace::Row| op(row) == self.op();
        self.is_told_of(self.back().filter(|row| failed(row).is_some() && !this(row)))
            && !matches!((self.op(), self.told_fingerprints()), (Some(Op::Open(s)), Some((was, _))) if was == s.fingerprint)
    }

    /// Whether the answer names an identity that only other data were opened with as the stored one.
    fn is_told_of_others(&self) -> bool {
        self.is_told_of(self.elsewhere()) && !self.is_told_of(self.back())
    }

    /// Whether fresh data are said to have an identity that nobody opened with here.
    fn is_told_of_a_stranger(&self) -> bool {
        let (Some(Op::Open(supplied)), Some((stored, _))) = (self.op(), self.told_fingerprints()) else {
            return false;
        };
        let is_fresh = self.data().identity.is_none();
        is_fresh && stored != supplied.fingerprint && !self.is_told_of(self.elsewhere().chain(self.back()))
    }

    /// Whether another handle was refused on the data of this one.
    fn was_shut_out(&self) -> bool {
        self.before.iter().any(|row| row.site == self.last.site && row.handle > self.last.handle)
    }
}
