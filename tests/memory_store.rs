//! What `MemoryStore` promises beyond the contract, and how it keeps the contract where a store has a choice.

use mneme::{Entry, Error, ErrorKind, Identity, MemoryStore, Result, Store, StoredEntry, limits::MAX_NUMBER};
use std::{
    sync::{Arc, Barrier, Weak},
    thread,
};

fn open() -> Result<MemoryStore> {
    let store = MemoryStore::new();
    store.open(&Identity::new("e", 1))?;
    Ok(store)
}

fn entry(namespace: &str, hash: u64) -> Entry {
    Entry::new(namespace, format!("{hash:04}")).embedding([0.5])
}

fn filled(count: u64) -> Result<MemoryStore> {
    let store = open()?;
    for hash in 1..=count {
        store.insert(entry("a", hash))?;
    }
    Ok(store)
}

fn ids(entries: impl Iterator<Item = Result<StoredEntry>>) -> Result<Vec<u64>> {
    entries.map(|entry| Ok(entry?.id)).collect()
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn a_lookup_shares_the_content() -> Result<()> {
    let store = open()?;
    let given = entry("a", 1).response("a long answer");
    let id = store.insert(given.clone())?;
    store.update_access(id, 9)?;
    let by_id = store.get_by_id(id)?.expect("it is stored");
    let by_hash = store.get_by_hash("a", "0001")?.expect("it is stored");
    assert!(Arc::ptr_eq(&by_id.content, &given.content) && Arc::ptr_eq(&by_hash.content, &given.content));
    assert_eq!((by_id.last_accessed_at, by_id.access_count), (9, 1));
    Ok(())
}

#[test]
fn what_leaves_is_freed() -> Result<()> {
    let store = open()?;
    let insert = |namespace: &str, ttl: Option<u64>| -> Result<Weak<_>> {
        let entry = entry(namespace, 1).ttl(ttl);
        let weak = Arc::downgrade(&entry.content);
        store.insert(entry)?;
        Ok(weak)
    };
    let gone = |weak: &Weak<_>| weak.upgrade().is_none();

    let [deleted, expired] = [insert("deleted", None)?, insert("expired", Some(0))?];
    let [cleared, replaced] = [insert("cleared", None)?, insert("replaced", None)?];
    let closed = insert("replaced", None)?;
    store.delete_by_id(1)?;
    store.delete_expired(0, None)?;
    store.clear_namespace("cleared")?;
    assert!([deleted, expired, cleared, replaced].iter().all(gone));
    assert!(!gone(&closed));
    store.close()?;
    assert!(gone(&closed), "a closed store holds nothing");
    Ok(())
}

#[test]
fn a_call_that_is_wrong_in_two_ways_answers_the_first() -> Result<()> {
    let bad = || entry("a", 1).ttl(MAX_NUMBER + 1).embedding([]);
    let store = MemoryStore::new();
    assert_eq!(kind(store.open(&Identity::new("e", 0))), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(store.insert(bad())), Some(ErrorKind::NotOpen));
    assert_eq!(kind(store.write_meta("schema_version", "2")), Some(ErrorKind::NotOpen));

    store.open(&Identity::new("e", 1))?;
    assert_eq!(kind(store.insert(bad())), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(store.open(&Identity::new("other", 0))), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(store.open(&Identity::new("other", 2))), Some(ErrorKind::FingerprintMismatch));
    assert_eq!(kind(store.insert(entry("a", 1).embedding([]))), Some(ErrorKind::DimensionMismatch));
    assert_eq!(kind(store.update_access(7, u64::MAX)), Some(ErrorKind::InvalidArgument));

    store.close()?;
    assert_eq!(kind(store.open(&Identity::new("e", 0))), Some(ErrorKind::Closed));
    assert_eq!(kind(store.insert(bad())), Some(ErrorKind::Closed));
    assert_eq!(kind(store.snapshot_to("x".as_ref())), Some(ErrorKind::Closed));
    assert_eq!(kind(store.iter_all().map(drop)), Some(ErrorKind::Closed));
    Ok(())
}

#[test]
fn iterating_by_id_crosses_every_page_boundary() -> Result<()> {
    // One entry less than a page, a page, one more; and the same for many pages.
    for count in [0, 1, 255, 256, 257, 511, 512, 513, 2_500] {
        let store = filled(count)?;
        assert_eq!(ids(store.iter_all()?)?, (1..=count).collect::<Vec<_>>());
        assert_eq!(ids(store.iter_since(count / 2)?)?, (count / 2 + 1..=count).collect::<Vec<_>>());
    }
    Ok(())
}

#[test]
fn iterating_by_id_ends_while_others_insert() -> Result<()> {
    let store = filled(600)?;
    let mut seen = 0;
    for entry in store.iter_all()? {
        seen = entry?.id;
        store.insert(self::entry("b", seen))?;
    }
    assert_eq!(seen, 600);
    Ok(())
}

#[test]
fn iterating_by_id_yields_what_stays_while_the_rest_goes() -> Result<()> {
    let store = filled(2_000)?;
    let mut iterating = store.iter_all()?;
    let first = iterating.next().expect("it holds entries")?;
    for id in (2..=2_000).filter(|id| id % 3 != 0) {
        store.delete_by_id(id)?;
    }
    let rest = ids(iterating)?;
    assert_eq!(first.id, 1);
    assert!(rest.is_sorted_by(|a, b| a < b));
    assert!((3..=2_000).step_by(3).all(|stays| rest.binary_search(&stays).is_ok()));
    Ok(())
}

#[test]
fn iterating_by_id_after_close_ends_in_an_error() -> Result<()> {
    let store = filled(600)?;
    let mut iterating = store.iter_all()?;
    iterating.next().expect("it holds entries")?;
    store.close()?;
    let rest: Vec<_> = iterating.by_ref().collect();
    assert!(matches!(rest.last(), Some(Err(Error::Closed))));
    assert!(rest[..rest.len() - 1].iter().all(Result::is_ok));
    assert!(iterating.next().is_none(), "nothing comes after an error");
    Ok(())
}

#[test]
fn iterating_by_id_ends_well_when_closed_after_the_last_page() -> Result<()> {
    // Everything was yielded, so there is nothing that it cannot go on to.
    for count in [3, 256] {
        let store = filled(count)?;
        let mut iterating = store.iter_all()?;
        iterating.next().expect("it holds entries")?;
        store.close()?;
        assert_eq!(ids(iterating)?.len() as u64, count - 1);
    }
    Ok(())
}

#[test]
fn iterating_by_version_is_as_of_the_call() -> Result<()> {
    let store = filled(3)?;
    let changed = store.iter_changed(1)?;
    store.insert(entry("a", 2))?;
    store.delete_by_id(3)?;
    store.close()?;
    let versions: Vec<_> = changed.map(|entry| Ok(entry?.version)).collect::<Result<_>>()?;
    assert_eq!(versions, [2, 3]);
    Ok(())
}

#[test]
fn the_least_recently_used_are_merged_from_all_namespaces() -> Result<()> {
    let store = open()?;
    let mut expected = Vec::new();
    for number in 1..=300 {
        let used = number * 37 % 50;
        let id = store.insert(entry(&(number % 7).to_string(), number).last_accessed_at(used))?;
        expected.push((used, id));
    }
    expected.sort_unstable();
    for limit in [0, 1, 10, 299, 300, usize::MAX] {
        let expected: Vec<_> = expected.iter().take(limit).map(|&(_, id)| id).collect();
        assert_eq!(store.iter_lru_ids(limit, None)?, expected);
    }
    Ok(())
}

#[test]
fn a_due_time_past_every_time_never_comes() -> Result<()> {
    let store = open()?;
    store.insert(entry("a", 1).created_at(MAX_NUMBER).ttl(1))?;
    store.insert(entry("a", 2).created_at(1).ttl(MAX_NUMBER))?;
    store.insert(entry("a", 3).created_at(MAX_NUMBER).ttl(0))?;
    assert_eq!(store.delete_expired(MAX_NUMBER - 1, None)?, 0);
    assert_eq!(store.delete_expired(MAX_NUMBER, None)?, 1);
    assert_eq!(ids(store.iter_all()?)?, [1, 2]);
    Ok(())
}

#[test]
fn an_access_count_stays_at_its_greatest() -> Result<()> {
    let store = open()?;
    let id = store.insert(entry("a", 1).access_count(MAX_NUMBER - 1))?;
    for _ in 0..3 {
        store.update_access(id, 0)?;
    }
    assert_eq!(store.get_by_id(id)?.map(|entry| entry.access_count), Some(MAX_NUMBER));
    Ok(())
}

#[test]
fn a_snapshot_is_refused_and_writes_nothing() -> Result<()> {
    let store = filled(1)?;
    let path = std::env::temp_dir().join(format!("mneme-memory-store-{}", std::process::id()));
    assert_eq!(kind(store.snapshot_to(&path)), Some(ErrorKind::Checkpoint));
    assert!(!path.exists());
    Ok(())
}

#[test]
fn threads_that_write_at_once_leave_it_sound() -> Result<()> {
    let store = open()?;
    let start = Barrier::new(4);
    thread::scope(|threads| {
        let writers: [_; 4] = core::array::from_fn(|thread| {
            let (store, start) = (&store, &start);
            threads.spawn(move || -> Result<()> {
                start.wait();
                for number in 0..2_000_u64 {
                    let id = store.insert(entry(["a", "b"][thread % 2], number % 50).ttl(number % 7))?;
                    store.update_access(id, number)?;
                    match number % 100 {
                        30 => drop(store.delete_expired(3, None)?),
                        60 => drop(store.clear_namespace("a")?),
                        90 => assert!(store.integrity_check()?),
                        _ => drop(store.delete_by_id(id.saturating_sub(20))?),
                    }
                }
                Ok(())
            })
        });
        writers
            .map(|writer| writer.join().expect("a writer does not panic"))
            .into_iter()
            .collect::<Result<()>>()
    })?;
    assert!(store.integrity_check()?);
    assert_eq!(ids(store.iter_all()?)?.len() as u64, store.count(None)?);
    Ok(())
}

#[test]
fn printing_says_what_it_is_and_not_what_it_holds() -> Result<()> {
    let store = MemoryStore::new();
    assert_eq!(format!("{store:?}"), r#"MemoryStore { state: "not open" }"#);
    store.open(&Identity::new("e", 1))?;
    store.insert(entry("a secret", 1))?;
    assert_eq!(
        format!("{store:?}"),
        r#"MemoryStore { state: "open", identity: Identity { fingerprint: "e", dimension: 1 }, entries: 1, version: 1, .. }"#
    );
    store.close()?;
    assert_eq!(format!("{store:?}"), r#"MemoryStore { state: "closed" }"#);
    Ok(())
}
