use crate::doubles::{Numbers, builder, stored};
use flate2::{Compression, GzBuilder, read::GzDecoder};
use mneme::{Answer, CacheError, Metadata, SemanticCache};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A part of an archive. What is not set is as the format says.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
    pub(super) kind: tar::EntryType,
    pub(super) link: Option<String>,
    pub(super) claimed_size: Option<u64>,
}

pub(super) fn part(name: &str, content: impl Into<Vec<u8>>) -> Part {
    let content = content.into();
    Part { name: name.into(), content, kind: tar::EntryType::Regular, link: None, claimed_size: None }
}

/// A cache with something of everything, and its checkpoint.
pub(super) struct Sample {
    pub(super) folder: TempDir,
    pub(super) cache: SemanticCache,
}

impl Sample {
    pub(super) fn new() -> Result<Self, CacheError> {
        let folder = TempDir::new().expect("a directory for the test");
        let (cache, _) = stored()?;
        let mut metadata = Metadata::new();
        metadata.insert("cost".into(), json!([0.1, 1, 1.0, null, {"": "\0"}]));
        cache.put_answer(Answer::new("1 0", "a\0\r\n\u{1f642}").metadata(metadata).ttl(60))?;
        cache.put_answer(Answer::new("0 1", "b").namespace("n"))?;
        cache.put_answer(Answer::new("0.6 0.8", "c").namespace("n"))?;
        cache.delete("never put")?;
        cache.get("1 0")?;
        cache.set_quota("n", 5)?;
        cache.set_quota("without entries", 7)?;
        cache.write_meta("made by", "a test")?;
        cache.write_meta("", "empty key")?;
        Ok(Self { folder, cache })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn dump(&self) -> Result<PathBuf, CacheError> {
        let path = self.path("backup.tar.gz");
        self.cache.dumps(&path)?;
        Ok(path)
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, CacheError> {
        Ok(std::fs::read(self.dump()?).expect("it was written"))
    }

    pub(super) fn parts(&self) -> Result<Vec<Part>, CacheError> {
        Ok(unpack(&self.bytes()?))
    }

    /// Loads bytes into a store in memory.
    pub(super) fn load(&self, bytes: &[u8]) -> Result<SemanticCache, CacheError> {
        let path = self.path("forged");
        std::fs::write(&path, bytes).expect("it is written");
        builder().load(&path)
    }

    /// What is in the folder.
    pub(super) fn listing(&self) -> Vec<String> {
        let folder = std::fs::read_dir(self.folder.path()).expect("it is a directory");
        let mut names: Vec<_> =
            folder.map(|file| file.expect("it is read").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }
}

/// Loads bytes into a store in memory.
pub(super) fn load(bytes: &[u8]) -> Result<SemanticCache, CacheError> {
    let folder = TempDir::new().expect("a directory for the test");
    let path = folder.path().join("forged");
    std::fs::write(&path, bytes).expect("it is written");
    builder().load(&path)
}

pub(super) fn load_database(checkpoint: &Path, database: &Path) -> Result<SemanticCache, CacheError> {
    SemanticCache::loads(checkpoint, database, Numbers::default())
}

pub(super) const SEAL_BYTES: usize = 85;

pub(super) fn unpack(bytes: &[u8]) -> Vec<Part> {
    let mut archive = tar::Archive::new(GzDecoder::new(&bytes[..bytes.len() - SEAL_BYTES]));
    let parts = archive.entries().expect("it is an archive");
    parts
        .map(|entry| {
            let mut entry = entry.expect("it is a part");
            let name = entry.path().expect("it has a name").to_str().expect("UTF-8").to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("it is whole");
            part(&name, content)
        })
        .collect()
}

/// Packs parts as they are: the manifest too.
pub(super) fn pack(parts: &[Part]) -> Vec<u8> {
    pack_tar(&tar_of(parts))
}

pub(super) fn pack_tar(tar: &[u8]) -> Vec<u8> {
    let mut packed = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::fast());
    packed.write_all(tar).expect("it is written");
    sealed(packed.finish().expect("it is written"))
}

pub(super) fn tar_of(parts: &[Part]) -> Vec<u8> {
    let mut archive = Vec::new();
    for part in parts {
        let mut header = tar::Header::new_ustar();
        // By hand, since the library refuses names that it finds dangerous.
        header.as_mut_bytes()[..part.name.len()].copy_from_slice(part.name.as_bytes());
        header.set_entry_type(part.kind);
        header.set_size(part.claimed_size.unwrap_or(part.content.len() as u64));
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        if let Some(link) = &part.link {
            header.set_link_name(link).expect("it fits");
        }
        header.set_cksum();
        archive.extend_from_slice(header.as_bytes());
        archive.extend_from_slice(&part.content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// Adds the seal.
pub(super) fn sealed(mut packed: Vec<u8>) -> Vec<u8> {
    let digits = hex(&packed);
    packed.extend_from_slice(b"\x1f\x8b\x08\x10\0\0\0\0\x04\xff");
    packed.extend_from_slice(digits.as_bytes());
    packed.extend_from_slice(b"\0\x03\0\0\0\0\0\0\0\0\0");
    packed
}

/// Writes the manifest of parts anew, with the counts that the old one has.
pub(super) fn with_manifest(mut parts: Vec<Part>) -> Vec<Part> {
    let manifest = parts.pop().expect("there are parts");
    let mut manifest: Value = serde_json::from_slice(&manifest.content).expect("it is JSON");
    manifest["parts"] = parts
        .iter()
        .map(|part| json!({"name": part.name, "bytes": part.content.len(), "sha256": hex(&part.content)}))
        .collect();
    parts.push(part("manifest.json", manifest.to_string()));
    parts
}

fn hex(bytes: &[u8]) -> String {
    let digits =
        |byte: &u8| [byte >> 4, byte & 0xf].map(|digit| char::from_digit(digit.into(), 16).expect("a digit"));
    Sha256::digest(bytes).iter().flat_map(digits).collect()
}

/// A part as text.
pub(super) fn text<'a>(parts: &'a [Part], name: &str) -> &'a str {
    let part = parts.iter().find(|part| part.name == name).expect("there is such a part");
    std::str::from_utf8(&part.content).expect("UTF-8")
}

pub(super) fn edit(parts: &mut [Part], name: &str, edit: impl FnOnce(&str) -> String) {
    let part = parts.iter_mut().find(|part| part.name == name).expect("there is such a part");
    let before = String::from_utf8(std::mem::take(&mut part.content)).expect("UTF-8");
    let after = edit(&before);
    assert_ne!(before, after, "the edit changed nothing");
    part.content = after.into_bytes();
}
