//! In which fields an entry differs from what it should be, and whose fault each is.

use super::{
    Broken, Lookups, features,
    history::{Case, inserted},
};
use crate::contract::{Clause, clause};
use mneme::{Entry, Metadata, StoredEntry};
use serde_json::Value;

/// Which fields of an entry differ from what they should be.
#[allow(clippy::struct_excessive_bools, reason = "each field differs or not, by itself")]
pub(super) struct Changes {
    pub(super) id: bool,
    pub(super) last_accessed_at: bool,
    pub(super) access_count: bool,
    pub(super) text: bool,
    pub(super) embedding: bool,
    pub(super) metadata: bool,
    pub(super) created_at: bool,
    pub(super) ttl: bool,
}

impl Changes {
    pub(super) fn between(entry: &Entry, found: &StoredEntry, id: u64) -> Self {
        let bits = |vector: &[f32]| vector.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        let only_metadata = |of: &Entry| Entry::new("", "").metadata(of.metadata.clone());
        Self {
            id: found.id != id,
            last_accessed_at: found.last_accessed_at != entry.last_accessed_at,
            access_count: found.access_count != entry.access_count,
            text: found.query != entry.query || found.response != entry.response,
            embedding: bits(&found.embedding) != bits(&entry.embedding),
            metadata: only_metadata(&found.entry) != only_metadata(entry),
            created_at: found.created_at != entry.created_at,
            ttl: found.ttl != entry.ttl,
        }
    }

    pub(super) fn in_content(&self) -> bool {
        self.text || self.embedding || self.metadata || self.created_at || self.ttl
    }

    pub(super) fn in_version_alone(&self) -> bool {
        !self.in_entry() && !self.id
    }

    /// Whether nothing differs but when and how often the entry was used.
    pub(super) fn in_use_alone(&self) -> bool {
        (self.last_accessed_at || self.access_count) && !self.in_content() && !self.id
    }

    pub(super) fn in_entry(&self) -> bool {
        self.in_content() || self.last_accessed_at || self.access_count
    }

    /// An insert wrote the entry, and it is not what was written.
    pub(super) fn by_insert(&self, case: &Case<'_>, id: u64, found: &StoredEntry, broken: &mut Broken) {
        let entry = &case.data().entries[&id].entry;
        if self.in_version_alone() {
            broken.add(&clause::version::is_stamped_on_what_it_wrote);
            return;
        }
        if self.id {
            broken.add(&clause::lookup::both_ways_agree);
            broken.add(&clause::insert::returns_the_stored_id);
            return;
        }
        // The hash alone leads to the text: it is that of another namespace's entry.
        let is_text_of = |other: &Entry| {
            other.query_hash == entry.query_hash
                && other.namespace != entry.namespace
                && (&other.query, &other.response) == (&found.query, &found.response)
        };
        let is_empty = found.query.is_empty() && found.response.is_empty();
        if self.text && !is_empty && case.data().entries.values().any(|held| is_text_of(&held.entry)) {
            broken.add(&clause::key::namespaces_are_separate);
            return;
        }
        let old = case.back().filter_map(|row| inserted(row, id)).nth(1);
        let accessed = case.accesses_of(id) > 0;
        let former = case.former(id, entry).filter(|_| old.is_none());
        if former.is_some_and(|former| self.is_kept_from(former, entry, found, accessed)) {
            broken.add(&clause::insert::deleted_key_gets_a_new_id);
        }
        let is_kept = old.is_some_and(|old| self.is_kept_from(old, entry, found, accessed));
        if old.is_some() && !is_kept {
            // Neither of the two: how values are kept comes first, where its own check tells that they are not.
            self.of_values(entry, found).for_each(|clause| broken.add(clause));
        }
        if old.is_some() {
            broken.add(&clause::insert::upsert_replaces_every_field);
        }
        // What an upsert kept or merged says nothing about how values are kept; but for a value that was taken for
        // the new one because the two are equal as numbers.
        match old.filter(|_| is_kept) {
            Some(_) if case.lookups == Lookups::OtherWayRight => {}
            Some(old) if self.embedding && old.embedding == entry.embedding => {
                broken.add(&clause::fidelity::embedding_bits);
            }
            Some(old) if self.metadata && are_equal_as_numbers(old, entry) => {
                broken.add(&clause::fidelity::metadata);
            }
            Some(_) => {}
            None => self.of_values(entry, found).for_each(|clause| broken.add(clause)),
        }
    }

    /// One way of reading shows other values than the rest: the clauses of those values, where they are such as a
    /// decoder may lose.
    pub(super) fn of_hostile_values(
        &self,
        case: &Case<'_>,
        id: u64,
        found: &StoredEntry,
        broken: &mut Broken,
    ) {
        let entry = &case.data().entries[&id].entry;
        let old = case.back().filter_map(|row| inserted(row, id)).nth(1);
        if old.is_some_and(|old| self.is_kept_from(old, entry, found, case.accesses_of(id) > 0)) {
            return;
        }
        let mut hostile = Broken::default();
        features::of_entry(entry, &mut hostile);
        self.of_values(entry, found)
            .filter(|clause| hostile.0.contains(clause))
            .for_each(|clause| broken.add(clause));
    }

    /// The clauses about how values are kept that speak of what changed.
    pub(super) fn of_values(
        &self,
        entry: &Entry,
        found: &Entry,
    ) -> impl Iterator<Item = &'static Clause> + use<> {
        let mut of_entry = Broken::default();
        features::of_entry(entry, &mut of_entry);
        let has = |clause: &'static Clause| of_entry.0.contains(&clause);
        let in_text = is_cut(entry, found);
        let numbers = self.created_at || self.ttl || self.last_accessed_at || self.access_count;
        [
            (
                in_text && has(&clause::fidelity::longer_text_is_kept_or_refused),
                &clause::fidelity::longer_text_is_kept_or_refused,
            ),
            (in_text && has(&clause::fidelity::large_values), &clause::fidelity::large_values),
            (self.text, &clause::fidelity::text),
            (self.embedding, &clause::fidelity::embedding_bits),
            (self.metadata, &clause::fidelity::metadata),
            (numbers, &clause::fidelity::numbers),
        ]
        .into_iter()
        .filter_map(|(broken, clause)| broken.then_some(clause))
    }

    /// Whether each changed field is the entry's before the upsert, or what a merge of both would give.
    pub(super) fn is_kept_from(
        &self,
        old: &Entry,
        entry: &Entry,
        found: &StoredEntry,
        accessed: bool,
    ) -> bool {
        let is_of_either = |(key, value): (&String, &Value)| {
            let is_inside = value.is_object() || value.is_array();
            is_inside || old.metadata.get(key) == Some(value) || entry.metadata.get(key) == Some(value)
        };
        let merged = !old.metadata.is_empty()
            && old.metadata.keys().all(|key| found.metadata.contains_key(key))
            && found.metadata.iter().all(is_of_either);
        (found.query == entry.query || found.query == old.query)
            && (found.response == entry.response || found.response == old.response)
            && (!self.embedding || found.embedding == old.embedding)
            && (!self.metadata || merged)
            && (!self.created_at || found.created_at == old.created_at)
            && (!self.ttl || found.ttl == old.ttl)
            && (!self.last_accessed_at || accessed || found.last_accessed_at == old.last_accessed_at)
            && (!self.access_count || found.access_count >= old.access_count)
    }

    /// `update_access` was called on the entry, and it is not what that leaves.
    pub(super) fn by_access(&self, broken: &mut Broken) {
        if self.last_accessed_at {
            broken.add(&clause::access::sets_the_time);
        }
        if self.access_count {
            broken.add(&clause::access::counts_each);
        }
        if self.in_content() || self.id {
            broken.add(&clause::access::touches_nothing_else);
        }
        if self.in_version_alone() {
            broken.add(&clause::access::touches_nothing_else);
            broken.add(&clause::changed::access_is_no_change);
        }
    }
}

/// Whether the metadata of two entries are equal to whoever compares numbers by their value: 1 is 1.0, and 0.0 is -0.0.
fn are_equal_as_numbers(a: &Entry, b: &Entry) -> bool {
    fn are(a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| are(a, b))
            }
            (Value::Object(a), Value::Object(b)) => of_objects(a, b),
            _ => a == b,
        }
    }
    fn of_objects(a: &Metadata, b: &Metadata) -> bool {
        a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| are(a, b)))
    }
    of_objects(&a.metadata, &b.metadata)
}

/// Whether what is left of a text, a vector or metadata is alike at its beginning, as a short value would be, and not
/// further on; or is nothing at all.
///
/// A value that is altered from its beginning on would be so if it were short.
fn is_cut(entry: &Entry, found: &Entry) -> bool {
    const SHORT: usize = 255;
    let texts = [(&entry.query, &found.query), (&entry.response, &found.response)];
    let text = texts.into_iter().any(|(whole, left)| {
        let alike = whole.bytes().zip(left.bytes()).take_while(|(a, b)| a == b).count();
        whole != left && (alike >= SHORT || left.is_empty() && whole.len() > SHORT)
    });
    let bits = |a: &f32, b: &f32| a.to_bits() == b.to_bits();
    let alike = entry.embedding.iter().zip(&found.embedding).take_while(|(a, b)| bits(a, b)).count();
    let differs = alike < entry.embedding.len().max(found.embedding.len());
    let vector = differs && (alike >= SHORT || found.embedding.len() != entry.embedding.len());
    let in_metadata = entry.metadata.iter().any(|(key, value)| match found.metadata.get(key) {
        None => entry.metadata.len() > SHORT || is_long_or_deep(value),
        Some(left) => left != value && is_long_or_deep(value),
    });
    text || vector || in_metadata
}

/// Whether a value is longer or deeper than what is plain.
fn is_long_or_deep(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() > 255) || value.is_object() || value.is_array()
}
