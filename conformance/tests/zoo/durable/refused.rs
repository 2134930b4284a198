//! What was refused, or could have been, is written all the same and shows on the handle that reads it.

use super::{Reopened, lock, over};
use crate::fault;
use crate::zoo::{
    fault::Fault,
    faulty::{Faulty, Lie},
    hosted::Hosted,
};
use mneme::{Entry, Error, Identity, Result, Store, limits::MAX_TEXT_BYTES};
use mneme_conformance::Site;
use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "an entry is logged before its embedding is judged",
            site(|site| logged(site, Judged::Entries)),
            insert::other_dimension_is_refused,
            [],
            "version_counter()"
        ),
        fault!(
            "a meta value is logged before its key is judged",
            site(|site| logged(site, Judged::Meta)),
            meta::reserved_keys_are_protected,
            [],
            "read_meta(\"embedder_"
        ),
        fault!(
            "a text past the limit is written, and no file with one is read",
            site(|site| over(site, ReadsShortTexts(Reopened::at(site)))),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "error: corrupt"
        ),
    ]
}

fn logged(site: &Site, judged: Judged) -> Result<Faulty<LogsFirst, Hosted>> {
    over(site, LogsFirst { site: site.name().to_owned(), judged, read: OnceLock::new() })
}

/// What is judged after it was logged.
#[derive(Clone, Copy, PartialEq)]
enum Judged {
    Entries,
    Meta,
}

/// What a log has that was refused.
#[derive(Clone, Default)]
struct Refused {
    entries: u64,
    meta: HashMap<String, String>,
}

/// Replays what its log has, and no refusal is in there.
struct LogsFirst {
    site: String,
    judged: Judged,
    /// What the log had when it was opened.
    read: OnceLock<Refused>,
}

impl LogsFirst {
    fn with_log<T>(&self, run: impl FnOnce(&mut Refused) -> T) -> T {
        static LOGS: Mutex<Option<HashMap<String, Refused>>> = Mutex::new(None);
        run(lock(&LOGS).get_or_insert_default().entry(self.site.clone()).or_default())
    }
}

impl Lie for LogsFirst {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        self.read.get_or_init(|| self.with_log(|log| log.clone()));
        Ok(())
    }
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let inserted = store.insert(entry);
        if self.judged == Judged::Entries && matches!(inserted, Err(Error::DimensionMismatch { .. })) {
            self.with_log(|log| log.entries += 1);
        }
        inserted
    }
    fn version_counter(&self, store: &dyn Store) -> Result<u64> {
        Ok(store.version_counter()? + self.read.get().map_or(0, |log| log.entries))
    }
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        let written = store.write_meta(key, value);
        if self.judged == Judged::Meta && matches!(written, Err(Error::InvalidArgument { .. })) {
            self.with_log(|log| log.meta.insert(key.to_owned(), value.to_owned()));
        }
        written
    }
    fn read_meta(&self, store: &dyn Store, key: &str) -> Result<Option<String>> {
        let value = store.read_meta(key)?;
        let replayed = self.read.get().and_then(|log| log.meta.get(key).cloned());
        Ok(replayed.or(value))
    }
}

/// Has a bound where it reads, and none where it writes.
struct ReadsShortTexts(Reopened);

impl Lie for ReadsShortTexts {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        store.open(identity)?;
        for stored in store.iter_all()? {
            if self.0.0 && stored?.response.len() > MAX_TEXT_BYTES {
                return Err(Error::corrupt("a line is too long"));
            }
        }
        Ok(())
    }
}
