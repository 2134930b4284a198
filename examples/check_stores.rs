//! Checks the stores of `mneme` and the store of `examples/redb-store` against the whole contract.
//!
//! `cargo run --release --example check_stores`

use mneme::{MemoryStore, Restore as _, SqliteStore};
use mneme_conformance::{Claim, Subject, check_stores};
use redb_store::RedbStore;
use std::process::ExitCode;

fn main() -> ExitCode {
    check_stores([
        Subject::volatile(MemoryStore::new),
        Subject::volatile(SqliteStore::in_memory).named("SqliteStore in memory"),
        Subject::claiming([Claim::Durable, Claim::Shared, Claim::Files], |site| {
            SqliteStore::new(site.path().join("cache.db"))
        })
        .restored_by(|snapshot, site| SqliteStore::restore(snapshot, &site.path().join("cache.db"))),
        Subject::durable(|site| RedbStore::new(site.path().join("cache.redb"))),
    ])
}
