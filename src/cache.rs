//! The semantic cache over a store.

mod answer;
mod builder;
mod catalogue;
#[cfg(feature = "checkpoint")]
mod checkpoint;
mod clock;
mod counters;
mod embedder;
mod error;
mod evict;
mod follow;
mod get;
mod health;
mod hit;
mod key;
mod nearest;
mod observe;
mod put;
mod question;
mod remove;
mod settings;
mod sizes;
pub(crate) mod vector;

pub use self::{
    answer::Answer,
    builder::CacheBuilder,
    clock::{Clock, ManualClock, SystemClock},
    counters::Stats,
    embedder::{Embedder, EmbedderFn, embedder_fn},
    error::{CacheError, EmbedError},
    health::{Health, Oldest},
    hit::{Candidate, Hit, Layer, Near},
    key::Normalisation,
    observe::{Event, Miss, Observer},
    question::Question,
    sizes::Sizes,
};

use crate::{Identity, Store, index::Index, limits};
use catalogue::Catalogue;
use counters::Counters;
use evict::Evictions;
use follow::Removals;
use settings::Settings;

/// Keeps expensive answers and finds them again, by the exact question or by one that means the same.
///
/// It is shared among threads by reference or in an [`Arc`](std::sync::Arc). No lock is held while the embedder, an
/// observer or a validator runs, nor while the store waits for a disk: a lock is held for work in memory only.
///
/// The entries live in the store, and the vectors in memory besides. The store is written first and the index
/// follows, so the index is only ever behind; what it finds is looked up in the store before it is answered. Where
/// several caches, in one process or in many, share one store, each notices at its next semantic search what the
/// others have written. A quota is in the store and holds for all of them; a limit is each cache's own.
///
/// # Layers
///
/// A question is first looked up by its hash, as it is after [normalising](Normalisation). If nothing is stored under
/// it, it is embedded, and the entry of its namespace with the greatest cosine is the answer, where that is at least
/// the threshold. Every entry is compared: the search is exact.
///
/// # Examples
///
/// ```
/// use mneme::{Layer, SemanticCache, embedder_fn};
///
/// # fn main() -> Result<(), mneme::CacheError> {
/// let vowels = embedder_fn("vowels:v1", 5, |text: &str| {
///     Ok("aeiou".chars().map(|vowel| text.matches(vowel).count() as f32).collect())
/// });
/// let cache = SemanticCache::builder(vowels).build()?;
///
/// cache.put("How do I log in?", "Press the blue button.")?;
/// let hit = cache.get("how do I  LOG in?")?.expect("the same question");
/// assert_eq!((hit.layer, hit.response.as_str()), (Layer::Exact, "Press the blue button."));
/// let hit = cache.get("how do i log in")?.expect("a question that means the same");
/// assert_eq!((hit.layer, hit.response.as_str()), (Layer::Semantic, "Press the blue button."));
/// assert_eq!(cache.get("banana")?, None);
/// # Ok(())
/// # }
/// ```
pub struct SemanticCache {
    store: Box<dyn Store>,
    embedder: Box<dyn Embedder>,
    clock: Box<dyn Clock>,
    settings: Settings,
    identity: Identity,
    index: Index,
    removals: Removals,
    evictions: Evictions,
    counters: Counters,
    catalogue: Catalogue,
}

impl SemanticCache {
    /// Starts building a cache with an embedder.
    pub fn builder(embedder: impl Embedder + 'static) -> CacheBuilder {
        CacheBuilder::new(Box::new(embedder))
    }

    fn new(
        store: Box<dyn Store>,
        embedder: Box<dyn Embedder>,
        clock: Box<dyn Clock>,
        settings: Settings,
        index: Index,
        identity: Identity,
    ) -> Self {
        Self {
            store,
            embedder,
            clock,
            settings,
            identity,
            index,
            removals: Removals::default(),
            evictions: Evictions::default(),
            counters: Counters::default(),
            catalogue: Catalogue::default(),
        }
    }

    /// The store that the entries live in. Reading from it disturbs nothing; what is written to it is found too.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The embedder's fingerprint and dimension, with which the store was opened.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// assert_eq!(cache.identity(), &mneme::Identity::new("length:v1", 2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The namespaces that hold entries, ascending.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// use mneme::Answer;
    ///
    /// cache.put_answer(Answer::new("hello", "world").namespace("tenant-b"))?;
    /// cache.put_answer(Answer::new("hello", "earth").namespace("tenant-a"))?;
    /// assert_eq!(cache.namespaces()?, ["tenant-a", "tenant-b"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespaces(&self) -> Result<Vec<String>, CacheError> {
        Ok(self.store.list_namespaces()?)
    }

    /// Closes the store. Every later operation answers that it is closed.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers.
    pub fn close(&self) -> Result<(), CacheError> {
        Ok(self.store.close()?)
    }

    /// The clock's time, kept in the range that every store takes.
    fn now(&self) -> u64 {
        self.clock.now().min(limits::MAX_NUMBER)
    }

    fn observe(&self, event: &Event<'_>) {
        if let Some(observer) = &self.settings.observer {
            observer.observe(event);
        }
    }
}

impl core::fmt::Debug for SemanticCache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SemanticCache")
            .field("identity", &self.identity)
            .field("threshold", &self.settings.threshold)
            .field("indexed", &self.index.len())
            .finish_non_exhaustive()
    }
}
