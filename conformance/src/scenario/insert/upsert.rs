//! An insert under a key that is stored already.

use crate::{
    probe::{Check, Probe, Verdict},
    sample::{entry, full, noise, object},
    scenario::pasts::{due, pasts},
};
use mneme::{Entry, Identity, limits::MAX_METADATA_BYTES};
use serde_json::json;

pub(crate) fn upsert_keeps_the_id(s: &mut Probe) -> Verdict {
    s.start()?;
    let id = s.insert(entry("a", "h1").response("first"))?;
    s.insert(entry("a", "h2"))?;
    s.insert(entry("a", "h1").response("second"))?;
    s.get_by_id(id)?;
    s.get_by_hash("a", "h1")?;
    s.note("Of equal content, and after an access.");
    s.insert(entry("b", "h3"))?;
    s.update_access(id, 5)?;
    for _ in 0..2 {
        s.insert(entry("a", "h1").response("third"))?;
    }
    s.get_by_hash("a", "h1")?;
    s.note("An entry past its ttl is still there: inserting its key is an upsert too.");
    s.insert(entry("a", "due").created_at(10).ttl(0))?;
    s.insert(entry("a", "due").created_at(1_000).ttl(60))?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.insert(due(past.namespace, &past.hash).response("again"))?;
    }
    s.held()
}

/// As long a text as there may be in metadata, with room for what is around it.
const MOST_METADATA: usize = MAX_METADATA_BYTES - 100;

pub(crate) fn upsert_replaces_every_field(s: &mut Probe) -> Verdict {
    s.note(
        "One field at a time first: a store may compare some field to see whether there is anything \
         to write.",
    );
    let fields: [fn(Entry) -> Entry; 17] = [
        |entry| entry.response("It is that."),
        |entry| entry.query("What is that?"),
        |entry| entry.embedding([0.0, 1.0, 0.0, 0.0]),
        |entry| entry.metadata(object(json!({ "score": 2 }))),
        |entry| entry.created_at(900),
        |entry| entry.ttl(20),
        |entry| entry.ttl(None),
        |entry| entry.last_accessed_at(1_100),
        |entry| entry.access_count(3),
        // What is empty or zero is a value as well, and no sign that a field was left out.
        |entry| entry.response(""),
        |entry| entry.query(""),
        |entry| entry.embedding([0.0; 4]),
        |entry| entry.metadata(object(json!({}))),
        |entry| entry.created_at(0),
        |entry| entry.ttl(0),
        |entry| entry.last_accessed_at(0),
        |entry| entry.access_count(0),
    ];
    for change in fields {
        s.start()?;
        let id = s.insert(full("a", "h"))?;
        s.get_by_hash("a", "h")?;
        s.note("What a new entry loses too is no upsert's fault.");
        let new = s.insert(change(full("a", "new")))?;
        s.get_by_id(new)?;
        s.insert(change(full("a", "h")))?;
        s.get_by_id(id)?;
        s.get_by_hash("a", "h")?;
        s.insert(full("a", "h"))?;
        s.get_by_id(id)?;
    }
    s.note("Under the same keys, and as long as before.");
    s.start()?;
    for (one, two) in [(1, "b"), (2, "b"), (2, "c"), (1, "d")] {
        let id = s.insert(entry("a", "h").metadata(object(json!({ "one": one, "two": two }))))?;
        s.get_by_id(id)?;
    }
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    s.get_by_id(id)?;
    s.note("Every field has another value, then none that can be left out has one, then each has one again.");
    let other = |hash| {
        full("a", hash)
            .query("What was it?")
            .response("It was that.")
            .embedding([0.0, 1.0, 0.0, 0.0])
            .metadata(object(json!({ "score": 2, "other": [] })))
            .created_at(900)
            .ttl(20)
            .last_accessed_at(1_100)
            .access_count(3)
    };
    let new = s.insert(other("new"))?;
    s.get_by_id(new)?;
    for next in [other("h"), entry("a", "h"), full("a", "h")] {
        s.insert(next)?;
        s.get_by_id(id)?;
        s.get_by_hash("a", "h")?;
        s.iter_all()?;
    }
    s.note("An object or a list within the metadata is replaced whole, as the metadata are.");
    let tags =
        [json!({ "x": 1, "deep": { "y": 1 } }), json!({ "deep": { "z": 2 } }), json!([1, 2]), json!([3])];
    for tags in tags {
        s.insert(full("a", "h").metadata(object(json!({ "tags": tags }))))?;
        s.get_by_id(id)?;
    }
    s.note("Usage that the store itself noted is replaced too.");
    s.update_access(id, 5_000)?;
    s.insert(full("a", "h"))?;
    s.get_by_id(id)?;
    lengths(s, id)?;
    s.note("More often than a byte counts, each time with another answer.");
    s.start()?;
    for n in 0..260 {
        let id = s.insert(entry("a", "h").response(n.to_string()))?;
        s.get_by_id(id)?;
    }
    s.get_by_hash("a", "h")?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        let new = due(past.namespace, &past.hash).response("again").created_at(900).ttl(700);
        s.insert(new.last_accessed_at(1_100).access_count(3))?;
        s.get_by_id(past.id)?;
        s.get_by_hash(past.namespace, &past.hash)?;
    }
    s.held()
}

/// Writes an entry again and again, and before each time a new one of the same.
fn lengths(s: &mut Probe, id: u64) -> Check {
    s.note("Shorter and longer than before: of a value that was written over another no end is left.");
    for length in [1_000, 100, 0, 5_000, 300, 299, 200_000, 100_000, 70_000, 10] {
        let text = |fill| noise(length, fill);
        let metadata = object(json!({ "text": noise(length.min(MOST_METADATA), 'm') }));
        let of = |hash: &str| full("a", hash).query(text('q')).response(text('r')).metadata(metadata.clone());
        let new = s.insert(of(&format!("new, of {length}")))?;
        s.get_by_id(new)?;
        s.insert(of("h"))?;
        s.get_by_id(id)?;
        s.get_by_hash("a", "h")?;
    }
    s.note("Each number of a long vector.");
    s.make()?;
    s.open(&Identity::new("conformance:v1", WIDE))?;
    for sign in [1.0, -1.0] {
        let embedding: Vec<f32> =
            std::iter::successors(Some(sign), |number| Some(number + sign)).take(WIDE).collect();
        for hash in [&*format!("new {sign}"), "h"] {
            let id = s.insert(entry("a", hash).embedding(embedding.clone()))?;
            s.get_by_id(id)?;
        }
    }
    Ok(())
}

/// More numbers than a chunk or a page has.
const WIDE: usize = 2_000;

pub(crate) fn upsert_adds_no_entry(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(entry("a", "h1"))?;
    s.insert(entry("a", "h2"))?;
    s.count(None)?;
    s.count(Some("a"))?;
    for _ in 0..2 {
        s.insert(entry("a", "h1").response("again").last_accessed_at(9))?;
        s.count(None)?;
        s.count(Some("a"))?;
        s.iter_all()?;
        s.iter_since(0)?;
        s.iter_changed(0)?;
        s.iter_lru_ids(usize::MAX, None)?;
    }
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.insert(due(past.namespace, &past.hash).response("again"))?;
    }
    s.look_everywhere()?;
    s.held()
}
