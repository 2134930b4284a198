//! What may happen while walks are alive, and what they show of it.

use super::{WALKS, fill, undisturbed};
use crate::{
    operation::{Op, Walk},
    probe::{Check, LiveWalk, Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, MORE_THAN_A_PAGE, entry, identity},
};

pub(crate) fn allows_writes_meanwhile(s: &mut Probe) -> Verdict {
    s.note("What fails without a walk is not a walk's fault, in an empty store either.");
    for entries in [3, 0] {
        s.start()?;
        fill(s, entries)?;
        call_everything(s)?;
    }
    for walk in WALKS {
        s.note("What is written under a walk is there when the walk is not.");
        s.start()?;
        fill(s, 3)?;
        s.walking(walk, |s, live| {
            live.next(s)?;
            s.insert(entry("a", "meanwhile"))?;
            live.rest(s)
        })?;
        s.get_by_hash("a", "meanwhile")?;
        s.note("What is next goes, and the walk goes on.");
        s.start()?;
        let ids = fill(s, 12)?;
        s.walking(walk, |s, live| {
            live.next(s)?;
            for gone in &ids[1..] {
                s.delete_by_id(*gone)?;
            }
            live.rest(s)
        })?;
    }
    for walk in WALKS {
        s.note("Before the first item, after it, when the walk was dropped half-way, and after the end.");
        s.start()?;
        fill(s, 3)?;
        s.walking(walk, |s, _| call_everything(s))?;
        s.start()?;
        fill(s, 3)?;
        s.walking(walk, |s, live| {
            live.next(s)?;
            call_everything(s)
        })?;
        call_everything(s)?;
        s.start()?;
        fill(s, 3)?;
        s.walking(walk, |s, live| {
            live.rest(s)?;
            call_everything(s)
        })?;
        s.walking(walk, |s, live| {
            live.next(s)?;
            s.close()
        })?;
    }
    s.note("More at once than a pool has connections, and as many that were dropped half-way.");
    s.start()?;
    fill(s, 3)?;
    nest(s, MANY_WALKS)?;
    for n in 0..LEFT_WALKS {
        s.walking(WALKS[n % WALKS.len()], |s, live| live.next(s).map(drop))?;
    }
    call_everything(s)?;
    s.note("A walk holds up no other store either.");
    let first = s.start()?;
    fill(s, 3)?;
    s.walking(Walk::All, |s, live| {
        live.next(s)?;
        s.start()?;
        call_everything(s)?;
        s.turn_to(first);
        live.rest(s)
    })?;
    s.go_further();
    for walk in WALKS {
        s.note(
            "Each read sees what was written since the walk began; the walk goes on, however much that is.",
        );
        s.start()?;
        let ids = fill(s, 3)?;
        s.walking(walk, |s, live| {
            live.next(s)?;
            sees_each_write(s, ids[0])?;
            for n in 0..MANY_WRITES {
                s.update_access(ids[0], n)?;
            }
            live.rest(s)
        })?;
    }
    s.held()
}

/// Pools have five, eight, ten, sixteen, thirty-two or sixty-four connections where nobody says how many.
const MANY_WALKS: usize = 66;
/// LMDB has 126 places for readers where nobody says how many.
const LEFT_WALKS: usize = 130;

/// More than an engine keeps old states for, where nobody says how many.
const MANY_WRITES: u64 = 300;

/// Every kind of write, after each of which everything is read.
fn sees_each_write(s: &mut Probe, stays: u64) -> Check {
    let id = s.insert(entry("new", "h").response("written"))?;
    s.look_everywhere()?;
    s.insert(entry("new", "h").response("refreshed").ttl(1))?;
    s.look_everywhere()?;
    s.update_access(stays, 7)?;
    s.set_namespace_quota("new", 3)?;
    s.write_meta("key", "of the walk")?;
    s.look_everywhere()?;
    s.delete_by_id(id)?;
    s.look_everywhere()?;
    for remove in [|s: &mut Probe| s.delete_expired(1, None), |s: &mut Probe| s.clear_namespace("new")] {
        s.insert(entry("new", "h").ttl(1))?;
        s.look_everywhere()?;
        remove(s)?;
        s.look_everywhere()?;
    }
    Ok(())
}

/// Begins walks inside of walks, calls everything, and takes each to its end.
fn nest(s: &mut Probe, walks: usize) -> Check {
    if walks == 0 {
        return call_everything(s);
    }
    s.walking(WALKS[walks % WALKS.len()], |s, live| {
        live.next(s)?;
        nest(s, walks - 1)?;
        live.rest(s)
    })
}

/// Calls every operation but `close` in a way that must succeed, and is told so.
fn call_everything(s: &mut Probe) -> Check {
    let id = s.insert(entry("a", "new"))?;
    s.insert(entry("a", "new").response("refreshed"))?;
    s.update_access(id, 7)?;
    s.delete_by_id(id)?;
    s.insert(entry("b", "due").ttl(1))?;
    s.delete_expired(1, Some("b"))?;
    s.insert(entry("b", "due").ttl(1))?;
    s.delete_expired(1, None)?;
    s.insert(entry("b", "cleared"))?;
    s.clear_namespace("b")?;
    s.set_namespace_quota("a", 5)?;
    s.write_meta("key", "value")?;
    s.open(&identity())?;
    s.refused(Op::Insert(entry("a", "refused").embedding([1.0])))?;
    s.integrity_check()?;
    s.version_counter()?;
    s.get_by_hash("a", "h0")?;
    s.get_by_id(id)?;
    s.iter_lru_ids(9, None)?;
    s.get_namespace_quota("a")?;
    s.read_meta("key")?;
    s.iter_all()?;
    s.count(None).map(drop)
}

/// Something that happens while a walk is alive, given the ids of twelve entries.
type Act = fn(&mut Probe, &[u64]) -> Check;

/// Does something after so many items of each of the three walks over twelve entries: more than the smallest page.
fn disturb(s: &mut Probe, taken: usize, act: Act) -> Check {
    for walk in WALKS {
        s.start()?;
        let ids = twelve(s)?;
        s.walking(walk, |s, live| {
            take(s, live, taken)?;
            act(s, &ids)?;
            s.version_counter()?;
            live.rest(s)
        })?;
    }
    Ok(())
}

/// Inserts twelve entries, one of them with a ttl and one in a namespace of its own, and looks at all of them: what is
/// wrong later was not wrong before.
fn twelve(s: &mut Probe) -> Check<Vec<u64>> {
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(s.insert(match n {
            9 => entry("a", "due").ttl(1),
            10 => entry("gone", "h10"),
            n => entry("a", &format!("h{n}")),
        })?);
    }
    s.iter_all()?;
    Ok(ids)
}

/// More entries than the smaller pages hold.
const YIELDED: usize = 50;

fn take(s: &mut Probe, live: &mut LiveWalk<'_>, items: usize) -> Check {
    (0..items).try_for_each(|_| live.next(s).map(drop))
}

pub(crate) fn keeps_what_stays(s: &mut Probe) -> Verdict {
    undisturbed(s, 24)?;
    s.note(
        "An entry behind the walk goes, the one that it stands on, the one ahead; others come, \
         change, or are used.",
    );
    let acts: [Act; 9] = [
        |s, ids| s.delete_by_id(ids[0]).map(drop),
        |s, ids| s.delete_by_id(ids[2]).map(drop),
        |s, ids| s.delete_by_id(ids[3]).map(drop),
        |s, _| s.insert(entry("a", "new")).map(drop),
        |s, _| s.insert(entry("a", "h0").response("refreshed behind")).map(drop),
        |s, _| s.insert(entry("a", "h2").response("refreshed here")).map(drop),
        |s, _| s.insert(entry("a", "h5").response("refreshed ahead")).map(drop),
        |s, ids| use_two(s, ids[0], ids[5]),
        |s, _| remove_two(s),
    ];
    for act in acts {
        disturb(s, 3, act)?;
    }
    s.note("Between the call and the first item too.");
    disturb(s, 0, |s, ids| {
        s.delete_by_id(ids[0])?;
        s.insert(entry("a", "h1").response("refreshed"))?;
        s.update_access(ids[2], 9_000)
    })?;
    s.note("A cursor outlives its entry.");
    s.start()?;
    let ids = twelve(s)?;
    s.walking(Walk::Since(ids[3]), |s, live| {
        s.delete_by_id(ids[3])?;
        live.rest(s)
    })?;
    s.note("What is no entry disturbs no walk.");
    disturb(s, 3, |s, _| {
        s.set_namespace_quota("a", 1)?;
        s.write_meta("key", "value")
    })?;
    s.note("Several walks at once, each with its own place.");
    s.start()?;
    let ids = twelve(s)?;
    s.walking(Walk::All, |s, first| {
        take(s, first, 2)?;
        s.walking(Walk::Changed(0), |s, second| {
            take(s, second, 7)?;
            s.walking(Walk::All, |s, third| {
                take(s, third, 4)?;
                s.delete_by_id(ids[1])?;
                first.next(s)?;
                second.next(s)?;
                third.rest(s)
            })?;
            second.rest(s)
        })?;
        first.rest(s)
    })?;
    s.note("Each goes as soon as it was yielded, so also the one that a page ended with.");
    for walk in WALKS {
        s.start()?;
        let ids = undisturbed(s, YIELDED)?;
        s.walking(walk, |s, live| {
            for id in ids {
                live.next(s)?;
                s.delete_by_id(id)?;
            }
            live.rest(s)
        })?;
    }
    s.note("Each walk has a place of its own, whatever another one has turned meanwhile.");
    undisturbed(s, MORE_THAN_A_BYTE)?;
    for walk in WALKS {
        s.walking(walk, |s, live| {
            take(s, live, 3)?;
            s.walking(walk, |s, other| {
                other.next(s)?;
                other.rest(s)
            })?;
            live.rest(s)
        })?;
    }
    s.note("Past a page of any size: each walk turns one or more after the writes.");
    let mut there: Vec<_> = undisturbed(s, MORE_THAN_A_PAGE)?.into_iter().enumerate().collect();
    s.version_counter()?;
    // The walk by changes comes first, while the order of changes is still that of the ids.
    for (n, walk) in WALKS.into_iter().rev().enumerate() {
        s.walking(walk, |s, live| {
            take(s, live, 3)?;
            s.note("One behind, the one it stands on, one ahead, and the last of each of the usual pages.");
            let (behind, ahead) = (there[1].0, there[1_050].0);
            for place in [0, 2, 6, 9, 49, 63, 99, 127, 255, 499, 511, 999, 1_023].into_iter().rev() {
                s.delete_by_id(there.remove(place).1)?;
            }
            s.insert(entry("a", &format!("h{behind}")).response("refreshed behind"))?;
            s.insert(entry("a", &format!("h{ahead}")).response("refreshed ahead"))?;
            s.insert(entry("b", &format!("new{n}")))?;
            live.rest(s)
        })?;
    }
    s.held()
}

pub(crate) fn yields_only_what_was(s: &mut Probe) -> Verdict {
    s.note(
        "The next entry is refreshed in every field before it is yielded: it comes as it was, or as \
         it is.",
    );
    let acts: [Act; 7] = [
        |s, _| refresh(s, &["h0", "h1", "h5"]),
        // Used, which changes two fields together; and more than once after a refresh.
        |s, ids| use_two(s, ids[1], ids[5]),
        |s, ids| {
            refresh(s, &["h1"])?;
            use_two(s, ids[1], ids[1])
        },
        // What goes is whole, or not there.
        |s, ids| {
            s.delete_by_id(ids[1])?;
            s.delete_by_id(ids[5]).map(drop)
        },
        |s, _| remove_two(s),
        // What comes, comes once: a new entry, and one under the key of another that is gone.
        |s, ids| {
            s.insert(entry("a", "new"))?;
            s.delete_by_id(ids[5])?;
            s.insert(other("h5")).map(drop)
        },
        // What comes and goes.
        |s, _| {
            let id = s.insert(entry("a", "new"))?;
            s.delete_by_id(id).map(drop)
        },
    ];
    s.note("What each of them does wrong without a walk is no walk's fault.");
    for act in acts {
        s.start()?;
        let ids = twelve(s)?;
        act(s, &ids)?;
        s.look_everywhere()?;
    }
    for act in acts {
        disturb(s, 1, act)?;
    }
    disturb(s, 0, |s, _| refresh(s, &["h0", "h11"]))?;
    s.note("Further on than a store reads ahead.");
    s.start()?;
    let ids = fill(s, MORE_THAN_A_PAGE)?;
    s.version_counter()?;
    // The walk by changes comes first, while the order of changes is still that of the ids.
    for (n, walk) in WALKS.into_iter().rev().enumerate() {
        s.walking(walk, |s, live| {
            take(s, live, n + 1)?;
            refresh(s, &[1, 600, 1_090].map(|place| format!("h{}", place + n)))?;
            s.update_access(ids[1_095 + n], 9_000)?;
            live.rest(s)
        })?;
    }
    s.held()
}

/// Uses two entries, the second twice as late.
fn use_two(s: &mut Probe, first: u64, second: u64) -> Check {
    s.update_access(first, 9_000)?;
    s.update_access(second, 18_000)
}

/// Removes those two of twelve entries that stand apart.
fn remove_two(s: &mut Probe) -> Check {
    s.clear_namespace("gone")?;
    s.delete_expired(1, None).map(drop)
}

/// Replaces entries by others under the same keys.
fn refresh(s: &mut Probe, hashes: &[impl AsRef<str>]) -> Check {
    hashes.iter().try_for_each(|hash| s.insert(other(hash.as_ref())).map(drop))
}

/// An entry that has none of its values in common with those that the walks begin with.
fn other(hash: &str) -> mneme::Entry {
    let metadata = serde_json::json!({ "source": "second" });
    entry("a", hash)
        .query("What was it?")
        .response("It was that.")
        .embedding([0.0, 1.0, 0.0, 0.0])
        .metadata(metadata.as_object().cloned().unwrap_or_default())
        .created_at(2_000)
        .last_accessed_at(2_200)
        .access_count(1)
}
