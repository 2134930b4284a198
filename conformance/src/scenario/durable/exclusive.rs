//! One handle at a time has the data of a store that is not shared.

use crate::{
    contract::clause,
    operation::Op,
    outcome::Outcome,
    probe::{Calls, Check, Probe, Racer, Ran, Verdict, Who},
    sample::{self, DIMENSION, entry, full},
};
use mneme::Identity;

pub(crate) fn second_handle_is_refused(s: &mut Probe) -> Verdict {
    let first = s.start()?;
    s.insert(full("a", "h"))?;
    let second = refused_handle(s)?;
    works(s, first, "h2")?;
    s.note("Neither the drop of the refused handle, nor its close, gives away what the first one has.");
    s.turn_to(second);
    s.drop_handle()?;
    let third = refused_handle(s)?;
    if s.has_handle() {
        s.close()?;
    }
    works(s, first, "h3")?;
    s.turn_to(third);
    s.drop_handle()?;
    let fourth = refused_handle(s)?;
    works(s, first, "h4")?;
    s.note("Nor does the close of one that never tried to open.");
    s.make_again()?;
    if s.has_handle() {
        s.close()?;
    }
    refused_handle(s)?;
    works(s, first, "h5")?;
    s.note("Nor does an open of the first one that is refused, or that is one too many.");
    s.refused(Op::Open(Identity::new("other", DIMENSION)))?;
    refused_handle(s)?;
    works(s, first, "h6")?;
    s.open(&sample::identity())?;
    refused_handle(s)?;
    works(s, first, "h7")?;

    s.note("Once the first is closed the next try works, on the handle that was refused if there is one.");
    s.close()?;
    s.turn_to(fourth);
    if !s.has_handle() {
        s.make_again()?;
    }
    s.open(&sample::identity())?;
    s.look_everywhere()?;
    s.insert(entry("a", "h8"))?;
    s.note("And the one that has it now shuts others out in turn, whatever becomes of the one that had it.");
    refused_handle(s)?;
    s.turn_to(first);
    s.close()?;
    refused_handle(s)?;
    s.turn_to(first);
    s.drop_handle()?;
    refused_handle(s)?;
    another_process_is_refused(s)?;
    if s.settings().samples() {
        s.untold(closes_meet_opens)?;
    }
    s.held()
}

/// A lock may hold within the process alone, or go when the file is read once more: POSIX takes away a process's locks on a
/// file when the process closes any descriptor of it.
fn another_process_is_refused(s: &mut Probe) -> Check {
    let Some(child) = s.start_child_if_offered() else { return Ok(()) };
    s.note("A handle in another process is shut out too, whatever the first one has done meanwhile.");
    let first = s.start()?;
    refused_in(s, child, first)?;
    let id = s.insert(full("a", "h"))?;
    refused_in(s, child, first)?;
    s.integrity_check()?;
    refused_in(s, child, first)?;
    if s.model().claims().snapshots {
        let snapshot = s.empty_directory().join("snapshot");
        s.snapshot_to(&snapshot)?;
        refused_in(s, child, first)?;
    }
    s.update_access(id, 1_400)?;
    s.look_everywhere()?;
    s.open(&sample::identity())?;
    s.refused(Op::Open(Identity::new("other", DIMENSION)))?;
    refused_in(s, child, first)?;
    refused_handle(s)?;
    if s.has_handle() {
        s.drop_handle()?;
    }
    refused_in(s, child, first)?;
    s.note("Once the first is closed the other process may have the data, and shuts this one out.");
    s.close()?;
    let there = s.make_again_in_child(child)?;
    s.open(&sample::identity())?;
    refused_handle(s)?;
    works(s, there, "h2")
}

/// How often a close meets an open.
const MEETINGS: usize = 5 * KINDS;
/// How many kinds of writes there are, each of which is the last one by turns.
const KINDS: usize = 4;
/// How many reads put the close off, by one step more from one meeting to the next.
const READS: usize = 4;

/// A newcomer tries to open for as long as the handle that has the data is being closed. It is refused, or it has the data alone.
///
/// A lock that is given back before the last is written, or whose file goes while another waits for it, is one that holds
/// when they take turns.
fn closes_meet_opens(s: &mut Probe) -> Check {
    let child = s.start_child_if_offered();
    let holder = s.start()?;
    // What is lost where they take turns is not lost because they meet.
    writes_each_kind(s, "turn", 0)?;
    s.close()?;
    let next = s.make_again()?;
    s.open(&sample::identity())?;
    s.look_everywhere()?;
    leave(s, holder)?;
    s.turn_to(next);
    s.look_everywhere()?;
    for round in 0..MEETINGS {
        writes_each_kind(s, "meeting", round)?;
        // With each kind of write as the last, there once and here twice, and twice more after another one.
        let turn = round / KINDS;
        let place = child.filter(|_| turn == 0 || turn == 2 && round % 2 == 0);
        let mut before = vec![Op::VersionCounter; round % 3 * READS];
        // What a newcomer has read before it had the lock lacks what is written now. That takes along what was kept back, so
        // each kind of write is the last one in rounds without it too.
        if turn == 2 || turn == 4 {
            before.push(Op::Insert(full("a", "h").response(format!("written last in meeting {round}"))));
        }
        close_meets_open(s, place, before)?;
        s.look_everywhere()?;
    }
    for round in 0..WRITTEN_BESIDE {
        // On a site of its own, as a log keeps all that was written, and each open reads it.
        let last = s.current();
        leave(s, last)?;
        s.start()?;
        close_meets_writes(s, round)?;
        s.look_everywhere()?;
    }
    Ok(())
}

/// In how many meetings more a thread writes beside the close, and how often: more often than the close is put off.
const WRITTEN_BESIDE: usize = 12;
const WRITES: usize = 48;
/// How long each is, so that a close falls into one of them, and how many keys have them by turns.
const LONG: usize = 100_000;
const KEYS: usize = 4;

/// The current handle is closed while a thread writes to it, and while another handle is opened. What was answered before the
/// close is there for the next one, and nothing comes after it: whoever has the data then finds them as they stay.
fn close_meets_writes(s: &mut Probe, round: usize) -> Check {
    let (holder, site) = (s.current(), s.site_index());
    let noise = sample::noise(LONG, 'x');
    let written = |n: usize| format!("{round}.{n} {noise}");
    let write = |n: usize| Op::Insert(entry("beside", &format!("h{}", n % KEYS)).response(written(n)));
    let writes = (0..WRITES).map(write).collect();
    let mut life = vec![Op::GetNamespaceQuota("a".into()); round * READS];
    life.push(Op::Close);
    let racers = [
        Racer { who: Who::Handle(holder), calls: Calls::WhileTried(life) },
        Racer { who: Who::New(None), calls: Calls::Until(Op::Open(sample::identity())) },
        // A quick store would be through with all of them before the close begins.
        Racer { who: Who::Handle(holder), calls: Calls::WhileTried(writes) },
    ];
    let mut ran = s.at_once(site, &racers, None)?.into_iter();
    let (Some(closed), Some(Ran { made: Some(made), calls: opens, .. }), Some(written)) =
        (ran.next(), ran.next(), ran.next())
    else {
        unreachable!("each has run, and one without a handle has made one");
    };
    let (refused, let_in): (Vec<_>, Vec<_>) =
        opens.into_iter().partition(|(_, outcome)| !matches!(outcome, Outcome::Done));
    let (before, after): (Vec<_>, Vec<_>) =
        written.calls.into_iter().partition(|(_, outcome)| matches!(outcome, Outcome::Id(_)));
    let is_let_in = !let_in.is_empty();
    let newcomer = s.witness_made(site, None, made)?;
    for (handle, calls) in
        [(newcomer, refused), (holder, before), (holder, closed.calls), (holder, after), (newcomer, let_in)]
    {
        calls.into_iter().try_for_each(|(op, outcome)| s.witness_call(handle, op, outcome))?;
    }
    s.turn_to(newcomer);
    // Writes and a close, one after the other, were right before.
    s.lay_to(Some(&clause::durable::second_handle_is_refused));
    if is_let_in {
        s.look_everywhere()?;
    }
    hand_on(s, site, [newcomer, holder])?;
    s.lay_to(None);
    Ok(())
}

/// Writes of each kind, in each round another one as the last: what is kept back until the next is kept then.
fn writes_each_kind(s: &mut Probe, what: &str, round: usize) -> Check {
    let name = format!("{what} {round}");
    let id = s.insert(full("a", "h").response(name.as_str()))?;
    let mut writes = [
        Op::Insert(entry("meetings", &name)),
        Op::SetNamespaceQuota("a".into(), round as u64),
        Op::WriteMeta("key".into(), name.into()),
        Op::UpdateAccess(id, 2_000 + round as u64),
    ];
    writes.rotate_left(round % KINDS);
    writes.into_iter().try_for_each(|write| s.call(write).map(drop))?;
    s.look_everywhere()
}

/// The current handle is closed, after some other calls, while another is made and opened, in a child or here. Calls go on to
/// one that comes after both.
fn close_meets_open(s: &mut Probe, place: Option<usize>, before: Vec<Op>) -> Check {
    let (holder, site) = (s.current(), s.site_index());
    let life = before.into_iter().chain([Op::Close]).collect();
    let racers = [
        Racer { who: Who::Handle(holder), calls: Calls::WhileTried(life) },
        Racer { who: Who::New(place), calls: Calls::Until(Op::Open(sample::identity())) },
    ];
    let mut ran = s.at_once(site, &racers, None)?.into_iter();
    let (Some(closed), Some(Ran { made: Some(made), calls: mut opens, is_late, .. })) =
        (ran.next(), ran.next())
    else {
        unreachable!("each has run, and one without a handle has made one");
    };
    // What was refused was so before the close, and who was let in came after it; so did a last try that began then.
    let is_let_in = matches!(opens.last(), Some((_, Outcome::Done)));
    let after = opens.split_off(opens.len().saturating_sub(usize::from(is_let_in || is_late)));
    let newcomer = s.witness_made(site, place, made)?;
    let judge = |s: &mut Probe, handle, calls: Vec<_>| {
        calls.into_iter().try_for_each(|(op, outcome)| s.witness_call(handle, op, outcome))
    };
    judge(s, newcomer, opens)?;
    judge(s, holder, closed.calls)?;
    judge(s, newcomer, after)?;
    s.turn_to(newcomer);
    if is_let_in {
        s.look_everywhere()?;
        let late = refused_handle(s)?;
        leave(s, late)?;
    }
    hand_on(s, site, [newcomer, holder])
}

/// Drops both handles, and opens another one.
fn hand_on(s: &mut Probe, site: usize, before: [usize; 2]) -> Check {
    before.into_iter().try_for_each(|handle| leave(s, handle))?;
    s.make_on(site)?;
    s.open(&sample::identity())
}

/// Drops a handle, if there is one.
fn leave(s: &mut Probe, handle: usize) -> Check {
    s.turn_to(handle);
    if s.has_handle() { s.drop_handle() } else { Ok(()) }
}

/// Tries to get another handle on a handle's data in a child, which must fail, and goes back to the handle.
fn refused_in(s: &mut Probe, child: usize, handle: usize) -> Check {
    s.make_again_in_child(child)?;
    if s.has_handle() {
        s.refused(Op::Open(sample::identity()))?;
        s.drop_handle()?;
    }
    s.turn_to(handle);
    s.look_everywhere()
}

/// Tries to get another handle on the current one's data, which must fail in the factory or in open.
fn refused_handle(s: &mut Probe) -> Check<usize> {
    let handle = s.make_again()?;
    if s.has_handle() {
        s.refused(Op::Open(sample::identity()))?;
        s.refused(Op::Count(None))?;
    }
    Ok(handle)
}

/// The handle that has the data works.
fn works(s: &mut Probe, handle: usize, hash: &str) -> Check {
    s.turn_to(handle);
    s.look_everywhere()?;
    s.insert(entry("a", hash))?;
    s.look_everywhere()
}
