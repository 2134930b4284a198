//! Values as Rust expressions.

use crate::sample;
use mneme::{Entry, Identity, limits::MAX_NUMBER};

pub(super) fn number(number: u64) -> String {
    match number {
        u64::MAX => "u64::MAX".to_owned(),
        MAX_NUMBER => "mneme::limits::MAX_NUMBER".to_owned(),
        number => number.to_string(),
    }
}

pub(super) fn optional(value: Option<String>) -> String {
    value.map_or("None".to_owned(), |value| format!("Some({value})"))
}

/// How often a character is repeated where its number stands for it.
const REPEATED: usize = 60;

/// An expression of a `&str`.
pub(super) fn text(text: &str) -> String {
    match repeated(text) {
        Some(expression) => format!("&{expression}"),
        None => format!("{text:?}"),
    }
}

/// An expression of what becomes a `String`.
fn owned(text: &str) -> String {
    repeated(text).unwrap_or_else(|| format!("{text:?}"))
}

fn repeated(text: &str) -> Option<String> {
    let first = text.chars().next()?;
    let times = text.chars().take_while(|c| *c == first).count();
    let then = &text[times * first.len_utf8()..];
    (times >= REPEATED).then(|| format!("({:?}.repeat({times}) + {then:?})", first.to_string()))
}

pub(super) fn identity(identity: &Identity) -> String {
    format!("mneme::Identity::new({}, {})", owned(&identity.fingerprint), identity.dimension)
}

pub(super) fn entry(entry: &Entry) -> String {
    let mut text = format!("mneme::Entry::new({}, {})", owned(&entry.namespace), owned(&entry.query_hash));
    let mut field = |differs: bool, name: &str, value: String| {
        if differs {
            text += &format!(".{name}({value})");
        }
    };
    field(!entry.query.is_empty(), "query", owned(&entry.query));
    field(!entry.response.is_empty(), "response", owned(&entry.response));
    field(!entry.embedding.is_empty(), "embedding", embedding(&entry.embedding));
    let metadata = serde_json::to_string(&entry.metadata).unwrap_or_default();
    field(!entry.metadata.is_empty(), "metadata", format!("mneme_conformance::metadata({metadata:?})"));
    field(entry.created_at != 0, "created_at", number(entry.created_at));
    field(entry.ttl.is_some(), "ttl", number(entry.ttl.unwrap_or(0)));
    field(entry.last_accessed_at != 0, "last_accessed_at", number(entry.last_accessed_at));
    field(entry.access_count != 0, "access_count", number(entry.access_count));
    text
}

fn embedding(numbers: &[f32]) -> String {
    let dimension = numbers.len();
    if dimension > 16 && sample::is_plain_of(numbers, dimension) {
        return format!("std::iter::once(1.0).chain(vec![0.0; {}]).collect::<Vec<f32>>()", dimension - 1);
    }
    let numbers: Vec<String> = numbers
        .iter()
        // A number that is none would lose its bits as text.
        .map(|number| {
            if number.is_finite() {
                format!("{number:?}")
            } else {
                format!("f32::from_bits({:#010x})", number.to_bits())
            }
        })
        .collect();
    format!("[{}]", numbers.join(", "))
}
