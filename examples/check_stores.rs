//! Checks the store in memory and the store of `examples/redb-store` against the whole contract.
//!
//! `cargo run --release --example check_stores`

use mneme::MemoryStore;
use mneme_conformance::{Subject, check_stores};
use redb_store::RedbStore;
use std::process::ExitCode;

fn main() -> ExitCode {
    check_stores([
        Subject::volatile(MemoryStore::new),
        Subject::durable(|site| RedbStore::new(site.path().join("cache.redb"))),
    ])
}
