use mneme::{
    CacheBuilder, CacheError, EmbedError, Embedder, Event, ManualClock, MemoryStore, Observer, SemanticCache,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

pub(crate) type Outcome = Result<(), CacheError>;

/// Takes the numbers in a text as its vector, so that a test says how near two texts are: `1 0` and `0.6 0.8` have a
/// cosine of 0.6. Words that are no numbers make two texts with one vector differ; `fail` makes it fail.
#[derive(Default)]
pub(crate) struct Numbers {
    pub(crate) calls: AtomicUsize,
}

pub(crate) const DIMENSION: usize = 3;

impl Embedder for Numbers {
    fn fingerprint(&self) -> String {
        "numbers:v1".into()
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if text.contains("fail") {
            return Err("no embedder today".into());
        }
        let mut vector: Vec<f32> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if !text.contains("as it is") {
            vector.resize(DIMENSION, 0.0);
        }
        Ok(vector)
    }
}

pub(crate) fn builder() -> CacheBuilder {
    SemanticCache::builder(Numbers::default()).clock(ManualClock::at(1_000))
}

pub(crate) fn cache() -> Result<SemanticCache, CacheError> {
    builder().build()
}

/// A cache with its clock.
pub(crate) fn timed(
    build: impl FnOnce(CacheBuilder) -> CacheBuilder,
) -> Result<(SemanticCache, Arc<ManualClock>), CacheError> {
    let clock = Arc::new(ManualClock::at(1_000));
    Ok((build(builder().clock(Arc::clone(&clock))).build()?, clock))
}

/// A cache with a store that the test looks at.
pub(crate) fn stored() -> Result<(SemanticCache, Arc<MemoryStore>), CacheError> {
    let store = Arc::new(MemoryStore::new());
    Ok((builder().store(Arc::clone(&store)).build()?, store))
}

/// What a cache answers, by the response alone.
pub(crate) fn ask<'a>(
    cache: &SemanticCache,
    question: impl Into<mneme::Question<'a>>,
) -> Result<Option<String>, CacheError> {
    Ok(cache.get(question)?.map(|hit| hit.response.clone()))
}

/// Writes events down as text.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with it"))
    }
}

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        self.0.lock().expect("nobody panics with it").push(format!("{event:?}"));
    }
}
