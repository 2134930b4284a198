//! The contract as code: a sequential, naive store of a few maps that *judges*.
//!
//! It does not predict. Given a step and the outcome that was seen, it moves on, or says how the outcome differs from
//! what the contract asks. So a store may choose what the contract leaves free (gaps between ids, the step of the
//! version counter) and is still judged exactly.

mod answer;
mod data;
mod due;
mod live;
mod mismatch;
mod places;
mod reads;
mod right;
mod tampered;
mod versions;

pub(crate) use self::{
    data::{Data, Held},
    due::{STAMPS, may_be_refused},
    mismatch::{Difference, Ended, Manner, Mismatch},
    right::Right,
};

use self::{due::Due, live::Live, places::Places, tampered::Noticed};
use crate::{
    operation::{Op, Step, Tampering},
    outcome::Outcome,
    subject::Claims,
};
use mneme::{ErrorKind, limits::MAX_NUMBER};
use std::collections::BTreeMap;

/// The reference meaning of a subject: the data of each site, and the phase of each handle.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    claims: Claims,
    data: Vec<Data>,
    handles: Vec<Handle>,
    walks: Vec<Live>,
    places: Places,
    /// What was restored to a site that no handle was made on since.
    restored: BTreeMap<usize, Data>,
    tampered: BTreeMap<usize, (Tampering, Noticed)>,
}

/// A handle, as far as the contract knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle {
    /// The site it was made on.
    pub(crate) site: usize,
    /// Its data, an index into the model's.
    pub(crate) data: usize,
    /// Where it is in its life.
    pub(crate) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Made, and never opened with success.
    Unopened,
    Open,
    Closed,
    Dropped,
}

impl Handle {
    fn is_in_use(&self) -> bool {
        matches!(self.phase, Phase::Unopened | Phase::Open)
    }
}

type Judgement = Result<(), Mismatch>;

impl Model {
    pub(crate) fn new(claims: Claims) -> Self {
        Self {
            claims,
            data: Vec::new(),
            handles: Vec::new(),
            walks: Vec::new(),
            places: Places::default(),
            restored: BTreeMap::new(),
            tampered: BTreeMap::new(),
        }
    }

    /// Judges what a step on a handle brought, and moves on where it is right.
    ///
    /// `site` is the handle's, but for [`Step::Make`], [`Step::Restore`] and [`Step::Tamper`], which are about a site:
    /// the handle that the first makes is numbered by the caller, from 0 up.
    pub(crate) fn step(&mut self, handle: usize, site: usize, step: &Step, outcome: &Outcome) -> Judgement {
        if let Step::Make = step {
            return self.make(handle, site, outcome);
        }
        if let Outcome::Panicked { .. } = outcome {
            if self.tampering(site).is_some() {
                return Err(Mismatch::new(Difference::Panic(None), tampered::instead_of_a_panic(step)));
            }
            let due = match step {
                Step::Call(op) => self.due(handle, op).as_ref().map(Due::kind),
                _ => None,
            };
            let expected = due.map_or("an answer, or an error".to_owned(), due::expected);
            return Err(Mismatch::new(Difference::Panic(due), expected));
        }
        match step {
            Step::Make => unreachable!("it is judged above"),
            Step::Call(op) => self.call(handle, op, outcome),
            Step::Begin(number, walk) => {
                debug_assert_eq!(*number, self.walks.len(), "walks are numbered from 0 up");
                match self.due(handle, &Op::Walk(*walk)) {
                    None if matches!(outcome, Outcome::Done) => {
                        let data = self.handles[handle].data;
                        self.walks.push(Live::begin(*walk, handle, data, &self.data[data]));
                        Ok(())
                    }
                    due => due.map_or(Ok(()), |due| due::judge(&due, outcome)).and(Err(Mismatch::undue())),
                }
            }
            Step::Next(number) => {
                let Self { walks, data, handles, .. } = self;
                let walk = &mut walks[*number];
                walk.next(&mut data[walk.data], handles[walk.handle].phase, outcome)
            }
            Step::Leave(number) | Step::Unwind(number) => {
                self.walks[*number].leave();
                Ok(())
            }
            Step::Recall(copy) => reads::recall(copy, outcome),
            Step::Exists(_) | Step::Altered(_) => reads::flag(false, outcome, Difference::Left),
            Step::Look | Step::Meanwhile | Step::AtOnce | Step::Tamper(Tampering::Unsynced, _) => Ok(()),
            Step::Put(path, thing) => {
                self.places.put(path, thing);
                Ok(())
            }
            Step::Restore(path) => self.restore(site, path, outcome),
            Step::Tamper(how, _) => {
                self.tampered.insert(site, (*how, Noticed::NotYet));
                Ok(())
            }
            Step::Drop | Step::Kill => {
                self.handles[handle].phase = Phase::Dropped;
                Ok(())
            }
        }
    }

    pub(crate) fn claims(&self) -> Claims {
        self.claims
    }

    /// Moves on as if an operation had happened, of which nobody saw the outcome: the handle that called it is gone.
    ///
    /// # Errors
    ///
    /// The mismatch, where it cannot have happened with this outcome.
    pub(crate) fn happened(&mut self, handle: usize, op: &Op, outcome: &Outcome) -> Result<(), Mismatch> {
        let phase = self.handles[handle].phase;
        let result = self.answered(handle, op, outcome);
        self.handles[handle].phase = phase;
        result
    }

    /// The outcome that an operation has if it happens now; of an insert of a new entry it is not known.
    pub(crate) fn outcome_of(&self, handle: usize, op: &Op) -> Option<Outcome> {
        let data = self.data(handle);
        Some(match op {
            Op::Insert(entry) => Outcome::Id(data.id_of(&entry.namespace, &entry.query_hash)?),
            Op::DeleteById(id) => Outcome::Flag(data.entries.contains_key(id)),
            Op::DeleteExpired(now, scope) => Outcome::Number(data.due(*now, scope.as_deref()).len() as u64),
            Op::ClearNamespace(namespace) => Outcome::Number(data.count(Some(namespace))),
            _ => Outcome::Done,
        })
    }

    /// The data behind a handle.
    pub(crate) fn data(&self, handle: usize) -> &Data {
        &self.data[self.handles[handle].data]
    }

    /// Takes over what was seen of the version counter once calls were over that are still to be judged.
    pub(crate) fn foresee(&mut self, handle: usize, later: &Data) {
        let data = self.handles[handle].data;
        self.data[data].versions.foresee(&later.versions);
    }

    /// Where a handle is in its life; none where it was never made.
    pub(crate) fn phase(&self, handle: usize) -> Option<Phase> {
        self.handles.get(handle).map(|handle| handle.phase)
    }

    /// A handle's life so far.
    pub(crate) fn handle(&self, handle: usize) -> Handle {
        self.handles[handle]
    }

    /// Whether another handle has the same data open.
    pub(crate) fn is_open_besides(&self, handle: usize) -> bool {
        let data = self.handles.get(handle).map(|handle| handle.data);
        self.handles
            .iter()
            .enumerate()
            .any(|(other, there)| other != handle && Some(there.data) == data && there.phase == Phase::Open)
    }

    /// A live walk by its number.
    pub(crate) fn walk(&self, number: usize) -> &Live {
        &self.walks[number]
    }

    /// More items than any right walk of the handle's data yields.
    pub(crate) fn most_items(&self, handle: usize) -> usize {
        self.handles.get(handle).map_or(0, |handle| self.data[handle.data].entries.len() + 3)
    }

    fn make(&mut self, handle: usize, site: usize, outcome: &Outcome) -> Judgement {
        debug_assert_eq!(handle, self.handles.len(), "handles are numbered from 0 up");
        let before = self.handles.iter().rev().find(|before| before.site == site).copied();
        let restored = self.restored.remove(&site);
        let was_restored = restored.is_some();
        let data = match before {
            Some(before) if self.claims.durable || self.is_in_use(before.data) => before.data,
            _ => {
                self.data.push(restored.unwrap_or_default());
                self.data.len() - 1
            }
        };
        let busy = self.claims.are_exclusive() && self.is_in_use(data);
        let made = matches!(outcome, Outcome::Done);
        // A factory that fails while another site is in use fails because of it: it did not for that one.
        let in_use = self.handles.iter().any(Handle::is_in_use);
        self.handles.push(Handle { site, data, phase: if made { Phase::Unopened } else { Phase::Dropped } });
        match outcome {
            Outcome::Done => Ok(()),
            // What a panic is instead of depends on what was done to the data.
            Outcome::Panicked { .. } if self.tampering(site).is_some() => {
                Err(Mismatch::new(Difference::Panic(None), tampered::instead_of_a_panic(&Step::Make)))
            }
            _ if self.tampering(site).is_some() => self.made_of_tampered(site, outcome),
            // On a site that has data already it is the store that panics or fails; else it may be anything.
            _ if before.is_none() && !was_restored && !in_use => {
                Err(Mismatch::new(Difference::SetUp, "a store"))
            }
            Outcome::Panicked { .. } => Err(Mismatch::new(Difference::Panic(None), "a store, or an error")),
            _ if busy => Ok(()),
            _ => Err(Mismatch::new(Difference::Undue, "a store")),
        }
    }

    /// Whether a handle that may work on the data is there.
    fn is_in_use(&self, data: usize) -> bool {
        self.claims.are_of_the_site()
            && self.handles.iter().any(|handle| handle.data == data && handle.is_in_use())
    }

    fn call(&mut self, handle: usize, op: &Op, outcome: &Outcome) -> Judgement {
        if self.is_damaged(handle) {
            return self.call_on_damaged(handle, op, outcome);
        }
        if self.lacks_room(handle) {
            return self.call_without_room(handle, op, outcome);
        }
        self.call_on_sound(handle, op, outcome)
    }

    fn call_on_sound(&mut self, handle: usize, op: &Op, outcome: &Outcome) -> Judgement {
        let due = self.due(handle, op);
        let refused = matches!(outcome, Outcome::Failed(error) if error.kind() == ErrorKind::InvalidArgument)
            && may_be_refused(op);
        if let Some(due) = due {
            // An argument that a store need not take is looked at before what is stored.
            return if refused && due.comes_after_arguments() { Ok(()) } else { due::judge(&due, outcome) };
        }
        if let Outcome::Failed(_) = outcome {
            if refused && !self.data(handle).holds_what_it_names(op) {
                return Ok(());
            }
            return Err(Mismatch::undue());
        }
        self.answered(handle, op, outcome)
    }

    /// Judges an answer where no error was due and none came.
    fn answered(&mut self, handle: usize, op: &Op, outcome: &Outcome) -> Judgement {
        let at = self.handles[handle].data;
        match op {
            Op::Open(identity) => {
                self.data[at].identity.get_or_insert_with(|| identity.clone());
                self.handles[handle].phase = Phase::Open;
            }
            Op::Close => self.handles[handle].phase = Phase::Closed,
            _ => {
                let changed = self.data[at].answer(op, outcome)?;
                self.changed(at, &changed);
                if let Op::SnapshotTo(path) = op {
                    self.places.snapshot(path, self.data[at].clone());
                }
            }
        }
        Ok(())
    }

    fn changed(&mut self, at: usize, ids: &[u64]) {
        for walk in self.walks.iter_mut().filter(|walk| walk.alive && walk.data == at) {
            walk.changed(&self.data[at], ids);
        }
    }
}

/// Whether a number that a store answered is one at all.
fn in_range(number: u64) -> Result<u64, Mismatch> {
    if number > MAX_NUMBER {
        return Err(Mismatch::new(Difference::Range, "at most 2^53 - 1"));
    }
    Ok(number)
}
