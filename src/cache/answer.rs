use crate::Metadata;

/// What is put into a cache: a query with its response, in a namespace, for some time, with metadata.
///
/// # Examples
///
/// ```
/// use mneme::Answer;
///
/// let mut metadata = mneme::Metadata::new();
/// metadata.insert("model".into(), "small-3".into());
/// let answer = Answer::new("How do I log in?", "Press the blue button.")
///     .namespace("tenant-a")
///     .ttl(3600)
///     .metadata(metadata);
/// assert_eq!(answer.to_string(), "an answer to \"How do I log in?\" in namespace \"tenant-a\"");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Answer {
    pub(crate) query: String,
    pub(crate) response: String,
    pub(crate) namespace: String,
    pub(crate) ttl: Ttl,
    pub(crate) metadata: Metadata,
}

/// For how long an answer is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ttl {
    /// As the cache was built.
    #[default]
    OfTheCache,
    Seconds(u64),
    Unlimited,
}

impl Answer {
    /// Makes an answer in the default namespace, `""`, with the cache's ttl and without metadata.
    pub fn new(query: impl Into<String>, response: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            response: response.into(),
            namespace: String::new(),
            ttl: Ttl::OfTheCache,
            metadata: Metadata::new(),
        }
    }

    /// Puts it into a namespace.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Sets for how many seconds it is good, in place of the cache's ttl; with 0 it is never answered. They are counted from
    /// when it is put, and a hit does not put off the end.
    pub fn ttl(mut self, seconds: u64) -> Self {
        self.ttl = Ttl::Seconds(seconds);
        self
    }

    /// Makes it good for ever, whatever the cache's ttl is.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Answer, ManualClock, SemanticCache, embedder_fn};
    /// use std::sync::Arc;
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let clock = Arc::new(ManualClock::at(1_700_000_000));
    /// let cache = SemanticCache::builder(embedder).clock(Arc::clone(&clock)).ttl(60).build()?;
    /// cache.put_answer(Answer::new("What is the capital of France?", "Paris").without_ttl())?;
    /// clock.advance(3600);
    /// assert!(cache.get("What is the capital of France?")?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn without_ttl(mut self) -> Self {
        self.ttl = Ttl::Unlimited;
        self
    }

    /// Sets the metadata, which a hit gives back.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}

impl core::fmt::Display for Answer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "an answer to {:?}", self.query)?;
        if !self.namespace.is_empty() {
            write!(f, " in namespace {:?}", self.namespace)?;
        }
        Ok(())
    }
}
