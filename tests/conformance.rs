//! The store in memory, against the whole store contract.

mneme_conformance::store_conformance!(mneme::MemoryStore::new);
