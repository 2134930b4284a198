mod upsert;

pub(crate) use self::upsert::{upsert_adds_no_entry, upsert_keeps_the_id, upsert_replaces_every_field};

use super::{
    indexes,
    pasts::{DUE, NAMESPACES, Past, due, pasts},
};
use crate::{
    contract::clause,
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, entry, full, large},
};
use mneme::limits::MAX_NUMBER;

pub(crate) fn returns_the_stored_id(s: &mut Probe) -> Verdict {
    s.start()?;
    let first = s.insert(entry("a", "h1").query("q").response("r"))?;
    s.get_by_id(first)?;
    s.get_by_hash("a", "h1")?;
    s.note("A miss that was seen does not hide what comes.");
    s.get_by_hash("a", "h2")?;
    for next in (first + 1..first + 4).rev() {
        s.get_by_id(next)?;
    }
    let second = s.insert(full("a", "h2"))?;
    s.get_by_hash("a", "h2")?;
    s.get_by_id(second)?;
    s.get_by_id(first)?;
    s.note("Of equal content, under keys of their own: each is an entry, and none takes another's place.");
    let twins = [("a", "twin"), ("a", "another twin"), ("b", "twin")];
    for (namespace, hash) in twins {
        let id = s.insert(full(namespace, hash))?;
        s.get_by_id(id)?;
        for (namespace, hash) in twins {
            s.get_by_hash(namespace, hash)?;
        }
    }
    s.note("After an upsert, and after rows in other tables, \"the last id\" is another's.");
    s.insert(entry("a", "h1").response("again"))?;
    s.set_namespace_quota("a", 5)?;
    s.write_meta("key", "value")?;
    let third = s.insert(entry("b", "h3"))?;
    s.get_by_id(third)?;
    s.get_by_hash("b", "h3")?;
    s.get_by_id(second)?;
    s.held()
}

pub(crate) fn ids_are_positive(s: &mut Probe) -> Verdict {
    s.start()?;
    for hash in ["h1", "h2", "h3"] {
        s.insert(entry("a", hash))?;
    }
    s.held()
}

pub(crate) fn ids_ascend(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "Two namespaces in turn, and a hash that sorts before the others: neither a counter per \
         namespace nor an order of keys gives ids that ascend over all of them. Ten and more ids, so \
         that text order shows.",
    );
    for (namespace, hash) in [("b", "h5"), ("a", "h6"), ("b", "h1"), ("", "h9"), ("a", "h2")] {
        s.insert(entry(namespace, hash))?;
    }
    for n in 0..8 {
        s.insert(entry("a", &format!("more{n}")))?;
    }
    s.note("An upsert is no new entry, and takes no id that a new one then repeats.");
    s.insert(entry("b", "h5"))?;
    s.insert(entry("c", "h7"))?;
    s.note("Nor does each thread have numbers of its own.");
    for n in 0..4 {
        s.call_elsewhere(Op::Insert(entry("a", &format!("elsewhere {n}"))))?;
        s.insert(entry("a", &format!("here {n}")))?;
    }
    s.held()
}

pub(crate) fn ids_are_never_reused(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "The newest one's id, by each way in which an entry goes; then the only one's, in an empty \
         store; then an old one's, which a list of free ids would give again.",
    );
    s.insert(entry("a", "kept"))?;
    let newest = s.insert(entry("a", "deleted"))?;
    s.delete_by_id(newest)?;
    s.insert(entry("a", "after delete").created_at(100).ttl(1))?;
    s.delete_expired(200, None)?;
    s.insert(entry("b", "after expiry"))?;
    s.clear_namespace("b")?;
    s.insert(entry("b", "after clear"))?;
    s.clear_namespace("a")?;
    s.clear_namespace("b")?;
    let old = s.insert(entry("c", "after all"))?;
    s.insert(entry("c", "newest"))?;
    s.delete_by_id(old)?;
    s.insert(entry("c", "after the old one"))?;
    s.note("Each way by itself, in a store that has no other entry.");
    let removals: [fn(&mut Probe, u64) -> Check; 3] = [
        |s, id| s.delete_by_id(id).map(drop),
        |s, _| s.delete_expired(200, None).map(drop),
        |s, _| s.clear_namespace("a").map(drop),
    ];
    for remove in removals {
        s.start()?;
        let only = s.insert(entry("a", "only").created_at(100).ttl(1))?;
        remove(s, only)?;
        s.insert(entry("b", "after it"))?;
    }
    s.note("A list of free ids may be used once it is long, or once a page is free.");
    s.start()?;
    let mut ids = Vec::new();
    for n in 0..MORE_THAN_A_BYTE {
        ids.push(s.insert(entry("a", &format!("h{n}")))?);
    }
    for id in &ids[..MORE_THAN_A_BYTE - 1] {
        s.delete_by_id(*id)?;
    }
    for n in 0..MORE_THAN_A_BYTE {
        s.insert(entry("b", &format!("h{n}")))?;
    }
    s.held()
}

pub(crate) fn deleted_key_gets_a_new_id(s: &mut Probe) -> Verdict {
    s.start()?;
    let first = s.insert(full("a", "h"))?;
    s.note("A newer entry stays: whether an id is the next one after the last is another clause's.");
    let mut newer = 0..;
    let mut keep = |s: &mut Probe| match newer.next() {
        Some(n) => s.insert(entry("newer", &n.to_string())).map(drop),
        None => Ok(()),
    };
    keep(s)?;
    s.update_access(first, 1_300)?;
    s.delete_by_id(first)?;
    let second = s.insert(entry("a", "h").created_at(5).ttl(5))?;
    s.get_by_hash("a", "h")?;
    s.get_by_id(first)?;
    keep(s)?;
    s.update_access(second, 1_300)?;
    s.delete_expired(10, None)?;
    let third = s.insert(entry("a", "h"))?;
    s.get_by_hash("a", "h")?;
    s.get_by_id(second)?;
    keep(s)?;
    s.update_access(third, 1_300)?;
    s.clear_namespace("a")?;
    s.insert(entry("a", "h"))?;
    s.get_by_hash("a", "h")?;
    s.note("What was large enough to be kept elsewhere goes with the entry.");
    for remove in [
        |s: &mut Probe, id| s.delete_by_id(id).map(drop),
        |s: &mut Probe, _| s.clear_namespace("a").map(drop),
        |s: &mut Probe, _| s.delete_expired(1_500, None).map(drop),
        |s: &mut Probe, _| s.delete_expired(1_500, Some("a")).map(drop),
    ] {
        let id = s.insert(large("a", "h"))?;
        remove(s, id)?;
        keep(s)?;
        s.insert(entry("a", "h"))?;
        s.get_by_hash("a", "h")?;
    }
    s.note("Again and again, in each way.");
    for _ in 0..3 {
        let id = s.insert(entry("a", "h"))?;
        keep(s)?;
        s.delete_by_id(id)?;
        let id = s.insert(entry("a", "h"))?;
        s.get_by_hash("a", "h")?;
        s.get_by_id(id)?;
    }
    s.note("Whatever was done to it before.");
    let removals: [fn(&mut Probe, &[Past]) -> Check; 3] = [
        |s, all| all.iter().try_for_each(|past| s.delete_by_id(past.id).map(drop)),
        |s, _| s.delete_expired(DUE, None).map(drop),
        |s, _| NAMESPACES.iter().try_for_each(|namespace| s.clear_namespace(namespace).map(drop)),
    ];
    for remove in removals {
        let all = pasts(s)?;
        s.insert(entry("newer", "h"))?;
        remove(s, &all)?;
        s.look_everywhere()?;
        for past in all {
            s.insert(due(past.namespace, &past.hash))?;
            s.get_by_hash(past.namespace, &past.hash)?;
        }
    }
    s.held()
}

/// More than a pool or a table of slots has by default.
const MANY_REFUSALS: usize = 130;

pub(crate) fn other_dimension_is_refused(s: &mut Probe) -> Verdict {
    s.note("Before there is any entry: the dimension is the identity's, and not that of the first entry.");
    s.start()?;
    s.refused(Op::Insert(entry("a", "h").embedding([1.0; 3])))?;
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    s.insert(entry("b", "used before").embedding([9.0; 4]).last_accessed_at(600))?;
    s.insert(entry("b", "used then too").embedding([8.0; 4]).last_accessed_at(600))?;
    s.look_everywhere()?;
    s.look_after_reopening()?;
    s.version_counter()?;
    s.note("None, one too few and too many, twice as many, and as many more as a narrow number forgets.");
    for length in [0, 3, 5, 8, 256 + 4, 65_536 + 4] {
        let embedding = vec![1.0; length];
        s.refused(Op::Insert(entry("a", "new").embedding(embedding.clone())))?;
        s.refused(Op::Insert(entry("a", "h").response("other").ttl(5).embedding(embedding)))?;
    }
    s.version_counter()?;
    s.get_by_id(id)?;
    s.get_by_hash("a", "new")?;
    s.count(None)?;
    s.list_namespaces()?;
    s.iter_lru_ids(usize::MAX, None)?;
    s.delete_expired(100, None)?;
    s.get_by_id(id)?;
    s.note("What is written between two refusals stays, and what was refused is nobody's.");
    for n in 0_u8..2 {
        s.refused(Op::Insert(entry("a", "new").embedding([1.0; 3])))?;
        let kept = s.insert(entry("b", &format!("between {n}")).embedding([20.0 + f32::from(n); 4]))?;
        s.get_by_hash("a", "new")?;
        s.refused(Op::Insert(entry("a", "new").embedding([1.0; 3])))?;
        s.get_by_id(kept)?;
    }
    s.note("More refusals than a pool has places, each of which gives its own back.");
    for _ in 0..MANY_REFUSALS {
        s.refused(Op::Insert(entry("a", "new").embedding([1.0; 3])))?;
    }
    s.insert(entry("b", "after many"))?;
    s.note("Nor does a refusal bring anything of what had the key before.");
    let gone = s.insert(full("a", "gone").query("gone"))?;
    s.insert(full("a", "newest").query("newest"))?;
    s.delete_by_id(gone)?;
    s.look_everywhere()?;
    s.refused(Op::Insert(full("a", "gone").query("gone").embedding([1.0; 3])))?;
    s.look_everywhere()?;
    s.note("A refusal keeps no lock and no half of a row.");
    s.insert(entry("a", "new"))?;
    s.get_by_hash("a", "new")?;
    s.look_after_reopening()?;
    indexes::are_left_alone(s, &clause::insert::other_dimension_is_refused, |s, _| {
        indexes::KEYS
            .into_iter()
            .try_for_each(|(namespace, hash)| s.refused(Op::Insert(entry(namespace, hash).embedding([1.0]))))
    })?;
    s.held()
}

pub(crate) fn number_out_of_range_is_refused(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("Also where there is nothing to do.");
    for (id, namespace) in [(1, "a"), (0, "")] {
        s.refused(Op::UpdateAccess(id, MAX_NUMBER + 1))?;
        s.refused(Op::DeleteExpired(MAX_NUMBER + 1, None))?;
        s.refused(Op::DeleteExpired(MAX_NUMBER + 1, Some(namespace.into())))?;
        s.refused(Op::SetNamespaceQuota(namespace.into(), MAX_NUMBER + 1))?;
    }
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    s.get_by_id(id)?;
    s.insert(entry("b", "used before").embedding([9.0; 4]).last_accessed_at(600))?;
    s.insert(entry("b", "used then too").embedding([8.0; 4]).last_accessed_at(600))?;
    s.note("At the limit of its count, and due at the end of time.");
    let counted = entry("b", "counted").embedding([7.0; 4]).access_count(MAX_NUMBER).ttl(MAX_NUMBER);
    let counted = s.insert(counted)?;
    s.update_access(counted, 1_000)?;
    s.set_namespace_quota("a", 5)?;
    s.look_everywhere()?;
    // What a reopen alone spoils is not laid to what is refused.
    s.look_after_reopening()?;
    let mut mark = 20.0;
    for number in [MAX_NUMBER + 1, 1 << 63, u64::MAX] {
        s.version_counter()?;
        for key in ["h", "new"] {
            s.refused(Op::Insert(entry("a", key).created_at(number)))?;
            s.refused(Op::Insert(entry("a", key).ttl(number)))?;
            s.refused(Op::Insert(entry("a", key).last_accessed_at(number)))?;
            s.refused(Op::Insert(entry("a", key).access_count(number)))?;
        }
        for id in [id, counted] {
            s.refused(Op::UpdateAccess(id, number))?;
        }
        s.refused(Op::DeleteExpired(number, None))?;
        s.refused(Op::DeleteExpired(number, Some("a".into())))?;
        s.refused(Op::SetNamespaceQuota("a".into(), number))?;
        s.note(
            "Of two errors that are due, the invalid argument comes first; and an id that is not \
             stored excuses nothing.",
        );
        s.refused(Op::Insert(entry("a", "new").created_at(number).embedding([1.0])))?;
        s.refused(Op::UpdateAccess(u64::MAX, number))?;
        s.refused(Op::DeleteExpired(number, Some("none".into())))?;
        s.refused(Op::SetNamespaceQuota("none".into(), number))?;
        s.get_namespace_quota("none")?;
        s.version_counter()?;
        s.get_by_id(id)?;
        s.get_by_hash("a", "new")?;
        s.count(None)?;
        s.get_namespace_quota("a")?;
        s.iter_lru_ids(9, None)?;
        s.delete_expired(100, None)?;
        s.note("What is written between two refusals stays, and what was refused is nobody's.");
        let kept = s.insert(entry("b", &number.to_string()).embedding([mark; 4]))?;
        mark += 1.0;
        s.get_by_hash("a", "new")?;
        s.refused(Op::Insert(entry("a", "new").ttl(number)))?;
        s.get_by_id(kept)?;
    }
    s.look_after_reopening()?;
    indexes::are_left_alone(s, &clause::insert::number_out_of_range_is_refused, |s, ids| {
        s.refused(Op::UpdateAccess(ids.used, MAX_NUMBER + 1))?;
        for scope in [None, Some("b")] {
            s.refused(Op::DeleteExpired(MAX_NUMBER + 1, scope.map(Into::into)))?;
        }
        indexes::KEYS.into_iter().try_for_each(|(namespace, hash)| {
            s.refused(Op::Insert(entry(namespace, hash).ttl(MAX_NUMBER + 1)))
        })
    })?;
    s.held()
}
