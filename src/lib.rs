//! A semantic cache keeps expensive answers (of a model, a translator, a search) and finds them again by the exact
//! question or by one that means the same. Where the data lives is behind one trait, [`Store`].
//!
//! ```
//! # #[cfg(feature = "cache")]
//! # fn main() -> Result<(), mneme::CacheError> {
//! use mneme::{Layer, MemoryStore, SemanticCache, embedder_fn};
//!
//! // A model would do better than counting vowels.
//! let embedder = embedder_fn("vowels:v1", 5, |text: &str| {
//!     Ok("aeiou".chars().map(|vowel| text.matches(vowel).count() as f32).collect())
//! });
//! let cache = SemanticCache::builder(embedder).store(MemoryStore::new()).build()?;
//! cache.put("How do I log in?", "Press the blue button.")?;
//! let hit = cache.get("how do you log in?")?.expect("it means the same");
//! assert_eq!((hit.layer, hit.response.as_str()), (Layer::Semantic, "Press the blue button."));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "cache"))]
//! # fn main() {}
//! ```
//!
//! This crate holds the cache, the trait, the types that it speaks in, [`MemoryStore`], which keeps everything in
//! memory, and `SqliteStore`, which keeps it in a file. Whether a store of your own is right is answered by the crate
//! `mneme-conformance`, in one line of its tests.
//!
//! # Features
//!
//! All are on by default. Who writes a store needs none of them.
//!
//! | feature | what it brings |
//! |---|---|
//! | `cache` | `SemanticCache` and its index; the index needs a C compiler |
//! | `checkpoint` | checkpoints of a cache, in one file |
//! | `sqlite` | `SqliteStore`, on a SQLite that is built from its source with a C compiler |
//!
//! # Where to look
//!
//! | you want to | read |
//! |---|---|
//! | cache answers | `SemanticCache`; `CacheBuilder` for what can be set; questions and answers, `_documentation::cache` |
//! | read or write its checkpoints with another program | `checkpoint`, which has the format |
//! | write a store | the guide, `_documentation::guide`; then [`Store`], method by method; [`limits`] for the ranges |
//! | make an entry, or understand one that was read | [`Entry`], [`Content`], [`StoredEntry`] |
//! | tell errors apart | [`Error`] and [`ErrorKind`] |
//! | keep everything in memory | [`MemoryStore`] |
//! | keep it in a file | [`SqliteStore`] |
//! | know what a store does, call by call | `_documentation::book` |
//! | read a report of the harness, or have a program read it | `_documentation::report` |
//! | know why it is so | `_documentation::design` |
//!
//! # What it is not
//!
//! It has no model and computes no embedding: that is the application's [`Embedder`]. It is no vector database: every search
//! reads all embeddings of a namespace, which is right for as many as a cache holds and wrong for a hundred million. It
//! talks to no server and starts no thread, and a [`Store`] has neither a clock nor a policy: when to expire and what to evict
//! the cache decides.

#[cfg(any(feature = "checkpoint", feature = "sqlite"))]
mod beside;
#[cfg(feature = "cache")]
mod cache;
#[cfg(feature = "checkpoint")]
pub mod checkpoint;
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
mod threads;

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

/// The documents of the project, as pages of its documentation.
#[cfg(all(doc, not(doctest)))]
pub mod _documentation {
    pub mod book;

    #[doc = include_str!("../docs/cache.md")]
    pub mod cache {}

    #[doc = include_str!("../docs/guide.md")]
    pub mod guide {}

    #[doc = include_str!("../docs/report.md")]
    pub mod report {}

    #[doc = include_str!("../DESIGN.md")]
    pub mod design {}
}

/// The README's examples, which are compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The programs of the page of questions about the cache.
#[cfg(all(doctest, feature = "cache", feature = "sqlite"))]
#[doc = include_str!("../docs/cache.md")]
struct CachePage;

/// The example of the page about the report.
#[cfg(doctest)]
#[doc = include_str!("../docs/report.md")]
struct ReportPage;
