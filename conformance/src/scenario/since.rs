use super::iterate::left_half_way;
use crate::{
    operation::Walk,
    probe::{Check, Probe, Verdict},
    sample::entry,
};
use mneme::limits::MAX_NUMBER;

pub(crate) fn is_exclusive(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "Of twelve entries in two namespaces some go: an id is neither how many come before it, nor \
         text.",
    );
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(s.insert(entry(["b", "a"][n % 2], &format!("h{}", 99 - n)))?);
    }
    s.iter_since(ids[0])?;
    for gone in [1, 2, 6] {
        s.delete_by_id(ids[gone])?;
    }
    s.iter_all()?;
    for (place, id) in ids.iter().enumerate() {
        if ![1, 2, 6].contains(&place) {
            s.iter_since(*id)?;
        }
    }
    s.note("A refreshed entry stays where it is, however often, and a new one is after the last.");
    for time in 1..4 {
        s.insert(entry("b", "h99").response("refreshed"))?;
        s.insert(entry("a", "h94").response("refreshed").last_accessed_at(time))?;
        s.iter_since(ids[0])?;
        s.update_access(ids[7], time)?;
        s.iter_since(ids[0])?;
        s.iter_since(ids[4])?;
    }
    let last = s.insert(entry("a", "new"))?;
    s.iter_since(ids[11])?;
    s.iter_since(last)?;
    left_half_way(s, Walk::Since(0))?;
    s.held()
}

pub(crate) fn any_id_is_a_cursor(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("Nothing is stored, and any cursor is one.");
    any_number(s, 1)?;
    let mut ids = Vec::new();
    for hash in ["h1", "h2", "h3", "h4", "h5"] {
        ids.push(s.insert(entry("a", hash))?);
    }
    any_number(s, ids[4] + 1)?;
    s.note(
        "The first, one in the middle and the last are gone; then the last of what an expiry and a \
         clear left.",
    );
    for gone in [0, 2, 4] {
        s.delete_by_id(ids[gone])?;
        s.iter_since(ids[gone])?;
    }
    ids.push(s.insert(entry("a", "due").ttl(1))?);
    ids.push(s.insert(entry("gone", "h"))?);
    s.delete_expired(1, None)?;
    s.iter_since(ids[5])?;
    s.clear_namespace("gone")?;
    s.iter_since(ids[6])?;
    s.note("What comes after a deleted last one is after it.");
    s.insert(entry("b", "new"))?;
    for id in &ids {
        s.iter_since(*id)?;
    }
    s.clear_namespace("a")?;
    s.clear_namespace("b")?;
    for id in ids {
        s.iter_since(id)?;
    }
    any_number(s, 1)?;
    s.held()
}

/// Begins at 0, and at numbers from `past` up at which a conversion wraps, turns negative or rounds.
fn any_number(s: &mut Probe, past: u64) -> Check {
    s.iter_since(0)?;
    s.iter_since(past)?;
    for bits in [8, 16, 31, 32, 53, 63] {
        for number in [(1 << bits) - 1, 1 << bits, (1 << bits) + 1] {
            s.iter_since(number)?;
        }
    }
    for number in [MAX_NUMBER - 1, u64::MAX - 1, u64::MAX] {
        s.iter_since(number)?;
    }
    Ok(())
}
