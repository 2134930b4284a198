//! Several handles on the same data at once, in this process and in others.

mod racing;

pub(crate) use self::racing::{first_opens_may_race, ids_never_collide};

use super::{durable::lets_the_right_one_in_alone, indexes};
use crate::{
    contract::clause,
    operation::{Op, Walk},
    probe::{Blow, Call, Check, Probe, Verdict},
    sample::{self, DIMENSION, entry, full},
};
use mneme::Identity;
use std::time::Duration;

/// Makes and opens another handle on the current one's data, here or in a child.
fn join(s: &mut Probe, child: Option<usize>) -> Check<usize> {
    let handle = match child {
        None => s.make_again()?,
        Some(child) => s.make_again_in_child(child)?,
    };
    s.open(&sample::identity())?;
    Ok(handle)
}

pub(crate) fn handles_agree(s: &mut Probe) -> Verdict {
    let here = s.start()?;
    let beside = join(s, None)?;
    let child = s.start_child()?;
    let there = join(s, Some(child))?;
    let other = s.start_child()?;
    let elsewhere = join(s, Some(other))?;
    let mut round = 0;
    s.note(
        "First whoever writes looks itself, so that what is wrong for one handle too is not taken for \
         disagreement.",
    );
    for looks in [true, false] {
        for (writer, reader) in
            [(here, beside), (beside, here), (here, there), (there, beside), (there, elsewhere)]
        {
            agree(s, writer, reader, looks, round)?;
            round += 1;
        }
    }
    for (round, (writer, reader)) in [(here, beside), (there, here)].into_iter().enumerate() {
        each_read_first(s, writer, reader, round)?;
    }
    for (one, other) in [(here, beside), (there, here), (beside, there)] {
        one_key_changes_hands(s, one, other)?;
        back_to_what_it_was(s, one, other)?;
        nothing_came_of_it(s, one, other)?;
        what_another_wrote(s, one, other)?;
    }
    s.note("A walk on one handle shuts no other out.");
    for (one, other) in [(here, beside), (there, here)] {
        for walk in [Walk::All, Walk::Changed(0)] {
            s.turn_to(one);
            s.walking(walk, |s, live| {
                live.next(s)?;
                s.turn_to(other);
                s.insert(entry("under a walk", "h"))?;
                s.delete_expired(0, None)?;
                s.turn_to(one);
                live.rest(s)
            })?;
            s.look_everywhere()?;
        }
    }
    for handle in [elsewhere, there, beside, here] {
        s.turn_to(handle);
        s.look_everywhere()?;
        s.integrity_check()?;
    }
    s.held()
}

/// Every kind of write on one handle, each seen by the next read on another.
fn agree(s: &mut Probe, writer: usize, reader: usize, looks: bool, round: usize) -> Check {
    s.note("What a reader keeps of an earlier answer shows when it is asked again.");
    s.turn_to(reader);
    s.look_everywhere()?;
    s.turn_to(writer);
    let mut id = 0;
    for step in 0..9 {
        let name = format!("{round}");
        match step {
            0 => id = s.insert(full("a", &name))?,
            1 => drop(s.insert(full("a", &name).response(format!("again {round}")).ttl(1))?),
            2 => s.update_access(id, 5_000 + round as u64)?,
            3 => s.set_namespace_quota("a", 10 + round as u64)?,
            4 => s.write_meta("key", &name)?,
            5 => drop(s.delete_expired(2_000, Some("a"))?),
            6 => id = s.insert(entry("b", &name))?,
            7 => drop(s.delete_by_id(id)?),
            _ => {
                s.insert(entry("c", &name))?;
                s.clear_namespace("c")?;
            }
        }
        if looks {
            s.look_everywhere()?;
        }
        s.turn_to(reader);
        s.look_everywhere()?;
        s.turn_to(writer);
    }
    Ok(())
}

/// Each kind of read as the first one after each kind of write on another handle: a read that brings a handle up to date
/// must not hide that the next one does not. It is the last one before the write too, so that what a handle keeps of it,
/// or of there being nothing, is asked for again.
fn each_read_first(s: &mut Probe, writer: usize, reader: usize, round: usize) -> Check {
    s.turn_to(writer);
    let mut stay = Vec::new();
    for n in 0..3 {
        stay.push(s.insert(full("stays", &format!("{round} {n}")).last_accessed_at(6_000 + n))?);
    }
    let mut new = (s.insert(entry("new", "first"))?, "new".to_owned());
    s.turn_to(reader);
    s.look_everywhere()?;
    let mut turn = 0;
    for read in 0..READS {
        for write in 0..WRITES {
            turn += 1;
            // Each of those that stay in turn, so that an access changes the order.
            let (at, now) = (turn % stay.len(), 7_000 + turn as u64);
            let unique = format!("{round} turn {turn}");
            // Where the write is about something that comes or goes, the read is about that.
            let (id, namespace) = if write == 5 { new.clone() } else { (stay[at], unique.clone()) };
            // The id that is given next, as far as the reader can tell, is asked for while nobody has it.
            let is_to_come = read == 1 && write == 0;
            let read = match read {
                0 => Op::VersionCounter,
                1 if is_to_come => Op::GetById(s.data().last_id + 1),
                1 => Op::GetById(id),
                2 if write == 0 => Op::GetByHash(unique.as_str().into(), "h".into()),
                2 => Op::GetByHash("stays".into(), format!("{round} {at}").into()),
                3 => Op::Walk(Walk::All),
                4 => Op::Walk(Walk::Since(stay[0])),
                5 => Op::Walk(Walk::Changed(0)),
                6 => Op::Count(None),
                7 => Op::Count(Some(namespace.into())),
                8 => Op::ListNamespaces,
                9 => Op::IterLruIds(100, None),
                10 => Op::IterLruIds(100, Some("stays".into())),
                11 => Op::GetNamespaceQuota(unique.as_str().into()),
                12 => Op::ReadMeta(unique.as_str().into()),
                // As whoever polls for changes: there was nothing yet.
                _ => {
                    s.turn_to(reader);
                    Op::Walk(Walk::Changed(s.version_counter()?))
                }
            };
            s.turn_to(reader);
            s.call(read.clone())?;
            s.turn_to(writer);
            match write {
                0 => new = (s.insert(entry(&unique, "h"))?, unique),
                1 => drop(s.insert(
                    full("stays", &format!("{round} {at}")).response(unique).last_accessed_at(now),
                )?),
                2 => s.update_access(stay[at], now)?,
                3 => s.set_namespace_quota(&unique, now)?,
                4 => s.write_meta(&unique, &unique)?,
                5 => drop(s.delete_by_id(new.0)?),
                6 => {
                    s.insert(entry("expires", &unique).created_at(1).ttl(1))?;
                    s.delete_expired(5, Some("expires"))?;
                }
                _ => {
                    s.insert(entry("cleared", &unique))?;
                    s.clear_namespace("cleared")?;
                }
            }
            s.turn_to(reader);
            s.call(if is_to_come { Op::GetById(new.0) } else { read })?;
        }
    }
    Ok(())
}

/// What one handle writes again, another has written over since: it is no repetition.
fn back_to_what_it_was(s: &mut Probe, one: usize, other: usize) -> Check {
    s.turn_to(one);
    let id = s.insert(full("back", "h"))?;
    let writes = |name: &str, number: u64| {
        [
            Op::Insert(full("back", "h").response(name)),
            Op::UpdateAccess(id, number),
            Op::SetNamespaceQuota("back".into(), number),
            Op::WriteMeta("back".into(), name.into()),
        ]
    };
    for (first, second) in std::iter::zip(writes("first", 8_000), writes("second", 9_000)) {
        for (handle, write) in [(one, &first), (other, &second), (one, &first), (other, &second)] {
            s.turn_to(handle);
            s.call(write.clone())?;
            s.turn_to(if handle == one { other } else { one });
            s.look_everywhere()?;
        }
    }
    Ok(())
}

/// A handle that has come to nothing: by a refusal, by a write that found nothing to change, by a walk that was left. It sees
/// what another writes then, and what it writes itself is seen.
fn nothing_came_of_it(s: &mut Probe, one: usize, other: usize) -> Check {
    let too_long = || entry("nothing", "h").embedding(sample::plain(DIMENSION + 1));
    for turn in 0..7 {
        s.turn_to(one);
        match turn {
            0 => drop(s.call(Op::Insert(too_long()))?),
            1 => drop(s.call(Op::UpdateAccess(1, u64::MAX))?),
            2 => drop(s.call(Op::WriteMeta("embedder_dim".into(), "8".into()))?),
            3 => drop(s.delete_by_id(u64::MAX)?),
            4 => drop(s.delete_expired(0, None)?),
            5 => drop(s.clear_namespace("nothing is stored")?),
            _ => s.walking(Walk::All, |s, walk| walk.next(s).map(drop))?,
        }
        for (writer, reader) in [(other, one), (one, other)] {
            s.turn_to(writer);
            s.insert(full("nothing", "h").response(format!("turn {turn} of {writer}")))?;
            s.turn_to(reader);
            s.look_everywhere()?;
        }
    }
    Ok(())
}

/// A key that one handle has removed is another's to insert, and is then no new one to the first.
fn one_key_changes_hands(s: &mut Probe, one: usize, other: usize) -> Check {
    let key = || full("changes hands", "h");
    for turn in 0..3 {
        s.turn_to(one);
        let id = s.insert(key().response(format!("turn {turn} of the first")))?;
        s.delete_by_id(id)?;
        s.turn_to(other);
        let id = s.insert(key().response(format!("turn {turn} of the second")))?;
        s.turn_to(one);
        s.insert(key().response(format!("turn {turn} of the first again")))?;
        s.look_everywhere()?;
        s.turn_to(other);
        s.look_everywhere()?;
        match turn {
            0 => drop(s.delete_by_id(id)?),
            1 => drop(s.clear_namespace("changes hands")?),
            _ => {}
        }
    }
    Ok(())
}

/// One handle works by an index with what it wrote itself, and then another with what it never saw being written.
fn what_another_wrote(s: &mut Probe, one: usize, other: usize) -> Check {
    for worker in [one, other] {
        s.turn_to(one);
        let ids = indexes::fill(s)?;
        s.turn_to(worker);
        s.lay_to((worker != one).then_some(&clause::shared::handles_agree));
        indexes::work(s, ids)?;
    }
    s.turn_to(one);
    s.look_everywhere()?;
    s.lay_to(None);
    Ok(())
}

/// How many kinds of reads, and of writes, there are.
const READS: usize = 14;
const WRITES: usize = 8;

pub(crate) fn identity_binds_every_handle(s: &mut Probe) -> Verdict {
    let first = s.start()?;
    s.insert(full("a", "h"))?;
    let child = s.start_child()?;
    for child in [None, Some(child), None, Some(child)] {
        let handle = match child {
            None => s.make_again()?,
            Some(child) => s.make_again_in_child(child)?,
        };
        let fingerprint = |dimension| Op::Open(Identity::new("conformance:v2", dimension));
        let dimension = Op::Open(Identity::new(sample::identity().fingerprint, DIMENSION * 2));
        for wrong in [fingerprint(DIMENSION), fingerprint(DIMENSION), dimension, fingerprint(DIMENSION * 2)] {
            s.refused(wrong)?;
            s.note("Nobody else notices.");
            s.turn_to(first);
            s.look_everywhere()?;
            s.turn_to(handle);
        }
        lets_the_right_one_in_alone(s)?;
    }
    s.turn_to(first);
    s.insert(full("a", "h2"))?;
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn closing_one_leaves_the_others(s: &mut Probe) -> Verdict {
    let mut alive = vec![s.start()?];
    let first = s.start_child()?;
    let second = s.start_child()?;
    for child in [None, None, None, Some(first), Some(first), Some(first), Some(second), Some(second)] {
        alive.push(join(s, child)?);
        s.insert(full("a", &format!("handle {}", alive.len())))?;
    }
    all_work(s, &alive, "all")?;
    s.note("One here and one there: closed, dropped when it was closed, and dropped as it is.");
    for (turn, handle) in [alive[1], alive[4], alive[2], alive[5]].into_iter().enumerate() {
        alive.retain(|other| *other != handle);
        s.turn_to(handle);
        if turn < 2 {
            s.close()?;
            all_work(s, &alive, &format!("close {turn}"))?;
            s.turn_to(handle);
        }
        s.drop_handle()?;
        all_work(s, &alive, &format!("drop {turn}"))?;
    }
    s.kill(second)?;
    alive.truncate(alive.len() - 2);
    all_work(s, &alive, "kill")?;
    s.note("And killed while it writes, at a moment that is another one each time.");
    s.untold(|s| (0..3).try_for_each(|round| killed_amid_writes(s, &alive, round)))?;
    s.note("The first one of all goes, and those that are left hold the data.");
    let first = alive.remove(0);
    s.turn_to(first);
    s.close()?;
    s.drop_handle()?;
    all_work(s, &alive, "the first")?;
    s.turn_to(alive[0]);
    alive.push(join(s, None)?);
    all_work(s, &alive, "another")?;
    s.aside(whatever_its_life_was)?;
    s.held()
}

/// A handle beside another one, with what it comes to in its life: that it goes takes away no more than that it came.
fn whatever_its_life_was(s: &mut Probe) -> Check {
    let first = s.start()?;
    s.insert(full("a", "h"))?;
    let open = Op::Open(sample::identity());
    let wrong = Op::Open(Identity::new("conformance:v2", DIMENSION));
    let lives: [(&str, &[&Op]); 9] = [
        ("closed", &[&open, &Op::Close]),
        ("opened", &[&open]),
        ("closed twice", &[&open, &Op::Close, &Op::Close]),
        ("opened twice", &[&open, &open, &Op::Close]),
        ("never opened", &[]),
        ("closed, and never opened", &[&Op::Close]),
        ("refused", &[&wrong]),
        ("refused, and closed", &[&wrong, &wrong, &Op::Close]),
        ("opened, and refused another embedder", &[&open, &wrong, &Op::Close]),
    ];
    for (what, life) in lives {
        s.turn_to(first);
        let handle = s.make_again()?;
        for op in life {
            s.call((*op).clone())?;
        }
        all_work(s, &[first], what)?;
        s.turn_to(handle);
        s.drop_handle()?;
        all_work(s, &[first], &format!("{what}, and dropped"))?;
    }
    s.turn_to(first);
    s.close()?;
    s.drop_handle()
}

/// A handle in a process that is killed while it writes.
fn killed_amid_writes(s: &mut Probe, alive: &[usize], round: usize) -> Check {
    s.turn_to(alive[0]);
    let open = Op::Open(sample::identity());
    let writes = (0..200).map(|n| Op::Insert(full("stream", "h").response(format!("{round} {n}"))));
    let calls: Vec<_> = std::iter::once(open).chain(writes).map(|op| Call { thread: 0, op }).collect();
    let blow = Blow::AtBegin(10 + 5 * round, Duration::from_micros(100 * round as u64));
    s.strike(&calls, &blow)?;
    let new = s.current();
    all_work(s, alive, &format!("stroke {round}"))?;
    s.turn_to(new);
    s.drop_handle()
}

/// Each handle reads everything, and writes.
fn all_work(s: &mut Probe, alive: &[usize], what: &str) -> Check {
    for handle in alive {
        s.turn_to(*handle);
        s.look_everywhere()?;
        s.insert(entry("works", &format!("{handle}")).response(what))?;
        s.look_everywhere()?;
    }
    s.note("What is wrong from here on is no write's fault that another handle has not seen.");
    for handle in alive {
        s.turn_to(*handle);
        s.look_everywhere()?;
    }
    Ok(())
}
