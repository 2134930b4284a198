//! A disk that runs full, and has room again.

use super::put;
use crate::{
    operation::{Op, Tampering},
    probe::{Check, Probe, Verdict},
    sample::{self, entry, full},
    scarcity::{Room, Way},
};
use mneme::Entry;

/// How large what is written is: a few of them fill what is left.
const LARGE: usize = 64 * 1024;
/// How much room is left when it becomes short: some writes find it, and one finds half of what it needs.
const LEFT: u64 = 300_000;
/// After so many that found room it cannot be short.
const MOST: usize = 400;

pub(crate) fn full_disk_loses_nothing(s: &mut Probe) -> Verdict {
    if !s.is_durable() {
        return super::nothing_is_kept(s);
    }
    // What goes wrong where there is room is not the disk's fault.
    s.start()?;
    fill(s)?;
    go_on(s, "with room")?;
    let mut reasons = Vec::new();
    let mut ran_out = false;
    for way in Way::ALL {
        match in_short_supply(s, way)? {
            Ok(()) => ran_out = true,
            Err(reason) => reasons.push(reason),
        }
    }
    if ran_out { s.held() } else { s.held_in_part(reasons.join("; ")) }
}

/// Works in a child that runs short of room; answers why it did not where it did not.
fn in_short_supply(s: &mut Probe, way: Way) -> Check<Result<(), String>> {
    let directory = s.empty_directory();
    let child = match s.start_child_by(|program, arguments| way.command(&directory, program, arguments)) {
        Ok(child) => child,
        Err(reason) => return Ok(Err(format!("no child could be kept short of room: {reason}"))),
    };
    let room = match way.of(&s.process(child), &directory) {
        Ok(room) => room,
        Err(reason) => return Ok(Err(format!("no room could be taken from a child: {reason}"))),
    };
    let site = s.site_at(&directory.join("site"));
    let mut never = false;
    s.aside(|s| {
        s.make_on_in_child(site, child)?;
        s.open(&sample::identity())?;
        fill(s)?;
        for (round, left) in [("first", LEFT), ("second", 0), ("third", LEFT)] {
            take(s, &room, site, left)?;
            if !write_until_it_fails(s, round)? {
                // Either it had found room all the same, or what it acknowledged is not there.
                never = true;
                return come_back(s, &room, site, child);
            }
            // One failure is not the last, nor does it end the handle.
            s.try_without_room(&Op::Insert(large(round, MOST)))?;
            other_writes(s, round)?;
            s.look_everywhere_and(|s| s.integrity_check().map(drop))?;
            give(s, &room, site)?;
            s.look_everywhere()?;
            go_on(s, round)?;
            s.insert(large("with room", 0).response(sample::noise(LARGE, 'r')))?;
            s.look_everywhere_and(|s| s.integrity_check().map(drop))?;
        }
        // What was acknowledged is there for the next handle too, where this one is left without room.
        for (round, left) in [("fourth", LEFT), ("fifth", 0)] {
            take(s, &room, site, left)?;
            write_until_it_fails(s, round)?;
            come_back(s, &room, site, child)?;
            go_on(s, round)?;
        }
        s.note("Each kind of write is the last that failed, and nothing that succeeds comes after it.");
        for at in 0..KINDS {
            take(s, &room, site, 0)?;
            let Some(op) = others(s, "last").into_iter().nth(at) else { break };
            s.try_without_room(&op)?;
            s.look_everywhere()?;
            come_back(s, &room, site, child)?;
        }
        Ok(())
    })?;
    Ok(if never {
        Err("the store took more than there was room for without an error".to_owned())
    } else {
        Ok(())
    })
}

/// The handle goes while there is no room, and another one comes when there is.
fn come_back(s: &mut Probe, room: &Room, site: usize, child: usize) -> Check {
    s.call(Op::Close)?;
    s.drop_handle()?;
    give(s, room, site)?;
    s.make_on_in_child(site, child)?;
    s.open(&sample::identity())?;
    s.look_everywhere_and(|s| s.integrity_check().map(drop))
}

fn take(s: &mut Probe, room: &Room, site: usize, left: u64) -> Check {
    put(s, room.take_but(left))?;
    s.tampered(site, Tampering::Full, if left == 0 { "no room is left" } else { "hardly any room is left" })
}

fn give(s: &mut Probe, room: &Room, site: usize) -> Check {
    put(s, room.give())?;
    s.tampered(site, Tampering::Room, "there is room again")
}

/// Inserts until an insert fails, and answers whether one has.
fn write_until_it_fails(s: &mut Probe, round: &str) -> Check<bool> {
    for n in 0..MOST {
        if s.try_without_room(&Op::Insert(large(round, n)))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The other kinds of writes, each of which may find room or not.
fn other_writes(s: &mut Probe, round: &str) -> Check {
    for op in others(s, round) {
        s.try_without_room(&op)?;
        s.look_everywhere()?;
    }
    Ok(())
}

/// How many kinds there are.
const KINDS: usize = 7;

fn others(s: &Probe, round: &str) -> Vec<Op> {
    let Some(id) = s.data().entries.keys().next().copied() else { return Vec::new() };
    let kinds: [Op; KINDS] = [
        Op::WriteMeta("key".into(), format!("without room in the {round}").into()),
        Op::UpdateAccess(id, 7_000),
        Op::SetNamespaceQuota("a".into(), 9),
        Op::DeleteById(id),
        Op::ClearNamespace("after".into()),
        Op::DeleteExpired(5_000, None),
        Op::Insert(full("a", "h").response(format!("without room in the {round}"))),
    ];
    kinds.into()
}

fn large(round: &str, n: usize) -> Entry {
    entry(&format!("large {round}"), &format!("h{n}")).response(sample::noise(LARGE, 'x'))
}

fn fill(s: &mut Probe) -> Check {
    s.insert(full("a", "h"))?;
    for n in 0..4 {
        s.insert(entry("b", &format!("h{n}")))?;
    }
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.look_everywhere()
}

fn go_on(s: &mut Probe, round: &str) -> Check {
    let id = s.insert(entry("after", round))?;
    s.insert(full("a", "h").response(format!("after {round}")))?;
    s.update_access(id, 1_500)?;
    s.write_meta("key", round)?;
    s.set_namespace_quota("a", 8)?;
    s.look_everywhere()
}
