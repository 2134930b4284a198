type Source = Box<dyn core::error::Error + Send + Sync>;

/// Everything that an operation of a [`Store`](crate::Store) can answer instead of a result.
///
/// The text is a lower-case fragment without the cause; the cause, where there is one, is in
/// [`source`](core::error::Error::source).
///
/// Where several kinds apply, a store gives the first of: closed, not open, invalid argument, the operation's own.
///
/// # Examples
///
/// A store wraps what its engine said:
///
/// ```
/// use std::error::Error as _;
///
/// let error = mneme::Error::backend("commit the insert", std::io::Error::other("disk on fire"));
/// assert_eq!(error.kind(), mneme::ErrorKind::Backend);
/// assert_eq!(error.to_string(), "backend: could not commit the insert");
/// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk on fire"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The handle was closed; no operation works on it any more.
    #[error("the store is closed")]
    Closed,
    /// The handle was not opened yet, or its first open was refused.
    #[error("the store is not open")]
    NotOpen,
    /// An argument is outside the range that [`limits`](crate::limits) states, or the operation forbids it.
    #[error("invalid argument: {argument}: {reason}")]
    #[non_exhaustive]
    InvalidArgument {
        /// Which argument, as the trait names it: `ttl`, `dimension`, `key`.
        argument: &'static str,
        /// What is wrong with it, the value included.
        reason: String,
    },
    /// The store belongs to another embedder.
    #[error("fingerprint mismatch: the store was made with {stored:?}, and {supplied:?} was supplied")]
    FingerprintMismatch {
        /// The fingerprint that the store recorded at its first open.
        stored: String,
        /// The fingerprint that the caller gave.
        supplied: String,
    },
    /// A vector, or an identity, has another length than the store's vectors.
    #[error("dimension mismatch: the store holds vectors of {stored}, and {supplied} was supplied")]
    DimensionMismatch {
        /// The dimension that the store recorded at its first open.
        stored: usize,
        /// The dimension, or the embedding's length, that the caller gave.
        supplied: usize,
    },
    /// A snapshot could not be taken or restored.
    #[error("checkpoint: {reason}")]
    #[non_exhaustive]
    Checkpoint {
        /// What was wrong.
        reason: String,
        /// What the engine or the file system said, if anything.
        source: Option<Source>,
    },
    /// The stored data are damaged.
    #[error("corrupt: {reason}")]
    #[non_exhaustive]
    Corrupt {
        /// What was damaged, and where.
        reason: String,
        /// What the engine or the file system said, if anything.
        source: Option<Source>,
    },
    /// The data at the store's place were not written by this store, or by a newer build of it.
    #[error("incompatible: {reason}")]
    #[non_exhaustive]
    Incompatible {
        /// What was found instead.
        reason: String,
        /// What the engine or the file system said, if anything.
        source: Option<Source>,
    },
    /// The engine below the store failed. The operation happened whole or not at all.
    #[error("backend: could not {action}")]
    #[non_exhaustive]
    Backend {
        /// What the store was doing, as an infinitive: "commit the insert".
        action: String,
        /// What the engine said.
        source: Option<Source>,
    },
}

/// Which kind an [`Error`] is, without its facts.
///
/// # Examples
///
/// ```
/// assert_eq!(mneme::Error::Closed.kind(), mneme::ErrorKind::Closed);
/// assert_eq!(mneme::ErrorKind::NotOpen.to_string(), "not open");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// See [`Error::Closed`].
    Closed,
    /// See [`Error::NotOpen`].
    NotOpen,
    /// See [`Error::InvalidArgument`].
    InvalidArgument,
    /// See [`Error::FingerprintMismatch`].
    FingerprintMismatch,
    /// See [`Error::DimensionMismatch`].
    DimensionMismatch,
    /// See [`Error::Checkpoint`].
    Checkpoint,
    /// See [`Error::Corrupt`].
    Corrupt,
    /// See [`Error::Incompatible`].
    Incompatible,
    /// See [`Error::Backend`].
    Backend,
}

impl Error {
    /// The kind of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Closed => ErrorKind::Closed,
            Self::NotOpen => ErrorKind::NotOpen,
            Self::InvalidArgument { .. } => ErrorKind::InvalidArgument,
            Self::FingerprintMismatch { .. } => ErrorKind::FingerprintMismatch,
            Self::DimensionMismatch { .. } => ErrorKind::DimensionMismatch,
            Self::Checkpoint { .. } => ErrorKind::Checkpoint,
            Self::Corrupt { .. } => ErrorKind::Corrupt,
            Self::Incompatible { .. } => ErrorKind::Incompatible,
            Self::Backend { .. } => ErrorKind::Backend,
        }
    }

    /// Makes an invalid-argument error: which argument, and what is wrong with it.
    pub fn invalid_argument(argument: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidArgument { argument, reason: reason.into() }
    }

    /// Makes a checkpoint error without a cause.
    pub fn checkpoint(reason: impl Into<String>) -> Self {
        Self::Checkpoint { reason: reason.into(), source: None }
    }

    /// Makes a corrupt error without a cause.
    pub fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt { reason: reason.into(), source: None }
    }

    /// Makes an incompatible error without a cause.
    pub fn incompatible(reason: impl Into<String>) -> Self {
        Self::Incompatible { reason: reason.into(), source: None }
    }

    /// Makes a backend error: what the store was doing, as an infinitive, and what the engine said.
    pub fn backend(action: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::Backend { action: action.into(), source: Some(source.into()) }
    }

    /// Adds a cause to a checkpoint, corrupt, incompatible or backend error; any other error has none and stays as
    /// it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Error, ErrorKind};
    /// use std::error::Error as _;
    ///
    /// let cause = "five".parse::<u32>().expect_err("no digits");
    /// let damaged = Error::corrupt("the dimension is \"five\"").because(cause);
    /// assert_eq!((damaged.kind(), damaged.source().is_some()), (ErrorKind::Corrupt, true));
    ///
    /// let foreign = Error::incompatible("the file is a picture").because(std::io::Error::other("no header"));
    /// assert_eq!(foreign.kind(), ErrorKind::Incompatible);
    /// let refused = Error::checkpoint("something is at the destination");
    /// assert_eq!(refused.kind(), ErrorKind::Checkpoint);
    /// let argument = Error::invalid_argument("key", "only open writes embedder_dim");
    /// assert_eq!(argument.to_string(), "invalid argument: key: only open writes embedder_dim");
    /// ```
    #[must_use]
    pub fn because(mut self, cause: impl Into<Source>) -> Self {
        if let Self::Checkpoint { source, .. }
        | Self::Corrupt { source, .. }
        | Self::Incompatible { source, .. }
        | Self::Backend { source, .. } = &mut self
        {
            *source = Some(cause.into());
        }
        self
    }
}

impl core::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::NotOpen => "not open",
            Self::InvalidArgument => "invalid argument",
            Self::FingerprintMismatch => "fingerprint mismatch",
            Self::DimensionMismatch => "dimension mismatch",
            Self::Checkpoint => "checkpoint",
            Self::Corrupt => "corrupt",
            Self::Incompatible => "incompatible",
            Self::Backend => "backend",
        })
    }
}
