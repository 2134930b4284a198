use super::{error::CacheError, hit::Layer};

/// Who is told what a cache does: for metrics, logs and tests.
///
/// It is called on the thread that made the cache's call, after the fact and with no lock held, so it may call the
/// cache. It should not take long.
///
/// # Examples
///
/// ```
/// use mneme::{Event, Observer};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// #[derive(Default)]
/// struct CountMisses(AtomicU64);
///
/// impl Observer for CountMisses {
///     fn observe(&self, event: &Event<'_>) {
///         if let Event::Miss { .. } = event {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync {
    /// Is told of one event.
    fn observe(&self, event: &Event<'_>);
}

/// What a cache did.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A question was answered.
    #[non_exhaustive]
    Hit {
        /// The question's namespace.
        namespace: &'a str,
        /// The entry that answered.
        id: u64,
        /// How it was found.
        layer: Layer,
        /// The cosine of the two embeddings; 1 for an exact hit.
        score: f32,
    },
    /// A question was not answered.
    #[non_exhaustive]
    Miss {
        /// The question's namespace.
        namespace: &'a str,
        /// Why not.
        reason: Miss,
    },
    /// The embedder failed on a question, which is then a miss, or on an answer, which is then an error.
    #[non_exhaustive]
    EmbedderFailed {
        /// The namespace of the question or the answer.
        namespace: &'a str,
        /// What it said.
        error: &'a CacheError,
    },
    /// An answer was stored.
    #[non_exhaustive]
    Put {
        /// Its namespace.
        namespace: &'a str,
        /// Its id.
        id: u64,
    },
    /// An entry was deleted because the application asked for it.
    #[non_exhaustive]
    Deleted {
        /// The namespace.
        namespace: &'a str,
        /// Its id.
        id: u64,
    },
    /// An entry that was still good went because there were too many.
    #[non_exhaustive]
    Evicted {
        /// The namespace whose quota was passed; none where it was the limit of the whole cache.
        namespace: Option<&'a str>,
        /// Its id.
        id: u64,
    },
    /// Entries went because they were due.
    #[non_exhaustive]
    Expired {
        /// The namespace that was looked through; none for all.
        namespace: Option<&'a str>,
        /// How many went.
        count: u64,
    },
    /// A namespace was cleared.
    #[non_exhaustive]
    Cleared {
        /// The namespace.
        namespace: &'a str,
        /// How many entries went.
        count: u64,
    },
}

/// Why a question was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Miss {
    /// Nothing is stored that is near enough.
    NotFound,
    /// The validator or the confidence refused everything that was near enough.
    Refused,
    /// The embedder failed, or gave an unusable vector.
    EmbedderFailed,
}

impl core::fmt::Display for Miss {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotFound => "nothing is stored that is near enough",
            Self::Refused => "the validator or the confidence refused what was near enough",
            Self::EmbedderFailed => "the embedder failed, or gave an unusable vector",
        })
    }
}

impl<O: Observer + ?Sized> Observer for std::sync::Arc<O> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }
}
