use super::{KeyHash, Record, Records};
use crate::{
    limits,
    memory::namespaces::{due, last_access},
    threads,
};
use core::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::thread;

/// How many records a check takes at once.
const AT_ONCE: usize = 64;

/// A thread more is worth its start where it has so many records to check.
const PER_THREAD: usize = 16_384;

impl Records {
    /// Whether every structure is sound in itself and says the same as the others.
    ///
    /// It trusts none of them. Each id leads to a record of its own, and these are as many as the records; each is looked
    /// for in every other index, and then the sizes show whether an index has more than the records. It goes by id, as
    /// the indexes are in nearly that order: by the table's own, each look would be at another end of the memory.
    pub(in crate::memory) fn is_sound(&self, dimension: usize) -> bool {
        self.by_id.is_sound()
            && self.by_version.is_sound()
            && self.namespaces.is_sound()
            && self.dues_of_sound_records(dimension) == Some(self.namespaces.due().len())
            && self.by_id.len() == self.len()
            && self.by_version.len() == self.len()
            && self.namespaces.lru().len() == self.len()
    }

    /// How many entries are due at some time; none where a record that an id leads to is not sound.
    ///
    /// Whoever writes waits for it. So where there are many records each core takes a part of the ids.
    fn dues_of_sound_records(&self, dimension: usize) -> Option<usize> {
        let worth = self.by_id.len() / PER_THREAD;
        let cores = if worth < 2 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
        let parts = worth.min(cores).max(1);
        let lines = self.by_id.len().div_ceil(parts);
        // Each takes the next part that nobody has taken.
        let next = AtomicUsize::new(0);
        let check = || {
            let mut dues = Some(0);
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= parts {
                    return dues;
                }
                let found = self.dues_in(self.by_id.iter().skip(part * lines).take(lines), dimension);
                dues = dues.zip(found).map(|(dues, found)| dues + found);
            }
        };
        threads::together(parts - 1, check).into_iter().sum()
    }

    /// As [`dues_of_sound_records`](Self::dues_of_sound_records), of the records that some lines lead to.
    ///
    /// It takes some records at once, and each of its loops over them does one thing: what it waits for is the memory, and
    /// so it waits for several records together.
    fn dues_in(&self, mut lines: impl Iterator<Item = (u64, KeyHash)>, dimension: usize) -> Option<usize> {
        let mut records = Vec::with_capacity(AT_ONCE);
        let mut dues = 0;
        loop {
            records.clear();
            for (id, hash) in lines.by_ref().take(AT_ONCE) {
                records.push((hash, self.table.find(hash.get(), |record| record.stored.id == id)?));
            }
            if records.is_empty() {
                return Some(dues);
            }
            dues += records.iter().filter(|(_, record)| due(&record.stored).is_some()).count();
            let is_sound = records.iter().all(|&(hash, record)| record.hash == hash)
                && records.iter().all(|(_, record)| self.has_the_hash_of_its_key(record))
                && records.iter().all(|(_, record)| self.is_alone_with_its_key(record))
                && records.iter().all(|(_, record)| self.is_indexed(record))
                && records.iter().all(|(_, record)| self.is_in_range(record, dimension));
            if !is_sound {
                return None;
            }
        }
    }

    fn has_the_hash_of_its_key(&self, record: &Record) -> bool {
        record.hash == self.hash(&record.stored.namespace, &record.stored.query_hash)
    }

    /// Whether no other record has its key. Other hashes are of other keys, so texts are compared where hashes are equal.
    fn is_alone_with_its_key(&self, record: &Record) -> bool {
        let Record { hash, stored, .. } = record;
        self.table
            .iter_hash(hash.get())
            .filter(|found| found.hash == *hash && found.stored.id != stored.id)
            .all(|found| !found.has_key(&stored.namespace, &stored.query_hash))
    }

    fn is_indexed(&self, record: &Record) -> bool {
        let Record { hash, namespace, stored } = record;
        self.by_version.get(stored.version) == Some(*hash)
            && self.namespaces.index(&stored.namespace) == Some(*namespace)
            && self.namespaces.lru().contains(*namespace, last_access(stored))
            && due(stored).is_none_or(|due| self.namespaces.due().contains(*namespace, due))
    }

    fn is_in_range(&self, record: &Record, dimension: usize) -> bool {
        let stored = &record.stored;
        (1..=self.last_id).contains(&stored.id)
            && (1..=self.version).contains(&stored.version)
            && self.last_id <= limits::MAX_NUMBER
            && self.version <= limits::MAX_NUMBER
            && limits::check_entry(stored, dimension).is_ok()
    }
}
