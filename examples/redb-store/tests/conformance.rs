//! The whole store contract, in one line, and what makes a file of a newer build.

use mneme::Restore as _;
use redb::{Database, TableDefinition};
use redb_store::RedbStore;

mneme_conformance::store_conformance!(
    durable,
    files,
    |site| RedbStore::new(site.path().join("cache.redb")),
    restore = |snapshot, site| RedbStore::restore(snapshot, &site.path().join("cache.redb")),
    newer = |site| made_newer(&site.path().join("cache.redb")),
);

/// Marks a store's file as one of a schema that this build does not know.
fn made_newer(path: &std::path::Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    const META: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("mneme.meta");
    let database = Database::open(path)?;
    let transaction = database.begin_write()?;
    // A row is its value, and the checksum (FNV-1a) of its key and its value.
    let (key, value) = (b"schema_version", b"2");
    let sum = key.iter().chain(value).fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    transaction.open_table(META)?.insert(&key[..], &*[&value[..], &sum.to_le_bytes()].concat())?;
    transaction.commit()?;
    Ok(())
}
