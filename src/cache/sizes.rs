use super::{answer::Answer, error::CacheError};
use crate::limits;
use serde_json::Value;

/// How large the parts of an answer may be, in bytes. A larger one is refused, and nothing is stored.
///
/// The defaults are what every store must keep; a greater size may be refused by the store.
///
/// # Examples
///
/// ```
/// let sizes = mneme::Sizes { response: 4096, ..Default::default() };
/// assert_eq!(sizes.query, 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// A query, in bytes.
    pub query: usize,
    /// A response, in bytes.
    pub response: usize,
    /// Metadata as JSON text, in bytes. It is at most 100 deep besides.
    pub metadata: usize,
    /// A namespace, in bytes.
    pub namespace: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            query: limits::MAX_TEXT_BYTES,
            response: limits::MAX_TEXT_BYTES,
            metadata: limits::MAX_METADATA_BYTES,
            namespace: limits::MAX_KEY_BYTES,
        }
    }
}

impl Sizes {
    pub(crate) fn check(&self, answer: &Answer) -> Result<(), CacheError> {
        check("namespace", answer.namespace.len(), self.namespace)?;
        check("query", answer.query.len(), self.query)?;
        check("response", answer.response.len(), self.response)?;
        if answer.metadata.is_empty() {
            return Ok(());
        }
        let depth = 1 + answer.metadata.values().map(depth).max().unwrap_or(0);
        if depth > limits::MAX_METADATA_DEPTH {
            return Err(CacheError::invalid_argument(
                "metadata",
                format!("it is {depth} deep, and {} is the most", limits::MAX_METADATA_DEPTH),
            ));
        }
        check(
            "metadata",
            serde_json::to_string(&answer.metadata).map_or(usize::MAX, |text| text.len()),
            self.metadata,
        )
    }
}

fn check(part: &'static str, bytes: usize, limit: usize) -> Result<(), CacheError> {
    if bytes > limit { Err(CacheError::TooLarge { part, bytes, limit }) } else { Ok(()) }
}

/// How many objects and arrays lie in one another. By a list of what is left, since a value may be so deep that
/// recursion would overflow the stack.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut left = vec![(value, 1)];
    while let Some((value, depth)) = left.pop() {
        match value {
            Value::Array(values) => left.extend(values.iter().map(|value| (value, depth + 1))),
            Value::Object(values) => left.extend(values.values().map(|value| (value, depth + 1))),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::depth;
    use serde_json::json;

    #[test]
    fn depth_counts_objects_and_arrays() {
        assert_eq!(depth(&json!(1)), 0);
        assert_eq!(depth(&json!([])), 1);
        assert_eq!(depth(&json!({"a": [1, {"b": 2}], "c": 3})), 3);
    }
}
