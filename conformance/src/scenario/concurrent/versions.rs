//! What readers of the version counter may rely on.

use super::unless_failed;
use crate::{
    contract::clause,
    operation::{Op, Walk},
    outcome::{Ending, Outcome},
    probe::{Probe, Verdict},
    race::{Act, Made, Picture, Recording, Round, Saw},
    random::Ref,
    sample::entry,
};
use mneme::StoredEntry;

const WRITES: usize = 12;
const POLLS: usize = 5;

/// Threads that write, or write and read in turn, and one that only reads.
fn beside_writers(n: usize, poll: &[Op<Ref>], polls: usize) -> Round {
    // Some writes are upserts, which give a stored entry a later version.
    let keys = if n % 4 < 2 { WRITES } else { 3 };
    let insert = |writer: usize, n: usize| {
        Op::Insert(entry("a", &format!("{writer}-{}", n % keys)).response(format!("{writer}-{n}")))
    };
    let threads: Vec<Vec<Op<Ref>>> = if n.is_multiple_of(2) {
        // Two threads are enough where both do both.
        let turn = |writer, n| std::iter::once(insert(writer, n)).chain(poll.iter().cloned());
        (0..2).map(|writer| (0..POLLS).flat_map(|n| turn(writer, n)).collect()).collect()
    } else {
        let writer = |writer| (0..WRITES).map(|n| insert(writer, n)).collect();
        let reader = (0..polls).flat_map(|_| poll.iter().cloned()).collect();
        (0..=n / 2 % 2).map(writer).chain([reader]).collect()
    };
    let calls = |ops: Vec<Op<Ref>>| ops.into_iter().map(Act::Call).collect();
    let after = vec![Act::Call(Op::Walk(Walk::Changed(0)))];
    Round { threads: threads.into_iter().map(calls).collect(), after, ..Round::default() }
}

pub(crate) fn versions_appear_in_order(s: &mut Probe) -> Verdict {
    let errors_are_known = s.is_known(&clause::concurrent::contention_is_not_an_error);
    let poll = [Op::VersionCounter, Op::Walk(Walk::Changed(0))];
    // The rarest of the planted ones draws the version under one lock and writes the row under the next, with nothing in between.
    s.race(
        s.settings().race_that_shows_in(6_500),
        move |n| beside_writers(n, &poll, POLLS),
        move |seen| unless_failed(errors_are_known, seen).or_else(|| late(seen)).unwrap_or(Saw::Right),
    )
}

/// An entry that appeared after its version had been passed.
fn late(seen: &Recording) -> Option<Saw> {
    // Where errors are known the last walk may have failed.
    let Some(last) = seen.after.iter().find_map(entries) else { return Some(Saw::Unknown) };
    seen.threads.iter().flat_map(|thread| thread.windows(2)).find_map(|pair| {
        let (Outcome::Number(version), Some(shown)) = (pair[0].outcome()?, entries(&pair[1])) else {
            return None;
        };
        let is_shown = |entry: &StoredEntry| {
            shown.iter().any(|other| (other.id, other.version) == (entry.id, entry.version))
        };
        let missed = last.iter().find(|entry| entry.version <= *version && !is_shown(entry))?;
        let (id, later) = (missed.id, missed.version);
        let expected = format!("id {id} with version {later} among them, as the counter was {version} before");
        let words = format!(
            "In the end id {id} is there with version {later}. It appeared after a reader had read {version} from the \
             counter, so whoever goes on from there never sees it.",
        );
        let picture = Picture::of_made(&seen.threads, &seen.after, pair[1].called, vec![words]);
        Some(Saw::Wrong { clauses: vec![&clause::concurrent::versions_appear_in_order], expected, picture })
    })
}

fn entries(made: &Made) -> Option<&Vec<StoredEntry>> {
    match made.outcome()? {
        Outcome::Entries(entries, Ending::Ended) => Some(entries),
        _ => None,
    }
}

pub(crate) fn version_never_goes_back(s: &mut Probe) -> Verdict {
    let errors_are_known = s.is_known(&clause::concurrent::contention_is_not_an_error);
    let poll = [Op::VersionCounter, Op::VersionCounter];
    s.race(
        s.settings().race_that_shows_in(1_000),
        move |n| beside_writers(n, &poll, 2 * POLLS),
        move |seen| unless_failed(errors_are_known, seen).or_else(|| back(seen)).unwrap_or(Saw::Right),
    )
}

/// A counter that was lower than the same thread had read it before.
fn back(seen: &Recording) -> Option<Saw> {
    let version = |made: &Made| match (made.op()?, made.outcome()?) {
        (Op::VersionCounter, Outcome::Number(version)) => Some((made.called, *version)),
        _ => None,
    };
    seen.threads.iter().find_map(|thread| {
        let read: Vec<(u64, u64)> = thread.iter().filter_map(version).collect();
        let fall = read.windows(2).find(|pair| pair[1].1 < pair[0].1)?;
        let picture = Picture::of_made(&seen.threads, &[], fall[1].0, Vec::new());
        let clauses = vec![&clause::concurrent::version_never_goes_back];
        Some(Saw::Wrong { clauses, expected: format!("{} or more", fall[0].1), picture })
    })
}
