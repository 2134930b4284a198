use super::{SemanticCache, error::CacheError};
use crate::Identity;

/// How a cache and its store are.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), mneme::CacheError> {
/// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
/// # let cache = mneme::SemanticCache::builder(embedder).build()?;
/// use mneme::{Health, Oldest};
///
/// cache.put("hello", "world")?;
/// let health: Health = cache.health()?;
/// assert!(health.is_healthy());
/// let Health { is_sound, identity_matches, oldest, .. } = health;
/// assert!(is_sound && identity_matches);
/// let Some(Oldest { id, .. }) = oldest else { panic!("there is an entry") };
/// assert_eq!(id, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether the store finds its data whole.
    pub is_sound: bool,
    /// The identity that the store recorded; none where it is not readable.
    pub identity: Option<Identity>,
    /// Whether that is the embedder's.
    pub identity_matches: bool,
    /// How many entries the store holds.
    pub entries: u64,
    /// How many of them the index holds, those included that nothing can be near to.
    pub indexed: u64,
    /// The entry that was made first, of those that can be found by what they mean.
    pub oldest: Option<Oldest>,
}

/// The entry that was made first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oldest {
    /// Its id.
    pub id: u64,
    /// When it was made, in Unix seconds.
    pub created_at: u64,
    /// For how many seconds it has been there; 0 where the clock was set back.
    pub age: u64,
}

impl SemanticCache {
    /// How the cache and its store are. The store looks at all its data for that, which may take a while.
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
    /// let health = cache.health()?;
    /// assert!(health.is_healthy());
    /// assert_eq!((health.entries, health.indexed), (1, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn health(&self) -> Result<Health, CacheError> {
        let is_sound = self.store.integrity_check()?;
        if is_sound {
            self.catch_up()?;
        }
        let identity = self.stored_identity()?;
        let now = self.now();
        Ok(Health {
            is_sound,
            identity_matches: identity.as_ref() == Some(&self.identity),
            identity,
            entries: self.store.count(None)?,
            indexed: self.index.len() as u64,
            oldest: self.index.oldest().map(|(id, created_at)| Oldest {
                id,
                created_at,
                age: now.saturating_sub(created_at),
            }),
        })
    }

    fn stored_identity(&self) -> Result<Option<Identity>, CacheError> {
        let fingerprint = self.store.read_meta("embedder_fingerprint")?;
        let dimension = self.store.read_meta("embedder_dim")?.and_then(|digits| digits.parse().ok());
        Ok(fingerprint.zip(dimension).map(|(fingerprint, dimension)| Identity { fingerprint, dimension }))
    }
}

impl Health {
    /// Whether the data are whole and the embedder is theirs.
    pub fn is_healthy(&self) -> bool {
        self.is_sound && self.identity_matches
    }
}

impl core::fmt::Display for Health {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let sound = if self.is_sound { "sound" } else { "damaged" };
        let identity = if self.identity_matches { "its own embedder" } else { "another embedder" };
        write!(f, "{sound}, {identity}, {} entries, {} indexed", self.entries, self.indexed)?;
        match self.oldest {
            Some(Oldest { id, age, .. }) => write!(f, ", the oldest is {id} with {age} s"),
            None => Ok(()),
        }
    }
}
