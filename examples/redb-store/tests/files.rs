//! Files that are not a sound, closed database of this build.

use mneme::{Entry, Error, ErrorKind, Identity, Result, Store};
use redb::{Database, ReadableTable, TableDefinition};
use redb_store::RedbStore;
use std::{fs, path::Path};

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

const META: Table = TableDefinition::new("mneme.meta");

fn identity() -> Identity {
    Identity::new("my-embedder@3", 2)
}

/// A folder, and in it the path of a closed store's file that holds one entry.
fn site() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cache.redb");
    let store = opened(&path).expect("a fresh store");
    store.insert(Entry::new("a", "h").response("kept").embedding([0.6, 0.8])).expect("an insert");
    store.close().expect("a close");
    (folder, path)
}

fn opened(path: &Path) -> Result<RedbStore> {
    let store = RedbStore::new(path)?;
    store.open(&identity())?;
    Ok(store)
}

fn refusal(path: &Path) -> Option<ErrorKind> {
    opened(path).err().as_ref().map(Error::kind)
}

fn assert_refused_and_untouched(path: &Path, kind: ErrorKind) {
    let before = fs::read(path).expect("a file");
    assert_eq!(refusal(path), Some(kind));
    assert!(fs::read(path).expect("a file") == before, "the file was changed");
}

#[test]
fn a_file_that_is_no_redb_database_is_incompatible() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cache.redb");
    for bytes in
        [&b"x"[..], b"a text of more than nine bytes", &[0; 100], &vec![7; 72 * 1024], &vec![0; 80 * 1024]]
    {
        fs::write(&path, bytes).expect("a write");
        assert_refused_and_untouched(&path, ErrorKind::Incompatible);
    }
}

#[test]
fn another_programs_redb_database_is_incompatible() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.redb");
    let database = Database::create(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    transaction
        .open_table(TableDefinition::<u64, u64>::new("orders"))
        .expect("a table")
        .insert(1, 2)
        .expect("a row");
    transaction.commit().expect("a commit");
    // As a killed process leaves it: redb has to repair it, and even that must not reach the file.
    let killed = folder.path().join("killed.redb");
    fs::copy(&path, &killed).expect("a copy");
    drop(database);
    assert_refused_and_untouched(&path, ErrorKind::Incompatible);
    assert_refused_and_untouched(&killed, ErrorKind::Incompatible);
}

#[test]
fn a_newer_schema_is_incompatible() {
    let (_folder, path) = site();
    let stamp = |version: &[u8]| {
        let checksum =
            b"schema_version".iter().chain(version).fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
                (state ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
            });
        let database = Database::open(&path).expect("a database");
        let transaction = database.begin_write().expect("a transaction");
        let row = [version, &checksum.to_le_bytes()].concat();
        transaction.open_table(META).expect("a table").insert(&b"schema_version"[..], &*row).expect("a row");
        transaction.commit().expect("a commit");
    };
    stamp(b"2");
    assert_refused_and_untouched(&path, ErrorKind::Incompatible);
    let error = RedbStore::new(&path).expect_err("a newer schema");
    assert!(error.to_string().contains("newer build"), "{error}");
    stamp(b"1");
    assert_eq!(refusal(&path), None);
}

#[test]
fn a_damaged_row_is_corrupt_and_its_neighbours_are_not() {
    const CONTENT: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("mneme.content");
    let (_folder, path) = site();
    let store = opened(&path).expect("the store");
    let other = store.insert(Entry::new("a", "g").embedding([0.0, 1.0])).expect("an insert");
    drop(store);

    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut content = transaction.open_table(CONTENT).expect("a table");
        let mut row = content.get(1).expect("a read").expect("a row").value().to_vec();
        row[40] ^= 1;
        content.insert(1, &*row).expect("a row");
    }
    transaction.commit().expect("a commit");
    drop(database);

    let store = opened(&path).expect("the database is sound, and a row in it is not");
    assert_eq!(store.get_by_id(1).map_err(|e| e.kind()), Err(ErrorKind::Corrupt));
    assert_eq!(store.get_by_hash("a", "h").map_err(|e| e.kind()), Err(ErrorKind::Corrupt));
    assert!(store.get_by_id(other).expect("a read").is_some());
    let mut entries = store.iter_all().expect("a stream");
    assert_eq!(entries.next().map(|entry| entry.map_err(|e| e.kind())), Some(Err(ErrorKind::Corrupt)));
    assert!(entries.next().is_none());
    assert_eq!(store.integrity_check().ok(), Some(false));
}

#[test]
fn tables_that_disagree_are_no_sound_store() {
    const LRU: TableDefinition<'static, (u64, u64), ()> = TableDefinition::new("mneme.lru");
    let (_folder, path) = site();
    for (missing, extra) in [(Some((0, 1)), None), (None, Some((0, 2))), (Some((0, 1)), Some((1, 1)))] {
        let edit = |removed: Option<(u64, u64)>, added: Option<(u64, u64)>| {
            let database = Database::open(&path).expect("a database");
            let transaction = database.begin_write().expect("a transaction");
            {
                let mut lru = transaction.open_table(LRU).expect("a table");
                if let Some(key) = removed {
                    lru.remove(key).expect("a row");
                }
                if let Some(key) = added {
                    lru.insert(key, ()).expect("a row");
                }
            }
            transaction.commit().expect("a commit");
        };
        edit(missing, extra);
        assert_eq!(opened(&path).and_then(|store| store.integrity_check()).ok(), Some(false));
        edit(extra, missing);
        assert_eq!(opened(&path).and_then(|store| store.integrity_check()).ok(), Some(true));
    }
}

#[test]
fn damage_in_the_file_is_corrupt_and_untouched() {
    let (_folder, path) = site();
    let sound = fs::read(&path).expect("a file");
    let place = sound.windows(4).position(|bytes| bytes == b"kept").expect("the response");
    let mut damaged = sound.clone();
    damaged[place] = b'w';
    fs::write(&path, damaged).expect("a write");
    assert_refused_and_untouched(&path, ErrorKind::Corrupt);
    fs::write(&path, &sound[..sound.len() / 2]).expect("a write");
    assert_refused_and_untouched(&path, ErrorKind::Corrupt);
}

#[test]
fn a_file_that_redb_did_not_finish_to_make_is_fresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cache.redb");
    let database = Database::create(&path).expect("a database");
    let mut unfinished = fs::read(&path).expect("a file");
    drop(database);
    assert_eq!(unfinished.len(), 72 * 1024, "redb makes a new file of another length");
    unfinished[..9].fill(0);
    for bytes in [&unfinished[..], &vec![0; 72 * 1024], &[]] {
        fs::write(&path, bytes).expect("a write");
        let store = opened(&path).expect("a fresh store");
        assert_eq!(store.insert(Entry::new("a", "h").embedding([0.0, 1.0])).ok(), Some(1));
        drop(store);
        assert_eq!(opened(&path).and_then(|store| store.count(None)).ok(), Some(1));
    }
}

#[test]
fn a_place_that_is_no_file_is_a_backend_error() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(refusal(folder.path()), Some(ErrorKind::Backend));
    assert_eq!(refusal(&folder.path().join("missing").join("cache.redb")), Some(ErrorKind::Backend));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
