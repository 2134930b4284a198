//! What a right store would answer next.

use super::{Data, Model, due::Due, reads};
use crate::operation::{Op, Walk};
use mneme::{Entry, Error, ErrorKind, limits::MAX_NUMBER};

/// The right answer, as far as the contract says it.
#[derive(Clone, Debug)]
pub(crate) enum Right {
    Error(ErrorKind),
    /// An error whose facts count; its text.
    Mismatch(String),
    Done,
    Number(u64),
    Flag(bool),
    Names(Vec<String>),
    Ids(Vec<u64>),
    Quota(Option<u64>),
    Value(Option<String>),
    /// Any text but the empty one.
    SomeText,
    /// A number in a range.
    Between(u64, u64),
    Id(u64),
    /// An id greater than this one.
    NewId(u64),
    NoEntry,
    /// An entry: its id, itself, and the bounds of its version.
    Entry(u64, Entry, u64, u64),
    /// The same for each item of a walk.
    Walk(Vec<(u64, Entry, u64, u64)>),
    /// More than one answer is right.
    Unknown,
}

impl Model {
    /// The right answer of an operation that is made now.
    pub(crate) fn right(&self, handle: usize, op: &Op) -> Right {
        let may_be_refused = super::may_be_refused(op);
        match self.due(handle, op) {
            None => {}
            Some(due) if may_be_refused && due.comes_after_arguments() => return Right::Unknown,
            Some(Due::Kind(kind)) => return Right::Error(kind),
            Some(Due::Fingerprint { stored, supplied }) => {
                return Right::Mismatch(Error::FingerprintMismatch { stored, supplied }.to_string());
            }
            Some(Due::Dimension { stored, supplied }) => {
                return Right::Mismatch(Error::DimensionMismatch { stored, supplied }.to_string());
            }
        }
        if may_be_refused {
            return Right::Unknown;
        }
        let data = self.data(handle);
        match op {
            Op::Open(_)
            | Op::Close
            | Op::UpdateAccess(..)
            | Op::SetNamespaceQuota(..)
            | Op::WriteMeta(..)
            | Op::SnapshotTo(_) => Right::Done,
            Op::GetByHash(namespace, hash) => shown(data, data.id_of(namespace, hash)),
            Op::GetById(id) => shown(data, data.entries.contains_key(id).then_some(*id)),
            Op::Count(scope) => Right::Number(data.count(scope.as_deref())),
            Op::ListNamespaces => Right::Names(data.keys.keys().map(ToString::to_string).collect()),
            Op::IterLruIds(limit, scope) => Right::Ids(data.lru(*limit, scope.as_deref())),
            Op::Walk(walk) => walked(data, *walk),
            Op::Insert(entry) => {
                data.id_of(&entry.namespace, &entry.query_hash).map_or(Right::NewId(data.last_id), Right::Id)
            }
            Op::DeleteById(id) => Right::Flag(data.entries.contains_key(id)),
            Op::DeleteExpired(now, scope) => Right::Number(data.due(*now, scope.as_deref()).len() as u64),
            Op::ClearNamespace(namespace) => Right::Number(data.in_namespace(namespace).len() as u64),
            Op::GetNamespaceQuota(namespace) => Right::Quota(data.quotas.get(namespace).copied()),
            Op::VersionCounter => {
                let (low, high) = data.versions.bounds(data.versions.now());
                Right::Between(low, high)
            }
            Op::ReadMeta(key) => match (reads::stamped(data, key), &data.schema) {
                (Some(reads::Stamped::Text(text)), _) => Right::Value(Some(text)),
                (Some(reads::Stamped::Schema), Some(schema)) => Right::Value(Some(schema.clone())),
                (Some(reads::Stamped::Schema), None) => Right::SomeText,
                (None, _) => Right::Value(data.meta.get(key).map(ToString::to_string)),
            },
            Op::IntegrityCheck => Right::Flag(true),
        }
    }
}

fn shown(data: &Data, id: Option<u64>) -> Right {
    let Some(id) = id else { return Right::NoEntry };
    let held = &data.entries[&id];
    let (low, high) = data.versions.bounds(held.event);
    Right::Entry(id, held.entry.clone(), low, high)
}

fn walked(data: &Data, walk: Walk) -> Right {
    let mut entries = Vec::new();
    for (&id, held) in data.entries.iter() {
        let (low, high) = data.versions.bounds(held.event);
        if reads::is_wanted(data, walk, id, held) {
            entries.push((held.event, (id, held.entry.clone(), low, high)));
        } else if matches!(walk, Walk::Changed(after) if high > after) {
            // It may be among them or not.
            return Right::Unknown;
        }
    }
    if matches!(walk, Walk::Changed(after) if after <= MAX_NUMBER) {
        entries.sort_by_key(|(event, _)| *event);
    }
    Right::Walk(entries.into_iter().map(|(_, entry)| entry).collect())
}
