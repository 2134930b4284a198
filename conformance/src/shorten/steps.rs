//! The steps of a trace that can be tried again, and those of them that its last step is about.

use super::LONGEST;
use crate::{
    model::Manner,
    operation::{Op, Step, Walk},
    outcome::Outcome,
    trace::Trace,
};
use std::{collections::BTreeMap, mem};

/// An id as a step names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The one that this row was answered.
    Of(usize),
    /// One that no row was answered.
    Exactly(u64),
}

/// A step that can be tried again.
#[derive(Clone, Debug)]
pub(super) struct Again {
    /// Which row it was.
    pub(super) row: usize,
    pub(super) handle: usize,
    pub(super) fresh_thread: bool,
    pub(super) step: Tried,
}

#[derive(Clone, Debug)]
pub(super) enum Tried {
    Make,
    Call(Op<Named>),
    /// A walk begins; one is alive at a time, and the next three are about it.
    Begin(Walk<Named>),
    Next,
    Leave,
    Unwind,
    Look,
    Drop,
}

impl Again {
    /// Whether everything is read.
    pub(super) fn is_look(&self) -> bool {
        matches!(self.step, Tried::Look)
    }

    /// Whether another step makes the same kind of call.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (&self.step, &other.step) {
            (Tried::Call(one), Tried::Call(other)) => mem::discriminant(one) == mem::discriminant(other),
            _ => false,
        }
    }
}

/// The steps of a trace that can be tried again; none where one of them cannot, or several sites had a part.
pub(super) fn steps(trace: &Trace, manner: Manner) -> Option<Vec<Again>> {
    let rows = trace.rows();
    let last = rows.last()?;
    // A call that never returns would cost the deadline each time.
    if manner == Manner::HANG || trace.race().is_some() || rows.len() > LONGEST {
        return None;
    }
    let mut given: BTreeMap<u64, usize> = BTreeMap::new();
    let (mut steps, mut alive) = (Vec::new(), None);
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.site == last.site) {
        let named = |id: &u64| given.get(id).map_or(Named::Exactly(*id), |row| Named::Of(*row));
        let step = match &row.step {
            Step::Make => Tried::Make,
            Step::Drop => Tried::Drop,
            Step::Look => Tried::Look,
            // Where one is taken it is a copy, and where it is refused nothing: it has mostly no part in what comes after it.
            Step::Call(Op::SnapshotTo(_)) if at + 1 < rows.len() => continue,
            Step::Call(Op::SnapshotTo(_)) => return None,
            Step::Call(op) => Tried::Call(op.map_ids(named)),
            Step::Begin(number, walk) if alive.is_none() => {
                alive = Some(*number);
                Tried::Begin(walk.map_ids(named))
            }
            Step::Next(number) if alive == Some(*number) => Tried::Next,
            Step::Leave(number) | Step::Unwind(number) if alive == Some(*number) => {
                alive = None;
                if matches!(row.step, Step::Leave(_)) { Tried::Leave } else { Tried::Unwind }
            }
            _ => return None,
        };
        if let Some(Outcome::Id(id)) = row.outcome {
            given.entry(id).or_insert(at);
        }
        steps.push(Again { row: at, handle: row.handle, fresh_thread: row.fresh_thread, step });
    }
    Some(steps)
}

/// What the last step is about: the handles' coming and going, and the writes to the entry, the meta key or the namespace that it
/// names.
pub(super) fn relevant(steps: &[Again]) -> Vec<Again> {
    let Some((last, before)) = steps.split_last() else { return Vec::new() };
    let Tried::Call(asked) = &last.step else { return changes(steps) };
    let entry = |id: &Named| {
        before.iter().find_map(|step| match (&step.step, id) {
            (Tried::Call(Op::Insert(entry)), Named::Of(row)) if step.row == *row => {
                Some((entry.namespace.as_str(), entry.query_hash.as_str()))
            }
            _ => None,
        })
    };
    let (key, id) = match asked {
        Op::GetById(id) | Op::UpdateAccess(id, _) | Op::DeleteById(id) => (entry(id), Some(*id)),
        Op::GetByHash(namespace, hash) => (Some((&**namespace, &**hash)), None),
        Op::Insert(entry) => (Some((entry.namespace.as_str(), entry.query_hash.as_str())), None),
        _ => (None, None),
    };
    let is_about = |step: &Again| match (&step.step, asked) {
        (Tried::Make | Tried::Drop | Tried::Call(Op::Open(_) | Op::Close), _) => true,
        (Tried::Call(Op::WriteMeta(key, _)), Op::ReadMeta(read) | Op::WriteMeta(read, _)) => key == read,
        (
            Tried::Call(Op::SetNamespaceQuota(of, _)),
            Op::GetNamespaceQuota(asked) | Op::SetNamespaceQuota(asked, _),
        ) => of == asked,
        (Tried::Call(Op::Insert(written)), _) => {
            key.is_some_and(|key| key == (written.namespace.as_str(), written.query_hash.as_str()))
        }
        (Tried::Call(Op::UpdateAccess(of, _) | Op::DeleteById(of)), _) => {
            id == Some(*of) || key.is_some() && entry(of) == key
        }
        (Tried::Call(Op::ClearNamespace(of)), _) => key.is_some_and(|(namespace, _)| namespace == &**of),
        (Tried::Call(Op::DeleteExpired(..)), _) => key.is_some(),
        _ => false,
    };
    before.iter().filter(|step| is_about(step)).chain([last]).cloned().collect()
}

/// What changes anything, and the last step.
pub(super) fn changes(steps: &[Again]) -> Vec<Again> {
    let last = steps.len().saturating_sub(1);
    let is_change = |step: &Tried| match step {
        Tried::Make | Tried::Drop | Tried::Begin(_) | Tried::Next | Tried::Leave | Tried::Unwind => true,
        Tried::Call(op) => op.map_ids(|_| 0).is_write(),
        Tried::Look => false,
    };
    let kept = |(at, step): &(usize, &Again)| *at == last || is_change(&step.step);
    steps.iter().enumerate().filter(kept).map(|(_, step)| step.clone()).collect()
}
