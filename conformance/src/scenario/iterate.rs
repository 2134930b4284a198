mod meanwhile;

pub(crate) use self::meanwhile::{allows_writes_meanwhile, keeps_what_stays, yields_only_what_was};

use super::pasts::pasts;
use crate::{
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{MORE_THAN_A_PAGE, entry, full},
};

/// The three walks, each over everything.
const WALKS: [Walk; 3] = [Walk::All, Walk::Since(0), Walk::Changed(0)];

pub(crate) fn ascends_by_id(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "Keys and times run against the ids, and two namespaces take turns: no other order of these \
         is theirs. And there are ten and more, so that text order shows.",
    );
    let mut ids = Vec::new();
    for n in 0..12 {
        let entry = entry(["b", "a"][n % 2], &format!("h{}", 99 - n));
        ids.push(s.insert(entry.created_at(99 - n as u64).last_accessed_at(99 - n as u64))?);
    }
    s.iter_all()?;
    s.iter_since(ids[0])?;
    s.note("A use, a refresh and a place that was set free move nothing.");
    s.update_access(ids[1], 500)?;
    s.insert(entry("b", "h97").response("refreshed").created_at(500))?;
    s.delete_by_id(ids[3])?;
    s.insert(entry("a", "h50"))?;
    s.iter_all()?;
    s.iter_since(0)?;
    s.note(
        "Ids of four digits and of two bytes: neither padded text nor little-endian keys have their \
         order.",
    );
    s.start()?;
    fill(s, MORE_THAN_A_PAGE)?;
    s.iter_all()?;
    s.iter_since(5)?;
    s.held()
}

pub(crate) fn yields_every_entry_once(s: &mut Probe) -> Verdict {
    s.start()?;
    for walk in WALKS {
        walk_whole(s, walk)?;
    }
    s.note(
        "Each way of changing the data, walked before and after: nothing that a walk read may be kept \
         for the next one.",
    );
    let first = s.insert(full("a", "h1"))?;
    walk_all_ways(s)?;
    let second = s.insert(full("b", "h1").ttl(9))?;
    walk_all_ways(s)?;
    s.update_access(first, 5_000)?;
    walk_all_ways(s)?;
    s.insert(entry("a", "h1").response("refreshed"))?;
    walk_all_ways(s)?;
    s.insert(entry("", "h1"))?;
    s.delete_by_id(second)?;
    walk_all_ways(s)?;
    s.clear_namespace("")?;
    s.insert(entry("b", "h2").ttl(3))?;
    walk_all_ways(s)?;
    s.delete_expired(3, None)?;
    walk_all_ways(s)?;

    left_half_way(s, Walk::All)?;
    s.note("Past any page, and exactly at the end of some: most of it in one namespace.");
    s.start()?;
    let mut ids = Vec::new();
    for n in 0..2_500 {
        let namespace = match n {
            100..2_300 => "b",
            n => ["a", "c"][n % 2],
        };
        ids.push(s.insert(entry(namespace, &format!("h{n}")))?);
        if [999, 1_000, 1_023, 1_024, 2_047].contains(&n) {
            s.iter_all()?;
        }
    }
    s.note("What was written again and used since is shown as it is now.");
    for at in [0, 99, 1_200, 2_499] {
        let namespace = if at == 1_200 { "b" } else { ["a", "c"][at % 2] };
        s.insert(entry(namespace, &format!("h{at}")).response("refreshed"))?;
        s.update_access(ids[at], 5_000)?;
        s.get_by_id(ids[at])?;
    }
    walk_all_ways(s)?;
    for page in [1, 10, 50, 64, 100, 128, 256, 512, 1_000, 1_024] {
        s.iter_since(ids[ids.len() - page - 1])?;
    }
    s.note("Holes, one of them wider than any page of ids.");
    s.clear_namespace("b")?;
    for id in ids[..100].iter().step_by(3) {
        s.delete_by_id(*id)?;
    }
    walk_all_ways(s)?;
    s.note("Whatever was done to it before.");
    pasts(s)?;
    s.held()
}

pub(crate) fn never_ends_early(s: &mut Probe) -> Verdict {
    undisturbed(s, 24)?;
    for walk in WALKS {
        s.note("What comes after the end is for another walk.");
        s.start()?;
        s.insert(entry("a", "h1"))?;
        s.insert(entry("a", "h2"))?;
        s.walking(walk, |s, live| {
            live.rest(s)?;
            s.insert(entry("a", "h3"))?;
            live.next(s)?;
            s.insert(entry("a", "h1").response("refreshed"))?;
            live.rest(s)
        })?;
        s.note("Once it has ended, closing is no news either.");
        s.walking(walk, |s, live| {
            live.rest(s)?;
            s.close()?;
            live.rest(s)
        })?;
    }
    for walk in WALKS {
        s.note("Closed before the first item, after the first, and at the end of a page.");
        for taken in [0, 1, 10] {
            s.start()?;
            fill(s, 12)?;
            close_under(s, walk, taken)?;
        }
    }
    s.note("And further on than a store reads ahead, under all of them at once.");
    undisturbed(s, MORE_THAN_A_PAGE)?;
    close_under_all(s, &WALKS)?;
    s.held()
}

/// Leaves a walk after its first item, changes something in one way, and walks over everything: what the first one read on may be
/// kept, and the next one begins at the same place.
pub(super) fn left_half_way(s: &mut Probe, walk: Walk) -> Check {
    s.note("A walk that is left half-way has read on, which is not for the next one.");
    s.start()?;
    s.note("Of one namespace, no two alike, and none is used before it is refreshed: what is kept shows all the same.");
    let of = |hash: &str| entry("a", hash).response(hash);
    let before = s.insert(of("h0"))?;
    let walk = match walk {
        Walk::Since(_) => Walk::Since(before),
        walk => walk,
    };
    let first = s.insert(of("h1"))?;
    let second = s.insert(of("h2"))?;
    for change in [
        Op::Insert(of("h2").response("refreshed")),
        Op::Insert(of("h3")),
        Op::UpdateAccess(second, 5_000),
        Op::DeleteById(first),
    ] {
        s.walking(walk, |s, live| live.next(s).map(drop))?;
        s.call(change)?;
        walk_whole(s, walk)?;
    }
    Ok(())
}

/// Takes some items, closes the handle, and takes what still comes: the rest, or an error.
fn close_under(s: &mut Probe, walk: Walk, taken: usize) -> Check {
    s.walking(walk, |s, live| {
        for _ in 0..taken {
            live.next(s)?;
        }
        s.close()?;
        live.rest(s)
    })
}

/// Begins walks inside of one another, takes an item of each, closes the handle, and takes what still comes of each.
fn close_under_all(s: &mut Probe, walks: &[Walk]) -> Check {
    let Some((&walk, others)) = walks.split_first() else { return s.close() };
    s.walking(walk, |s, live| {
        live.next(s)?;
        close_under_all(s, others)?;
        live.rest(s)
    })
}

/// Inserts so many entries into one namespace, and answers their ids.
fn fill(s: &mut Probe, entries: usize) -> Check<Vec<u64>> {
    (0..entries).map(|n| s.insert(entry("a", &format!("h{n}")))).collect()
}

/// Fills a fresh store for walks that something disturbs, and walks over it while nothing does: what is missing already is
/// missing for another reason. Answers the ids.
fn undisturbed(s: &mut Probe, entries: usize) -> Check<Vec<u64>> {
    s.start()?;
    let ids = fill(s, entries)?;
    walk_all_ways(s)?;
    Ok(ids)
}

fn walk_whole(s: &mut Probe, walk: Walk) -> Check {
    match walk {
        Walk::All => s.iter_all(),
        Walk::Since(id) => s.iter_since(id),
        Walk::Changed(version) => s.iter_changed(version),
    }
    .map(drop)
}

fn walk_all_ways(s: &mut Probe) -> Check {
    WALKS.into_iter().try_for_each(|walk| walk_whole(s, walk))
}
