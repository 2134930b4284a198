//! Work on entries that goes by an index: of what is due, of a namespace, of the order of use, of keys.
//!
//! On the handle that wrote the entries an index that inserts fill has them all. On one that found them, after a reopen, beside
//! another handle or in a restored snapshot, it has what was put into it there. And what leaves the entries alone may still
//! spoil an index of them, which only work that goes by it shows.

use crate::{
    contract::Clause,
    probe::{Check, Probe},
    sample::entry,
};
use mneme::limits::MAX_NUMBER;

/// The ids of an entry to touch and of one to delete.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    pub(super) used: u64,
    deleted: u64,
}

/// Namespace and hash of some of the entries that [`fill`] stores, which [`work`] finds by each index.
pub(super) const KEYS: [(&str, &str); 6] = [
    ("a", "due at 10"),
    ("b", "due at 10"),
    ("b", "due at 20"),
    ("c", "due at 30"),
    ("a", "used"),
    ("c", "due at the end"),
];

/// Stores what each index has to have, and removes what it must no longer have.
pub(super) fn fill(s: &mut Probe) -> Check<Ids> {
    for (namespace, due) in [("a", 10), ("b", 10), ("b", 20), ("c", 30)] {
        s.insert(entry(namespace, &format!("due at {due}")).created_at(1).ttl(due - 1))?;
    }
    for namespace in ["a", "b"] {
        s.insert(entry(namespace, "due at 0").ttl(0))?;
    }
    s.insert(entry("c", "due at the end").ttl(MAX_NUMBER))?;
    for (hash, first, second) in [("never due again", Some(9), None), ("due after all", None, Some(15))] {
        for ttl in [first, second] {
            s.insert(entry("a", hash).ttl(ttl))?;
        }
    }
    let used = s.insert(entry("a", "used").last_accessed_at(50))?;
    let deleted = s.insert(entry("a", "deleted").last_accessed_at(60))?;
    let again = s.insert(entry("c", "again"))?;
    s.delete_by_id(again)?;
    s.insert(entry("c", "again").response("after its delete"))?;
    s.insert(entry("cleared", "again"))?;
    s.clear_namespace("cleared")?;
    s.insert(entry("cleared", "again").response("after the clear"))?;
    s.look_everywhere()?;
    Ok(Ids { used, deleted })
}

/// Changes what is stored in each way that goes by an index.
pub(super) fn work(s: &mut Probe, Ids { used, deleted }: Ids) -> Check {
    s.delete_expired(0, Some("b"))?;
    s.delete_expired(0, None)?;
    s.look_everywhere()?;
    s.delete_expired(10, Some("b"))?;
    s.look_everywhere()?;
    s.delete_expired(20, None)?;
    s.look_everywhere()?;
    s.update_access(used, 90)?;
    s.delete_by_id(deleted)?;
    s.insert(entry("a", "used").response("again").created_at(1).ttl(5))?;
    s.look_everywhere()?;
    s.clear_namespace("cleared")?;
    s.insert(entry("c", "again").response("once more"))?;
    s.look_everywhere()?;
    s.delete_expired(100, None)?;
    s.look_everywhere()?;
    s.delete_expired(MAX_NUMBER, Some("c"))?;
    s.look_everywhere()?;
    s.clear_namespace("c")?;
    s.look_everywhere()
}

/// Works on what was stored as if nothing had been, where something has been done that leaves the entries alone. What goes
/// wrong then and not without it is laid to a clause.
pub(super) fn are_left_alone(
    s: &mut Probe,
    clause: &'static Clause,
    mut act: impl FnMut(&mut Probe, Ids) -> Check,
) -> Check {
    s.note("Work that goes by an index: first without it, and then after it.");
    for acted in [false, true] {
        s.start()?;
        let ids = fill(s)?;
        s.insert(entry("d", "due at the end").ttl(MAX_NUMBER))?;
        if acted {
            act(s, ids)?;
            s.lay_to(Some(clause));
            s.look_everywhere()?;
        }
        work(s, ids)?;
        s.delete_expired(MAX_NUMBER, None)?;
        s.look_everywhere()?;
    }
    s.lay_to(None);
    Ok(())
}
