//! Snapshots: what they hold, what they leave alone, and what is refused.

use crate::{
    child::{Process, role, say},
    sample::{entry, fill, full, identity, open},
};
use mneme::{ErrorKind, Restore as _, Result, SqliteStore, Store, StoredEntry};
use rusqlite::Connection;
use std::{fs, path::Path, thread};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

fn names(directory: &Path) -> Vec<String> {
    let listed = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        listed.map(|file| file.expect("a file").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

fn all(store: &SqliteStore) -> Vec<StoredEntry> {
    store.iter_all().expect("an iteration").collect::<Result<_>>().expect("every entry")
}

fn is_checkpoint<T: std::fmt::Debug>(answer: Result<T>, says: &str) {
    let error = answer.expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Checkpoint, "{error:?}");
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    assert!(text.contains(says), "{text}");
}

#[test]
fn a_snapshot_is_one_file_that_becomes_the_same_store() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("cache.db")).expect("a store");
    fill(&store).expect("a full store");
    // The store is open, and most of it is in its log.
    store.snapshot_to(&path("snapshot")).expect("a snapshot");
    assert_eq!(names(directory.path()), ["cache.db", "cache.db-shm", "cache.db-wal", "snapshot"]);
    let snapshot = fs::read(path("snapshot")).expect("its bytes");

    SqliteStore::restore(&path("snapshot"), &path("restored.db")).expect("a restored store");
    let restored = open(&path("restored.db")).expect("it opens");
    assert_eq!(all(&restored), all(&store));
    assert_eq!(restored.version_counter().expect("a version"), store.version_counter().expect("a version"));
    assert_eq!(restored.get_namespace_quota("none stored").expect("a quota"), Some(0));
    assert_eq!(restored.read_meta("").expect("a value").as_deref(), Some("007"));
    assert!(restored.integrity_check().expect("an answer"));

    // Later writes stay where they were made.
    let last = all(&store).last().expect("an entry").id;
    assert!(restored.insert(entry("a", "restored")).expect("an insert") > last);
    store.insert(entry("a", "store")).expect("an insert");
    assert_eq!(restored.get_by_hash("a", "store").expect("a read"), None);
    assert_eq!(store.get_by_hash("a", "restored").expect("a read"), None);
    assert!(snapshot == fs::read(path("snapshot")).expect("its bytes"), "the snapshot was touched");
}

#[test]
fn a_snapshot_is_restored_and_not_opened() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("cache.db")).expect("a store");
    store.snapshot_to(&path("snapshot")).expect("a snapshot");
    let error = SqliteStore::new(path("snapshot")).open(&identity()).expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Incompatible);
    assert!(error.to_string().contains("restore it"), "{error}");
    store.close().expect("a close");
    // And a store's own file is no snapshot: some of it may be in a log.
    is_checkpoint(
        SqliteStore::restore(&path("cache.db"), &path("restored.db")),
        "a store's and not a snapshot",
    );
    assert_eq!(names(directory.path()), ["cache.db", "snapshot"]);
}

#[test]
fn what_is_there_is_never_replaced() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("cache.db")).expect("a store");
    fill(&store).expect("a full store");
    store.snapshot_to(&path("snapshot")).expect("a snapshot");
    fs::write(path("empty"), "").expect("a file");
    fs::write(path("full"), "something").expect("a file");
    fs::create_dir(path("directory")).expect("a directory");
    // A log without its database would be played into whatever gets the database's name.
    fs::write(path("stale-wal"), "").expect("a file");
    #[cfg(unix)]
    std::os::unix::fs::symlink(path("nowhere"), path("link")).expect("a link");
    let before = names(directory.path());

    for name in ["empty", "full", "directory", "stale", "snapshot", "link"] {
        if before.iter().any(|there| there.starts_with(name)) {
            is_checkpoint(store.snapshot_to(&path(name)), "is there already");
            is_checkpoint(SqliteStore::restore(&path("snapshot"), &path(name)), "is there already");
        }
    }
    is_checkpoint(store.snapshot_to(&path("missing").join("snapshot")), "No such file");
    is_checkpoint(SqliteStore::restore(&path("snapshot"), &path("missing").join("db")), "No such file");
    is_checkpoint(store.snapshot_to(Path::new("")), "names no file");
    is_checkpoint(store.snapshot_to(&path("..")), "names no file");

    assert_eq!(names(directory.path()), before);
    assert_eq!(fs::read(path("full")).expect("its bytes"), b"something");
}

/// A store that is opened beside it would take it for a journal or a log that somebody left, and remove it.
#[test]
fn what_sqlite_would_take_for_its_own_is_no_name_for_a_copy() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("cache.db")).expect("a store");
    fill(&store).expect("a full store");
    store.snapshot_to(&path("snapshot")).expect("a snapshot");
    let before = names(directory.path());
    for suffix in ["-journal", "-wal", "-shm"] {
        let name = format!("another.db{suffix}");
        is_checkpoint(store.snapshot_to(&path(&name)), &name);
        is_checkpoint(SqliteStore::restore(&path("snapshot"), &path(&name)), suffix);
    }
    assert_eq!(names(directory.path()), before);
    store.snapshot_to(&path("another.db-walk")).expect("a snapshot");
}

#[test]
fn what_is_no_sound_snapshot_is_refused() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("cache.db")).expect("a store");
    fill(&store).expect("a full store");
    store.snapshot_to(&path("snapshot")).expect("a snapshot");
    store.close().expect("a close");
    let sound = fs::read(path("snapshot")).expect("its bytes");

    fs::write(path("empty"), "").expect("a file");
    fs::write(path("byte"), "x").expect("a file");
    fs::write(path("foreign"), "not a snapshot".repeat(1_000)).expect("a file");
    let other = Connection::open(path("other")).expect("a database");
    other.execute_batch("CREATE TABLE t (a)").expect("a table");
    other.close().expect("a close");
    for (name, length) in
        [("header", 100), ("page", 4_096), ("half", sound.len() / 2), ("most", sound.len() - 1)]
    {
        fs::write(path(name), &sound[..length]).expect("a cut snapshot");
    }
    fs::copy(path("snapshot"), path("newer")).expect("a copy");
    let newer = Connection::open(path("newer")).expect("a database");
    newer.execute_batch("PRAGMA user_version = 2").expect("a change");
    newer.close().expect("a close");
    let text = b"A long answer. A long answer. ";
    let at = sound.windows(text.len()).position(|bytes| bytes == text).expect("a response");
    let mut damaged = sound.clone();
    damaged[at] ^= 1;
    fs::write(path("damaged"), &damaged).expect("a damaged snapshot");
    fs::write(path("longer"), [&sound[..], b"x"].concat()).expect("a snapshot and more");
    let before = names(directory.path());

    for name in [
        "missing", "empty", "byte", "foreign", "other", "header", "page", "half", "most", "newer", "damaged",
        "longer",
    ] {
        let restored = SqliteStore::restore(&path(name), &path("restored.db"));
        assert_eq!(restored.map_err(|error| error.kind()), Err(ErrorKind::Checkpoint), "{name}");
        assert_eq!(names(directory.path()), before, "{name}");
    }
    is_checkpoint(SqliteStore::restore(directory.path(), &path("restored.db")), "not a file");
}

#[test]
fn a_store_in_memory_takes_none() {
    let directory = directory();
    let store = SqliteStore::in_memory();
    store.open(&identity()).expect("an open");
    is_checkpoint(store.snapshot_to(&directory.path().join("snapshot")), "in memory");
    assert!(names(directory.path()).is_empty());
}

/// A writer keeps the counts of two namespaces equal in each batch, and moves a meta value along; so every moment can
/// be told from a mixture of two.
#[test]
fn a_snapshot_under_writes_is_one_moment() {
    let directory = directory();
    let path = |name: String| directory.path().join(name);
    let store = open(&path("cache.db".into())).expect("a store");
    let (snapshots, done) = (10, &std::sync::atomic::AtomicBool::new(false));
    thread::scope(|threads| {
        let writer = &store;
        threads.spawn(move || {
            for n in 0.. {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                let hash = format!("h{n}");
                let pair = [full("a", &hash), full("b", &hash).response("long ".repeat(2_000))];
                writer.insert_many(&pair).expect("a pair");
            }
        });
        for n in 0..snapshots {
            let before = store.count(None).expect("a count");
            store.snapshot_to(&path(format!("snapshot {n}"))).expect("a snapshot");
            let after = store.count(None).expect("a count");
            let restored = path(format!("restored {n}"));
            SqliteStore::restore(&path(format!("snapshot {n}")), &restored).expect("a restored store");
            let restored = open(&restored).expect("it opens");
            let count = restored.count(None).expect("a count");
            assert!((before..=after).contains(&count), "{before} <= {count} <= {after}");
            assert_eq!(
                restored.count(Some("a")).expect("a count"),
                restored.count(Some("b")).expect("a count")
            );
            assert_eq!(restored.version_counter().expect("a version"), count);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(store.integrity_check().expect("an answer"));
}

/// A process is killed that takes a snapshot, and what it was made of is still there. The next one to the same place is taken as
/// if nothing had been, and takes away what was left; so is a restore.
#[cfg(unix)]
#[test]
fn what_a_killed_snapshot_leaves_goes_with_the_next_one() {
    if let Some((_, path)) = role() {
        let store = open(&path).expect("a store");
        say("taking");
        store.snapshot_to(&path.with_file_name("snapshot")).expect("a snapshot");
        return;
    }

    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("cache.db")).expect("a store");
    let long = "A long answer. ".repeat(10_000);
    for n in 0..100 {
        store.insert(entry("a", &format!("h{n}")).response(long.as_str())).expect("an insert");
    }
    let is_left = || names(directory.path()).iter().any(|name| name.starts_with(".mneme-"));
    let test = "snapshots::what_a_killed_snapshot_leaves_goes_with_the_next_one";
    let mut left = 0;
    // A kill may come after the last step; few do, as copying takes long.
    for _ in 0..100 {
        let mut copier = Process::start(test, "copier", &path("cache.db"));
        assert_eq!(copier.says().as_deref(), Some("taking"));
        while !is_left() && !path("snapshot").exists() {
            thread::yield_now();
        }
        copier.kill();
        drop(copier);
        left += usize::from(is_left());
        if left == 3 {
            break;
        }
        // Either it is there, whole, or it is taken now, to the very same place.
        if !path("snapshot").exists() {
            store.snapshot_to(&path("snapshot")).expect("a snapshot where one was cut short");
            assert!(!is_left(), "{:?}", names(directory.path()));
        }
        SqliteStore::restore(&path("snapshot"), &path("restored.db")).expect("a restored store");
        assert!(!is_left(), "{:?}", names(directory.path()));
        assert_eq!(all(&open(&path("restored.db")).expect("it opens")), all(&store));
        for name in ["snapshot", "restored.db"] {
            fs::remove_file(path(name)).expect("the end of it");
        }
    }
    assert_eq!(left, 3, "no kill met a snapshot");
    // What is left beside a restore goes with it too.
    assert!(is_left());
    // The last kill may have come when the snapshot had its name already.
    let _ = fs::remove_file(path("snapshot"));
    store.snapshot_to(&path("elsewhere")).expect("a snapshot to another name");
    assert_eq!(names(directory.path()), ["cache.db", "cache.db-shm", "cache.db-wal", "elsewhere"]);
}

/// Copies that are made at the same time leave one another's directories alone.
#[test]
fn snapshots_at_the_same_time_do_not_meet() {
    let directory = directory();
    let store = open(&directory.path().join("cache.db")).expect("a store");
    fill(&store).expect("a full store");
    thread::scope(|threads| {
        for thread in 0..4 {
            let (store, directory) = (&store, directory.path());
            threads.spawn(move || {
                for n in 0..10 {
                    let path = directory.join(format!("snapshot {thread} {n}"));
                    store.snapshot_to(&path).expect("a snapshot");
                    let restored = directory.join(format!("restored {thread} {n}.db"));
                    SqliteStore::restore(&path, &restored).expect("a restored store");
                }
            });
        }
    });
    assert_eq!(names(directory.path()).len(), 3 + 80);
}

/// SQLite takes what begins with `file:` for a URI, and of a URI what is behind two slashes for a host.
#[cfg(unix)]
#[test]
fn a_path_that_looks_like_a_uri_is_a_path() {
    if let Some((_, path)) = role() {
        // The place is the process's, so another one is at it.
        std::env::set_current_dir(&path).expect("a directory");
        let store = open(Path::new("cache.db")).expect("a store");
        store.insert(entry("a", "h")).expect("an insert");
        for snapshot in
            [":memory:", "file:x/one", "one?mode=memory", "two %20#", &format!("/{}/three", path.display())]
        {
            let (snapshot, restored) = (Path::new(snapshot), format!("{snapshot} restored"));
            store.snapshot_to(snapshot).expect(&restored);
            SqliteStore::restore(snapshot, Path::new(&restored)).expect(&restored);
            let restored = open(Path::new(&restored)).expect("it opens");
            assert_eq!(restored.count(Some("a")).expect("a count"), 1);
        }
        return say("all are there");
    }
    let directory = directory();
    fs::create_dir(directory.path().join("file:x")).expect("a directory");
    let mut child =
        Process::start("snapshots::a_path_that_looks_like_a_uri_is_a_path", "look", directory.path());
    assert_eq!(child.says().as_deref(), Some("all are there"));
    drop(child);
    let made = names(&directory.path().join("file:x"));
    assert!(
        made.iter().any(|name| name == "one") && made.iter().any(|name| name == "one restored"),
        "{made:?}"
    );
    assert!(names(directory.path()).contains(&"one?mode=memory restored".to_owned()));
}
