//! A handle in a child, as a store: each call is made there, and its outcome comes back.

use super::{
    process::{Heard, Process},
    protocol::Command,
};
use crate::{
    operation::{Op, Walk},
    outcome::{Ending, Outcome},
    random::Ref,
    subject::{BoxError, Site},
};
use mneme::{Entries, Entry, Error, Identity, Result, Store, StoredEntry};
use std::{
    panic::resume_unwind,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// A handle that a child process has.
pub(crate) struct Remote {
    process: Arc<Process>,
    handle: usize,
    /// One call at a time, as the answers come in one line.
    calling: Mutex<()>,
}

/// More items than any walk has that a check takes through a child.
const MOST: usize = 200_000;

impl Remote {
    /// Lets the factory make a handle in a child, under a number.
    ///
    /// # Errors
    ///
    /// The factory's error, as text where it is none of `mneme`'s.
    pub(crate) fn make(
        process: &Arc<Process>,
        handle: usize,
        site: &Site,
    ) -> std::result::Result<Self, BoxError> {
        let remote = Self::of(process, handle);
        match remote.order(Command::Make { handle, site: site.lend() }) {
            Outcome::Done => Ok(remote),
            Outcome::NotMade(why) => Err(why.into()),
            Outcome::Failed(error) => Err(Box::new(owned(error))),
            panicked => resume_unwind(Box::new(panicked)),
        }
    }

    /// The handle that a child has under a number.
    pub(crate) fn of(process: &Arc<Process>, handle: usize) -> Self {
        Self { process: Arc::clone(process), handle, calling: Mutex::default() }
    }

    fn order(&self, command: Command) -> Outcome {
        let _one = self.calling.lock().unwrap_or_else(PoisonError::into_inner);
        match self.process.ask(command) {
            Ok(outcome) => outcome,
            // A store that ends the process it is in does worse than panic.
            Err(Heard::Gone) => Outcome::Panicked { message: Some(self.process.ending()), location: None },
            Err(Heard::Nonsense(reason)) => self.nonsense(reason),
            Err(other) => self.nonsense(format!("the child process says {other:?} out of turn")),
        }
    }

    /// Leaves the call of a child that talks nonsense: it says nothing about the store, and the process knows.
    fn nonsense(&self, reason: String) -> ! {
        self.process.note_nonsense(reason.clone());
        resume_unwind(Box::new(Outcome::Panicked { message: Some(reason), location: None }))
    }

    fn unlike(&self, outcome: &Outcome) -> ! {
        self.nonsense(format!("the child process answered {outcome}"))
    }

    fn ask(&self, op: &Op) -> Result<Outcome> {
        let op = op.map_ids(|id| Ref::Exactly(*id));
        match self.order(Command::Call { handle: self.handle, op, most: MOST }) {
            Outcome::Failed(error) => Err(owned(error)),
            panicked @ Outcome::Panicked { .. } => resume_unwind(Box::new(panicked)),
            outcome => Ok(outcome),
        }
    }

    fn walk(&self, walk: Walk) -> Result<Entries<'_>> {
        match self.ask(&Op::Walk(walk))? {
            Outcome::Entries(entries, ending) => Ok(Box::new(Taken { entries, at: 0, ending: Some(ending) })),
            other => self.unlike(&other),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let outcome = match self.process.ask(Command::Drop { handle: self.handle }) {
            // A child that was killed has dropped nothing, and need not.
            Err(Heard::Gone) if !self.process.was_killed() => {
                Outcome::Panicked { message: Some(self.process.ending()), location: None }
            }
            Ok(outcome) => outcome,
            Err(_) => return,
        };
        if matches!(outcome, Outcome::Panicked { .. }) && !std::thread::panicking() {
            resume_unwind(Box::new(outcome));
        }
    }
}

/// A walk that was taken in the child.
struct Taken {
    entries: Vec<StoredEntry>,
    at: usize,
    ending: Option<Ending>,
}

impl Iterator for Taken {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.entries.get(self.at) {
            self.at += 1;
            return Some(Ok(entry.clone()));
        }
        match self.ending.take()? {
            Ending::Ended => None,
            Ending::Failed(error) => Some(Err(owned(error))),
            Ending::Resumed => {
                self.at = self.entries.len().saturating_sub(1);
                None
            }
            Ending::Endless => {
                self.ending = Some(Ending::Endless);
                self.entries.last().cloned().map(Ok)
            }
        }
    }
}

fn owned(error: Arc<Error>) -> Error {
    Arc::try_unwrap(error).unwrap_or_else(|error| Error::backend("ask the child", error.to_string()))
}

macro_rules! answer {
    ($remote:expr, $op:expr, $pattern:pat => $value:expr) => {
        match $remote.ask(&$op)? {
            $pattern => Ok($value),
            other => $remote.unlike(&other),
        }
    };
}

fn scope(namespace: Option<&str>) -> Option<Arc<str>> {
    namespace.map(Into::into)
}

#[deny(clippy::missing_trait_methods, reason = "each call is made in the child")]
impl Store for Remote {
    fn open(&self, identity: &Identity) -> Result<()> {
        answer!(self, Op::Open(identity.clone()), Outcome::Done => ())
    }
    fn close(&self) -> Result<()> {
        answer!(self, Op::Close, Outcome::Done => ())
    }
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>> {
        answer!(self, Op::GetByHash(namespace.into(), query_hash.into()), Outcome::Entry(entry) => entry)
    }
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>> {
        answer!(self, Op::GetById(id), Outcome::Entry(entry) => entry)
    }
    fn count(&self, namespace: Option<&str>) -> Result<u64> {
        answer!(self, Op::Count(scope(namespace)), Outcome::Number(number) => number)
    }
    fn list_namespaces(&self) -> Result<Vec<String>> {
        answer!(self, Op::ListNamespaces, Outcome::Names(names) => names)
    }
    fn iter_all(&self) -> Result<Entries<'_>> {
        self.walk(Walk::All)
    }
    fn iter_since(&self, id: u64) -> Result<Entries<'_>> {
        self.walk(Walk::Since(id))
    }
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>> {
        self.walk(Walk::Changed(version))
    }
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        answer!(self, Op::IterLruIds(limit, scope(namespace)), Outcome::Ids(ids) => ids)
    }
    fn insert(&self, entry: Entry) -> Result<u64> {
        answer!(self, Op::Insert(entry), Outcome::Id(id) => id)
    }
    fn update_access(&self, id: u64, now: u64) -> Result<()> {
        answer!(self, Op::UpdateAccess(id, now), Outcome::Done => ())
    }
    fn delete_by_id(&self, id: u64) -> Result<bool> {
        answer!(self, Op::DeleteById(id), Outcome::Flag(there) => there)
    }
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64> {
        answer!(self, Op::DeleteExpired(now, scope(namespace)), Outcome::Number(number) => number)
    }
    fn clear_namespace(&self, namespace: &str) -> Result<u64> {
        answer!(self, Op::ClearNamespace(namespace.into()), Outcome::Number(number) => number)
    }
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()> {
        answer!(self, Op::SetNamespaceQuota(namespace.into(), quota), Outcome::Done => ())
    }
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>> {
        answer!(self, Op::GetNamespaceQuota(namespace.into()), Outcome::Quota(quota) => quota)
    }
    fn version_counter(&self) -> Result<u64> {
        answer!(self, Op::VersionCounter, Outcome::Number(number) => number)
    }
    fn read_meta(&self, key: &str) -> Result<Option<String>> {
        answer!(self, Op::ReadMeta(key.into()), Outcome::Value(value) => value)
    }
    fn write_meta(&self, key: &str, value: &str) -> Result<()> {
        answer!(self, Op::WriteMeta(key.into(), value.into()), Outcome::Done => ())
    }
    fn integrity_check(&self) -> Result<bool> {
        answer!(self, Op::IntegrityCheck, Outcome::Flag(sound) => sound)
    }
    fn snapshot_to(&self, path: &Path) -> Result<()> {
        answer!(self, Op::SnapshotTo(path.to_owned()), Outcome::Done => ())
    }
}
