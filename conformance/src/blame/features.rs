//! Which clauses an argument is there for: a store that fails on it, or forgets it, breaks those.

use super::Broken;
use crate::{contract::clause, model::may_be_refused, operation::Op};
use mneme::{Entry, limits};

/// The clauses that speak of an entry like this one.
pub(super) fn of_entry(entry: &Entry, broken: &mut Broken) {
    of_key(&entry.namespace, &entry.query_hash, broken);
    if past_the_limits(entry) {
        broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
        return;
    }
    if is_large(entry) {
        broken.add(&clause::fidelity::large_values);
    }
    if [&entry.query, &entry.response].into_iter().any(|text| is_hostile(text)) {
        broken.add(&clause::fidelity::text);
    }
    let has_no_direction = entry.embedding.iter().all(|number| *number == 0.0);
    if has_no_direction || entry.embedding.iter().any(|number| !number.is_normal() && number.to_bits() != 0) {
        broken.add(&clause::fidelity::embedding_bits);
    }
    if !entry.metadata.is_empty() {
        broken.add(&clause::fidelity::metadata);
    }
    if has_numbers(entry) {
        broken.add(&clause::fidelity::numbers);
    }
}

/// Whether an entry has a text that a store may take for one that was left out.
pub(super) fn has_an_empty_text(entry: &Entry) -> bool {
    entry.query.is_empty() || entry.response.is_empty()
}

/// Whether an entry has a number that a store may keep as another one.
pub(super) fn has_numbers(entry: &Entry) -> bool {
    let numbers = [entry.created_at, entry.last_accessed_at, entry.access_count, entry.ttl.unwrap_or(0)];
    entry.ttl == Some(0) || numbers.into_iter().any(|number| number >= 1 << 24)
}

/// The clauses that speak of a key like this one.
pub(super) fn of_key(namespace: &str, hash: &str, broken: &mut Broken) {
    if namespace.is_empty() {
        broken.add(&clause::key::empty_namespace_is_a_namespace);
    }
    let is_path = |text: &str| text.contains(['/', ':', '.']);
    if [namespace, hash].into_iter().any(|text| text.len() > limits::MAX_KEY_BYTES) {
        broken.add(&clause::fidelity::longer_text_is_kept_or_refused);
    } else if [namespace, hash].into_iter().any(|text| text.is_empty() || is_hostile(text) || is_path(text)) {
        broken.add(&clause::key::any_text_is_a_key);
    }
}

/// Whether text has what a store may stumble over.
pub(super) fn is_hostile(text: &str) -> bool {
    text.trim() != text
        || text.len() > 255
        || text.chars().any(|c| c.is_control() || !c.is_ascii() || matches!(c, '\'' | '"' | '\\' | '`'))
}

fn is_large(entry: &Entry) -> bool {
    entry.embedding.len() > 1_000
        || entry.query.len().max(entry.response.len()) > 60_000
        || serde_json::to_string(&entry.metadata).is_ok_and(|text| text.len() > 10_000)
}

/// Whether an entry is larger or deeper than what a store must keep.
pub(super) fn past_the_limits(entry: &Entry) -> bool {
    may_be_refused(&Op::Insert(entry.clone()))
}
