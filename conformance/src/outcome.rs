//! What an operation answered, as data.

pub(crate) mod display;
mod told;

use mneme::{Error, ErrorKind, StoredEntry};
use std::sync::Arc;

/// What came back from a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It succeeded and has nothing to say.
    Done,
    /// The id of `insert`.
    Id(u64),
    /// A count, a number removed, or the version counter.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// An entry, or none.
    Entry(Option<StoredEntry>),
    /// The items of a walk, and how it ended.
    Entries(Vec<StoredEntry>, Ending),
    /// Namespaces.
    Names(Vec<String>),
    /// Ids in LRU order.
    Ids(Vec<u64>),
    /// A quota, or none.
    Quota(Option<u64>),
    /// A meta value, or none.
    Value(Option<String>),
    /// It answered an error.
    Failed(Arc<Error>),
    /// The factory answered an error that is none of `mneme`'s, with its causes as text.
    NotMade(String),
    /// It panicked.
    Panicked {
        /// The panic's message; none where it carried something else than text.
        message: Option<String>,
        /// File, line and column.
        location: Option<String>,
    },
}

/// How a walk ended.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Ending, Outcome};
///
/// /// Whether a walk came to its end.
/// fn is_whole(outcome: &Outcome) -> bool {
///     matches!(outcome, Outcome::Entries(_, Ending::Ended))
/// }
/// let refused = Outcome::failed(mneme::Error::Closed);
/// assert_eq!((is_whole(&refused), refused.error_kind()), (false, Some(mneme::ErrorKind::Closed)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ending {
    /// After its last item, and it stayed ended.
    Ended,
    /// With an error, and it stayed ended.
    Failed(Arc<Error>),
    /// It yielded something after its end or after an error.
    Resumed,
    /// It went on long after every entry had come; the harness stopped asking.
    Endless,
}

impl Outcome {
    /// An error that a factory answered. Where it is one of `mneme`'s it tells its kind.
    pub(crate) fn not_made(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match error.downcast::<Error>() {
            Ok(error) => Self::failed(*error),
            Err(error) => Self::NotMade(display::causes(&*error)),
        }
    }

    /// An error that the store answered. Its causes are replaced by their texts, as they are in this moment: a cause is
    /// a value of the store, whose text may panic or never end, and is better asked for where a call of the store is expected.
    pub fn failed(error: Error) -> Self {
        Self::Failed(told::told(error))
    }

    /// The kind of the error, if it is one.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Failed(error) => Some(error.kind()),
            _ => None,
        }
    }

    /// The error that came back, of a walk also where it came after some items.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) | Self::Entries(_, Ending::Failed(error)) => Some(error),
            _ => None,
        }
    }
}

impl Ending {
    /// An error that a walk yielded, as [`Outcome::failed`] takes it.
    pub(crate) fn failed(error: Error) -> Self {
        Self::Failed(told::told(error))
    }
}

impl From<mneme::Result<()>> for Outcome {
    fn from(result: mneme::Result<()>) -> Self {
        result.map_or_else(Self::failed, |()| Self::Done)
    }
}

impl From<mneme::Result<Option<StoredEntry>>> for Outcome {
    fn from(result: mneme::Result<Option<StoredEntry>>) -> Self {
        result.map_or_else(Self::failed, Self::Entry)
    }
}
