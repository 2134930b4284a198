//! The operations as a scenario writes them: plain arguments, and the answer that the model has judged right.

use super::{Check, Finding, Probe};
use crate::{
    contract::clause,
    operation::{Op, Step, Text, Walk},
    outcome::Outcome,
    sample,
    trace::Row,
};
use mneme::{Entry, Identity, StoredEntry};
use std::collections::BTreeSet;

/// How many ids, and keys, that are stored no more a look asks for.
const DEAD: usize = 4;

/// The limit under which a look asks for all ids, of fewer entries than that.
const ALL: usize = 500;

macro_rules! answer {
    ($probe:expr, $op:expr, $pattern:pat => $value:expr) => {
        match $probe.call($op)? {
            $pattern => Ok($value),
            other => $probe.misread(&other),
        }
    };
}

impl Probe {
    /// Ends a scenario that takes an answer, which is right, for one of another kind.
    fn misread(&self, answer: &Outcome) -> ! {
        let rows = self.record.rows();
        let step = rows.last().map_or("nothing".to_owned(), |row| row.step.to_string());
        panic!("the scenario of {} expects another answer of {step} than {answer}", self.name)
    }

    /// Makes a handle on a fresh site and opens it.
    pub(crate) fn start(&mut self) -> Check<usize> {
        let handle = self.make()?;
        self.open(&sample::identity())?;
        Ok(handle)
    }

    /// Closes and drops the current handle, and opens another on its site.
    pub(crate) fn reopen(&mut self) -> Check<usize> {
        self.close()?;
        self.drop_handle()?;
        let handle = self.make_again()?;
        self.open(&sample::identity())?;
        Ok(handle)
    }

    /// Looks at everything on the next handle, where the data outlive this one: what was written may be more than what
    /// this one told of.
    pub(crate) fn look_after_reopening(&mut self) -> Check {
        if self.is_durable() {
            self.reopen()?;
            self.look_everywhere()?;
        }
        Ok(())
    }

    /// Makes a call that must be refused.
    pub(crate) fn refused(&mut self, op: Op) -> Check {
        answer!(self, op, Outcome::Failed(_) => ())
    }

    pub(crate) fn open(&mut self, identity: &Identity) -> Check {
        answer!(self, Op::Open(identity.clone()), Outcome::Done => ())
    }

    pub(crate) fn close(&mut self) -> Check {
        answer!(self, Op::Close, Outcome::Done => ())
    }

    pub(crate) fn insert(&mut self, entry: Entry) -> Check<u64> {
        answer!(self, Op::Insert(entry), Outcome::Id(id) => id)
    }

    pub(crate) fn get_by_hash(&mut self, namespace: &str, hash: &str) -> Check<Option<StoredEntry>> {
        answer!(self, Op::GetByHash(namespace.into(), hash.into()), Outcome::Entry(entry) => entry)
    }

    pub(crate) fn get_by_id(&mut self, id: u64) -> Check<Option<StoredEntry>> {
        answer!(self, Op::GetById(id), Outcome::Entry(entry) => entry)
    }

    pub(crate) fn count(&mut self, namespace: Option<&str>) -> Check<u64> {
        answer!(self, Op::Count(namespace.map(Into::into)), Outcome::Number(number) => number)
    }

    pub(crate) fn list_namespaces(&mut self) -> Check<Vec<String>> {
        answer!(self, Op::ListNamespaces, Outcome::Names(names) => names)
    }

    pub(crate) fn iter_lru_ids(&mut self, limit: usize, namespace: Option<&str>) -> Check<Vec<u64>> {
        answer!(self, Op::IterLruIds(limit, namespace.map(Into::into)), Outcome::Ids(ids) => ids)
    }

    pub(crate) fn iter_all(&mut self) -> Check<Vec<StoredEntry>> {
        answer!(self, Op::Walk(Walk::All), Outcome::Entries(entries, _) => entries)
    }

    pub(crate) fn iter_since(&mut self, id: u64) -> Check<Vec<StoredEntry>> {
        answer!(self, Op::Walk(Walk::Since(id)), Outcome::Entries(entries, _) => entries)
    }

    pub(crate) fn iter_changed(&mut self, version: u64) -> Check<Vec<StoredEntry>> {
        answer!(self, Op::Walk(Walk::Changed(version)), Outcome::Entries(entries, _) => entries)
    }

    pub(crate) fn update_access(&mut self, id: u64, now: u64) -> Check {
        answer!(self, Op::UpdateAccess(id, now), Outcome::Done => ())
    }

    pub(crate) fn delete_by_id(&mut self, id: u64) -> Check<bool> {
        answer!(self, Op::DeleteById(id), Outcome::Flag(there) => there)
    }

    pub(crate) fn delete_expired(&mut self, now: u64, namespace: Option<&str>) -> Check<u64> {
        answer!(self, Op::DeleteExpired(now, namespace.map(Into::into)), Outcome::Number(number) => number)
    }

    pub(crate) fn clear_namespace(&mut self, namespace: &str) -> Check<u64> {
        answer!(self, Op::ClearNamespace(namespace.into()), Outcome::Number(number) => number)
    }

    pub(crate) fn set_namespace_quota(&mut self, namespace: &str, quota: u64) -> Check {
        answer!(self, Op::SetNamespaceQuota(namespace.into(), quota), Outcome::Done => ())
    }

    pub(crate) fn get_namespace_quota(&mut self, namespace: &str) -> Check<Option<u64>> {
        answer!(self, Op::GetNamespaceQuota(namespace.into()), Outcome::Quota(quota) => quota)
    }

    pub(crate) fn version_counter(&mut self) -> Check<u64> {
        answer!(self, Op::VersionCounter, Outcome::Number(number) => number)
    }

    pub(crate) fn read_meta(&mut self, key: &str) -> Check<Option<String>> {
        answer!(self, Op::ReadMeta(key.into()), Outcome::Value(value) => value)
    }

    pub(crate) fn write_meta(&mut self, key: &str, value: &str) -> Check {
        answer!(self, Op::WriteMeta(key.into(), value.into()), Outcome::Done => ())
    }

    pub(crate) fn integrity_check(&mut self) -> Check<bool> {
        answer!(self, Op::IntegrityCheck, Outcome::Flag(sound) => sound)
    }

    /// Reads everything that the current handle's data hold, by every way: each entry by id and by hash, every walk,
    /// counts, namespaces, LRU order, quotas, meta keys and the version counter; of a store with a past, what was removed last too.
    ///
    /// The record has one row of it: that everything was right, or the read that was not. Where reads are shown it has each of them.
    pub(crate) fn look_everywhere(&mut self) -> Check {
        self.look_everywhere_and(|_| Ok(()))
    }

    /// As [`look_everywhere`](Self::look_everywhere), with more to look at afterwards.
    pub(crate) fn look_everywhere_and(&mut self, more: impl FnOnce(&mut Self) -> Check) -> Check {
        let before = self.record.rows().len();
        let looked = self.read_everything().and_then(|()| more(self));
        if self.openly {
            return looked;
        }
        let mut rows = self.record.rows();
        match looked {
            Ok(()) => {
                rows.truncate(before);
                let (handle, site) = (self.current, self.model.handle(self.current).site);
                rows.push(Row {
                    handle,
                    site,
                    fresh_thread: false,
                    step: Step::Look,
                    outcome: Some(Outcome::Done),
                });
            }
            // Where reads are the fault, they are what is to be seen.
            Err(_) if self.reads_are_at_fault() => {}
            // The counter, which is read first, is what a version is held against.
            Err(_) if self.is_about_versions() && before < self.wrong => {
                drop(rows.drain(before + 1..self.wrong));
            }
            Err(_) => drop(rows.drain(before..self.wrong)),
        }
        drop(rows);
        looked
    }

    fn reads_are_at_fault(&self) -> bool {
        matches!(&*self.found(), Some(Finding::Violated { clauses, .. })
            if clauses.first() == Some(&&clause::lookup::reading_changes_nothing))
    }

    fn is_about_versions(&self) -> bool {
        matches!(&*self.found(), Some(Finding::Violated { clauses, .. })
            if clauses.iter().any(|clause| ["version", "changed"].contains(&clause.area())))
    }

    fn read_everything(&mut self) -> Check {
        let data = self.model.data(self.current);
        let mut entries: Vec<_> = (data.keys.iter())
            .flat_map(|(namespace, keys)| {
                keys.iter().map(move |(hash, id)| (*id, Text::clone(namespace), Text::clone(hash)))
            })
            .collect();
        entries.sort_unstable_by_key(|(id, ..)| *id);
        let namespaces: Vec<_> = data.keys.keys().cloned().collect();
        let quotas: Vec<_> = data.quotas.keys().cloned().collect();
        let keys: Vec<_> = data.meta.keys().cloned().collect();
        let dead: Vec<u64> = data.dead().take(DEAD).collect();
        // What is kept of a key or of a namespace shows when it is asked for again. A store that is wrong about all that is not
        // there would be in the way of every clause, so this is asked of stores with a past.
        let removed: Vec<_> = data.dead_keys().take(if self.further { DEAD } else { 0 }).collect();
        let left: BTreeSet<_> = (removed.iter().map(|(namespace, _)| Text::clone(namespace)))
            .filter(|namespace| !data.keys.contains_key(namespace))
            .collect();
        // Limits that a conversion stumbles over are for the clause about limits. The same each time: what is kept under a
        // limit and not forgotten shows.
        let all = (entries.len() / ALL + 1) * ALL;
        let middle = entries.get(entries.len() / 2).map_or(0, |(id, ..)| *id);
        // First and last: where the reads between change it, they are to blame, and not what is done afterwards.
        self.call(Op::VersionCounter)?;
        for id in dead {
            self.call(Op::GetById(id))?;
        }
        for (namespace, hash) in removed {
            self.call(Op::GetByHash(namespace, hash))?;
        }
        for (id, namespace, hash) in entries {
            self.call(Op::GetById(id))?;
            self.call(Op::GetByHash(namespace, hash))?;
        }
        for walk in [Walk::All, Walk::Since(middle), Walk::Changed(0)] {
            self.call(Op::Walk(walk))?;
        }
        self.call(Op::Count(None))?;
        self.call(Op::ListNamespaces)?;
        self.call(Op::IterLruIds(all, None))?;
        self.call(Op::IterLruIds(2, None))?;
        for namespace in namespaces.into_iter().chain(left) {
            self.call(Op::Count(Some(Text::clone(&namespace))))?;
            self.call(Op::IterLruIds(all, Some(Text::clone(&namespace))))?;
            if self.further {
                self.call(Op::IterLruIds(2, Some(namespace)))?;
            }
        }
        for namespace in quotas {
            self.call(Op::GetNamespaceQuota(namespace))?;
        }
        for key in keys.into_iter().chain(crate::model::STAMPS.map(Into::into)) {
            self.call(Op::ReadMeta(key))?;
        }
        self.call(Op::VersionCounter).map(drop)
    }
}
