use crate::{
    embedder::Clusters,
    timing::{print, time},
};
use mneme::{Answer, CacheError, MemoryStore, SemanticCache};
use std::{fs, path::Path, process::Command};

const STEPS: [&str; 4] = ["fill", "dumps", "loads", "loads_into"];

/// How much memory a checkpoint takes to write and to load, over what the process had: with two numbers of entries, so that
/// it shows whether more of them take more.
///
/// Each step has a process of its own. Memory that an earlier step has freed stays with its process, and would be taken
/// again unseen.
pub(crate) fn run() {
    let program = std::env::current_exe().expect("the path of this program");
    for entries in [25_000, 100_000] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        for step in STEPS {
            let arguments = ["--memory-of", step, &entries.to_string()];
            let status = Command::new(&program).args(arguments).arg(folder.path()).status();
            assert!(status.expect("a process").success(), "{step} of {entries} entries failed");
        }
    }
}

/// One step, in a process of its own: `arguments` are its name, the number of entries, and the folder.
pub(crate) fn run_step(arguments: &[String]) -> Result<(), CacheError> {
    let [step, entries, folder] = arguments else { panic!("{arguments:?} are no step") };
    let number = entries.parse().expect("a number of entries");
    let path = |name: &str| Path::new(folder).join(name);
    let open = || SemanticCache::builder(Clusters).path(path("cache.db")).build();
    let archive = path("backup.tar.gz");
    match step.as_str() {
        "fill" => {
            let answers = (0..number).map(|number| Answer::new(Clusters::stored(number), "an answer"));
            open()?.put_many(answers).map(drop)
        }
        "dumps" => {
            let cache = open()?;
            tell(step, entries, || cache.dumps(&archive))
        }
        "loads" => tell(step, entries, || {
            SemanticCache::loads(&archive, path("restored.db"), Clusters).map(|cache| told_of_index(&cache))
        }),
        // The entries themselves are in memory then, besides the index.
        _ => tell(step, entries, || {
            SemanticCache::loads_into(&archive, MemoryStore::new(), Clusters)
                .map(|cache| told_of_index(&cache))
        }),
    }
}

fn told_of_index(cache: &SemanticCache) {
    let bytes = cache.stats().map_or(0, |stats| stats.index_bytes);
    print(&format!("            of the next line {} MB are the index", bytes >> 20));
}

fn tell(step: &str, entries: &str, run: impl FnOnce() -> Result<(), CacheError>) -> Result<(), CacheError> {
    let before = begin();
    let (done, spent) = time(run);
    done?;
    let memory = match (before, resident("VmHWM:")) {
        (Some(before), Some(most)) => format!("{} MB more at the most", most.saturating_sub(before) >> 20),
        _ => "memory not measured: this system has no /proc/self/status".to_owned(),
    };
    print(&format!("{step:<10}  {entries:>7} entries  {spent:6.2} s  {memory}"));
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
