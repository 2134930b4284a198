use super::pasts::{DUE, NAMESPACES, due, pasts};
use crate::{
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, entry, full},
};
use mneme::{Entry, limits::MAX_NUMBER};

/// An entry of the namespace `a` that was made at a time and has a ttl.
fn made_at(hash: &str, created_at: u64, ttl: impl Into<Option<u64>>) -> Entry {
    entry("a", hash).created_at(created_at).ttl(ttl)
}

fn long_after(s: &mut Probe) -> Check {
    s.note("Long after it was due, past each width of a number.");
    s.start()?;
    for width in [16, 31, 32, 48, 52] {
        let id = s.insert(made_at("h", 1, 9))?;
        s.delete_expired(1 << width, None)?;
        s.get_by_id(id)?;
    }
    Ok(())
}

/// Times of making and of life: the ends of a text order, of 32 bits, of milliseconds, of the range itself.
const LIVES: [(u64, u64); 25] = [
    (1_000, 500),
    (0, 1),
    (0, 1_000),
    (9_000, 1_000),
    (1_700_000_000, 3_601),
    ((1 << 31) - 1, 1),
    ((1 << 32) - 1, 1),
    (1 << 52, 1 << 51),
    (0, MAX_NUMBER),
    (MAX_NUMBER - 1, 1),
    // Where a bucket of seconds ends: a minute, an hour, a day, and the powers of two and ten.
    (50, 10),
    (1_000, 24),
    (3_000, 600),
    (65_000, 536),
    (86_000, 400),
    (999_999_000, 1_000),
    (9_999_999_999, 1),
    (999_999_999_999, 1),
    (9_999_999_999_999, 1),
    (999_999_999_999_999, 1),
    // In thousandths, millionths and so on of a second numbers of 63 and of 64 bits end here, and floats round.
    (0, 9_223_372_037),
    (0, 18_446_744_074),
    (0, 9_223_372_036_855),
    (0, 18_446_744_073_710),
    (4_781_815_382_396_362, 1_662_894_668_501_141),
];

pub(crate) fn is_due_at_created_plus_ttl(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("Where a text order, 32 bits, milliseconds and the range itself end.");
    for (created_at, ttl) in LIVES {
        let id = s.insert(made_at("h", created_at, ttl))?;
        s.delete_expired(created_at + ttl - 1, None)?;
        s.get_by_id(id)?;
        s.delete_expired(created_at + ttl, None)?;
        s.get_by_id(id)?;
    }
    long_after(s)?;
    s.note("Two that are due at the same second.");
    s.start()?;
    for hash in ["h1", "h2"] {
        s.insert(made_at(hash, 1_000, 500))?;
    }
    s.delete_expired(1_500, None)?;
    s.iter_all()?;
    s.note("Due in another order than that of their making, of their ids and of their texts.");
    s.start()?;
    for (hash, created_at, ttl) in
        [("h1", 1_000, 9_000), ("h2", 1_200, 100), ("h3", 500, 9_000), ("h4", 1, 2), ("h5", 1_000, 300)]
    {
        s.insert(made_at(hash, created_at, ttl))?;
    }
    s.iter_all()?;
    for now in [2, 3, 1_299, 1_300, 9_499, 9_500, 9_999, 10_000] {
        s.delete_expired(now, None)?;
        s.iter_all()?;
    }
    s.note(
        "Due before the last sweep was, and swept after it: a sweep does not begin where the last one ended.",
    );
    for (scope, now) in [(None, 20_000), (Some("a"), 30_000), (None, 30_000), (Some("a"), 40_000)] {
        s.delete_expired(now, Some("b"))?;
        let id = s.insert(made_at("late", 1_000, 500))?;
        s.delete_expired(now, scope)?;
        s.get_by_id(id)?;
    }
    s.note("Not before it was made, also where it is due at once then.");
    let id = s.insert(made_at("h", 1_000, 0))?;
    s.delete_expired(999, None)?;
    s.get_by_id(id)?;
    s.note(
        "Whatever else it has: used or never, as often as can be, in a namespace with a quota, the newest.",
    );
    for scope in [None, Some("a")] {
        s.start()?;
        s.set_namespace_quota("a", 0)?;
        s.note("Beside one that was made long after, and before one.");
        s.insert(made_at("made last", MAX_NUMBER, None))?;
        s.insert(made_at("made first", 0, None))?;
        let mut ids = Vec::new();
        for count in [0, 7, 300, MAX_NUMBER] {
            let used = full("a", &format!("used {count} times")).last_accessed_at(1_000).access_count(count);
            ids.push(s.insert(used.query(format!("Of {count}?")))?);
        }
        s.insert(made_at("made last, again", MAX_NUMBER, None))?;
        s.iter_all()?;
        for now in [1_499, 1_500] {
            s.delete_expired(now, scope)?;
            for id in &ids {
                s.get_by_id(*id)?;
            }
        }
    }
    s.note("The same for one namespace, which may be another statement.");
    s.start()?;
    let id = s.insert(made_at("h", 1_000, 500))?;
    for now in [1_499, 1_500] {
        s.delete_expired(now, Some("a"))?;
        s.get_by_id(id)?;
    }
    s.note("Whatever was done to it before.");
    let all = pasts(s)?;
    for now in [DUE - 1, DUE] {
        s.delete_expired(now, None)?;
        for past in &all {
            s.get_by_id(past.id)?;
        }
        s.look_everywhere()?;
    }
    s.held()
}

pub(crate) fn no_ttl_never_expires(s: &mut Probe) -> Verdict {
    s.start()?;
    let id = s.insert(made_at("h", 1_000, None))?;
    s.insert(made_at("beginning", 0, None))?;
    s.insert(made_at("end", MAX_NUMBER, None))?;
    for now in [0, 1_000, 1_700_000_000, MAX_NUMBER] {
        s.delete_expired(now, None)?;
        s.delete_expired(now, Some("a"))?;
    }
    s.update_access(id, 5)?;
    s.delete_expired(MAX_NUMBER, None)?;
    s.iter_all()?;
    s.note("Beside others that go, and under a key whose entry before was to go.");
    s.insert(made_at("goes", 0, 5))?;
    s.delete_expired(MAX_NUMBER, None)?;
    s.iter_all()?;
    let old = s.insert(made_at("again", 0, 5))?;
    s.delete_by_id(old)?;
    s.insert(made_at("again", 0, None))?;
    s.delete_expired(MAX_NUMBER, None)?;
    s.get_by_hash("a", "again")?;
    s.held()
}

pub(crate) fn zero_ttl_is_due_at_once(s: &mut Probe) -> Verdict {
    s.start()?;
    for created_at in [1_000, 0, MAX_NUMBER] {
        let id = s.insert(made_at("h", created_at, 0))?;
        s.delete_expired(created_at, None)?;
        s.get_by_id(id)?;
    }
    let id = s.insert(made_at("h", 1_000, 0))?;
    s.delete_expired(MAX_NUMBER, Some("a"))?;
    s.get_by_id(id)?;
    s.held()
}

pub(crate) fn access_does_not_extend(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("The first one is never accessed: where it does not go either, the access is not to blame.");
    s.insert(made_at("h1", 1_000, 499))?;
    let accessed = s.insert(made_at("h2", 1_000, 500))?;
    s.update_access(accessed, 1_400)?;
    s.delete_expired(1_500, None)?;
    s.get_by_id(accessed)?;
    s.note("Nor does it bring the end nearer.");
    s.insert(made_at("h1", 1_000, 500))?;
    let accessed = s.insert(made_at("h2", 1_000, 500))?;
    s.update_access(accessed, 1)?;
    s.delete_expired(1_499, None)?;
    s.get_by_id(accessed)?;
    s.note(
        "Nor does one at or after the end, one in the far future, or the time that the insert brought \
         with it.",
    );
    for now in [1_500, 1_600, MAX_NUMBER] {
        s.update_access(accessed, now)?;
    }
    s.insert(made_at("h3", 1_000, 498).last_accessed_at(9_000).access_count(1))?;
    s.insert(made_at("h4", 1_000, 497).last_accessed_at(1_100).access_count(MAX_NUMBER))?;
    s.delete_expired(1_500, None)?;
    s.iter_all()?;
    s.held()
}

pub(crate) fn upsert_replaces_it(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "Those that are never upserted: what goes too early, or does not go either, is no upsert's \
         fault.",
    );
    let plain = s.insert(made_at("plain", 1_000, 100))?;
    for now in [1_050, 1_200] {
        s.get_by_id(plain)?;
        s.delete_expired(now, None)?;
    }
    s.get_by_id(plain)?;
    let stays = s.insert(made_at("stays", 1_000, None))?;
    s.delete_expired(MAX_NUMBER, None)?;
    s.get_by_id(stays)?;
    s.start()?;
    s.note(
        "What it was, what the upsert makes it, and the times at which it must not go and must go: \
         well before and well after, as the exact second is another clause's.",
    );
    for (old, new, stays, goes) in [
        ((1_000, Some(500)), (1_000, None), MAX_NUMBER, None),
        ((1_000, Some(500)), (1_000, Some(900)), 1_800, Some(2_000)),
        ((1_000, Some(500)), (1_400, Some(500)), 1_800, Some(2_000)),
        ((1_000, Some(900)), (1_000, Some(100)), 1_050, Some(1_200)),
        ((1_000, Some(500)), (500, Some(500)), 950, Some(1_100)),
        ((1_000, None), (1_000, Some(500)), 1_400, Some(1_600)),
        ((1_000, Some(500)), (1_000, Some(1_000_000)), 900_000, None),
        ((1_000, Some(0)), (1_000, None), MAX_NUMBER, None),
        ((1_000, Some(500)), (1_000, Some(0)), 950, Some(1_200)),
        // Due at the same second as before.
        ((1_000, Some(500)), (1_000, Some(500)), 1_400, Some(1_600)),
        ((1_000, Some(500)), (1_200, Some(300)), 1_400, Some(1_600)),
    ] {
        let id = s.insert(made_at("h", old.0, old.1))?;
        s.insert(made_at("h", new.0, new.1))?;
        s.delete_expired(stays, None)?;
        s.get_by_id(id)?;
        match goes {
            Some(goes) => drop(s.delete_expired(goes, None)?),
            None => drop(s.delete_by_id(id)?),
        }
        s.get_by_id(id)?;
    }
    s.note("Twice, so that the first of three is forgotten too; and with an access between.");
    let id = s.insert(made_at("h", 1_000, 100))?;
    s.insert(made_at("h", 1_000, 200))?;
    s.update_access(id, 1_050)?;
    s.insert(made_at("h", 1_000, 300))?;
    for now in [1_150, 1_250, 1_400] {
        s.delete_expired(now, Some("a"))?;
        s.get_by_id(id)?;
    }
    s.note("Whatever was done to it before.");
    for ttl in [Some(900), None] {
        let all = pasts(s)?;
        for past in &all {
            s.insert(due(past.namespace, &past.hash).ttl(ttl))?;
            s.get_by_id(past.id)?;
        }
        for now in [DUE + 100, DUE + 1_000] {
            s.delete_expired(now, None)?;
            for past in &all {
                s.get_by_id(past.id)?;
            }
        }
    }
    s.held()
}

pub(crate) fn large_ttl_does_not_wrap(s: &mut Probe) -> Verdict {
    s.start()?;
    for (created_at, ttl) in [
        (1_000, MAX_NUMBER),
        (1, MAX_NUMBER),
        (MAX_NUMBER, 1),
        (1 << 52, 1 << 52),
        (1_700_000_000, MAX_NUMBER - 1_600_000_000),
        (MAX_NUMBER, MAX_NUMBER),
    ] {
        let id = s.insert(made_at("h", created_at, ttl))?;
        for now in [0, 1_700_000_000, u64::from(u32::MAX), MAX_NUMBER] {
            s.delete_expired(now, None)?;
            s.get_by_id(id)?;
        }
        s.delete_by_id(id)?;
    }
    s.held()
}

pub(crate) fn is_scoped(s: &mut Probe) -> Verdict {
    s.start()?;
    let due = |namespace: &str| entry(namespace, "h").created_at(1_000).ttl(500);
    let namespaces = ["a", "b", "", "ab", "A", "a:b", "a/b", "a.b", "a\u{0}"];
    for (second, namespace) in (1_000..).zip(namespaces) {
        s.insert(due(namespace).created_at(second))?;
    }
    s.insert(entry("a", "not due").created_at(9_000).ttl(500))?;
    s.iter_all()?;
    for namespace in ["a", ""] {
        s.delete_expired(5_000, Some(namespace))?;
        s.iter_all()?;
    }
    s.note("A namespace without any, and patterns, scope to nothing.");
    for nothing in ["none", "%", "a%", "_", "*", "?", "[ab]"] {
        s.delete_expired(5_000, Some(nothing))?;
    }
    s.delete_expired(5_000, None)?;
    s.iter_all()?;
    s.note("All namespaces are the empty one and the others.");
    for (second, namespace) in (1_000..).zip(["", "a"]) {
        s.insert(due(namespace).created_at(second))?;
    }
    s.delete_expired(5_000, None)?;
    s.iter_all()?;
    s.note("An entry of one namespace that is due does not stand for one of another that is not.");
    s.insert(due("a"))?;
    s.insert(entry("b", "h").created_at(5_000).ttl(500))?;
    s.delete_expired(5_000, Some("b"))?;
    s.iter_all()?;
    s.note("More of it than a batch, and behind them one of another namespace and one of it.");
    s.start()?;
    for n in 0..MORE_THAN_A_BYTE {
        s.insert(entry("a", &format!("h{n}")).ttl(1_000 + n as u64))?;
    }
    for (namespace, ttl) in [("b", 1_500), ("a", 1_600)] {
        s.insert(entry(namespace, "last").ttl(ttl))?;
    }
    s.delete_expired(5_000, Some("a"))?;
    s.iter_all()?;
    s.note("A sweep is for its time and its namespace alone, whatever was swept before at a later time, there or elsewhere.");
    s.start()?;
    for later in [Some("b"), Some("a"), None] {
        s.delete_expired(9_000, later)?;
        for scope in [Some("a"), Some("b"), None] {
            s.insert(due("a"))?;
            s.insert(due("b"))?;
            s.delete_expired(6_000, scope)?;
            s.iter_all()?;
            s.delete_expired(6_000, None)?;
            s.iter_all()?;
        }
    }
    s.held()
}

pub(crate) fn counts_what_it_removed(s: &mut Probe) -> Verdict {
    s.start()?;
    s.delete_expired(1_000, None)?;
    s.insert(full("a", "h1"))?;
    s.insert(full("a", "h2"))?;
    s.insert(full("b", "h1"))?;
    s.insert(entry("a", "stays"))?;
    s.insert(entry("a", "later").created_at(9_000).ttl(1))?;
    s.note("What is not there any more is not for the sweep to count.");
    s.iter_all()?;
    s.delete_expired(1_000, None)?;
    s.delete_expired(5_000, Some("a"))?;
    s.delete_expired(5_000, None)?;
    s.delete_expired(5_000, None)?;
    s.note(
        "Those that were due and went in another way are not removed again, and one that was written \
         twice goes once.",
    );
    for written in [1, 2] {
        let mut deleted = 0;
        for _ in 0..written {
            deleted = s.insert(full("a", "h1"))?;
        }
        s.delete_by_id(deleted)?;
        s.delete_expired(5_000, None)?;
    }
    s.insert(full("b", "h1"))?;
    s.clear_namespace("b")?;
    s.delete_expired(5_000, None)?;
    s.insert(full("a", "h1"))?;
    s.insert(full("a", "h1"))?;
    s.delete_expired(5_000, Some("a"))?;
    s.note("Many that are due at the same second: more than a batch, and than a byte counts.");
    for n in 0..260 {
        s.insert(full("c", &n.to_string()))?;
    }
    s.delete_expired(5_000, None)?;
    s.delete_expired(5_000, None)?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.delete_by_id(past.id)?;
    }
    s.delete_expired(DUE, None)?;
    pasts(s)?;
    NAMESPACES.iter().try_for_each(|namespace| s.clear_namespace(namespace).map(drop))?;
    s.delete_expired(DUE, None)?;
    pasts(s)?;
    s.delete_expired(DUE, Some("a"))?;
    s.delete_expired(DUE, None)?;
    s.held()
}

pub(crate) fn only_when_asked(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "First without a ttl: what is lost then too, by an upsert or by a read, is not lost to its \
         age.",
    );
    for _ in 0..2 {
        let id = ages(s, None)?;
        for read in reads(id) {
            s.call(read)?;
        }
    }
    s.note("Then due decades ago by every clock.");
    s.start()?;
    let id = ages(s, 1)?;
    for read in reads(id) {
        s.call(read)?;
    }
    s.note(
        "Nor does it go with another operation that brings a time past its end with it, or that \
         writes anything else.",
    );
    for other in [
        Op::UpdateAccess(id, 1_700_000_000),
        Op::Insert(entry("a", "new").created_at(1_700_000_001).last_accessed_at(1_700_000_001)),
        Op::DeleteExpired(1_700_000_000, Some("b".into())),
        // One that is due before it comes is stored all the same.
        Op::Insert(made_at("late", 2, 1)),
        Op::DeleteExpired(1, None),
        Op::ClearNamespace("b".into()),
        Op::IntegrityCheck,
        Op::UpdateAccess(id, 0),
        Op::Insert(made_at("h", 0, 0)),
    ] {
        s.call(other)?;
        s.get_by_id(id)?;
        s.get_by_hash("a", "h")?;
    }
    s.get_by_hash("a", "late")?;
    for read in reads(id) {
        s.call(read)?;
    }
    s.delete_expired(0, None)?;
    s.held()
}

/// Inserts three entries: one without a ttl, one with it, and one that has it and is all that its namespace has. Answers
/// the id of the second.
fn ages(s: &mut Probe, ttl: impl Into<Option<u64>> + Copy) -> Check<u64> {
    s.insert(made_at("stays", 1, None))?;
    let id = s.insert(made_at("h", 1, ttl))?;
    s.insert(entry("due", "another").created_at(1).ttl(ttl))?;
    s.update_access(id, 1)?;
    Ok(id)
}

/// Every read that may leave out what [`ages`] has stored.
fn reads(id: u64) -> [Op; 12] {
    [
        Op::GetByHash("a".into(), "h".into()),
        Op::GetById(id),
        Op::Walk(Walk::All),
        Op::Walk(Walk::Since(id - 1)),
        Op::Walk(Walk::Changed(0)),
        Op::IterLruIds(usize::MAX, None),
        Op::IterLruIds(usize::MAX, Some("a".into())),
        Op::Count(None),
        Op::Count(Some("a".into())),
        Op::ListNamespaces,
        Op::IterLruIds(usize::MAX, Some("due".into())),
        Op::Count(Some("due".into())),
    ]
}
