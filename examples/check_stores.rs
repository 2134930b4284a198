//! Checks the two stores of `mneme` and the store of `examples/redb-store` against the whole contract.
//!
//! `cargo run --release --example check_stores`

use mneme::{MemoryStore, SqliteStore};
use mneme_conformance::{Subject, check_stores};
use redb_store::RedbStore;
use std::process::ExitCode;

fn main() -> ExitCode {
    check_stores([
        Subject::volatile(MemoryStore::new),
        Subject::volatile(SqliteStore::in_memory),
        Subject::durable(|site| RedbStore::new(site.path().join("cache.redb"))),
    ])
}
