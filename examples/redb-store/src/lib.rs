//! A [`Store`](mneme::Store) on the embedded database [redb]: the data outlive the handle, in one file.
//!
//! ```
//! use mneme::{Entry, Identity, Store};
//! use redb_store::RedbStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("cache.redb");
//!
//! let store = RedbStore::new(&path)?;
//! store.open(&Identity::new("my-embedder@3", 2))?;
//! let id = store.insert(Entry::new("help", "5891b5b5").response("Press the blue button.").embedding([0.6, 0.8]))?;
//! store.close()?;
//!
//! let store = RedbStore::new(&path)?;
//! store.open(&Identity::new("my-embedder@3", 2))?;
//! assert_eq!(store.get_by_id(id)?.expect("it was kept").response, "Press the blue button.");
//! # Ok(())
//! # }
//! ```

mod codec;
mod engine;
mod entries;
mod fault;
mod file;
mod handle;
mod integrity;
mod iterate;
mod rows;
mod seal;
mod store;
mod tables;

pub use crate::store::RedbStore;
