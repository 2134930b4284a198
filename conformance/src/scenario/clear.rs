use super::pasts::{NAMESPACES, pasts};
use crate::{
    probe::{Check, Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, entry, full},
};
use mneme::limits::MAX_NUMBER;

/// More than a store may name in one statement, or forget one by one.
const MANY: usize = 40;

pub(crate) fn removes_that_namespace_only(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(full("a", "h1"))?;
    s.insert(entry("a", "h2"))?;
    s.insert(full("b", "h1"))?;
    s.look_everywhere()?;
    s.clear_namespace("a")?;
    s.get_by_hash("a", "h1")?;
    s.look_everywhere()?;
    s.note("Whatever they have in them.");
    let extreme = full("a", "extreme").created_at(MAX_NUMBER).last_accessed_at(MAX_NUMBER);
    s.insert(extreme.access_count(MAX_NUMBER).ttl(MAX_NUMBER))?;
    s.insert(entry("a", "due").ttl(0))?;
    s.insert(entry("a", "").embedding([f32::NAN; 4]))?;
    s.delete_expired(5_000, Some("elsewhere"))?;
    s.iter_all()?;
    s.clear_namespace("a")?;
    s.iter_all()?;
    s.note("Read just before, in one way and in the other.");
    let id = s.insert(entry("a", "read"))?;
    s.get_by_id(id)?;
    s.get_by_hash("a", "read")?;
    s.clear_namespace("a")?;
    s.get_by_id(id)?;
    s.get_by_hash("a", "read")?;
    s.note("Each of many.");
    let hash = |n: usize| format!("one of many {n}");
    let ids = (0..MANY).map(|n| s.insert(entry("a", &hash(n)))).collect::<Check<Vec<_>>>()?;
    for is_cleared in [false, true] {
        if is_cleared {
            s.clear_namespace("a")?;
        }
        for (n, id) in ids.iter().enumerate() {
            s.get_by_id(*id)?;
            s.get_by_hash("a", &hash(n))?;
        }
    }
    s.note("What comes back under a cleared namespace is a new entry, and stays.");
    s.insert(entry("a", "h1"))?;
    s.get_by_hash("a", "h1")?;
    s.note("More often than a byte counts: what was cleared long ago stays away.");
    for _ in 0..MORE_THAN_A_BYTE {
        s.insert(entry("again", "h"))?;
        s.clear_namespace("again")?;
        s.get_by_hash("again", "h")?;
    }
    s.iter_all()?;

    s.note(
        "Names that begin with the cleared one, with all that may stand between the parts of a key, \
         and other cases.",
    );
    s.start()?;
    let others = ["ab", "a:b", "a/b", "a|b", "a.b", "a-b", "a_", "a b", "a\u{0}", "a\u{1f}b", "a\u{10ffff}"];
    let alike = ["A", " a", "a ", "á", "ａ", "", "ba"];
    for other in others.into_iter().chain(alike) {
        s.insert(entry(other, "h"))?;
    }
    s.insert(entry("a", "h"))?;
    s.iter_all()?;
    s.note("Once while it is there, and once when it is gone.");
    for _ in 0..2 {
        s.clear_namespace("a")?;
        s.iter_all()?;
    }

    s.note("Patterns and paths, where nothing is stored under them and where something is.");
    s.start()?;
    let patterns = [
        "%", "_", "a%", "a_", "*", "a*", "?", "a?", "[a]b", "[ab][ab]", "a.", ".*", "(ab)", "a\\", "'", "",
        "x,ab", "x, b", "x|ab", "x;ab", "x ab", "[b]", "[a-c]", "[!x]", "[^x]", "{b,x}", "^b", "b$", "b?",
        "x?b", "x*b", "~b", "!x", "b:*", "b/", "/b", "./b", "b/.", "b/..", "b#x", "b?x", "b&x", "b=x", "b+",
        "ab+", "b;x", "%62", "\"b\"", "b\n", "b\t",
    ];
    let stored = ["ab", "b"];
    for namespace in stored {
        s.insert(entry(namespace, "h"))?;
        s.get_by_hash(namespace, "h")?;
    }
    for pattern in patterns {
        s.clear_namespace(pattern)?;
        for namespace in stored {
            s.get_by_hash(namespace, "h")?;
        }
    }
    for pattern in patterns {
        s.insert(entry(pattern, "h"))?;
        s.clear_namespace(pattern)?;
        for namespace in [pattern].into_iter().chain(stored) {
            s.get_by_hash(namespace, "h")?;
        }
    }
    s.look_everywhere()?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.clear_namespace(past.namespace)?;
        s.get_by_id(past.id)?;
        s.get_by_hash(past.namespace, &past.hash)?;
    }
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn counts_what_it_removed(s: &mut Probe) -> Verdict {
    s.start()?;
    s.clear_namespace("a")?;
    s.insert(full("a", "h1"))?;
    s.insert(full("a", "h2"))?;
    s.insert(full("a", "h3"))?;
    s.insert(entry("b", "other"))?;
    s.iter_all()?;
    s.clear_namespace("a")?;
    s.clear_namespace("a")?;
    s.note("Not what was stored once: one is upserted twice and accessed, one deleted, one expired.");
    let accessed = s.insert(full("a", "h1"))?;
    s.insert(full("a", "h1"))?;
    s.insert(full("a", "h1"))?;
    s.update_access(accessed, 1_300)?;
    let deleted = s.insert(entry("a", "h2"))?;
    s.delete_by_id(deleted)?;
    s.insert(entry("a", "h3").created_at(1).ttl(1))?;
    s.delete_expired(2, None)?;
    s.insert(entry("a", "h4"))?;
    s.clear_namespace("a")?;
    s.clear_namespace("a")?;
    s.note("What was deleted before one by one leaves nothing to clear.");
    let last = s.insert(entry("a", "h1"))?;
    s.delete_by_id(last)?;
    s.clear_namespace("a")?;
    s.note("The empty namespace is one like any other.");
    s.clear_namespace("")?;
    s.insert(entry("", "h1"))?;
    s.clear_namespace("")?;
    s.clear_namespace("b")?;
    s.note("More than a batch, and than a byte counts.");
    for n in 0..260 {
        s.insert(entry("many", &n.to_string()))?;
    }
    s.clear_namespace("many")?;
    s.note("Whatever was done to it before.");
    pasts(s)?;
    for namespace in NAMESPACES {
        s.clear_namespace(namespace)?;
    }
    s.held()
}

pub(crate) fn keeps_quota_and_meta(s: &mut Probe) -> Verdict {
    s.start()?;
    s.set_namespace_quota("a", 5)?;
    s.set_namespace_quota("b", 7)?;
    s.write_meta("a", "value")?;
    s.insert(entry("a", "h1"))?;
    let newest = s.insert(entry("a", "h2"))?;
    s.look_everywhere()?;
    s.clear_namespace("a")?;
    s.get_namespace_quota("a")?;
    s.get_namespace_quota("b")?;
    s.read_meta("a")?;
    s.version_counter()?;
    s.note("The store is empty now: ids and the counter go on from where they were.");
    let next = s.insert(entry("a", "h1"))?;
    s.version_counter()?;
    s.get_by_id(newest)?;
    s.get_by_id(next)?;
    s.note("A namespace that has no entries, and one that has nothing but a quota.");
    s.set_namespace_quota("quota only", 0)?;
    s.write_meta("a:b", "x")?;
    s.write_meta("", "y")?;
    s.look_everywhere()?;
    for namespace in ["quota only", "", "a", "never seen"] {
        s.clear_namespace(namespace)?;
    }
    s.look_everywhere()?;
    s.held()
}
