use crate::{
    embedder::Clusters,
    timing::{print, time},
};
use mneme::{Answer, CacheError, MemoryStore, SemanticCache};
use std::fs;

/// How much memory a checkpoint takes to write, and to load into a database, over what the cache has: twice, so that it
/// shows whether more entries take more.
pub(crate) fn run() -> Result<(), CacheError> {
    for entries in [25_000, 100_000] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let [database, archive, restored] =
            ["cache.db", "backup.tar.gz", "restored.db"].map(|name| folder.path().join(name));
        let cache = SemanticCache::builder(Clusters).path(&database).build()?;
        cache.put_many((0..entries).map(|number| Answer::new(Clusters::stored(number), "an answer")))?;
        tell(entries, "dumps", 0, || cache.dumps(&archive))?;
        let index = cache.stats()?.index_bytes;
        drop(cache);
        tell(entries, "loads", index, || SemanticCache::loads(&archive, &restored, Clusters))?;
        // A store in memory has all of the entries in the end, and nothing of the archive.
        tell(entries, "loads_into", index, || {
            SemanticCache::loads_into(&archive, MemoryStore::new(), Clusters)
        })?;
    }
    Ok(())
}

fn tell<T>(
    entries: usize,
    call: &str,
    index: usize,
    run: impl FnOnce() -> Result<T, CacheError>,
) -> Result<(), CacheError> {
    let before = begin();
    let (kept, spent) = time(run);
    let memory = match (before, resident("VmHWM:")) {
        (Some(before), Some(most)) => {
            let more = most.saturating_sub(before);
            format!("{} MB more at the most, of which {} MB are the index", more >> 20, index >> 20)
        }
        _ => "memory not measured: this system has no /proc/self/status".to_owned(),
    };
    drop(kept?);
    print(&format!("{call:<10}  {entries:>7} entries  {spent:6.2} s  {memory}"));
    Ok(())
}

/// How many bytes are resident now, from where the kernel counts the most from now on.
fn begin() -> Option<usize> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    resident("VmRSS:")
}

fn resident(line: &str) -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|found| found.strip_prefix(line))?;
    Some(kilobytes.trim().strip_suffix(" kB")?.parse::<usize>().ok()? << 10)
}
