//! A semantic cache keeps expensive answers (of a model, a translator, a search) and finds them again by the exact
//! question or by one that means the same. Where the data lives is behind one trait, [`Store`].
//!
//! This crate holds the trait, the types it speaks in, [`MemoryStore`], which keeps everything in memory, and
//! [`SqliteStore`], which keeps it in a file. Whether a store of your own is right is answered by the crate `mneme-conformance`, in one line of its
//! tests.
//!
//! ```
//! use mneme::{Entry, Identity, MemoryStore, Store};
//!
//! # fn main() -> Result<(), mneme::Error> {
//! let store = MemoryStore::new();
//! store.open(&Identity::new("my-embedder@3", 4))?;
//!
//! let id = store.insert(
//!     Entry::new("help", "5891b5b5").query("How do I log in?").response("Press the blue button.").embedding([0.5; 4]),
//! )?;
//! let found = store.get_by_hash("help", "5891b5b5")?.expect("it was just inserted");
//! assert_eq!(found.id, id);
//! assert_eq!(found.response, "Press the blue button.");
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | you want to | read |
//! |---|---|
//! | write a store | [`Store`], method by method; [`limits`] for the ranges |
//! | make an entry, or understand one that was read | [`Entry`], [`Content`], [`StoredEntry`] |
//! | tell errors apart | [`Error`] and [`ErrorKind`] |
//! | keep everything in memory | [`MemoryStore`] |
//! | keep it in a file | [`SqliteStore`] |

#[cfg(feature = "cache")]
mod cache;
#[cfg(feature = "checkpoint")]
mod checkpoint;
mod entry;
mod error;
mod identity;
#[cfg(feature = "cache")]
mod index;
pub mod limits;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

pub use crate::{
    entry::{Content, Entry, Metadata, StoredEntry},
    error::{Error, ErrorKind},
    identity::Identity,
    memory::MemoryStore,
    store::{Entries, Restore, Store},
};

#[cfg(feature = "sqlite")]
pub use crate::sqlite::{SqliteStore, Synchronous};
#[cfg(feature = "cache")]
pub use crate::{
    cache::{
        Answer, CacheBuilder, CacheError, Candidate, Clock, EmbedError, Embedder, EmbedderFn, Event, Health,
        Hit, Layer, ManualClock, Miss, Near, Normalisation, Observer, Oldest, Question, SemanticCache, Sizes,
        Stats, SystemClock, embedder_fn,
    },
    index::Precision,
};

/// A [`Result`](core::result::Result) whose error is this crate's.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// The README's examples, which are compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
