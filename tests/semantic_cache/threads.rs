use crate::doubles::{Numbers, Outcome, ask, builder, cache};
use mneme::{EmbedError, Embedder, SemanticCache};
use std::{
    sync::{Arc, Barrier, mpsc},
    thread,
};

/// An embedder that waits on `wait`, and tells the test that it has begun.
struct Blocks {
    begun: mpsc::SyncSender<()>,
    release: std::sync::Mutex<mpsc::Receiver<()>>,
}

impl Embedder for Blocks {
    fn fingerprint(&self) -> String {
        "numbers:v1".into()
    }
    fn dimension(&self) -> usize {
        3
    }
    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        if text.contains("wait") {
            self.begun.send(())?;
            self.release.lock().expect("one waits at a time").recv()?;
        }
        Numbers::default().embed(text)
    }
}

#[test]
fn no_lock_is_held_while_the_embedder_runs() -> Outcome {
    for waits_in_put in [true, false] {
        let (begun, has_begun) = mpsc::sync_channel(1);
        let (release, released) = mpsc::channel();
        let embedder = Blocks { begun, release: released.into() };
        let cache = SemanticCache::builder(embedder).build()?;
        thread::scope(|scope| -> Outcome {
            let cache = &cache;
            let waits = scope.spawn(move || -> Outcome {
                if waits_in_put {
                    cache.put("wait 1 0", "a").map(drop)
                } else {
                    cache.get("wait 1 0").map(drop)
                }
            });
            has_begun.recv().expect("the embedder begins");
            // Every operation of the cache comes to its end meanwhile.
            cache.put("0 1", "b")?;
            assert_eq!(ask(cache, "0 1")?.as_deref(), Some("b"));
            assert_eq!(ask(cache, "0 1 again")?.as_deref(), Some("b"));
            cache.set_quota("", 5)?;
            cache.delete("0 1")?;
            cache.clear()?;
            cache.vacuum()?;
            cache.stats()?;
            cache.health()?;
            release.send(()).expect("the embedder waits");
            waits.join().expect("it does not panic")
        })?;
    }
    Ok(())
}

#[test]
fn threads_that_put_get_and_delete_lose_nothing() -> Outcome {
    const THREADS: usize = 8;
    const ROUNDS: usize = 300;
    let cache = cache()?;
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (cache, start) = (&cache, &start);
                scope.spawn(move || -> Outcome {
                    start.wait();
                    for round in 0..ROUNDS {
                        let question = format!("{} {} 1 t{thread}", thread + 1, round);
                        cache.put(&question, &question)?;
                        // Its own writes are seen at once, by both layers.
                        assert_eq!(ask(cache, question.as_str())?.as_deref(), Some(question.as_str()));
                        let again = format!("{question} again");
                        let hit = cache.get(again.as_str())?.expect("something is that near");
                        assert!(hit.score > 0.999_999, "{again}: {hit}");
                        if round % 3 == 0 {
                            assert!(cache.delete(question.as_str())?);
                            assert_eq!(ask(cache, mneme::Question::new(&question).exact_only())?, None);
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    let left = THREADS * (ROUNDS - ROUNDS.div_ceil(3));
    let health = cache.health()?;
    assert_eq!((health.entries, health.indexed), (left as u64, left as u64));
    for thread in 0..THREADS {
        for round in (0..ROUNDS).filter(|round| round % 3 != 0) {
            let question = format!("{} {} 1 t{thread}", thread + 1, round);
            assert_eq!(ask(&cache, question.as_str())?.as_deref(), Some(question.as_str()));
        }
    }
    Ok(())
}

#[test]
fn threads_that_evict_at_once_evict_no_more_than_they_must() -> Outcome {
    const THREADS: u32 = 8;
    let cache = builder().quota("", 50).limit(50).build()?;
    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (cache, start) = (&cache, &start);
                scope.spawn(move || -> Outcome {
                    start.wait();
                    (0..200).try_for_each(|round| cache.put(&format!("{thread} {round} 1"), "a").map(drop))
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    let stats = cache.stats()?;
    assert_eq!((stats.entries, stats.evictions), (50, 8 * 200 - 50));
    assert_eq!(cache.health()?.indexed, 50);
    Ok(())
}

#[test]
fn a_cache_is_shared_among_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Arc<SemanticCache>>();
}
