use super::records::Records;
use crate::{Error, Identity, Result, limits};
use std::collections::BTreeMap;

/// Everything that an open store holds.
pub(super) struct Data {
    identity: Identity,
    quotas: BTreeMap<Box<str>, u64>,
    meta: BTreeMap<Box<str>, Box<str>>,
    pub(super) records: Records,
}

/// The meta keys that the first open writes, and nothing else.
const STAMPED: [&str; 3] = ["embedder_fingerprint", "embedder_dim", "schema_version"];

/// No other build ever reads this memory, so it will stay the only one.
const SCHEMA_VERSION: &str = "1";

impl Data {
    /// Makes the data of a first open, stamped with its identity.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a dimension out of range.
    pub(super) fn new(identity: &Identity) -> Result<Self> {
        limits::check_identity(identity)?;
        let meta = stamps(identity).into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Ok(Self { identity: identity.clone(), quotas: BTreeMap::new(), meta, records: Records::default() })
    }

    /// Judges a later open.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a dimension out of range, [`Error::FingerprintMismatch`],
    /// [`Error::DimensionMismatch`].
    pub(super) fn admit(&self, identity: &Identity) -> Result<()> {
        limits::check_identity(identity)?;
        let Identity { fingerprint, dimension } = &self.identity;
        if *fingerprint != identity.fingerprint {
            return Err(Error::FingerprintMismatch {
                stored: fingerprint.clone(),
                supplied: identity.fingerprint.clone(),
            });
        }
        if *dimension != identity.dimension {
            return Err(Error::DimensionMismatch { stored: *dimension, supplied: identity.dimension });
        }
        Ok(())
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) fn dimension(&self) -> usize {
        self.identity.dimension
    }

    pub(super) fn quota(&self, namespace: &str) -> Option<u64> {
        self.quotas.get(namespace).copied()
    }

    pub(super) fn set_quota(&mut self, namespace: &str, quota: u64) {
        self.quotas.insert(namespace.into(), quota);
    }

    pub(super) fn meta(&self, key: &str) -> Option<&str> {
        self.meta.get(key).map(|value| &**value)
    }

    /// Writes a meta key.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a key that the identity is stamped under.
    pub(super) fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        if STAMPED.contains(&key) {
            return Err(Error::invalid_argument("key", format!("{key:?} is written by open alone")));
        }
        self.meta.insert(key.into(), value.into());
        Ok(())
    }

    /// Whether the stamps are those of the identity, and the records are sound.
    pub(super) fn is_sound(&self) -> bool {
        stamps(&self.identity).into_iter().all(|(key, value)| self.meta(key) == Some(&*value))
            && self.quotas.values().all(|&quota| quota <= limits::MAX_NUMBER)
            && self.records.is_sound(self.dimension())
    }
}

/// The stamped keys with an identity's values.
fn stamps(identity: &Identity) -> impl IntoIterator<Item = (&'static str, String)> {
    let Identity { fingerprint, dimension } = identity;
    STAMPED.into_iter().zip([fingerprint.clone(), dimension.to_string(), SCHEMA_VERSION.to_owned()])
}
