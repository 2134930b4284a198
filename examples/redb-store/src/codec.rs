//! The rows in bytes: numbers little-endian, text and lists behind their lengths, each row [sealed](crate::seal).
//!
//! Decoding never panics: what is not a row is an [`Error::Corrupt`].

use crate::seal::{seal, unseal};
use mneme::{Content, Entry, Error, Metadata, StoredEntry};
use std::sync::Arc;

type Result<T> = core::result::Result<T, Error>;

/// The first byte of a content row, so that a later build can change what follows.
const CONTENT_FORMAT: u8 = 1;

/// How an entry has been used, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// The namespace's number, which the orders need and only the content knows otherwise.
    pub(crate) namespace: u64,
    pub(crate) last_accessed_at: u64,
    pub(crate) access_count: u64,
}

/// A namespace that has entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Namespace {
    pub(crate) number: u64,
    pub(crate) entries: u64,
}

/// The numbers that were given last; each grows before it is given, and none is given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) id: u64,
    pub(crate) version: u64,
    pub(crate) namespace: u64,
}

/// The key of [`KEYS`](crate::tables::KEYS): a number of fixed width, and the hash behind it.
pub(crate) fn key(namespace: u64, query_hash: &str) -> Vec<u8> {
    [&namespace.to_be_bytes(), query_hash.as_bytes()].concat()
}

pub(crate) fn encode_content(id: u64, version: u64, content: &Content) -> Result<Vec<u8>> {
    // Taken apart in full, so that a new field cannot be left out.
    let Content { namespace, query_hash, query, response, embedding, metadata, created_at, ttl } = content;
    let metadata = serde_json::to_vec(metadata)
        .map_err(|error| Error::invalid_argument("metadata", error.to_string()))?;
    let mut row = Vec::with_capacity(
        128 + namespace.len()
            + query_hash.len()
            + query.len()
            + response.len()
            + size_of_val(embedding.as_slice())
            + metadata.len(),
    );
    row.push(CONTENT_FORMAT);
    put_number(&mut row, version);
    put_number(&mut row, *created_at);
    row.push(u8::from(ttl.is_some()));
    put_number(&mut row, ttl.unwrap_or(0));
    put_number(&mut row, embedding.len() as u64);
    row.extend(embedding.iter().flat_map(|number| number.to_bits().to_le_bytes()));
    for text in [namespace, query_hash, query, response].map(String::as_bytes) {
        put_bytes(&mut row, text);
    }
    put_bytes(&mut row, &metadata);
    Ok(seal(&id.to_le_bytes(), row))
}

/// The version and the content of a content row.
pub(crate) fn decode_content(id: u64, sealed: &[u8]) -> Result<(u64, Content)> {
    let row = unseal("an entry", &id.to_le_bytes(), sealed)?;
    let mut reader = Reader { what: "an entry", rest: row };
    let [CONTENT_FORMAT] = *reader.array()? else { return Err(reader.damaged("its format is unknown")) };
    let version = reader.number()?;
    let created_at = reader.number()?;
    let [has_ttl] = *reader.array()?;
    let ttl = reader.number()?;
    let content = Content {
        created_at,
        ttl: (has_ttl != 0).then_some(ttl),
        embedding: reader.embedding()?,
        namespace: reader.text()?,
        query_hash: reader.text()?,
        query: reader.text()?,
        response: reader.text()?,
        metadata: reader.metadata()?,
    };
    reader.end()?;
    Ok((version, content))
}

pub(crate) fn encode_usage(id: u64, usage: Usage) -> Vec<u8> {
    let Usage { namespace, last_accessed_at, access_count } = usage;
    encode_numbers(&id.to_le_bytes(), [namespace, last_accessed_at, access_count])
}

pub(crate) fn decode_usage(id: u64, sealed: &[u8]) -> Result<Usage> {
    let [namespace, last_accessed_at, access_count] =
        decode_numbers("the use of an entry", &id.to_le_bytes(), sealed)?;
    Ok(Usage { namespace, last_accessed_at, access_count })
}

pub(crate) fn encode_namespace(name: &[u8], namespace: Namespace) -> Vec<u8> {
    encode_numbers(name, [namespace.number, namespace.entries])
}

pub(crate) fn decode_namespace(name: &[u8], sealed: &[u8]) -> Result<Namespace> {
    let [number, entries] = decode_numbers("a namespace", name, sealed)?;
    Ok(Namespace { number, entries })
}

pub(crate) fn encode_counters(counters: Counters) -> Vec<u8> {
    let Counters { id, version, namespace } = counters;
    encode_numbers(b"counters", [id, version, namespace])
}

pub(crate) fn decode_counters(sealed: &[u8]) -> Result<Counters> {
    let [id, version, namespace] = decode_numbers("the counters' row", b"counters", sealed)?;
    Ok(Counters { id, version, namespace })
}

pub(crate) fn encode_quota(namespace: &[u8], quota: u64) -> Vec<u8> {
    encode_numbers(namespace, [quota])
}

pub(crate) fn decode_quota(namespace: &[u8], sealed: &[u8]) -> Result<u64> {
    let [quota] = decode_numbers("a quota", namespace, sealed)?;
    Ok(quota)
}

pub(crate) fn encode_meta(key: &[u8], value: &str) -> Vec<u8> {
    seal(key, value.as_bytes().to_vec())
}

pub(crate) fn decode_meta(key: &[u8], sealed: &[u8]) -> Result<String> {
    text("a meta value", unseal("a meta value", key, sealed)?)
}

/// Text that was stored, or what is wrong with it.
pub(crate) fn text(what: &str, bytes: &[u8]) -> Result<String> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(Error::corrupt(format!("{what} is not UTF-8")).because(error)),
    }
}

/// An entry from its two rows.
pub(crate) fn decode_entry(id: u64, content: &[u8], usage: &[u8]) -> Result<StoredEntry> {
    let (version, content) = decode_content(id, content)?;
    let Usage { namespace: _, last_accessed_at, access_count } = decode_usage(id, usage)?;
    Ok(StoredEntry::new(id, version, Entry { content: Arc::new(content), last_accessed_at, access_count }))
}

fn encode_numbers<const N: usize>(key: &[u8], numbers: [u64; N]) -> Vec<u8> {
    seal(key, numbers.into_iter().flat_map(u64::to_le_bytes).collect())
}

fn decode_numbers<const N: usize>(what: &str, key: &[u8], sealed: &[u8]) -> Result<[u64; N]> {
    let mut reader = Reader { what, rest: unseal(what, key, sealed)? };
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = reader.number()?;
    }
    reader.end()?;
    Ok(numbers)
}

fn put_number(row: &mut Vec<u8>, number: u64) {
    row.extend(number.to_le_bytes());
}

fn put_bytes(row: &mut Vec<u8>, bytes: &[u8]) {
    put_number(row, bytes.len() as u64);
    row.extend(bytes);
}

/// What is left of a row.
struct Reader<'a> {
    what: &'a str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let (bytes, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| self.damaged("it ends too early"))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.damaged("it ends too early"))?;
        self.rest = rest;
        Ok(array)
    }

    fn number(&mut self) -> Result<u64> {
        self.array().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// A length in bytes, of items of `size` bytes each.
    fn length(&mut self, size: usize) -> Result<usize> {
        let items = usize::try_from(self.number()?).ok();
        items.and_then(|items| items.checked_mul(size)).ok_or_else(|| self.damaged("a length is impossible"))
    }

    fn text(&mut self) -> Result<String> {
        let length = self.length(1)?;
        text(self.what, self.bytes(length)?)
    }

    fn embedding(&mut self) -> Result<Vec<f32>> {
        let length = self.length(size_of::<f32>())?;
        let (numbers, _) = self.bytes(length)?.as_chunks();
        Ok(numbers.iter().map(|bits| f32::from_bits(u32::from_le_bytes(*bits))).collect())
    }

    fn metadata(&mut self) -> Result<Metadata> {
        let length = self.length(1)?;
        serde_json::from_slice(self.bytes(length)?)
            .map_err(|error| self.damaged("its metadata are not a JSON object").because(error))
    }

    fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.damaged("it is too long")) }
    }

    fn damaged(&self, how: &str) -> Error {
        Error::corrupt(format!("{} is damaged: {how}", self.what))
    }
}

#[cfg(test)]
mod tests;
