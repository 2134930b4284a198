//! Processes that write are killed, and what they acknowledged must be there.

use crate::{
    operation::Op,
    probe::{Blow, Call, Check, Probe, Verdict},
    random::{Ref, Seed},
    sample::{self, entry, full},
};
use std::time::{Duration, Instant};

/// How many processes are killed: at least so many, and then until there were most, or the time is spent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kills {
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) time: Duration,
}

/// How many processes in a row are killed on the same data.
const ON_ONE_SITE: usize = 5;
/// How many times as many kills are made where none landed inside a write.
const PATIENCE: usize = 3;

pub(crate) fn survives_kill(s: &mut Probe) -> Verdict {
    let kills = s.settings().profile().kills();
    // What is lost without a kill is not lost by one.
    s.make()?;
    s.drop_handle()?;
    for round in 0..2 {
        let calls = run(s, round);
        s.strike(&calls, Blow::Never)?;
        leave(s)?;
    }

    let start = Instant::now();
    let (mut made, mut landed) = (0, 0);
    while made < kills.most && (made < kills.least || start.elapsed() < kills.time)
        || landed == 0 && made < kills.most * PATIENCE
    {
        if made % ON_ONE_SITE == 0 {
            s.make()?;
            s.drop_handle()?;
        }
        let early = Blow::AtBegin(1 + Seed::nth(made as u64, 1).below(EARLY), Duration::ZERO);
        let (site, on_it) = (made / ON_ONE_SITE, made % ON_ONE_SITE);
        let (calls, blow) = match on_it {
            // A site that holds nothing yet is first opened.
            0 => (run(s, made), blow(&run(s, made), "open", made)),
            2 => (stream(made), early),
            3 => (on_threads(made), early),
            4 if site % 2 == 0 => (run(s, made), blow(&run(s, made), "close", made)),
            _ => (run(s, made), blow(&run(s, made), TARGETS[(site + on_it / 2) % TARGETS.len()], made)),
        };
        let in_flight = s.strike(&calls, blow)?;
        s.integrity_check()?;
        // Ids go on from all that were given, and the data can be written.
        s.insert(entry("after", &format!("kill {made}")).response(format!("kill {made}")))?;
        s.look_everywhere()?;
        leave(s)?;
        made += 1;
        landed += usize::from(in_flight > 0);
    }
    if landed == 0 {
        return s.not_checked(format!("none of {made} kills landed inside a call"));
    }
    s.held()
}

/// Leaves the current handle, so that another process may have the data.
fn leave(s: &mut Probe) -> Check {
    s.close()?;
    s.drop_handle()
}

/// In which kinds of calls the process is killed, one after the other, besides the first open and the close.
const TARGETS: [&str; 8] = [
    "insert",
    "clear_namespace",
    "update_access",
    "delete_expired",
    "write_meta",
    "delete_by_id",
    "set_namespace_quota",
    "open",
];

/// When the process of a round is killed: as a call of some kind begins, a little later, or as it was acknowledged.
fn blow(calls: &[Call], target: &str, round: usize) -> Blow {
    let mut seed = Seed::nth(round as u64, 2);
    if round % 23 == 22 {
        return Blow::AtMake;
    }
    let is_target = |at: &usize| calls[*at].op.map_ids(|_| 0).name() == target;
    let at: Vec<usize> = (0..calls.len()).filter(is_target).collect();
    let at = *seed.pick(&at);
    // What was just acknowledged is lost most easily.
    if !["open", "close"].contains(&target) && seed.percent(40) {
        return Blow::AtEnd(at);
    }
    Blow::AtBegin(at, Duration::from_micros(*seed.pick(&[0, 0, 100, 500, 1_500])))
}

/// How many entries go at once, in a clear or an expiry: more than one, so that half of them can.
const BURST: usize = 12;

/// The calls of one process: every kind of write, each with content of its own, in an order that changes by round.
fn run(s: &Probe, round: usize) -> Vec<Call> {
    let mut seed = Seed::nth(round as u64, 0);
    let unique = |n: usize| format!("round {round} call {n}");
    let older: Vec<u64> = s.data().entries.keys().copied().collect();
    let mut blocks: Vec<Vec<Op<Ref>>> = Vec::new();
    for n in 0..4 {
        blocks.push(vec![
            Op::Insert(full("a", &unique(n)).response(unique(n))),
            Op::UpdateAccess(Ref::Nth(u16::try_from(n).unwrap_or(0)), 2_000 + n as u64),
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

/// In which of the calls of a stream the process is killed: so early that it is at work when the blow falls.
const EARLY: usize = 30;
/// How many calls a stream has, of each thread where there are several.
const STREAM: usize = 400;

/// The calls of a process that does nothing but write, over and over.
fn stream(round: usize) -> Vec<Call> {
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
fn on_threads(round: usize) -> Vec<Call> {
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
