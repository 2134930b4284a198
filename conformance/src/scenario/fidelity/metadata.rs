//! What comes back of metadata.

use super::{begin_a_site, kept};
use crate::{
    probe::{Probe, Verdict},
    sample::{characters, documents, entry, named_as_fields, object},
};
use mneme::limits::MAX_METADATA_DEPTH;
use serde_json::{Value, json};

pub(crate) fn metadata(s: &mut Probe) -> Verdict {
    super::keeps_a_plain_entry(s)?;
    let numbers = [
        json!([1, 1.0, -1, -1.0, 0, 0.0]),
        json!([-0.0, [-0.0], {"n": -0.0}]),
        json!([i64::MIN, i64::MAX, u64::MAX, 9_007_199_254_740_993_u64]),
        json!([0.1, 0.2, 0.1 + 0.2, 1.0 / 3.0, 122.416_294_033_786_58, 9_007_199_254_740_991.0]),
        json!([5e-324, 2.225_073_858_507_201e-308, f64::MIN_POSITIVE, f64::MAX, f64::MIN]),
        json!([
            1e16,
            1e15,
            1e21,
            1e22,
            1e23,
            1e-7,
            1e300,
            18_446_744_073_709_551_616.0,
            -9.223_372_036_854_776e18
        ]),
    ];
    let others = [
        json!(null),
        json!([]),
        json!({}),
        json!(""),
        json!([null, [], {}, [[]], [{}], {"a": null, "b": {}, "c": []}, "", false, true]),
        json!({"": "", "a": {"": {"": null}}}),
        json!({"a\0b": "a\0b", "a": "\0", "\0": "\0"}),
        json!({"a": 1, "A": 2, "a ": 3, "\u{e9}": 4, "e\u{301}": 5, "\u{ff41}": 6}),
        json!({"a.b": 1, "a": {"b": 2}, "$set": 3, "$oid": "4", "_id": 5, "__proto__": 6}),
        json!({"0": "a", "1": "b", "-1": "c", "length": 0}),
        json!({"in": {"a\"b": 1, "a\\b": 2, "a/b": 3, "a\nb": 4, "\u{2028}": 5, "\u{1f600}": 6, "\u{feff}": 7, "a b": 8}}),
        Value::Object(named_as_fields()),
        json!(["1", "1.0", "null", "true", "2020-01-01T00:00:00Z", "NaN", "{}", "[1]"]),
        json!([
            "\u{feff}",
            "\u{10ffff}",
            "\u{2028}",
            "\\u0000",
            "\\/",
            "\"",
            "\\",
            "a\r\n",
            " ",
            "</script>",
            "\u{7f}"
        ]),
    ];
    for (n, value) in numbers.into_iter().chain(others).enumerate() {
        begin_a_site(s, n)?;
        if let Value::Object(whole) = &value {
            kept(s, entry("a", &format!("whole {n}")).metadata(whole.clone()))?;
        }
        kept(s, entry("a", &n.to_string()).metadata(object(json!({ "value": value }))))?;
    }
    s.note("What formats write in more than one way: each length, each width of a number, each word of their own.");
    for (n, (name, document)) in documents().into_iter().enumerate() {
        begin_a_site(s, n)?;
        kept(s, entry("a", name).metadata(document))?;
    }
    s.iter_all()?;
    for (n, text) in characters().enumerate() {
        begin_a_site(s, n)?;
        kept(s, entry("a", &format!("characters {n}")).metadata(object(json!({ "k": text }))))?;
    }
    s.start()?;
    kept(s, entry("a", "empty").metadata(object(json!({}))))?;
    kept(s, entry("a", "empty key").metadata(object(json!({ "": 0 }))))?;
    kept(s, entry("a", "deep").metadata(nested(MAX_METADATA_DEPTH)))?;
    kept(s, entry("a", "deep lists").metadata(nested_lists(MAX_METADATA_DEPTH)))?;
    s.iter_all()?;
    s.note(
        "Upserts with a value that is equal in another type or with another sign, and with fewer and \
         more keys.",
    );
    s.start()?;
    for value in [
        json!({"n": 1}),
        json!({"n": 1.0}),
        json!({"n": 0.0}),
        json!({"n": -0.0}),
        json!({"n": null}),
        json!({}),
    ] {
        kept(s, entry("a", "h").metadata(object(value)))?;
    }
    s.held()
}

/// Metadata that is exactly so deep, the object itself being the first level.
pub(in crate::scenario) fn nested(depth: usize) -> mneme::Metadata {
    // `json!` would write what is inside once more at each level.
    object(
        (0..depth).fold(json!(1), |inner, _| Value::Object([("k".to_owned(), inner)].into_iter().collect())),
    )
}

fn nested_lists(depth: usize) -> mneme::Metadata {
    object(json!({ "k": (1..depth).fold(json!(1), |inner, _| Value::Array(vec![inner])) }))
}
