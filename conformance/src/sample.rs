//! The values that scenarios are written in.

use mneme::{Entry, Identity};

/// The dimension of every store under test, but where a clause is about dimensions.
pub(crate) const DIMENSION: usize = 4;

/// An embedding that a trace need not show.
const PLAIN: [f32; DIMENSION] = [1.0, 0.0, 0.0, 0.0];

/// The identity that a store under test is opened with.
pub(crate) fn identity() -> Identity {
    Identity::new("conformance:v1", DIMENSION)
}

/// An entry with a plain embedding and everything else empty.
pub(crate) fn entry(namespace: &str, hash: &str) -> Entry {
    Entry::new(namespace, hash).embedding(PLAIN)
}

/// An entry in which each field has a value of its own.
pub(crate) fn full(namespace: &str, hash: &str) -> Entry {
    let metadata = serde_json::json!({ "source": "first", "score": 0.1, "tags": ["a", null] });
    Entry::new(namespace, hash)
        .query("What is it?")
        .response("It is this.")
        .embedding([0.5, -0.25, 3.0, 1e-3])
        .metadata(metadata.as_object().cloned().unwrap_or_default())
        .created_at(1_000)
        .ttl(500)
        .last_accessed_at(1_200)
        .access_count(7)
}

pub(crate) fn is_plain(embedding: &[f32]) -> bool {
    embedding == PLAIN
}
