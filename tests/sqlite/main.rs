//! The store in SQLite: against the whole store contract, and in what no clause sees.
//!
//! - `damage`: every kind of byte of a database changed, and every length that it can be cut to
//! - `files`: whose a file is, who may read it, and how long a busy one is waited for
//! - `processes`: several of them on one file, and kills
//! - `sample`: entries and stores to begin with
//! - `snapshots`: what they hold, what they leave alone, and what is refused

mod damage;
mod files;
mod processes;
mod sample;
mod snapshots;

mneme_conformance::store_conformance!(mneme::SqliteStore::in_memory, suite = memory);
