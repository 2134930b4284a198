//! Equality of contents, float by float in bits.
//!
//! `f32` and `f64` compare `-0.0` equal to `0.0` and a NaN unequal to itself. A cache that gives back other bits than
//! it was given is wrong, so neither will do.

use super::{Content, Metadata};
use serde_json::{Number, Value};

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        // Taken apart in full, so that a new field cannot be left out.
        let Self { namespace, query_hash, query, response, embedding, metadata, created_at, ttl } = self;
        *namespace == other.namespace
            && *query_hash == other.query_hash
            && *query == other.query
            && *response == other.response
            && same_vector(embedding, &other.embedding)
            && same_object(metadata, &other.metadata)
            && *created_at == other.created_at
            && *ttl == other.ttl
    }
}

impl Eq for Content {}

fn same_vector(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

fn same_object(a: &Metadata, b: &Metadata) -> bool {
    a.len() == b.len()
        && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same_value(value, other)))
}

fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b))
        }
        (Value::Object(a), Value::Object(b)) => same_object(a, b),
        _ => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (a.is_f64(), b.is_f64()) {
        (true, true) => a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits),
        (false, false) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::Entry;
    use serde_json::json;

    fn with_embedding(number: f32) -> Entry {
        Entry::new("a", "h").embedding([number])
    }

    fn with_metadata(value: &serde_json::Value) -> Entry {
        Entry::new("a", "h").metadata(json!({ "key": value }).as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn an_embedding_is_compared_bit_by_bit() {
        assert_eq!(with_embedding(f32::NAN), with_embedding(f32::NAN));
        assert_ne!(with_embedding(f32::NAN), with_embedding(f32::from_bits(0x7fc0_0001)));
        assert_ne!(with_embedding(0.0), with_embedding(-0.0));
        assert_ne!(with_embedding(0.0), Entry::new("a", "h").embedding([0.0, 0.0]));
    }

    #[test]
    fn a_number_in_metadata_is_compared_by_type_and_bits() {
        assert_eq!(with_metadata(&json!(0.1)), with_metadata(&json!(0.1)));
        assert_ne!(with_metadata(&json!(0.0)), with_metadata(&json!(-0.0)));
        assert_ne!(with_metadata(&json!(1)), with_metadata(&json!(1.0)));
        assert_ne!(with_metadata(&json!([[1.0]])), with_metadata(&json!([[1]])));
        assert_ne!(with_metadata(&json!([1])), with_metadata(&json!([1, 1])));
    }

    #[test]
    fn an_object_is_compared_by_keys_and_values() {
        assert_ne!(with_metadata(&json!({"a": null})), with_metadata(&json!({"b": null})));
        assert_ne!(with_metadata(&json!({"a": 1})), with_metadata(&json!({"a": 1, "b": 1})));
        assert_ne!(with_metadata(&json!({"a": {"b": -0.0}})), with_metadata(&json!({"a": {"b": 0.0}})));
    }

    #[test]
    fn every_field_counts() {
        let base = Entry::new("a", "h");
        for other in [
            Entry::new("b", "h"),
            Entry::new("a", "g"),
            base.clone().query("q"),
            base.clone().response("r"),
            base.clone().embedding([1.0]),
            with_metadata(&json!(null)),
            base.clone().created_at(1),
            base.clone().ttl(0),
            base.clone().last_accessed_at(1),
            base.clone().access_count(1),
        ] {
            assert_ne!(base, other);
            assert_eq!(other, other.clone());
        }
    }
}
