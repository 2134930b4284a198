//! The whole store contract, in one line.

use redb_store::RedbStore;

mneme_conformance::store_conformance!(durable, |site| RedbStore::new(site.path().join("cache.redb")));
