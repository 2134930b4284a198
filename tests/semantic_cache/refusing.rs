use crate::doubles::{Log, Numbers, Outcome, ask, builder, cache, stored};
use mneme::{
    Answer, CacheError, Candidate, Embedder, Entry, Error, ErrorKind, Layer, MemoryStore, Miss, Question,
    SemanticCache, Store, embedder_fn,
};
use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

#[test]
fn an_embedder_that_fails_on_a_question_makes_a_miss() -> Outcome {
    let log = Log::default();
    let cache = builder().observer(log.clone()).build()?;
    assert_eq!(cache.get("fail")?, None);
    let stats = cache.stats()?;
    assert_eq!((stats.misses, stats.embedder_failures), (1, 1));
    let events = log.take();
    assert!(events[0].starts_with("EmbedderFailed") && events[0].contains("no embedder today"), "{events:?}");
    assert!(events[1].contains("EmbedderFailed"), "{events:?}");
    Ok(())
}

#[test]
fn an_embedder_that_fails_on_an_answer_stores_nothing() -> Outcome {
    let cache = cache()?;
    let error = cache.put("fail", "a").expect_err("the embedder fails");
    assert!(matches!(error, CacheError::Embedder { .. }));
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no embedder today"));
    assert_eq!(error.to_string(), "the embedder could not embed a text of 4 bytes");

    let many = cache.put_many([Answer::new("1 0", "a"), Answer::new("fail", "b")]);
    assert!(matches!(&many, Err(CacheError::Embedder { .. })));
    assert_eq!(
        many.map_err(|error| error.to_string()),
        Err("the embedder could not embed 2 texts of 7 bytes".into())
    );
    assert_eq!(cache.stats()?.entries, 0);
    Ok(())
}

#[test]
fn a_vector_without_a_direction_is_refused() -> Outcome {
    let cache = cache()?;
    for (text, reason) in [
        ("0 0 0", "every number of it is 0"),
        ("1 NaN 0", "number 1 of it is NaN"),
        ("1 0 -inf", "number 2 of it is -inf"),
        ("1 0 as it is", "it has 2 numbers, and the dimension is 3"),
        ("as it is", "it has 0 numbers, and the dimension is 3"),
    ] {
        let error = cache.put(text, "a").expect_err(text);
        assert_eq!(
            error.to_string(),
            format!("the embedder gave an unusable vector for a text of {} bytes: {reason}", text.len())
        );
        assert_eq!(cache.get(text)?, None, "{text}");
    }
    let error = cache.put("0", "a").expect_err("it has no direction");
    assert_eq!(
        error.to_string(),
        "the embedder gave an unusable vector for a text of 1 byte: every number of it is 0"
    );
    let error =
        cache.put_many([Answer::new("1 0", "a"), Answer::new("0 0", "b")]).expect_err("the second has none");
    assert_eq!(
        error.to_string(),
        "the embedder gave an unusable vector for text 2 of 2, of 3 bytes: every number of it is 0"
    );
    let stats = cache.stats()?;
    assert_eq!((stats.entries, stats.misses, stats.embedder_failures), (0, 5, 5));
    Ok(())
}

#[test]
fn what_others_stored_without_a_direction_is_near_to_nothing() -> Outcome {
    let (cache, store) = stored()?;
    for (number, embedding) in
        [[0.0; 3], [f32::NAN, 1.0, 0.0], [f32::INFINITY, 0.0, 0.0]].into_iter().enumerate()
    {
        store.insert(Entry::new("", number.to_string()).query("no direction").embedding(embedding))?;
    }
    store.insert(Entry::new("", "h").query("twice as long").response("a").embedding([0.0, 2.0, 0.0]))?;
    let all = Question::new("0 1").threshold(-1.0);
    let hit = cache.get(all)?.expect("one has a direction");
    assert_eq!((hit.query.as_str(), hit.score), ("twice as long", 1.0));
    assert_eq!(cache.nearest("0 1", 9)?.len(), 1);
    assert_eq!(cache.health()?.indexed, 4);
    Ok(())
}

#[test]
fn a_wrong_embedder_is_an_error_before_anything_is_read_or_written() -> Outcome {
    let store = Arc::new(MemoryStore::new());
    builder().store(Arc::clone(&store)).build()?.put("1 0", "a")?;
    let version = store.version_counter()?;

    let other = embedder_fn("other:v1", 3, |_: &str| Ok(vec![1.0; 3]));
    let error = SemanticCache::builder(other)
        .store(Arc::clone(&store))
        .quota("a", 7)
        .build()
        .expect_err("another one");
    assert_eq!(error.store_kind(), Some(ErrorKind::FingerprintMismatch));
    let longer = embedder_fn("numbers:v1", 4, |_: &str| Ok(vec![1.0; 4]));
    let error =
        SemanticCache::builder(longer).store(Arc::clone(&store)).build().expect_err("another dimension");
    assert!(matches!(error, CacheError::Store(Error::DimensionMismatch { stored: 3, supplied: 4 })));

    assert_eq!(store.version_counter()?, version);
    assert_eq!(store.get_namespace_quota("a")?, None);
    Ok(())
}

#[test]
#[cfg(feature = "sqlite")]
fn a_wrong_embedder_is_an_error_that_names_the_file_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("cache.db");
    builder().path(&file).build().and_then(|cache| cache.close()).expect("a cache");
    for (fingerprint, dimension) in [("other:v1", 3), ("numbers:v1", 4)] {
        let other = embedder_fn(fingerprint, dimension, move |_: &str| Ok(vec![1.0; dimension]));
        let error = SemanticCache::builder(other).path(&file).build().expect_err("another embedder");
        assert_eq!(
            error.to_string(),
            format!(
                "another embedder filled {}: open it with that one, or build a cache in another place",
                file.display()
            )
        );
        let cause = error.source().map(ToString::to_string).expect("what the store says");
        assert!(cause.contains("mismatch: the store "), "{cause}");
    }
}

#[test]
fn the_reason_of_a_miss_is_told() -> Outcome {
    let cache = builder().validator(|candidate| candidate.entry.response != "wrong").build()?;
    cache.put("1 0", "wrong")?;
    cache.put("0 1", "right")?;
    assert_eq!(cache.ask("1 0")?.map(|hit| hit.id), Err(Miss::Refused));
    assert_eq!(cache.ask(Question::new("1 0").exact_only())?.map(|hit| hit.id), Err(Miss::Refused));
    assert_eq!(cache.ask("0 0 1")?.map(|hit| hit.id), Err(Miss::NotFound));
    assert_eq!(cache.ask("fail")?.map(|hit| hit.id), Err(Miss::EmbedderFailed));
    assert_eq!(cache.ask("0 1")?.map(|hit| hit.response.clone()), Ok("right".to_owned()));
    let stats = cache.stats()?;
    assert_eq!((stats.misses, stats.exact_hits, stats.embedder_failures), (4, 1, 1));
    Ok(())
}

#[test]
fn a_validator_decides_who_answers() -> Outcome {
    let cache =
        builder().threshold(0.5).validator(|candidate| candidate.entry.response != "wrong").build()?;
    cache.put("1 0", "wrong")?;
    cache.put("0.9 0.1", "right")?;
    // The exact hit is refused, and so is the same entry as the nearest one; the next one answers.
    let hit = cache.get("1 0")?.expect("there is another one");
    assert_eq!((hit.layer, hit.response.as_str()), (Layer::Semantic, "right"));
    assert_eq!(ask(&cache, Question::new("1 0").exact_only())?, None);
    Ok(())
}

#[test]
fn a_validator_is_asked_once_about_an_entry() -> Outcome {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let refusing = move |_: &Candidate<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    let cache = builder().validator(refusing).build()?;
    cache.put("1 0", "a")?;
    // It is found by its hash, and would be found as the nearest one again.
    assert_eq!(cache.get("1 0")?, None);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    Ok(())
}

#[test]
fn a_validator_sees_the_question_the_score_and_the_age() -> Outcome {
    let (cache, clock) = crate::doubles::timed(|builder| {
        builder.threshold(0.5).validator(|candidate| {
            assert_eq!(candidate.question, "0.6 0.8");
            assert_eq!((candidate.layer, candidate.score, candidate.age), (Layer::Semantic, 0.6, 40));
            true
        })
    })?;
    cache.put("1 0", "a")?;
    clock.advance(40);
    assert_eq!(cache.get("0.6 0.8")?.map(|hit| hit.age), Some(40));
    Ok(())
}

#[test]
fn the_one_that_may_answer_is_found_behind_many_that_may_not() -> Outcome {
    let cache = builder().validator(|candidate| candidate.entry.response == "right").build()?;
    cache
        .put_many((0..200).map(|number| Answer::new(format!("1 0 {}", f64::from(number) * 1e-4), "wrong")))?;
    cache.put("1 0.2", "right")?;
    assert_eq!(ask(&cache, "1 0 again")?.as_deref(), Some("right"));
    Ok(())
}

#[test]
fn confidence_is_reported_and_bounded() -> Outcome {
    let cache = builder()
        .threshold(0.5)
        .confidence(
            |candidate| if candidate.entry.response == "nothing" { f32::NAN } else { candidate.score / 2.0 },
        )
        .least_confidence(0.4)
        .build()?;
    cache.put("1 0", "a")?;
    cache.put("0 0 1", "nothing")?;
    assert_eq!(cache.get("1 0")?.map(|hit| (hit.score, hit.confidence)), Some((1.0, 0.5)));
    assert_eq!(cache.get("0.6 0.8")?, None, "0.3 is too little");
    assert!(cache.get("0.8 0.6")?.is_some(), "0.4 is what it must at least be");
    assert_eq!(cache.get("0 0 1")?, None, "NaN is no confidence");
    assert!(matches!(
        builder().least_confidence(f32::NAN).build(),
        Err(CacheError::InvalidArgument { argument: "least_confidence", .. })
    ));
    Ok(())
}

#[test]
fn without_a_confidence_function_it_is_the_score() -> Outcome {
    let cache = builder().threshold(0.5).build()?;
    cache.put("1 0", "a")?;
    assert_eq!(cache.get("0.6 0.8")?.map(|hit| hit.confidence), Some(0.6));
    Ok(())
}

#[test]
fn an_embedder_behind_a_pointer_is_one() -> Outcome {
    let embedder = Arc::new(Numbers::default());
    let cache = SemanticCache::builder(Arc::clone(&embedder)).build()?;
    cache.put("1 0", "a")?;
    assert_eq!(embedder.calls.load(Ordering::Relaxed), 1);
    assert_eq!(cache.identity().fingerprint, embedder.fingerprint());
    Ok(())
}
