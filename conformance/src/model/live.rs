use super::{Data, Difference, Ended, Held, Mismatch, Phase, reads};
use crate::{operation::Walk, outcome::Outcome};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A walk that is alive: what it must still yield, and what it may.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) walk: Walk,
    pub(crate) handle: usize,
    pub(super) data: usize,
    pub(super) alive: bool,
    /// It has answered its end, or an error.
    ended: bool,
    /// The entries that were stored at the call.
    before: Arc<BTreeMap<u64, Held>>,
    /// Each state that an entry was given since.
    since: BTreeMap<u64, Vec<Held>>,
    /// The entries that were stored at the call, belong to the walk, and have stayed since.
    required: BTreeSet<u64>,
    /// The entries that it has yielded, each with the change that had written it then.
    yielded: BTreeMap<u64, u64>,
    last: Option<u64>,
}

impl Live {
    pub(super) fn begin(walk: Walk, handle: usize, at: usize, data: &Data) -> Self {
        let wanted = data.entries.iter().filter(|(id, held)| reads::is_wanted(data, walk, **id, held));
        Self {
            walk,
            handle,
            data: at,
            alive: true,
            ended: false,
            before: Arc::clone(&data.entries),
            since: BTreeMap::new(),
            required: wanted.map(|(&id, _)| id).collect(),
            yielded: BTreeMap::new(),
            last: None,
        }
    }

    pub(super) fn leave(&mut self) {
        self.alive = false;
    }

    /// Notes what became of entries while the walk was alive.
    pub(super) fn changed(&mut self, data: &Data, ids: &[u64]) {
        for id in ids {
            match data.entries.get(id) {
                Some(held) => self.since.entry(*id).or_default().push(held.clone()),
                None => drop(self.required.remove(id)),
            }
        }
    }

    /// Each state that an entry has had since the call, the oldest first.
    fn states(&self, id: u64) -> impl DoubleEndedIterator<Item = &Held> + Clone {
        self.before.get(&id).into_iter().chain(self.since.get(&id).into_iter().flatten())
    }

    /// Judges one item.
    pub(super) fn next(&mut self, data: &mut Data, phase: Phase, outcome: &Outcome) -> Result<(), Mismatch> {
        match outcome {
            Outcome::Entry(Some(_)) | Outcome::Failed(_) if self.ended => {
                Err(Mismatch::new(Difference::Ending(Ended::Resumed), "nothing after the end"))
            }
            Outcome::Failed(_) => {
                self.ended = true;
                if phase == Phase::Open {
                    return Err(Mismatch::new(Difference::Ending(Ended::Failed), "no error"));
                }
                Ok(())
            }
            Outcome::Entry(None) if self.ended => Ok(()),
            Outcome::Entry(None) => {
                self.ended = true;
                match self.required.iter().find(|id| !self.yielded.contains_key(id)) {
                    None => Ok(()),
                    Some(id) if phase == Phase::Open => {
                        Err(Mismatch::new(Difference::Missing(*id), format!("id {id} among them")))
                    }
                    Some(id) => {
                        let expected = format!("id {id}, or an error");
                        Err(Mismatch::new(Difference::Ending(Ended::Silently), expected))
                    }
                }
            }
            Outcome::Entry(Some(found)) => {
                let states = self.states(found.id);
                let Some(latest) = states.clone().next_back() else {
                    let expected = "only entries that were stored since the call";
                    return Err(Mismatch::new(Difference::Extra(found.id, Some(found.clone())), expected));
                };
                let fits = |held: &&Held| {
                    let (low, high) = data.versions.bounds(held.event);
                    held.entry == found.entry && (low..=high).contains(&found.version)
                };
                // Of several states that fit, equal but for versions that nobody has seen, the oldest is taken: it leaves
                // the most places for what follows.
                let mut fitting = states.filter(fits);
                let Some(held) = fitting.next().cloned() else {
                    let difference = Difference::Altered(found.id, Box::new(found.clone()), None);
                    let expected = format!(
                        "a state that id {} had since the call, such as {:?}",
                        found.id, latest.entry.response
                    );
                    return Err(Mismatch::new(difference, expected));
                };
                let is_the_only_one = fitting.next().is_none();
                drop(fitting);
                if is_the_only_one {
                    data.shown(found.id, &held, found)?;
                }
                reads::cursor(self.walk, found)?;
                let place = reads::place(self.walk, found, &held);
                let again = match self.walk {
                    // An entry that is upserted meanwhile may come again, with its new version.
                    Walk::Changed(_) => self.yielded.get(&found.id) == Some(&held.event),
                    Walk::All | Walk::Since(_) => self.yielded.contains_key(&found.id),
                };
                if again {
                    return Err(Mismatch::new(Difference::Twice(found.id), format!("id {} once", found.id)));
                }
                if self.last.is_some_and(|last| last > place) {
                    return Err(Mismatch::new(Difference::Misplaced, reads::order(self.walk)));
                }
                self.last = Some(place);
                self.yielded.insert(found.id, held.event);
                Ok(())
            }
            _ => Err(Mismatch::shape()),
        }
    }
}
