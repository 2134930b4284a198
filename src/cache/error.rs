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
    /// Another embedder filled the file that the cache was to be built over. Nothing was read or written. The source says
    /// both fingerprints, or both dimensions. Of a store that the builder was given, and not by its path, this error is a
    /// [`Store`](Self::Store) error.
    #[error("another embedder filled {file}: open it with that one, or build a cache in another place")]
    #[non_exhaustive]
    OtherEmbedder {
        /// The file.
        file: String,
        /// The mismatch that the store answered.
        source: Error,
    },
    /// The embedder failed. Nothing was stored.
    #[error("the embedder could not embed {text}")]
    #[non_exhaustive]
    Embedder {
        /// What it was to embed, by its length. The text itself may be private.
        text: String,
        /// What the embedder said.
        source: EmbedError,
    },
    /// The embedder gave a vector that cannot be compared with others. Nothing was stored.
    #[error("the embedder gave an unusable vector for {text}: {reason}")]
    #[non_exhaustive]
    Embedding {
        /// What it was to embed: its length and, of several texts, its place. The text itself may be private.
        text: String,
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
            Self::Store(error) | Self::OtherEmbedder { source: error, .. } => Some(error.kind()),
            _ => None,
        }
    }

    /// The error of opening a store, with the file where it is known.
    pub(crate) fn opening(error: Error, file: Option<String>) -> Self {
        match (error.kind(), file) {
            (ErrorKind::FingerprintMismatch | ErrorKind::DimensionMismatch, Some(file)) => {
                Self::OtherEmbedder { file, source: error }
            }
            _ => Self::Store(error),
        }
    }

    pub(crate) fn invalid_argument(argument: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidArgument { argument, reason: reason.into() }
    }

    pub(crate) fn embedder(texts: &[&str], source: EmbedError) -> Self {
        Self::Embedder { text: described(texts), source }
    }

    /// `at` is the text's place among those that the embedder was given.
    pub(crate) fn embedding(texts: &[&str], at: usize, reason: impl Into<String>) -> Self {
        let text = if texts.len() == 1 {
            described(texts)
        } else {
            format!("text {} of {}, of {}", at + 1, texts.len(), bytes(&texts[at..=at]))
        };
        Self::Embedding { text, reason: reason.into() }
    }

    pub(crate) fn embeddings(texts: &[&str], vectors: usize) -> Self {
        Self::Embedding { text: described(texts), reason: format!("the number of vectors is {vectors}") }
    }
}

fn described(texts: &[&str]) -> String {
    match texts.len() {
        1 => format!("a text of {}", bytes(texts)),
        count => format!("{count} texts of {}", bytes(texts)),
    }
}

fn bytes(texts: &[&str]) -> String {
    match texts.iter().map(|text| text.len()).sum() {
        1_usize => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
}
