//! The whole store contract, in one line.

use engine_store::EngineStore;

mneme_conformance::store_conformance!(durable, |site| EngineStore::new(site.path().join("cache")));
