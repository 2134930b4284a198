use crate::StoredEntry;
use core::ops::Deref;

/// An answer that a cache found.
///
/// It dereferences to the entry: `hit.response`, `hit.query` and `hit.metadata` are what was put. The entry is as it
/// was before this use was noted.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), mneme::CacheError> {
/// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
/// # let cache = mneme::SemanticCache::builder(embedder).build()?;
/// use mneme::{Hit, Layer};
///
/// cache.put("hello", "world")?;
/// let Some(Hit { entry, layer, score, .. }) = cache.get("hello")? else { panic!("a hit") };
/// assert_eq!((entry.response.as_str(), layer, score), ("world", Layer::Exact, 1.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hit {
    /// The entry that answers.
    pub entry: StoredEntry,
    /// How it was found.
    pub layer: Layer,
    /// The cosine of the question's and the entry's embeddings, -1 to 1; 1 for an exact hit.
    pub score: f32,
    /// What the cache's confidence function says of it; without such a function the score.
    pub confidence: f32,
    /// For how many seconds the answer has been there; 0 where the clock was set back.
    pub age: u64,
}

/// How a hit was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Layer {
    /// By the question itself, as it is after normalising.
    Exact,
    /// By what the question means.
    Semantic,
}

/// An entry that may become a hit, as a validator and a confidence function see it.
///
/// # Examples
///
/// ```
/// use mneme::{Candidate, Layer, SemanticCache, embedder_fn};
///
/// /// Whether both begin with the same word, for a hit that is not exact.
/// fn is_about_the_same(candidate: &Candidate<'_>) -> bool {
///     let first = |text: &str| text.split(' ').next().map(str::to_owned);
///     candidate.layer == Layer::Exact || first(candidate.question) == first(&candidate.entry.query)
/// }
///
/// # fn main() -> Result<(), mneme::CacheError> {
/// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
/// let cache = SemanticCache::builder(embedder).validator(is_about_the_same).build()?;
/// cache.put("unlock the door", "Use the key.")?;
/// assert!(cache.get("lock the door")?.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Candidate<'a> {
    /// The question, as it was asked.
    pub question: &'a str,
    /// The entry that would answer.
    pub entry: &'a StoredEntry,
    /// How it was found.
    pub layer: Layer,
    /// The cosine of the two embeddings, -1 to 1; 1 for an exact hit.
    pub score: f32,
    /// For how many seconds the answer has been there.
    pub age: u64,
}

/// An entry with its distance from a question, whether it may answer or not.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), mneme::CacheError> {
/// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
/// # let cache = mneme::SemanticCache::builder(embedder).build()?;
/// use mneme::Near;
///
/// cache.put("hello", "world")?;
/// for Near { entry, score, .. } in cache.nearest("howdy", 3)? {
///     println!("{score:.3} {}", entry.query);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Near {
    /// The entry.
    pub entry: StoredEntry,
    /// The cosine of the two embeddings, -1 to 1.
    pub score: f32,
}

impl Deref for Hit {
    type Target = StoredEntry;

    fn deref(&self) -> &StoredEntry {
        &self.entry
    }
}

impl core::fmt::Display for Hit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { layer, score, age, .. } = self;
        write!(f, "{layer} hit on {:?}, score {score:.3}, {age} s old", self.query)
    }
}

impl core::fmt::Display for Layer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Semantic => "semantic",
        })
    }
}

impl core::fmt::Display for Near {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:.3}  {:?}", self.score, self.entry.query)
    }
}
