//! The store in SQLite, against the whole store contract.

mneme_conformance::store_conformance!(mneme::SqliteStore::in_memory, suite = memory);
