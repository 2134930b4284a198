use super::{
    SemanticCache,
    answer::{Answer, Ttl},
    error::CacheError,
    observe::Event,
};
use crate::{Content, Entry, limits};

/// After so many answers the index is brought up to them, so that no search has to make up for very many.
const PUTS_PER_CATCH_UP: u64 = 64;

impl SemanticCache {
    /// Keeps a response to a query in the default namespace, in place of the one that the query had, and answers the
    /// entry's id.
    ///
    /// # Errors
    ///
    /// As [`put_answer`](Self::put_answer). An embedder that fails is an error here, and not a miss as in
    /// [`get`](Self::get). The response was expensive, and it is still the caller's: use it, and note the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{CacheError, SemanticCache, embedder_fn};
    ///
    /// fn answer(cache: &SemanticCache, question: &str) -> Result<String, CacheError> {
    ///     if let Some(hit) = cache.get(question)? {
    ///         return Ok(hit.response.clone());
    ///     }
    ///     let answer = "what the model says".to_owned();
    ///     // With `?` the answer would be lost with the error.
    ///     if let Err(error) = cache.put(question, &answer) {
    ///         println!("not kept: {error}");
    ///     }
    ///     Ok(answer)
    /// }
    ///
    /// # fn main() -> Result<(), CacheError> {
    /// let cache = SemanticCache::builder(embedder_fn("down:v1", 1, |_: &str| Err("out of order".into()))).build()?;
    /// assert_eq!(answer(&cache, "hello")?, "what the model says");
    /// # Ok(())
    /// # }
    /// ```
    pub fn put(&self, query: &str, response: &str) -> Result<u64, CacheError> {
        self.put_answer(Answer::new(query, response))
    }

    /// Keeps an answer in place of the one that its query had, and answers the entry's id.
    ///
    /// An answer that is replaced is replaced whole: the id stays, the ttl begins anew, and so does the use count.
    ///
    /// Where there are then more entries than the namespace's quota or the cache's limit allows, those that are due go: in
    /// the namespace for the quota, in all for the limit. They count as expired. If there are still too many, the least
    /// recently used ones are evicted, by the time of their last put or hit, and of two with one time the one with the smaller id. What
    /// was just put stays, unless it is due or the bound is 0; the id is then that of an entry that has gone.
    ///
    /// # Errors
    ///
    /// - [`CacheError::TooLarge`] for a part that is larger than its limit, and [`CacheError::InvalidArgument`] for
    ///   metadata that is too deep.
    /// - [`CacheError::Embedder`] where the embedder fails, and [`CacheError::Embedding`] where its vector has another
    ///   length than its dimension, is zero, or holds a number that is not finite.
    /// - [`CacheError::Store`] with what the store answers; an invalid argument for a ttl past
    ///   [`MAX_NUMBER`](limits::MAX_NUMBER).
    ///
    /// Nothing is stored then, unless it was the eviction that failed. The answer was moved into the call: who wants to use
    /// it all the same keeps the response, as [`put`](Self::put) shows, or a clone of the answer.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// use mneme::Answer;
    ///
    /// let id = cache.put_answer(Answer::new("hello", "world").namespace("tenant-a").ttl(3600))?;
    /// assert_eq!(cache.store().get_by_id(id)?.map(|entry| entry.ttl), Some(Some(3600)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_answer(&self, answer: Answer) -> Result<u64, CacheError> {
        self.check(&answer)?;
        let unit = self.told_of(&answer.namespace, self.embed(&answer.query))?;
        self.keep(answer, unit)
    }

    /// Keeps several answers, and answers their ids in the same order. The embedder is given all queries at once.
    ///
    /// # Errors
    ///
    /// As [`put_answer`](Self::put_answer), for any of them. Where an answer or a vector is refused, nothing is stored;
    /// where the store fails, those before stay.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::Answer;
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// let ids = cache.put_many([Answer::new("red", "rouge"), Answer::new("green", "vert")])?;
    /// assert_eq!(ids.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_many(&self, answers: impl IntoIterator<Item = Answer>) -> Result<Vec<u64>, CacheError> {
        let answers: Vec<_> = answers.into_iter().collect();
        let Some(first) = answers.first() else { return Ok(Vec::new()) };
        answers.iter().try_for_each(|answer| self.check(answer))?;
        let units = self.told_of(&first.namespace, self.embed_all(&answers))?;
        answers.into_iter().zip(units).map(|(answer, unit)| self.keep(answer, unit)).collect()
    }

    fn check(&self, answer: &Answer) -> Result<(), CacheError> {
        self.settings.sizes.check(answer)?;
        if let Ttl::Seconds(seconds) = answer.ttl {
            limits::check_number("ttl", seconds)?;
        }
        Ok(())
    }

    fn embed_all(&self, answers: &[Answer]) -> Result<Vec<Vec<f32>>, CacheError> {
        let queries: Vec<&str> = answers.iter().map(|answer| answer.query.as_str()).collect();
        let vectors =
            self.embedder.embed_all(&queries).map_err(|source| CacheError::embedder(&queries, source))?;
        if vectors.len() != queries.len() {
            return Err(CacheError::embeddings(&queries, vectors.len()));
        }
        let units = vectors.iter().enumerate().map(|(at, vector)| {
            self.admit(vector).map_err(|reason| CacheError::embedding(&queries, at, reason))
        });
        units.collect()
    }

    /// Tells the observer of an embedder that failed.
    fn told_of<T>(&self, namespace: &str, result: Result<T, CacheError>) -> Result<T, CacheError> {
        if let Err(error) = &result {
            self.observe(&Event::EmbedderFailed { namespace, error });
        }
        result
    }

    fn keep(&self, answer: Answer, embedding: Vec<f32>) -> Result<u64, CacheError> {
        let Answer { query, response, namespace, ttl, metadata } = answer;
        // Read after the embedder has run: the answer is not older than it is.
        let now = self.now();
        let content = Content {
            query_hash: self.settings.normalisation.hash(&query),
            namespace: namespace.clone(),
            query,
            response,
            embedding,
            metadata,
            created_at: now,
            ttl: match ttl {
                Ttl::OfTheCache => self.settings.ttl,
                Ttl::Seconds(seconds) => Some(seconds),
                Ttl::Unlimited => None,
            },
        };
        let id = self.store.insert(Entry::from(content).last_accessed_at(now))?;
        let before = self.counters.put();
        self.observe(&Event::Put { namespace: &namespace, id });
        self.make_room(&namespace, id)?;
        if before % PUTS_PER_CATCH_UP == PUTS_PER_CATCH_UP - 1 {
            self.catch_up()?;
        }
        Ok(id)
    }
}
