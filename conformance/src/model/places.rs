//! What is where outside of the data: snapshots, and what the harness put in their way.

use super::{Data, Judgement, Mismatch, Model, due, due::Due};
use crate::{
    operation::{Tampering, Thing},
    outcome::Outcome,
};
use mneme::ErrorKind;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What is known to be at each path.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(BTreeMap<PathBuf, Place>);

#[derive(Clone, Debug)]
enum Place {
    /// A snapshot, and the data that it holds.
    Snapshot(Box<Data>),
    /// Something else.
    Foreign,
    /// Not even a directory.
    Nothing,
}

impl Places {
    pub(super) fn put(&mut self, path: &Path, thing: &Thing) {
        let place = if *thing == Thing::Nothing { Place::Nothing } else { Place::Foreign };
        self.0.insert(path.to_owned(), place);
    }

    pub(super) fn snapshot(&mut self, path: &Path, data: Data) {
        self.0.insert(path.to_owned(), Place::Snapshot(Box::new(data)));
    }

    /// The data of the snapshot at a path, if one is there.
    pub(super) fn data(&self, path: &Path) -> Option<&Data> {
        match self.0.get(path) {
            Some(Place::Snapshot(data)) => Some(data),
            _ => None,
        }
    }

    /// Whether no snapshot can be taken to a path: something is there, or there is no directory for it.
    pub(super) fn refuses(&self, path: &Path) -> bool {
        let there = matches!(self.0.get(path), Some(Place::Snapshot(_) | Place::Foreign));
        // What is known of a directory above is that it is none.
        there || path.parent().is_none() || path.ancestors().skip(1).any(|above| self.0.contains_key(above))
    }
}

impl Model {
    /// Judges a restore to a site, which makes its data.
    pub(super) fn restore(&mut self, site: usize, from: &Path, outcome: &Outcome) -> Judgement {
        let data = match self.places.data(from) {
            Some(data) if !self.is_destination_taken(site) => data.clone(),
            _ => return due::judge(&Due::Kind(ErrorKind::Checkpoint), outcome),
        };
        match outcome {
            Outcome::Done => {
                self.restored.insert(site, data);
                Ok(())
            }
            Outcome::Failed(_) => Err(Mismatch::undue()),
            _ => Err(Mismatch::shape()),
        }
    }

    /// Whether a snapshot is at a path.
    pub(crate) fn is_snapshot(&self, path: &Path) -> bool {
        self.places.data(path).is_some()
    }

    /// Whether something is where a restore to the site would make its data.
    pub(crate) fn is_destination_taken(&self, site: usize) -> bool {
        self.restored.contains_key(&site)
            || self.handles.iter().any(|handle| handle.site == site)
            || matches!(
                self.tampered.get(&site),
                Some((Tampering::Foreign | Tampering::Block | Tampering::Newer, _))
            )
    }
}
