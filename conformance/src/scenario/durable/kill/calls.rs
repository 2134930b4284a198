//! What the processes do that are killed.

use crate::{
    operation::Op,
    probe::{Call, Probe},
    random::{Ref, Seed},
    sample::{self, entry, full},
};
use mneme::limits::MAX_NUMBER;

/// How many entries go at once, in a clear or an expiry: more than one, so that half of them can.
pub(super) const BURST: usize = 12;

/// The calls of one process: every kind of write, each with content of its own, in an order that changes by round.
pub(super) fn run(s: &Probe, round: usize) -> Vec<Call> {
    let mut seed = Seed::nth(round as u64, 0);
    let unique = |n: usize| format!("round {round} call {n}");
    let older: Vec<u64> = s.data().entries.keys().copied().collect();
    let mut blocks: Vec<Vec<Op<Ref>>> = Vec::new();
    // Twice in the same second, and at both ends of time: what looks like no change is one more access.
    let times = [[2_000, 2_000], [2_001, 0], [0, 0], [2_003, MAX_NUMBER]];
    for (n, times) in times.into_iter().enumerate() {
        let nth = Ref::Nth(u16::try_from(n).unwrap_or(0));
        blocks.push(vec![
            Op::Insert(full("a", &unique(n)).response(unique(n))),
            Op::UpdateAccess(nth, times[0]),
            Op::UpdateAccess(nth, times[1]),
            Op::WriteMeta(format!("key {n}").into(), unique(n).into()),
            Op::SetNamespaceQuota(format!("quota {n}").into(), (round * 10 + n) as u64),
        ]);
    }
    let burst = |namespace: &str, ttl: Option<u64>| {
        (0..BURST)
            .map(move |n| Op::Insert(entry(namespace, &unique(n)).response(unique(n)).created_at(1).ttl(ttl)))
            .collect::<Vec<_>>()
    };
    let mut cleared = burst("cleared", None);
    cleared.push(Op::ClearNamespace("cleared".into()));
    let mut expired = burst("expired", Some(1));
    expired.push(Op::DeleteExpired(5, Some("expired".into())));
    let upserts = |n: usize| Op::Insert(full("kept", &format!("{n}")).response(unique(n)));
    blocks.push(cleared);
    blocks.push(expired);
    blocks.push((0..6).map(|n| upserts(n % 3)).collect());
    blocks.push(vec![
        Op::Insert(entry("a", "deleted").response(unique(90))),
        Op::DeleteById(older.get(seed.below(older.len().max(1))).map_or(Ref::Nth(0), |id| Ref::Exactly(*id))),
        Op::DeleteById(Ref::Nth(1)),
        Op::UpdateAccess(older.last().map_or(Ref::Nth(0), |id| Ref::Exactly(*id)), 3_000),
    ]);
    let turn = round % blocks.len();
    blocks.rotate_left(turn);
    let writes = blocks.into_iter().flatten();
    std::iter::once(Op::Open(sample::identity()))
        .chain(writes)
        .chain([Op::Close])
        .map(|op| Call { thread: 0, op })
        .collect()
}

/// How many calls a stream has, of each thread where there are several.
const STREAM: usize = 400;

/// The calls of a process that does nothing but write, over and over.
pub(super) fn stream(round: usize) -> Vec<Call> {
    let write = |n: usize| {
        let unique = format!("round {round} call {n}");
        let op = match n % 5 {
            4 => Op::WriteMeta("stream".into(), unique.into()),
            _ => Op::Insert(full("stream", &format!("{}", n % 7)).response(unique)),
        };
        Call { thread: 0, op }
    };
    let open = Call { thread: 0, op: Op::Open(sample::identity()) };
    std::iter::once(open).chain((0..STREAM).map(write)).collect()
}

/// The calls of a process whose threads write at once, each what is its own.
pub(super) fn on_threads(round: usize) -> Vec<Call> {
    let mut calls = vec![Call { thread: 0, op: Op::Open(sample::identity()) }];
    for n in 0..STREAM / 4 {
        for thread in 0..3 {
            let unique = format!("round {round} thread {thread} call {n}");
            let op = match n % 4 {
                2 => Op::WriteMeta(unique.as_str().into(), unique.as_str().into()),
                3 => Op::SetNamespaceQuota(unique.as_str().into(), (round + n) as u64),
                _ => Op::Insert(full("threads", &unique).response(unique)),
            };
            calls.push(Call { thread, op });
        }
    }
    calls
}
