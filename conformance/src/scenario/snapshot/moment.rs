//! A snapshot that is taken while other threads write.

use crate::{
    operation::Op,
    probe::{Check, Meeting, Probe, Verdict},
    sample::{self, entry, full},
};
use std::time::{Duration, Instant};

/// How many snapshots are to meet writes: what falls between two parts of a copy shows in one of several.
const MEETINGS: usize = 16;
/// How many are taken at most, and for how long once one has met a write.
const ROUNDS: usize = 48;
const TIME: Duration = Duration::from_secs(2);
/// How many entries a store holds before others write: copying them takes a while.
const BEFORE: usize = 24;

/// Through which handle a writer writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Through {
    /// The one whose data are copied.
    Own,
    /// Another one on the same data: what keeps the first handle's writers waiting does not keep this one's.
    Other,
}

/// The writers of a round, in turn: one alone is waited for by whoever looks only whether somebody writes, and of two the
/// first to end is taken for the last.
const TURNS: [&[Through]; 4] =
    [&[Through::Own], &[Through::Own, Through::Own], &[Through::Other], &[Through::Own, Through::Other]];

pub(crate) fn is_a_point_in_time(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    // What a snapshot of a store at rest lacks is not the writers' fault.
    s.start()?;
    fill(s)?;
    s.snapshot_to(&directory.join("at rest"))?;
    s.start_from(&directory.join("at rest"))?;
    s.look_everywhere()?;

    let turns = if s.model().claims().shared { &TURNS[..] } else { &TURNS[..2] };
    let (mut met, mut met_two, mut not_known) = (0, 0, 0);
    let start = Instant::now();
    for round in 0..ROUNDS {
        if met >= MEETINGS || met > 0 && start.elapsed() >= TIME {
            break;
        }
        let path = directory.join(format!("snapshot {round}"));
        let writers = turns[round % turns.len()];
        let mut meeting = Meeting::Missed;
        s.aside(|s| {
            s.start()?;
            fill(s)?;
            let copier = s.current();
            let mut through = vec![copier; writers.len()];
            for (at, _) in writers.iter().enumerate().filter(|(_, writer)| **writer == Through::Other) {
                through[at] = s.make_again()?;
                s.open(&sample::identity())?;
                s.turn_to(copier);
            }
            meeting = s.snapshot_amid_writes(&path, write, &through)?;
            if meeting == Meeting::NotKnown {
                return Ok(());
            }
            s.look_everywhere()?;
            s.start_from(&path)?;
            s.look_everywhere()?;
            s.integrity_check().map(drop)
        })?;
        match meeting {
            Meeting::Met => {
                met += 1;
                met_two += usize::from(writers.len() > 1);
            }
            Meeting::NotKnown => not_known += 1,
            Meeting::Missed => {}
        }
    }
    if met == 0 && not_known > 0 {
        return s.held_in_part(format!(
            "of {not_known} snapshots that were taken while others wrote it is not known in which order the writes took effect"
        ));
    }
    if met == 0 {
        return s.held_in_part("no write was made while one of the snapshots was taken");
    }
    if met_two == 0 {
        return s.held_in_part("none of the snapshots was taken while two writers were at work");
    }
    s.held()
}

fn fill(s: &mut Probe) -> Check {
    for n in 0..BEFORE {
        s.insert(full("before", &format!("h{n}")).response(sample::noise(4_000, 'x')))?;
    }
    // Whatever is copied first, copying it leaves time for a write before the next is.
    for n in 0..BEFORE as u64 {
        s.set_namespace_quota(&format!("{n} {}", sample::noise(1_000, 'q')), n)?;
        s.write_meta(&format!("before {n}"), &sample::noise(4_000, 'm'))?;
    }
    s.insert(entry("fixed", "h"))?;
    s.set_namespace_quota("fixed", 0)?;
    s.write_meta("moment", "none")?;
    s.look_everywhere()
}

/// The n-th write of a writer; `ids` are those that its inserts before were answered. Each leaves another state than the one
/// before.
///
/// Entries are in the same namespaces, as ids and versions are of one order. What has no version is each writer's own: of two
/// values of one key nobody could tell which came first.
fn write(writer: usize, n: usize, ids: &[u64]) -> Op {
    let unique = format!("write {n} of {writer}");
    let new = |namespace: &str| Op::Insert(entry(namespace, &unique).response(unique.as_str()));
    match n % 8 {
        1 => Op::Insert(entry("fixed", "h").response(unique)),
        2 => Op::WriteMeta(format!("moment {writer}").into(), unique.into()),
        3 => Op::SetNamespaceQuota(format!("fixed {writer}").into(), n as u64),
        5 => Op::UpdateAccess(ids.first().copied().unwrap_or(1), n as u64),
        6 => Op::DeleteById(ids.get(n / 4).copied().unwrap_or(0)),
        7 => new(&format!("namespace {n}")),
        _ => new("new"),
    }
}
