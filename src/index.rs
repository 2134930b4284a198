//! The vectors of a store's entries in memory, by namespace, and the exact search among them.
//!
//! The index follows the store and is never asked what is true. Rows come from what the store yielded as changed, and
//! from nowhere else; anybody may take a row out whose entry is gone. Its lock is held for work in memory only.

mod lanes;
mod precision;
mod ranking;
mod search;
mod segment;
mod space;

pub use precision::Precision;
pub(crate) use ranking::Found;

use crate::{StoredEntry, cache::vector};
use core::num::NonZeroUsize;
use hashbrown::{HashMap, HashSet};
use lanes::Packed;
use parking_lot::RwLock;
use search::Search;
use segment::{Row, Segment};
use space::{Shape, Space};
use std::sync::Arc;

/// See the module.
pub(crate) struct Index {
    shape: Shape,
    threads: NonZeroUsize,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    spaces: HashMap<Arc<str>, Space>,
    places: HashMap<u64, Place>,
    /// Every change up to this version of the store is in.
    version: u64,
    /// How often a comparison with the store's count left a doubt, and how many of these doubts were since resolved.
    doubts: u64,
    resolved: u64,
    /// Grows with each row that comes or changes.
    stamp: Stamp,
}

/// How far an index has followed its store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) version: u64,
    doubts: u64,
}

/// When a row came, in the index's own time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(u64);

struct Place {
    namespace: Arc<str>,
    /// None where the entry's embedding has no direction, and nothing can be near it.
    position: Option<usize>,
    version: u64,
    came: Stamp,
}

/// An entry that is ready to become a row; made without the lock.
struct Prepared {
    namespace: Arc<str>,
    version: u64,
    row: Row,
    packed: Option<Packed>,
}

impl Index {
    pub(crate) fn new(dimension: usize, precision: Precision, threads: NonZeroUsize) -> Self {
        let shape = Shape { dimension, precision, rows: Segment::capacity(dimension, precision) };
        Self { shape, threads, state: RwLock::default() }
    }

    /// How far it has followed the store.
    pub(crate) fn progress(&self) -> Progress {
        let state = self.state.read();
        Progress { version: state.version, doubts: state.doubts }
    }

    /// Whether it holds what the store held at a version, without a doubt.
    pub(crate) fn is_settled_at(&self, version: u64) -> bool {
        let state = self.state.read();
        state.resolved == state.doubts && state.version == version
    }

    /// Notes that every change up to a version is in.
    pub(crate) fn advance(&self, version: u64) {
        let mut state = self.state.write();
        state.version = state.version.max(version);
    }

    /// Notes that no row is left of an entry that had gone when `progress` was read; doubts that came since stay.
    pub(crate) fn resolve(&self, progress: Progress) {
        let mut state = self.state.write();
        state.resolved = state.resolved.max(progress.doubts);
    }

    /// Notes that a row may be left of an entry that is gone.
    pub(crate) fn doubt(&self) {
        self.state.write().doubts += 1;
    }

    pub(crate) fn stamp(&self) -> Stamp {
        self.state.read().stamp
    }

    /// Takes entries in that the store yielded; one that is older than its row changes nothing.
    pub(crate) fn absorb(&self, entries: &[StoredEntry]) {
        let newer: Vec<_> = {
            let state = self.state.read();
            entries.iter().filter(|entry| state.is_newer(entry)).collect()
        };
        let prepared: Vec<_> = newer.into_iter().map(|entry| self.prepare(entry)).collect();
        let mut state = self.state.write();
        for prepared in prepared {
            state.absorb(prepared, self.shape);
        }
    }

    /// Takes out the row of an entry that is gone.
    pub(crate) fn remove(&self, id: u64) {
        self.state.write().remove(id, self.shape);
    }

    /// Takes out the rows that are due, of one namespace or of all.
    pub(crate) fn remove_due(&self, now: u64, namespace: Option<&str>) {
        self.state.write().remove_due(now, namespace, self.shape);
    }

    /// Takes out the rows of a namespace that had come by a stamp.
    pub(crate) fn remove_namespace(&self, namespace: &str, came_by: Stamp) {
        let mut state = self.state.write();
        let Some(space) = state.spaces.get(namespace) else { return };
        let ids: Vec<u64> = space.rows().map(|row| row.id).collect();
        for id in ids {
            if state.places.get(&id).is_some_and(|place| place.came <= came_by) {
                state.remove(id, self.shape);
            }
        }
    }

    /// Takes out the rows that had come by a stamp and whose ids are not among those given.
    pub(crate) fn retain(&self, came_by: Stamp, ids: &HashSet<u64>) {
        let mut state = self.state.write();
        let gone = state.places.iter().filter(|(id, place)| place.came <= came_by && !ids.contains(*id));
        let gone: Vec<u64> = gone.map(|(&id, _)| id).collect();
        for id in gone {
            state.remove(id, self.shape);
        }
    }

    /// The rows of a namespace whose cosine with a vector of length 1 may reach `threshold`, from the best to the
    /// worst, at most `most`.
    pub(crate) fn search(&self, namespace: &str, unit: Vec<f32>, most: usize, threshold: f32) -> Vec<Found> {
        let segments = match self.state.read().spaces.get(namespace) {
            // A copy of pointers: the search itself keeps nobody waiting.
            Some(space) => space.segments().to_vec(),
            None => return Vec::new(),
        };
        let query = &Packed::new(unit, self.shape.precision);
        Search { query, dimension: self.shape.dimension, most, threshold }.run(&segments, self.threads)
    }

    /// Whether a row of a namespace may be due; where the answer is no, none is.
    pub(crate) fn may_be_due(&self, now: u64, namespace: &str) -> bool {
        self.state.read().spaces.get(namespace).is_some_and(|space| space.may_be_due(now))
    }

    /// How many entries are in.
    pub(crate) fn len(&self) -> usize {
        self.state.read().places.len()
    }

    /// The id and time of the entry that was made first.
    pub(crate) fn oldest(&self) -> Option<(u64, u64)> {
        let state = self.state.read();
        let rows = state.spaces.values().flat_map(Space::rows);
        rows.map(|row| (row.created_at, row.id)).min().map(|(created_at, id)| (id, created_at))
    }

    /// How many bytes of memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let state = self.state.read();
        let place = size_of::<(u64, Place)>() + 1;
        state
            .spaces
            .iter()
            .map(|(name, space)| name.len() + size_of::<Space>() + space.bytes())
            .sum::<usize>()
            + place * state.places.capacity()
    }

    fn prepare(&self, entry: &StoredEntry) -> Prepared {
        let unit = vector::unit(&entry.embedding).ok().filter(|unit| unit.len() == self.shape.dimension);
        let due = entry.expires_at().unwrap_or(u64::MAX);
        Prepared {
            namespace: entry.namespace.as_str().into(),
            version: entry.version,
            row: Row { id: entry.id, created_at: entry.created_at, due },
            packed: unit.map(|unit| Packed::new(unit, self.shape.precision)),
        }
    }
}

impl State {
    fn is_newer(&self, entry: &StoredEntry) -> bool {
        self.places.get(&entry.id).is_none_or(|place| place.version < entry.version)
    }

    fn absorb(&mut self, prepared: Prepared, shape: Shape) {
        let Prepared { namespace, version, row, packed } = prepared;
        self.stamp.0 += 1;
        let old = match self.places.get_mut(&row.id) {
            Some(place) if place.version >= version => return,
            Some(place) if place.position.is_some() && packed.is_some() => {
                (place.version, place.came) = (version, self.stamp);
                place.position
            }
            Some(_) => {
                self.remove(row.id, shape);
                None
            }
            None => None,
        };
        if let (Some(position), Some(packed), Some(space)) = (old, &packed, self.spaces.get_mut(&namespace)) {
            space.replace(position, row, packed, shape);
            return;
        }
        let namespace = match self.spaces.get_key_value(&namespace) {
            Some((name, _)) => Arc::clone(name),
            None => namespace,
        };
        let position = packed
            .map(|packed| self.spaces.entry(Arc::clone(&namespace)).or_default().push(row, &packed, shape));
        self.places.insert(row.id, Place { namespace, position, version, came: self.stamp });
    }

    fn remove(&mut self, id: u64, shape: Shape) {
        let Some(Place { namespace, position, .. }) = self.places.remove(&id) else { return };
        let (Some(position), Some(space)) = (position, self.spaces.get_mut(&namespace)) else { return };
        let moved = space.remove(position, shape);
        if space.is_empty() {
            self.spaces.remove(&namespace);
        }
        if let Some(place) = moved.and_then(|row| self.places.get_mut(&row.id)) {
            place.position = Some(position);
        }
        if self.places.len() < self.places.capacity() / 4 {
            self.places.shrink_to(2 * self.places.len());
        }
    }

    fn remove_due(&mut self, now: u64, namespace: Option<&str>, shape: Shape) {
        let names: Vec<Arc<str>> = if let Some(name) = namespace {
            self.spaces.get_key_value(name).map(|(name, _)| Arc::clone(name)).into_iter().collect()
        } else {
            let may_be_due = self.spaces.iter().filter(|(_, space)| space.may_be_due(now));
            may_be_due.map(|(name, _)| Arc::clone(name)).collect()
        };
        for name in names {
            let Some(space) = self.spaces.get(&name).filter(|space| space.may_be_due(now)) else { continue };
            let due: Vec<u64> = space.rows().filter(|row| row.due <= now).map(|row| row.id).collect();
            for id in due {
                self.remove(id, shape);
            }
            if let Some(space) = self.spaces.get_mut(&name) {
                space.renew_due();
            }
        }
    }
}
