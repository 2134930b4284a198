use super::{
    SemanticCache,
    clock::{Clock, SystemClock},
    embedder::Embedder,
    error::CacheError,
    hit::Candidate,
    key::Normalisation,
    observe::Observer,
    settings::Settings,
    sizes::Sizes,
};
use crate::{Identity, MemoryStore, Precision, Store, index::Index, limits};
use core::num::NonZeroUsize;

/// Builds a [`SemanticCache`]; [`SemanticCache::builder`] makes it.
///
/// # Examples
///
/// ```
/// use mneme::{MemoryStore, Precision, SemanticCache, embedder_fn};
///
/// # fn main() -> Result<(), mneme::CacheError> {
/// let embedder = embedder_fn("letters:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
/// let cache = SemanticCache::builder(embedder)
///     .store(MemoryStore::new())
///     .threshold(0.9)
///     .ttl(3600)
///     .limit(10_000)
///     .quota("tenant-a", 1_000)
///     .precision(Precision::F16)
///     .build()?;
/// assert_eq!(cache.stats()?.entries, 0);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct CacheBuilder {
    embedder: Box<dyn Embedder>,
    pub(crate) store: Option<Box<dyn Store>>,
    /// Where the store is, for the text of an error.
    pub(crate) file: Option<String>,
    clock: Box<dyn Clock>,
    settings: Settings,
    quotas: Vec<(String, u64)>,
    precision: Precision,
    threads: Option<NonZeroUsize>,
}

impl CacheBuilder {
    pub(crate) fn new(embedder: Box<dyn Embedder>) -> Self {
        Self {
            embedder,
            store: None,
            file: None,
            clock: Box::new(SystemClock),
            settings: Settings::default(),
            quotas: Vec::new(),
            precision: Precision::default(),
            threads: None,
        }
    }

    /// Sets where the entries live; without a store they are kept in memory.
    ///
    /// The cache opens the store. To go on using it beside the cache, give an [`Arc`](std::sync::Arc) of it.
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Box::new(store));
        self.file = None;
        self
    }

    /// Keeps the entries in an SQLite database in a file, which is made where there is none; any number of caches, in
    /// any number of processes, may share it. The same as [`store`](Self::store) with a
    /// [`SqliteStore`](crate::SqliteStore).
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let file = std::env::temp_dir().join(format!("mneme-path-{}.db", std::process::id()));
    /// let embedder = || embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let cache = SemanticCache::builder(embedder()).path(&file).build()?;
    /// cache.put("hello", "world")?;
    /// cache.close()?;
    ///
    /// let again = SemanticCache::builder(embedder()).path(&file).build()?;
    /// assert_eq!(again.get("hello")?.map(|hit| hit.response.clone()).as_deref(), Some("world"));
    /// # again.close()?;
    /// # std::fs::remove_file(file).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn path(self, path: impl Into<std::path::PathBuf>) -> Self {
        let path = path.into();
        let file = path.display().to_string();
        Self { file: Some(file), ..self.store(crate::SqliteStore::new(path)) }
    }

    /// Sets where the time comes from; without a clock it is the operating system's.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// use mneme::{CacheBuilder, ManualClock, SemanticCache};
    /// use std::sync::Arc;
    ///
    /// let clock = Arc::new(ManualClock::at(1_700_000_000));
    /// let builder: CacheBuilder = SemanticCache::builder(embedder).clock(Arc::clone(&clock)).ttl(60);
    /// let cache = builder.build()?;
    /// cache.put("hello", "world")?;
    /// clock.advance(60);
    /// assert!(cache.get("hello")?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Sets the score that a semantic hit must at least have, -1 to 1; 0.85 where it is not set.
    pub fn threshold(mut self, threshold: f32) -> Self {
        self.settings.threshold = threshold;
        self
    }

    /// Sets which questions are the same for an exact hit.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Normalisation, Question, SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let cache = SemanticCache::builder(embedder).normalisation(Normalisation::Off).build()?;
    /// cache.put("SELECT 1", "1")?;
    /// assert!(cache.get(Question::new("SELECT 1").exact_only())?.is_some());
    /// assert!(cache.get(Question::new("select 1").exact_only())?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn normalisation(mut self, normalisation: Normalisation) -> Self {
        self.settings.normalisation = normalisation;
        self
    }

    /// Sets for how many seconds an answer is good that says nothing else; without it for ever. They are counted from when
    /// it is put: no hit makes an answer good for longer.
    pub fn ttl(mut self, seconds: u64) -> Self {
        self.settings.ttl = Some(seconds);
        self
    }

    /// Sets how many entries the whole cache holds at most. If there are more, those that are due go, in every namespace,
    /// and then the least recently used ones. With 0 nothing that is put stays.
    ///
    /// It is this cache's own: another one over the same store has its own limit or none, and evicts by that alone. A
    /// [quota](SemanticCache::set_quota) is in the store, and holds for all of them.
    pub fn limit(mut self, entries: u64) -> Self {
        self.settings.limit = Some(entries);
        self
    }

    /// Sets how many entries a namespace holds at most, as [`SemanticCache::set_quota`] does.
    pub fn quota(mut self, namespace: impl Into<String>, entries: u64) -> Self {
        self.quotas.push((namespace.into(), entries));
        self
    }

    /// Sets how large queries, responses, metadata and namespaces may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{CacheError, SemanticCache, Sizes, embedder_fn};
    ///
    /// # fn main() -> Result<(), CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let sizes = Sizes { response: 4, ..Sizes::default() };
    /// let cache = SemanticCache::builder(embedder).sizes(sizes).build()?;
    /// assert!(matches!(cache.put("hello", "world"), Err(CacheError::TooLarge { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sizes(mut self, sizes: Sizes) -> Self {
        self.settings.sizes = sizes;
        self
    }

    /// Sets who decides whether an entry that was found may answer, by either layer.
    ///
    /// Where it refuses one, the next best is looked at. It is called with no lock held.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// // An answer that was made for another version of the manual is none.
    /// let cache = SemanticCache::builder(embedder)
    ///     .validator(|candidate| candidate.entry.response.starts_with("v2: "))
    ///     .build()?;
    /// cache.put("How do I log in?", "v1: Press the red button.")?;
    /// assert!(cache.get("How do I log in?")?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn validator(mut self, validator: impl Fn(&Candidate<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.settings.validator = Some(Box::new(validator));
        self
    }

    /// Sets how sure a hit is, from its score, its age and whatever else the entry says; a hit carries the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// // The confidence is halved for what nobody has asked before.
    /// let cache = SemanticCache::builder(embedder)
    ///     .confidence(|candidate| if candidate.entry.access_count == 0 { candidate.score / 2.0 } else { candidate.score })
    ///     .least_confidence(0.4)
    ///     .build()?;
    /// cache.put("hello", "world")?;
    /// assert_eq!(cache.get("hello")?.map(|hit| hit.confidence), Some(0.5));
    /// # Ok(())
    /// # }
    /// ```
    pub fn confidence(mut self, confidence: impl Fn(&Candidate<'_>) -> f32 + Send + Sync + 'static) -> Self {
        self.settings.confidence = Some(Box::new(confidence));
        self
    }

    /// Sets the confidence that a hit must at least have; without it there is no such bound.
    pub fn least_confidence(mut self, confidence: f32) -> Self {
        self.settings.least_confidence = confidence;
        self
    }

    /// Sets who is told what the cache does.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Event, Observer, SemanticCache, embedder_fn};
    /// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    ///
    /// #[derive(Clone, Default)]
    /// struct Puts(Arc<AtomicU64>);
    ///
    /// impl Observer for Puts {
    ///     fn observe(&self, event: &Event<'_>) {
    ///         if matches!(event, Event::Put { .. }) {
    ///             self.0.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let puts = Puts::default();
    /// let cache = SemanticCache::builder(embedder).observer(puts.clone()).build()?;
    /// cache.put("hello", "world")?;
    /// assert_eq!(puts.0.load(Ordering::Relaxed), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.settings.observer = Some(Box::new(observer));
        self
    }

    /// Sets how exactly the index keeps vectors in memory; in single precision where it is not set.
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Sets how many threads one search may use; as many as there are cores where it is not set. A small search uses
    /// one in any case.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{SemanticCache, embedder_fn};
    /// use std::num::NonZeroUsize;
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// // A server that answers many questions at once has no other cores left for one of them.
    /// let cache = SemanticCache::builder(embedder).search_threads(NonZeroUsize::MIN).build()?;
    /// # assert_eq!(cache.get("hello")?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Opens the store with the embedder's identity, and reads the vectors of its entries into memory.
    ///
    /// # Errors
    ///
    /// - [`CacheError::InvalidArgument`] for a threshold that is not in -1 to 1, and a least confidence that is no
    ///   number.
    /// - [`CacheError::OtherEmbedder`] where another embedder filled the file of [`path`](Self::path); for a store that was
    ///   given otherwise a [`CacheError::Store`] with the mismatch. Nothing was read or written. The data of another
    ///   embedder are of no use to this one: open them with the embedder that made them, or build a new cache in another
    ///   file.
    /// - [`CacheError::Store`] with what else the store answers, and an invalid argument for a dimension, a ttl or a quota
    ///   out of range.
    pub fn build(self) -> Result<SemanticCache, CacheError> {
        self.check()?;
        self.open()
    }

    /// The identity that the store is opened with.
    pub(crate) fn identity(&self) -> Identity {
        Identity::new(self.embedder.fingerprint(), self.embedder.dimension())
    }

    /// Checks the settings, before anything is touched.
    pub(crate) fn check(&self) -> Result<(), CacheError> {
        check_threshold(self.settings.threshold)?;
        if self.settings.least_confidence.is_nan() {
            return Err(CacheError::invalid_argument("least_confidence", "NaN is no confidence"));
        }
        limits::check_number("ttl", self.settings.ttl.unwrap_or(0))?;
        limits::check_number("limit", self.settings.limit.unwrap_or(0))?;
        self.quotas.iter().try_for_each(|&(_, entries)| limits::check_number("quota", entries))?;
        Ok(())
    }

    fn open(self) -> Result<SemanticCache, CacheError> {
        let identity = self.identity();
        let Self { embedder, store, file, clock, settings, quotas, precision, threads } = self;
        let store = store.unwrap_or_else(|| Box::new(MemoryStore::new()));
        store.open(&identity).map_err(|error| CacheError::opening(error, file))?;
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        let index = Index::new(identity.dimension, precision, threads);
        let cache = SemanticCache::new(store, embedder, clock, settings, index, identity);
        cache.catch_up()?;
        for (namespace, entries) in quotas {
            cache.set_quota(&namespace, entries)?;
        }
        cache.enforce_limit()?;
        Ok(cache)
    }
}

pub(crate) fn check_threshold(threshold: f32) -> Result<(), CacheError> {
    if !(-1.0..=1.0).contains(&threshold) {
        return Err(CacheError::invalid_argument("threshold", format!("{threshold} is not in -1 to 1")));
    }
    Ok(())
}

impl core::fmt::Debug for CacheBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("fingerprint", &self.embedder.fingerprint())
            .field("dimension", &self.embedder.dimension())
            .field("threshold", &self.settings.threshold)
            .finish_non_exhaustive()
    }
}
