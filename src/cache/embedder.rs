use super::error::EmbedError;
use std::sync::Arc;

/// What turns a text into a vector: texts that mean the same lie close to one another.
///
/// A cache calls it from any thread, several at once, and holds no lock meanwhile.
///
/// # Examples
///
/// ```
/// use mneme::{EmbedError, Embedder};
///
/// /// Counts vowels: hardly a good embedder, but one that says what it needs.
/// struct Vowels;
///
/// impl Embedder for Vowels {
///     fn fingerprint(&self) -> String {
///         "vowels:v1".into()
///     }
///     fn dimension(&self) -> usize {
///         5
///     }
///     fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
///         let count = |vowel| text.chars().filter(|&c| c == vowel).map(|_| 1.0).sum();
///         Ok(['a', 'e', 'i', 'o', 'u'].map(count).to_vec())
///     }
/// }
///
/// assert_eq!(Vowels.embed("banana").unwrap(), [3.0, 0.0, 0.0, 0.0, 0.0]);
/// ```
pub trait Embedder: Send + Sync {
    /// Names the embedder exactly: the model, its version, and everything else that changes a vector.
    ///
    /// A store remembers it, and refuses a cache whose embedder has another one. With another model begin another file; what
    /// the old one holds can be embedded again, by reading its entries and putting them into the new cache.
    fn fingerprint(&self) -> String;

    /// The number of `f32` in each vector, 1 to [`MAX_DIMENSION`](crate::limits::MAX_DIMENSION).
    fn dimension(&self) -> usize;

    /// Embeds one text. The vector needs no length of 1: the cache divides by it.
    ///
    /// # Errors
    ///
    /// Whatever the embedder fails with. [`get`](crate::SemanticCache::get) then answers a miss, and
    /// [`put`](crate::SemanticCache::put) an error.
    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError>;

    /// Embeds several texts and answers a vector for each, in their order. Where one request for many texts is
    /// cheaper than many requests, an embedder makes that request here.
    ///
    /// # Errors
    ///
    /// As [`embed`](Self::embed); one failure fails all.
    fn embed_all(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        texts.iter().map(|text| self.embed(text)).collect()
    }
}

/// Makes an embedder from a function.
///
/// # Examples
///
/// ```
/// use mneme::{Embedder, embedder_fn};
///
/// let length = embedder_fn("length:v1", 1, |text: &str| Ok(vec![text.len() as f32]));
/// assert_eq!(length.embed("four").unwrap(), [4.0]);
/// ```
pub fn embedder_fn<F>(fingerprint: impl Into<String>, dimension: usize, embed: F) -> EmbedderFn<F>
where
    F: Fn(&str) -> Result<Vec<f32>, EmbedError> + Send + Sync,
{
    EmbedderFn { fingerprint: fingerprint.into(), dimension, embed }
}

/// An embedder that calls a function; [`embedder_fn`] makes it.
///
/// # Examples
///
/// ```
/// use mneme::{EmbedError, EmbedderFn, embedder_fn};
///
/// fn length() -> EmbedderFn<impl Fn(&str) -> Result<Vec<f32>, EmbedError> + Send + Sync> {
///     embedder_fn("length:v1", 1, |text: &str| Ok(vec![text.len() as f32]))
/// }
///
/// let cache = mneme::SemanticCache::builder(length()).build()?;
/// # assert_eq!(cache.identity().dimension, 1);
/// # Ok::<(), mneme::CacheError>(())
/// ```
pub struct EmbedderFn<F> {
    fingerprint: String,
    dimension: usize,
    embed: F,
}

impl<F> Embedder for EmbedderFn<F>
where
    F: Fn(&str) -> Result<Vec<f32>, EmbedError> + Send + Sync,
{
    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        (self.embed)(text)
    }
}

impl<F> core::fmt::Debug for EmbedderFn<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EmbedderFn")
            .field("fingerprint", &self.fingerprint)
            .field("dimension", &self.dimension)
            .finish_non_exhaustive()
    }
}

macro_rules! forward {
    ($([$($generics:tt)*] $pointer:ty),* $(,)?) => {$(
        #[deny(clippy::missing_trait_methods, reason = "a default would bypass the embedder behind the pointer")]
        impl<$($generics)*> Embedder for $pointer {
            fn fingerprint(&self) -> String {
                (**self).fingerprint()
            }
            fn dimension(&self) -> usize {
                (**self).dimension()
            }
            fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
                (**self).embed(text)
            }
            fn embed_all(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
                (**self).embed_all(texts)
            }
        }
    )*};
}

forward!(
    ['a, E: Embedder + ?Sized] &'a E,
    [E: Embedder + ?Sized] Box<E>,
    [E: Embedder + ?Sized] Arc<E>,
);
