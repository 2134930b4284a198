//! What the parts say: names, bounds, and each kind of line.

use super::part::Summary;
use crate::{Content, Entry, Error, Identity, Result, StoredEntry, limits};
use serde_json::{Map, Value, json};

pub(super) const HEADER: &str = "header.json";
pub(super) const QUOTAS: &str = "quotas.jsonl";
pub(super) const META: &str = "meta.jsonl";
pub(super) const MANIFEST: &str = "manifest.json";

/// A line has at most so many bytes.
pub(super) const LINE_BYTES: u64 = 16 << 20;
/// A part of vectors or lines is full where it has so many bytes; what was begun is still written.
pub(super) const PART_BYTES: u64 = 4 << 20;
/// The header has at most so many bytes: a fingerprint of any length that a store must keep.
pub(super) const HEADER_BYTES: u64 = 7 << 20;
/// The manifest has at most so many bytes: parts for hundreds of gigabytes.
pub(super) const MANIFEST_BYTES: u64 = 8 << 20;
/// The archive has at most so many bytes, and so many for each byte of the file.
pub(super) const UNPACKED_BYTES: u64 = 16 << 20;
pub(super) const UNPACKED_PER_BYTE: u64 = 100;

const FORMAT: &str = "mneme-checkpoint";
const VERSION: u64 = 1;

/// How large an archive may be that was packed into a file.
pub(super) fn unpacked_limit(packed: u64) -> u64 {
    UNPACKED_BYTES.saturating_add(UNPACKED_PER_BYTE.saturating_mul(packed))
}

pub(super) fn vectors(number: u64) -> String {
    format!("entries/{number:06}.f32")
}

pub(super) fn lines(number: u64) -> String {
    format!("entries/{number:06}.jsonl")
}

pub(super) fn write_header(identity: &Identity) -> Vec<u8> {
    let Identity { fingerprint, dimension } = identity;
    bytes(&json!({"format": FORMAT, "version": VERSION, "fingerprint": fingerprint, "dimension": dimension}))
}

pub(super) fn read_header(content: &[u8]) -> Result<Identity> {
    let mut header = Members::read(HEADER, content)?;
    let format = header.text("format")?;
    if format != FORMAT {
        return Err(header.wrong(format!("the format is {format:?}, and {FORMAT:?} is due")));
    }
    let version = header.number("version")?;
    if version != VERSION {
        return Err(
            header.wrong(format!("this build reads version {VERSION}, and the file has version {version}"))
        );
    }
    let fingerprint = header.text("fingerprint")?;
    let dimension = usize::try_from(header.number("dimension")?).unwrap_or(usize::MAX);
    header.end()?;
    let identity = Identity { fingerprint, dimension };
    limits::check_identity(&identity)
        .map_err(|error| Error::checkpoint("header.json: the dimension is out of range").because(error))?;
    Ok(identity)
}

/// An entry's line, without its embedding.
pub(super) fn write_entry(entry: &StoredEntry) -> Result<Vec<u8>> {
    let Entry { content, last_accessed_at, access_count } = &entry.entry;
    let Content { namespace, query_hash, query, response, embedding: _, metadata, created_at, ttl } =
        &**content;
    let line = serde_json::to_vec(&json!({
        "id": entry.id,
        "namespace": namespace,
        "query_hash": query_hash,
        "query": query,
        "response": response,
        "metadata": metadata,
        "created_at": created_at,
        "ttl": ttl,
        "last_accessed_at": last_accessed_at,
        "access_count": access_count,
    }));
    let mut line =
        line.map_err(|error| Error::checkpoint(format!("entry {} is no JSON", entry.id)).because(error))?;
    line.push(b'\n');
    if line.len() as u64 > LINE_BYTES {
        return Err(Error::checkpoint(format!(
            "entry {} has {} bytes as JSON, and a checkpoint takes {LINE_BYTES}",
            entry.id,
            line.len()
        )));
    }
    Ok(line)
}

/// An entry from its line and its embedding, with the id that it had.
pub(super) fn read_entry(part: &str, line: &[u8], embedding: Vec<f32>) -> Result<(u64, Entry)> {
    let mut members = Members::read(part, line)?;
    let id = members.number("id")?;
    let content = Content {
        namespace: members.text("namespace")?,
        query_hash: members.text("query_hash")?,
        query: members.text("query")?,
        response: members.text("response")?,
        embedding,
        metadata: members.object("metadata")?,
        created_at: members.number("created_at")?,
        ttl: members.number_or_null("ttl")?,
    };
    let entry = Entry::from(content)
        .last_accessed_at(members.number("last_accessed_at")?)
        .access_count(members.number("access_count")?);
    members.end()?;
    Ok((id, entry))
}

pub(super) fn write_quota(namespace: &str, quota: u64) -> Vec<u8> {
    bytes(&json!({"namespace": namespace, "quota": quota}))
}

pub(super) fn read_quota(line: &[u8]) -> Result<(String, u64)> {
    let mut members = Members::read(QUOTAS, line)?;
    let quota = (members.text("namespace")?, members.number("quota")?);
    members.end()?;
    Ok(quota)
}

pub(super) fn write_meta(key: &str, value: &str) -> Vec<u8> {
    bytes(&json!({"key": key, "value": value}))
}

pub(super) fn read_meta(line: &[u8]) -> Result<(String, String)> {
    let mut members = Members::read(META, line)?;
    let (key, value) = (members.text("key")?, members.text("value")?);
    if RESERVED.contains(&key.as_str()) {
        return Err(members.wrong(format!("the key {key:?} is written by the store alone")));
    }
    members.end()?;
    Ok((key, value))
}

const RESERVED: [&str; 3] = ["embedder_fingerprint", "embedder_dim", "schema_version"];

/// What the archive holds, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) entries: u64,
    pub(super) quotas: u64,
    pub(super) meta: u64,
    pub(super) parts: Vec<Summary>,
}

impl Manifest {
    pub(super) fn write(&self) -> Vec<u8> {
        let Self { entries, quotas, meta, parts } = self;
        let parts: Vec<_> = parts
            .iter()
            .map(|Summary { name, bytes, sha256 }| json!({"name": name, "bytes": bytes, "sha256": sha256}))
            .collect();
        bytes(&json!({"entries": entries, "quotas": quotas, "meta": meta, "parts": parts}))
    }

    /// Compares what the manifest says with what was found.
    pub(super) fn check(&self, content: &[u8]) -> Result<()> {
        let mut members = Members::read(MANIFEST, content)?;
        for (name, found) in [("entries", self.entries), ("quotas", self.quotas), ("meta", self.meta)] {
            let said = members.number(name)?;
            if said != found {
                return Err(members.wrong(format!("it counts {said} {name}, and the archive holds {found}")));
            }
        }
        let said = members.take("parts")?;
        members.end()?;
        let said = said.as_array().ok_or_else(|| members.wrong("parts is not a list"))?;
        if said.len() != self.parts.len() {
            let (said, found) = (said.len(), self.parts.len());
            return Err(members.wrong(format!("it lists {said} parts, and the archive holds {found}")));
        }
        for (said, found) in said.iter().zip(&self.parts) {
            let Summary { name, bytes, sha256 } = found;
            if *said != json!({"name": name, "bytes": bytes, "sha256": sha256}) {
                return Err(members.wrong(format!("{name} is not what it says: {said}")));
            }
        }
        Ok(())
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// The members of a JSON object that are not yet read.
struct Members<'a> {
    part: &'a str,
    left: Map<String, Value>,
}

impl<'a> Members<'a> {
    fn read(part: &'a str, content: &[u8]) -> Result<Self> {
        match serde_json::from_slice(content) {
            Ok(Value::Object(left)) => Ok(Self { part, left }),
            Ok(_) => Err(Error::checkpoint(format!("{part}: there is no JSON object where one is due"))),
            Err(error) => Err(Error::checkpoint(format!("{part}: it is no JSON")).because(error)),
        }
    }

    fn take(&mut self, name: &str) -> Result<Value> {
        self.left.remove(name).ok_or_else(|| self.wrong(format!("{name} is missing")))
    }

    fn text(&mut self, name: &str) -> Result<String> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong(format!("{name} is not a text"))),
        }
    }

    fn object(&mut self, name: &str) -> Result<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(object) => Ok(object),
            _ => Err(self.wrong(format!("{name} is not an object"))),
        }
    }

    fn number(&mut self, name: &str) -> Result<u64> {
        self.number_or_null(name)?.ok_or_else(|| self.wrong(format!("{name} is null")))
    }

    fn number_or_null(&mut self, name: &str) -> Result<Option<u64>> {
        match self.take(name)? {
            Value::Null => Ok(None),
            value => match value.as_u64().filter(|&number| number <= limits::MAX_NUMBER) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(format!("{name} is not a number in range"))),
            },
        }
    }

    fn end(&self) -> Result<()> {
        match self.left.keys().next() {
            Some(name) => Err(self.wrong(format!("there is a {name:?} that no reader knows"))),
            None => Ok(()),
        }
    }

    fn wrong(&self, what: impl core::fmt::Display) -> Error {
        Error::checkpoint(format!("{}: {what}", self.part))
    }
}
