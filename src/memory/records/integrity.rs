use super::{KeyHash, Record, Records};
use crate::{
    limits,
    memory::namespaces::{due, last_access},
};

/// How many records a check takes at once.
const AT_ONCE: usize = 64;

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
    /// It takes some records at once, and each of its loops over them does one thing: what it waits for is the memory, and
    /// so it waits for several records together.
    fn dues_of_sound_records(&self, dimension: usize) -> Option<usize> {
        let mut lines = self.by_id.iter();
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
            let is_sound = |&(hash, record): &(KeyHash, &Record)| {
                record.hash == hash && self.is_indexed(record) && self.is_in_range(record, dimension)
            };
            if !records.iter().all(is_sound) {
                return None;
            }
        }
    }

    fn is_indexed(&self, record: &Record) -> bool {
        let Record { hash, namespace, stored } = record;
        let of_its_key = |found: &Record| found.has_key(&stored.namespace, &stored.query_hash);
        *hash == self.hash(&stored.namespace, &stored.query_hash)
            && self.table.find(hash.get(), of_its_key).is_some_and(|found| found.stored.id == stored.id)
            && self.by_version.get(stored.version) == Some(*hash)
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
