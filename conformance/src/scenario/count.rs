use super::pasts::pasts;
use crate::{
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::{entry, full},
};

/// Namespaces that a prefix, a pattern or a fold takes for one another, and the empty one.
const NAMESPACES: [&str; 5] = ["a", "ab", "A", "%", ""];

pub(crate) fn follows_the_data(s: &mut Probe) -> Verdict {
    s.start()?;
    count_all(s)?;
    s.note("Counted before and after each change, so that nothing which was counted may be kept.");
    let mut ids = Vec::new();
    for namespace in NAMESPACES {
        // One hash in all of them, with a ttl and without: neither a count of hashes nor one of a column that is
        // NULL at times is theirs.
        ids.push(s.insert(entry(namespace, "h1"))?);
        ids.push(s.insert(full(namespace, "h2"))?);
        count_all(s)?;
    }
    s.insert(entry("a", "h1").response("refreshed"))?;
    count_all(s)?;
    s.delete_by_id(ids[0])?;
    count_all(s)?;
    s.note("There is nothing to remove, and nothing to take off.");
    s.delete_by_id(ids[0])?;
    s.delete_by_id(ids[9] + 1)?;
    s.clear_namespace("not stored")?;
    s.delete_expired(1_000, None)?;
    count_all(s)?;
    s.refused(Op::Insert(entry("a", "h3").embedding([1.0])))?;
    s.refused(Op::Insert(entry("a", "h3").created_at(u64::MAX)))?;
    count_all(s)?;
    s.insert(entry("a", "h1"))?;
    count_all(s)?;
    s.delete_expired(1_500, Some("ab"))?;
    count_all(s)?;
    s.clear_namespace("A")?;
    count_all(s)?;
    s.clear_namespace("")?;
    count_all(s)?;
    s.delete_expired(1_500, None)?;
    count_all(s)?;
    for namespace in NAMESPACES {
        s.clear_namespace(namespace)?;
    }
    count_all(s)?;
    s.insert(entry("a", "h1"))?;
    count_all(s)?;

    s.note(
        "More than a byte counts, and each counted: what was counted so many changes ago is not kept either.",
    );
    for n in 0..257 {
        s.insert(entry("a", &format!("h{n}")))?;
        s.count(None)?;
        s.count(Some("a"))?;
        if n >= 254 {
            count_all(s)?;
        }
    }
    s.note("Of ids that are far apart, most of those between being gone.");
    for n in (0..257).rev().filter(|n| n % 16 > 0) {
        if let Some(found) = s.get_by_hash("a", &format!("h{n}"))? {
            s.delete_by_id(found.id)?;
        }
        if n % 16 == 8 {
            count_all(s)?;
        }
    }
    count_all(s)?;
    s.clear_namespace("a")?;
    count_all(s)?;
    s.note("Whatever was done to it before.");
    pasts(s)?;
    s.held()
}

fn count_all(s: &mut Probe) -> Check {
    s.count(None)?;
    NAMESPACES.into_iter().try_for_each(|namespace| s.count(Some(namespace)).map(drop))
}

pub(crate) fn namespace_not_stored_is_zero(s: &mut Probe) -> Verdict {
    s.start()?;
    for namespace in ["a", ""] {
        s.count(Some(namespace))?;
    }
    let id = s.insert(entry("tenant", "h"))?;
    s.note("Not one that begins alike, matches as a pattern, or is alike but for case and spaces.");
    for namespace in
        ["a", "", "tenan", "tenant1", "TENANT", "tenant ", "tenant\0", "%", "_enant", "*", "ten*"]
    {
        s.count(Some(namespace))?;
    }
    s.note("A name is no path: what is stored further down is not counted above.");
    for below in ["team:x", "team/x", "team.x", "team-x", "team x", "team\\x"] {
        s.insert(entry(below, "h"))?;
    }
    for above in ["team", "team:", "team/"] {
        s.count(Some(above))?;
    }
    s.note("One that was stored, by each way in which its last entry goes.");
    s.delete_by_id(id)?;
    s.count(Some("tenant"))?;
    s.insert(entry("cleared", "h"))?;
    s.clear_namespace("cleared")?;
    s.count(Some("cleared"))?;
    s.insert(entry("expired", "h").ttl(1))?;
    s.delete_expired(1, None)?;
    s.count(Some("expired"))?;
    s.note("One that has a quota and no entry.");
    s.set_namespace_quota("limited", 5)?;
    s.count(Some("limited"))?;
    another_takes_its_place(s)?;
    s.held()
}

/// A namespace may have a number, which is free when its last entry goes: whoever keeps the number for the name counts the next
/// one that has it.
fn another_takes_its_place(s: &mut Probe) -> Check {
    let removals: [fn(&mut Probe, u64, &str) -> Check; 3] = [
        |s, id, _| s.delete_by_id(id).map(drop),
        |s, _, _| s.delete_expired(1, None).map(drop),
        |s, _, name| s.clear_namespace(name).map(drop),
    ];
    for remove in removals {
        s.note("Another takes the place of one that is gone.");
        s.start()?;
        let id = s.insert(entry("gone", "h").ttl(1))?;
        s.count(Some("gone"))?;
        remove(s, id, "gone")?;
        s.insert(entry("another", "h"))?;
        s.insert(entry("another", "h2"))?;
        for namespace in ["gone", "another"] {
            s.count(Some(namespace))?;
        }
        s.note("And it comes back.");
        s.insert(entry("gone", "h"))?;
        for namespace in ["gone", "another"] {
            s.count(Some(namespace))?;
        }
    }
    Ok(())
}
