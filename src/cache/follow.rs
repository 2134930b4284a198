//! How the index follows the store.

use super::{SemanticCache, error::CacheError};
use core::sync::atomic::{AtomicUsize, Ordering};
use hashbrown::HashSet;

/// How many removals of this cache are under way: the entries may be out of the store, and still in the index.
#[derive(Debug, Default)]
pub(crate) struct Removals(AtomicUsize);

/// A removal that is under way, until it is dropped.
pub(crate) struct Removing<'a>(&'a AtomicUsize);

/// So many entries go into the index at once: enough to take its lock rarely, and few enough to hold in memory.
const BATCH: usize = 128;

impl SemanticCache {
    /// Brings the index up to what the store holds.
    ///
    /// Any number of threads may do this at once. Each takes in what changed since the version that was seen last; a
    /// row that another one has brought in already is not older, and stays.
    ///
    /// A removal leaves no trace among the changes. It shows in the count: after taking in every change the index has
    /// at least the entries that the store had, so if it has more, some of them are gone. Only then are all ids read.
    pub(crate) fn catch_up(&self) -> Result<(), CacheError> {
        let version = self.store.version_counter()?;
        if self.index.is_settled_at(version) {
            return Ok(());
        }
        let progress = self.index.progress();
        let mut batch = Vec::with_capacity(BATCH);
        for entry in self.store.iter_changed(progress.version)? {
            batch.push(entry?);
            if batch.len() == BATCH {
                self.index.absorb(&batch);
                batch.clear();
            }
        }
        self.index.absorb(&batch);
        self.index.advance(version);

        // In this order: an entry that is stored in between makes the store's count the greater one, which is no
        // reason to look for what is gone.
        let indexed = self.index.len() as u64;
        if indexed <= self.store.count(None)? {
            self.index.resolve(progress);
        } else if self.removals.are_under_way() {
            // The difference may be all theirs. Reading every id for that would make each removal cost all entries.
            self.index.doubt();
        } else {
            self.drop_what_is_gone()?;
            self.index.resolve(progress);
        }
        Ok(())
    }

    /// Takes the rows out whose entries the store no longer names. A row that comes meanwhile stays: its entry may
    /// have been stored after the ids were read.
    fn drop_what_is_gone(&self) -> Result<(), CacheError> {
        let came_by = self.index.stamp();
        let ids: HashSet<u64> = self.store.iter_lru_ids(usize::MAX, None)?.into_iter().collect();
        self.index.retain(came_by, &ids);
        Ok(())
    }

    /// To be held from before entries go out of the store until they are out of the index.
    pub(crate) fn removing(&self) -> Removing<'_> {
        self.removals.begin()
    }
}

impl Removals {
    fn begin(&self) -> Removing<'_> {
        self.0.fetch_add(1, Ordering::AcqRel);
        Removing(&self.0)
    }

    fn are_under_way(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }
}

impl Drop for Removing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
