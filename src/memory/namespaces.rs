use super::{
    order::Order,
    timeline::{Stamp, Timeline},
};
use crate::StoredEntry;
use std::collections::BTreeMap;

/// A number that stands for a namespace as long as it has entries.
pub(super) type NamespaceIndex = usize;

/// The namespaces that have entries, and in each the orders by last access and by when an entry is due.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    names: BTreeMap<Box<str>, NamespaceIndex>,
    /// Indexes that a namespace had and that the next new one gets.
    vacant: Vec<NamespaceIndex>,
    /// Every entry is in it, so a namespace's number of stamps is its number of entries.
    lru: Order,
    /// Only entries that are due at some time are in it.
    due: Order,
}

impl Namespaces {
    pub(super) fn lru(&self) -> &Order {
        &self.lru
    }

    pub(super) fn due(&self) -> &Order {
        &self.due
    }

    /// The names, ascending by bytes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    pub(super) fn index(&self, name: &str) -> Option<NamespaceIndex> {
        self.names.get(name).copied()
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.index(name).and_then(|index| self.lru.of(index)).map_or(0, Timeline::len)
    }

    /// The id of the entry that is due first, at `now` or before, in one namespace or in all.
    pub(super) fn first_due(&self, now: u64, namespace: Option<&str>) -> Option<u64> {
        let first = match namespace {
            Some(name) => self.due.of(self.index(name)?)?.first(),
            None => self.due.first(),
        };
        first.filter(|stamp| stamp.at <= now).map(|stamp| stamp.id)
    }

    /// At most `limit` ids, those that were used the longest ago, in one namespace or in all.
    pub(super) fn least_recently_used(&self, limit: usize, namespace: Option<&str>) -> Vec<u64> {
        match namespace {
            Some(name) => {
                let queue = self.index(name).and_then(|index| self.lru.of(index));
                queue.into_iter().flat_map(Timeline::iter).take(limit).map(|stamp| stamp.id).collect()
            }
            None => self.lru.merged().take(limit).map(|stamp| stamp.id).collect(),
        }
    }

    /// Adds a new entry, to a new namespace where it is the first one, and answers the namespace's index.
    pub(super) fn add(&mut self, entry: &StoredEntry) -> NamespaceIndex {
        let index = match self.names.get(&*entry.namespace) {
            Some(&index) => index,
            None => self.make(&entry.namespace),
        };
        self.lru.insert(index, last_access(entry));
        if let Some(due) = due(entry) {
            self.due.insert(index, due);
        }
        index
    }

    /// Moves an entry whose times have changed.
    pub(super) fn reorder(&mut self, index: NamespaceIndex, old: &StoredEntry, new: &StoredEntry) {
        self.touch(index, last_access(old), last_access(new));
        let (old, new) = (due(old), due(new));
        if old != new {
            if let Some(old) = old {
                self.due.remove(index, old);
            }
            if let Some(new) = new {
                self.due.insert(index, new);
            }
        }
    }

    /// Moves an entry whose last access has changed.
    pub(super) fn touch(&mut self, index: NamespaceIndex, old: Stamp, new: Stamp) {
        if old != new {
            self.lru.remove(index, old);
            self.lru.insert(index, new);
        }
    }

    /// Removes an entry, and with its last one the namespace.
    pub(super) fn remove(&mut self, index: NamespaceIndex, entry: &StoredEntry) {
        self.lru.remove(index, last_access(entry));
        if let Some(due) = due(entry) {
            self.due.remove(index, due);
        }
        if self.lru.of(index).is_none_or(Timeline::is_empty) {
            self.names.remove(&*entry.namespace);
            self.vacant.push(index);
        }
    }

    /// Removes a namespace, and answers the ids that were in it.
    pub(super) fn take(&mut self, name: &str) -> Vec<u64> {
        let Some(index) = self.names.remove(name) else { return Vec::new() };
        self.vacant.push(index);
        self.due.take(index);
        self.lru.take(index).iter().map(|stamp| stamp.id).collect()
    }

    /// Whether the orders are sound and belong to the names.
    pub(super) fn is_sound(&self) -> bool {
        let mut indexes: Vec<_> = self.names.values().chain(&self.vacant).copied().collect();
        indexes.sort_unstable();
        let has_entries = |order: &Order, index| order.of(index).is_some_and(|queue| !queue.is_empty());
        indexes.iter().copied().eq(0..indexes.len())
            && self.names.values().all(|&index| has_entries(&self.lru, index))
            && !self
                .vacant
                .iter()
                .any(|&index| has_entries(&self.lru, index) || has_entries(&self.due, index))
            && self.lru.is_sound()
            && self.due.is_sound()
    }

    fn make(&mut self, name: &str) -> NamespaceIndex {
        // Each index is a name's or vacant, so where none is vacant they are as many as the names.
        let index = self.vacant.pop().unwrap_or(self.names.len());
        self.names.insert(name.into(), index);
        index
    }
}

/// An entry's place in the order of last access.
pub(super) fn last_access(entry: &StoredEntry) -> Stamp {
    Stamp { at: entry.last_accessed_at, id: entry.id }
}

/// An entry's place in the order of expiry, where it is due at any time in range.
pub(super) fn due(entry: &StoredEntry) -> Option<Stamp> {
    Some(Stamp { at: entry.expires_at()?, id: entry.id })
}
