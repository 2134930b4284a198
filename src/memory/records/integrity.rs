use super::{Record, Records};
use crate::{
    limits,
    memory::namespaces::{due, last_access},
};

impl Records {
    /// Whether every structure is sound in itself and says the same as the others.
    ///
    /// It trusts none of them: each record is looked for in every index, and then the sizes show whether an index has
    /// more than the records.
    pub(in crate::memory) fn is_sound(&self, dimension: usize) -> bool {
        let dues = self.table.iter().filter(|record| due(&record.stored).is_some()).count();
        self.by_id.is_sound()
            && self.by_version.is_sound()
            && self.namespaces.is_sound()
            && self.table.iter().all(|record| self.is_indexed(record) && self.is_in_range(record, dimension))
            && self.by_id.len() == self.len()
            && self.by_version.len() == self.len()
            && self.namespaces.lru().len() == self.len()
            && self.namespaces.due().len() == dues
    }

    fn is_indexed(&self, record: &Record) -> bool {
        let Record { hash, namespace, stored } = record;
        *hash == self.hash(&stored.namespace, &stored.query_hash)
            && self
                .get_by_key(&stored.namespace, &stored.query_hash)
                .is_some_and(|found| found.id == stored.id)
            && self.by_id.get(stored.id) == Some(*hash)
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
