pub(crate) mod size;

use self::size::SMALL;
pub(crate) use self::size::size_changes_nothing;

use crate::{
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{DIMENSION, entry, full, identity},
};
use mneme::{Entry, Identity, limits::MAX_NUMBER};

pub(crate) fn fails_only_where_a_clause_says(s: &mut Probe) -> Verdict {
    s.note("In an empty store, and in one that holds something.");
    s.start()?;
    for op in ordinary(1).into_iter().chain(in_range(1)) {
        s.call(op)?;
    }
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    for op in ordinary(id).into_iter().chain(in_range(id)) {
        s.call(op)?;
    }
    s.note("Each write again, twice over what it left behind.");
    for op in ordinary(id).into_iter().chain(in_range(id)).filter(Op::is_write) {
        s.call(op)?;
    }
    s.look_everywhere()?;
    s.integrity_check()?;
    s.note("A count that can grow no more.");
    let id = s.insert(entry("c", "h").access_count(MAX_NUMBER))?;
    s.update_access(id, 1)?;
    if s.model().claims().shared {
        s.note("More handles at once than a table of a few places has.");
        for _ in 0..MANY_HANDLES {
            s.make_again()?;
            s.open(&identity())?;
            s.get_by_id(id)?;
        }
    }
    s.note("What each read keeps, or each open that is one too many, and does not give back runs out.");
    let reads = ordinary(id).into_iter().filter(|op| !op.is_write());
    let reads: Vec<_> = reads.chain([Op::Open(identity())]).collect();
    for _ in 0..s.settings().size().clamp(SMALL, LEAKS) {
        for read in &reads {
            s.call(read.clone())?;
        }
        for walk in [Walk::All, Walk::Since(0), Walk::Changed(0)] {
            s.walking(walk, |s, live| live.next(s).map(drop))?;
        }
    }
    s.note("And so does what each handle keeps that is dropped and was never closed.");
    for _ in 0..LEFT_HANDLES {
        s.drop_handle()?;
        if s.model().claims().are_of_the_site() {
            s.make_again()?;
        } else {
            s.make()?;
        }
        s.open(&identity())?;
    }
    s.held()
}

const MANY_HANDLES: usize = 16;

/// More than a pool has connections where nobody says how many: five, eight, ten, sixteen, thirty-two or sixty-four.
const LEFT_HANDLES: usize = 66;

/// More calls than a process may usually have files open, or an engine readers.
const LEAKS: usize = 1_100;

/// An entry with a ttl and little else, which a trace can show in one row.
fn plain(namespace: &str, hash: &str) -> Entry {
    entry(namespace, hash).created_at(1_000).ttl(500)
}

/// Every operation of an open handle once, with the arguments of an ordinary day.
fn ordinary(id: u64) -> Vec<Op> {
    vec![
        Op::Insert(plain("a", "h2")),
        Op::Insert(entry("a", "h2")),
        Op::GetByHash("a".into(), "h2".into()),
        Op::GetById(id),
        Op::Count(None),
        Op::Count(Some("a".into())),
        Op::ListNamespaces,
        Op::IterLruIds(2, None),
        Op::IterLruIds(2, Some("a".into())),
        Op::Walk(Walk::All),
        Op::Walk(Walk::Since(id)),
        Op::Walk(Walk::Changed(1)),
        Op::UpdateAccess(id, 1_300),
        Op::SetNamespaceQuota("a".into(), 5),
        Op::GetNamespaceQuota("a".into()),
        Op::WriteMeta("key".into(), "value".into()),
        Op::ReadMeta("key".into()),
        Op::VersionCounter,
        Op::IntegrityCheck,
        Op::DeleteExpired(1_499, Some("a".into())),
        Op::DeleteExpired(1_500, None),
        Op::DeleteById(id),
        Op::ClearNamespace("a".into()),
        Op::Open(identity()),
    ]
}

/// Arguments at the ends of their ranges, and calls that a store may think make no sense.
fn in_range(id: u64) -> Vec<Op> {
    let mut ops = vec![
        // Accessed before it was made; a quota, a scope, a page and a cursor for what is not there.
        Op::Insert(plain("b", "h").created_at(2_000).last_accessed_at(1_000)),
        Op::Insert(plain("b", "h").embedding([0.0; DIMENSION])),
        Op::Insert(plain("b", "h2").embedding([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0])),
        Op::Insert(entry("", "")),
        Op::SetNamespaceQuota("none".into(), 0),
        Op::SetNamespaceQuota("b".into(), MAX_NUMBER),
        Op::SetNamespaceQuota("b".into(), 0),
        Op::Insert(entry("b", "past the quota")),
        Op::IterLruIds(0, None),
        Op::IterLruIds(usize::MAX, None),
        Op::IterLruIds(5, Some("none".into())),
        Op::IterLruIds(usize::MAX, Some("none".into())),
        Op::Count(Some("none".into())),
        Op::GetNamespaceQuota("never set".into()),
        Op::ReadMeta("never written".into()),
        Op::WriteMeta(String::new().into(), String::new().into()),
        Op::ReadMeta(String::new().into()),
        Op::DeleteExpired(0, None),
        Op::DeleteExpired(MAX_NUMBER, Some("none".into())),
        Op::ClearNamespace("none".into()),
        // An access before the last one, before the making, and at the end of time.
        Op::UpdateAccess(id, MAX_NUMBER),
        Op::UpdateAccess(id, 1),
        Op::UpdateAccess(id, 0),
    ];
    for number in [0, 1, id + 1_000, MAX_NUMBER - 1, MAX_NUMBER, MAX_NUMBER + 1, u64::MAX] {
        ops.push(Op::GetById(number));
        ops.push(Op::DeleteById(number));
        ops.push(Op::UpdateAccess(number, 5));
        ops.push(Op::Walk(Walk::Since(number)));
        ops.push(Op::Walk(Walk::Changed(number)));
    }
    for number in [0, 1, MAX_NUMBER] {
        let all = entry("b", "numbers").created_at(number).last_accessed_at(number).access_count(number);
        ops.push(Op::Insert(all.ttl(number)));
        ops.push(Op::DeleteExpired(number, None));
    }
    ops
}

pub(crate) fn answers_are_in_range(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "What is nothing is 0 or none, and not the number before 0; in an empty store, in one that \
         holds something, and in one that is empty again.",
    );
    answer_numbers(s)?;
    let id = s.insert(entry("a", "h"))?;
    s.insert(entry("b", "h"))?;
    answer_numbers(s)?;
    s.insert(entry("a", "h").ttl(0))?;
    s.set_namespace_quota("a", MAX_NUMBER)?;
    s.get_by_id(id)?;
    s.get_by_hash("b", "h")?;
    answer_numbers(s)?;
    s.delete_expired(5, None)?;
    s.clear_namespace("b")?;
    answer_numbers(s)?;
    s.held()
}

/// Every read that answers a number.
fn answer_numbers(s: &mut Probe) -> Check {
    s.version_counter()?;
    s.count(None)?;
    for namespace in ["a", "none"] {
        s.count(Some(namespace))?;
        s.get_namespace_quota(namespace)?;
        s.iter_lru_ids(2, Some(namespace))?;
        s.delete_expired(0, Some(namespace))?;
    }
    s.iter_lru_ids(usize::MAX, None)?;
    s.clear_namespace("none")?;
    s.iter_all()?;
    s.iter_since(0)?;
    s.iter_changed(0).map(drop)
}

pub(crate) fn nothing_panics(s: &mut Probe) -> Verdict {
    s.note("In an empty store, and in one that holds something; every handle ends with a close and a drop.");
    for filled in [false, true] {
        s.start()?;
        let id = if filled { s.insert(full("a", "h"))? } else { 1 };
        for op in ordinary(id).into_iter().chain(in_range(id)).chain(out_of_range(id)) {
            s.call(op)?;
        }
        for text in hostile_texts() {
            s.call(Op::Open(Identity::new(text.as_str(), DIMENSION)))?;
            with_text(s, &text)?;
        }
        s.insert(entry("", "\u{0}").embedding([f32::NAN; DIMENSION]))?;
        s.look_everywhere()?;
        s.integrity_check()?;
        s.close()?;
        s.drop_handle()?;
    }
    s.note("The longest life that a counter can have.");
    s.start()?;
    let id = s.insert(entry("a", "h").created_at(MAX_NUMBER).ttl(MAX_NUMBER).access_count(MAX_NUMBER))?;
    s.update_access(id, MAX_NUMBER)?;
    s.update_access(id, 0)?;
    s.get_by_id(id)?;
    s.iter_lru_ids(usize::MAX, Some("a"))?;
    s.delete_expired(MAX_NUMBER, None)?;
    s.note("A wrong order of calls.");
    s.close()?;
    s.close()?;
    for op in ordinary(id) {
        s.call(op)?;
    }
    s.make()?;
    for op in ordinary(id).into_iter().filter(|op| !matches!(op, Op::Open(_))) {
        s.call(op)?;
    }
    s.close()?;
    s.held()
}

/// What must be refused.
fn out_of_range(id: u64) -> Vec<Op> {
    let mut ops = vec![
        Op::Open(Identity::new("", 0)),
        Op::Open(Identity::new(identity().fingerprint, usize::MAX)),
        Op::Insert(entry("a", "h").embedding([])),
        Op::Insert(entry("a", "new").embedding(vec![0.5; 3 * DIMENSION])),
        Op::WriteMeta("schema_version".into(), "x".into()),
        Op::SnapshotTo(String::new().into()),
    ];
    for number in [MAX_NUMBER + 1, 1 << 63, u64::MAX] {
        for hash in ["h", "new"] {
            ops.push(Op::Insert(entry("a", hash).created_at(number)));
            ops.push(Op::Insert(entry("a", hash).ttl(number).created_at(MAX_NUMBER)));
            ops.push(Op::Insert(entry("a", hash).last_accessed_at(number)));
            ops.push(Op::Insert(entry("a", hash).access_count(number)));
        }
        ops.push(Op::UpdateAccess(id, number));
        ops.push(Op::UpdateAccess(number, number));
        ops.push(Op::DeleteExpired(number, None));
        ops.push(Op::SetNamespaceQuota("a".into(), number));
    }
    ops
}

/// Texts that a slice, a format or a C string may stumble over: characters of two, three and four bytes at every
/// offset, U+0000, line ends, marks of formats, what looks like a number, and long ones.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "", "\u{0}", "a\u{0}b", "\r\n", "\"", "'", "\\", "%s%n", "{}", "{0}", "$1", "\u{feff}", "\u{202e}",
        "-1",
    ]
    .map(ToOwned::to_owned)
    .into();
    for c in ["é", "語", "😀", "e\u{301}"] {
        for offset in 0..3 {
            texts.push("x".repeat(offset) + &c.repeat(100));
        }
        texts.push(c.to_owned());
    }
    texts.push("x".repeat(5_000));
    texts
}

/// Every operation that takes text.
fn with_text(s: &mut Probe, text: &str) -> Check {
    s.insert(full(text, text).query(text).response(text))?;
    s.get_by_hash(text, text)?;
    s.count(Some(text))?;
    s.iter_lru_ids(1, Some(text))?;
    s.delete_expired(1, Some(text))?;
    s.set_namespace_quota(text, 1)?;
    s.get_namespace_quota(text)?;
    s.write_meta(text, text)?;
    s.read_meta(text)?;
    s.clear_namespace(text).map(drop)
}

pub(crate) fn every_call_returns(s: &mut Probe) -> Verdict {
    s.start()?;
    let id = s.insert(plain("a", "h"))?;
    for op in ordinary(id) {
        s.call(op)?;
    }
    s.refused(Op::Open(Identity::new("another", DIMENSION)))?;
    s.refused(Op::Insert(entry("a", "h").embedding([1.0])))?;
    s.note("Refused, or taken where the store can copy itself.");
    s.call(Op::SnapshotTo(s.site().path().join("snapshot")))?;
    s.note("After a refusal a lock or a transaction may be left behind.");
    for op in ordinary(id) {
        s.call(op)?;
    }
    s.close()?;
    s.close()?;
    s.drop_handle()?;
    s.note("A handle that is dropped while it is open, and one that was never opened.");
    s.start()?;
    s.insert(plain("a", "h"))?;
    s.drop_handle()?;
    s.make()?;
    s.drop_handle()?;
    s.note("One that is closed while a walk is alive, which then may go on or fail.");
    s.start()?;
    s.insert(plain("a", "h"))?;
    s.insert(plain("a", "h2"))?;
    s.walking(Walk::All, |s, walk| {
        walk.next(s)?;
        s.close()?;
        walk.rest(s)
    })?;
    s.drop_handle()?;
    s.held()
}

pub(crate) fn survives_a_callers_panic(s: &mut Probe) -> Verdict {
    if !cfg!(panic = "unwind") {
        return s.not_applicable("with panic = \"abort\" a panic ends the process");
    }
    s.note("What fails without a panic is not the panic's fault.");
    s.start()?;
    let id = s.insert(plain("a", "h"))?;
    s.insert(entry("b", "h"))?;
    for op in ordinary(id) {
        s.call(op)?;
    }
    s.look_everywhere()?;
    for walk in [Walk::All, Walk::Since(0), Walk::Changed(0)] {
        s.start()?;
        let id = s.insert(plain("a", "h"))?;
        s.insert(entry("b", "h"))?;
        s.panic_in_walk(walk)?;
        for op in ordinary(id) {
            s.call(op)?;
        }
        s.note("Once more, over what was written since; and then out of reach of any lock that is held.");
        s.panic_in_walk(walk)?;
        s.look_everywhere()?;
        s.close()?;
        s.drop_handle()?;
    }
    s.held()
}

pub(crate) fn any_thread_may_call(s: &mut Probe) -> Verdict {
    s.note(
        "What goes wrong on one thread already is not the threads' fault; nor is what a second store \
         finds of a first.",
    );
    every_operation(s)?;
    every_operation(s)?;
    read_often(s)?;
    s.call_from_fresh_threads();
    every_operation(s)?;
    s.note("More threads, each of which ends, than a table of them has places.");
    read_often(s)?;
    s.held()
}

fn read_often(s: &mut Probe) -> Check {
    s.start()?;
    let id = s.insert(plain("a", "h"))?;
    for _ in 0..MANY_THREADS {
        s.get_by_id(id)?;
        s.get_by_hash("a", "h")?;
    }
    s.update_access(id, 7)?;
    s.look_everywhere()
}

/// LMDB has 126 places for threads that read where nobody says how many.
const MANY_THREADS: usize = 130;

fn every_operation(s: &mut Probe) -> Check {
    s.start()?;
    let id = s.insert(plain("a", "h"))?;
    s.get_by_id(id)?;
    for op in ordinary(id) {
        s.call(op)?;
    }
    s.look_everywhere()?;
    s.note("A walk that is taken on a thread which has called nothing before.");
    s.insert(plain("a", "h"))?;
    s.walking(Walk::All, |s, walk| walk.rest(s))?;
    s.close()?;
    s.drop_handle()
}
