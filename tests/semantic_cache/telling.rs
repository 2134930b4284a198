use crate::doubles::{Log, Outcome, builder, cache, timed};
use mneme::{Answer, Layer, Oldest, Question};

#[test]
fn stats_count_what_happened() -> Outcome {
    let (cache, clock) = timed(|builder| builder.quota("", 2))?;
    cache.put("1 0", "a")?;
    cache.put("0 1", "b")?;
    cache.put("0 0 1", "c")?;
    cache.get("0 1")?.expect("an exact hit");
    cache.get("0 1 again")?.expect("a semantic hit");
    cache.get("0 0.99 0.1")?.expect("a semantic hit");
    assert_eq!(cache.get("-1 0")?, None);
    cache.put_answer(Answer::new("1 0", "d").namespace("n").ttl(1))?;
    clock.advance(1);
    assert_eq!(cache.get(Question::new("1 0").namespace("n"))?, None);
    let stats = cache.stats()?;
    assert_eq!((stats.entries, stats.puts), (2, 4));
    assert_eq!((stats.exact_hits, stats.semantic_hits, stats.misses), (1, 2, 2));
    assert_eq!((stats.evictions, stats.expirations, stats.embedder_failures), (1, 1, 0));
    assert!(stats.index_bytes > 0);
    Ok(())
}

#[test]
fn health_tells_of_the_store_and_the_oldest_entry() -> Outcome {
    let (cache, clock) = timed(|builder| builder)?;
    assert_eq!(cache.health()?.oldest, None);
    let first = cache.put("1 0", "a")?;
    clock.advance(5);
    let second = cache.put("0 1", "b")?;
    clock.advance(5);
    let oldest = cache.health()?.oldest.expect("two entries");
    assert_eq!((oldest.id, oldest.created_at, oldest.age), (first, 1_000, 10));
    // The first one is made again, and so the second is the oldest now, though its id is greater.
    cache.put("1 0", "a")?;
    let health = cache.health()?;
    assert_eq!(health.oldest.map(|Oldest { id, .. }| id), Some(second));
    assert!(health.is_healthy() && health.is_sound && health.identity_matches);
    assert_eq!(health.identity.as_ref(), Some(cache.identity()));
    assert_eq!(health.to_string(), "sound, its own embedder, 2 entries, 2 indexed, the oldest is 2 with 5 s");
    Ok(())
}

#[test]
fn an_observer_is_told_of_an_embedder_that_fails_on_an_answer() -> Outcome {
    let log = Log::default();
    let cache = builder().observer(log.clone()).build()?;
    cache.put_answer(Answer::new("fail", "a").namespace("n")).expect_err("the embedder fails");
    cache.put_many([Answer::new("1 0", "a"), Answer::new("fail", "b")]).expect_err("the embedder fails");
    let events = log.take();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events.iter().all(|event| event.starts_with("EmbedderFailed")), "{events:?}");
    assert!(events[0].contains("\"n\"") && events[0].contains("no embedder today"), "{events:?}");
    Ok(())
}

#[test]
fn an_observer_is_told_what_happens_in_its_order() -> Outcome {
    let log = Log::default();
    let cache = builder().observer(log.clone()).quota("", 1).build()?;
    cache.put("1 0", "a")?;
    cache.get("1 0")?;
    cache.get("0 1")?;
    cache.put("0 1", "b")?;
    cache.delete("0 1")?;
    cache.clear_namespace("")?;
    let kinds: Vec<_> =
        log.take().iter().map(|event| event.split(' ').next().unwrap_or_default().to_owned()).collect();
    assert_eq!(kinds, ["Put", "Hit", "Miss", "Put", "Evicted", "Deleted", "Cleared"]);
    Ok(())
}

#[test]
fn an_observer_may_call_the_cache() -> Outcome {
    struct AsksBack(std::sync::OnceLock<std::sync::Weak<mneme::SemanticCache>>);
    impl mneme::Observer for AsksBack {
        fn observe(&self, event: &mneme::Event<'_>) {
            let Some(cache) = self.0.get().and_then(std::sync::Weak::upgrade) else { return };
            if let mneme::Event::Evicted { .. } | mneme::Event::Deleted { .. } = event {
                cache.put("0 1", "put by the observer").expect("it may be put");
            }
            cache.stats().expect("they may be read");
            cache.nearest("1 0", 3).expect("it may be searched");
        }
    }
    let observer = std::sync::Arc::new(AsksBack(std::sync::OnceLock::new()));
    let cache = builder().observer(std::sync::Arc::clone(&observer)).quota("", 2).build()?;
    let cache = std::sync::Arc::new(cache);
    observer.0.set(std::sync::Arc::downgrade(&cache)).expect("it is set once");
    cache.put("1 0", "a")?;
    cache.delete("1 0")?;
    assert_eq!(crate::doubles::ask(&cache, "0 1")?.as_deref(), Some("put by the observer"));
    for number in 0..5 {
        cache.put(&format!("1 {number}"), "b")?;
    }
    assert!(cache.stats()?.entries <= 2);
    Ok(())
}

#[test]
fn texts_say_what_a_person_needs() -> Outcome {
    let cache = cache()?;
    cache.put("1 0", "a secret")?;
    let hit = cache.get("0.6 0.1")?.expect("it is near");
    assert_eq!(hit.layer, Layer::Semantic);
    assert_eq!(hit.to_string(), "semantic hit on \"1 0\", score 0.986, 0 s old");
    assert_eq!(cache.nearest("0 1", 1)?[0].to_string(), "0.000  \"1 0\"");
    let debug = format!("{cache:?}");
    assert!(debug.contains("numbers:v1") && !debug.contains("secret"), "{debug}");
    Ok(())
}
