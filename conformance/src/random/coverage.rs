//! What was judged: each operation, in which situation, and what it answered.

use super::program::{Action, NAMES};
use crate::{
    model::{Model, Phase, STAMPS},
    operation::{Op, Walk, display::METHODS},
    outcome::Outcome,
    subject::Claims,
};
use mneme::{ErrorKind, limits::MAX_NUMBER};

/// Which operations were judged in which situations, and which outcomes were seen.
///
/// It is noted at each operation, and so it is bits: one by method and situation, by kind of outcome, by kind of action.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    cells: [u16; METHODS.len()],
    outcomes: u32,
    actions: u64,
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

/// The situations that each method can meet, and a run is to have met.
const POSSIBLE: [&[Situation]; METHODS.len()] = [
    &[Fresh, Stored, OtherFingerprint, OtherDimension, OutOfRange, Closed],
    &[Unopened, Stored, Closed],
    &[Unopened, Closed, Stored, Gone, Nothing],
    &[Unopened, Closed, Stored, Gone, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Stored, Gone, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, OutOfRange, OtherDimension, Stored, Gone, Nothing],
    &[Unopened, Closed, OutOfRange, Stored, Gone, Nothing],
    &[Unopened, Closed, Stored, Gone, Nothing],
    &[Unopened, Closed, OutOfRange, NothingDue, SomeDue, AllDue],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, OutOfRange, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Reserved, Stored, Nothing],
    &[Unopened, Closed, Reserved, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
    &[Unopened, Closed, Stored, Nothing],
];

/// The kinds of outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Done,
    Id,
    Zero,
    Number,
    True,
    False,
    Entry,
    NoEntry,
    Entries,
    NoEntries,
    Names,
    NoNames,
    Ids,
    NoIds,
    Quota,
    NoQuota,
    Value,
    NoValue,
    Closed,
    NotOpen,
    InvalidArgument,
    FingerprintMismatch,
    DimensionMismatch,
    Checkpoint,
}

/// The kinds of outcomes that every run is to have seen; of the last one, those of stores without snapshots.
const OUTCOMES: [(Kind, &str); 24] = [
    (Kind::Done, "ok"),
    (Kind::Id, "an id"),
    (Kind::Zero, "0"),
    (Kind::Number, "a number above 0"),
    (Kind::True, "true"),
    (Kind::False, "false"),
    (Kind::Entry, "an entry"),
    (Kind::NoEntry, "no entry"),
    (Kind::Entries, "entries"),
    (Kind::NoEntries, "no entries"),
    (Kind::Names, "namespaces"),
    (Kind::NoNames, "no namespaces"),
    (Kind::Ids, "ids"),
    (Kind::NoIds, "no ids"),
    (Kind::Quota, "a quota"),
    (Kind::NoQuota, "no quota"),
    (Kind::Value, "a meta value"),
    (Kind::NoValue, "no meta value"),
    (Kind::Closed, "a closed error"),
    (Kind::NotOpen, "a not-open error"),
    (Kind::InvalidArgument, "an invalid-argument error"),
    (Kind::FingerprintMismatch, "a fingerprint-mismatch error"),
    (Kind::DimensionMismatch, "a dimension-mismatch error"),
    (Kind::Checkpoint, "a checkpoint error"),
];

impl Coverage {
    /// Notes an operation before it is made.
    pub(super) fn meet(&mut self, op: &Op) {
        self.actions |= 1 << op.method();
        self.judged += 1;
    }

    /// Notes what an operation answered, which was right.
    pub(super) fn see(&mut self, method: usize, situation: Situation, outcome: &Outcome) {
        self.cells[method] |= 1 << situation as u32;
        if let Some(kind) = kind(outcome) {
            self.outcomes |= 1 << kind as u32;
        }
    }

    /// Notes an action that is no operation of the store.
    pub(super) fn act(&mut self, action: &Action) {
        self.actions |= 1 << action.kind();
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (cells, others) in self.cells.iter_mut().zip(other.cells) {
            *cells |= others;
        }
        self.outcomes |= other.outcomes;
        self.actions |= other.actions;
        self.judged += other.judged;
    }

    /// How many operations were judged.
    pub(crate) fn judged(&self) -> usize {
        self.judged
    }

    /// How many of the situations that operations can meet they have met, and how many there are.
    pub(crate) fn cells(&self) -> (usize, usize) {
        let all = POSSIBLE.iter().zip(self.cells);
        let met = all.flat_map(|(situations, cells)| {
            situations.iter().filter(move |at| cells >> **at as u32 & 1 == 1)
        });
        (met.count(), POSSIBLE.iter().map(|situations| situations.len()).sum())
    }

    /// The actions that a store with these claims is asked and was not.
    pub(crate) fn actions_that_never_occurred(&self, claims: Claims) -> Vec<&'static str> {
        let kinds = Action::kinds(claims).filter(|kind| self.actions >> kind & 1 == 0);
        kinds.map(|kind| NAMES[kind]).collect()
    }

    /// The kinds of outcomes that never were.
    pub(crate) fn outcomes_that_never_occurred(&self, claims: Claims) -> Vec<&'static str> {
        let due = OUTCOMES.iter().filter(|(kind, _)| *kind != Kind::Checkpoint || !claims.snapshots);
        due.filter(|(kind, _)| self.outcomes >> *kind as u32 & 1 == 0).map(|(_, name)| *name).collect()
    }
}

/// The kind of an outcome; none where it is of no interest.
fn kind(outcome: &Outcome) -> Option<Kind> {
    Some(match outcome {
        Outcome::Done => Kind::Done,
        Outcome::Id(_) => Kind::Id,
        Outcome::Number(0) => Kind::Zero,
        Outcome::Number(_) => Kind::Number,
        Outcome::Flag(true) => Kind::True,
        Outcome::Flag(false) => Kind::False,
        Outcome::Entry(Some(_)) => Kind::Entry,
        Outcome::Entry(None) => Kind::NoEntry,
        Outcome::Entries(entries, _) if entries.is_empty() => Kind::NoEntries,
        Outcome::Entries(..) => Kind::Entries,
        Outcome::Names(names) if names.is_empty() => Kind::NoNames,
        Outcome::Names(_) => Kind::Names,
        Outcome::Ids(ids) if ids.is_empty() => Kind::NoIds,
        Outcome::Ids(_) => Kind::Ids,
        Outcome::Quota(Some(_)) => Kind::Quota,
        Outcome::Quota(None) => Kind::NoQuota,
        Outcome::Value(Some(_)) => Kind::Value,
        Outcome::Value(None) => Kind::NoValue,
        Outcome::Failed(error) => match error.kind() {
            ErrorKind::Closed => Kind::Closed,
            ErrorKind::NotOpen => Kind::NotOpen,
            ErrorKind::InvalidArgument => Kind::InvalidArgument,
            ErrorKind::FingerprintMismatch => Kind::FingerprintMismatch,
            ErrorKind::DimensionMismatch => Kind::DimensionMismatch,
            ErrorKind::Checkpoint => Kind::Checkpoint,
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
