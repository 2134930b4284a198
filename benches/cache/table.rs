//! A put into a cache over `SqliteStore`, beside an insert of the same into a bare table.

#[path = "../sqlite_store/bare.rs"]
#[allow(dead_code, reason = "only entries are written here")]
mod bare;

use crate::{
    embedder::Clusters,
    timing::{median, print, time},
};
use bare::Bare;
use mneme::{CacheError, Embedder as _, Entry, SemanticCache};
use sha2::{Digest as _, Sha256};
use std::path::Path;

const ROUNDS: usize = 15;
const CALLS: usize = 1_000;
/// How many entries are written in one transaction.
const MANY: usize = 500;

/// Both hold so many entries before, and take turns in being first.
pub(crate) fn run(cache: &SemanticCache, file: &Path, entries: usize) -> Result<(), CacheError> {
    let bare = Bare::new(file);
    for first in (0..entries).step_by(MANY) {
        bare.insert_many(&(first..(first + MANY).min(entries)).map(entry).collect::<Vec<_>>());
    }
    let (mut puts, mut inserts, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let first = entries + round * CALLS;
        let made: Vec<_> = (first..first + CALLS).map(entry).collect();
        let put = || {
            let put = |number| cache.put(&Clusters::stored(number), "an answer").map(drop);
            time(|| (first..first + CALLS).try_for_each(put))
        };
        let insert = || time(|| made.iter().for_each(|entry| assert!(bare.insert(entry) > 0))).1;
        let ((put, of_put), of_insert) = if round.is_multiple_of(2) {
            (put(), insert())
        } else {
            let of_insert = insert();
            (put(), of_insert)
        };
        put?;
        puts.push(of_put);
        inserts.push(of_insert);
        ratios.push(of_put / of_insert);
    }
    let per_call = |rounds| median(rounds) * 1e6 / 1e3;
    print(&format!(
        "SqliteStore  put beside   {:8.2} us   bare table {:8.2} us   put_vs_bare_table {:.2}",
        per_call(puts),
        per_call(inserts),
        median(ratios)
    ));
    Ok(())
}

fn entry(number: usize) -> Entry {
    let question = Clusters::stored(number);
    let hash =
        Sha256::digest(&question).iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    let embedding = Clusters.embed(&question).expect("it has a number");
    Entry::new("default", hash)
        .query(question)
        .response("an answer")
        .embedding(embedding)
        .created_at(1)
        .last_accessed_at(1)
}
