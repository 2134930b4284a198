//! The whole store contract, in one line.

use log_store::LogStore;

mneme_conformance::store_conformance!(durable, |site| LogStore::new(site.path().join("cache.log")));
