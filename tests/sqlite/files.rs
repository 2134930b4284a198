//! Whose a file is, who may read it, and how long a busy one is waited for.

use crate::{
    child::{Process, hear, role, say},
    sample::{entry, fill, full, identity, open},
};
use mneme::{ErrorKind, Identity, Restore as _, SqliteStore, Store};
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// Everything in a directory, with its bytes.
fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let listed = fs::read_dir(directory).expect("a directory");
    let mut contents: Vec<_> = listed
        .map(|file| {
            let path = file.expect("a file").path();
            let bytes = fs::read(&path).expect("its bytes");
            (path, bytes)
        })
        .collect();
    contents.sort();
    contents
}

/// Opening must be refused, twice, and must leave the directory as it is.
fn is_refused_and_untouched(path: &Path, kind: ErrorKind) -> String {
    let directory = path.parent().expect("a directory");
    let before = contents(directory);
    let mut text = String::new();
    for _ in 0..2 {
        let store = SqliteStore::new(path);
        let error = store.open(&identity()).expect_err("a refusal");
        assert_eq!(error.kind(), kind, "{error:?}");
        text = error.to_string();
        store.close().expect("a close");
    }
    assert!(before == contents(directory), "the directory was touched");
    assert!(text.contains(&path.display().to_string()), "it does not say which file: {text}");
    text
}

/// Changes a store's file as another program could, in the mode that the file has.
fn execute(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("a connection");
    connection.execute_batch(sql).expect("a change");
    connection.close().expect("a close");
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone() {
    let directory = directory();
    let _stores = work_in(directory.path());
    are_their_owners_alone(directory.path());
}

/// A process that lets everybody read and write what it makes has its data for itself all the same.
#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone_whatever_the_umask() {
    if let Some((_, directory)) = role() {
        fs::write(directory.join("plain"), "").expect("a file");
        let stores = work_in(&directory);
        say("done");
        hear();
        drop(stores);
        return;
    }

    let directory = directory();
    let test = "files::the_files_are_their_owners_alone_whatever_the_umask";
    let mut worker = Process::start_without_umask(test, "worker", directory.path());
    assert_eq!(worker.says().as_deref(), Some("done"));
    let plain = directory.path().join("plain");
    assert_eq!(mode(&plain), 0o666, "the process has the umask that it was given");
    fs::remove_file(plain).expect("the end of it");
    are_their_owners_alone(directory.path());
}

/// Everything that makes files: a store, a snapshot of it, and one that is restored.
#[cfg(unix)]
fn work_in(directory: &Path) -> [SqliteStore; 2] {
    let store = open(&directory.join("cache.db")).expect("a store");
    fill(&store).expect("a full store");
    store.snapshot_to(&directory.join("snapshot")).expect("a snapshot");
    let restored = directory.join("restored.db");
    SqliteStore::restore(&directory.join("snapshot"), &restored).expect("a restored store");
    let restored = open(&restored).expect("it opens");
    restored.insert(entry("a", "restored")).expect("an insert");
    [store, restored]
}

#[cfg(unix)]
fn are_their_owners_alone(directory: &Path) {
    let files = contents(directory);
    let names: Vec<_> = files.iter().filter_map(|(path, _)| path.file_name()?.to_str()).collect();
    let of_stores = ["cache.db", "cache.db-shm", "cache.db-wal", "restored.db", "restored.db-shm"];
    assert_eq!(names[..5], of_stores);
    assert_eq!(names[5..], ["restored.db-wal", "snapshot"]);
    for (path, _) in files {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn a_close_leaves_one_file() {
    let directory = directory();
    let path = directory.path().join("cache.db");
    let store = open(&path).expect("a store");
    fill(&store).expect("a full store");
    store.close().expect("a close");
    assert_eq!(contents(directory.path()).len(), 1);
}

#[test]
fn a_path_may_have_any_name() {
    let directory = directory();
    for name in
        ["file:cache?mode=memory", "100% #1.db", "caf\u{e9}", "a b", "-wal", "?immutable=1", ":memory:"]
    {
        let path = directory.path().join(name);
        let store = open(&path).expect("a store");
        store.insert(entry("a", name)).expect("an insert");
        store.close().expect("a close");
        assert!(path.exists(), "{name:?}");
        let again = open(&path).expect("the store again");
        assert_eq!(again.count(None).expect("a count"), 1, "{name:?}");
    }
}

#[test]
fn an_empty_file_and_an_empty_database_are_fresh() {
    let directory = directory();
    let empty = directory.path().join("empty");
    fs::write(&empty, "").expect("a file");
    let database = directory.path().join("database");
    execute(&database, "CREATE TABLE t (a); DROP TABLE t; VACUUM");
    for path in [empty, database] {
        let store = open(&path).expect("a store");
        fill(&store).expect("a full store");
        assert!(store.integrity_check().expect("an answer"));
    }
}

/// Neither can be changed once a table was there, and a store's rows would be read as something else.
#[test]
fn an_empty_database_of_another_form_is_incompatible() {
    for (form, says) in [
        ("PRAGMA encoding = 'UTF-16le'", "its text is UTF-16le"),
        ("PRAGMA encoding = 'UTF-16be'", "its text is UTF-16be"),
        ("PRAGMA auto_vacuum = FULL", "auto_vacuum"),
        ("PRAGMA auto_vacuum = INCREMENTAL", "auto_vacuum"),
    ] {
        let directory = directory();
        let path = directory.path().join("cache.db");
        execute(&path, &format!("{form}; CREATE TABLE t (a); DROP TABLE t"));
        let text = is_refused_and_untouched(&path, ErrorKind::Incompatible);
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn another_programs_database_is_incompatible() {
    for sql in [
        "CREATE TABLE t (a)",
        "CREATE TABLE t (a); PRAGMA journal_mode = WAL",
        "PRAGMA application_id = 7; CREATE TABLE t (a)",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 7",
    ] {
        let directory = directory();
        let path = directory.path().join("cache.db");
        execute(&path, sql);
        let text = is_refused_and_untouched(&path, ErrorKind::Incompatible);
        assert!(text.contains("another program's"), "{text}");
    }
}

#[test]
fn a_file_that_is_no_database_is_incompatible() {
    let long = "not a database ".repeat(1_000);
    for text in ["x", "SQLite format 3\0", "SQLite format 3\0 but no more than its beginning", &long] {
        let directory = directory();
        let path = directory.path().join("cache.db");
        fs::write(&path, text).expect("a file");
        let text = is_refused_and_untouched(&path, ErrorKind::Incompatible);
        assert!(text.contains("not a SQLite database"), "{text}");
    }
}

#[test]
fn what_a_newer_build_wrote_is_incompatible() {
    for journal in ["", "PRAGMA journal_mode = DELETE"] {
        let directory = directory();
        let path = directory.path().join("cache.db");
        let store = open(&path).expect("a store");
        fill(&store).expect("a full store");
        store.close().expect("a close");
        execute(&path, &format!("{journal}; PRAGMA user_version = 2; CREATE TABLE newer (a)"));
        let text = is_refused_and_untouched(&path, ErrorKind::Incompatible);
        assert!(text.contains("a newer build wrote the data: their schema version is 2"), "{text}");
    }
}

/// A newer build was killed, so the file itself still says the old version, and its log the new one.
#[test]
fn a_newer_builds_log_is_untouched_too() {
    let directory = directory();
    let path = directory.path().join("cache.db");
    let store = open(&path).expect("a store");
    fill(&store).expect("a full store");
    store.close().expect("a close");

    let newer = Connection::open(&path).expect("a connection");
    newer.execute_batch("PRAGMA user_version = 2; CREATE TABLE newer (a)").expect("a change");
    let killed = directory.path().join("killed");
    fs::create_dir(&killed).expect("a directory");
    for suffix in ["", "-wal"] {
        let name = format!("cache.db{suffix}");
        fs::copy(directory.path().join(&name), killed.join(&name)).expect("a copy");
    }
    let path = killed.join("cache.db");
    let bytes = |suffix: &str| fs::read(killed.join(format!("cache.db{suffix}"))).expect("a file");
    let before = (bytes(""), bytes("-wal"));
    let error = SqliteStore::new(&path).open(&identity()).expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Incompatible);
    assert!(before == (bytes(""), bytes("-wal")), "the files were touched");
}

#[test]
fn tables_that_are_not_the_schemas_are_corrupt() {
    for sql in [
        "DROP INDEX usage_by_due",
        "DROP TABLE meta",
        "DELETE FROM meta",
        "ALTER TABLE usage ADD COLUMN more INTEGER",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
        "UPDATE meta SET value = '5' WHERE key = 'embedder_dim'",
    ] {
        let directory = directory();
        let path = directory.path().join("cache.db");
        open(&path).expect("a store").close().expect("a close");
        execute(&path, sql);
        let error = SqliteStore::new(&path).open(&identity()).expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{sql}: {error:?}");
    }
}

/// A handle makes connections for as long as it is open, and all of them are to the file that it opened.
#[cfg(unix)]
#[test]
fn a_link_that_is_changed_later_leads_a_handle_nowhere_else() {
    let directory = directory();
    let [link, one, other, snapshot, restored] =
        ["link", "one.db", "other.db", "snapshot", "restored.db"].map(|name| directory.path().join(name));
    let stranger = SqliteStore::new(&other);
    stranger.open(&Identity::new("another", 2)).expect("another store");
    stranger.close().expect("a close");
    open(&one).expect("a store").close().expect("a close");
    std::os::unix::fs::symlink(&one, &link).expect("a link");

    let store = open(&link).expect("the store");
    store.insert(entry("a", "first")).expect("an insert");
    fs::remove_file(&link).expect("the end of the link");
    std::os::unix::fs::symlink(&other, &link).expect("another link");
    store.insert(entry("b", "second")).expect("an insert");
    assert_eq!(store.list_namespaces().expect("namespaces"), ["a", "b"]);
    assert_eq!(store.iter_all().expect("an iteration").count(), 2);
    store.snapshot_to(&snapshot).expect("a snapshot");
    SqliteStore::restore(&snapshot, &restored).expect("a restored store");
    assert_eq!(open(&restored).expect("it opens").count(None).expect("a count"), 2);
    store.close().expect("a close");
    assert_eq!(open(&one).expect("the file itself").count(None).expect("a count"), 2);
}

/// SQLite would read the log of the one that is gone as the new one's.
#[cfg(unix)]
#[test]
fn a_file_that_was_replaced_under_a_handle_is_left_alone() {
    let directory = directory();
    let [path, new] = ["cache.db", "new.db"].map(|name| directory.path().join(name));
    let replacement = open(&new).expect("a store");
    replacement.insert(entry("new", "h")).expect("an insert");
    replacement.close().expect("a close");
    let bytes = fs::read(&new).expect("its bytes");

    let store = open(&path).expect("a store");
    store.insert(entry("old", "h")).expect("an insert");
    fs::rename(&new, &path).expect("a replacement");
    let errors = [
        store.list_namespaces().map(drop),
        store.iter_all().and_then(|mut entries| entries.next().expect("an item").map(drop)),
        store.integrity_check().map(drop),
    ];
    for error in errors {
        let error = error.expect_err("another file");
        assert_eq!(error.kind(), ErrorKind::Backend);
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    let refused = store.snapshot_to(&directory.path().join("snapshot")).expect_err("another file");
    assert_eq!(refused.kind(), ErrorKind::Checkpoint);
    store.close().expect("a close");
    assert!(bytes == fs::read(&path).expect("its bytes"), "the new file was touched");
}

#[test]
fn statistics_are_no_damage() {
    let directory = directory();
    let path = directory.path().join("cache.db");
    let store = open(&path).expect("a store");
    fill(&store).expect("a full store");
    store.close().expect("a close");
    execute(&path, "ANALYZE; VACUUM");
    let store = open(&path).expect("the store again");
    assert!(store.integrity_check().expect("an answer"));
    assert_eq!(store.iter_all().expect("an iteration").count(), 13);
}

#[test]
fn a_directory_and_a_missing_parent_are_backend_errors() {
    let directory = directory();
    for path in [directory.path().to_owned(), directory.path().join("missing").join("cache.db"), "".into()] {
        let error = SqliteStore::new(&path).open(&identity()).expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Backend, "{error:?}");
    }
    assert!(contents(directory.path()).is_empty());
}

#[test]
fn a_refused_identity_leaves_the_files_as_they_are() {
    let directory = directory();
    let path = directory.path().join("cache.db");
    let store = open(&path).expect("a store");
    fill(&store).expect("a full store");
    store.close().expect("a close");
    let before = contents(directory.path());
    for wrong in [Identity::new("another", 4), Identity::new("sqlite tests", 5)] {
        let store = SqliteStore::new(&path);
        store.open(&wrong).expect_err("a refusal");
        assert_eq!(store.count(None).expect_err("it is not open").kind(), ErrorKind::NotOpen);
        drop(store);
    }
    assert!(before == contents(directory.path()), "the directory was touched");
}

#[test]
fn a_busy_database_is_waited_for_and_is_then_a_backend_error() {
    let directory = directory();
    let path = directory.path().join("cache.db");
    let store = SqliteStore::new(&path).busy_timeout(Duration::from_millis(50));
    store.open(&identity()).expect("an open");
    let id = store.insert(full("a", "h")).expect("an insert");

    let other = Connection::open(&path).expect("a connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let errors = [
        store.insert(full("a", "h")).map(drop),
        store.update_access(id, 9_000),
        store.delete_by_id(id).map(drop),
        store.delete_expired(9_000, None).map(drop),
        store.clear_namespace("a").map(drop),
        store.set_namespace_quota("a", 1),
        store.write_meta("key", "value"),
        store.insert_many(&[entry("a", "h2")]).map(drop),
    ];
    for error in errors {
        let error = error.expect_err("another has the lock");
        assert_eq!(error.kind(), ErrorKind::Backend);
        let text = error.to_string();
        let says = format!(" within 50ms, since {} was busy", path.display());
        assert!(text.ends_with(&says), "{text}");
    }
    // Reads wait for nobody, and find that nothing was changed; neither does a removal that removes nothing.
    assert_eq!(store.get_by_id(id).expect("a read").map(|entry| entry.access_count), Some(3));
    assert_eq!(store.delete_expired(1_499, None).expect("nothing is due"), 0);
    assert!(store.integrity_check().expect("an answer"));
    assert_eq!(open(&path).expect("another handle").count(None).expect("a count"), 1);

    other.execute_batch("ROLLBACK").expect("the end of it");
    store.update_access(id, 9_000).expect("an access");
    assert_eq!(store.get_by_id(id).expect("a read").map(|entry| entry.access_count), Some(4));
}

#[test]
fn full_synchronisation_is_another_speed_and_the_same_store() {
    let directory = directory();
    let path = directory.path().join("cache.db");
    let store = SqliteStore::new(&path).synchronous(mneme::Synchronous::Full);
    store.open(&identity()).expect("an open");
    fill(&store).expect("a full store");
    assert!(store.integrity_check().expect("an answer"));
    assert_eq!(open(&path).expect("another handle").count(None).expect("a count"), 13);
}

#[test]
fn many_are_inserted_whole_or_not_at_all() {
    let directory = directory();
    let store = open(&directory.path().join("cache.db")).expect("a store");
    let first = store.insert(entry("a", "h0")).expect("an insert");
    let version = store.version_counter().expect("a version");

    let wrong = [entry("a", "h1"), entry("a", "h2").embedding([1.0])];
    assert_eq!(store.insert_many(&wrong).expect_err("a refusal").kind(), ErrorKind::DimensionMismatch);
    assert_eq!(store.count(None).expect("a count"), 1);
    assert_eq!(store.version_counter().expect("a version"), version);

    let entries =
        [entry("a", "h1"), entry("b", "h1"), entry("a", "h0").response("new"), entry("a", "h1").ttl(5)];
    let ids = store.insert_many(&entries).expect("an insert");
    assert!(ids[0] > first && ids[1] > ids[0], "{ids:?}");
    assert_eq!((ids[2], ids[3]), (first, ids[0]));
    for (id, entry) in ids.into_iter().zip(entries).skip(1) {
        assert_eq!(store.get_by_id(id).expect("a read").map(|stored| stored.entry), Some(entry));
    }
    assert!(store.insert_many(&[]).expect("nothing to do").is_empty());
    assert!(store.integrity_check().expect("an answer"));
}
