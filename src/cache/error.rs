use crate::{Error, ErrorKind};

/// What an embedder, and whoever else an application plugs in, may answer as an error.
pub type EmbedError = Box<dyn core::error::Error + Send + Sync>;

/// Everything that an operation of a [`SemanticCache`](crate::SemanticCache) can answer instead of a result.
///
/// The text is a lower-case fragment without the cause; the cause, where there is one, is in
/// [`source`](core::error::Error::source). What the store answered is handed on as it is.
///
/// # Examples
///
/// ```
/// use mneme::{CacheError, Error, ErrorKind};
///
/// let error = CacheError::from(Error::Closed);
/// assert_eq!(error.to_string(), "the store is closed");
/// assert_eq!(error.store_kind(), Some(ErrorKind::Closed));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The store answered an error, or a checkpoint could not be written or read.
    #[error(transparent)]
    Store(#[from] Error),
    /// The embedder failed. Nothing was stored.
    #[error("the embedder could not embed {text}")]
    #[non_exhaustive]
    Embedder {
        /// What it was to embed, by its length: the text itself may be private.
        text: String,
        /// What the embedder said.
        source: EmbedError,
    },
    /// The embedder gave a vector that cannot be compared with others. Nothing was stored.
    #[error("the embedder gave an unusable vector: {reason}")]
    #[non_exhaustive]
    Embedding {
        /// What is wrong with the vector.
        reason: String,
    },
    /// A setting or an argument is out of range.
    #[error("invalid argument: {argument}: {reason}")]
    #[non_exhaustive]
    InvalidArgument {
        /// Which argument: `threshold`, `namespace`.
        argument: &'static str,
        /// What is wrong with it, the value included.
        reason: String,
    },
    /// A part of an answer is larger than the cache's limit for it. Nothing was stored.
    #[error("the {part} is too large: it has {bytes} bytes, and the limit is {limit}")]
    #[non_exhaustive]
    TooLarge {
        /// Which part: `query`, `response`, `metadata`, `namespace`.
        part: &'static str,
        /// How large it is, in bytes; metadata as JSON text.
        bytes: usize,
        /// How large it may be, in bytes.
        limit: usize,
    },
}

impl CacheError {
    /// The kind of the store's error, where it was the store that answered one.
    pub fn store_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Store(error) => Some(error.kind()),
            _ => None,
        }
    }

    pub(crate) fn invalid_argument(argument: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidArgument { argument, reason: reason.into() }
    }

    pub(crate) fn embedder(bytes: usize, source: EmbedError) -> Self {
        Self::Embedder { text: format!("a text of {bytes} bytes"), source }
    }
}
