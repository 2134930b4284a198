//! Several processes on one file, and one that is killed.

use crate::{
    child::{Process, file, hear, role, say},
    sample::{entry, full, identity, open},
};
use mneme::{ErrorKind, Identity, Result, SqliteStore, Store, StoredEntry};
use std::collections::BTreeSet;

#[test]
fn what_several_processes_write_is_all_there() {
    const WRITERS: usize = 3;
    const INSERTS: usize = 150;

    if let Some((name, path)) = role() {
        let store = open(&path).expect("a store");
        say("ready");
        hear();
        for n in 0..INSERTS {
            let id = store.insert(full(&name, &format!("h{n}"))).expect("an insert");
            store.update_access(1, 5_000).expect("an access");
            say(&id.to_string());
        }
        return;
    }

    let (_directory, path) = file();
    let store = open(&path).expect("a store");
    let shared = store.insert(entry("shared", "h").access_count(0)).expect("an insert");
    assert_eq!(shared, 1);
    let test = "processes::what_several_processes_write_is_all_there";
    let mut writers: Vec<_> =
        (0..WRITERS).map(|n| Process::start(test, &format!("writer {n}"), &path)).collect();
    for writer in &mut writers {
        assert_eq!(writer.says().as_deref(), Some("ready"));
    }
    for writer in &mut writers {
        writer.tell("go");
    }

    // Whoever polls for changes meanwhile misses none of them, and sees none too late.
    let (mut polled, mut cursor) = (BTreeSet::new(), 0);
    while polled.len() < WRITERS * INSERTS + 1 {
        let version = store.version_counter().expect("a version");
        let changed: Vec<StoredEntry> =
            store.iter_changed(cursor).expect("changes").collect::<Result<_>>().expect("changes");
        let fresh = changed.iter().filter(|entry| entry.version <= version).count();
        assert_eq!(fresh as u64, version - cursor, "a version appeared after a later one was read");
        polled.extend(changed.iter().filter(|entry| entry.version <= version).map(|entry| entry.id));
        cursor = version;
    }

    let mut ids = BTreeSet::from([shared]);
    for mut writer in writers {
        let mut last = 0;
        for _ in 0..INSERTS {
            let id = writer.says().expect("an id").parse().expect("a number");
            assert!(id > last && ids.insert(id), "{id} after {last}");
            last = id;
        }
    }
    assert_eq!(ids, polled);
    let total = (WRITERS * INSERTS) as u64;
    assert_eq!(store.count(None).expect("a count"), total + 1);
    assert_eq!(store.version_counter().expect("a version"), total + 1);
    let shared = store.get_by_id(shared).expect("a read").expect("an entry");
    assert_eq!(shared.access_count, total, "an access was lost");
    assert!(store.integrity_check().expect("an answer"));
}

#[test]
fn of_two_identities_that_race_one_wins() {
    if let Some((fingerprint, path)) = role() {
        say("ready");
        hear();
        let store = SqliteStore::new(&path);
        match store.open(&Identity::new(fingerprint, 4)) {
            Ok(()) => say("open"),
            Err(error) => say(&error.kind().to_string()),
        }
        return;
    }

    let test = "processes::of_two_identities_that_race_one_wins";
    for round in 0..10 {
        let (_directory, path) = file();
        let identities = ["first", "second", "first", "second"];
        let mut racers = identities.map(|identity| Process::start(test, identity, &path));
        for racer in &mut racers {
            assert_eq!(racer.says().as_deref(), Some("ready"));
        }
        for racer in &mut racers {
            racer.tell("go");
        }
        let said = racers.each_mut().map(|racer| racer.says().expect("an answer"));
        let winner = identities[said.iter().position(|said| said == "open").expect("a winner")];
        for (identity, said) in identities.iter().zip(&said) {
            let expected = if *identity == winner { "open" } else { "fingerprint mismatch" };
            assert_eq!(said, expected, "round {round}: {said:?}");
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_was_told_is_stored() {
    const KILLS: usize = 20;
    // Where a kill lands is luck, so there are more of them while none has met a write.
    const MOST: usize = 400;

    if let Some((begin, path)) = role() {
        let store = open(&path).expect("a store");
        say("ready");
        for n in begin.parse::<u64>().expect("a number").. {
            let id = store.insert(full("a", &format!("h{n}"))).expect("an insert");
            store.write_meta("last", &n.to_string()).expect("a meta value");
            store.update_access(id, 5_000 + n).expect("an access");
            say(&format!("{n} {id}"));
        }
    }

    let test = "processes::a_killed_process_loses_nothing_that_it_was_told_is_stored";
    let (_directory, path) = file();
    let (mut next, mut greatest, mut in_flight) = (0, 0, 0);
    for kill in 0..MOST {
        if kill >= KILLS && in_flight > 0 {
            break;
        }
        let mut writer = Process::start(test, &next.to_string(), &path);
        assert_eq!(writer.says().as_deref(), Some("ready"));
        let mut acknowledged = Vec::new();
        // A few writes are told of; then it is killed in whatever it does, and what it had said until then counts.
        for _ in 0..=kill % 5 {
            acknowledged.extend(writer.says());
        }
        writer.kill();
        acknowledged.extend(std::iter::from_fn(|| writer.says()));
        drop(writer);

        let store = open(&path).expect("it opens without a repair");
        assert!(store.integrity_check().expect("an answer"));
        for said in &acknowledged {
            let (n, id) = said.split_once(' ').expect("a number and an id");
            let (n, id): (u64, u64) = (n.parse().expect("a number"), id.parse().expect("an id"));
            let stored = store.get_by_id(id).expect("a read").expect("an acknowledged entry");
            assert_eq!(
                (stored.query_hash.as_str(), stored.last_accessed_at),
                (format!("h{n}").as_str(), 5_000 + n)
            );
            assert!(id > greatest, "{id} was given before");
            greatest = id;
            next = n + 1;
        }
        // The write in flight is there whole, or not at all.
        let count = store.count(None).expect("a count");
        assert_eq!(store.version_counter().expect("a version"), count);
        assert!(count == next || count == next + 1, "{count} entries, {next} acknowledged");
        let last: u64 =
            store.read_meta("last").expect("a value").expect("it was written").parse().expect("a number");
        assert!(last + 1 == next || last == next, "the meta value is {last}");
        in_flight += usize::from(count == next + 1);
        greatest = greatest.max(store.iter_all().expect("entries").last().expect("one").expect("it").id);
        next = count;
    }
    assert!(in_flight > 0, "no kill has met a write");
}

#[test]
fn a_lock_goes_with_the_process_that_had_it() {
    if let Some((_, path)) = role() {
        let connection = rusqlite::Connection::open(path).expect("a connection");
        connection.execute_batch("BEGIN IMMEDIATE").expect("the lock");
        say("locked");
        hear();
        return;
    }

    let (_directory, path) = file();
    let store = open(&path).expect("a store");
    let test = "processes::a_lock_goes_with_the_process_that_had_it";
    let mut owner = Process::start(test, "owner", &path);
    assert_eq!(owner.says().as_deref(), Some("locked"));
    let impatient = SqliteStore::new(&path).busy_timeout(std::time::Duration::ZERO);
    impatient.open(&identity()).expect("an open waits for nobody");
    assert_eq!(impatient.write_meta("key", "value").expect_err("a lock").kind(), ErrorKind::Backend);
    drop(owner);
    impatient.write_meta("key", "value").expect("the lock went with its owner");
    assert_eq!(store.read_meta("key").expect("a value").as_deref(), Some("value"));
}
