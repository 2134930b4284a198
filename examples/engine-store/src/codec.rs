//! Rows as bytes: the keys, whose order is that of what they stand for, and the entries.

use mneme::{Content, Entry, Error, Result, StoredEntry};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The counters: the greatest id that was ever given, and the version.
pub(crate) const LAST_ID: &[u8] = b"ci";
pub(crate) const VERSION: &[u8] = b"cv";

/// Where an entry is: by its id, in the order of ids.
pub(crate) fn entry_key(id: u64) -> Vec<u8> {
    [b"e", &id.to_be_bytes()[..]].concat()
}

/// Where the id of a namespace and a hash is.
pub(crate) fn hash_key(namespace: &str, query_hash: &str) -> Vec<u8> {
    digest(b'k', &[namespace, query_hash])
}

pub(crate) fn quota_key(namespace: &str) -> Vec<u8> {
    digest(b'q', &[namespace])
}

pub(crate) fn meta_key(key: &str) -> Vec<u8> {
    digest(b'm', &[key])
}

/// A key of any length as a short one, since engines differ in how long a key may be. The lengths go first, so that no two
/// lists of parts run together.
fn digest(kind: u8, parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    [&[kind][..], &hash.finalize()].concat()
}

pub(crate) fn encode_number(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

pub(crate) fn decode_number(bytes: &[u8]) -> Result<u64> {
    let bytes = bytes.try_into().map_err(|_| Error::corrupt("a number has not eight bytes"))?;
    Ok(u64::from_be_bytes(bytes))
}

pub(crate) fn decode_text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| Error::corrupt("a text is not UTF-8").because(error))
}

pub(crate) fn encode_entry(version: u64, entry: &Entry) -> Vec<u8> {
    let Entry { content, last_accessed_at, access_count } = entry;
    let Content { namespace, query_hash, query, response, embedding, metadata, created_at, ttl } = &**content;
    // JSON has no NaN; its bits are a number like any other.
    let embedding: Vec<u32> = embedding.iter().map(|number| number.to_bits()).collect();
    let list = json!([
        version,
        namespace,
        query_hash,
        query,
        response,
        embedding,
        metadata,
        created_at,
        ttl,
        last_accessed_at,
        access_count
    ]);
    list.to_string().into_bytes()
}

/// The entry of a row of [`entry_key`].
pub(crate) fn decode_entry(key: &[u8], value: &[u8]) -> Result<StoredEntry> {
    let id = decode_number(&key[1..])?;
    let damaged = || Error::corrupt(format!("the row of entry {id} holds none"));
    let list = serde_json::from_slice(value).map_err(|error| damaged().because(error))?;
    from_list(id, &list).ok_or_else(damaged)
}

fn from_list(id: u64, list: &Value) -> Option<StoredEntry> {
    let text = |at: usize| Some(list[at].as_str()?.to_owned());
    let number = |at: usize| list[at].as_u64();
    let bits = |value: &Value| Some(f32::from_bits(u32::try_from(value.as_u64()?).ok()?));
    let content = Content {
        namespace: text(1)?,
        query_hash: text(2)?,
        query: text(3)?,
        response: text(4)?,
        embedding: list[5].as_array()?.iter().map(bits).collect::<Option<_>>()?,
        metadata: list[6].as_object()?.clone(),
        created_at: number(7)?,
        ttl: if list[8].is_null() { None } else { Some(number(8)?) },
    };
    let entry = Entry::from(content).last_accessed_at(number(9)?).access_count(number(10)?);
    Some(StoredEntry::new(id, number(0)?, entry))
}
