mod exclusive;
mod identity;
mod kill;

pub(crate) use self::{
    exclusive::second_handle_is_refused,
    identity::identity_is_checked_on_reopen,
    kill::{Kills, survives_kill},
};

pub(super) use self::identity::{lets_the_right_one_in_alone, next_lets_the_right_one_in_alone};

use super::{contents, indexes};
use crate::{
    contract::clause,
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{self, DIMENSION, MORE_THAN_A_PAGE, entry, full},
};
use mneme::{Identity, limits::MAX_NUMBER};
use std::time::Instant;

pub(crate) fn unclaimed_keeps_nothing(s: &mut Probe) -> Verdict {
    let first = s.start()?;
    let id = s.insert(full("a", "h"))?;
    s.insert(entry("b", "h"))?;
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.look_everywhere()?;
    s.note(
        "While the first is open, after its close, and after its drop; the last time for another \
         embedder.",
    );
    s.make_again()?;
    s.open(&sample::identity())?;
    knows_nothing(s, id)?;
    s.turn_to(first);
    s.look_everywhere()?;
    s.close()?;
    s.make_again()?;
    s.open(&sample::identity())?;
    knows_nothing(s, id)?;
    s.turn_to(first);
    s.drop_handle()?;
    s.make_again()?;
    s.open(&Identity::new("another", 2))?;
    knows_nothing(s, id)?;
    s.held()
}

/// Looks for what was written on another handle.
fn knows_nothing(s: &mut Probe, id: u64) -> Check {
    s.get_by_hash("a", "h")?;
    s.get_by_id(id)?;
    s.get_namespace_quota("a")?;
    s.read_meta("key")?;
    s.look_everywhere()
}

/// Something of everything that a store keeps, and traces of what is gone.
fn fill(s: &mut Probe) -> Check {
    let id = s.insert(full("a", "h"))?;
    s.note("Ten and more, so that an order by text shows.");
    for n in 0..10 {
        s.insert(entry("b", &format!("h{n}")).last_accessed_at(100 - n))?;
    }
    let gone = s.insert(entry("gone", "h"))?;
    s.delete_by_id(gone)?;
    s.insert(entry("gone", "h").created_at(1).ttl(1))?;
    s.delete_expired(5, None)?;
    s.note("What is due elsewhere stays, also where the expiry itself is written down.");
    for namespace in ["gone", "b"] {
        s.insert(entry(namespace, "due").created_at(1).ttl(1))?;
    }
    s.delete_expired(5, Some("gone"))?;
    s.insert(entry("cleared", "h"))?;
    s.clear_namespace("cleared")?;
    s.insert(entry("b", "h1").response("again"))?;
    s.note("What was replaced, by more and by less, and what is written again after the reopen.");
    for (hash, is_full_first) in [("by less", true), ("by more", false)] {
        for is_full in [is_full_first, !is_full_first] {
            s.insert(if is_full { full("b", hash) } else { entry("b", hash) })?;
        }
    }
    let again = s.insert(full("b", "written again"))?;
    s.delete_by_id(again)?;
    s.update_access(id, 900)?;
    for (namespace, quota) in [("a", 9), ("a", 7), ("none stored", 3), ("", 0)] {
        s.set_namespace_quota(namespace, quota)?;
    }
    for (key, value) in [("key", "first"), ("key", "kept"), ("", ""), ("version", "007")] {
        s.write_meta(key, value)?;
    }
    s.look_everywhere()
}

/// How many changes are made of a few entries: more than some thousand, after which a log may be written anew.
const CHANGES: usize = 2_500;
/// So many are made, however long they take.
const SOME_CHANGES: usize = 300;
/// Making more than those may take this part of the time that a size has.
const SHARE: u32 = 10;

/// Changes a few entries many times. The entry that had the last id goes first, and no other write says what that was.
fn change_often(s: &mut Probe) -> Check {
    let newest = s.insert(entry("gone", "newest"))?;
    s.delete_by_id(newest)?;
    let budget = s.settings().size_budget() / SHARE;
    let start = Instant::now();
    for n in 0..CHANGES {
        if n >= SOME_CHANGES && start.elapsed() >= budget {
            break;
        }
        s.insert(entry("b", &format!("h{}", n % 10)).response(format!("change {n}")))?;
    }
    Ok(())
}

/// Goes on after a reopen, as if nothing had been: ids, versions and upserts.
fn go_on(s: &mut Probe, hash: &str) -> Check {
    s.insert(entry("a", hash))?;
    s.insert(full("a", "h").response("after the reopen"))?;
    s.note("Keys that were there once.");
    for (namespace, key) in [("b", "written again"), ("gone", "h"), ("cleared", "h")] {
        s.insert(entry(namespace, key))?;
    }
    s.update_access(1, 1_400)?;
    s.set_namespace_quota("a", 8)?;
    s.write_meta("key", "after the reopen")?;
    s.look_everywhere()
}

/// A walk is the closed handle's.
fn closed_under_a_walk(s: &mut Probe) -> Check {
    s.note("A walk that is alive holds the site no more than the closed value does.");
    for walk in [Walk::All, Walk::Changed(0)] {
        s.start()?;
        fill(s)?;
        s.walking(walk, |s, live| {
            live.next(s)?;
            s.close()?;
            s.make_again()?;
            s.open(&sample::identity())?;
            s.look_everywhere()
        })?;
    }
    Ok(())
}

/// Uses of entries are all that was done before the end.
fn used_last(s: &mut Probe) -> Check {
    s.note(
        "A use as the last thing before the end, also where it looks like no change, or like none at all.",
    );
    s.start()?;
    let uses: [(&str, &[u64]); 5] = [
        ("once", &[5_000]),
        ("twice in one second", &[5_000, 5_000]),
        ("in the second of the insert", &[1_200]),
        ("at the beginning of time", &[0]),
        ("at both ends of time", &[MAX_NUMBER, 0]),
    ];
    for (hash, times) in uses {
        let id = s.insert(full("a", hash))?;
        for time in times {
            s.update_access(id, *time)?;
        }
    }
    let id = s.insert(full("a", "at the end of its count").access_count(MAX_NUMBER))?;
    s.update_access(id, 5_000)?;
    s.look_everywhere()?;
    s.reopen()?;
    s.look_everywhere()
}

/// What another handle wrote is behind each cursor that is before it.
fn from_each_cursor(s: &mut Probe) -> Check {
    for stored in s.iter_all()? {
        s.iter_changed(stored.version)?;
        s.iter_since(stored.id)?;
    }
    Ok(())
}

/// What a fresh handle refuses is refused by one that found its data, and changes nothing there either.
fn refuses_as_before(s: &mut Probe) -> Check {
    s.note("What is refused is refused on a handle that found its data too.");
    let id = s.insert(full("a", "h"))?;
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.reopen()?;
    s.look_everywhere()?;
    let past = MAX_NUMBER + 1;
    for refused in [
        Op::Insert(entry("a", "refused").created_at(past)),
        Op::Insert(entry("a", "refused").ttl(past)),
        Op::Insert(entry("a", "refused").embedding([1.0])),
        Op::UpdateAccess(id, past),
        Op::DeleteExpired(past, None),
        Op::SetNamespaceQuota("a".into(), past),
        Op::WriteMeta("embedder_dim".into(), "4".into()),
        Op::Open(Identity::new("another", DIMENSION)),
        Op::Open(Identity::new("conformance:v1", DIMENSION + 1)),
    ] {
        s.refused(refused)?;
        s.look_everywhere()?;
    }
    s.open(&sample::identity())?;
    s.look_everywhere()
}

/// Entries are worked with that another handle wrote.
fn found_and_not_written(s: &mut Probe) -> Check {
    s.note("First on the handle that wrote the entries, and then on one that found them: an index that is filled by inserts is empty there.");
    for reopened in [false, true] {
        s.start()?;
        let ids = indexes::fill(s)?;
        if reopened {
            s.reopen()?;
            s.look_everywhere()?;
            s.lay_to(Some(&clause::durable::survives_close));
        }
        indexes::work(s, ids)?;
        if reopened {
            s.reopen()?;
            s.look_everywhere()?;
        }
    }
    s.lay_to(None);
    Ok(())
}

pub(crate) fn survives_close(s: &mut Probe) -> Verdict {
    let first = s.start()?;
    s.insert(full("a", "h"))?;
    s.insert(entry("a", "h2"))?;
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.look_everywhere()?;
    s.close()?;
    let second = s.make_again()?;
    s.open(&sample::identity())?;
    s.look_everywhere()?;
    s.note("The closed value still exists; when it goes at last, it writes nothing.");
    s.insert(full("a", "h").response("newer"))?;
    s.set_namespace_quota("a", 8)?;
    s.write_meta("key", "newer")?;
    s.look_everywhere()?;
    s.turn_to(first);
    s.drop_handle()?;
    s.turn_to(second);
    s.look_everywhere()?;

    s.start()?;
    fill(s)?;
    for round in ["first", "second", "third"] {
        s.reopen()?;
        s.look_everywhere()?;
        s.integrity_check()?;
        from_each_cursor(s)?;
        go_on(s, round)?;
    }
    closed_under_a_walk(s)?;
    used_last(s)?;
    s.start()?;
    refuses_as_before(s)?;
    found_and_not_written(s)?;
    s.note("More changes than what they have left: whoever writes that anew, writes all of it.");
    s.start()?;
    fill(s)?;
    change_often(s)?;
    s.look_everywhere()?;
    for _ in 0..2 {
        s.reopen()?;
        s.look_everywhere()?;
        s.integrity_check()?;
    }
    go_on(s, "after many changes")?;

    s.note("Without one write in between: what a reopen replays, it replays once.");
    s.start()?;
    fill(s)?;
    s.reopen()?;
    s.reopen()?;
    s.look_everywhere()?;

    s.note("A site that holds nothing yet, and one whose last entry has gone.");
    s.start()?;
    s.reopen()?;
    s.look_everywhere()?;
    let id = s.insert(entry("a", "h"))?;
    s.delete_by_id(id)?;
    s.version_counter()?;
    s.reopen()?;
    s.get_by_id(id)?;
    s.look_everywhere()?;

    s.note(
        "The values that a format of files may cut, round, escape or forget, and more entries than any page.",
    );
    s.start()?;
    contents::fill(s)?;
    s.reopen()?;
    // All of it was right before.
    s.lay_to(Some(&clause::durable::survives_close));
    s.look_everywhere()?;
    s.lay_to(None);
    s.delete_expired(0, Some("due at 0"))?;
    for n in 0..MORE_THAN_A_PAGE {
        s.insert(entry("many", &format!("h{n}")))?;
    }
    s.look_everywhere()?;
    s.reopen()?;
    s.look_everywhere()?;
    s.note("All of them go at once, and the last ids with them.");
    s.clear_namespace("many")?;
    drop_and_open(s)?;
    s.look_everywhere()?;
    s.insert(entry("many", "after the clear"))?;
    s.look_everywhere()?;
    many_names(s)?;
    s.held()
}

/// More names with quotas, and keys with values, than a page of a few hundred has.
const MANY_NAMES: u64 = 520;

fn many_names(s: &mut Probe) -> Check {
    s.start()?;
    for n in 0..MANY_NAMES {
        s.set_namespace_quota(&format!("many {n}"), n)?;
        s.write_meta(&format!("many {n}"), "kept")?;
    }
    s.reopen()?;
    s.look_everywhere()
}

/// Drops the current handle without a close, and opens another on its site.
fn drop_and_open(s: &mut Probe) -> Check {
    s.drop_handle()?;
    s.make_again()?;
    s.open(&sample::identity())
}

pub(crate) fn survives_drop(s: &mut Probe) -> Verdict {
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    drop_and_open(s)?;
    s.get_by_id(id)?;

    s.note(
        "One write of each kind as the last one before the drop: what is held back until the next is \
         lost.",
    );
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    let other = s.insert(entry("b", "h").created_at(1).ttl(1))?;
    let last_writes = [
        Op::UpdateAccess(id, 1_300),
        Op::SetNamespaceQuota("a".into(), 0),
        Op::SetNamespaceQuota("a".into(), 7),
        Op::WriteMeta("key".into(), "kept".into()),
        Op::Insert(full("a", "h").response("again")),
        Op::DeleteExpired(5, None),
        Op::DeleteById(id),
        Op::ClearNamespace("a".into()),
    ];
    for op in last_writes {
        s.call(op)?;
        drop_and_open(s)?;
        s.look_everywhere()?;
        s.get_by_id(other)?;
    }
    s.start()?;
    fill(s)?;
    for round in ["first", "second"] {
        drop_and_open(s)?;
        s.look_everywhere()?;
        s.integrity_check()?;
        go_on(s, round)?;
    }
    s.note("A handle that was made and never opened gives the site back too.");
    s.drop_handle()?;
    s.make_again()?;
    drop_and_open(s)?;
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn ids_stay_fresh(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(entry("a", "kept"))?;
    s.note("The newest one's, by each way in which an entry goes; then the only one's, in an empty store.");
    let newest = s.insert(entry("a", "deleted"))?;
    s.delete_by_id(newest)?;
    s.reopen()?;
    s.insert(entry("a", "after delete").created_at(100).ttl(1))?;
    s.delete_expired(200, None)?;
    s.reopen()?;
    s.insert(entry("b", "after expiry"))?;
    s.clear_namespace("b")?;
    s.reopen()?;
    s.insert(entry("b", "after clear"))?;
    s.clear_namespace("a")?;
    s.clear_namespace("b")?;
    s.reopen()?;
    s.insert(entry("c", "after all"))?;
    s.note("And without a close, or with two reopens and no insert in between.");
    s.clear_namespace("c")?;
    drop_and_open(s)?;
    s.look_everywhere()?;
    s.reopen()?;
    s.insert(entry("c", "after a drop"))?;
    s.look_everywhere()?;
    s.note(
        "More than a block of ids that is taken at once, of which none is left when the handle is dropped.",
    );
    for block in [34, 102] {
        s.start()?;
        for n in 0..block {
            s.insert(entry("a", &format!("h{n}")))?;
        }
        s.clear_namespace("a")?;
        drop_and_open(s)?;
        s.insert(entry("a", "after the block"))?;
    }
    s.held()
}
