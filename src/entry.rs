mod equality;

use std::{ops::Deref, sync::Arc};

/// The metadata of an entry: a JSON object.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// What a caller gives to [`insert`](crate::Store::insert): a key, an answer, and how it has been used.
///
/// The part that use does not change is shared ([`Content`] behind an [`Arc`]), so a clone copies a pointer and two
/// numbers. An entry dereferences to its content: `entry.response` is `entry.content.response`.
///
/// Entries are values: two are equal when every field is, floats bit for bit (a NaN equals itself, `-0.0` and `0.0`
/// differ).
///
/// The structs are exhaustive on purpose: a store that takes them apart stops compiling on the day a field is added,
/// instead of forgetting it.
///
/// # Examples
///
/// ```
/// use mneme::Entry;
///
/// let entry = Entry::new("help", "5891b5b5")
///     .query("How do I log in?")
///     .response("Press the blue button.")
///     .embedding([0.6, 0.8])
///     .created_at(1_700_000_000)
///     .ttl(3600);
/// assert_eq!(entry.query_hash, "5891b5b5");
/// assert_eq!(entry.expires_at(), Some(1_700_003_600));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Everything that only another insert replaces.
    pub content: Arc<Content>,
    /// When it was last used, in Unix seconds; the order of [`iter_lru_ids`](crate::Store::iter_lru_ids).
    pub last_accessed_at: u64,
    /// How often it was used.
    pub access_count: u64,
}

/// The part of an entry that only another insert under the same key replaces.
///
/// # Examples
///
/// ```
/// use mneme::{Content, Entry};
///
/// // A store takes an entry apart in full, so that it does not compile when there is a new field.
/// let entry = Entry::new("help", "5891b5b5").last_accessed_at(1_700_000_000).access_count(3);
/// let Entry { content, last_accessed_at, access_count } = &entry;
/// let Content { namespace, query_hash, query, response, embedding, metadata, created_at, ttl } = &**content;
/// assert_eq!((namespace.as_str(), query_hash.as_str(), *access_count), ("help", "5891b5b5", 3));
/// # let _ = (last_accessed_at, query, response, embedding, metadata, created_at, ttl);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The first half of the key. The empty namespace is a namespace.
    pub namespace: String,
    /// The second half of the key. Any text; the cache uses a hash of the normalised query.
    pub query_hash: String,
    /// The question as it was asked.
    pub query: String,
    /// The answer that is kept.
    pub response: String,
    /// The query's embedding, as many numbers as the store's dimension, any bit pattern.
    pub embedding: Vec<f32>,
    /// Whatever else the caller wants to keep with the answer.
    pub metadata: Metadata,
    /// When the answer was made, in Unix seconds.
    pub created_at: u64,
    /// For how many seconds after `created_at` the answer is good; none is for ever, 0 is not at all.
    pub ttl: Option<u64>,
}

impl Content {
    /// The first second at which the entry is due, `created_at + ttl`; none where there is no ttl, or where the sum
    /// is past every time in range.
    ///
    /// # Examples
    ///
    /// ```
    /// let content = mneme::Content { created_at: 1_000, ttl: Some(60), ..Default::default() };
    /// assert_eq!(content.expires_at(), Some(1_060));
    /// ```
    pub fn expires_at(&self) -> Option<u64> {
        self.created_at.checked_add(self.ttl?).filter(|&due| due <= crate::limits::MAX_NUMBER)
    }
}

/// An entry as a store gives it back: with its id and version.
///
/// It is a value: what was read does not change when the store does. It dereferences to the [`Entry`], and so on to
/// the [`Content`].
///
/// # Examples
///
/// ```
/// use mneme::{Entry, StoredEntry};
///
/// let stored = StoredEntry::new(7, 12, Entry::new("help", "5891b5b5").response("Press the blue button."));
/// assert_eq!((stored.id, stored.version), (7, 12));
/// assert_eq!(stored.response, "Press the blue button.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// The id, at least 1. It belongs to the entry until the entry goes, and to no other one ever. Only where a power loss
    /// takes back an insert that nobody waited for the disk with does it take back the id too, and the store may give it
    /// again: `SqliteStore` with `Synchronous::Normal` is such a store.
    pub id: u64,
    /// The version counter's value right after the insert that wrote this entry.
    pub version: u64,
    /// The entry itself.
    pub entry: Entry,
}

impl Entry {
    /// Makes an entry under a key; every other field is empty, zero or none.
    pub fn new(namespace: impl Into<String>, query_hash: impl Into<String>) -> Self {
        let content =
            Content { namespace: namespace.into(), query_hash: query_hash.into(), ..Content::default() };
        Self::from(content)
    }

    /// Sets the question.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.content_mut().query = query.into();
        self
    }

    /// Sets the answer.
    #[must_use]
    pub fn response(mut self, response: impl Into<String>) -> Self {
        self.content_mut().response = response.into();
        self
    }

    /// Sets the embedding.
    #[must_use]
    pub fn embedding(mut self, embedding: impl Into<Vec<f32>>) -> Self {
        self.content_mut().embedding = embedding.into();
        self
    }

    /// Sets the metadata.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Entry, Metadata};
    ///
    /// let metadata = Metadata::from_iter([("source".to_owned(), "handbook".into())]);
    /// let entry = Entry::new("help", "5891b5b5").metadata(metadata);
    /// assert_eq!(entry.metadata["source"], "handbook");
    /// ```
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.content_mut().metadata = metadata;
        self
    }

    /// Sets when the answer was made, in Unix seconds.
    #[must_use]
    pub fn created_at(mut self, seconds: u64) -> Self {
        self.content_mut().created_at = seconds;
        self
    }

    /// Sets for how many seconds the answer is good; `None` is for ever.
    #[must_use]
    pub fn ttl(mut self, seconds: impl Into<Option<u64>>) -> Self {
        self.content_mut().ttl = seconds.into();
        self
    }

    /// Sets when the entry was last used, in Unix seconds.
    #[must_use]
    pub fn last_accessed_at(mut self, seconds: u64) -> Self {
        self.last_accessed_at = seconds;
        self
    }

    /// Sets how often the entry was used.
    #[must_use]
    pub fn access_count(mut self, times: u64) -> Self {
        self.access_count = times;
        self
    }

    fn content_mut(&mut self) -> &mut Content {
        Arc::make_mut(&mut self.content)
    }
}

impl From<Content> for Entry {
    /// An entry that was never used.
    fn from(content: Content) -> Self {
        Self { content: Arc::new(content), last_accessed_at: 0, access_count: 0 }
    }
}

impl Deref for Entry {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

impl StoredEntry {
    /// Makes a stored entry from its parts.
    pub fn new(id: u64, version: u64, entry: Entry) -> Self {
        Self { id, version, entry }
    }
}

impl Deref for StoredEntry {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}
