use crate::{embedder::Clusters, timing::print};
use mneme::{CacheError, Question, SemanticCache};
use std::{
    collections::HashSet,
    thread,
    time::{Duration, Instant},
};

const THREADS: usize = 8;
const KEYS: usize = 500;

/// Each thread has keys of its own and knows which of them are stored, so it sees at once when one is lost. At the end
/// the store must hold what all threads know, and the index what the store holds.
pub(crate) fn run(length: Duration) -> Result<(), CacheError> {
    let cache = SemanticCache::builder(Clusters).build()?;
    let start = Instant::now();
    let known: Vec<(HashSet<usize>, u64)> = thread::scope(|scope| {
        let cache = &cache;
        let run = |thread| scope.spawn(move || one(cache, thread * KEYS, start, length));
        let threads: Vec<_> = (0..THREADS).map(run).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect::<Result<_, _>>()
    })?;
    let health = cache.health()?;
    let expected: usize = known.iter().map(|(known, _)| known.len()).sum();
    assert_eq!((health.entries, health.indexed), (expected as u64, expected as u64), "entries were lost");
    for key in known.iter().flat_map(|(known, _)| known) {
        let question = Clusters::stored(*key);
        assert!(cache.get(Question::new(&question).exact_only())?.is_some(), "{question} was lost");
        assert!(cache.get(Clusters::asked(*key).as_str())?.is_some(), "{question} is not in the index");
    }
    let operations: u64 = known.iter().map(|(_, operations)| operations).sum();
    print(&format!(
        "{THREADS} threads, {} s, {operations} operations: no entry was lost, and {expected} are left",
        length.as_secs()
    ));
    Ok(())
}

fn one(
    cache: &SemanticCache,
    first: usize,
    start: Instant,
    length: Duration,
) -> Result<(HashSet<usize>, u64), CacheError> {
    let (mut known, mut operations, mut state) = (HashSet::new(), 0, first as u64 + 1);
    while start.elapsed() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = first + usize::try_from(state >> 33).expect("it fits") % KEYS;
        let question = Clusters::stored(key);
        match (state >> 20) % 4 {
            0 => {
                cache.put(&question, &question)?;
                known.insert(key);
            }
            1 => assert_eq!(cache.delete(question.as_str())?, known.remove(&key), "{question}"),
            2 => {
                let hit = cache.get(Question::new(&question).exact_only())?;
                assert_eq!(hit.is_some(), known.contains(&key), "{question}");
            }
            _ => {
                let hit = cache.get(Clusters::asked(key).as_str())?;
                assert!(hit.is_some() || !known.contains(&key), "{question} is not found by what it means");
            }
        }
        operations += 1;
    }
    Ok((known, operations))
}
