use super::{
    pasts::pasts,
    robust::size::{Filling, SMALL},
};
use crate::{
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{DIMENSION, entry, full, identity},
};
use mneme::{Identity, limits::MAX_NUMBER};

pub(crate) fn starts_at_zero(s: &mut Probe) -> Verdict {
    s.start()?;
    s.version_counter()?;
    s.note("Also where reads came first, and in a second store beside one that has changed.");
    s.insert(entry("a", "h"))?;
    s.make_beside()?;
    s.open(&identity())?;
    s.count(None)?;
    s.iter_changed(0)?;
    s.read_meta("schema_version")?;
    s.version_counter()?;
    s.held()
}

pub(crate) fn advances_on_every_change(s: &mut Probe) -> Verdict {
    s.start()?;
    s.version_counter()?;
    let due = |namespace: &str| entry(namespace, "h").created_at(1_000).ttl(500);
    let id = s.insert(due("a"))?;
    s.version_counter()?;
    s.note(
        "The same again, another answer, one of which only the usage is new, and the same under \
         another key.",
    );
    let other = due("a").response("other");
    for again in [due("a"), due("a"), other.clone(), other.access_count(8), due("b")] {
        s.insert(again)?;
        s.version_counter()?;
    }
    s.delete_by_id(id)?;
    s.version_counter()?;
    s.delete_expired(5_000, Some("b"))?;
    s.version_counter()?;
    s.insert(due("b"))?;
    s.version_counter()?;
    s.delete_expired(5_000, None)?;
    s.version_counter()?;
    s.insert(entry("", "h"))?;
    s.insert(entry("c", "h"))?;
    s.version_counter()?;
    s.clear_namespace("")?;
    s.version_counter()?;
    s.clear_namespace("c")?;
    s.version_counter()?;
    s.note("The only entry goes, in each way: an empty store is not a fresh one.");
    let removals: [fn(&mut Probe, u64) -> Check; 3] = [
        |s, id| s.delete_by_id(id).map(drop),
        |s, _| s.delete_expired(5_000, None).map(drop),
        |s, _| s.clear_namespace("a").map(drop),
    ];
    for remove in removals {
        s.start()?;
        let id = s.insert(due("a"))?;
        s.version_counter()?;
        remove(s, id)?;
        s.version_counter()?;
        let id = s.insert(due("a"))?;
        s.version_counter()?;
        remove(s, id)?;
        s.version_counter()?;
    }

    s.note("A counter of 8 or 16 bits turns over; one entry is enough to see it.");
    s.start()?;
    s.version_counter()?;
    let mut filling = Filling::begin(s.settings(), SMALL);
    let all = filling.wanted().min(65_600);
    let mut done = 0;
    while done < all && filling.goes_on() {
        s.insert(entry("a", "h"))?;
        done += 1;
        if matches!(done, 254..=257 | 32_766..=32_769 | 65_534..=65_537) {
            s.version_counter()?;
        }
    }
    s.version_counter()?;
    s.note("What so many changes of one entry leave behind is one entry.");
    s.look_everywhere()?;
    s.integrity_check()?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.insert(full(past.namespace, &past.hash).query(&*past.hash))?;
        s.version_counter()?;
        s.delete_by_id(past.id)?;
        s.version_counter()?;
    }
    if done < 65_600 {
        return s.held_in_part(filling.reason(done));
    }
    s.held()
}

pub(crate) fn stays_without_a_change(s: &mut Probe) -> Verdict {
    for filled in [true, false] {
        s.start()?;
        let id = if filled { s.insert(full("a", "h"))? } else { 1 };
        s.version_counter()?;
        s.note("All of it twice: what is already so may be another case than what is new.");
        for op in no_changes(id).into_iter().chain(no_changes(id)) {
            s.call(op)?;
            s.version_counter()?;
        }
    }
    s.note("A quota below what is stored already.");
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    s.version_counter()?;
    s.set_namespace_quota("a", 0)?;
    s.get_by_id(id)?;
    s.version_counter()?;
    s.note("A removal that finds what another one has left: nothing.");
    s.start()?;
    let removals: [fn(&mut Probe, u64) -> Check; 4] = [
        |s, id| s.delete_by_id(id).map(drop),
        |s, _| s.delete_expired(1_500, Some("a")).map(drop),
        |s, _| s.delete_expired(1_500, None).map(drop),
        |s, _| s.clear_namespace("a").map(drop),
    ];
    for first in removals {
        let id = s.insert(full("a", "h"))?;
        first(s, id)?;
        s.version_counter()?;
        for second in removals {
            second(s, id)?;
            s.version_counter()?;
        }
    }
    s.held()
}

/// What changes no entry, each by itself, where at most the entry `("a", "h")` is stored under an id.
fn no_changes(id: u64) -> Vec<Op> {
    let mut ops = vec![
        // Reads.
        Op::GetByHash("a".into(), "h".into()),
        Op::GetByHash("a".into(), "none".into()),
        Op::GetById(id),
        Op::GetById(id + 1),
        Op::Count(None),
        Op::Count(Some("a".into())),
        Op::ListNamespaces,
        Op::Walk(Walk::All),
        Op::Walk(Walk::Since(0)),
        Op::Walk(Walk::Changed(0)),
        Op::IterLruIds(usize::MAX, None),
        Op::GetNamespaceQuota("a".into()),
        Op::ReadMeta("schema_version".into()),
        Op::IntegrityCheck,
        // Access, quota and meta, the first time and again.
        Op::UpdateAccess(id, 1_300),
        Op::UpdateAccess(id + 1, 1_300),
        Op::SetNamespaceQuota("a".into(), 1),
        Op::SetNamespaceQuota("a".into(), 2),
        Op::UpdateAccess(id, 1_200),
        Op::UpdateAccess(id, 0),
        Op::WriteMeta("key".into(), "value".into()),
        Op::WriteMeta("key".into(), "other".into()),
        // Removals that remove nothing.
        Op::DeleteById(id + 1),
        Op::DeleteById(0),
        Op::DeleteById(u64::MAX),
        Op::DeleteExpired(1_499, None),
        Op::DeleteExpired(1_499, Some("a".into())),
        Op::DeleteExpired(5_000, Some("none".into())),
        Op::ClearNamespace("none".into()),
        Op::SetNamespaceQuota("limited".into(), 1),
        Op::ClearNamespace("limited".into()),
        Op::DeleteExpired(5_000, Some("limited".into())),
        Op::ClearNamespace(String::new().into()),
        // Refusals, of a new key and of a stored one.
        Op::Open(Identity::new("another", DIMENSION)),
        Op::Open(Identity::new(identity().fingerprint, DIMENSION + 1)),
        Op::UpdateAccess(id, MAX_NUMBER + 1),
        Op::DeleteExpired(MAX_NUMBER + 1, None),
        Op::SetNamespaceQuota("a".into(), u64::MAX),
        Op::WriteMeta("embedder_dim".into(), "8".into()),
        Op::Open(identity()),
    ];
    for hash in ["h", "new"] {
        ops.push(Op::Insert(entry("a", hash).embedding([1.0])));
        ops.push(Op::Insert(entry("a", hash).ttl(u64::MAX)));
    }
    ops
}

pub(crate) fn is_stamped_on_what_it_wrote(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("The counter first, then the entry; the entry first, then the counter; and again with an upsert.");
    let first = s.insert(entry("a", "h1"))?;
    s.version_counter()?;
    s.get_by_id(first)?;
    let second = s.insert(entry("b", "h1"))?;
    s.get_by_id(first)?;
    s.get_by_hash("b", "h1")?;
    s.version_counter()?;
    s.insert(entry("a", "h1"))?;
    s.version_counter()?;
    s.get_by_hash("a", "h1")?;
    s.get_by_id(first)?;
    s.insert(entry("a", "h1"))?;
    s.get_by_id(first)?;
    s.version_counter()?;
    s.note("What comes afterwards, a removal included, leaves it on the others.");
    let gone = s.insert(entry("a", "h2").ttl(5))?;
    s.update_access(second, 5)?;
    s.delete_by_id(gone)?;
    s.version_counter()?;
    let last = s.insert(entry("a", "h3"))?;
    s.version_counter()?;
    for id in [first, second, last] {
        s.get_by_id(id)?;
    }
    s.iter_all()?;
    s.iter_since(0)?;
    s.iter_changed(0)?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.insert(full(past.namespace, &past.hash).query(&*past.hash))?;
        s.version_counter()?;
        s.get_by_id(past.id)?;
    }
    s.held()
}
