//! The store in SQLite: against the whole store contract, and in what no clause sees.
//!
//! - `child`: this binary as another process
//! - `damage`: every kind of byte of a database changed, and every length that it can be cut to
//! - `files`: whose a file is, who may read it, and how long a busy one is waited for
//! - `moment`: that a snapshot is looked at while another handle writes
//! - `processes`: several of them on one file, and kills
//! - `sample`: entries and stores to begin with
//! - `snapshots`: what they hold, what they leave alone, and what is refused
//! - `streams`: that many entries are iterated in little memory

mod child;
mod damage;
mod files;
mod moment;
mod processes;
mod sample;
mod snapshots;
mod streams;

use mneme::{Restore as _, SqliteStore};
use mneme_conformance::{Site, store_conformance};
use std::path::PathBuf;

store_conformance!(SqliteStore::in_memory, suite = memory);

store_conformance!(
    durable,
    shared,
    files,
    |site| SqliteStore::new(database(site)),
    restore = |snapshot, site| SqliteStore::restore(snapshot, &database(site)),
    newer = made_newer,
    suite = file
);

/// Where the database of a site is.
fn database(site: &Site) -> PathBuf {
    site.path().join("cache.db")
}

/// Marks a database as one of a schema version that this build does not know.
fn made_newer(site: &Site) -> rusqlite::Result<()> {
    let connection = rusqlite::Connection::open(database(site))?;
    connection.pragma_update(None, "user_version", 1_000)?;
    connection.close().map_err(|(_, error)| error)
}
