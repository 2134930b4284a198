use super::{SemanticCache, error::CacheError, hit::Layer};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a cache has done since it was built, and what it holds.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), mneme::CacheError> {
/// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
/// # let cache = mneme::SemanticCache::builder(embedder).build()?;
/// use mneme::Stats;
///
/// let before = cache.stats()?;
/// cache.put("hello", "world")?;
/// cache.get("hello")?;
/// let Stats { entries, puts, exact_hits, .. } = cache.stats()?;
/// assert_eq!((entries, puts, exact_hits), (before.entries + 1, before.puts + 1, before.exact_hits + 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many entries the store holds, those that are due and not yet removed included.
    pub entries: u64,
    /// How many questions were answered by the question itself.
    pub exact_hits: u64,
    /// How many questions were answered by what they mean.
    pub semantic_hits: u64,
    /// How many questions were not answered, those on which the embedder failed included.
    pub misses: u64,
    /// On how many questions the embedder failed.
    pub embedder_failures: u64,
    /// How many answers were stored.
    pub puts: u64,
    /// How many entries that were still good went because there were too many.
    pub evictions: u64,
    /// How many entries went because they were due; those too that went where there were too many.
    pub expirations: u64,
    /// How many bytes of memory the index takes.
    pub index_bytes: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    exact_hits: AtomicU64,
    semantic_hits: AtomicU64,
    misses: AtomicU64,
    embedder_failures: AtomicU64,
    puts: AtomicU64,
    evictions: AtomicU64,
    expirations: AtomicU64,
}

impl SemanticCache {
    /// What the cache has done since it was built, and what it holds.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers.
    pub fn stats(&self) -> Result<Stats, CacheError> {
        let counters = &self.counters;
        Ok(Stats {
            entries: self.store.count(None)?,
            exact_hits: counters.exact_hits.load(Relaxed),
            semantic_hits: counters.semantic_hits.load(Relaxed),
            misses: counters.misses.load(Relaxed),
            embedder_failures: counters.embedder_failures.load(Relaxed),
            puts: counters.puts.load(Relaxed),
            evictions: counters.evictions.load(Relaxed),
            expirations: counters.expirations.load(Relaxed),
            index_bytes: self.index.bytes(),
        })
    }
}

impl Counters {
    pub(crate) fn hit(&self, layer: Layer) {
        let counter = match layer {
            Layer::Exact => &self.exact_hits,
            Layer::Semantic => &self.semantic_hits,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(crate) fn miss(&self) {
        self.misses.fetch_add(1, Relaxed);
    }

    pub(crate) fn embedder_failed(&self) {
        self.embedder_failures.fetch_add(1, Relaxed);
    }

    /// Notes that an answer was stored, and answers how many were before.
    pub(crate) fn put(&self) -> u64 {
        self.puts.fetch_add(1, Relaxed)
    }

    pub(crate) fn evicted(&self) {
        self.evictions.fetch_add(1, Relaxed);
    }

    pub(crate) fn expired(&self, count: u64) {
        self.expirations.fetch_add(count, Relaxed);
    }
}
