use super::{Difference, Mismatch, in_range, versions::Versions};
use crate::operation::{
    Op, Text,
    display::{Json, Number, Quoted, Vector},
};
use mneme::{Entry, Identity, StoredEntry, limits::MAX_NUMBER};
use std::{
    collections::{BTreeMap, VecDeque},
    hash::{Hash, Hasher},
    sync::Arc,
};

/// A part of the data. A search for an order clones the data at each step, and each step changes little of them, so clones share
/// what neither of them has changed.
type Shared<T> = Arc<T>;

/// What the contract says that one site holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    pub(crate) identity: Option<Identity>,
    /// The text under `schema_version`: the store's choice, known once it was read.
    pub(crate) schema: Option<String>,
    pub(crate) entries: Shared<BTreeMap<u64, Held>>,
    pub(crate) keys: Shared<BTreeMap<Text, BTreeMap<Text, u64>>>,
    /// The greatest id that was given.
    pub(crate) last_id: u64,
    /// Every id that was given; they ascend.
    given: Shared<Vec<u64>>,
    /// The keys of the entries that were removed last.
    removed: Shared<VecDeque<(Text, Text)>>,
    pub(crate) quotas: Shared<BTreeMap<Text, u64>>,
    pub(crate) meta: Shared<BTreeMap<Text, Text>>,
    pub(crate) versions: Versions,
}

/// Up to which limit the first ids are kept in order while the entries pass by; past it, all are sorted at the end.
const SORTED_AT_ONCE: usize = 16;

/// How many keys of removed entries are remembered.
const REMEMBERED: usize = 64;

/// An entry, and the change that wrote it: its version is that change's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) entry: Entry,
    pub(crate) event: u64,
}

impl Data {
    pub(crate) fn id_of(&self, namespace: &str, hash: &str) -> Option<u64> {
        self.keys.get(namespace)?.get(hash).copied()
    }

    /// The entries, each by its place among all ids that were given: the first id is 0.
    pub(crate) fn by_time_of_insert(&self) -> impl Iterator<Item = (usize, &Held)> {
        self.entries.iter().map(|(id, held)| (self.given.partition_point(|given| given < id), held))
    }

    /// The newest ids that were given and are stored no more.
    pub(crate) fn dead(&self) -> impl Iterator<Item = u64> {
        self.given.iter().rev().copied().filter(|id| !self.entries.contains_key(id))
    }

    /// The keys of what was removed last and is stored no more, the newest first.
    pub(crate) fn dead_keys(&self) -> impl Iterator<Item = (Text, Text)> {
        let removed =
            self.removed.iter().rev().filter(|(namespace, hash)| self.id_of(namespace, hash).is_none());
        removed.cloned()
    }

    /// Whether an id was given, whatever became of it.
    pub(crate) fn was_given(&self, id: u64) -> bool {
        self.given.binary_search(&id).is_ok()
    }

    /// Whether an entry that is stored no more had a key; of the last ones alone.
    pub(crate) fn was_under(&self, namespace: &str, hash: &str) -> bool {
        self.removed.iter().any(|(a, b)| **a == *namespace && **b == *hash)
    }

    /// Whether something is stored under the text that a read names: then it was not too long to be kept.
    pub(super) fn holds_what_it_names(&self, op: &Op) -> bool {
        match op {
            Op::GetByHash(namespace, hash) => self.id_of(namespace, hash).is_some(),
            Op::Count(Some(namespace)) | Op::IterLruIds(_, Some(namespace)) => {
                self.keys.contains_key(namespace)
            }
            Op::GetNamespaceQuota(namespace) => self.quotas.contains_key(namespace),
            Op::ReadMeta(key) => self.meta.contains_key(key),
            _ => false,
        }
    }

    pub(crate) fn count(&self, namespace: Option<&str>) -> u64 {
        match namespace {
            None => self.entries.len() as u64,
            Some(namespace) => self.keys.get(namespace).map_or(0, |keys| keys.len() as u64),
        }
    }

    pub(crate) fn in_namespace(&self, namespace: &str) -> Vec<u64> {
        self.keys.get(namespace).map_or_else(Vec::new, |keys| keys.values().copied().collect())
    }

    /// The ids of the entries that are due, in one namespace or in all.
    pub(crate) fn due(&self, now: u64, namespace: Option<&str>) -> Vec<u64> {
        let due = |entry: &Entry| entry.expires_at().is_some_and(|due| due <= now);
        self.entries
            .iter()
            .filter(|(_, held)| due(&held.entry) && namespace.is_none_or(|name| held.entry.namespace == name))
            .map(|(&id, _)| id)
            .collect()
    }

    /// The first `limit` stored ids by last access and then by id, in one namespace or in all.
    pub(crate) fn lru(&self, limit: usize, namespace: Option<&str>) -> Vec<u64> {
        let mut order: Vec<(u64, u64)> = Vec::new();
        let mut note = |id: u64, held: &Held| {
            let place = (held.entry.last_accessed_at, id);
            if limit > SORTED_AT_ONCE {
                order.push(place);
            } else if order.len() < limit || order.last().is_some_and(|last| place < *last) {
                order.truncate(limit.saturating_sub(1));
                order.insert(order.partition_point(|before| *before < place), place);
            }
        };
        match namespace {
            None => self.entries.iter().for_each(|(&id, held)| note(id, held)),
            Some(namespace) => self
                .keys
                .get(namespace)
                .into_iter()
                .flat_map(BTreeMap::values)
                .for_each(|id| note(*id, &self.entries[id])),
        }
        order.sort_unstable();
        order.into_iter().map(|(_, id)| id).take(limit).collect()
    }

    /// Judges the id that an insert answered, and stores the entry.
    pub(super) fn insert(&mut self, entry: &Entry, id: u64) -> Result<(), Mismatch> {
        let stored = self.id_of(&entry.namespace, &entry.query_hash);
        match stored {
            Some(stored) if stored != id => {
                return Err(Mismatch::new(Difference::Id(Some(stored)), format!("id {stored}")));
            }
            None if id <= self.last_id => {
                let expected = format!("an id greater than {}", self.last_id);
                return Err(Mismatch::new(Difference::Id(None), expected));
            }
            _ => {}
        }
        in_range(id)?;
        if stored.is_none() {
            Arc::make_mut(&mut self.given).push(id);
        }
        self.last_id = self.last_id.max(id);
        let event = self.versions.advance();
        Arc::make_mut(&mut self.entries).insert(id, Held { entry: entry.clone(), event });
        if stored.is_none() {
            let namespaces = Arc::make_mut(&mut self.keys);
            if let Some(keys) = namespaces.get_mut(entry.namespace.as_str()) {
                keys.insert(entry.query_hash.as_str().into(), id);
            } else {
                let keys = BTreeMap::from([(entry.query_hash.as_str().into(), id)]);
                namespaces.insert(entry.namespace.as_str().into(), keys);
            }
        }
        Ok(())
    }

    pub(super) fn access(&mut self, id: u64, now: u64) {
        if !self.entries.contains_key(&id) {
            return;
        }
        if let Some(held) = Arc::make_mut(&mut self.entries).get_mut(&id) {
            held.entry.last_accessed_at = now;
            held.entry.access_count = (held.entry.access_count + 1).min(MAX_NUMBER);
        }
    }

    /// Removes what is stored of these ids; one change where anything is.
    pub(super) fn remove(&mut self, ids: &[u64]) {
        if !ids.iter().any(|id| self.entries.contains_key(id)) {
            return;
        }
        let (entries, namespaces) = (Arc::make_mut(&mut self.entries), Arc::make_mut(&mut self.keys));
        let forgotten = Arc::make_mut(&mut self.removed);
        for id in ids {
            let Some(held) = entries.remove(id) else { continue };
            let keys = namespaces
                .get_mut(held.entry.namespace.as_str())
                .expect("a stored entry's namespace is known");
            keys.remove(held.entry.query_hash.as_str());
            if forgotten.len() == REMEMBERED {
                forgotten.pop_front();
            }
            let (namespace, hash) = (held.entry.namespace.as_str(), held.entry.query_hash.as_str());
            forgotten.push_back((namespace.into(), hash.into()));
            if keys.is_empty() {
                namespaces.remove(held.entry.namespace.as_str());
            }
        }
        self.versions.advance();
    }

    /// Judges how a stored entry was shown.
    pub(super) fn shown(&mut self, id: u64, held: &Held, found: &StoredEntry) -> Result<(), Mismatch> {
        shown(&mut self.versions, id, held, found)
    }
}

impl PartialEq for Data {
    /// Whether both hold the same. In which order entries were removed is no part of that: a search for an order would tell apart
    /// what no later call can.
    fn eq(&self, other: &Self) -> bool {
        let Self { identity, schema, entries, keys, last_id, given, removed: _, quotas, meta, versions } =
            self;
        *last_id == other.last_id
            && *versions == other.versions
            && *entries == other.entries
            && *keys == other.keys
            && *given == other.given
            && *quotas == other.quotas
            && *meta == other.meta
            && *schema == other.schema
            && *identity == other.identity
    }
}

impl Eq for Data {}

impl Hash for Data {
    /// Of what tells data apart that one history leads to; equal data have equal hashes.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.last_id.hash(hasher);
        for (id, held) in self.entries.iter() {
            id.hash(hasher);
            held.event.hash(hasher);
            held.entry.response.hash(hasher);
            held.entry.last_accessed_at.hash(hasher);
            held.entry.access_count.hash(hasher);
        }
        self.quotas.hash(hasher);
        self.meta.hash(hasher);
        self.versions.hash(hasher);
    }
}

/// Judges how a stored entry was shown.
pub(super) fn shown(
    versions: &mut Versions,
    id: u64,
    held: &Held,
    found: &StoredEntry,
) -> Result<(), Mismatch> {
    if found.id == id && found.entry == held.entry && versions.see(held.event, found.version).is_ok() {
        return Ok(());
    }
    let fields = differing_fields(id, held, found, versions.bounds(held.event));
    let expected: Vec<String> = fields.iter().map(|(name, right)| format!("{name} {right}")).collect();
    let field = fields.first().map(|(name, _)| *name);
    Err(Mismatch::new(Difference::Altered(id, Box::new(found.clone()), field), expected.join(", ")))
}

/// The fields in which a shown entry is not what it should be, with what each should be.
fn differing_fields(
    id: u64,
    held: &Held,
    found: &StoredEntry,
    (low, high): (u64, u64),
) -> Vec<(&'static str, String)> {
    let right = &held.entry;
    let bits = |vector: &[f32]| vector.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let only_metadata = |entry: &Entry| Entry::new("", "").metadata(entry.metadata.clone());
    let mut fields = Vec::new();
    let mut field = |differs: bool, name: &'static str, right: String| {
        if differs {
            fields.push((name, right));
        }
    };
    field(found.id != id, "id", Number(id).to_string());
    field(found.namespace != right.namespace, "namespace", Quoted(&right.namespace).to_string());
    field(found.query_hash != right.query_hash, "hash", Quoted(&right.query_hash).to_string());
    field(found.query != right.query, "query", Quoted(&right.query).to_string());
    field(found.response != right.response, "response", Quoted(&right.response).to_string());
    field(
        bits(&found.embedding) != bits(&right.embedding),
        "embedding",
        Vector(&right.embedding).to_string(),
    );
    field(only_metadata(&found.entry) != only_metadata(right), "metadata", Json(&right.metadata).to_string());
    field(found.created_at != right.created_at, "created at", Number(right.created_at).to_string());
    let ttl = right.ttl.map_or("none".to_owned(), |ttl| Number(ttl).to_string());
    field(found.ttl != right.ttl, "ttl", ttl);
    let accessed = Number(right.last_accessed_at).to_string();
    field(found.last_accessed_at != right.last_accessed_at, "last accessed at", accessed);
    let count = Number(right.access_count).to_string();
    field(found.access_count != right.access_count, "access count", count);
    let version = match (low, high) {
        (low, high) if low == high => Number(low).to_string(),
        (low, MAX_NUMBER) => format!("{} or more", Number(low)),
        (low, high) => format!("{} to {}", Number(low), Number(high)),
    };
    field(!(low..=high).contains(&found.version), "version", version);
    fields
}
