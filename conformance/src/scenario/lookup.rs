use super::pasts::pasts;
use crate::{
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, entry, full},
};
use mneme::{Entry, StoredEntry, limits::MAX_NUMBER};
use std::sync::Arc;

pub(crate) fn hash_not_stored_is_none(s: &mut Probe) -> Verdict {
    s.start()?;
    s.get_by_hash("a", "h")?;
    let id = s.insert(entry("a", "h").created_at(1).ttl(1))?;
    s.note(
        "Another hash, another namespace, a beginning and an end of what is there, and a miss that \
         was asked before.",
    );
    for (namespace, hash) in [("a", "other"), ("b", "h"), ("a", ""), ("", "h"), ("a", "hh"), ("a", "other")] {
        s.get_by_hash(namespace, hash)?;
    }
    s.note("A beginning or an end that a short form of a long hash would be.");
    let long = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    s.insert(entry("a", long))?;
    for part in [&long[..7], &long[..32], &long[1..], &long[32..], &long[..63]] {
        s.get_by_hash("a", part)?;
    }
    s.note("What an entry has besides its hash is no hash.");
    s.insert(full("a", "of all fields"))?;
    for other in ["What is it?", "It is this.", "a", "source", "a:of all fields"] {
        s.get_by_hash("a", other)?;
    }
    s.note("Each way in which an entry goes, with its key read just before.");
    s.get_by_hash("a", "h")?;
    s.delete_by_id(id)?;
    s.get_by_hash("a", "h")?;
    s.insert(entry("a", "h").created_at(1).ttl(1))?;
    s.get_by_hash("a", "h")?;
    s.delete_expired(5_000, None)?;
    s.get_by_hash("a", "h")?;
    s.insert(entry("a", "h"))?;
    s.get_by_hash("a", "h")?;
    s.clear_namespace("a")?;
    s.get_by_hash("a", "h")?;
    s.held()
}

/// Numbers that are no id of a small store: in another width or sign, some of them would be.
const NO_IDS: [u64; 9] = [
    0,
    MAX_NUMBER,
    MAX_NUMBER + 1,
    u64::MAX,
    i64::MAX as u64,
    i64::MAX as u64 + 1,
    u32::MAX as u64,
    i32::MAX as u64,
    1 << 53 | 1,
];

pub(crate) fn id_not_stored_is_none(s: &mut Probe) -> Verdict {
    s.start()?;
    s.get_by_id(1)?;
    for id in NO_IDS {
        s.get_by_id(id)?;
    }
    let first = s.insert(entry("a", "h1"))?;
    let deleted = s.insert(entry("a", "h2").created_at(1).ttl(1))?;
    let last = s.insert(entry("b", "h3"))?;
    for id in NO_IDS.into_iter().chain([last + 1, last + 2, 1_000]) {
        s.get_by_id(id)?;
    }
    s.note("An id that a narrower number, a sign or a mask makes a stored one.");
    for wrapped in
        [first + (1 << 8), first + (1 << 16), first + (1 << 32), first + (1 << 63), first.wrapping_neg()]
    {
        s.get_by_id(wrapped)?;
    }
    s.note("In the middle, read just before, then the rest.");
    s.get_by_id(deleted)?;
    s.delete_by_id(deleted)?;
    s.get_by_id(deleted)?;
    s.get_by_id(last)?;
    s.clear_namespace("b")?;
    s.get_by_id(last)?;
    let expired = s.insert(entry("a", "h2").created_at(1).ttl(1))?;
    s.get_by_id(expired)?;
    s.delete_expired(5_000, None)?;
    s.get_by_id(expired)?;
    s.get_by_id(first)?;
    s.held()
}

pub(crate) fn both_ways_agree(s: &mut Probe) -> Verdict {
    s.note(
        "Once by id first and once by hash first: each kind of lookup may be the one that is out of \
         date.",
    );
    for by_id_first in [true, false] {
        s.start()?;
        let id = s.insert(full("a", "h"))?;
        s.insert(entry("b", "other"))?;
        let both = |s: &mut Probe| -> Check {
            if by_id_first {
                s.get_by_id(id)?;
            }
            s.get_by_hash("a", "h")?;
            s.get_by_id(id)?;
            s.get_by_hash("a", "h").map(drop)
        };
        both(s)?;
        s.update_access(id, 5_000)?;
        both(s)?;
        s.insert(entry("a", "h").response("again"))?;
        both(s)?;
        s.update_access(id, 10)?;
        both(s)?;
        s.note("What changes nothing for this entry leaves both ways as they are.");
        s.clear_namespace("b")?;
        s.delete_expired(1, None)?;
        both(s)?;
    }
    s.note("Many others that go, in each way, take no mark of an index with them that stands for these too.");
    s.start()?;
    let (mut stays, mut gone) = (Vec::new(), Vec::new());
    for n in 0..MORE_THAN_A_BYTE {
        let (namespace, ttl) = (["a", "a", "b", "a"][n % 4], (n % 4 == 1).then_some(5));
        let id = s.insert(entry(namespace, &format!("h{n}")).ttl(ttl))?;
        match n % 4 {
            0 => stays.push((n, id)),
            3 => gone.push(id),
            _ => {}
        }
    }
    let both = |s: &mut Probe| -> Check {
        stays.iter().try_for_each(|(n, id)| {
            s.get_by_hash("a", &format!("h{n}"))?;
            s.get_by_id(*id).map(drop)
        })
    };
    both(s)?;
    for id in gone {
        s.delete_by_id(id)?;
    }
    both(s)?;
    s.delete_expired(9, None)?;
    both(s)?;
    s.clear_namespace("b")?;
    both(s)?;
    s.note("Whatever was done to it before.");
    pasts(s)?;
    s.held()
}

/// No store without `unsafe` can break this: an entry owns what it shows, or shares what nobody can change any more.
/// The check is there for those that have it.
pub(crate) fn entries_are_values(s: &mut Probe) -> Verdict {
    let writes: [fn(&mut Probe, u64) -> Check; 7] = [
        |s, id| s.update_access(id, 5_000),
        |s, _| s.insert(entry("a", "h").response("again")).map(drop),
        |s, _| s.insert(full("a", "other")).map(drop),
        |s, id| s.delete_by_id(id).map(drop),
        |s, _| s.delete_expired(5_000, None).map(drop),
        |s, _| s.clear_namespace("a").map(drop),
        |s, _| s.close(),
    ];
    for write in writes {
        s.start()?;
        let id = s.insert(full("a", "h"))?;
        let mut read: Vec<StoredEntry> = Vec::new();
        read.extend(s.get_by_hash("a", "h")?);
        read.extend(s.get_by_id(id)?);
        read.extend(s.iter_all()?);
        read.extend(s.iter_changed(0)?);
        let copies: Vec<StoredEntry> = read.iter().map(deep_copy).collect();
        write(s, id)?;
        for (copy, read) in copies.into_iter().zip(read) {
            s.look_again(copy, read)?;
        }
    }
    s.held()
}

/// A copy that shares nothing with the entry.
fn deep_copy(read: &StoredEntry) -> StoredEntry {
    let entry = Entry { content: Arc::new((*read.content).clone()), ..read.entry.clone() };
    StoredEntry::new(read.id, read.version, entry)
}

pub(crate) fn reading_changes_nothing(s: &mut Probe) -> Verdict {
    s.note(
        "Each read by itself between two looks, of what is stored and of what is not: a look that \
         made what it did not find would show it to the next.",
    );
    let reads: [Op; 17] = [
        Op::GetByHash("a".into(), "h1".into()),
        Op::GetById(1),
        Op::Walk(Walk::All),
        Op::Walk(Walk::Since(0)),
        Op::Walk(Walk::Changed(0)),
        Op::IterLruIds(1, None),
        Op::IterLruIds(usize::MAX, Some("a".into())),
        Op::Count(None),
        Op::ListNamespaces,
        Op::GetByHash("new".into(), "new".into()),
        Op::GetById(1_000),
        Op::Count(Some("new".into())),
        Op::IterLruIds(5, Some("new".into())),
        Op::GetNamespaceQuota("new".into()),
        Op::ReadMeta("new".into()),
        Op::VersionCounter,
        Op::IntegrityCheck,
    ];
    for read in reads {
        s.start()?;
        for used in stored(None) {
            s.insert(used)?;
        }
        s.note("A time that a read could take for the present.");
        s.delete_expired(5_000, Some("elsewhere"))?;
        look(s)?;
        s.call(read)?;
        look(s)?;
    }
    s.note("All of them again on entries that are past their ttl, which a read might take for gone.");
    s.start()?;
    for due in stored(Some(0)) {
        s.insert(due)?;
    }
    s.set_namespace_quota("a", 1)?;
    s.write_meta("key", "value")?;
    s.look_everywhere()?;
    s.get_namespace_quota("new")?;
    s.read_meta("new")?;
    s.integrity_check()?;
    s.look_everywhere()?;
    s.note("Among entries that were last used at one time, where a read could choose another order.");
    s.start()?;
    let mut ids = Vec::new();
    for hash in ["h1", "h2", "h3"] {
        ids.push((s.insert(entry("a", hash).last_accessed_at(5))?, hash));
    }
    s.look_everywhere()?;
    s.iter_lru_ids(3, None)?;
    s.iter_lru_ids(3, Some("a"))?;
    for (id, hash) in ids {
        s.get_by_hash("a", hash)?;
        s.iter_lru_ids(3, None)?;
        s.get_by_id(id)?;
        s.iter_lru_ids(3, None)?;
        s.iter_lru_ids(3, Some("a"))?;
    }
    s.note("Of one that was never used, too, or in one way alone.");
    for used in [(0, 0), (900, 0), (0, 9)] {
        for ttl in [None, Some(0), Some(5)] {
            s.start()?;
            let new = entry("a", "h").ttl(ttl).last_accessed_at(used.0).access_count(used.1);
            let id = s.insert(new)?;
            for _ in 0..2 {
                s.get_by_hash("a", "h")?;
                s.get_by_id(id)?;
            }
        }
    }
    s.held()
}

/// Three entries whose order by use, by id and by age are three different ones.
fn stored(ttl: Option<u64>) -> [Entry; 3] {
    let used = |namespace, hash, created, accessed, times| {
        let entry = entry(namespace, hash).created_at(created).ttl(ttl);
        entry.last_accessed_at(accessed).access_count(times)
    };
    [used("a", "h1", 30, 200, 4), used("b", "h2", 10, 300, 9), used("a", "h3", 20, 100, 2)]
}

/// Looks at what a read might change: each entry, the order, the count, the names and the version counter.
fn look(s: &mut Probe) -> Check {
    // The entries first: what is right here, and wrong later in the same look, was changed by a read.
    let stored = s.iter_since(0)?;
    s.version_counter()?;
    s.iter_lru_ids(usize::MAX, None)?;
    s.count(None)?;
    s.list_namespaces()?;
    for found in &stored {
        s.get_by_id(found.id)?;
    }
    for found in stored {
        s.get_by_hash(&found.namespace, &found.query_hash)?;
    }
    Ok(())
}
