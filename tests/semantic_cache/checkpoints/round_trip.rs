use super::forge::{Sample, load, load_database, pack, text, unpack, with_manifest};
use crate::doubles::{Log, Outcome, ask, builder, cache, stored};
use mneme::{Answer, CacheError, Entry, ErrorKind, MemoryStore, Question, SqliteStore, Store};
use std::sync::Arc;

/// Entries without what a store gives them.
fn entries(store: &dyn Store) -> Result<Vec<Entry>, CacheError> {
    Ok(store.iter_all()?.map(|entry| Ok(entry?.entry)).collect::<mneme::Result<_>>()?)
}

#[test]
fn everything_comes_back_through_every_store() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.dump()?;
    let expected = entries(sample.cache.store())?;
    assert_eq!(expected.len(), 3);
    let restored = [
        load_database(&path, &sample.path("restored.db"))?,
        mneme::SemanticCache::loads_into(&path, MemoryStore::new(), crate::doubles::Numbers::default())?,
        builder().store(SqliteStore::in_memory()).load(&path)?,
        builder().load(&path)?,
    ];
    for cache in restored {
        assert_eq!(entries(cache.store())?, expected);
        assert_eq!(cache.quota("n")?, Some(5));
        assert_eq!(cache.quota("without entries")?, Some(7));
        assert_eq!(cache.quota("")?, None);
        assert_eq!(cache.read_meta("made by")?.as_deref(), Some("a test"));
        assert_eq!(cache.read_meta("")?.as_deref(), Some("empty key"));
        assert_eq!(ask(&cache, Question::new("0 1 again").namespace("n"))?.as_deref(), Some("b"));
        // It is a checkpoint's cache in every way: one of its own holds the same.
        let again = sample.path("again.tar.gz");
        cache.dumps(&again)?;
        let (first, second) = (sample.parts()?, unpack(&std::fs::read(&again).expect("it was written")));
        for name in ["header.json", "quotas.jsonl", "meta.jsonl", "entries/000001.f32"] {
            assert_eq!(
                first.iter().find(|part| part.name == name).map(|part| &part.content),
                second.iter().find(|part| part.name == name).map(|part| &part.content),
                "{name}"
            );
        }
        cache.close()?;
    }
    Ok(())
}

#[test]
fn the_restored_database_is_an_ordinary_one() -> Outcome {
    let sample = Sample::new()?;
    let database = sample.path("restored.db");
    let cache = load_database(&sample.dump()?, &database)?;
    cache.put("0 0 1", "put after it was restored")?;
    cache.close()?;
    assert_eq!(sample.listing(), ["backup.tar.gz", "restored.db"]);
    let again = builder().path(&database).build()?;
    assert_eq!(ask(&again, "0 0 1 again")?.as_deref(), Some("put after it was restored"));
    again.close()
}

#[test]
fn ids_keep_their_order_though_some_are_missing() -> Outcome {
    let (cache, store) = stored()?;
    for number in 0..50 {
        cache.put(&format!("1 {number}"), &number.to_string())?;
    }
    for number in (0..50).filter(|number| number % 3 != 0) {
        cache.delete(format!("1 {number}").as_str())?;
    }
    cache.put("1 0", "again")?;
    let folder = tempfile::tempdir().expect("a directory for the test");
    let path = folder.path().join("backup.tar.gz");
    cache.dumps(&path)?;
    let restored = builder().load(&path)?;
    assert_eq!(entries(restored.store())?, entries(&*store)?);
    Ok(())
}

#[test]
fn embeddings_come_back_bit_for_bit() -> Outcome {
    let (cache, store) = stored()?;
    let bits = [0x7fc0_1234, 0xff80_0000, 0x8000_0000_u32].map(f32::from_bits);
    store.insert(Entry::new("n", "h").embedding(bits))?;
    store.insert(Entry::new("n", "i").embedding([f32::from_bits(1), f32::MAX, -0.0]))?;
    let folder = tempfile::tempdir().expect("a directory for the test");
    let path = folder.path().join("backup.tar.gz");
    cache.dumps(&path)?;
    assert_eq!(entries(builder().load(&path)?.store())?, entries(&*store)?);
    Ok(())
}

#[test]
fn many_entries_go_through_several_parts() -> Outcome {
    let (cache, store) = stored()?;
    let long = "long".repeat(1_000);
    for number in 0..3_000_u32 {
        store.insert(
            Entry::new("n", number.to_string()).response(format!("{number} {long}")).embedding([1.0; 3]),
        )?;
    }
    let folder = tempfile::tempdir().expect("a directory for the test");
    let path = folder.path().join("backup.tar.gz");
    cache.dumps(&path)?;
    let parts = unpack(&std::fs::read(&path).expect("it was written"));
    let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
    assert!(names.contains(&"entries/000003.jsonl"), "{names:?}");
    assert!(parts.iter().all(|part| part.content.len() < 5 << 20), "a part is bounded");
    let restored = builder().load(&path)?;
    assert_eq!(entries(restored.store())?, entries(&*store)?);
    Ok(())
}

#[test]
fn an_empty_cache_has_a_checkpoint_too() -> Outcome {
    let folder = tempfile::tempdir().expect("a directory for the test");
    let path = folder.path().join("backup.tar.gz");
    cache()?.dumps(&path)?;
    assert_eq!(builder().load(&path)?.stats()?.entries, 0);
    Ok(())
}

/// What is the same in a thousand places packs so tightly that a reader would take it for a trap; such a checkpoint is
/// written without compression.
#[test]
fn what_packs_too_tightly_is_not_packed() -> Outcome {
    let (cache, store) = stored()?;
    let response = "a".repeat(1 << 20);
    for number in 0..40 {
        store.insert(Entry::new("n", number.to_string()).response(response.as_str()).embedding([1.0; 3]))?;
    }
    let folder = tempfile::tempdir().expect("a directory for the test");
    let path = folder.path().join("backup.tar.gz");
    cache.dumps(&path)?;
    assert!(std::fs::metadata(&path).expect("it was written").len() > 40 << 20);
    assert_eq!(builder().load(&path)?.stats()?.entries, 40);
    Ok(())
}

#[test]
fn a_checkpoint_takes_the_place_of_an_older_one_or_leaves_it() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.dump()?;
    sample.cache.put("0 0 1", "later")?;
    sample.cache.dumps(&path)?;
    assert_eq!(builder().load(&path)?.stats()?.entries, 4);

    let before = std::fs::read(&path).expect("it was written");
    sample.cache.close()?;
    let error = sample.cache.dumps(&path).expect_err("the store is closed");
    assert_eq!(error.store_kind(), Some(ErrorKind::Closed));
    assert_eq!(std::fs::read(&path).expect("it is still there"), before);
    assert_eq!(sample.listing(), ["backup.tar.gz"]);
    Ok(())
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_nothing() -> Outcome {
    let sample = Sample::new()?;
    for path in [sample.path("no such folder/backup.tar.gz"), sample.path("..")] {
        let error = sample.cache.dumps(&path).expect_err("it cannot be written");
        assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint), "{error}");
    }
    std::fs::create_dir(sample.path("a folder")).expect("it is made");
    assert!(sample.cache.dumps(sample.path("a folder")).is_err());
    assert_eq!(sample.listing(), ["a folder"]);
    Ok(())
}

/// A process that is killed leaves what it was making beside its place.
#[cfg(unix)]
#[test]
fn what_was_left_half_made_goes_with_the_next() -> Outcome {
    let sample = Sample::new()?;
    let leave = |name: &str| {
        let left = sample.path(".mneme-1-0.partial");
        std::fs::create_dir(&left).expect("it is made");
        std::fs::write(left.join(name), "half of it").expect("it is written");
    };
    leave("copy");
    let path = sample.dump()?;
    assert_eq!(sample.listing(), ["backup.tar.gz"]);
    leave("copy-wal");
    load_database(&path, &sample.path("restored.db"))?.close()?;
    assert_eq!(sample.listing(), ["backup.tar.gz", "restored.db"]);
    Ok(())
}

#[test]
fn an_entry_that_a_reader_would_refuse_is_refused_when_it_is_dumped() -> Outcome {
    let (cache, store) = stored()?;
    store.insert(Entry::new("n", "h").response("x".repeat(17 << 20)).embedding([1.0; 3]))?;
    let folder = tempfile::tempdir().expect("a directory for the test");
    let error = cache.dumps(folder.path().join("backup.tar.gz")).expect_err("it is too large");
    assert!(error.to_string().contains("entry 1 has 1782"), "{error}");
    Ok(())
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    let sample = Sample::new()?;
    let path = sample.dump()?;
    load_database(&path, &sample.path("restored.db"))?.close()?;
    for file in [path, sample.path("restored.db")] {
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    Ok(())
}

#[test]
fn the_file_is_what_the_format_says() -> Outcome {
    let sample = Sample::new()?;
    let parts = sample.parts()?;
    let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "header.json",
            "entries/000001.f32",
            "entries/000001.jsonl",
            "quotas.jsonl",
            "meta.jsonl",
            "manifest.json"
        ]
    );
    assert_eq!(
        text(&parts, "header.json"),
        "{\"dimension\":3,\"fingerprint\":\"numbers:v1\",\"format\":\"mneme-checkpoint\",\"version\":1}\n"
    );
    assert_eq!(
        text(&parts, "quotas.jsonl"),
        "{\"namespace\":\"n\",\"quota\":5}\n{\"namespace\":\"without entries\",\"quota\":7}\n"
    );
    assert_eq!(
        text(&parts, "meta.jsonl"),
        "{\"key\":\"\",\"value\":\"empty key\"}\n{\"key\":\"made by\",\"value\":\"a test\"}\n"
    );
    let first = text(&parts, "entries/000001.jsonl").lines().next().expect("three lines");
    let first: serde_json::Value = serde_json::from_str(first).expect("it is JSON");
    assert_eq!((&first["id"], &first["ttl"], &first["access_count"]), (&1.into(), &60.into(), &1.into()));
    let vectors = &parts[1].content;
    assert_eq!(vectors[..12], [1.0_f32, 0.0, 0.0].map(f32::to_le_bytes).concat());
    // Made again by the text of the format alone, it is the same file.
    let again = pack(&with_manifest(parts));
    assert_eq!(load(&again)?.stats()?.entries, 3);
    Ok(())
}

#[test]
fn others_may_write_while_it_is_written() -> Outcome {
    let (cache, store) = stored()?;
    for number in 0..2_000 {
        store.insert(Entry::new("stays", number.to_string()).embedding([1.0; 3]))?;
    }
    let folder = tempfile::tempdir().expect("a directory for the test");
    let path = folder.path().join("backup.tar.gz");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| -> Outcome {
        let writer = scope.spawn(|| -> Outcome {
            let mut number = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                number = (number + 1) % 100;
                cache.put(&format!("1 {number}"), "comes and goes")?;
                cache.delete(format!("1 {}", (number + 50) % 100).as_str())?;
            }
            Ok(())
        });
        let dumped = cache.dumps(&path);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().expect("it does not panic")?;
        dumped
    })?;
    let restored = builder().load(&path)?;
    assert_eq!(restored.store().count(Some("stays"))?, 2_000);
    Ok(())
}

#[test]
fn a_store_that_holds_something_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.dump()?;
    let (first, store) = stored()?;
    first.put("0 0 1", "mine")?;
    let error = builder().store(Arc::clone(&store)).load(&path).expect_err("it holds an entry");
    assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint));
    assert_eq!(entries(&*store)?.len(), 1);

    let database = sample.path("restored.db");
    std::fs::write(&database, "").expect("it is written");
    let error = load_database(&path, &database).expect_err("something is there");
    assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint));
    assert_eq!(std::fs::read(&database).expect("it is still there"), b"");
    assert_eq!(sample.listing(), ["backup.tar.gz", "restored.db"]);
    Ok(())
}

#[test]
fn settings_hold_for_a_cache_that_is_loaded() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.dump()?;
    let log = Log::default();
    let cache = builder().threshold(0.5).limit(2).observer(log.clone()).load(&path)?;
    assert_eq!(cache.stats()?.entries, 2, "the limit holds");
    assert_eq!(log.take().len(), 1);
    assert!(builder().threshold(2.0).load(&path).is_err());
    Ok(())
}

#[test]
fn what_was_due_meanwhile_is_not_answered() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.dump()?;
    let later = mneme::ManualClock::at(1_060);
    let cache = builder().clock(later).load(&path)?;
    assert_eq!(ask(&cache, "1 0")?, None);
    assert_eq!(cache.stats()?.entries, 2);
    cache.put_answer(Answer::new("1 0", "new"))?;
    Ok(())
}
