//! Processes that write are killed, and what they acknowledged must be there.

mod calls;
mod torn;

use self::{
    calls::{BURST, on_threads, run, stream},
    torn::amid_file_writes,
};
use crate::{
    operation::Op,
    probe::{Blow, Call, Check, Loss, Probe, Verdict},
    random::{Ref, Seed},
    sample::{self, entry, full},
};
use mneme::limits::MAX_TEXT_BYTES;
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
        s.strike(&calls, &Blow::Never)?;
        leave(s)?;
    }

    let mut tally = Tally::default();
    acknowledged_last(s, &mut tally)?;
    amid_ends_of_a_life(s, &mut tally)?;
    amid_long_writes(s, &mut tally)?;
    amid_reopens(s, &mut tally)?;
    amid_file_writes(s, &mut tally)?;
    let start = Instant::now();
    let mut made = 0;
    while tally.made < kills.most && (tally.made < kills.least || start.elapsed() < kills.time)
        || tally.in_writes == 0 && tally.made < kills.most * PATIENCE
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
            2 if site % 2 == 0 => (stream(made), early),
            2 => (stream(made), Blow::AtEnd(1 + Seed::nth(made as u64, 1).below(EARLY))),
            3 => (on_threads(made), early),
            4 if site % 2 == 0 => (run(s, made), blow(&run(s, made), "close", made)),
            _ => (run(s, made), blow(&run(s, made), TARGETS[(site + on_it / 2) % TARGETS.len()], made)),
        };
        kill(s, &mut tally, &calls, &blow)?;
        leave(s)?;
        made += 1;
    }
    if tally.in_writes == 0 {
        let Tally { made, landed, .. } = tally;
        return s
            .not_checked(format!("none of {made} kills landed inside a write, and {landed} inside a call"));
    }
    s.measure(tally.to_string());
    s.held()
}

/// How many processes were killed, how many of them inside a call, and inside a write, and after how many what was not synced
/// was lost.
#[derive(Default)]
struct Tally {
    made: usize,
    landed: usize,
    in_writes: usize,
    lost: usize,
    /// Why no file was cut off in the middle of a write.
    untorn: Option<String>,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { made, landed, in_writes, lost, untorn } = self;
        write!(
            f,
            "{made} processes were killed, {landed} of them inside a call, {in_writes} inside a write; "
        )?;
        if let Some(why) = untorn {
            write!(f, "none of them in the middle of what it wrote to a file ({why}); ")?;
        }
        if *lost > 0 {
            return write!(f, "what was not synced was lost with {lost} of them");
        }
        f.write_str(
            "what a killed process wrote is in the cache of the operating system, so a write that was acknowledged before \
             it was synced is not missed (`lose_unsynced = |site| ..` says how it is lost)",
        )
    }
}

/// Runs calls in a process that is killed, and looks at what it has left. The handle that came after it stays.
fn kill(s: &mut Probe, tally: &mut Tally, calls: &[Call], blow: &Blow) -> Check {
    let loss = if s.loses_unsynced() && tally.made % 2 == 1 { Loss::Unsynced } else { Loss::Memory };
    let in_flight = s.strike_and_lose(calls, blow, loss)?;
    s.integrity_check()?;
    // Ids go on from all that were given, and the data can be written.
    let made = tally.made;
    s.insert(entry("after", &format!("kill {made}")).response(format!("kill {made}")))?;
    s.look_everywhere()?;
    tally.made += 1;
    tally.landed += usize::from(in_flight.calls > 0);
    tally.in_writes += usize::from(in_flight.writes > 0);
    tally.lost += usize::from(loss == Loss::Unsynced);
    Ok(())
}

/// Leaves the current handle, so that another process may have the data.
fn leave(s: &mut Probe) -> Check {
    s.close()?;
    s.drop_handle()
}

/// An open, and one call.
fn alone(op: Op<Ref>) -> [Call; 2] {
    [Op::Open(sample::identity()), op].map(|op| Call { thread: 0, op })
}

/// Kills processes that have acknowledged one write, of each kind, and have nothing else to do. What is kept back until the
/// next write, until there are many, or until the handle goes, is lost.
fn acknowledged_last(s: &mut Probe, tally: &mut Tally) -> Check {
    // What is lost by a loss of power is not lost by each kill. A turn has nine kills, so that in the next one the others
    // of them lose what was not synced.
    let times = if s.loses_unsynced() { 2 } else { 1 };
    for _ in 0..times {
        s.make()?;
        s.open(&sample::identity())?;
        let touched = s.insert(full("kept", "touched"))?;
        let deleted = s.insert(full("kept", "deleted"))?;
        s.insert(full("kept", "replaced"))?;
        s.insert(entry("cleared", "h"))?;
        s.insert(entry("expired", "h").created_at(1).ttl(1))?;
        leave(s)?;
        let writes = [
            Op::Insert(full("a", "last").response("acknowledged last")),
            Op::Insert(full("kept", "replaced").response("acknowledged last")),
            Op::UpdateAccess(Ref::Exactly(touched), 4_000),
            Op::SetNamespaceQuota("a".into(), 77),
            Op::WriteMeta("key".into(), "acknowledged last".into()),
            Op::DeleteById(Ref::Exactly(deleted)),
            Op::DeleteExpired(5, Some("expired".into())),
            Op::ClearNamespace("cleared".into()),
        ];
        for write in writes {
            kill(s, tally, &alone(write), &Blow::AtEnd(1))?;
            leave(s)?;
        }
        // Whose data they are, of data that hold nothing else.
        s.make()?;
        s.drop_handle()?;
        kill(s, tally, &alone(Op::VersionCounter)[..1], &Blow::AtEnd(0))?;
        leave(s)?;
    }
    Ok(())
}

/// When processes are killed that open a site for the first time, or close it, in percent of how long that takes.
const WITHIN_AN_END: [u32; 4] = [0, 30, 60, 90];

/// Kills processes in the first open of a site, and in a close: half of what they write is there then, and no other call comes
/// by it.
fn amid_ends_of_a_life(s: &mut Probe, tally: &mut Tally) -> Check {
    s.make()?;
    let start = Instant::now();
    s.open(&sample::identity())?;
    let opening = start.elapsed();
    s.insert(full("a", "h"))?;
    let start = Instant::now();
    s.close()?;
    let closing = start.elapsed();
    s.drop_handle()?;
    // Only where the blow falls follows from how long it took, and not what is right.
    for percent in WITHIN_AN_END {
        s.make()?;
        s.drop_handle()?;
        let blow = Blow::AtBegin(0, opening * percent / 100);
        kill(s, tally, &alone(Op::VersionCounter), &blow)?;
        leave(s)?;
        let insert = Op::Insert(full("kept", &format!("{percent}")).response("written before the close"));
        let mut life = alone(insert).to_vec();
        life.push(Call { thread: 0, op: Op::Close });
        kill(s, tally, &life, &Blow::AtBegin(2, closing * percent / 100))?;
        leave(s)?;
    }
    Ok(())
}

/// How many entries are cleared, or expire, while the process is killed, at most.
const MANY: usize = 400;
/// How long inserting more than a few of them may take.
const FILLING: Duration = Duration::from_millis(100);
/// How many kills are to land inside each kind of long write.
const LANDINGS: usize = 2;
/// When they fall, in percent of how long the write takes: as many as are needed until they have landed.
const WITHIN_A_WRITE: [u32; 5] = [30, 70, 50, 90, 10];

/// Kills processes inside of writes that take long: half of one must not be there.
fn amid_long_writes(s: &mut Probe, tally: &mut Tally) -> Check {
    let long = |n: u32| format!("the long one of {n} percent: {}", sample::noise(MAX_TEXT_BYTES / 2, 'x'));
    let writes: [fn(String) -> Op<Ref>; 5] = [
        |_| Op::ClearNamespace("many".into()),
        |_| Op::DeleteExpired(5, Some("many".into())),
        |long| Op::Insert(full("long", "new").response(long)),
        |long| Op::Insert(full("long", "kept").response(long)),
        |long| Op::WriteMeta("long".into(), long.into()),
    ];
    for write in writes {
        let prepare = |s: &mut Probe| {
            s.open(&sample::identity())?;
            s.insert(full("long", "kept"))?;
            match write(String::new()) {
                Op::ClearNamespace(_) | Op::DeleteExpired(..) => fill(s),
                _ => Ok(()),
            }
        };
        s.make()?;
        prepare(s)?;
        let start = Instant::now();
        s.call(write(long(0)).map_ids(|_| 0))?;
        let whole = start.elapsed();
        leave(s)?;
        s.make()?;
        s.drop_handle()?;
        let landed = tally.in_writes;
        for percent in WITHIN_A_WRITE {
            if tally.in_writes - landed >= LANDINGS {
                break;
            }
            s.make_again()?;
            prepare(s)?;
            leave(s)?;
            // Only where the blow falls follows from how long it took, and not what is right.
            kill(s, tally, &alone(write(long(percent))), &Blow::AtBegin(1, whole * percent / 100))?;
            leave(s)?;
        }
    }
    Ok(())
}

/// When processes are killed that open, in percent of how long an open takes: what an open writes it has read before.
const WITHIN_AN_OPEN: [u32; 8] = [20, 50, 70, 80, 85, 90, 95, 100];

/// Kills processes that open data which hold much: what is put in order at an open, or written anew, is half done then.
fn amid_reopens(s: &mut Probe, tally: &mut Tally) -> Check {
    s.make()?;
    s.open(&sample::identity())?;
    for hash in ["first", "second"] {
        s.insert(full("long", hash).response(sample::noise(MAX_TEXT_BYTES / 2, 'x')))?;
    }
    fill(s)?;
    leave(s)?;
    let start = Instant::now();
    s.make_again()?;
    s.open(&sample::identity())?;
    let whole = start.elapsed();
    leave(s)?;
    for percent in WITHIN_AN_OPEN {
        let open = Call { thread: 0, op: Op::Open(sample::identity()) };
        // Only where the blow falls follows from how long it took, and not what is right.
        kill(s, tally, &[open], &Blow::AtBegin(0, whole * percent / 100))?;
        leave(s)?;
    }
    Ok(())
}

/// As many entries as there is time for, all of which go at once.
fn fill(s: &mut Probe) -> Check {
    let start = Instant::now();
    for n in 0..MANY {
        if n >= BURST && start.elapsed() >= FILLING {
            break;
        }
        s.insert(entry("many", &format!("h{n}")).created_at(1).ttl(1))?;
    }
    Ok(())
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

/// In which of the calls of a stream the process is killed: so early that it is at work when the blow falls.
const EARLY: usize = 30;
