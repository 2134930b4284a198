use super::{
    SemanticCache,
    builder::check_threshold,
    error::CacheError,
    hit::{Candidate, Hit, Layer},
    nearest::Nearest,
    observe::{Event, Miss},
    question::{Layers, Question},
};
use crate::StoredEntry;

impl SemanticCache {
    /// Answers a question: by the question itself, or else by the entry of its namespace that is nearest to it.
    ///
    /// The hit is noted in the store as the entry's last use, which puts off its eviction and not its expiry. What is due is
    /// no answer; where the cache meets such an entry, it removes those of the namespace. An embedder that fails makes a
    /// miss, which is counted and told to the observer.
    ///
    /// # Errors
    ///
    /// - [`CacheError::InvalidArgument`] for a threshold that is not in -1 to 1.
    /// - [`CacheError::Store`] with what the store answers.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::Question;
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// cache.put("hello", "world")?;
    /// assert_eq!(cache.get("hello")?.map(|hit| hit.response.clone()).as_deref(), Some("world"));
    /// assert_eq!(cache.get(Question::new("hello").namespace("tenant-a"))?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<'a>(&self, question: impl Into<Question<'a>>) -> Result<Option<Hit>, CacheError> {
        Ok(self.ask(question)?.ok())
    }

    /// As [`get`](Self::get), and says why where there is no answer.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Miss, SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let cache = SemanticCache::builder(embedder).validator(|candidate| candidate.age < 60).build()?;
    /// match cache.ask("hello")? {
    ///     Ok(hit) => println!("{}", hit.response),
    ///     Err(Miss::Refused) => println!("what there is was refused"),
    ///     Err(reason) => println!("{reason}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn ask<'a>(&self, question: impl Into<Question<'a>>) -> Result<Result<Hit, Miss>, CacheError> {
        let question = question.into();
        let answer = self.look_for(&question)?;
        let namespace = question.namespace;
        match &answer {
            Ok(hit) => {
                let &Hit { layer, score, .. } = hit;
                self.store.update_access(hit.id, self.now())?;
                self.counters.hit(layer);
                self.observe(&Event::Hit { namespace, id: hit.id, layer, score });
            }
            &Err(reason) => {
                self.counters.miss();
                self.observe(&Event::Miss { namespace, reason });
            }
        }
        Ok(answer)
    }

    /// The score that a semantic hit on a question must at least have: the question's own threshold, or else the cache's.
    /// None where only an exact hit answers it.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::Question;
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// assert_eq!(cache.threshold_for("hello"), Some(0.85));
    /// assert_eq!(cache.threshold_for(Question::new("hello").threshold(0.9)), Some(0.9));
    /// assert_eq!(cache.threshold_for(Question::new("hello").exact_only()), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn threshold_for<'a>(&self, question: impl Into<Question<'a>>) -> Option<f32> {
        let question = question.into();
        (question.layers == Layers::Both).then_some(question.threshold.unwrap_or(self.settings.threshold))
    }

    fn look_for(&self, question: &Question<'_>) -> Result<Result<Hit, Miss>, CacheError> {
        let threshold = question.threshold.unwrap_or(self.settings.threshold);
        check_threshold(threshold)?;

        let mut refused = None;
        match self.look_up(question)? {
            Some(Ok(hit)) => return Ok(Ok(hit)),
            Some(Err(id)) => refused = Some(id),
            None => {}
        }
        let miss = |refused: Option<u64>| if refused.is_some() { Miss::Refused } else { Miss::NotFound };
        if question.layers == Layers::ExactOnly {
            return Ok(Err(miss(refused)));
        }
        let unit = match self.embed(question.query) {
            Ok(unit) => unit,
            Err(error) => {
                self.counters.embedder_failed();
                self.observe(&Event::EmbedderFailed { namespace: question.namespace, error: &error });
                return Ok(Err(Miss::EmbedderFailed));
            }
        };
        self.catch_up()?;
        let now = self.now();
        if self.index.may_be_due(now, question.namespace) {
            self.expire(now, Some(question.namespace))?;
        }
        let mut nearest = Nearest::of(self, question.namespace, unit, threshold);
        while let Some(near) = nearest.next()? {
            if near.entry.is_due(now) || refused == Some(near.entry.id) {
                continue;
            }
            match self.judge(question.query, near.entry, Layer::Semantic, near.score, now) {
                Ok(hit) => return Ok(Ok(hit)),
                Err(id) => refused = Some(id),
            }
        }
        Ok(Err(miss(refused)))
    }

    /// The entry under the question's own hash: a hit, or the id of one that may not answer.
    fn look_up(&self, question: &Question<'_>) -> Result<Option<Result<Hit, u64>>, CacheError> {
        let hash = self.settings.normalisation.hash(question.query);
        let Some(entry) = self.store.get_by_hash(question.namespace, &hash)? else { return Ok(None) };
        let now = self.now();
        if entry.is_due(now) {
            self.expire(now, Some(question.namespace))?;
            return Ok(None);
        }
        Ok(Some(self.judge(question.query, entry, Layer::Exact, 1.0, now)))
    }

    /// Asks the validator and the confidence function whether an entry may answer.
    fn judge(
        &self,
        question: &str,
        entry: StoredEntry,
        layer: Layer,
        score: f32,
        now: u64,
    ) -> Result<Hit, u64> {
        let age = now.saturating_sub(entry.created_at);
        let candidate = Candidate { question, entry: &entry, layer, score, age };
        if self.settings.validator.as_ref().is_some_and(|is_valid| !is_valid(&candidate)) {
            return Err(entry.id);
        }
        let confidence = self.settings.confidence.as_ref().map_or(score, |confidence| confidence(&candidate));
        // A confidence that is no number is none.
        if confidence >= self.settings.least_confidence {
            Ok(Hit { entry, layer, score, confidence, age })
        } else {
            Err(entry.id)
        }
    }
}
