//! What was judged: each operation, in which situation, and what it answered.

use super::program::Action;
use crate::{
    model::{Model, Phase, STAMPS},
    operation::{Op, Walk},
    outcome::Outcome,
    subject::Claims,
};
use mneme::{ErrorKind, limits::MAX_NUMBER};
use std::collections::BTreeSet;

/// How often each operation was judged in each situation, and which outcomes were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    cells: std::collections::BTreeMap<(&'static str, Situation), u64>,
    outcomes: BTreeSet<&'static str>,
    actions: BTreeSet<&'static str>,
    judged: usize,
}

/// What an operation finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Situation {
    Unopened,
    Closed,
    OutOfRange,
    OtherDimension,
    OtherFingerprint,
    Fresh,
    Reserved,
    /// It names what is stored, or works on a store with entries.
    Stored,
    /// It names what was stored once.
    Gone,
    /// It names what never was stored, or works on a store without entries.
    Nothing,
    NothingDue,
    SomeDue,
    AllDue,
}

use Situation::{
    AllDue, Closed, Fresh, Gone, Nothing, NothingDue, OtherDimension, OtherFingerprint, OutOfRange, Reserved,
    SomeDue, Stored, Unopened,
};

/// The situations that each operation can meet, and a run is to have met.
const POSSIBLE: [(&str, &[Situation]); 22] = [
    ("open", &[Fresh, Stored, OtherFingerprint, OtherDimension, OutOfRange, Closed]),
    ("close", &[Unopened, Stored, Closed]),
    ("get_by_hash", &[Unopened, Closed, Stored, Gone, Nothing]),
    ("get_by_id", &[Unopened, Closed, Stored, Gone, Nothing]),
    ("count", &[Unopened, Closed, Stored, Nothing]),
    ("list_namespaces", &[Unopened, Closed, Stored, Nothing]),
    ("iter_lru_ids", &[Unopened, Closed, Stored, Nothing]),
    ("iter_all", &[Unopened, Closed, Stored, Nothing]),
    ("iter_since", &[Unopened, Closed, Stored, Gone, Nothing]),
    ("iter_changed", &[Unopened, Closed, Stored, Nothing]),
    ("insert", &[Unopened, Closed, OutOfRange, OtherDimension, Stored, Gone, Nothing]),
    ("update_access", &[Unopened, Closed, OutOfRange, Stored, Gone, Nothing]),
    ("delete_by_id", &[Unopened, Closed, Stored, Gone, Nothing]),
    ("delete_expired", &[Unopened, Closed, OutOfRange, NothingDue, SomeDue, AllDue]),
    ("clear_namespace", &[Unopened, Closed, Stored, Nothing]),
    ("set_namespace_quota", &[Unopened, Closed, OutOfRange, Stored, Nothing]),
    ("get_namespace_quota", &[Unopened, Closed, Stored, Nothing]),
    ("version_counter", &[Unopened, Closed, Stored, Nothing]),
    ("read_meta", &[Unopened, Closed, Reserved, Stored, Nothing]),
    ("write_meta", &[Unopened, Closed, Reserved, Stored, Nothing]),
    ("integrity_check", &[Unopened, Closed, Stored, Nothing]),
    ("snapshot_to", &[Unopened, Closed, Stored, Nothing]),
];

/// The kinds of outcomes that every run is to have seen.
const OUTCOMES: [&str; 23] = [
    "ok",
    "an id",
    "0",
    "a number above 0",
    "true",
    "false",
    "an entry",
    "no entry",
    "entries",
    "no entries",
    "namespaces",
    "no namespaces",
    "ids",
    "no ids",
    "a quota",
    "no quota",
    "a meta value",
    "no meta value",
    "a closed error",
    "a not-open error",
    "an invalid-argument error",
    "a fingerprint-mismatch error",
    "a dimension-mismatch error",
];

impl Coverage {
    /// Notes an operation before it is made, and answers where it is to be counted once it was judged right.
    pub(super) fn meet(&mut self, name: &'static str) {
        self.actions.insert(name);
        self.judged += 1;
    }

    /// Notes what an operation answered, which was right.
    pub(super) fn see(&mut self, name: &'static str, situation: Situation, outcome: &Outcome) {
        *self.cells.entry((name, situation)).or_default() += 1;
        if let Some(kind) = kind(outcome) {
            self.outcomes.insert(kind);
        }
    }

    /// Notes an action that is no operation of the store.
    pub(super) fn act(&mut self, action: &Action) {
        self.actions.insert(action.name());
    }

    pub(super) fn add(&mut self, other: Self) {
        for (cell, times) in other.cells {
            *self.cells.entry(cell).or_default() += times;
        }
        self.outcomes.extend(other.outcomes);
        self.actions.extend(other.actions);
        self.judged += other.judged;
    }

    /// How many operations were judged.
    pub(crate) fn judged(&self) -> usize {
        self.judged
    }

    /// How many of the situations that operations can meet they have met, and how many there are.
    pub(crate) fn cells(&self) -> (usize, usize) {
        let all = POSSIBLE.iter().flat_map(|(name, situations)| situations.iter().map(|at| (*name, *at)));
        let met = all.clone().filter(|cell| self.cells.contains_key(cell)).count();
        (met, all.count())
    }

    /// The actions that a store with these claims is asked and was not.
    pub(crate) fn actions_that_never_occurred(&self, claims: Claims) -> Vec<&'static str> {
        Action::names(claims).filter(|name| !self.actions.contains(name)).collect()
    }

    /// The kinds of outcomes that never were.
    pub(crate) fn outcomes_that_never_occurred(&self, claims: Claims) -> Vec<&'static str> {
        let checkpoint = (!claims.snapshots).then_some("a checkpoint error");
        OUTCOMES.into_iter().chain(checkpoint).filter(|kind| !self.outcomes.contains(kind)).collect()
    }
}

/// The kind of an outcome; none where it is of no interest.
fn kind(outcome: &Outcome) -> Option<&'static str> {
    Some(match outcome {
        Outcome::Done => "ok",
        Outcome::Id(_) => "an id",
        Outcome::Number(0) => "0",
        Outcome::Number(_) => "a number above 0",
        Outcome::Flag(true) => "true",
        Outcome::Flag(false) => "false",
        Outcome::Entry(Some(_)) => "an entry",
        Outcome::Entry(None) => "no entry",
        Outcome::Entries(entries, _) if entries.is_empty() => "no entries",
        Outcome::Entries(..) => "entries",
        Outcome::Names(names) if names.is_empty() => "no namespaces",
        Outcome::Names(_) => "namespaces",
        Outcome::Ids(ids) if ids.is_empty() => "no ids",
        Outcome::Ids(_) => "ids",
        Outcome::Quota(Some(_)) => "a quota",
        Outcome::Quota(None) => "no quota",
        Outcome::Value(Some(_)) => "a meta value",
        Outcome::Value(None) => "no meta value",
        Outcome::Failed(error) => match error.kind() {
            ErrorKind::Closed => "a closed error",
            ErrorKind::NotOpen => "a not-open error",
            ErrorKind::InvalidArgument => "an invalid-argument error",
            ErrorKind::FingerprintMismatch => "a fingerprint-mismatch error",
            ErrorKind::DimensionMismatch => "a dimension-mismatch error",
            ErrorKind::Checkpoint => "a checkpoint error",
            _ => return None,
        },
        Outcome::NotMade(_) | Outcome::Panicked { .. } => return None,
    })
}

/// What an operation is about to find.
pub(super) fn situation(model: &Model, handle: usize, op: &Op) -> Situation {
    match model.phase(handle) {
        Some(Phase::Open) => {}
        Some(Phase::Unopened) if matches!(op, Op::Open(_)) => {}
        Some(Phase::Unopened) => return Unopened,
        _ => return Closed,
    }
    let data = model.data(handle);
    let is = |stored: bool| if stored { Stored } else { Nothing };
    let of_an_id = |id: &u64| {
        if data.entries.contains_key(id) {
            Stored
        } else if data.was_given(*id) {
            Gone
        } else {
            Nothing
        }
    };
    match op {
        Op::Open(identity) => match &data.identity {
            _ if mneme::limits::check_identity(identity).is_err() => OutOfRange,
            None => Fresh,
            Some(stored) if stored.fingerprint != identity.fingerprint => OtherFingerprint,
            Some(stored) if stored.dimension != identity.dimension => OtherDimension,
            Some(_) => Stored,
        },
        Op::GetByHash(namespace, hash) => match data.id_of(namespace, hash) {
            Some(_) => Stored,
            None if data.was_under(namespace, hash) => Gone,
            None => Nothing,
        },
        Op::UpdateAccess(_, now) | Op::DeleteExpired(now, _) if *now > MAX_NUMBER => OutOfRange,
        Op::UpdateAccess(id, _) | Op::GetById(id) | Op::Walk(Walk::Since(id)) | Op::DeleteById(id) => {
            of_an_id(id)
        }
        Op::Count(Some(namespace)) | Op::IterLruIds(_, Some(namespace)) | Op::ClearNamespace(namespace) => {
            is(data.keys.contains_key(namespace))
        }
        Op::Insert(entry) => {
            let numbers =
                [entry.created_at, entry.ttl.unwrap_or(0), entry.last_accessed_at, entry.access_count];
            if numbers.iter().any(|number| *number > MAX_NUMBER) {
                OutOfRange
            } else if data
                .identity
                .as_ref()
                .is_some_and(|identity| identity.dimension != entry.embedding.len())
            {
                OtherDimension
            } else if data.id_of(&entry.namespace, &entry.query_hash).is_some() {
                Stored
            } else if data.was_under(&entry.namespace, &entry.query_hash) {
                Gone
            } else {
                Nothing
            }
        }
        Op::DeleteExpired(now, scope) => match data.due(*now, scope.as_deref()).len() as u64 {
            0 => NothingDue,
            due if due == data.count(scope.as_deref()) => AllDue,
            _ => SomeDue,
        },
        Op::SetNamespaceQuota(_, quota) if *quota > MAX_NUMBER => OutOfRange,
        Op::SetNamespaceQuota(namespace, _) | Op::GetNamespaceQuota(namespace) => {
            is(data.quotas.contains_key(namespace))
        }
        Op::ReadMeta(key) | Op::WriteMeta(key, _) if STAMPS.contains(&&**key) => Reserved,
        Op::ReadMeta(key) | Op::WriteMeta(key, _) => is(data.meta.contains_key(key)),
        Op::Close
        | Op::Count(None)
        | Op::ListNamespaces
        | Op::IterLruIds(_, None)
        | Op::Walk(_)
        | Op::VersionCounter
        | Op::IntegrityCheck
        | Op::SnapshotTo(_) => is(!data.entries.is_empty()),
    }
}
