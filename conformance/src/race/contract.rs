//! The contract as a sequential specification: its states are the model's data.

use crate::{linearizability::Specification, model::Data, operation::Op, outcome::Outcome};

/// What the model says of a store whose calls follow one another.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    initial: Data,
    /// The ids that answers told. An insert whose answer nobody saw gave one of them, or one that nobody saw.
    ids: Vec<u64>,
}

/// A step of a history.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    Call(Op),
    /// `delete_expired` or `clear_namespace` removes an entry that is in its reach, or does not, and counts the change or
    /// does not. Such a call consists of these, and of a [`Count`](Self::Count), where its being one step is not in
    /// question.
    Removal(Op, u64),
    /// The version counter is advanced, or not.
    Count,
}

impl Contract {
    pub(crate) fn new(initial: Data, ids: Vec<u64>) -> Self {
        Self { initial, ids }
    }

    /// The ids that an answer told, and those of entries that were there before.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        let told = self.ids.iter().copied().filter(|id| !self.had(*id));
        self.initial.entries.keys().copied().chain(told)
    }

    /// The ids that there were before, each with its key.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (u64, (&str, &str))> {
        let entries = self.initial.entries.iter();
        entries.map(|(id, held)| (*id, (&*held.entry.namespace, &*held.entry.query_hash)))
    }

    /// Whether there was such an entry before.
    pub(crate) fn had(&self, id: u64) -> bool {
        self.initial.entries.contains_key(&id)
    }

    /// The answers that an operation can give in a state.
    fn answers(&self, state: &Data, op: &Op) -> Vec<Outcome> {
        match op {
            Op::Insert(entry) => {
                if let Some(id) = state.id_of(&entry.namespace, &entry.query_hash) {
                    return vec![Outcome::Id(id)];
                }
                let told = self.ids.iter().copied().filter(|id| *id > state.last_id);
                told.chain([state.last_id + 1]).map(Outcome::Id).collect()
            }
            Op::DeleteById(id) => vec![Outcome::Flag(state.entries.contains_key(id))],
            Op::DeleteExpired(now, namespace) => {
                vec![Outcome::Number(state.due(*now, namespace.as_deref()).len() as u64)]
            }
            Op::ClearNamespace(namespace) => vec![Outcome::Number(state.count(Some(namespace)))],
            Op::UpdateAccess(..) | Op::SetNamespaceQuota(..) | Op::WriteMeta(..) => vec![Outcome::Done],
            // A read whose answer nobody saw explains nothing, and needs no explanation.
            _ => Vec::new(),
        }
    }
}

impl Specification for Contract {
    type State = Data;
    type Operation = Task;
    type Outcome = Outcome;

    fn initial(&self) -> Data {
        self.initial.clone()
    }

    fn step(&self, state: &Data, task: &Task, outcome: Option<&Outcome>, next: &mut Vec<Data>) {
        let mut answer = |op: &Op, outcome: &Outcome| {
            let mut after = state.clone();
            if after.answer(op, outcome).is_ok() {
                next.push(after);
            }
        };
        match (task, outcome) {
            (Task::Call(op), Some(outcome)) => answer(op, outcome),
            (Task::Call(op), None) => {
                for outcome in self.answers(state, op) {
                    answer(op, &outcome);
                }
            }
            (Task::Removal(op, id), _) => {
                // What was due when the call began may have been renewed since, and is removed all the same.
                let matches = state.entries.get(id).is_some_and(|held| match op {
                    Op::DeleteExpired(_, None) => true,
                    Op::DeleteExpired(_, Some(namespace)) | Op::ClearNamespace(namespace) => {
                        held.entry.namespace == **namespace
                    }
                    _ => false,
                });
                if matches {
                    answer(&Op::DeleteById(*id), &Outcome::Flag(true));
                    if let Some(counted) = next.last() {
                        let mut uncounted = counted.clone();
                        uncounted.versions = state.versions.clone();
                        next.push(uncounted);
                    }
                }
                next.push(state.clone());
            }
            (Task::Count, _) => {
                let mut counted = state.clone();
                counted.versions.advance();
                next.extend([counted, state.clone()]);
            }
        }
    }
}
