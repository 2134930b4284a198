use crate::{
    embedder::Clusters,
    timing::{median, print, time},
};
use mneme::{CacheError, Embedder as _, Question, SemanticCache};

const ROUNDS: usize = 15;
const CALLS: usize = 1_000;

/// Times one call of each kind on the cache that `open` makes over a store that holds so many entries.
pub(crate) fn run(
    name: &str,
    entries: usize,
    open: impl Fn() -> Result<SemanticCache, CacheError>,
) -> Result<(), CacheError> {
    let (cache, opening) = time(&open);
    let cache = cache?;
    print(&format!("{name}  open         {opening:8.2} s"));
    let each = |call: &str, run: &dyn Fn(usize) -> Result<(), CacheError>| -> Result<(), CacheError> {
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            let (result, spent) = time(|| (0..CALLS).try_for_each(|call| run(round * CALLS + call)));
            result?;
            rounds.push(spent);
        }
        print(&format!("{name}  {call:<11}  {:8.2} us", median(rounds) * 1e6 / 1e3));
        Ok(())
    };
    each("embed", &|number| {
        Clusters.embed(&Clusters::stored(number)).map(drop).map_err(|_| unreachable!("it has a number"))
    })?;
    each("exact get", &|number| {
        let question = Clusters::stored(number % entries);
        let hit = cache.get(Question::new(&question).exact_only())?;
        assert!(hit.is_some(), "{question} is stored");
        Ok(())
    })?;
    each("put", &|number| cache.put(&Clusters::stored(entries + number), "an answer").map(drop))?;
    each("delete", &|number| {
        let question = Clusters::stored(entries + number);
        assert!(cache.delete(question.as_str())?, "{question} was put");
        Ok(())
    })?;
    let health = median((0..5).map(|_| time(|| cache.health()).1).collect());
    print(&format!("{name}  health       {:8.2} ms", health * 1e3));
    assert_eq!(cache.stats()?.entries, entries as u64);
    Ok(())
}
