//! What a site holds whose files are damaged: something of everything, in values that are found again in a file.

use crate::{
    probe::{Check, Probe},
    sample::{self, entry, full, object},
};
use mneme::{Content, Entry};
use serde_json::json;

/// What one store is told, as far as it can be another thing.
#[derive(Debug)]
pub(super) struct Contents {
    /// One of the entries.
    entry: Entry,
    namespace: &'static str,
    touched: u64,
    touched_at: u64,
    /// Which of two entries is deleted.
    deletes_newest: bool,
    due: u64,
    /// How many entries come and go again.
    come_and_go: usize,
    quota: (&'static str, u64),
    meta: (&'static str, &'static str),
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            entry: told(VARIED),
            namespace: "plain",
            touched: 1,
            touched_at: 0x0007_6543_2109,
            deletes_newest: true,
            due: 5,
            come_and_go: 3,
            quota: ("none stored", 0x0001_7777_6666_5555),
            meta: ("settings/first", "the value of the first setting"),
        }
    }
}

/// Which entry differs.
const VARIED: u64 = 6;

/// One thing that is another than by default.
pub(super) enum Change {
    /// Of the entry.
    Entry(fn(Entry) -> Entry),
    /// Of the rest.
    Rest(fn(&mut Contents)),
}

/// Each of the same length and, where it is a number, greater by one: that is one byte as text and in binary.
pub(super) const CHANGES: &[Change] = &[
    Change::Entry(|entry| {
        let later = entry.created_at + 1;
        entry.created_at(later)
    }),
    Change::Entry(|entry| {
        let longer = entry.ttl.map(|ttl| ttl + 1);
        entry.ttl(longer)
    }),
    Change::Entry(|entry| {
        let later = entry.last_accessed_at + 1;
        entry.last_accessed_at(later)
    }),
    Change::Entry(|entry| {
        let more = entry.access_count + 1;
        entry.access_count(more)
    }),
    Change::Entry(|entry| entry.query("What is the question of number 6!")),
    Change::Entry(|entry| {
        let other = entry.response.replacen("number 6", "number 7", 1);
        entry.response(other)
    }),
    Change::Entry(|entry| entry.embedding([0.5, f32::from_bits((-0.25_f32).to_bits() + 1), 3.0, 1e-3])),
    Change::Entry(|entry| {
        entry.metadata(object(json!({ "source": "firsu", "score": 0.1, "tags": ["a", null] })))
    }),
    Change::Entry(|entry| {
        entry.metadata(object(json!({ "source": "first", "score": 0.2, "tags": ["a", null] })))
    }),
    Change::Entry(|entry| Entry {
        content: Content { query_hash: "hash-of-question-000v".into(), ..(*entry.content).clone() }.into(),
        ..entry
    }),
    Change::Rest(|of| of.namespace = "plaio"),
    Change::Rest(|of| of.touched = 2),
    Change::Rest(|of| of.touched_at += 1),
    Change::Rest(|of| of.deletes_newest = false),
    Change::Rest(|of| of.due += 1),
    Change::Rest(|of| of.come_and_go -= 1),
    Change::Rest(|of| of.quota.0 = "none storee"),
    Change::Rest(|of| of.quota.1 += 1),
    Change::Rest(|of| of.meta.0 = "settings/firsu"),
    Change::Rest(|of| of.meta.1 = "the value of the first settinh"),
];

impl Contents {
    /// What is by default, but for one thing.
    pub(super) fn with(change: &Change) -> Self {
        let mut contents = Self::default();
        match change {
            Change::Entry(alter) => contents.entry = alter(contents.entry),
            Change::Rest(alter) => alter(&mut contents),
        }
        contents
    }

    /// Opens the current handle, and tells its store all of it.
    pub(super) fn write(&self, s: &mut Probe) -> Check {
        s.open(&sample::identity())?;
        for n in 0..12_u64 {
            s.insert(if n == VARIED { self.entry.clone() } else { told(n) })?;
        }
        s.insert(entry(self.namespace, "h"))?;
        s.insert(told(3).response("This is the answer of the upsert."))?;
        s.update_access(self.touched, self.touched_at)?;
        s.insert(entry("expired", "h").created_at(1).ttl(1))?;
        s.delete_expired(self.due, None)?;
        for (namespace, quota) in [("tenants/a", 0x0001_7777_6666_5555), ("tenants/b", 0), self.quota] {
            s.set_namespace_quota(namespace, quota)?;
        }
        for (key, value) in [self.meta, ("", "")] {
            s.write_meta(key, value)?;
        }
        for _ in 0..self.come_and_go {
            let gone = s.insert(entry("gone", "h"))?;
            s.delete_by_id(gone)?;
        }
        let older = s.insert(entry("plain", "older"))?;
        let newest = s.insert(entry("plain", "newest"))?;
        s.delete_by_id(if self.deletes_newest { newest } else { older }).map(drop)
    }
}

/// The n-th entry, with content that is found again in a file.
pub(super) fn told(n: u64) -> Entry {
    let namespace = if n.is_multiple_of(2) { "tenants/a" } else { "tenants/b" };
    full(namespace, &format!("hash-of-question-{n:04}"))
        .query(format!("What is the question of number {n}?"))
        .response(format!("This is the answer of number {n}. ").repeat(6))
        .created_at(0x0001_2345_6789_0000 + n)
        .ttl(0x0002_0000_0000)
        .last_accessed_at(0x0003_1415_9265_0000 + n * 3)
        .access_count(0x0101_0000 + n)
}
