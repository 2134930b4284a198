use crate::{
    probe::{Check, Probe, Verdict},
    sample::{self, entry, full},
};
use mneme::limits::MAX_NUMBER;

pub(crate) fn unset_is_none(s: &mut Probe) -> Verdict {
    s.start()?;
    for namespace in ["a", "", "default"] {
        s.get_namespace_quota(namespace)?;
    }
    s.note("Neither entries nor another namespace's quota give a namespace one.");
    s.insert(entry("a", "h"))?;
    s.get_namespace_quota("a")?;
    for set in ["b", "", "*", "default"] {
        s.set_namespace_quota(set, 5)?;
        s.get_namespace_quota("a")?;
    }
    s.clear_namespace("a")?;
    s.get_namespace_quota("a")?;
    s.note("A name is no path: what is set above holds above.");
    s.set_namespace_quota("team", 5)?;
    for below in ["team:x", "team/x", "team.x", "team-x", "team x", "team\\x", "team2"] {
        s.get_namespace_quota(below)?;
    }
    s.held()
}

pub(crate) fn is_remembered_per_namespace(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "Grown, made smaller, set again; around each width that a number may be cut to; and read \
         after each, so that a quota that is cached shows.",
    );
    let widths = [7, 8, 15, 16, 24, 31, 32, 52].map(|bits| 1_u64 << bits);
    let around = widths.into_iter().flat_map(|width| [width - 1, width, width + 1]);
    for quota in [10, 3, 3].into_iter().chain(around).chain([MAX_NUMBER, MAX_NUMBER - 1, 1]) {
        s.set_namespace_quota("a", quota)?;
        s.get_namespace_quota("a")?;
    }
    s.set_namespace_quota("b", 2)?;
    s.get_namespace_quota("b")?;
    s.get_namespace_quota("a")?;

    s.note("It belongs to the namespace, not to its entries.");
    outlives_its_entries(s, 10)?;

    s.start()?;
    for (quota, namespace) in ALIKE.into_iter().enumerate() {
        s.get_namespace_quota(namespace)?;
        s.set_namespace_quota(namespace, 100 + quota as u64)?;
    }
    for namespace in ALIKE {
        s.get_namespace_quota(namespace)?;
    }
    s.note("Half of them again: a row that is replaced is the namespace's own.");
    for (quota, namespace) in ALIKE.into_iter().enumerate().step_by(2) {
        s.set_namespace_quota(namespace, 50 + quota as u64)?;
    }
    for namespace in ALIKE {
        s.get_namespace_quota(namespace)?;
    }
    s.note("More of them than a table of a fixed size has.");
    s.start()?;
    let many = sample::MORE_THAN_A_PAGE as u64;
    for n in 0..many {
        s.set_namespace_quota(&format!("tenant {n}"), n + 1)?;
    }
    for n in 0..many {
        s.get_namespace_quota(&format!("tenant {n}"))?;
    }
    s.held()
}

/// Namespaces that a store may take for one another.
const ALIKE: [&str; 30] = [
    "tenant",
    "Tenant",
    " tenant",
    "tenant ",
    "tenant\0",
    "tenant\0x",
    "ten",
    "ten%",
    "t_nant",
    "*",
    "",
    " ",
    "\0",
    "caf\u{e9}",
    "cafe\u{301}",
    "cafe",
    "\u{ff54}enant",
    "\u{df}",
    "ss",
    "7",
    "007",
    "7.0",
    "1e3",
    "1000",
    "null",
    "😀",
    "😁",
    "a:b",
    "a",
    "quota:a",
];

pub(crate) fn zero_is_a_quota(s: &mut Probe) -> Verdict {
    s.start()?;
    s.set_namespace_quota("a", 0)?;
    s.get_namespace_quota("a")?;
    s.get_namespace_quota("b")?;
    s.set_namespace_quota("b", 5)?;
    s.set_namespace_quota("b", 0)?;
    s.get_namespace_quota("b")?;
    s.set_namespace_quota("a", 5)?;
    s.get_namespace_quota("a")?;
    s.get_namespace_quota("b")?;
    s.note("Nor is it nothing to keep, once the namespace is empty.");
    outlives_its_entries(s, 0)?;
    s.held()
}

/// Sets a quota, and reads it before and after the last entry of its namespace has gone, in each way.
fn outlives_its_entries(s: &mut Probe, quota: u64) -> Check {
    for scope in [Some("a"), None] {
        s.start()?;
        s.set_namespace_quota("a", quota)?;
        let id = s.insert(full("a", "h"))?;
        s.get_namespace_quota("a")?;
        s.insert(entry("a", "h").created_at(1).ttl(1))?;
        s.delete_expired(5, scope)?;
        s.get_namespace_quota("a")?;
        s.delete_by_id(id)?;
        let last = s.insert(entry("a", "last"))?;
        s.get_namespace_quota("a")?;
        s.delete_by_id(last)?;
        s.get_namespace_quota("a")?;
    }
    Ok(())
}

pub(crate) fn limits_nothing_by_itself(s: &mut Probe) -> Verdict {
    s.start()?;
    s.set_namespace_quota("a", 1)?;
    let first = s.insert(entry("a", "h1").last_accessed_at(1))?;
    s.insert(entry("a", "h2").last_accessed_at(2))?;
    s.insert(entry("a", "h3").last_accessed_at(3))?;
    s.look_everywhere()?;
    s.insert(entry("a", "h3").response("again").last_accessed_at(4))?;
    s.update_access(first, 5)?;
    s.look_everywhere()?;

    s.start()?;
    s.set_namespace_quota("a", 0)?;
    s.insert(entry("a", "h1"))?;
    s.insert(entry("a", "h2"))?;
    s.look_everywhere()?;

    s.note(
        "A quota that comes after the entries, or falls below their number, takes none away; neither \
         does a clean-up. The first entry's namespace has no quota: where it goes too, none is to \
         blame.",
    );
    s.start()?;
    s.insert(entry("b", "h1"))?;
    for hash in ["h1", "h2", "h3", "h4"] {
        s.insert(entry("a", hash))?;
    }
    for quota in [3, 1, 0] {
        s.set_namespace_quota("a", quota)?;
        s.get_by_hash("a", "h1")?;
        s.count(Some("a"))?;
        s.get_by_hash("b", "h1")?;
    }
    s.delete_expired(9, None)?;
    s.delete_expired(9, Some("a"))?;
    s.look_everywhere()?;

    s.note("The empty namespace's quota is not one for all.");
    s.start()?;
    s.set_namespace_quota("", 1)?;
    for hash in ["h1", "h2", "h3"] {
        s.insert(entry("a", hash))?;
    }
    s.look_everywhere()?;
    s.held()
}
