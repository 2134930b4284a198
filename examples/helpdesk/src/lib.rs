//! A help desk that looks answers up in a handbook, which takes long, and keeps them in a cache.
//!
//! What to look at: how little of the application knows of the cache ([`HelpDesk`]), and how its tests ask a cache that is
//! ready (`tests/answers.rs`).

mod handbook;
mod trigrams;

pub use crate::{handbook::Handbook, trigrams::TrigramEmbedder};

use mneme::{CacheError, Layer, SemanticCache};

/// Answers questions: from the cache where it knows the answer, and else by looking it up.
pub struct HelpDesk<F> {
    cache: SemanticCache,
    look_up: F,
}

/// An answer, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer itself.
    pub text: String,
    /// Where it came from.
    pub source: Source,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The same question had been asked before.
    SameQuestion,
    /// A question that means the same had been asked before.
    SimilarQuestion,
    /// It was looked up.
    LookedUp,
}

impl<F: Fn(&str) -> Option<String>> HelpDesk<F> {
    /// Makes a help desk from a cache and whatever looks answers up.
    pub fn new(cache: SemanticCache, look_up: F) -> Self {
        Self { cache, look_up }
    }

    /// Answers a question; none where nobody knows. What nobody knows is asked anew each time.
    ///
    /// # Errors
    ///
    /// The cache's, where its store fails. An embedder that fails costs a look-up and no answer.
    pub fn answer(&self, question: &str) -> Result<Option<Reply>, CacheError> {
        if let Some(hit) = self.cache.get(question)? {
            let source = match hit.layer {
                Layer::Exact => Source::SameQuestion,
                _ => Source::SimilarQuestion,
            };
            return Ok(Some(Reply { text: hit.response.clone(), source }));
        }
        let Some(text) = (self.look_up)(question) else { return Ok(None) };
        match self.cache.put(question, &text) {
            // The answer is there, though it will have to be looked up again.
            Ok(_) | Err(CacheError::Embedder { .. } | CacheError::TooLarge { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(Some(Reply { text, source: Source::LookedUp }))
    }

    /// The cache, for figures and for tests.
    pub fn cache(&self) -> &SemanticCache {
        &self.cache
    }
}

impl<F> std::fmt::Debug for HelpDesk<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HelpDesk").field("cache", &self.cache).finish_non_exhaustive()
    }
}
