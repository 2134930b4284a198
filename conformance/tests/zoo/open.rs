use super::{fault::Fault, faulty::Lie, hosted::Hosted};
use crate::fault;
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry, limits};
use std::{
    cell::RefCell,
    collections::HashMap,
    path::Path,
    sync::{
        Mutex, PoisonError,
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
            [],
            "open"
        ),
        fault!(
            "open recreates the tables",
            volatile(|| RecreatesTheTables),
            open::same_identity_is_accepted,
            [],
            "expected"
        ),
        fault!(
            "open forgets the quotas",
            volatile(|| ForgetsTheQuotas::default()),
            open::same_identity_is_accepted,
            [],
            "expected 7"
        ),
        fault!(
            "each open is a change",
            volatile(|| EachOpenIsAChange(AtomicU64::new(0))),
            open::same_identity_is_accepted,
            [],
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
            [
                open::other_dimension_is_refused,
                open::fingerprint_is_opaque,
                open::fingerprint_is_judged_first
            ],
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
            volatile(|| Alike::by(|a, b| a.eq_ignore_ascii_case(b))),
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
            volatile(|| HashesBothTogether::default()),
            open::fingerprint_is_opaque,
            [],
            "stored \"m1\" and supplied \"m\""
        ),
        fault!(
            "open writes the stamps and then compares",
            volatile(|| StampsFirst::default()),
            open::refusal_changes_nothing,
            [],
            "open"
        ),
        fault!(
            "a mismatch rebuilds the table" from "https://github.com/tobi/qmd/pull/501",
            volatile(|| RebuildsTheTable),
            open::refusal_changes_nothing,
            [],
            "expected"
        ),
        fault!(
            "a refused open shows its fingerprint as the stamp",
            volatile(|| ShowsTheRefused(Mutex::new(None))),
            open::refusal_changes_nothing,
            [open::dimension_out_of_range_is_refused],
            "expected \"conformance:v1\""
        ),
        fault!(
            "a refused first open is remembered",
            volatile(|| RemembersTheRefused(Mutex::new(None))),
            open::refusal_changes_nothing,
            [open::dimension_out_of_range_is_refused],
            "expected no error"
        ),
        fault!(
            "a refused open is a change",
            volatile(|| RefusalIsAChange(AtomicU64::new(0))),
            open::refusal_changes_nothing,
            [],
            "version_counter"
        ),
        fault!(
            "the open flag is set before the identity is checked",
            volatile(|| OpenFlagFirst(AtomicBool::new(false))),
            open::refused_handle_stays_unopened,
            [],
            "count"
        ),
        fault!(
            "a refused handle keeps its connection",
            durable(|| KeepsTheConnection),
            open::refused_handle_stays_unopened,
            [],
            "expected a not open error"
        ),
        fault!(
            "a refused open drops the connection",
            volatile(|| DropsTheConnection(AtomicBool::new(false))),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "get_by_id"
        ),
        fault!(
            "a refused open closes the handle",
            volatile(|| ClosesOnRefusal),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "the store is closed"
        ),
        fault!(
            "a refused open ends the iterators",
            volatile(|| EndsIterators(AtomicU64::new(0))),
            open::refusal_keeps_an_open_handle_usable,
            [],
            "next() of walk"
        ),
        fault!(
            "the integrity check needs no open",
            volatile(|| ChecksUnopened),
            open::comes_first,
            [open::refused_handle_stays_unopened],
            "integrity_check"
        ),
        fault!(
            "an iterator looks at its first item whether the handle is open",
            volatile(|| LazyIterator),
            open::comes_first,
            [open::refused_handle_stays_unopened],
            "iter_all"
        ),
        fault!(
            "a limit of 0 is answered before anything else",
            volatile(|| NothingForNothing),
            open::comes_first,
            [open::refused_handle_stays_unopened, close::ends_every_operation],
            "iter_lru_ids(0"
        ),
        fault!(
            "arguments are judged before the handle",
            volatile(|| ArgumentsFirst),
            open::comes_first,
            [open::refused_handle_stays_unopened, close::ends_every_operation],
            "expected a not open error"
        ),
        fault!(
            "a quota that is set too early is kept for later",
            volatile(|| KeepsForLater(Mutex::new(None))),
            open::comes_first,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "an unopened handle panics",
            volatile(|| PanicsUnopened),
            open::comes_first,
            [open::refused_handle_stays_unopened],
            "expected a not open error"
        ),
        fault!(
            "a cache of lookups is static",
            volatile(|| StaticCache),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "get_by_hash"
        ),
        fault!(
            "quotas are static",
            volatile(|| StaticQuotas),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "expected none"
        ),
        fault!(
            "every store is the same named database in memory"
                from "https://github.com/tursodatabase/libsql-client-ts/pull/330",
            store(|| Hosted::unlocked(&this_scenario())),
            open::sites_are_separate,
            [durable::unclaimed_keeps_nothing],
            "another"
        ),
        fault!(
            "every site is the same locked file",
            site(|_| Hosted::at(&this_scenario())),
            open::sites_are_separate,
            [],
            "the factory makes a handle"
        ),
        fault!(
            "deleting by id goes to the store that was opened last",
            volatile(|| DeletesEverywhere::default()),
            open::sites_are_separate,
            [],
            "expected"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// A name for what is shared by all that one scenario does: each runs on a thread of its own.
fn this_scenario() -> String {
    format!("{:?}", std::thread::current().id())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_mismatch<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::FingerprintMismatch { .. } | Error::DimensionMismatch { .. }))
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

#[derive(Default)]
struct StampsFirst(Mutex<Option<Identity>>);

impl Lie for StampsFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if result.is_ok() || is_mismatch(&result) {
            let before = lock(&self.0).replace(identity.clone());
            return match before {
                Some(before) if before.fingerprint != identity.fingerprint => {
                    let (stored, supplied) = (before.fingerprint, identity.fingerprint.clone());
                    Err(Error::FingerprintMismatch { stored, supplied })
                }
                Some(before) if before.dimension != identity.dimension => {
                    Err(Error::DimensionMismatch { stored: before.dimension, supplied: identity.dimension })
                }
                _ => Ok(()),
            };
        }
        result
    }
}

struct RebuildsTheTable;

impl Lie for RebuildsTheTable {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if let Err(Error::DimensionMismatch { .. }) = result {
            store.list_namespaces()?.iter().try_for_each(|name| store.clear_namespace(name).map(drop))?;
        }
        result
    }
}

struct ShowsTheRefused(Mutex<Option<String>>);

impl Lie for ShowsTheRefused {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        *lock(&self.0) = Some(identity.fingerprint.clone());
        store.open(identity)
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        Ok(if key == "embedder_fingerprint" { lock(&self.0).clone().or(value) } else { value })
    }
}

struct RemembersTheRefused(Mutex<Option<String>>);

impl Lie for RemembersTheRefused {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if let Err(Error::Closed) = store.count(None) {
            return Err(Error::Closed);
        }
        let stored = lock(&self.0).get_or_insert_with(|| identity.fingerprint.clone()).clone();
        limits::check_identity(identity)?;
        if stored != identity.fingerprint {
            return Err(Error::FingerprintMismatch { stored, supplied: identity.fingerprint.clone() });
        }
        store.open(identity)
    }
}

struct RefusalIsAChange(AtomicU64);

impl Lie for RefusalIsAChange {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.fetch_add(u64::from(is_mismatch(&result)), Ordering::Relaxed);
        result
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.0.load(Ordering::Relaxed))
    }
}

struct OpenFlagFirst(AtomicBool);

impl Lie for OpenFlagFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        self.0.store(true, Ordering::Relaxed);
        store.open(identity)
    }
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        match store.count(namespace) {
            Err(Error::NotOpen) if self.0.load(Ordering::Relaxed) => Ok(0),
            result => result,
        }
    }
}

/// The connection is there before the stamps are compared, and nothing takes it back.
struct KeepsTheConnection;

impl Lie for KeepsTheConnection {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        match &result {
            Err(Error::FingerprintMismatch { stored, .. }) => {
                let _ = store.open(&Identity::new(stored.clone(), identity.dimension));
            }
            Err(Error::DimensionMismatch { stored, .. }) => {
                let _ = store.open(&Identity::new(identity.fingerprint.clone(), *stored));
            }
            _ => {}
        }
        result
    }
}

struct DropsTheConnection(AtomicBool);

impl Lie for DropsTheConnection {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.store(is_mismatch(&result), Ordering::Relaxed);
        result
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        if self.0.load(Ordering::Relaxed) { Err(Error::NotOpen) } else { store.get_by_id(id) }
    }
}

struct ClosesOnRefusal;

impl Lie for ClosesOnRefusal {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        if is_mismatch(&result) {
            store.close()?;
        }
        result
    }
}

struct EndsIterators(AtomicU64);

impl Lie for EndsIterators {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let result = store.open(identity);
        self.0.fetch_add(u64::from(is_mismatch(&result)), Ordering::Relaxed);
        result
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        let before = self.0.load(Ordering::Relaxed);
        Ok(Box::new(store.iter_all()?.map(move |entry| {
            if self.0.load(Ordering::Relaxed) == before {
                return entry;
            }
            Err(Error::backend("read the next page", "the statement was finalized"))
        })))
    }
}

struct ChecksUnopened;

impl Lie for ChecksUnopened {
    fn integrity_check(&self, store: &dyn Store) -> Result<bool> {
        match store.integrity_check() {
            Err(Error::NotOpen) => Ok(true),
            result => result,
        }
    }
}

struct LazyIterator;

impl Lie for LazyIterator {
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        match store.iter_all() {
            Err(Error::NotOpen) => Ok(Box::new(std::iter::once(Err(Error::NotOpen)))),
            result => result,
        }
    }
}

struct NothingForNothing;

impl Lie for NothingForNothing {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        if limit == 0 { Ok(Vec::new()) } else { store.iter_lru_ids(limit, namespace) }
    }
}

struct ArgumentsFirst;

impl Lie for ArgumentsFirst {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        limits::check_number("created_at", entry.created_at)?;
        store.insert(entry)
    }
}

struct KeepsForLater(Mutex<Option<(String, u64)>>);

impl Lie for KeepsForLater {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        match lock(&self.0).take() {
            Some((namespace, quota)) => store.set_namespace_quota(&namespace, quota),
            None => Ok(()),
        }
    }
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        let result = store.set_namespace_quota(namespace, quota);
        if let Err(Error::NotOpen) = result {
            lock(&self.0).get_or_insert_with(|| (namespace.to_owned(), quota));
        }
        result
    }
}

struct PanicsUnopened;

impl Lie for PanicsUnopened {
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        match store.version_counter() {
            Err(Error::NotOpen) => panic!("open the store first"),
            result => result,
        }
    }
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        store.snapshot_to(path)
    }
}

thread_local! {
    // Each scenario has a thread of its own, so that this is what a scenario's stores share.
    static CACHE: RefCell<HashMap<(String, String), Option<StoredEntry>>> = RefCell::default();
    static QUOTAS: RefCell<HashMap<String, u64>> = RefCell::default();
    static LAST_IDS: RefCell<Vec<u64>> = RefCell::default();
}

/// A cache that every write empties, but which belongs to the process.
struct StaticCache;

impl StaticCache {
    fn emptied<T>(answer: T) -> T {
        CACHE.with_borrow_mut(HashMap::clear);
        answer
    }
}

impl Lie for StaticCache {
    fn get_by_hash(&self, store: &dyn Store, namespace: &str, hash: &str) -> Result<Option<StoredEntry>> {
        let found = store.get_by_hash(namespace, hash)?;
        let key = (namespace.to_owned(), hash.to_owned());
        Ok(CACHE.with_borrow_mut(|cache| cache.entry(key).or_insert(found).clone()))
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        Self::emptied(store.insert(entry))
    }
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        Self::emptied(store.update_access(id, now))
    }
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        Self::emptied(store.delete_by_id(id))
    }
    fn delete_expired(&self, store: &dyn Store, now: u64, namespace: Option<&str>) -> Result<u64> {
        Self::emptied(store.delete_expired(now, namespace))
    }
    fn clear_namespace(&self, store: &dyn Store, namespace: &str) -> Result<u64> {
        Self::emptied(store.clear_namespace(namespace))
    }
}

struct StaticQuotas;

impl Lie for StaticQuotas {
    fn set_namespace_quota(&self, store: &dyn Store, namespace: &str, quota: u64) -> Result<()> {
        store.set_namespace_quota(namespace, quota)?;
        QUOTAS.with_borrow_mut(|quotas| quotas.insert(namespace.to_owned(), quota));
        Ok(())
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        store.get_namespace_quota(namespace)?;
        Ok(QUOTAS.with_borrow(|quotas| quotas.get(namespace).copied()))
    }
}

/// Deleted ids are noted in a static set, by which lookups are filtered.
#[derive(Default)]
struct DeletesEverywhere;

impl Lie for DeletesEverywhere {
    fn delete_by_id(&self, store: &dyn Store, id: u64) -> Result<bool> {
        let there = store.delete_by_id(id)?;
        LAST_IDS.with_borrow_mut(|ids| ids.push(id));
        Ok(there)
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        LAST_IDS.with_borrow_mut(|ids| ids.retain(|gone| *gone != id));
        Ok(id)
    }
    fn get_by_id(&self, store: &dyn Store, id: u64) -> Result<Option<StoredEntry>> {
        let found = store.get_by_id(id)?;
        Ok(found.filter(|_| LAST_IDS.with_borrow(|ids| !ids.contains(&id))))
    }
}
