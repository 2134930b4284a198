mod damage;

pub(crate) use self::damage::damage_is_noticed;

use super::{fidelity::nested, indexes};
use crate::{
    contract::clause,
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{entry, full, noise},
};
use mneme::limits::{MAX_KEY_BYTES, MAX_METADATA_DEPTH, MAX_NUMBER};

pub(crate) fn is_true_when_sound(s: &mut Probe) -> Verdict {
    s.note("What goes wrong without a check is not a check's fault.");
    s.start()?;
    for step in WORK {
        step(s)?;
        s.look_everywhere()?;
    }
    s.note("It repairs nothing, and changes nothing.");
    s.start()?;
    for step in WORK {
        step(s)?;
        s.look_everywhere()?;
        s.lay_to(None);
        s.integrity_check()?;
        // The same was right without one.
        s.lay_to(Some(&clause::integrity::is_true_when_sound));
        s.look_everywhere()?;
    }
    s.lay_to(None);
    s.note("The id of an entry that is gone stays given, without a check and with one.");
    for checked in [false, true] {
        s.start()?;
        s.insert(entry("a", "h"))?;
        let newest = s.insert(entry("a", "newest"))?;
        s.delete_by_id(newest)?;
        if checked {
            s.integrity_check()?;
            s.lay_to(Some(&clause::integrity::is_true_when_sound));
        }
        s.insert(entry("a", "next"))?;
    }
    s.lay_to(None);
    s.note("Fresh, and after each kind of work.");
    s.start()?;
    s.integrity_check()?;
    for step in WORK {
        step(s)?;
        s.integrity_check()?;
    }
    s.walking(Walk::All, |s, walk| {
        walk.next(s)?;
        s.integrity_check()?;
        s.insert(entry("meanwhile", "h"))?;
        s.integrity_check().map(drop)
    })?;
    s.note("Gaps between ids, and no entry at all.");
    for namespace in ["a", "b", "", "meanwhile"] {
        s.clear_namespace(namespace)?;
        s.integrity_check()?;
    }
    if s.model().claims().durable {
        s.insert(full("a", "h"))?;
        s.reopen()?;
        s.integrity_check()?;
    }
    indexes::are_left_alone(s, &clause::integrity::is_true_when_sound, |s, _| s.integrity_check().map(drop))?;
    s.held()
}

/// More bytes than a number of 16 bits counts.
const LONG: usize = 65_537;

/// Work of every kind, and data that are sound and look odd: what a check may take for damage.
const WORK: [fn(&mut Probe) -> Check; 19] = [
    |s| s.insert(full("a", "h1")).map(drop),
    |s| s.insert(entry("a", "h1")).map(drop),
    |s| {
        let Some(found) = s.get_by_hash("a", "h1")? else { return Ok(()) };
        s.update_access(found.id, 1_300)
    },
    // Accessed before it was made, due long ago, with a count and no time.
    |s| s.insert(entry("a", "h2").created_at(1_000).ttl(0).access_count(3)).map(drop),
    // And used before it was made.
    |s| {
        let Some(found) = s.get_by_hash("a", "h2")? else { return Ok(()) };
        s.update_access(found.id, 3)
    },
    // Nothing in any field; made at 0, with a time to live; and a text with U+0000.
    |s| {
        s.insert(entry("", "").embedding([0.0; 4]))?;
        s.insert(entry("", "0").ttl(9_000))?;
        s.insert(entry("", "1").query("\0").response("a\0b")).map(drop)
    },
    |s| s.insert(entry("b", "h").embedding([f32::NAN, f32::INFINITY, -0.0, f32::MAX])).map(drop),
    |s| {
        let end = entry("b", "h2").created_at(MAX_NUMBER).ttl(MAX_NUMBER);
        s.insert(end.last_accessed_at(MAX_NUMBER).access_count(MAX_NUMBER)).map(drop)
    },
    // The same content under other keys, of the same namespace too, and a key that ends in U+0000.
    |s| ["h3", "h4"].into_iter().try_for_each(|hash| s.insert(full("a", hash)).map(drop)),
    |s| s.insert(full("b", "h1\u{0}")).map(drop),
    // Fewer than are there; and for a namespace that has no entries.
    |s| {
        s.set_namespace_quota("b", 1)?;
        s.set_namespace_quota("none", 0)
    },
    // At the end of each range.
    |s| {
        s.set_namespace_quota("full", MAX_NUMBER)?;
        s.write_meta("long", &noise(LONG, 'm'))?;
        s.insert(entry("long", &noise(MAX_KEY_BYTES, 'k')).query(noise(LONG, 'q')))?;
        s.insert(entry("long", "response").response(noise(LONG, 'r')))?;
        s.insert(entry("long", "deep").metadata(nested(MAX_METADATA_DEPTH))).map(drop)
    },
    |s| s.write_meta("next_id", "0"),
    // Keys that look like another's, or like none.
    |s| ["", "7", "embedder_x", "schema_version_2"].into_iter().try_for_each(|key| s.write_meta(key, "")),
    // Used after it was made, and never counted.
    |s| s.insert(entry("a", "h5").created_at(1_000).last_accessed_at(1_200)).map(drop),
    |s| s.refused(Op::Insert(entry("a", "refused").embedding([1.0]))),
    |s| s.delete_expired(2_000, Some("a")).map(drop),
    |s| {
        let Some(found) = s.get_by_hash("b", "h")? else { return Ok(()) };
        s.delete_by_id(found.id).map(drop)
    },
    |s| (0..60).try_for_each(|n| s.insert(entry("b", &format!("n{n}"))).map(drop)),
];

// Damage is done to stores whose files the harness can reach. Of every other store this sees what a caller sees: an
// error, or a panic, in place of an answer.
pub(crate) fn is_an_answer(s: &mut Probe) -> Verdict {
    s.start()?;
    s.integrity_check()?;
    let id = s.insert(full("a", "h"))?;
    s.integrity_check()?;
    s.insert(entry("", "\u{0}").query("\u{fffd}é").embedding([f32::NAN; 4]))?;
    s.integrity_check()?;
    s.delete_by_id(id)?;
    s.integrity_check()?;
    s.clear_namespace("")?;
    s.integrity_check()?;
    s.insert(full("a", "h"))?;
    s.walking(Walk::Changed(0), |s, walk| {
        walk.next(s)?;
        s.integrity_check().map(drop)
    })?;
    if s.model().claims().files && s.is_durable() {
        damage::is_answered(s)?;
    }
    s.held()
}
