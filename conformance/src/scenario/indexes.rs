//! Work on entries that goes by an index: of what is due, of a namespace, of the order of use, of keys.
//!
//! On the handle that wrote the entries an index that inserts fill has them all. On one that found them, after a reopen, beside
//! another handle or in a restored snapshot, it has what was put into it there.

use crate::{
    probe::{Check, Probe},
    sample::entry,
};

/// The ids of an entry to touch and of one to delete.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    used: u64,
    deleted: u64,
}

/// Stores what each index has to have, and removes what it must no longer have.
pub(super) fn fill(s: &mut Probe) -> Check<Ids> {
    for (namespace, due) in [("a", 10), ("b", 10), ("b", 20), ("c", 30)] {
        s.insert(entry(namespace, &format!("due at {due}")).created_at(1).ttl(due - 1))?;
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
    s.clear_namespace("c")?;
    s.look_everywhere()
}
