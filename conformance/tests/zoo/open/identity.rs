//! What open records, compares and answers.

use super::{
    super::{fault::Fault, faulty::Lie},
    is_mismatch, lock,
};
use crate::fault;
use mneme::{Error, Identity, Result, Store, limits};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the dimension is stamped as a float",
            volatile(|| DimensionIsAFloat),
            open::stamps_the_identity,
            [],
            "expected \"4\""
        ),
        fault!(
            "the identity is kept in a field and not as meta",
            volatile(|| StampsNothing),
            open::stamps_the_identity,
            [],
            "expected \"conformance:v1\""
        ),
        fault!(
            "the schema version is empty",
            volatile(|| EmptySchemaVersion),
            open::stamps_the_identity,
            [],
            "expected some text"
        ),
        fault!(
            "the dimension is stamped with 16 bits",
            volatile(|| DimensionOf16Bits),
            open::stamps_the_identity,
            [],
            "expected \"65536\""
        ),
        fault!(
            "the stamps are inserted at each open",
            volatile(|| InsertsTheStampsAgain(AtomicBool::new(false))),
            open::same_identity_is_accepted,
            [robust::fails_only_where_a_clause_says],
            "open"
        ),
        fault!(
            "open recreates the tables",
            volatile(|| RecreatesTheTables),
            open::same_identity_is_accepted,
            [version::stays_without_a_change],
            "expected"
        ),
        fault!(
            "open forgets the quotas",
            volatile(ForgetsTheQuotas::default),
            open::same_identity_is_accepted,
            [],
            "expected 7"
        ),
        fault!(
            "each open is a change",
            volatile(|| EachOpenIsAChange(AtomicU64::new(0))),
            open::same_identity_is_accepted,
            [version::stays_without_a_change],
            "version_counter"
        ),
        fault!(
            "another fingerprint replaces the stamp",
            volatile(|| AcceptsAnyFingerprint),
            open::other_fingerprint_is_refused,
            [open::fingerprint_is_opaque, open::fingerprint_is_judged_first,],
            "expected a fingerprint mismatch error with stored \"conformance:v1\" and supplied \"conformance:v2\""
        ),
        fault!(
            "the fingerprint error has stored and supplied swapped",
            volatile(|| SwapsFingerprints),
            open::other_fingerprint_is_refused,
            [],
            "stored \"conformance:v1\""
        ),
        fault!(
            "any refused open is a backend error",
            volatile(|| RefusesAsBackend),
            open::other_fingerprint_is_refused,
            [open::other_dimension_is_refused, open::fingerprint_is_judged_first],
            "fingerprint mismatch error"
        ),
        fault!(
            "the dimension is not compared",
            volatile(|| AcceptsAnyDimension),
            open::other_dimension_is_refused,
            [],
            "expected a dimension mismatch error with stored 4 and supplied 3"
        ),
        fault!(
            "dimensions are compared with 8 bits",
            volatile(|| DimensionsOf8Bits),
            open::other_dimension_is_refused,
            [],
            "supplied 260"
        ),
        fault!(
            "the dimension is part of one joined stamp",
            volatile(|| OneStamp),
            open::other_dimension_is_refused,
            [],
            "dimension mismatch"
        ),
        fault!(
            "the dimension's range is not checked",
            volatile(|| AnyDimension),
            open::dimension_out_of_range_is_refused,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "the dimension is cast to 16 bits",
            volatile(|| CastsTheDimension),
            open::dimension_out_of_range_is_refused,
            [],
            "65537"
        ),
        fault!(
            "the range is checked after the fingerprint",
            volatile(|| RangeComesLast(AtomicBool::new(false))),
            open::dimension_out_of_range_is_refused,
            [],
            "fingerprint \"another\", dimension 0"
        ),
        fault!(
            "the dimension is compared first",
            volatile(|| DimensionComesFirst),
            open::fingerprint_is_judged_first,
            [],
            "expected a fingerprint mismatch"
        ),
        fault!(
            "an identity that differs in both is an invalid argument",
            volatile(|| BothAreInvalid),
            open::fingerprint_is_judged_first,
            [],
            "expected a fingerprint mismatch"
        ),
        fault!(
            "fingerprints are compared without case",
            volatile(|| Alike::by(str::eq_ignore_ascii_case)),
            open::fingerprint_is_opaque,
            [],
            "E5-large"
        ),
        fault!(
            "fingerprints are trimmed",
            volatile(|| Alike::by(|a, b| a.trim() == b.trim())),
            open::fingerprint_is_opaque,
            [],
            "e5-large "
        ),
        fault!(
            "fingerprints end at U+0000",
            volatile(|| Alike::by(|a, b| a.split('\0').next() == b.split('\0').next())),
            open::fingerprint_is_opaque,
            [],
            "e5-large\\u{0}"
        ),
        fault!(
            "an empty fingerprint means that none is stamped",
            volatile(|| Alike::by(|a, _| a.is_empty())),
            open::fingerprint_is_opaque,
            [],
            "stored \"\""
        ),
        fault!(
            "fingerprints are compared up to a column's length",
            volatile(|| Alike::by(|a, b| a.bytes().take(255).eq(b.bytes().take(255)))),
            open::fingerprint_is_opaque,
            [],
            "bytes"
        ),
        fault!(
            "a number as fingerprint is compared as one",
            volatile(|| Alike::by(|a, b| a.parse::<f64>().is_ok_and(|a| b.parse() == Ok(a)))),
            open::fingerprint_is_opaque,
            [],
            "007"
        ),
        fault!(
            "fingerprint and dimension are hashed as one text",
            volatile(HashesBothTogether::default),
            open::fingerprint_is_opaque,
            [],
            "stored \"m1\" and supplied \"m\""
        ),
    ]
}

/// `f64` in a text format.
struct DimensionIsAFloat;

impl Lie for DimensionIsAFloat {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(value.map(|value| if key == "embedder_dim" { value + ".0" } else { value }))
    }
}

struct StampsNothing;

impl Lie for StampsNothing {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        Ok(store.read_meta(key)?.filter(|_| !key.starts_with("embedder_")))
    }
}

struct EmptySchemaVersion;

impl Lie for EmptySchemaVersion {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(value.map(|value| if key == "schema_version" { String::new() } else { value }))
    }
}

struct DimensionOf16Bits;

impl Lie for DimensionOf16Bits {
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        if key != "embedder_dim" {
            return Ok(value);
        }
        Ok(value
            .and_then(|value| value.parse::<u32>().ok())
            .map(|dimension| (dimension & 0xffff).to_string()))
    }
}

/// A plain `INSERT` into a table with a primary key.
struct InsertsTheStampsAgain(AtomicBool);

impl Lie for InsertsTheStampsAgain {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(Error::backend("stamp the identity", "UNIQUE constraint failed: meta.key"));
        }
        Ok(())
    }
}

/// `DROP TABLE IF EXISTS` in the set-up script.
struct RecreatesTheTables;

impl Lie for RecreatesTheTables {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        store.list_namespaces()?.iter().try_for_each(|name| store.clear_namespace(name).map(drop))
    }
}

/// The map is made anew with the connection.
#[derive(Default)]
struct ForgetsTheQuotas(Mutex<HashMap<String, u64>>);

impl Lie for ForgetsTheQuotas {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        lock(&self.0).clear();
        Ok(())
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        lock(&self.0).insert(namespace.to_owned(), quota);
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace)?;
        Ok(lock(&self.0).get(namespace).copied())
    }
}

/// The stamps are written through the function that steps the counter.
struct EachOpenIsAChange(AtomicU64);

impl Lie for EachOpenIsAChange {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let again = store.version_counter().is_ok();
        store.open(identity)?;
        self.0.fetch_add(u64::from(again), Ordering::Relaxed);
        Ok(())
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

struct AcceptsAnyFingerprint;

impl Lie for AcceptsAnyFingerprint {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match store.open(identity) {
            Err(Error::FingerprintMismatch { .. }) => Ok(()),
            result => result,
        }
    }
}

struct SwapsFingerprints;

impl Lie for SwapsFingerprints {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity).map_err(|error| match error {
            Error::FingerprintMismatch { stored, supplied } => {
                Error::FingerprintMismatch { stored: supplied, supplied: stored }
            }
            error => error,
        })
    }
}

struct RefusesAsBackend;

impl Lie for RefusesAsBackend {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if is_mismatch(&result) {
            return Err(Error::backend("open the data", "they are another embedder's"));
        }
        result
    }
}

struct AcceptsAnyDimension;

impl Lie for AcceptsAnyDimension {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match store.open(identity) {
            Err(Error::DimensionMismatch { .. }) => Ok(()),
            result => result,
        }
    }
}

struct DimensionsOf8Bits;

impl Lie for DimensionsOf8Bits {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match store.open(identity) {
            Err(Error::DimensionMismatch { stored, supplied }) if stored % 256 == supplied % 256 => Ok(()),
            result => result,
        }
    }
}

/// `fingerprint:dimension` under one key, with one error.
struct OneStamp;

impl Lie for OneStamp {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity).map_err(|error| match error {
            Error::DimensionMismatch { stored, supplied } => Error::FingerprintMismatch {
                stored: format!("{}:{stored}", identity.fingerprint),
                supplied: format!("{}:{supplied}", identity.fingerprint),
            },
            error => error,
        })
    }
}

struct AnyDimension;

impl Lie for AnyDimension {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let dimension = identity.dimension.clamp(1, limits::MAX_DIMENSION);
        store.open(&Identity::new(identity.fingerprint.clone(), dimension))
    }
}

struct CastsTheDimension;

impl Lie for CastsTheDimension {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let dimension = match identity.dimension {
            // Stored one less, so that the range fits into 16 bits.
            0 => 0,
            dimension => ((dimension - 1) & 0xffff) + 1,
        };
        store.open(&Identity::new(identity.fingerprint.clone(), dimension))
    }
}

struct RangeComesLast(AtomicBool);

impl Lie for RangeComesLast {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if self.0.load(Ordering::Relaxed) && limits::check_identity(identity).is_err() {
            let compared = store.open(&Identity::new(identity.fingerprint.clone(), 1));
            if let Err(Error::FingerprintMismatch { .. }) = compared {
                return compared;
            }
        }
        store.open(identity)?;
        self.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

struct DimensionComesFirst;

impl Lie for DimensionComesFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match (store.open(identity), store.read_meta("embedder_dim")) {
            (Err(Error::FingerprintMismatch { .. }), Ok(Some(stored)))
                if stored != identity.dimension.to_string() =>
            {
                let stored = stored.parse().unwrap_or(0);
                Err(Error::DimensionMismatch { stored, supplied: identity.dimension })
            }
            (result, _) => result,
        }
    }
}

struct BothAreInvalid;

impl Lie for BothAreInvalid {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match (store.open(identity), store.read_meta("embedder_dim")) {
            (Err(Error::FingerprintMismatch { .. }), Ok(Some(stored)))
                if stored != identity.dimension.to_string() =>
            {
                Err(Error::invalid_argument("identity", "neither part is the store's"))
            }
            (result, _) => result,
        }
    }
}

/// A comparison of fingerprints that is not one of bytes.
struct Alike(fn(&str, &str) -> bool);

impl Alike {
    fn by(alike: fn(&str, &str) -> bool) -> Self {
        Self(alike)
    }
}

impl Lie for Alike {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        match store.open(identity) {
            Err(Error::FingerprintMismatch { stored, supplied }) if (self.0)(&stored, &supplied) => {
                store.open(&Identity::new(stored, identity.dimension))
            }
            result => result,
        }
    }
}

#[derive(Default)]
struct HashesBothTogether(Mutex<Option<String>>);

impl Lie for HashesBothTogether {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let both = format!("{}{}", identity.fingerprint, identity.dimension);
        let mut stored = lock(&self.0);
        match store.open(identity) {
            Err(Error::FingerprintMismatch { .. }) if stored.as_ref() == Some(&both) => Ok(()),
            result => {
                if result.is_ok() {
                    *stored = Some(both);
                }
                result
            }
        }
    }
}
