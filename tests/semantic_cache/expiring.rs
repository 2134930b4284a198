use crate::doubles::{Outcome, ask, builder, timed};
use mneme::{
    Answer, Clock, Entry, Event, ManualClock, MemoryStore, Observer, Question, SemanticCache, Store,
    limits::MAX_NUMBER,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

#[test]
fn an_answer_is_good_until_its_ttl_has_passed() -> Outcome {
    for query in ["1 0", "1 0 again"] {
        let (cache, clock) = timed(|builder| builder)?;
        cache.put_answer(Answer::new("1 0", "a").ttl(60))?;
        clock.advance(59);
        assert_eq!(ask(&cache, query)?.as_deref(), Some("a"));
        clock.advance(1);
        assert_eq!(ask(&cache, query)?, None, "at exactly its ttl it is due");
        let stats = cache.stats()?;
        assert_eq!((stats.entries, stats.expirations), (0, 1), "what was met is removed");
    }
    Ok(())
}

#[test]
fn the_ttl_of_the_cache_holds_where_an_answer_says_nothing() -> Outcome {
    let (cache, clock) = timed(|builder| builder.ttl(10))?;
    cache.put("1 0", "default")?;
    cache.put_answer(Answer::new("0 1", "longer").ttl(20))?;
    cache.put_answer(Answer::new("0 0 1", "for ever").without_ttl())?;
    clock.advance(10);
    assert_eq!(ask(&cache, "1 0")?, None);
    assert_eq!(ask(&cache, "0 1")?.as_deref(), Some("longer"));
    clock.set(MAX_NUMBER);
    assert_eq!(ask(&cache, "0 1")?, None);
    assert_eq!(ask(&cache, "0 0 1")?.as_deref(), Some("for ever"));
    Ok(())
}

#[test]
fn a_ttl_of_0_is_never_answered() -> Outcome {
    let (cache, _) = timed(|builder| builder)?;
    cache.put_answer(Answer::new("1 0", "a").ttl(0))?;
    assert_eq!(ask(&cache, "1 0 again")?, None);
    assert_eq!(ask(&cache, "1 0")?, None);
    assert_eq!(cache.stats()?.entries, 0);
    Ok(())
}

#[test]
fn what_is_due_hides_nothing_that_is_good() -> Outcome {
    let (cache, clock) = timed(|builder| builder)?;
    for number in 0..100 {
        cache.put_answer(Answer::new(format!("1 0 due{number}"), "due").ttl(5))?;
    }
    cache.put("1 0.1", "good")?;
    clock.advance(5);
    assert_eq!(ask(&cache, "1 0 again")?.as_deref(), Some("good"));
    Ok(())
}

#[test]
fn an_expiry_stays_in_its_namespace_and_vacuum_takes_all() -> Outcome {
    let (cache, clock) = timed(|builder| builder)?;
    for namespace in ["a", "b", "c"] {
        cache.put_answer(Answer::new("1 0", "x").namespace(namespace).ttl(5))?;
    }
    cache.put("1 0", "stays")?;
    clock.advance(5);
    assert_eq!(ask(&cache, Question::new("1 0").namespace("a"))?, None);
    assert_eq!(cache.namespaces()?, ["", "b", "c"]);
    assert_eq!(cache.vacuum()?, 2);
    assert_eq!(cache.vacuum()?, 0);
    assert_eq!(cache.namespaces()?, [""]);
    assert_eq!(cache.health()?.indexed, 1);
    Ok(())
}

#[test]
fn putting_again_begins_a_new_life() -> Outcome {
    let (cache, clock) = timed(|builder| builder)?;
    cache.put_answer(Answer::new("1 0", "old").ttl(10))?;
    clock.advance(9);
    cache.put_answer(Answer::new("1 0", "new").ttl(10))?;
    clock.advance(9);
    for query in ["1 0 again", "1 0"] {
        assert_eq!(ask(&cache, query)?.as_deref(), Some("new"));
    }
    Ok(())
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_older() -> Outcome {
    let (cache, clock) = timed(|builder| builder)?;
    cache.put_answer(Answer::new("1 0", "a").ttl(10))?;
    clock.set(5);
    let hit = cache.get("1 0")?.expect("it is not due");
    assert_eq!(hit.age, 0);
    Ok(())
}

#[test]
fn a_clock_past_every_number_stands_still() -> Outcome {
    let cache = builder().clock(ManualClock::at(u64::MAX)).build()?;
    cache.put_answer(Answer::new("1 0", "a").ttl(10))?;
    assert_eq!(ask(&cache, "1 0 again")?.as_deref(), Some("a"));
    Ok(())
}

/// The entry looks due to the cache, and is replaced before the cache can remove it: the removal goes by time, and the
/// new answer stays.
/// Replaces the only entry of a store as another cache would, at one reading of the clock, which then says 2,000.
struct ReplacedMeanwhile {
    store: Arc<MemoryStore>,
    times_read: AtomicU64,
    /// What becomes of it.
    replaced: fn(Entry) -> Entry,
}

impl Clock for ReplacedMeanwhile {
    fn now(&self) -> u64 {
        // The first reading is that of the put, the second that of the get.
        if self.times_read.fetch_add(1, Ordering::Relaxed) == 1 {
            let mut entries = self.store.iter_all().expect("it is open");
            let stored = entries.next().expect("it was put").expect("it is read");
            self.store.insert((self.replaced)(stored.entry.clone())).expect("it is open");
            return 2_000;
        }
        1_000
    }
}

fn replaced_meanwhile(
    replaced: fn(Entry) -> Entry,
) -> Result<(SemanticCache, Arc<MemoryStore>), mneme::CacheError> {
    let store = Arc::new(MemoryStore::new());
    let clock = ReplacedMeanwhile { store: Arc::clone(&store), times_read: AtomicU64::new(0), replaced };
    Ok((builder().store(Arc::clone(&store)).clock(clock).build()?, store))
}

#[test]
fn an_answer_that_comes_between_looking_and_removing_stays() -> Outcome {
    let (cache, store) = replaced_meanwhile(|stale| stale.response("fresh").created_at(2_000))?;
    cache.put_answer(Answer::new("1 0", "stale").ttl(10))?;
    // The entry was already looked up when it is replaced.
    assert_eq!(ask(&cache, Question::new("1 0").exact_only())?, None);
    assert_eq!(store.count(None)?, 1);
    assert_eq!(ask(&cache, "1 0")?.as_deref(), Some("fresh"));
    Ok(())
}

#[test]
fn what_became_due_after_the_index_had_followed_is_no_answer() -> Outcome {
    let (cache, _) = replaced_meanwhile(|good| good.response("due").ttl(10))?;
    cache.put("1 0", "good")?;
    // The index knows the entry as one that is never due.
    assert_eq!(ask(&cache, "2 0")?, None);
    Ok(())
}

/// Adds up what went.
struct Expired(Arc<AtomicU64>);

impl Observer for Expired {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Expired { count, .. } = event {
            self.0.fetch_add(*count, Ordering::Relaxed);
        }
    }
}

#[test]
fn the_observer_is_told_how_many_went() -> Outcome {
    let gone = Arc::new(AtomicU64::new(0));
    let (cache, clock) = timed(|builder| builder.observer(Expired(Arc::clone(&gone))))?;
    cache.put_many((0..3).map(|number| Answer::new(format!("1 {number}"), "a").ttl(1)))?;
    clock.advance(1);
    cache.vacuum()?;
    assert_eq!(gone.load(Ordering::Relaxed), 3);
    assert_eq!(cache.stats()?.expirations, 3);
    Ok(())
}
