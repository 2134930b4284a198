//! What a store holds, and what may be done to it.

use mneme::{Entry, Error, Identity, Result, StoredEntry, limits};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound::{Excluded, Unbounded},
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

#[derive(Debug)]
pub(crate) struct Data {
    identity: Identity,
    last_id: u64,
    version: u64,
    entries: BTreeMap<u64, StoredEntry>,
    /// By namespace and hash, the id.
    keys: HashMap<(String, String), u64>,
    quotas: HashMap<String, u64>,
    meta: HashMap<String, String>,
}

/// The meta keys that only `open` writes.
const STAMPS: [&str; 3] = ["embedder_fingerprint", "embedder_dim", "schema_version"];

impl Data {
    pub(crate) fn new(identity: &Identity) -> Self {
        let stamps = [identity.fingerprint.clone(), identity.dimension.to_string(), "1".to_owned()];
        Self {
            identity: identity.clone(),
            last_id: 0,
            version: 0,
            entries: BTreeMap::new(),
            keys: HashMap::new(),
            quotas: HashMap::new(),
            meta: STAMPS.map(str::to_owned).into_iter().zip(stamps).collect(),
        }
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
            Write::Insert(entry) => limits::check_entry(entry, self.identity.dimension),
            Write::Access { now, .. } | Write::Expire { now, .. } => limits::check_number("now", *now),
            Write::Quota { quota, .. } => limits::check_number("quota", *quota),
            Write::Meta { key, .. } if STAMPS.contains(&&**key) => {
                Err(Error::invalid_argument("key", format!("only open writes {key}")))
            }
            Write::Delete(_) | Write::Clear(_) | Write::Meta { .. } => Ok(()),
        }
    }

    /// Does a write, and answers an id, or how many entries went.
    pub(crate) fn apply(&mut self, write: Write) -> u64 {
        match write {
            Write::Insert(entry) => self.insert(entry),
            Write::Delete(id) => self.remove(&[id]),
            Write::Access { id, now } => self.access(id, now),
            Write::Expire { now, namespace } => {
                let is_due = |entry: &&StoredEntry| entry.expires_at().is_some_and(|due| due <= now);
                let ids: Vec<u64> =
                    self.of(namespace.as_deref()).filter(is_due).map(|entry| entry.id).collect();
                self.remove(&ids)
            }
            Write::Clear(namespace) => {
                let ids: Vec<u64> = self.of(Some(&namespace)).map(|entry| entry.id).collect();
                self.remove(&ids)
            }
            Write::Quota { namespace, quota } => {
                self.quotas.insert(namespace, quota);
                0
            }
            Write::Meta { key, value } => {
                self.meta.insert(key, value);
                0
            }
        }
    }

    fn access(&mut self, id: u64, now: u64) -> u64 {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.entry.last_accessed_at = now;
            entry.entry.access_count = (entry.access_count + 1).min(limits::MAX_NUMBER);
        }
        0
    }

    fn insert(&mut self, entry: Entry) -> u64 {
        let key = (entry.namespace.clone(), entry.query_hash.clone());
        let id = *self.keys.entry(key).or_insert_with(|| {
            self.last_id += 1;
            self.last_id
        });
        self.version += 1;
        self.entries.insert(id, StoredEntry::new(id, self.version, entry));
        id
    }

    /// Removes entries, and answers how many there were; the version counter makes one step for all of them.
    fn remove(&mut self, ids: &[u64]) -> u64 {
        let mut removed = 0;
        for id in ids {
            if let Some(entry) = self.entries.remove(id) {
                self.keys.remove(&(entry.namespace.clone(), entry.query_hash.clone()));
                removed += 1;
            }
        }
        self.version += u64::from(removed > 0);
        removed
    }

    pub(crate) fn by_hash(&self, namespace: &str, query_hash: &str) -> Option<StoredEntry> {
        let id = self.keys.get(&(namespace.to_owned(), query_hash.to_owned()))?;
        self.by_id(*id)
    }

    pub(crate) fn by_id(&self, id: u64) -> Option<StoredEntry> {
        self.entries.get(&id).cloned()
    }

    /// The entries of one namespace, or of all, ascending by id.
    pub(crate) fn of(&self, namespace: Option<&str>) -> impl Iterator<Item = &StoredEntry> {
        let is_of =
            move |entry: &&StoredEntry| namespace.is_none_or(|namespace| entry.namespace == namespace);
        self.entries.values().filter(is_of)
    }

    pub(crate) fn namespaces(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.entries.values().map(|entry| &entry.namespace).collect();
        names.into_iter().cloned().collect()
    }

    pub(crate) fn since(&self, id: u64) -> Vec<StoredEntry> {
        self.entries.range((Excluded(id), Unbounded)).map(|(_, entry)| entry.clone()).collect()
    }

    pub(crate) fn changed(&self, version: u64) -> Vec<StoredEntry> {
        let mut entries: Vec<_> = self.of(None).filter(|entry| entry.version > version).cloned().collect();
        entries.sort_by_key(|entry| entry.version);
        entries
    }

    pub(crate) fn lru(&self, limit: usize, namespace: Option<&str>) -> Vec<u64> {
        let mut ids: Vec<_> = self.of(namespace).map(|entry| (entry.last_accessed_at, entry.id)).collect();
        ids.sort_unstable();
        ids.into_iter().take(limit).map(|(_, id)| id).collect()
    }

    pub(crate) fn quota(&self, namespace: &str) -> Option<u64> {
        self.quotas.get(namespace).copied()
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn meta(&self, key: &str) -> Option<String> {
        self.meta.get(key).cloned()
    }
}
