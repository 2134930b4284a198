use super::{
    SemanticCache, builder::check_threshold, error::CacheError, hit::Near, question::Question, vector,
};
use crate::{StoredEntry, index::Found};
use core::cmp::Ordering;
use std::{collections::BinaryHeap, vec};

impl SemanticCache {
    /// The entries of the question's namespace that are nearest to it, from the nearest on, at most `most`, however
    /// far they are: for tests, and for choosing a threshold. A threshold of the question itself holds.
    ///
    /// It is no use of the entries: nothing is counted, and no order changes.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and an error of the embedder too.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// cache.put("hello", "world")?;
    /// for near in cache.nearest("good evening", 3)? {
    ///     assert_eq!(near.entry.query, "hello");
    ///     assert!(near.score < 1.0);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn nearest<'a>(
        &self,
        question: impl Into<Question<'a>>,
        most: usize,
    ) -> Result<Vec<Near>, CacheError> {
        let question = question.into();
        let threshold = question.threshold.unwrap_or(-1.0);
        check_threshold(threshold)?;
        let unit = self.embed(question.query)?;
        self.catch_up()?;
        let now = self.now();
        let mut near = Vec::new();
        let mut nearest = Nearest::new(self, question.namespace, unit, most.max(NEAREST_AT_ONCE), threshold);
        while near.len() < most
            && let Some(next) = nearest.next()?
        {
            if !next.entry.is_due(now) {
                near.push(next);
            }
        }
        Ok(near)
    }

    /// The vector of a text, of length 1 and of the right dimension.
    pub(crate) fn embed(&self, text: &str) -> Result<Vec<f32>, CacheError> {
        let vector = self.embedder.embed(text).map_err(|source| CacheError::embedder(&[text], source))?;
        self.admit(&vector).map_err(|reason| CacheError::embedding(&[text], 0, reason))
    }

    /// The vector with length 1, or what is wrong with it.
    pub(crate) fn admit(&self, vector: &[f32]) -> Result<Vec<f32>, String> {
        let dimension = self.identity.dimension;
        if vector.len() != dimension {
            return Err(format!("it has {} numbers, and the dimension is {dimension}", vector.len()));
        }
        vector::unit(vector).map_err(|unusable| unusable.to_string())
    }
}

impl StoredEntry {
    /// Whether it is no longer good at a time.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.expires_at().is_some_and(|due| due <= now)
    }
}

/// So many rows are asked of the index first: more than a lesser precision takes for equally good, as a rule.
const NEAREST_AT_ONCE: usize = 64;

/// So many rows are asked of the index at the most.
const NEAREST_AT_MOST: usize = 1024;

/// The entries that are near to a vector, from the nearest on. Each one's score is that of the embedding in the store:
/// what the index remembers may be old, or rounded.
///
/// An entry is looked up no earlier than it may be the next, so the best one costs one look-up as a rule.
pub(crate) struct Nearest<'a> {
    cache: &'a SemanticCache,
    namespace: &'a str,
    unit: Vec<f32>,
    most: usize,
    threshold: f32,
    found: vec::IntoIter<Found>,
    ahead: Option<Found>,
    looked_up: BinaryHeap<Ranked>,
    /// Whether the index has told of every row that may reach the threshold.
    is_complete: bool,
    seen: hashbrown::HashSet<u64>,
}

/// An entry with its score as it was computed, which tells apart what is equal in single precision.
struct Ranked {
    score: f64,
    near: Near,
}

impl<'a> Nearest<'a> {
    pub(crate) fn of(cache: &'a SemanticCache, namespace: &'a str, unit: Vec<f32>, threshold: f32) -> Self {
        Self::new(cache, namespace, unit, NEAREST_AT_ONCE, threshold)
    }

    fn new(
        cache: &'a SemanticCache,
        namespace: &'a str,
        unit: Vec<f32>,
        most: usize,
        threshold: f32,
    ) -> Self {
        let mut nearest = Self {
            cache,
            namespace,
            unit,
            most,
            threshold,
            found: Vec::new().into_iter(),
            ahead: None,
            looked_up: BinaryHeap::new(),
            is_complete: false,
            seen: hashbrown::HashSet::new(),
        };
        nearest.search();
        nearest
    }

    /// The next entry; none where no other one reaches the threshold.
    pub(crate) fn next(&mut self) -> Result<Option<Near>, CacheError> {
        loop {
            while let Some(found) = self.ahead
                && self
                    .looked_up
                    .peek()
                    .is_none_or(|best| f64::from(found.score + found.margin) >= best.score)
            {
                self.ahead = self.found.next();
                self.look_up(found)?;
            }
            if self.ahead.is_none()
                && !self.is_complete
                && self.most < NEAREST_AT_MOST
                && self.looked_up.is_empty()
            {
                // All that were told of are gone or were refused: there may be more behind them.
                self.most *= 4;
                self.search();
                continue;
            }
            return Ok(self.looked_up.pop().map(|ranked| ranked.near));
        }
    }

    fn search(&mut self) {
        let found = self.cache.index.search(self.namespace, self.unit.clone(), self.most, self.threshold);
        self.is_complete = found.len() < self.most;
        let new: Vec<_> = found.into_iter().filter(|found| self.seen.insert(found.id)).collect();
        self.found = new.into_iter();
        self.ahead = self.found.next();
    }

    fn look_up(&mut self, found: Found) -> Result<(), CacheError> {
        let Some(entry) = self.cache.store.get_by_id(found.id)? else {
            // Ids are never given twice: what is gone stays so.
            self.cache.index.remove(found.id);
            return Ok(());
        };
        if let Some(exact) = vector::cosine(&self.unit, &entry.embedding) {
            #[expect(clippy::cast_possible_truncation, reason = "a score is an f32")]
            let score = exact as f32;
            if score >= self.threshold {
                self.looked_up.push(Ranked { score: exact, near: Near { entry, score } });
            }
        }
        Ok(())
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.near.entry.id.cmp(&self.near.entry.id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}
