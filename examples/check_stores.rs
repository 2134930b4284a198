//! Checks the stores of `mneme` and the store of `examples/redb-store` against the whole contract.
//!
//! `cargo run --profile test --example check_stores`

use mneme::{MemoryStore, Restore as _, SqliteStore};
use mneme_conformance::{Claim, Site, Subject, check_stores};
use redb_store::RedbStore;
use std::process::ExitCode;

fn main() -> ExitCode {
    check_stores([
        Subject::volatile(MemoryStore::new),
        Subject::volatile(SqliteStore::in_memory).named("SqliteStore in memory"),
        Subject::claiming([Claim::Durable, Claim::Shared, Claim::Files], |site| {
            SqliteStore::new(site.path().join("cache.db"))
        })
        .restored_by(|snapshot, site| SqliteStore::restore(snapshot, &site.path().join("cache.db")))
        .made_newer_by(made_newer),
        Subject::claiming([Claim::Durable, Claim::Files], |site| {
            RedbStore::new(site.path().join("cache.redb"))
        })
        .restored_by(|snapshot, site| RedbStore::restore(snapshot, &site.path().join("cache.redb"))),
    ])
}

/// Marks a database as one of a schema version that this build does not know.
fn made_newer(site: &Site) -> rusqlite::Result<()> {
    let connection = rusqlite::Connection::open(site.path().join("cache.db"))?;
    connection.pragma_update(None, "user_version", 1_000)?;
    connection.close().map_err(|(_, error)| error)
}
