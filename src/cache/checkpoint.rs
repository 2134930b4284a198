use super::{
    SemanticCache,
    builder::CacheBuilder,
    catalogue::{List, record_meta, record_quota},
    embedder::Embedder,
    error::CacheError,
};
use crate::{
    Error, MemoryStore, Result, Store,
    checkpoint::{Checkpoint, Extras, Insert, Loaded, dump},
};
use std::path::Path;

impl SemanticCache {
    /// Writes a checkpoint: the entries in the order of their ids, the quotas, the meta that was written through a
    /// cache, and the embedder's identity, in one file in place of what is at `path`. It is for the same embedder only.
    ///
    /// It works with every store, and streams: it needs memory for a few entries, whatever the cache holds. The file is
    /// written beside its place under another name, is readable by its owner alone, and gets its name when it is whole;
    /// until then, and where anything fails, `path` is as it was. What a killed process leaves, a directory
    /// `.mneme-<process>-<number>.partial` beside `path`, goes with the next checkpoint that is written there. Others may write to the cache meanwhile: an entry
    /// that is there from the beginning to the end is in the file, one that comes or goes may be.
    ///
    /// # Errors
    ///
    /// [`CacheError::Store`] with what the store answers, and a checkpoint error where the file cannot be written, or an
    /// entry has more than 16 MiB as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{MemoryStore, SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let folder = std::env::temp_dir().join(format!("mneme-dumps-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("backup.tar.gz");
    /// let embedder = || embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let cache = SemanticCache::builder(embedder()).build()?;
    /// cache.put("hello", "world")?;
    /// cache.dumps(&path)?;
    ///
    /// let restored = SemanticCache::loads_into(&path, MemoryStore::new(), embedder())?;
    /// assert_eq!(restored.get("hello")?.map(|hit| hit.response.clone()).as_deref(), Some("world"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn dumps(&self, path: impl AsRef<Path>) -> Result<(), CacheError> {
        let extras = Extras {
            namespaces: List::Quotas.read(&*self.store)?,
            meta_keys: List::MetaKeys.read(&*self.store)?,
        };
        Ok(dump(&*self.store, &self.identity, &extras, path.as_ref())?)
    }

    /// Makes a cache over a new SQLite database from a checkpoint.
    ///
    /// # Errors
    ///
    /// As [`CacheBuilder::load_to`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Answer, SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let folder = std::env::temp_dir().join(format!("mneme-loads-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let (backup, database) = (folder.join("backup.tar.gz"), folder.join("restored.db"));
    /// let embedder = || embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// let cache = SemanticCache::builder(embedder()).build()?;
    /// cache.put("hello", "world")?;
    /// cache.dumps(&backup)?;
    ///
    /// let restored = SemanticCache::loads(&backup, &database, embedder())?;
    /// assert_eq!(restored.stats()?.entries, 1);
    /// # restored.close()?;
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn loads(
        checkpoint: impl AsRef<Path>,
        database: impl AsRef<Path>,
        embedder: impl Embedder + 'static,
    ) -> Result<Self, CacheError> {
        Self::builder(embedder).load_to(checkpoint, database)
    }

    /// Makes a cache over a store that holds nothing from a checkpoint.
    ///
    /// # Errors
    ///
    /// As [`CacheBuilder::load`].
    pub fn loads_into(
        checkpoint: impl AsRef<Path>,
        store: impl Store + 'static,
        embedder: impl Embedder + 'static,
    ) -> Result<Self, CacheError> {
        Self::builder(embedder).store(store).load(checkpoint)
    }
}

impl CacheBuilder {
    /// Builds the cache from a checkpoint, over a store that holds nothing.
    ///
    /// The checkpoint is read to its end and compared with its checksums before the store is touched. The entries get
    /// ids of their own, in the order that they had. Time goes on for them: what is due by now is not answered.
    ///
    /// # Errors
    ///
    /// - What [`build`](Self::build) answers.
    /// - A checkpoint error for a file that is missing, cut, damaged, no checkpoint, of another version, for another
    ///   embedder, or in any other way not what [`dumps`](SemanticCache::dumps) writes, and for a store that holds
    ///   entries.
    ///
    /// What was inserted by then is removed again.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{MemoryStore, SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let folder = std::env::temp_dir().join(format!("mneme-load-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let backup = folder.join("backup.tar.gz");
    /// let embedder = || embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// SemanticCache::builder(embedder()).quota("tenant-a", 10).build()?.dumps(&backup)?;
    ///
    /// let restored = SemanticCache::builder(embedder()).store(MemoryStore::new()).threshold(0.9).load(&backup)?;
    /// assert_eq!(restored.quota("tenant-a")?, Some(10));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn load(mut self, checkpoint: impl AsRef<Path>) -> Result<SemanticCache, CacheError> {
        self.check()?;
        let identity = self.identity();
        let checkpoint = Checkpoint::check(checkpoint.as_ref(), &identity)?;
        let store = self.store.take().unwrap_or_else(|| Box::new(MemoryStore::new()));
        store.open(&identity).map_err(|error| CacheError::opening(error, self.file.clone()))?;
        let held = store.count(None)?;
        if held > 0 {
            let reason = format!("the store to load into holds {held} entries, and must hold none");
            return Err(Error::checkpoint(reason).into());
        }
        let insert: &Insert<'_> = &|batch| batch.into_iter().map(|entry| store.insert(entry)).collect();
        let loaded = checkpoint.load(&identity, insert).and_then(|loaded| record(&*store, &loaded));
        loaded.inspect_err(|_| empty(&*store))?;
        self.store = Some(store);
        self.build()
    }

    /// Builds the cache from a checkpoint, over a new SQLite database in a file.
    ///
    /// The database is made beside its place under another name, and gets its name when it is whole. Where anything
    /// fails, nothing is left.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), and a checkpoint error where something is at `database` already.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{SemanticCache, embedder_fn};
    ///
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let folder = std::env::temp_dir().join(format!("mneme-load-to-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let (backup, database) = (folder.join("backup.tar.gz"), folder.join("restored.db"));
    /// let embedder = || embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// SemanticCache::builder(embedder()).build()?.dumps(&backup)?;
    ///
    /// let restored = SemanticCache::builder(embedder()).limit(10_000).load_to(&backup, &database)?;
    /// assert!(SemanticCache::builder(embedder()).load_to(&backup, &database).is_err(), "something is there already");
    /// # restored.close()?;
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn load_to(
        self,
        checkpoint: impl AsRef<Path>,
        database: impl AsRef<Path>,
    ) -> Result<SemanticCache, CacheError> {
        use crate::{SqliteStore, beside::Beside};

        self.check()?;
        let (identity, database) = (self.identity(), database.as_ref());
        let checkpoint = Checkpoint::check(checkpoint.as_ref(), &identity)?;
        if std::fs::symlink_metadata(database).is_ok() {
            return Err(Error::checkpoint(format!("something is at {} already", database.display())).into());
        }
        let not_made =
            |error| Error::checkpoint(format!("{} could not be made", database.display())).because(error);
        let beside = Beside::of(database).map_err(not_made)?;
        let partial = SqliteStore::new(beside.path());
        partial.open(&identity)?;
        let loaded = checkpoint.load(&identity, &|batch| partial.insert_many(&batch));
        let recorded = loaded.and_then(|loaded| record(&partial, &loaded));
        // Closing takes away what the database keeps beside its file.
        let closed = partial.close();
        recorded.and(closed)?;
        beside.publish().map_err(not_made)?;
        self.path(database).build().inspect_err(|_| {
            let _ = std::fs::remove_file(database);
        })
    }
}

/// Writes what comes after the entries.
fn record(store: &dyn Store, loaded: &Loaded) -> Result<()> {
    for (namespace, quota) in &loaded.quotas {
        record_quota(store, namespace, *quota)?;
    }
    for (key, value) in &loaded.meta {
        record_meta(store, key, value)?;
    }
    Ok(())
}

/// Takes out again what was inserted. The error that led here is the one to tell of.
fn empty(store: &dyn Store) {
    for namespace in store.list_namespaces().unwrap_or_default() {
        let _ = store.clear_namespace(&namespace);
    }
}
