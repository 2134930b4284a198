//! Which namespaces have a quota, and which meta keys a value: the store answers for each that is asked, and lists none.
//!
//! The catalogue is kept in the store's meta. It is a list that only grows: the key with a number holds the number's
//! name, and one more key holds how many there are.

use super::{SemanticCache, error::CacheError};
use crate::{Result, Store};
use parking_lot::Mutex;
#[cfg(feature = "checkpoint")]
use std::collections::BTreeSet;

/// Keeps two threads from giving one number to two names. Only who sets a quota or writes meta takes it.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(Mutex<()>);

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Quotas,
    MetaKeys,
}

const OWN: &str = "mneme:";

impl SemanticCache {
    /// Writes a meta key of the store, in place of what it held: for what an application wants to keep with the data,
    /// and find again in a checkpoint.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers; an invalid argument for `embedder_fingerprint`,
    /// `embedder_dim` and `schema_version`, and for keys that begin with `mneme:`, which are the cache's own.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// cache.write_meta("manual", "2nd edition")?;
    /// assert_eq!(cache.read_meta("manual")?.as_deref(), Some("2nd edition"));
    /// assert!(cache.write_meta("embedder_dim", "3").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_meta(&self, key: &str, value: &str) -> Result<(), CacheError> {
        if key.starts_with(OWN) {
            return Err(CacheError::invalid_argument("key", format!("{key:?} begins with {OWN:?}")));
        }
        let _listing = self.catalogue.0.lock();
        Ok(record_meta(&*self.store, key, value)?)
    }

    /// The value of a meta key of the store; none until it was written.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers.
    pub fn read_meta(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(self.store.read_meta(key)?)
    }

    /// Sets a quota without evicting.
    pub(crate) fn record_quota(&self, namespace: &str, entries: u64) -> Result<(), CacheError> {
        let _listing = self.catalogue.0.lock();
        Ok(record_quota(&*self.store, namespace, entries)?)
    }
}

/// Writes a meta key, and lists it.
pub(crate) fn record_meta(store: &dyn Store, key: &str, value: &str) -> Result<()> {
    let is_new = store.read_meta(key)?.is_none();
    store.write_meta(key, value)?;
    if is_new { List::MetaKeys.add(store, key) } else { Ok(()) }
}

/// Sets a quota, and lists its namespace.
pub(crate) fn record_quota(store: &dyn Store, namespace: &str, entries: u64) -> Result<()> {
    let is_new = store.get_namespace_quota(namespace)?.is_none();
    store.set_namespace_quota(namespace, entries)?;
    if is_new { List::Quotas.add(store, namespace) } else { Ok(()) }
}

impl List {
    /// What was listed so far.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn read(self, store: &dyn Store) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for number in 0..self.length(store)? {
            names.extend(store.read_meta(&self.key(number))?);
        }
        Ok(names)
    }

    fn add(self, store: &dyn Store, name: &str) -> Result<()> {
        let length = self.length(store)?;
        store.write_meta(&self.key(length), name)?;
        store.write_meta(self.length_key(), &(length + 1).to_string())
    }

    fn length(self, store: &dyn Store) -> Result<u64> {
        Ok(store.read_meta(self.length_key())?.and_then(|digits| digits.parse().ok()).unwrap_or(0))
    }

    fn length_key(self) -> &'static str {
        match self {
            Self::Quotas => "mneme:quotas",
            Self::MetaKeys => "mneme:keys",
        }
    }

    fn key(self, number: u64) -> String {
        format!("{}:{number}", self.length_key())
    }
}
