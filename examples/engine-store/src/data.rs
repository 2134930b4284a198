//! What a store holds, as rows, and what may be done to it.

use crate::{
    codec::{
        LAST_ID, VERSION, decode_entry, decode_number, decode_text, encode_entry, encode_number, entry_key,
        hash_key, meta_key, quota_key,
    },
    engine::{Change, Engine},
    lock::Lock,
};
use mneme::{Entry, Error, Identity, Result, StoredEntry, limits};
use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Everything that changes the data.
#[derive(Debug)]
pub(crate) enum Write {
    Insert(Entry),
    Access { id: u64, now: u64 },
    Delete(u64),
    Expire { now: u64, namespace: Option<String> },
    Clear(String),
    Quota { namespace: String, quota: u64 },
    Meta { key: String, value: String },
}

pub(crate) struct Data {
    // Before the lock, so that it is closed before another handle can open it.
    engine: Engine,
    identity: Identity,
    _lock: Lock,
}

/// The meta keys that only `open` writes.
const STAMPS: [&str; 3] = ["embedder_fingerprint", "embedder_dim", "schema_version"];

impl Data {
    /// Opens the database at a path, and makes it where there is none.
    pub(crate) fn open(path: &Path, identity: &Identity) -> Result<Self> {
        let lock = Lock::take(&beside(path, ".lock"))?;
        if !path.exists() {
            make(path, identity)?;
        }
        let mut data = Self { engine: Engine::open(path)?, identity: identity.clone(), _lock: lock };
        let stamp = |key: &str| {
            data.meta(key)?.ok_or_else(|| Error::incompatible(format!("the database has no {key}")))
        };
        let (fingerprint, dimension, schema) = (stamp(STAMPS[0])?, stamp(STAMPS[1])?, stamp(STAMPS[2])?);
        if schema != "1" {
            return Err(Error::incompatible(format!("the data have schema version {schema:?}")));
        }
        let dimension =
            dimension.parse().map_err(|error| Error::corrupt("the dimension is no number").because(error))?;
        data.identity = Identity { fingerprint, dimension };
        data.judge(identity)?;
        Ok(data)
    }

    /// Whether the data belong to an embedder; the fingerprint is judged first.
    pub(crate) fn judge(&self, identity: &Identity) -> Result<()> {
        let Identity { fingerprint, dimension } = self.identity.clone();
        if fingerprint != identity.fingerprint {
            let supplied = identity.fingerprint.clone();
            return Err(Error::FingerprintMismatch { stored: fingerprint, supplied });
        }
        if dimension != identity.dimension {
            return Err(Error::DimensionMismatch { stored: dimension, supplied: identity.dimension });
        }
        Ok(())
    }

    /// Whether a write may be done; what is refused here changes nothing.
    pub(crate) fn check(&self, write: &Write) -> Result<()> {
        match write {
            Write::Insert(entry) => {
                limits::check_entry(entry, self.identity.dimension)?;
                limits::check_metadata(&entry.metadata)
            }
            Write::Access { now, .. } | Write::Expire { now, .. } => limits::check_number("now", *now),
            Write::Quota { quota, .. } => limits::check_number("quota", *quota),
            Write::Meta { key, .. } if STAMPS.contains(&&**key) => {
                Err(Error::invalid_argument("key", format!("only open writes {key}")))
            }
            Write::Delete(_) | Write::Clear(_) | Write::Meta { .. } => Ok(()),
        }
    }

    /// Does a write, and answers an id, or how many entries went.
    pub(crate) fn apply(&self, write: Write) -> Result<u64> {
        match write {
            Write::Insert(entry) => self.insert(&entry),
            Write::Delete(id) => self.remove(self.by_id(id)?.as_slice()),
            Write::Access { id, now } => self.access(id, now),
            Write::Expire { now, namespace } => {
                let mut entries = self.of(namespace.as_deref())?;
                entries.retain(|entry| entry.expires_at().is_some_and(|due| due <= now));
                self.remove(&entries)
            }
            Write::Clear(namespace) => self.remove(&self.of(Some(&namespace))?),
            Write::Quota { namespace, quota } => {
                self.engine.commit(vec![(quota_key(&namespace), Some(encode_number(quota)))])?;
                Ok(0)
            }
            Write::Meta { key, value } => {
                self.engine.commit(vec![(meta_key(&key), Some(value.into_bytes()))])?;
                Ok(0)
            }
        }
    }

    fn insert(&self, entry: &Entry) -> Result<u64> {
        let key = hash_key(&entry.namespace, &entry.query_hash);
        let mut changes = vec![self.next_version()?];
        let id = if let Some(id) = self.number(&key)? {
            id
        } else {
            let id = self.number(LAST_ID)?.unwrap_or(0) + 1;
            changes.push((LAST_ID.to_vec(), Some(encode_number(id))));
            changes.push((key, Some(encode_number(id))));
            id
        };
        let version = self.version()? + 1;
        changes.push((entry_key(id), Some(encode_entry(version, entry))));
        self.engine.commit(changes)?;
        Ok(id)
    }

    fn access(&self, id: u64, now: u64) -> Result<u64> {
        if let Some(StoredEntry { version, mut entry, .. }) = self.by_id(id)? {
            entry.last_accessed_at = now;
            entry.access_count = (entry.access_count + 1).min(limits::MAX_NUMBER);
            self.engine.commit(vec![(entry_key(id), Some(encode_entry(version, &entry)))])?;
        }
        Ok(0)
    }

    /// Removes entries, and answers how many there were; the version counter makes one step for all of them.
    fn remove(&self, entries: &[StoredEntry]) -> Result<u64> {
        if entries.is_empty() {
            return Ok(0);
        }
        let mut changes = vec![self.next_version()?];
        for entry in entries {
            changes.push((hash_key(&entry.namespace, &entry.query_hash), None));
            changes.push((entry_key(entry.id), None));
        }
        self.engine.commit(changes)?;
        Ok(entries.len() as u64)
    }

    fn next_version(&self) -> Result<Change> {
        Ok((VERSION.to_vec(), Some(encode_number(self.version()? + 1))))
    }

    pub(crate) fn by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        match self.number(&hash_key(namespace, query_hash))? {
            Some(id) => self.by_id(id),
            None => Ok(None),
        }
    }

    pub(crate) fn by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        let key = entry_key(id);
        self.engine.get(&key)?.map(|value| decode_entry(&key, &value)).transpose()
    }

    /// The entries of one namespace, or of all, ascending by id.
    pub(crate) fn of(&self, namespace: Option<&str>) -> Result<Vec<StoredEntry>> {
        let mut entries = self.since(0)?;
        entries.retain(|entry| namespace.is_none_or(|namespace| entry.namespace == namespace));
        Ok(entries)
    }

    pub(crate) fn namespaces(&self) -> Result<Vec<String>> {
        let entries = self.of(None)?;
        let names: BTreeSet<&String> = entries.iter().map(|entry| &entry.namespace).collect();
        Ok(names.into_iter().cloned().collect())
    }

    pub(crate) fn since(&self, id: u64) -> Result<Vec<StoredEntry>> {
        let Some(first) = id.checked_add(1) else { return Ok(Vec::new()) };
        let rows = self.engine.range(&entry_key(first), &entry_key(u64::MAX))?;
        rows.iter().map(|(key, value)| decode_entry(key, value)).collect()
    }

    pub(crate) fn changed(&self, version: u64) -> Result<Vec<StoredEntry>> {
        let mut entries = self.of(None)?;
        entries.retain(|entry| entry.version > version);
        entries.sort_by_key(|entry| entry.version);
        Ok(entries)
    }

    pub(crate) fn lru(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let entries = self.of(namespace)?;
        let mut ids: Vec<_> = entries.iter().map(|entry| (entry.last_accessed_at, entry.id)).collect();
        ids.sort_unstable();
        Ok(ids.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    pub(crate) fn quota(&self, namespace: &str) -> Result<Option<u64>> {
        self.number(&quota_key(namespace))
    }

    pub(crate) fn version(&self) -> Result<u64> {
        Ok(self.number(VERSION)?.unwrap_or(0))
    }

    pub(crate) fn meta(&self, key: &str) -> Result<Option<String>> {
        self.engine.get(&meta_key(key))?.map(decode_text).transpose()
    }

    fn number(&self, key: &[u8]) -> Result<Option<u64>> {
        self.engine.get(key)?.map(|value| decode_number(&value)).transpose()
    }
}

/// Makes a database that is stamped for an embedder.
///
/// Under another name first: a process that is killed meanwhile leaves what many engines refuse to open ever after.
fn make(path: &Path, identity: &Identity) -> Result<()> {
    let failed = |error| Error::backend("make the database", error);
    let unfinished = beside(path, ".unfinished");
    let removed =
        if unfinished.is_dir() { fs::remove_dir_all(&unfinished) } else { fs::remove_file(&unfinished) };
    removed
        .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .map_err(failed)?;
    let engine = Engine::open(&unfinished)?;
    let stamps = [identity.fingerprint.clone(), identity.dimension.to_string(), "1".to_owned()];
    let rows = STAMPS.iter().zip(stamps).map(|(key, value)| (meta_key(key), Some(value.into_bytes())));
    engine.commit(rows.collect())?;
    drop(engine);
    fs::rename(&unfinished, path).map_err(failed)
}

/// A path with more at the end of its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
