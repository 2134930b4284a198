use super::{iterate::left_half_way, pasts::pasts};
use crate::{
    operation::Walk,
    probe::{Check, Probe, Verdict},
    sample::entry,
};
use mneme::limits::MAX_NUMBER;

pub(crate) fn yields_every_later_write(s: &mut Probe) -> Verdict {
    s.start()?;
    let mut versions = vec![0];
    since_each(s, &versions)?;
    s.note(
        "Four entries, then the first is refreshed: it comes last, though its id is the smallest. A \
         use moves nothing.",
    );
    let mut ids = Vec::new();
    for hash in ["h4", "h3", "h2", "h1"] {
        ids.push(s.insert(entry("a", hash).response("first"))?);
        versions.push(s.version_counter()?);
    }
    since_each(s, &versions)?;
    s.insert(entry("a", "h4").response("refreshed"))?;
    versions.push(s.version_counter()?);
    since_each(s, &versions)?;
    s.note("Refreshed with what it held already: a write all the same.");
    s.insert(entry("a", "h3").response("first"))?;
    versions.push(s.version_counter()?);
    since_each(s, &versions)?;
    s.note("What was used since it was written comes as it is now, and where its write is.");
    s.update_access(ids[2], 1_700)?;
    s.get_by_id(ids[2])?;
    since_each(s, &versions)?;
    s.note("What is gone comes no more, however it went, and a key that comes again is new.");
    s.delete_by_id(ids[0])?;
    versions.push(s.version_counter()?);
    since_each(s, &versions)?;
    s.insert(entry("a", "h4"))?;
    s.insert(entry("b", "h1").ttl(1))?;
    s.insert(entry("c", "h1"))?;
    versions.push(s.version_counter()?);
    s.delete_expired(1, Some("b"))?;
    s.clear_namespace("c")?;
    versions.push(s.version_counter()?);
    since_each(s, &versions)?;

    s.note("Each with a ttl, and replaced once, twice, or not at all: the order is that of the last writes.");
    let of = |n: usize, turn: usize| {
        let hash = format!("h{n}");
        let entry = if n.is_multiple_of(2) {
            entry("a", &hash).created_at(1_000).ttl(500).last_accessed_at(1_200).access_count(7)
        } else {
            entry("a", &hash).ttl(5)
        };
        entry.response(turn.to_string())
    };
    for order in [[0, 1, 2, 3, 3, 0], [3, 2, 1, 0, 2, 2], [1, 1, 0, 3, 0, 3]] {
        s.start()?;
        let mut versions = Vec::new();
        for n in 0..4 {
            s.note("Some with every number, some with none but the ttl.");
            s.insert(of(n, 0))?;
            versions.push(s.version_counter()?);
        }
        for (turn, n) in order.into_iter().enumerate() {
            s.insert(of(n, turn))?;
            versions.push(s.version_counter()?);
            since_each(s, &versions)?;
        }
    }

    left_half_way(s, Walk::Changed(0))?;
    s.note("Versions of two digits, and of two bytes.");
    s.start()?;
    let mut versions = Vec::new();
    for n in 0..300 {
        s.insert(entry("a", &format!("h{}", n % 280)))?;
        if [0, 8, 9, 10, 254, 255, 256, 299].contains(&n) {
            versions.push(s.version_counter()?);
        }
    }
    since_each(s, &versions)?;
    s.note("Whatever was done to it before.");
    pasts(s)?;
    s.held()
}

/// Asks for what came after each of these versions, and after those at which a conversion wraps or turns negative.
fn since_each(s: &mut Probe, versions: &[u64]) -> Check {
    for version in versions {
        s.iter_changed(*version)?;
    }
    let last = s.version_counter()?;
    for version in [last + 1, 1 << 31, 1 << 32, MAX_NUMBER, 1 << 63, u64::MAX] {
        s.iter_changed(version)?;
    }
    Ok(())
}

pub(crate) fn access_is_no_change(s: &mut Probe) -> Verdict {
    s.start()?;
    let first = s.insert(entry("a", "h1"))?;
    let second = s.insert(entry("b", "h2"))?;
    s.insert(entry("a", "h3"))?;
    s.iter_changed(0)?;
    let last = s.version_counter()?;
    s.iter_changed(last)?;
    s.note("Each act alone, so that it is the only suspect; the order stays too.");
    s.update_access(first, 9_000)?;
    s.iter_changed(last)?;
    s.iter_changed(0)?;
    s.update_access(second, 1)?;
    s.iter_changed(last)?;
    s.iter_changed(0)?;
    s.set_namespace_quota("a", 9)?;
    s.iter_changed(last)?;
    s.iter_changed(0)?;
    s.write_meta("key", "value")?;
    s.iter_changed(last)?;
    s.iter_changed(0)?;
    s.held()
}
