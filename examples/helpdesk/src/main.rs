//! Answers the questions on its command line, and keeps the answers in a file for the next time.
//!
//! ```console
//! cargo run -p helpdesk -- "How do I get a refund?" "how do I get the refund?"
//! ```

use helpdesk::{Handbook, HelpDesk, TrigramEmbedder};
use mneme::{CacheError, SemanticCache, SqliteStore};
use std::{env, io::Write as _, path::PathBuf, process::ExitCode, time::Instant};

/// The variable that says where the answers are kept.
const FILE: &str = "HELPDESK_CACHE";

fn main() -> ExitCode {
    match answer_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "helpdesk: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer_all() -> Result<(), Box<dyn std::error::Error>> {
    let path = env::var_os(FILE).map_or_else(|| env::temp_dir().join("helpdesk.db"), PathBuf::from);
    let desk = HelpDesk::new(cache(&path)?, |question: &str| Handbook::open().search(question));
    let mut out = std::io::stdout().lock();
    for question in env::args().skip(1) {
        let start = Instant::now();
        let reply = desk.answer(&question)?;
        let took = start.elapsed();
        match reply {
            Some(reply) => writeln!(out, "{question}\n  {}\n  ({:?}, {took:.1?})", reply.text, reply.source)?,
            None => writeln!(out, "{question}\n  The handbook says nothing of it.\n  ({took:.1?})")?,
        }
    }
    let stats = desk.cache().stats()?;
    writeln!(
        out,
        "{} answers are kept; {} questions were asked before, {} similar ones, {} neither",
        stats.entries, stats.exact_hits, stats.semantic_hits, stats.misses
    )?;
    Ok(())
}

fn cache(path: &std::path::Path) -> Result<SemanticCache, CacheError> {
    // Spelling alone tells less than a model would, so only what is nearly the same text may answer.
    SemanticCache::builder(TrigramEmbedder)
        .store(SqliteStore::new(path))
        .threshold(0.9)
        .ttl(30 * 24 * 3600)
        .build()
}
