//! The ranges that every store shares, and checks that answer the error which the contract asks for.
//!
//! | value | range |
//! |---|---|
//! | numbers, in arguments and answers | 0 to [`MAX_NUMBER`] |
//! | ids | 1 to [`MAX_NUMBER`]; a larger one that is asked for is not stored, and no error |
//! | times | whole Unix seconds, 0 to [`MAX_NUMBER`] |
//! | ttl | seconds, 0 to [`MAX_NUMBER`], or none |
//! | dimension | 1 to [`MAX_DIMENSION`] |
//! | namespaces, hashes, meta keys | must be kept up to [`MAX_KEY_BYTES`] |
//! | queries, responses, meta values, fingerprints | must be kept up to [`MAX_TEXT_BYTES`] |
//! | metadata | at most [`MAX_METADATA_DEPTH`] deep, [`MAX_METADATA_BYTES`] as text |
//!
//! A store may keep longer text whole, or refuse it as an invalid argument. It never cuts.

use crate::{Entry, Error, Identity, Metadata, Result};
use serde_json::Value;

/// The greatest number in an argument or an answer, 2^53 - 1: the greatest integer that every engine and every text
/// format keeps exactly (RFC 8259, section 6).
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The greatest dimension of an embedding.
///
/// # Examples
///
/// ```
/// use mneme::{Identity, limits};
///
/// assert!(limits::check_identity(&Identity::new("large:v1", limits::MAX_DIMENSION)).is_ok());
/// assert!(limits::check_identity(&Identity::new("larger:v1", limits::MAX_DIMENSION + 1)).is_err());
/// ```
pub const MAX_DIMENSION: usize = 65_536;

/// The length in bytes up to which a namespace, a hash and a meta key must be kept.
///
/// # Examples
///
/// ```
/// use mneme::{Error, limits};
///
/// /// The check of a store whose engine takes no longer keys than it must.
/// fn check_key(key: &str) -> mneme::Result<()> {
///     if key.len() > limits::MAX_KEY_BYTES {
///         return Err(Error::invalid_argument("key", format!("it has {} bytes", key.len())));
///     }
///     Ok(())
/// }
/// assert!(check_key("tenant-a").is_ok());
/// ```
pub const MAX_KEY_BYTES: usize = 64 * 1024;

/// The length in bytes up to which any other text must be kept.
///
/// # Examples
///
/// ```
/// let longest = "a".repeat(mneme::limits::MAX_TEXT_BYTES);
/// let entry = mneme::Entry::new("help", "5891b5b5").response(longest);
/// assert!(mneme::limits::check_entry(&entry.embedding([0.5]), 1).is_ok());
/// ```
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// How deep metadata may be nested; the object itself is the first level.
pub const MAX_METADATA_DEPTH: usize = 100;

/// The length in bytes of metadata as JSON text up to which it must be kept.
///
/// # Examples
///
/// ```
/// use mneme::{Metadata, limits};
///
/// let metadata = Metadata::from_iter([("source".to_owned(), "manual".into())]);
/// let text = serde_json::to_string(&metadata).expect("JSON");
/// assert!(text.len() <= limits::MAX_METADATA_BYTES && limits::check_metadata(&metadata).is_ok());
/// ```
pub const MAX_METADATA_BYTES: usize = 64 * 1024;

/// Checks that a number is in range.
///
/// # Errors
///
/// [`Error::InvalidArgument`] past [`MAX_NUMBER`], naming `argument`.
///
/// # Examples
///
/// ```
/// use mneme::limits;
///
/// assert!(limits::check_number("now", limits::MAX_NUMBER).is_ok());
/// assert_eq!(
///     limits::check_number("now", u64::MAX).unwrap_err().to_string(),
///     "invalid argument: now: 18446744073709551615 is greater than 9007199254740991",
/// );
/// ```
pub fn check_number(argument: &'static str, number: u64) -> Result<()> {
    if number > MAX_NUMBER {
        return Err(Error::invalid_argument(argument, format!("{number} is greater than {MAX_NUMBER}")));
    }
    Ok(())
}

/// Checks that an identity's dimension is in range.
///
/// # Errors
///
/// [`Error::InvalidArgument`] for 0 and past [`MAX_DIMENSION`].
///
/// # Examples
///
/// ```
/// use mneme::{Identity, limits};
///
/// assert!(limits::check_identity(&Identity::new("", 1)).is_ok());
/// assert!(limits::check_identity(&Identity::new("e5-large", 0)).is_err());
/// ```
pub fn check_identity(identity: &Identity) -> Result<()> {
    let dimension = identity.dimension;
    if dimension == 0 || dimension > MAX_DIMENSION {
        return Err(Error::invalid_argument(
            "dimension",
            format!("{dimension} is not in 1..={MAX_DIMENSION}"),
        ));
    }
    Ok(())
}

/// Checks an entry before it is inserted into a store whose embeddings have `dimension` numbers, in the order that
/// the contract gives the errors.
///
/// # Errors
///
/// - [`Error::InvalidArgument`] for a number past [`MAX_NUMBER`], naming the field.
/// - [`Error::DimensionMismatch`] for an embedding of another length.
///
/// # Examples
///
/// ```
/// use mneme::{Entry, limits};
///
/// let entry = Entry::new("help", "5891b5b5").embedding([1.0, 0.0]);
/// assert!(limits::check_entry(&entry, 2).is_ok());
/// assert!(limits::check_entry(&entry, 3).is_err());
/// assert!(limits::check_entry(&entry.ttl(u64::MAX), 2).is_err());
/// ```
pub fn check_entry(entry: &Entry, dimension: usize) -> Result<()> {
    check_number("created_at", entry.created_at)?;
    check_number("ttl", entry.ttl.unwrap_or(0))?;
    check_number("last_accessed_at", entry.last_accessed_at)?;
    check_number("access_count", entry.access_count)?;
    if entry.embedding.len() != dimension {
        return Err(Error::DimensionMismatch { stored: dimension, supplied: entry.embedding.len() });
    }
    Ok(())
}

/// Checks that metadata are nested no deeper than every store must keep.
///
/// A store that writes metadata as text calls it before it writes: `serde_json` writes any depth and parses 128 levels, so
/// what is deeper could be stored and never read. A store that keeps any depth need not call it.
///
/// # Errors
///
/// [`Error::InvalidArgument`] past [`MAX_METADATA_DEPTH`].
///
/// # Examples
///
/// ```
/// use mneme::limits;
///
/// let mut value = serde_json::json!({});
/// for _ in 1..limits::MAX_METADATA_DEPTH {
///     value = serde_json::json!({ "deeper": value });
/// }
/// let metadata = value.as_object().expect("an object").clone();
/// assert!(limits::check_metadata(&metadata).is_ok());
///
/// let deeper = serde_json::json!({ "deeper": value });
/// assert!(limits::check_metadata(deeper.as_object().expect("an object")).is_err());
/// ```
pub fn check_metadata(metadata: &Metadata) -> Result<()> {
    fn fits(value: &Value, levels: usize) -> bool {
        match value {
            Value::Array(values) => levels > 0 && values.iter().all(|value| fits(value, levels - 1)),
            Value::Object(values) => levels > 0 && values.values().all(|value| fits(value, levels - 1)),
            _ => true,
        }
    }
    if metadata.values().all(|value| fits(value, MAX_METADATA_DEPTH - 1)) {
        return Ok(());
    }
    Err(Error::invalid_argument("metadata", format!("they are more than {MAX_METADATA_DEPTH} deep")))
}
