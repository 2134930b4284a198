//! What a store holds, and what may be done to it.

use mneme::{Entry, Error, Identity, Result, StoredEntry};

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
}

impl Data {
    pub(crate) fn new(identity: &Identity) -> Self {
        Self { identity: identity.clone() }
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
    pub(crate) fn check(&self, _write: &Write) -> Result<()> {
        todo!()
    }

    /// Does a write, and answers an id, or how many entries went.
    pub(crate) fn apply(&mut self, _write: Write) -> u64 {
        todo!()
    }

    pub(crate) fn by_hash(&self, _namespace: &str, _query_hash: &str) -> Option<StoredEntry> {
        todo!()
    }

    pub(crate) fn by_id(&self, _id: u64) -> Option<StoredEntry> {
        todo!()
    }

    /// The entries of one namespace, or of all, ascending by id.
    pub(crate) fn of(&self, _namespace: Option<&str>) -> impl Iterator<Item = &StoredEntry> {
        std::iter::from_fn(|| todo!())
    }

    pub(crate) fn namespaces(&self) -> Vec<String> {
        todo!()
    }

    pub(crate) fn since(&self, _id: u64) -> Vec<StoredEntry> {
        todo!()
    }

    pub(crate) fn changed(&self, _version: u64) -> Vec<StoredEntry> {
        todo!()
    }

    pub(crate) fn lru(&self, _limit: usize, _namespace: Option<&str>) -> Vec<u64> {
        todo!()
    }

    pub(crate) fn quota(&self, _namespace: &str) -> Option<u64> {
        todo!()
    }

    pub(crate) fn version(&self) -> u64 {
        todo!()
    }

    pub(crate) fn meta(&self, _key: &str) -> Option<String> {
        todo!()
    }
}
