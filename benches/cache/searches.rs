use crate::{
    embedder::{Clusters, DIMENSION},
    timing::{bandwidth, median, print, time},
};
use mneme::{CacheError, Layer, MemoryStore, Precision, SemanticCache};
use std::{num::NonZeroUsize, sync::Arc};

const ROUNDS: usize = 15;
const QUESTIONS: usize = 200;

/// Searches a full store in each precision, on one thread and on `all`.
pub(crate) fn run(store: &Arc<MemoryStore>, entries: usize, all: NonZeroUsize) -> Result<(), CacheError> {
    let bytes = entries * DIMENSION * size_of::<f32>();
    let mut best: Vec<Vec<u64>> = Vec::new();
    for threads in [NonZeroUsize::MIN, all] {
        let mut f32_time = None;
        for (precision, part) in [(Precision::F32, 1), (Precision::F16, 2), (Precision::I8, 4)] {
            let opened = time(|| build(store, precision, threads));
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
