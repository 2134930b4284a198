use super::pasts::pasts;
use crate::{
    probe::{Probe, Verdict},
    sample::{self, documents, entry, full},
};
use mneme::limits::MAX_NUMBER;
use serde_json::json;

/// Ids that an entry with a small id is taken for where an id is cut to 32 bits, made negative, or rounded.
pub(super) fn ids_near(id: u64) -> [u64; 5] {
    [id + (1 << 32), id + (1 << 53), id + (1 << 63), u64::MAX - id + 1, MAX_NUMBER]
}

pub(crate) fn sets_the_time(s: &mut Probe) -> Verdict {
    s.start()?;
    let id = s.insert(entry("a", "h").last_accessed_at(1_200))?;
    s.get_by_hash("a", "h")?;
    s.get_by_id(id)?;
    s.note("After each access another way of reading looks first, so that none of them shows an old copy.");
    s.update_access(id, 1_300)?;
    s.get_by_id(id)?;
    s.update_access(id, 1_250)?;
    s.get_by_hash("a", "h")?;
    s.update_access(id, 1_400)?;
    s.iter_all()?;
    s.update_access(id, 1_400)?;
    s.iter_changed(0)?;
    s.note(
        "Before the entry was made, at the beginning of time, where 32 bits end, where floats do, and \
         back again.",
    );
    for now in [999, 0, 1_700_000_001, 1 << 31, (1 << 32) + 1, MAX_NUMBER, 1] {
        s.update_access(id, now)?;
        s.get_by_hash("a", "h")?;
        s.get_by_id(id)?;
    }
    s.note("Of one that was replaced, past its end, or made later, too; and more often than a byte counts.");
    let entries = [
        entry("a", "replaced").last_accessed_at(1_200),
        entry("a", "replaced").last_accessed_at(1_200).response("again"),
        entry("a", "due").created_at(1).ttl(1).last_accessed_at(1_200),
        entry("a", "later").created_at(9_000).last_accessed_at(1_200),
    ];
    for new in entries {
        let id = s.insert(new)?;
        s.get_by_id(id)?;
        for now in [100, 1_200, 2_000] {
            s.update_access(id, now)?;
            s.get_by_id(id)?;
        }
    }
    for now in 0..260 {
        s.update_access(id, now)?;
    }
    s.get_by_id(id)?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.update_access(past.id, 900)?;
        s.get_by_id(past.id)?;
    }
    s.held()
}

pub(crate) fn counts_each(s: &mut Probe) -> Verdict {
    s.start()?;
    let id = s.insert(entry("a", "h"))?;
    let other = s.insert(entry("b", "h"))?;
    s.get_by_id(id)?;
    s.note("At a later time, at the same one, and at an earlier one.");
    for now in [1_000, 1_000, 900] {
        s.update_access(id, now)?;
        s.get_by_id(id)?;
        s.update_access(id, now)?;
        s.get_by_hash("a", "h")?;
    }
    s.note(
        "Another entry has a count of its own; several accesses in a row count each, whoever looks \
         afterwards.",
    );
    s.update_access(other, 1_000)?;
    s.get_by_hash("b", "h")?;
    s.update_access(id, 901)?;
    s.update_access(other, 901)?;
    s.update_access(id, 901)?;
    s.get_by_hash("a", "h")?;
    s.get_by_id(other)?;
    s.note("A count goes on from what the insert or the upsert said.");
    for (at, count) in
        [7, 0, 255, 65_535, (1 << 24) - 1, (1 << 31) - 1, (1 << 32) - 1].into_iter().enumerate()
    {
        let key = if at < 2 { "h".to_owned() } else { format!("h{at}") };
        let id = s.insert(entry("a", &key).access_count(count))?;
        s.get_by_id(id)?;
        for _ in 0..2 {
            s.update_access(id, 1_000)?;
            s.get_by_id(id)?;
        }
    }
    s.note("At its limit it stays, and the time is set all the same.");
    let id = s.insert(entry("c", "h").access_count(MAX_NUMBER - 1))?;
    for now in [1, 2, 3] {
        s.update_access(id, now)?;
        s.get_by_id(id)?;
    }
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        for now in [1_400, 900] {
            s.update_access(past.id, now)?;
            s.get_by_id(past.id)?;
        }
    }
    s.held()
}

pub(crate) fn touches_nothing_else(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(full("a", "h2"))?;
    let id = s.insert(full("a", "h"))?;
    s.insert(full("b", "h"))?;
    s.look_everywhere()?;
    let version = s.version_counter()?;
    s.update_access(id, 2_000)?;
    s.get_by_id(id)?;
    s.version_counter()?;
    s.iter_changed(version)?;
    s.look_everywhere()?;

    s.note(
        "An entry is due when it was before. The first one is never accessed: what is wrong with it \
         too is not the access's fault.",
    );
    s.start()?;
    let other = s.insert(entry("a", "h1").created_at(1_000).ttl(499))?;
    let id = s.insert(entry("a", "h2").created_at(1_000).ttl(500))?;
    s.look_everywhere()?;
    s.get_by_id(other)?;
    s.update_access(id, 1_400)?;
    s.get_by_id(id)?;
    s.get_by_id(other)?;
    s.delete_expired(1_600, None)?;
    s.get_by_id(other)?;
    s.get_by_id(id)?;

    s.note("At the limit of its count, and after others were written since: its version stays its own.");
    s.start()?;
    let id = s.insert(full("a", "h").access_count(MAX_NUMBER))?;
    s.insert(full("a", "h2"))?;
    s.look_everywhere()?;
    for now in [2_000, 2_000, 1] {
        s.update_access(id, now)?;
        s.get_by_id(id)?;
    }
    s.look_everywhere()?;

    s.note("Of an entry that was replaced nothing comes back.");
    s.start()?;
    let id = s.insert(full("a", "h"))?;
    s.get_by_id(id)?;
    s.insert(entry("a", "h").response("refreshed").created_at(2_000).ttl(5))?;
    s.get_by_id(id)?;
    s.update_access(id, 2_001)?;
    s.get_by_id(id)?;
    s.get_by_hash("a", "h")?;

    s.note("What an entry that is read, changed and written again loses on the way through another format.");
    s.start()?;
    let metadata = json!({ "float": 1.0, "big": u64::MAX, "none": null, "": "\u{0}" });
    let odd = entry("", "h\u{0}")
        .query(" \r\n")
        .embedding([f32::NAN, -0.0, f32::MIN_POSITIVE / 2.0, f32::INFINITY])
        .metadata(metadata.as_object().cloned().unwrap_or_default())
        .created_at(5)
        .ttl(0);
    let id = s.insert(odd)?;
    s.get_by_id(id)?;
    s.update_access(id, 1)?;
    s.get_by_id(id)?;
    s.get_by_hash("", "h\u{0}")?;

    s.start()?;
    let documents = documents().into_iter().map(|(name, document)| entry("a", name).metadata(document));
    for entry in sample::extremes().into_iter().chain(documents) {
        let id = s.insert(entry)?;
        s.get_by_id(id)?;
        s.update_access(id, 1)?;
        s.get_by_id(id)?;
    }

    s.note("Ten entries and more: an id may be the beginning of another one's text.");
    s.start()?;
    let mut ids = Vec::new();
    for n in 1..=12 {
        ids.push(s.insert(entry("a", &n.to_string()))?);
    }
    s.set_namespace_quota("a", 3)?;
    s.write_meta("a", "b")?;
    s.look_everywhere()?;
    for id in [ids[0], ids[9], ids[11]] {
        s.update_access(id, 7)?;
    }
    s.look_everywhere()?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.update_access(past.id, 1_400)?;
        s.get_by_id(past.id)?;
        s.version_counter()?;
    }
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn id_not_stored_is_ignored(s: &mut Probe) -> Verdict {
    s.note("In a store that never held anything.");
    s.start()?;
    for id in [1, 0, 7, MAX_NUMBER, MAX_NUMBER + 1, u64::MAX] {
        s.update_access(id, 1_000)?;
        s.get_by_id(id)?;
    }
    s.count(None)?;
    s.list_namespaces()?;
    s.iter_all()?;
    s.iter_lru_ids(usize::MAX, None)?;
    s.version_counter()?;
    s.insert(entry("a", "first"))?;
    s.iter_all()?;

    s.note("After each way in which an entry goes.");
    s.start()?;
    s.insert(entry("kept", "h"))?;
    s.iter_all()?;
    for way in 0..3 {
        let id = s.insert(full("a", "h"))?;
        s.note("One with a greater id, too.");
        s.insert(entry("kept", &format!("after {way}")))?;
        s.get_by_id(id)?;
        match way {
            0 => drop(s.delete_by_id(id)?),
            1 => drop(s.delete_expired(1_500, None)?),
            _ => drop(s.clear_namespace("a")?),
        }
        s.look_everywhere()?;
        s.update_access(id, 2_000)?;
        s.get_by_id(id)?;
        s.get_by_hash("a", "h")?;
        s.iter_all()?;
        s.iter_lru_ids(usize::MAX, None)?;
        s.count(Some("a"))?;
        s.list_namespaces()?;
    }

    s.note("An id that is nearly one that is stored.");
    s.start()?;
    let id = s.insert(entry("a", "h"))?;
    s.get_by_id(id)?;
    s.version_counter()?;
    for near in ids_near(id) {
        s.update_access(near, 1_000)?;
        s.get_by_id(id)?;
    }
    s.version_counter()?;
    s.held()
}
