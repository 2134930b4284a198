//! What a semantic cache costs with 100,000 entries of 768 dimensions.
//!
//! | row | what is timed |
//! |---|---|
//! | `bandwidth` | reading as many bytes as the vectors have in single precision, on as many threads as a search uses |
//! | `semantic get` | a question that means the same as a stored one, in each precision, on one thread and on all |
//! | `embed` | making one vector, which a semantic get and a put do too |
//! | `exact get`, `put`, `delete` | one call |
//! | `open` | building a cache over a full store, index included |
//! | `health` | one call |
//!
//! A figure is the median over the rounds. A semantic get's ratio is its bandwidth, the bytes of the vectors over its
//! time, to the bandwidth that was measured in the same run. Recall is how often a lesser precision finds the same best
//! entry as single precision.
//!
//! Run it with `cargo bench --bench cache`; without cargo's `--bench` it takes 2,000 entries only. With
//! `--threads SECONDS` it runs eight threads of mixed get, put and delete instead, and checks that nothing is lost.

mod embedder;
mod mixed;
mod timing;

use embedder::{Clusters, DIMENSION};
use mneme::{Answer, CacheError, Embedder, Layer, MemoryStore, Precision, Question, SemanticCache, Store};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
use timing::{bandwidth, median, print, time};

const ROUNDS: usize = 15;
const QUESTIONS: usize = 200;
const CALLS: usize = 1_000;

fn main() -> Result<(), CacheError> {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--threads") {
        let seconds = arguments.get(at + 1).and_then(|text| text.parse().ok()).unwrap_or(60);
        return mixed::run(Duration::from_secs(seconds));
    }
    let entries = if arguments.iter().any(|argument| argument == "--bench") { 100_000 } else { 2_000 };
    let all = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    print(&format!("{entries} entries of {DIMENSION} dimensions, {all} cores"));

    let store = Arc::new(MemoryStore::new());
    let filled = build(&store, Precision::F32, all)?;
    filled.put_many((0..entries).map(|number| Answer::new(Clusters::stored(number), "an answer")))?;
    drop(filled);

    let bytes = entries * DIMENSION * size_of::<f32>();
    let mut best: Vec<Vec<u64>> = Vec::new();
    for threads in [NonZeroUsize::MIN, all] {
        let mut f32_time = None;
        for (precision, part) in [(Precision::F32, 1), (Precision::F16, 2), (Precision::I8, 4)] {
            let opened = time(|| build(&store, precision, threads));
            let (cache, opening) = (opened.0?, opened.1);
            let mut found = Vec::new();
            let (mut gets, mut bandwidths) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                bandwidths.push(bandwidth(bytes / part, threads));
                let question = Clusters::asked(round * 37 % entries);
                let (hit, spent) = time(|| cache.get(question.as_str()));
                let hit = hit?.expect("it means the same as a stored one");
                assert_eq!(hit.layer, Layer::Semantic);
                gets.push(spent);
            }
            for number in 0..QUESTIONS {
                let question = Clusters::asked(number * 7919 % entries);
                found.push(cache.get(question.as_str())?.map_or(0, |hit| hit.id));
            }
            let (get, reading) = (median(gets), median(bandwidths));
            let base = *f32_time.get_or_insert(get);
            let same = best.first().unwrap_or(&found).iter().zip(&found).filter(|(a, b)| a == b).count();
            print(&format!(
                "semantic get  {precision:<4} {threads} threads  {:8.2} ms   {:4.2} of the bandwidth   {:4.2} x f32   recall@1 {:.3}   open {:5.2} s   index {:4} MB",
                get * 1e3,
                reading / get,
                base / get,
                ratio(same, QUESTIONS),
                opening,
                cache.stats()?.index_bytes >> 20,
            ));
            best.push(found);
        }
    }

    let cache = build(&store, Precision::F32, all)?;
    let each = |name: &str, run: &dyn Fn(usize) -> Result<(), CacheError>| -> Result<(), CacheError> {
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            let (result, spent) =
                time(|| (0..CALLS).try_for_each(|call| run((round * CALLS + call) % entries)));
            result?;
            rounds.push(spent);
        }
        print(&format!("{name:<12}  {:8.2} us", median(rounds) * 1e6 / 1e3));
        Ok(())
    };
    each("embed", &|number| {
        Clusters.embed(&Clusters::stored(number)).map(drop).map_err(|_| unreachable!("it has a number"))
    })?;
    each("exact get", &|number| {
        let question = Clusters::stored(number);
        cache.get(Question::new(&question).exact_only()).map(drop)
    })?;
    each("put", &|number| cache.put(&Clusters::stored(entries + number), "an answer").map(drop))?;
    each("delete", &|number| cache.delete(Clusters::stored(entries + number).as_str()).map(drop))?;
    let health = median((0..5).map(|_| time(|| cache.health()).1).collect());
    print(&format!("health        {:8.2} ms", health * 1e3));
    assert_eq!(store.count(None)?, entries as u64);
    Ok(())
}

fn build(
    store: &Arc<MemoryStore>,
    precision: Precision,
    threads: NonZeroUsize,
) -> Result<SemanticCache, CacheError> {
    SemanticCache::builder(Clusters)
        .store(Arc::clone(store))
        .precision(precision)
        .search_threads(threads)
        .build()
}

#[expect(clippy::cast_precision_loss, reason = "a figure has three digits")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
