//! Quotas of namespaces and the limit of the whole cache, kept by removing what is due, and then by evicting the least
//! recently used entries.

use super::{SemanticCache, error::CacheError, observe::Event};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// What still has to be looked at, and whether a thread is looking.
///
/// One thread evicts at a time, or two that see the same excess would each take it out. Nobody waits for it: who comes
/// meanwhile leaves a note, and the thread that is at work goes on with it.
#[derive(Debug, Default)]
pub(crate) struct Evictions {
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// For each scope the entry that was put last: it stays, as long as anything may.
    scopes: BTreeMap<Scope, Option<u64>>,
    is_at_work: bool,
}

/// Whose number of entries is bounded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Namespace(String),
    Whole,
}

/// So many ids are asked for at once.
const BATCH: u64 = 256;

impl SemanticCache {
    /// Sets how many entries a namespace holds at most. The store remembers it, for every cache over the same data.
    /// If there are more, those of the namespace that are due go at once, and then the least recently used ones. With 0
    /// nothing that is put stays: a put answers an id, and the entry has gone by then.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers; an invalid argument for a quota past
    /// [`MAX_NUMBER`](crate::limits::MAX_NUMBER).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// use mneme::Answer;
    ///
    /// for question in ["one", "two", "three"] {
    ///     cache.put_answer(Answer::new(question, "an answer").namespace("tenant-a"))?;
    /// }
    /// cache.set_quota("tenant-a", 2)?;
    /// assert_eq!((cache.stats()?.entries, cache.quota("tenant-a")?), (2, Some(2)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_quota(&self, namespace: &str, entries: u64) -> Result<(), CacheError> {
        self.record_quota(namespace, entries)?;
        self.evict([(Scope::Namespace(namespace.into()), None)])
    }

    /// How many entries a namespace holds at most; none where nobody has set it.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers.
    pub fn quota(&self, namespace: &str) -> Result<Option<u64>, CacheError> {
        Ok(self.store.get_namespace_quota(namespace)?)
    }

    /// Evicts what is too much after an entry was put.
    pub(crate) fn make_room(&self, namespace: &str, put: u64) -> Result<(), CacheError> {
        let quota = self.store.get_namespace_quota(namespace)?.map(|_| Scope::Namespace(namespace.into()));
        let limit = self.settings.limit.map(|_| Scope::Whole);
        self.evict(quota.into_iter().chain(limit).map(|scope| (scope, Some(put))))
    }

    /// Evicts what is too much for the limit of the whole cache.
    pub(crate) fn enforce_limit(&self) -> Result<(), CacheError> {
        self.evict(self.settings.limit.map(|_| (Scope::Whole, None)))
    }

    fn evict(&self, scopes: impl IntoIterator<Item = (Scope, Option<u64>)>) -> Result<(), CacheError> {
        let Some(mut work) = self.evictions.leave(scopes) else { return Ok(()) };
        while let Some((scope, put)) = work.next() {
            self.evict_excess(&scope, put)?;
        }
        Ok(())
    }

    fn evict_excess(&self, scope: &Scope, put: Option<u64>) -> Result<(), CacheError> {
        let namespace = scope.namespace();
        let most = match namespace {
            Some(name) => self.store.get_namespace_quota(name)?,
            None => self.settings.limit,
        };
        let Some(most) = most else { return Ok(()) };
        // The clock may have been set back, or the second may be the same: the newest is not always last in the order.
        let spared = put.filter(|_| most > 0);
        loop {
            let excess = self.store.count(namespace)?.saturating_sub(most).min(BATCH);
            if excess == 0 {
                return Ok(());
            }
            // Nothing that lives makes room for what is due.
            if self.expire(self.now(), namespace)? > 0 {
                continue;
            }
            let asked = usize::try_from(excess + 1).unwrap_or(usize::MAX);
            let ids = self.store.iter_lru_ids(asked, namespace)?;
            let ids = ids.into_iter().filter(|id| Some(*id) != spared);
            let excess = usize::try_from(excess).unwrap_or(usize::MAX);
            let mut evicted = false;
            for id in ids.take(excess) {
                evicted |= self.evict_one(id, namespace)?;
            }
            if !evicted {
                // Others have removed all of them.
                return Ok(());
            }
        }
    }

    fn evict_one(&self, id: u64, namespace: Option<&str>) -> Result<bool, CacheError> {
        let was_there = self.delete_row(id)?;
        if was_there {
            self.counters.evicted();
            self.observe(&Event::Evicted { namespace, id });
        }
        Ok(was_there)
    }
}

impl Scope {
    fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace(name) => Some(name),
            Self::Whole => None,
        }
    }
}

/// The thread that is at work. When it ends, by an error or a panic too, another one may begin.
struct AtWork<'a> {
    evictions: &'a Evictions,
    has_ended: bool,
}

impl Evictions {
    /// Notes what has to be looked at. Answers the work to the thread that is to do it.
    fn leave(&self, scopes: impl IntoIterator<Item = (Scope, Option<u64>)>) -> Option<AtWork<'_>> {
        let mut notes = self.notes.lock();
        notes.scopes.extend(scopes);
        if notes.is_at_work || notes.scopes.is_empty() {
            return None;
        }
        notes.is_at_work = true;
        Some(AtWork { evictions: self, has_ended: false })
    }
}

impl AtWork<'_> {
    /// The next scope; where there is none, the work has ended before anybody can leave another note.
    fn next(&mut self) -> Option<(Scope, Option<u64>)> {
        let mut notes = self.evictions.notes.lock();
        let next = notes.scopes.pop_first();
        self.has_ended = next.is_none();
        notes.is_at_work = next.is_some();
        next
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.evictions.notes.lock().is_at_work = false;
        }
    }
}
