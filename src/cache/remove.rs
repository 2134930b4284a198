use super::{SemanticCache, error::CacheError, observe::Event, question::Question};

impl SemanticCache {
    /// Deletes the answer to a question, and answers whether there was one. Only the question itself counts: an answer
    /// to another one that means the same stays.
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
    /// cache.put("hello", "world")?;
    /// assert!(cache.delete(" HELLO ")?);
    /// assert!(!cache.delete("hello")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete<'a>(&self, question: impl Into<Question<'a>>) -> Result<bool, CacheError> {
        let Question { query, namespace, .. } = question.into();
        let hash = self.settings.normalisation.hash(query);
        let Some(entry) = self.store.get_by_hash(namespace, &hash)? else { return Ok(false) };
        let was_there = self.delete_row(entry.id)?;
        if was_there {
            self.observe(&Event::Deleted { namespace, id: entry.id });
        }
        Ok(was_there)
    }

    /// Removes every entry that is due, in all namespaces, and what is over the limits; answers how many were due.
    ///
    /// Entries that are due are never answered, and [`get`](Self::get) removes those that it meets; this removes the
    /// others too. A store's file does not become smaller by it, nor by [`clear`](Self::clear): the room is used again. A
    /// smaller file is made by `dumps` and `loads`.
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
    /// cache.put_answer(Answer::new("hello", "world").ttl(0))?;
    /// assert_eq!(cache.vacuum()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn vacuum(&self) -> Result<u64, CacheError> {
        let expired = self.expire(self.now(), None)?;
        self.enforce_limit()?;
        self.catch_up()?;
        Ok(expired)
    }

    /// Removes every entry of a namespace, and answers how many there were. Its quota stays.
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
    /// cache.put_answer(Answer::new("hello", "world").namespace("tenant-a"))?;
    /// cache.put("hello", "world")?;
    /// assert_eq!(cache.clear_namespace("tenant-a")?, 1);
    /// assert_eq!(cache.clear()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_namespace(&self, namespace: &str) -> Result<u64, CacheError> {
        let removing = self.removing();
        // What has come into the index by now was in the store before it is cleared.
        let came_by = self.index.stamp();
        let count = self.store.clear_namespace(namespace)?;
        self.index.remove_namespace(namespace, came_by);
        drop(removing);
        self.observe(&Event::Cleared { namespace, count });
        Ok(count)
    }

    /// Removes every entry, namespace by namespace, and answers how many there were.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers; the namespaces before are cleared then.
    pub fn clear(&self) -> Result<u64, CacheError> {
        self.namespaces()?.iter().map(|namespace| self.clear_namespace(namespace)).sum()
    }

    pub(crate) fn delete_row(&self, id: u64) -> Result<bool, CacheError> {
        let _removing = self.removing();
        let was_there = self.store.delete_by_id(id)?;
        self.index.remove(id);
        Ok(was_there)
    }

    /// Removes what is due at a time. By the time alone, never by id: an entry that looked due may have been replaced.
    pub(crate) fn expire(&self, now: u64, namespace: Option<&str>) -> Result<u64, CacheError> {
        let removing = self.removing();
        let count = self.store.delete_expired(now, namespace)?;
        // A row that is due now is of an entry that is gone, or that was replaced and will come again. Looking through every
        // namespace costs more than the store's own look, and a row that another cache's expiry left goes when it is met.
        if count > 0 || namespace.is_some() {
            self.index.remove_due(now, namespace);
        }
        drop(removing);
        if count > 0 {
            self.counters.expired(count);
            self.observe(&Event::Expired { namespace, count });
        }
        Ok(count)
    }
}
