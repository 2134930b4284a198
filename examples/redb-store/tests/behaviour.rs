//! What the store does, as reviewed snapshots: a change in this package or in redb becomes a difference that somebody reads.
//! `cargo insta review` accepts it.

use mneme::Restore as _;
use redb_store::RedbStore;

mneme_conformance::behaviour!(
    durable,
    |site| RedbStore::new(site.path().join("cache.redb")),
    restore = |snapshot, site| RedbStore::restore(snapshot, &site.path().join("cache.redb")),
);
