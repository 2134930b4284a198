//! A snapshot that is taken while another thread writes.

use crate::{
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::{self, entry, full},
};
use std::time::{Duration, Instant};

/// How many snapshots are to meet a write: what falls between two parts of a copy shows in one of several.
const MEETINGS: usize = 12;
/// How many are taken at most, and for how long once one has met a write.
const ROUNDS: usize = 40;
const TIME: Duration = Duration::from_secs(2);
/// How many entries a store holds before others write: copying them takes a while.
const BEFORE: usize = 24;

pub(crate) fn is_a_point_in_time(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    // What a snapshot of a store at rest lacks is not the writers' fault.
    s.start()?;
    fill(s)?;
    s.snapshot_to(&directory.join("at rest"))?;
    s.start_from(&directory.join("at rest"))?;
    s.look_everywhere()?;

    let mut met = 0;
    let start = Instant::now();
    for round in 0..ROUNDS {
        if met >= MEETINGS || met > 0 && start.elapsed() >= TIME {
            break;
        }
        let path = directory.join(format!("snapshot {round}"));
        let mut writes = 0;
        s.aside(|s| {
            s.start()?;
            fill(s)?;
            let copier = s.current();
            let mut through = copier;
            // What keeps this handle's writers waiting does not keep another handle's.
            if s.model().claims().shared && round % 2 == 1 {
                through = s.make_again()?;
                s.open(&sample::identity())?;
                s.turn_to(copier);
            }
            writes = s.snapshot_amid_writes(&path, write, through)?;
            s.look_everywhere()?;
            s.start_from(&path)?;
            s.look_everywhere()?;
            s.integrity_check().map(drop)
        })?;
        met += usize::from(writes > 0);
    }
    if met == 0 {
        return s.held_in_part("no write was made while one of the snapshots was taken");
    }
    s.held()
}

fn fill(s: &mut Probe) -> Check {
    for n in 0..BEFORE {
        s.insert(full("before", &format!("h{n}")).response(sample::noise(4_000, 'x')))?;
    }
    s.insert(entry("fixed", "h"))?;
    s.set_namespace_quota("fixed", 0)?;
    s.write_meta("moment", "none")?;
    s.look_everywhere()
}

/// The n-th write; `ids` are those that the inserts before it answered. Each leaves another state than the one before.
fn write(n: usize, ids: &[u64]) -> Op {
    let new = |namespace: &str| Op::Insert(entry(namespace, &format!("h{n}")).response(format!("write {n}")));
    match n % 8 {
        1 => Op::Insert(entry("fixed", "h").response(format!("write {n}"))),
        2 => Op::WriteMeta("moment".into(), format!("write {n}").into()),
        3 => Op::SetNamespaceQuota("fixed".into(), n as u64),
        5 => Op::UpdateAccess(ids.first().copied().unwrap_or(1), n as u64),
        6 => Op::DeleteById(ids.get(n / 4).copied().unwrap_or(0)),
        7 => new(&format!("namespace {n}")),
        _ => new("new"),
    }
}
