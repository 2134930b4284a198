//! What a semantic cache costs with 100,000 entries of 768 dimensions.
//!
//! | row | what is timed |
//! |---|---|
//! | `semantic get` | a question that means the same as a stored one, in each precision, on one thread and on all |
//! | `open` | building a cache over a full store, index included |
//! | `embed` | making one vector, which a semantic get and a put do too |
//! | `exact get`, `put`, `delete`, `health` | one call, over `MemoryStore` and over `SqliteStore` |
//! | `put beside` | a put over `SqliteStore`, and an insert into a bare table in the same rounds |
//!
//! The bare table is that of the bench `sqlite_store`: all of an entry in one row, one unique key, and a log that SQLite
//! copies into the file by itself, as it does by default.
//!
//! A figure is the median over the rounds. A semantic get's ratio is its bandwidth, the bytes of the vectors over its
//! time, to the bandwidth that was measured in the same run: reading as many bytes on as many threads. Recall is how often a
//! lesser precision finds the same best entry as single precision.
//!
//! Run it with `cargo bench --bench cache`; without cargo's `--bench` it takes 2,000 entries only. With
//! `--threads SECONDS` it runs eight threads of mixed get, put and delete instead, and checks that nothing is lost; with
//! `--memory` it tells how much memory checkpoints take.

mod calls;
mod checkpoints;
mod embedder;
mod mixed;
mod searches;
mod table;
mod timing;

use embedder::{Clusters, DIMENSION};
use mneme::{Answer, CacheError, MemoryStore, SemanticCache};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
use timing::print;

fn main() -> Result<(), CacheError> {
    let arguments: Vec<_> = std::env::args().collect();
    let place = |name: &str| arguments.iter().position(|argument| argument == name);
    if let Some(at) = place("--threads") {
        let seconds = arguments.get(at + 1).and_then(|text| text.parse().ok()).unwrap_or(60);
        return mixed::run(Duration::from_secs(seconds));
    }
    if let Some(at) = place("--memory-of") {
        return checkpoints::run_step(&arguments[at + 1..]);
    }
    if place("--memory").is_some() {
        checkpoints::run();
        return Ok(());
    }
    let entries = if place("--bench").is_some() { 100_000 } else { 2_000 };
    let all = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    print(&format!("{entries} entries of {DIMENSION} dimensions, {all} cores"));

    let store = Arc::new(MemoryStore::new());
    let in_memory = || SemanticCache::builder(Clusters).store(Arc::clone(&store)).build();
    fill(&in_memory()?, entries)?;
    searches::run(&store, entries, all)?;
    calls::run("MemoryStore", entries, in_memory)?;

    let folder = tempfile::tempdir().expect("a temporary directory");
    let in_a_file = || SemanticCache::builder(Clusters).path(folder.path().join("cache.db")).build();
    fill(&in_a_file()?, entries)?;
    calls::run("SqliteStore", entries, in_a_file)?;
    table::run(&in_a_file()?, &folder.path().join("bare.db"), entries)
}

fn fill(cache: &SemanticCache, entries: usize) -> Result<(), CacheError> {
    cache.put_many((0..entries).map(|number| Answer::new(Clusters::stored(number), "an answer"))).map(drop)
}
