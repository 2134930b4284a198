//! A snapshot that is taken while other threads write.

use crate::{
    operation::Op,
    probe::{Check, Meeting, Probe, Verdict},
    race::{Pace, Plan},
    sample::{self, entry, full},
    settings::RACE_BUDGET,
};
use std::time::Instant;

/// A planted tear shows once in so many snapshots during which every writer made a whole write: of the two that wait for
/// nobody, the one that is missed more often showed in 20 of 154.
///
/// A store that keeps writers out while it copies is seldom met so. But what waits for its lock looks like what waits for a
/// processor, and in none of 109 snapshots that writes only spanned did a tear show. So these are no evidence, and where the
/// others are too few the clause is checked in part.
const SHOWS_IN: u32 = 8;
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

    comes_to_an_end(s)?;

    let turns = if s.model().claims().shared { &TURNS[..] } else { &TURNS[..2] };
    let plan = s.settings().race_that_shows_in(SHOWS_IN);
    let (mut pace, mut tally) = (Pace::new(), Tally::default());
    for round in 0..plan.calls {
        let is_enough = tally.met >= plan.overlapping || pace.is_over(plan.time);
        // However slow a store is, each kind of writers has its turn.
        if is_enough && round >= turns.len() {
            break;
        }
        let began = Instant::now();
        let writers = turns[round % turns.len()];
        tally.count(meet(s, writers)?, writers);
        pace.note(began.elapsed(), 1);
    }
    match tally.lacks(plan) {
        Some(reason) => s.held_in_part(reason),
        None => s.held(),
    }
}

/// A copy that begins anew with each write never ends where the writes do not.
fn comes_to_an_end(s: &mut Probe) -> Check {
    s.aside_for_good(|s| {
        let path = s.empty_directory().join("snapshot");
        s.start()?;
        fill(s)?;
        s.snapshot_amid_endless_writes(&path)
    })
}

/// Takes a snapshot while writers write, and looks at both sides.
fn meet(s: &mut Probe, writers: &[Through]) -> Check<Meeting> {
    let mut meeting = Meeting::Missed;
    s.aside_for_good(|s| {
        let path = s.empty_directory().join("snapshot");
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
    Ok(meeting)
}

/// How many snapshots were taken, and how many of them met writes.
#[derive(Default)]
struct Tally {
    made: usize,
    met: usize,
    met_two: usize,
    not_known: usize,
}

impl Tally {
    fn count(&mut self, meeting: Meeting, writers: &[Through]) {
        let met = meeting == Meeting::Met;
        self.made += 1;
        self.met += usize::from(met);
        self.met_two += usize::from(met && writers.len() > 1);
        self.not_known += usize::from(meeting == Meeting::NotKnown);
    }

    /// What is missing for the clause to be checked whole.
    fn lacks(&self, plan: Plan) -> Option<String> {
        let Self { made, met, met_two, not_known } = self;
        if *met == 0 && *not_known > 0 {
            return Some(format!(
                "of {not_known} snapshots that were taken while others wrote it is not known in which order the writes took effect"
            ));
        }
        if *met < plan.overlapping {
            return Some(format!(
                "{met} of {made} snapshots, and {} are wanted, were taken while every writer made a whole write: a tear that \
                 shows in one of {SHOWS_IN} is missed with a chance of {:.1} %; {RACE_BUDGET} allows more seconds",
                plan.overlapping,
                100.0 * plan.miss_after(*met),
            ));
        }
        (*met_two == 0).then(|| "none of the snapshots was taken while two writers were at work".to_owned())
    }
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
