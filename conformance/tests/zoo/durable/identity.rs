//! Whose data they are is forgotten when the handle goes.

use super::{lock, over};
use crate::{
    fault,
    zoo::{fault::Fault, faulty::Lie},
};
use mneme::{Error, Identity, Result, Store};
use mneme_conformance::Site;
use std::{collections::HashMap, sync::Mutex};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the identity is kept in memory" from "https://github.com/yantrikos/yantrikdb/issues/117",
            durable(|| IdentityInMemory(Mutex::default())),
            durable::identity_is_checked_on_reopen,
            [open::fingerprint_is_opaque],
            "expected a fingerprint mismatch error"
        ),
        fault!(
            "the dimension is not compared on reopening",
            durable(|| DimensionInMemory(Mutex::default())),
            durable::identity_is_checked_on_reopen,
            [],
            "expected a dimension mismatch error"
        ),
        fault!(
            "a refused handle stamps when it is dropped",
            site(|site| over(site, StampsInDrop::at(site))),
            durable::identity_is_checked_on_reopen,
            [],
            "expected a fingerprint mismatch error"
        ),
    ]
}

/// Compares with the identity that this handle was opened with, which no other handle knows.
struct IdentityInMemory(Mutex<Option<Identity>>);

impl Lie for IdentityInMemory {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let mut mine = lock(&self.0);
        let stored = match (store.open(identity), &*mine) {
            (Err(Error::FingerprintMismatch { stored, .. }), None) => stored,
            (Err(Error::FingerprintMismatch { supplied, .. }), Some(mine)) if *mine != *identity => {
                return Err(Error::FingerprintMismatch { stored: mine.fingerprint.clone(), supplied });
            }
            (Err(Error::FingerprintMismatch { .. }), Some(_)) => return Ok(()),
            (result, _) => {
                if result.is_ok() {
                    *mine = Some(identity.clone());
                }
                return result;
            }
        };
        store.open(&Identity::new(stored, identity.dimension))?;
        *mine = Some(identity.clone());
        Ok(())
    }
}

struct DimensionInMemory(Mutex<bool>);

impl Lie for DimensionInMemory {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let mut opened = lock(&self.0);
        let result = match store.open(identity) {
            Err(Error::DimensionMismatch { stored, .. }) if !*opened => {
                store.open(&Identity::new(identity.fingerprint.clone(), stored))
            }
            result => result,
        };
        *opened |= result.is_ok();
        result
    }
}

/// Stamps that are written with the rest when the handle goes, refused or not.
struct StampsInDrop {
    site: String,
    refused: Mutex<Option<String>>,
}

static STAMPED: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);

impl StampsInDrop {
    fn at(site: &Site) -> Self {
        Self { site: site.name().to_owned(), refused: Mutex::default() }
    }
}

impl Lie for StampsInDrop {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let stamped = lock(&STAMPED).get_or_insert_default().get(&self.site).cloned();
        match store.open(identity) {
            Err(Error::FingerprintMismatch { stored, supplied }) => {
                if stamped.as_ref() == Some(&supplied) {
                    return store.open(&Identity::new(stored, identity.dimension));
                }
                *lock(&self.refused) = Some(supplied.clone());
                Err(Error::FingerprintMismatch { stored, supplied })
            }
            result => result,
        }
    }
}

impl Drop for StampsInDrop {
    fn drop(&mut self) {
        if let Some(refused) = lock(&self.refused).take() {
            lock(&STAMPED).get_or_insert_default().insert(self.site.clone(), refused);
        }
    }
}
