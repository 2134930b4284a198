//! Entries that differ in what was done to them before: many mistakes show with some of them only.

use crate::{
    operation::Op,
    probe::{Check, Probe},
    sample::{entry, full, identity, noise},
};
use mneme::{Entry, limits::MAX_NUMBER};

/// An entry that is stored, by its id and by its key.
pub(super) struct Past {
    pub(super) id: u64,
    pub(super) namespace: &'static str,
    pub(super) hash: String,
}

/// The namespaces of what [`pasts`] stores.
pub(super) const NAMESPACES: [&str; 13] = [
    "a",
    "a:b",
    "",
    "refilled",
    "replaced",
    "without an end",
    "used",
    "used to the limit",
    "used before it was made",
    "made at 0",
    "long",
    "limited",
    "limited to 0",
];

/// When all that [`pasts`] stores is due, but for what lost its ttl.
pub(super) const DUE: u64 = 1_500;

/// An entry as most of them are.
pub(super) fn due(namespace: &str, hash: &str) -> Entry {
    entry(namespace, hash).query(hash).created_at(1_000).ttl(DUE - 1_000).last_accessed_at(1_200)
}

/// A hash that only one of the namespaces has: where an upsert is wrong, no other key is to be suspected of it.
fn own(namespace: &str) -> String {
    format!("first of {namespace:?}")
}

/// Fills a fresh store with entries that have come to be in ways of their own, and looks at all of it.
///
/// An index, a mark or a memo that one of these ways has left behind is wrong from here on, whatever is done next. What
/// else may be wrong here is other clauses', so a scenario does this last.
pub(super) fn pasts(s: &mut Probe) -> Check<Vec<Past>> {
    s.start()?;
    s.go_further();
    s.note(
        "The store has a past: a refusal, a second open, and each kind of removal, which leaves it empty.",
    );
    s.version_counter()?;
    s.refused(Op::Insert(entry("a", "refused").embedding([1.0])))?;
    s.open(&identity())?;
    s.version_counter()?;
    for namespace in NAMESPACES {
        s.insert(due(namespace, "swept"))?;
    }
    s.delete_expired(DUE, None)?;
    let deleted = s.insert(due("a", "deleted"))?;
    s.insert(due("refilled", &own("refilled")))?;
    s.delete_by_id(deleted)?;
    s.clear_namespace("refilled")?;
    s.version_counter()?;
    s.set_namespace_quota("limited", 9)?;
    s.set_namespace_quota("limited to 0", 0)?;
    s.write_meta("limited", "of its name")?;
    s.version_counter()?;
    s.note("And so has each entry.");
    let others = ["again", &noise(300, 'h'), "last"].map(|hash| ("a", hash.to_owned()));
    let mut all = Vec::new();
    for (namespace, hash) in NAMESPACES.into_iter().map(|name| (name, own(name))).chain(others) {
        let hash = hash.as_str();
        let new = || due(namespace, hash);
        let mut id = s.insert(match namespace {
            "a" if hash == "again" => full(namespace, hash).query(hash),
            "used to the limit" => new().access_count(MAX_NUMBER),
            "used before it was made" => new().last_accessed_at(500),
            "made at 0" => new().created_at(0).ttl(DUE),
            "long" => new().response(noise(5_000, 'r')),
            _ => new(),
        })?;
        match (namespace, hash) {
            ("replaced", _) => {
                s.insert(new().response("once"))?;
                s.insert(new().response("twice"))?;
            }
            ("without an end", _) => drop(s.insert(new().ttl(None))?),
            ("used", _) => (1_300..1_303).try_for_each(|now| s.update_access(id, now))?,
            (_, "again") => {
                s.delete_by_id(id)?;
                id = s.insert(full(namespace, hash).query(hash))?;
            }
            _ => {}
        }
        all.push(Past { id, namespace, hash: hash.to_owned() });
    }
    s.look_everywhere()?;
    Ok(all)
}
