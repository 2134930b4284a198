//! The beginning of the first program: each kind of action once, so that no run is without one.

use super::program::{Action, Destination, Parting, Ref, filled};
use crate::{
    operation::{Op, Walk},
    sample,
    subject::Claims,
};
use mneme::Identity;

/// How many ids it is given.
pub(super) const ROLL: u8 = 8;

/// The actions, for a program of an identity; they leave the handle open.
pub(super) fn roll_call(identity: &Identity, claims: Claims) -> Vec<Action> {
    let (namespace, hash) = filled(0, 2);
    let nowhere = || "never".into();
    let fingerprint = format!("{}x", identity.fingerprint);
    let calls = |calls: Vec<Op<Ref>>| calls.into_iter().map(Action::Call);
    let reads = || {
        calls(vec![
            Op::Count(None),
            Op::ListNamespaces,
            Op::Walk(Walk::All),
            Op::Walk(Walk::Since(Ref::Nth(3))),
            Op::Walk(Walk::Changed(0)),
            Op::IterLruIds(3, None),
            Op::GetById(Ref::Nth(1)),
            Op::GetByHash("n0".into(), "f0".into()),
            Op::GetNamespaceQuota("n0".into()),
            Op::ReadMeta("m".into()),
            Op::VersionCounter,
            Op::IntegrityCheck,
        ])
    };
    let mut roll = Vec::new();
    roll.extend(calls(vec![
        Op::Count(None),
        Op::Open(Identity::new(&*identity.fingerprint, 0)),
        Op::Open(identity.clone()),
    ]));
    roll.extend(reads());
    roll.push(Action::Fill(ROLL.into(), 2));
    roll.extend(calls(vec![
        Op::Open(Identity::new(fingerprint, identity.dimension)),
        Op::Open(identity.clone()),
        Op::Insert(sample::entry(&namespace, &hash).embedding(sample::plain(identity.dimension + 1))),
        Op::Insert(sample::entry(&namespace, &hash).embedding(sample::plain(identity.dimension))),
        Op::UpdateAccess(Ref::Nth(1), 5),
        Op::UpdateAccess(Ref::Nth(1), u64::MAX),
        Op::SetNamespaceQuota("n0".into(), 1),
        Op::WriteMeta("m".into(), "v".into()),
        Op::DeleteById(Ref::Nth(2)),
        Op::DeleteById(Ref::Nth(2)),
        Op::ClearNamespace(nowhere()),
    ]));
    roll.extend(reads());
    roll.extend([Destination::Free, Destination::Taken, Destination::Missing].map(Action::Snapshot));
    roll.push(Action::Elsewhere(Op::Count(None)));
    roll.extend([
        Action::Begin(Walk::All),
        Action::Next(2),
        Action::Rest,
        Action::Leave,
        Action::Stranger,
        Action::Stranger,
    ]);
    roll.extend(calls(vec![
        Op::DeleteExpired(0, None),
        Op::DeleteExpired(6, None),
        Op::ClearNamespace(namespace),
    ]));
    // Late, since whatever goes wrong after it may be blamed on it.
    roll.extend([Action::Begin(Walk::Changed(0)), Action::Next(1), Action::Unwind]);
    roll.extend(claims.are_of_the_site().then_some(Action::SecondHandle));
    roll.extend(claims.shared.then_some(Action::Turn));
    roll.extend([Action::Remake(Parting::Close), Action::Call(Op::Count(None))]);
    roll.extend(calls(vec![Op::Open(identity.clone()), Op::Close, Op::Count(None)]));
    roll.push(Action::Reopen(Parting::Drop));
    roll
}
