//! Which error an operation must answer, where it must answer one.

use super::{Difference, Mismatch, Model, Phase};
use crate::{
    operation::{Op, display::Quoted},
    outcome::Outcome,
};
use mneme::{Entry, Error, ErrorKind, limits};

/// The three meta keys that only `open` writes.
pub(crate) const STAMPS: [&str; 3] = ["embedder_fingerprint", "embedder_dim", "schema_version"];

/// An error that is due.
pub(super) enum Due {
    Kind(ErrorKind),
    Fingerprint { stored: String, supplied: String },
    Dimension { stored: usize, supplied: usize },
}

impl Due {
    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::Kind(kind) => *kind,
            Self::Fingerprint { .. } => ErrorKind::FingerprintMismatch,
            Self::Dimension { .. } => ErrorKind::DimensionMismatch,
        }
    }

    /// Whether an invalid argument, where there is one, is the error that is due first.
    pub(super) fn comes_after_arguments(&self) -> bool {
        !matches!(self.kind(), ErrorKind::Closed | ErrorKind::NotOpen)
    }
}

/// What is expected where an error of a kind is due.
pub(super) fn expected(kind: ErrorKind) -> String {
    let article =
        if kind == ErrorKind::InvalidArgument || kind == ErrorKind::Incompatible { "an" } else { "a" };
    format!("{article} {kind} error")
}

impl Model {
    /// The error that the contract asks for, the first where several apply.
    pub(super) fn due(&self, handle: usize, op: &Op) -> Option<Due> {
        let handle = self.handles[handle];
        match (handle.phase, op) {
            (_, Op::Close) => return None,
            (Phase::Closed | Phase::Dropped, _) => return Some(Due::Kind(ErrorKind::Closed)),
            (Phase::Unopened, Op::Open(_)) | (Phase::Open, _) => {}
            (Phase::Unopened, _) => return Some(Due::Kind(ErrorKind::NotOpen)),
        }
        if out_of_range(op) {
            return Some(Due::Kind(ErrorKind::InvalidArgument));
        }
        let data = &self.data[handle.data];
        let stored = data.identity.as_ref();
        match op {
            Op::Open(_) if self.refusal(handle.site).is_some() => self.refusal(handle.site).map(Due::Kind),
            Op::Open(supplied) => {
                if handle.phase == Phase::Unopened && self.is_taken(handle.data) {
                    return Some(Due::Kind(ErrorKind::Backend));
                }
                let stored = stored?;
                if stored.fingerprint != supplied.fingerprint {
                    return Some(Due::Fingerprint {
                        stored: stored.fingerprint.clone(),
                        supplied: supplied.fingerprint.clone(),
                    });
                }
                dimension(stored.dimension, supplied.dimension)
            }
            Op::Insert(entry) => dimension(stored?.dimension, entry.embedding.len()),
            Op::SnapshotTo(path) if !self.claims.snapshots || self.places.refuses(path) => {
                Some(Due::Kind(ErrorKind::Checkpoint))
            }
            _ => None,
        }
    }

    /// Whether another handle holds data that one handle at a time may use.
    fn is_taken(&self, data: usize) -> bool {
        self.claims.are_exclusive()
            && self.handles.iter().any(|handle| handle.data == data && handle.phase == Phase::Open)
    }
}

fn dimension(stored: usize, supplied: usize) -> Option<Due> {
    (stored != supplied).then_some(Due::Dimension { stored, supplied })
}

/// Judges an outcome where an error is due.
pub(super) fn judge(due: &Due, outcome: &Outcome) -> Result<(), Mismatch> {
    let kind = due.kind();
    let expected = match due {
        Due::Kind(kind) => expected(*kind),
        Due::Fingerprint { stored, supplied } => {
            let (stored, supplied) = (Quoted(stored), Quoted(supplied));
            format!("{} with stored {stored} and supplied {supplied}", expected(kind))
        }
        Due::Dimension { stored, supplied } => {
            format!("{} with stored {stored} and supplied {supplied}", expected(kind))
        }
    };
    let Outcome::Failed(error) = outcome else {
        return Err(Mismatch::new(Difference::NotRefused(kind), expected));
    };
    let right = match (due, &**error) {
        (Due::Kind(kind), error) => error.kind() == *kind,
        (
            Due::Fingerprint { stored, supplied },
            Error::FingerprintMismatch { stored: found, supplied: given },
        ) => stored == found && supplied == given,
        (
            Due::Dimension { stored, supplied },
            Error::DimensionMismatch { stored: found, supplied: given },
        ) => stored == found && supplied == given,
        _ => false,
    };
    if right { Ok(()) } else { Err(Mismatch::new(Difference::WrongError(kind), expected)) }
}

/// Whether an argument is outside the range that the contract gives it.
fn out_of_range(op: &Op) -> bool {
    match op {
        Op::Open(identity) => limits::check_identity(identity).is_err(),
        Op::Insert(entry) => {
            let numbers =
                [entry.created_at, entry.ttl.unwrap_or(0), entry.last_accessed_at, entry.access_count];
            numbers.into_iter().any(|number| number > limits::MAX_NUMBER)
        }
        Op::UpdateAccess(_, number) | Op::DeleteExpired(number, _) | Op::SetNamespaceQuota(_, number) => {
            *number > limits::MAX_NUMBER
        }
        Op::WriteMeta(key, _) => STAMPS.contains(&&**key),
        _ => false,
    }
}

/// Whether a store may refuse the operation as an invalid argument, or do it: its text is longer than a store must
/// keep.
pub(crate) fn may_be_refused(op: &Op) -> bool {
    let key = |text: &str| text.len() > limits::MAX_KEY_BYTES;
    let text = |text: &str| text.len() > limits::MAX_TEXT_BYTES;
    match op {
        Op::Open(identity) => text(&identity.fingerprint),
        Op::Insert(entry) => {
            key(&entry.namespace)
                || key(&entry.query_hash)
                || text(&entry.query)
                || text(&entry.response)
                || metadata_is_past_its_bounds(entry)
        }
        Op::GetByHash(namespace, hash) => key(namespace) || key(hash),
        Op::Count(namespace) | Op::IterLruIds(_, namespace) | Op::DeleteExpired(_, namespace) => {
            namespace.as_deref().is_some_and(key)
        }
        Op::ClearNamespace(namespace)
        | Op::SetNamespaceQuota(namespace, _)
        | Op::GetNamespaceQuota(namespace) => key(namespace),
        Op::ReadMeta(name) => key(name),
        Op::WriteMeta(name, value) => key(name) || text(value),
        _ => false,
    }
}

fn metadata_is_past_its_bounds(entry: &Entry) -> bool {
    fn depth(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            serde_json::Value::Object(items) => 1 + items.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
    let deepest = 1 + entry.metadata.values().map(depth).max().unwrap_or(0);
    let bytes = serde_json::to_string(&entry.metadata).map_or(0, |text| text.len());
    deepest > limits::MAX_METADATA_DEPTH || bytes > limits::MAX_METADATA_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Claims, operation::Step, sample};

    /// What the model says of an error, where text that is too long comes with a vector of another length.
    fn is_right(error: Error) -> bool {
        let mut model = Model::new(Claims::default());
        assert!(model.step(0, 0, &Step::Make, &Outcome::Done).is_ok());
        assert!(model.step(0, 0, &Step::Call(Op::Open(sample::identity())), &Outcome::Done).is_ok());
        let long = sample::noise(limits::MAX_KEY_BYTES + 1, 'x');
        let insert = Op::Insert(sample::entry("a", &long).embedding([1.0]));
        model.step(0, 0, &Step::Call(insert), &Outcome::Failed(error.into())).is_ok()
    }

    #[test]
    fn an_argument_that_may_be_refused_is_refused_before_the_dimension_is_compared() {
        assert!(is_right(Error::invalid_argument("query_hash", "too long")));
        assert!(is_right(Error::DimensionMismatch { stored: 4, supplied: 1 }));
        assert!(!is_right(Error::DimensionMismatch { stored: 1, supplied: 4 }));
        assert!(!is_right(Error::NotOpen));
    }
}
