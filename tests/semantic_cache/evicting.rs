use crate::doubles::{Log, Outcome, ask, builder, cache, timed};
use mneme::{Answer, CacheBuilder, Event, ManualClock, MemoryStore, Observer, Question, SemanticCache};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

fn put(cache: &SemanticCache, namespace: &str, numbers: std::ops::Range<u32>) -> Outcome {
    for number in numbers {
        cache.put_answer(Answer::new(format!("1 {number}"), number.to_string()).namespace(namespace))?;
    }
    Ok(())
}

fn held(cache: &SemanticCache, namespace: &str) -> Result<Vec<String>, mneme::CacheError> {
    let entries = cache.store().iter_all()?;
    let held = entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.namespace == namespace));
    Ok(held.map(|entry| entry.map(|entry| entry.response.clone())).collect::<Result<_, _>>()?)
}

#[test]
fn a_quota_keeps_the_most_recently_used() -> Outcome {
    let (cache, clock) = timed(|builder| builder.quota("a", 3))?;
    put(&cache, "a", 0..3)?;
    put(&cache, "b", 0..9)?;
    clock.advance(1);
    cache.get(Question::new("1 0").namespace("a"))?.expect("it is there");
    clock.advance(1);
    put(&cache, "a", 3..5)?;
    assert_eq!(held(&cache, "a")?, ["0", "3", "4"]);
    assert_eq!(held(&cache, "b")?.len(), 9, "another namespace's quota is not its own");
    assert_eq!(cache.stats()?.evictions, 2);
    // What was evicted is out of the index too.
    assert_eq!(cache.health()?.indexed, 12);
    Ok(())
}

#[test]
fn a_limit_is_that_of_all_namespaces() -> Outcome {
    let (cache, clock) = timed(|builder| builder.limit(4))?;
    put(&cache, "a", 0..2)?;
    clock.advance(1);
    put(&cache, "b", 0..4)?;
    assert_eq!(held(&cache, "a")?, [""; 0]);
    assert_eq!(held(&cache, "b")?, ["0", "1", "2", "3"]);
    Ok(())
}

#[test]
fn replacing_evicts_nothing() -> Outcome {
    let cache = builder().quota("", 2).limit(2).build()?;
    put(&cache, "", 0..2)?;
    put(&cache, "", 0..2)?;
    assert_eq!(cache.stats()?.evictions, 0);
    Ok(())
}

/// Puts a live answer, one that is due 95 seconds ago by the end, and a third.
fn put_beside_a_due_one(cache: &SemanticCache, clock: &ManualClock) -> Outcome {
    cache.put("1 0", "live old")?;
    clock.advance(1);
    cache.put_answer(Answer::new("0 1", "dead soon").ttl(5))?;
    clock.advance(100);
    cache.put("0 0 1", "third")?;
    Ok(())
}

#[test]
fn what_is_due_goes_before_anything_that_lives() -> Outcome {
    type Bound = fn(CacheBuilder) -> CacheBuilder;
    let quota: Bound = |builder| builder.quota("", 2);
    let limit: Bound = |builder| builder.limit(2);
    for (bound, scope) in [(quota, "Some(\"\")"), (limit, "None")] {
        let log = Log::default();
        let (cache, clock) = timed(|builder| bound(builder).observer(log.clone()))?;
        put_beside_a_due_one(&cache, &clock)?;
        assert_eq!(held(&cache, "")?, ["live old", "third"], "{scope}");
        let stats = cache.stats()?;
        assert_eq!((stats.evictions, stats.expirations), (0, 1), "{scope}");
        let gone: Vec<_> = log.take().into_iter().filter(|event| !event.starts_with("Put")).collect();
        assert_eq!(gone, [format!("Expired {{ namespace: {scope}, count: 1 }}")]);
        assert_eq!(cache.health()?.indexed, 2);
    }
    Ok(())
}

#[test]
fn a_quota_removes_what_is_due_in_its_own_namespace_alone() -> Outcome {
    let (cache, clock) = timed(|builder| builder.quota("a", 1))?;
    cache.put_answer(Answer::new("1 0", "due").namespace("b").ttl(5))?;
    clock.advance(5);
    put(&cache, "a", 0..2)?;
    assert_eq!((held(&cache, "a")?, held(&cache, "b")?), (vec!["1".to_owned()], vec!["due".to_owned()]));
    Ok(())
}

#[test]
fn what_is_due_stays_while_there_is_room() -> Outcome {
    let (cache, clock) = timed(|builder| builder.quota("", 3).limit(3))?;
    put_beside_a_due_one(&cache, &clock)?;
    assert_eq!(held(&cache, "")?, ["live old", "dead soon", "third"]);
    Ok(())
}

#[test]
fn what_lives_goes_where_removing_what_is_due_is_not_enough() -> Outcome {
    let (cache, clock) = timed(|builder| builder)?;
    put_beside_a_due_one(&cache, &clock)?;
    cache.set_quota("", 1)?;
    assert_eq!(held(&cache, "")?, ["third"]);
    let stats = cache.stats()?;
    assert_eq!((stats.evictions, stats.expirations), (1, 1));
    Ok(())
}

#[test]
fn a_smaller_quota_evicts_at_once() -> Outcome {
    let cache = cache()?;
    put(&cache, "a", 0..600)?;
    cache.set_quota("a", 5)?;
    assert_eq!(held(&cache, "a")?, ["595", "596", "597", "598", "599"]);
    assert_eq!(cache.quota("a")?, Some(5));
    assert_eq!(cache.quota("b")?, None);
    Ok(())
}

#[test]
fn a_quota_of_0_keeps_nothing() -> Outcome {
    let cache = builder().quota("a", 0).build()?;
    put(&cache, "a", 0..2)?;
    put(&cache, "b", 0..2)?;
    assert_eq!(cache.namespaces()?, ["b"]);
    Ok(())
}

#[test]
fn what_was_just_put_stays_though_the_clock_was_set_back() -> Outcome {
    let (cache, clock) = timed(|builder| builder.quota("", 2).limit(2))?;
    put(&cache, "", 0..2)?;
    clock.set(1);
    put(&cache, "", 2..3)?;
    assert_eq!(held(&cache, "")?, ["1", "2"]);
    Ok(())
}

#[test]
fn a_cache_over_a_fuller_store_evicts_when_it_is_built() -> Outcome {
    let (first, store) = crate::doubles::stored()?;
    put(&first, "a", 0..10)?;
    let second = builder().store(store).limit(3).build()?;
    assert_eq!(held(&second, "a")?, ["7", "8", "9"]);
    Ok(())
}

#[test]
fn many_answers_at_once_keep_to_the_quota() -> Outcome {
    let cache = builder().quota("", 10).build()?;
    cache.put_many((0..700).map(|number| Answer::new(format!("1 {number}"), number.to_string())))?;
    assert_eq!(cache.store().count(None)?, 10);
    assert_eq!(ask(&cache, "1 699")?.as_deref(), Some("699"));
    assert_eq!(cache.stats()?.evictions, 690);
    Ok(())
}

#[test]
fn vacuum_brings_what_another_cache_put_down_to_the_limit() -> Outcome {
    let store = Arc::new(MemoryStore::new());
    let limited = builder().store(Arc::clone(&store)).limit(2).build()?;
    let other = builder().store(store).build()?;
    put(&other, "a", 0..5)?;
    assert_eq!(limited.vacuum()?, 0, "nothing was due");
    assert_eq!(held(&limited, "a")?, ["3", "4"]);
    assert_eq!(limited.stats()?.evictions, 3);
    Ok(())
}

#[test]
fn an_observer_that_panics_keeps_no_later_put_from_evicting() -> Outcome {
    struct PanicsOnce(AtomicBool);
    impl Observer for PanicsOnce {
        fn observe(&self, event: &Event<'_>) {
            let is_eviction = matches!(event, Event::Evicted { .. });
            assert!(!is_eviction || self.0.swap(true, Ordering::Relaxed), "the observer's own panic");
        }
    }
    let cache = builder().limit(1).observer(PanicsOnce(AtomicBool::new(false))).build()?;
    cache.put("1 0", "a")?;
    catch_unwind(AssertUnwindSafe(|| cache.put("0 1", "b"))).expect_err("the observer panics");
    cache.put("0 0 1", "c")?;
    assert_eq!(held(&cache, "")?, ["c"]);
    Ok(())
}
