//! What several threads write at once is all there in the end.

use super::unless_failed;
use crate::{
    contract::clause,
    operation::{Op, Walk},
    outcome::{Ending, Outcome},
    probe::{Probe, Verdict},
    race::{Act, Made, Picture, Recording, Round, Saw, is_answer},
    random::Ref,
    sample::entry,
};
use mneme::{Entry, StoredEntry};
use std::collections::BTreeSet;

const THREADS: usize = 2;
const CALLS: usize = 12;

pub(crate) fn loses_nothing(s: &mut Probe) -> Verdict {
    let errors_are_known = s.is_known(&clause::concurrent::contention_is_not_an_error);
    // What is of a site is written to it, which takes its time.
    let is_fast = !s.model().claims().are_of_the_site();
    // The rarest of the planted ones is a table that grows outside of the lock.
    s.race(
        s.settings().race_that_shows_in(2_500),
        move |n| Writes::nth(n, is_fast).round(),
        move |seen| {
            if let Some(failed) = unless_failed(errors_are_known, seen) {
                return failed;
            }
            if nobody_can_say(seen) {
                return Saw::Unknown;
            }
            match lost(seen) {
                None => Saw::Right,
                Some(Lost { at, expected, words }) => {
                    let wrong = &seen.after[at];
                    let shown = std::slice::from_ref(wrong);
                    let picture = Picture::of_made(&seen.threads, shown, wrong.called, vec![words]);
                    Saw::Wrong { clauses: vec![&clause::concurrent::loses_nothing], expected, picture }
                }
            }
        },
    )
}

/// What the threads of a round write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writes {
    /// Each an entry of its own, in one namespace or in several.
    Inserts { namespaces: usize },
    /// Accesses of one entry.
    Accesses,
    /// One key, which is stored already or not.
    Upserts { stored: bool },
    /// Each an entry of its own, and with them there are more than so many in all.
    Past { entries: usize },
}

/// Where tables grow, pages split and segments are closed; the last only where inserts take no time.
const BORDERS: [usize; 5] = [16, 32, 64, 128, 256];
const FEW: usize = 2;

impl Writes {
    fn nth(n: usize, is_fast: bool) -> Self {
        let borders = if is_fast { &BORDERS[..] } else { &BORDERS[..FEW] };
        match n % 6 {
            0 => Self::Inserts { namespaces: 1 },
            1 => Self::Accesses,
            2 => Self::Upserts { stored: false },
            3 => Self::Inserts { namespaces: 2 },
            4 => Self::Upserts { stored: true },
            _ => Self::Past { entries: borders[n / 6 % borders.len()] },
        }
    }

    fn round(self) -> Round {
        let stored = matches!(self, Self::Accesses | Self::Upserts { stored: true });
        let before = match self {
            // The threads pass the border about half-way.
            Self::Past { entries } => {
                (CALLS..entries).map(|n| Op::Insert(entry("a", &format!("before {n}")))).collect()
            }
            _ if stored => vec![Op::Insert(entry("a", "h"))],
            _ => Vec::new(),
        };
        let threads = (0..THREADS).map(|thread| (0..CALLS).map(|n| self.call(thread, n)).collect::<Vec<_>>());
        let threads: Vec<_> = threads.collect();
        let keys = threads.iter().flatten().filter_map(|op| match op {
            Op::Insert(entry) => Some((entry.namespace.clone(), entry.query_hash.clone())),
            _ => None,
        });
        let keys: BTreeSet<_> =
            keys.chain([("a".to_owned(), "h".to_owned())].into_iter().filter(|_| stored)).collect();
        let mut after = vec![Op::Count(None), Op::Walk(Walk::All)];
        after.extend(
            keys.iter()
                .map(|(namespace, hash)| Op::GetByHash(namespace.as_str().into(), hash.as_str().into())),
        );
        let calls = |ops: Vec<Op<Ref>>| ops.into_iter().map(Act::Call).collect();
        Round {
            before: calls(before),
            threads: threads.into_iter().map(calls).collect(),
            after: calls(after),
            ..Round::default()
        }
    }

    fn call(self, thread: usize, n: usize) -> Op<Ref> {
        let content = format!("{thread}-{n}");
        match self {
            Self::Past { .. } => Op::Insert(entry("a", &content).response(content.as_str())),
            Self::Inserts { namespaces } => {
                let namespace = if n.is_multiple_of(namespaces) { "a" } else { "b" };
                Op::Insert(entry(namespace, &content).response(content.as_str()))
            }
            Self::Accesses => Op::UpdateAccess(Ref::Nth(0), (1_000 + thread * CALLS + n) as u64),
            // Whole is more than the one field.
            Self::Upserts { .. } => Op::Insert(
                entry("a", "h")
                    .query(content.as_str())
                    .response(content.as_str())
                    .access_count((thread * CALLS + n) as u64),
            ),
        }
    }
}

/// Which call in the end shows a loss, and what it must answer.
struct Lost {
    at: usize,
    expected: String,
    words: String,
}

/// Whether a call did not answer: what it wrote may be there or not, and what it read is not known.
fn nobody_can_say(seen: &Recording) -> bool {
    let mut all = seen.before.iter().chain(seen.threads.iter().flatten()).chain(&seen.after);
    all.any(|made| !made.outcome().is_some_and(is_answer))
}

/// What was written and is not there, where each write answered.
fn lost(seen: &Recording) -> Option<Lost> {
    let calls = || seen.threads.iter().flatten();
    let written: Vec<(&Entry, u64)> = seen.before.iter().chain(calls()).filter_map(insert).collect();
    let accesses = calls().filter(|made| matches!(made.op(), Some(Op::UpdateAccess(..)))).count() as u64;
    let keys: BTreeSet<(&str, &str)> =
        written.iter().map(|(entry, _)| (&*entry.namespace, &*entry.query_hash)).collect();
    let ids: BTreeSet<u64> = written.iter().map(|(_, id)| *id).collect();
    seen.after.iter().enumerate().find_map(|(at, made)| {
        let lost = |expected: String, words: &str| Some(Lost { at, expected, words: words.to_owned() });
        match (made.op()?, made.outcome()?) {
            (Op::Count(None), Outcome::Number(found)) if *found != keys.len() as u64 => lost(
                keys.len().to_string(),
                "Every insert answered an id, and each key is one entry; the count must be that of the keys.",
            ),
            (Op::Walk(Walk::All), Outcome::Entries(entries, Ending::Ended)) if entries.len() != keys.len() => lost(
                format!("{} entries", keys.len()),
                "Every insert answered an id, and each key is one entry; all of them must be there, each once.",
            ),
            (Op::GetByHash(namespace, hash), Outcome::Entry(found)) => {
                let of_key = |entry: &Entry| entry.namespace == **namespace && entry.query_hash == **hash;
                let writes: Vec<_> = written.iter().filter(|(entry, _)| of_key(entry)).collect();
                if ids.len() != keys.len() {
                    return lost(
                        "one id for each key, and for no other key".to_owned(),
                        "Inserts answered ids that are not one to one with the keys.",
                    );
                }
                let Some(found) = found else {
                    return lost(format!("id {}", writes.first()?.1), "The insert answered an id, and nothing removed the entry.");
                };
                if accesses > 0 {
                    return (found.access_count != accesses).then(|| Lost {
                        at,
                        expected: format!("accessed {accesses} times"),
                        words: format!("The threads called update_access {accesses} times in all, and each call counts."),
                    });
                }
                if !writes.iter().any(|(entry, id)| is_whole(found, entry, *id)) {
                    return lost(
                        "what one of the inserts wrote, whole".to_owned(),
                        "An upsert replaces every field, so the last one is there with all of its fields and no other's.",
                    );
                }
                None
            }
            _ => None,
        }
    })
}

fn insert(made: &Made) -> Option<(&Entry, u64)> {
    match (made.op()?, made.outcome()?) {
        (Op::Insert(entry), Outcome::Id(id)) => Some((entry, *id)),
        _ => None,
    }
}

fn is_whole(found: &StoredEntry, written: &Entry, id: u64) -> bool {
    found.id == id && found.entry == *written
}
