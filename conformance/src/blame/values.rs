//! A quota, a meta key or a stamp is something else than it was set to.

use super::{
    Broken, confusion,
    guilt::repaired,
    history::{Case, failed, op, out_of_turn},
    views::of_confused,
};
use crate::{
    contract::clause,
    model::{STAMPS, may_be_refused},
    operation::{Op, Text},
    outcome::Outcome,
    scenario::meta::is_internal,
    trace::Row,
};
use mneme::{ErrorKind, Identity};

pub(super) fn quota(case: &Case<'_>, broken: &mut Broken) {
    let Some(Op::GetNamespaceQuota(namespace)) = case.op() else { return };
    let Some(Outcome::Quota(found)) = case.last.outcome else { return };
    let set = |row: &Row, quota| matches!(op(row), Some(Op::SetNamespaceQuota(n, q)) if n == namespace && Some(*q) == quota);
    if !case.data().quotas.contains_key(namespace) && case.elsewhere().any(|row| set(row, found)) {
        broken.add(case.separation());
        return;
    }
    let about = |row: &Row| matches!(op(row), Some(Op::GetNamespaceQuota(other)) if other == namespace);
    let sets = |row: &Row| matches!(op(row), Some(Op::SetNamespaceQuota(n, _)) if n == namespace);
    let suspects = case.suspects(about, sets);
    let was_right = !suspects.iter().any(|row| sets(row));
    for row in &suspects {
        match op(row) {
            _ if case.lifecycle(row).is_some() => broken.add_all(case.lifecycle(row)),
            Some(Op::SetNamespaceQuota(other, quota))
                if other == namespace && out_of_turn(row).is_some() && found == Some(*quota) =>
            {
                broken.add_all(out_of_turn(row));
            }
            Some(Op::ClearNamespace(cleared)) if found.is_none() || was_right && cleared == namespace => {
                broken.add(&clause::clear::keeps_quota_and_meta);
            }
            Some(Op::SetNamespaceQuota(other, _)) if other != namespace => {
                let found = |row: &Row| match (op(row), &case.last.outcome) {
                    (Some(Op::SetNamespaceQuota(_, set)), Some(Outcome::Quota(found))) => {
                        *found == Some(*set)
                    }
                    _ => false,
                };
                // The namespace shows another one's quota.
                if found(row) {
                    of_confused(other, namespace, broken);
                }
            }
            Some(Op::SetNamespaceQuota(..)) if failed(row).is_some() => {
                broken.add(&clause::insert::number_out_of_range_is_refused);
            }
            Some(Op::Open(_)) if failed(row).is_some() => broken.add(&clause::open::refusal_changes_nothing),
            Some(Op::Open(_)) if case.was_open_before(row) => {
                broken.add(&clause::open::same_identity_is_accepted);
            }
            Some(Op::DeleteById(_)) => broken.add(&clause::delete::leaves_the_others),
            _ => {}
        }
    }
    if repaired(&suspects, broken) {
        return;
    }
    match case.data().quotas.get(namespace) {
        None if case.back().any(|row| matches!(op(row), Some(Op::SetNamespaceQuota(..)))) => {
            broken.add(&clause::quota::is_remembered_per_namespace);
            broken.add(&clause::quota::unset_is_none);
        }
        None => broken.add(&clause::quota::unset_is_none),
        Some(0) => {
            broken.add(&clause::quota::is_remembered_per_namespace);
            broken.add(&clause::quota::zero_is_a_quota);
        }
        Some(_) => broken.add(&clause::quota::is_remembered_per_namespace),
    }
}

pub(super) fn meta(case: &Case<'_>, broken: &mut Broken) {
    let Some(Op::ReadMeta(key)) = case.op() else { return };
    let Some(Outcome::Value(found)) = &case.last.outcome else { return };
    let wrote_it = |row: &Row| matches!(op(row), Some(Op::WriteMeta(n, v)) if n == key && Some(&**v) == found.as_deref());
    if !case.data().meta.contains_key(key) && case.elsewhere().any(wrote_it) {
        broken.add(case.separation());
        return;
    }
    let about = |row: &Row| matches!(op(row), Some(Op::ReadMeta(other)) if other == key);
    let mut refused = false;
    let suspects = case.suspects(about, |row| matches!(op(row), Some(Op::WriteMeta(n, _)) if n == key));
    for row in &suspects {
        match op(row) {
            _ if case.lifecycle(row).is_some() => broken.add_all(case.lifecycle(row)),
            Some(Op::WriteMeta(other, _)) if other == key && out_of_turn(row).is_some() && wrote_it(row) => {
                broken.add_all(out_of_turn(row));
            }
            Some(Op::ClearNamespace(_)) => broken.add(&clause::clear::keeps_quota_and_meta),
            Some(Op::DeleteById(_)) => broken.add(&clause::delete::leaves_the_others),
            Some(Op::WriteMeta(other, _)) if other == key && failed(row).is_some() => {
                refused = true;
                broken.add(&clause::meta::reserved_keys_are_protected);
            }
            Some(Op::WriteMeta(other, _)) if other != key && confusion::are_alike(other, key) => {
                broken.add(&clause::meta::keys_are_compared_by_bytes);
            }
            // Before the first open that worked there was no stamp yet, so it is the refused one's or that one's.
            Some(Op::Open(identity))
                if failed(row).is_some()
                    && (case.was_open_before(row)
                        || !STAMPS.contains(&&**key)
                        || is_stamp_of(case, key, identity)) =>
            {
                refused = true;
                broken.add(&clause::open::refusal_changes_nothing);
                if failed(row) == Some(ErrorKind::InvalidArgument) {
                    broken.add(&clause::open::dimension_out_of_range_is_refused);
                }
            }
            Some(Op::Open(_)) if case.was_open_before(row) => {
                broken.add(&clause::open::same_identity_is_accepted);
            }
            _ => {}
        }
    }
    let was_right = !suspects.iter().any(|row| matches!(op(row), Some(Op::WriteMeta(n, _)) if n == key));
    if repaired(&suspects, broken) || refused && was_right {
        return;
    }
    if STAMPS.contains(&&**key) {
        if !refused && case.back().any(|row| failed(row).is_some() && wrote_it(row)) {
            refused = true;
            broken.add(&clause::meta::reserved_keys_are_protected);
        }
        if !refused {
            broken.add(&clause::open::stamps_the_identity);
        }
        return;
    }
    let wrote = |row: &Row| matches!(op(row), Some(Op::WriteMeta(..)));
    match case.data().meta.get(key) {
        None => {
            if is_internal(key) {
                broken.add(&clause::meta::internals_are_ordinary_keys);
            }
            if case.back().any(wrote) {
                broken.add(&clause::meta::keys_are_compared_by_bytes);
            }
            broken.add(&clause::meta::unset_is_none);
        }
        Some(value) => {
            if may_be_refused(&Op::WriteMeta(Text::clone(key), Text::clone(value))) {
                broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
                return;
            }
            if is_internal(key) {
                broken.add(&clause::meta::internals_are_ordinary_keys);
            }
            broken.add(&clause::meta::is_remembered);
        }
    }
}

/// Whether what was read under a stamped key is what an open with this identity stamps.
fn is_stamp_of(case: &Case<'_>, key: &str, identity: &Identity) -> bool {
    let Some(Outcome::Value(Some(found))) = &case.last.outcome else { return false };
    match STAMPS.iter().position(|stamp| *stamp == key) {
        Some(0) => *found == identity.fingerprint,
        Some(1) => *found == identity.dimension.to_string(),
        _ => false,
    }
}
