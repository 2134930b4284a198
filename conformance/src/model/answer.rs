//! What each operation of an open handle may answer, and what it does to the data.

use super::{Data, Difference, Mismatch, reads};
use crate::{
    operation::{Op, Text},
    outcome::Outcome,
};
use std::sync::Arc;

impl Data {
    /// Judges an answer that is no error, and does what the operation does. Answers the ids of the entries that were
    /// written or removed.
    ///
    /// # Errors
    ///
    /// How the answer differs from what the contract asks. The data are then as they were.
    pub(crate) fn answer(&mut self, op: &Op, outcome: &Outcome) -> Result<Vec<u64>, Mismatch> {
        match op {
            Op::Open(_) | Op::Close => unreachable!("they change the handle, and not the data"),
            Op::GetByHash(namespace, hash) => reads::by_hash(self, namespace, hash, outcome)?,
            Op::GetById(id) => reads::by_id(self, *id, outcome)?,
            Op::Count(namespace) => {
                let count = self.count(namespace.as_deref());
                reads::number(count, outcome, Difference::Count)?;
            }
            Op::ListNamespaces => reads::names(self, outcome)?,
            Op::IterLruIds(limit, namespace) => reads::lru(self, *limit, namespace.as_deref(), outcome)?,
            Op::Walk(walk) => reads::walk(self, *walk, outcome)?,
            Op::Insert(entry) => {
                let Outcome::Id(id) = outcome else { return Err(Mismatch::shape()) };
                self.insert(entry, *id)?;
                return Ok(vec![*id]);
            }
            Op::UpdateAccess(id, now) => {
                let Outcome::Done = outcome else { return Err(Mismatch::shape()) };
                self.access(*id, *now);
                return Ok(vec![*id]);
            }
            Op::DeleteById(id) => {
                reads::flag(self.entries.contains_key(id), outcome, Difference::WasThere)?;
                return Ok(self.removed(vec![*id]));
            }
            Op::DeleteExpired(now, namespace) => {
                let due = self.due(*now, namespace.as_deref());
                reads::number(due.len() as u64, outcome, Difference::Removed)?;
                return Ok(self.removed(due));
            }
            Op::ClearNamespace(namespace) => {
                let gone = self.in_namespace(namespace);
                reads::number(gone.len() as u64, outcome, Difference::Removed)?;
                return Ok(self.removed(gone));
            }
            Op::SetNamespaceQuota(namespace, quota) => {
                let Outcome::Done = outcome else { return Err(Mismatch::shape()) };
                Arc::make_mut(&mut self.quotas).insert(Text::clone(namespace), *quota);
            }
            Op::GetNamespaceQuota(namespace) => reads::quota(self, namespace, outcome)?,
            Op::VersionCounter => reads::version(self, outcome)?,
            Op::ReadMeta(key) => reads::meta(self, key, outcome)?,
            Op::WriteMeta(key, value) => {
                let Outcome::Done = outcome else { return Err(Mismatch::shape()) };
                Arc::make_mut(&mut self.meta).insert(Text::clone(key), Text::clone(value));
            }
            Op::IntegrityCheck => reads::flag(true, outcome, Difference::Unsound)?,
            // Where a store cannot copy itself, every snapshot is due an error.
            Op::SnapshotTo(_) => {
                let Outcome::Done = outcome else { return Err(Mismatch::shape()) };
            }
        }
        Ok(Vec::new())
    }

    fn removed(&mut self, ids: Vec<u64>) -> Vec<u64> {
        self.remove(&ids);
        ids
    }
}
