//! Whether one order of a round's calls explains them, and which clause is broken where none does.

use super::{
    blame::without,
    contract::{Contract, Task},
    order,
    recording::Recording,
};
use crate::{
    contract::{Clause, clause},
    linearizability::{Call, Checker, History, Verdict, Violation},
    model::Data,
    operation::Op,
    outcome::Outcome,
};

pub(crate) type StoreHistory = History<Task, Outcome>;

/// What is known of a round.
#[derive(Debug)]
pub(crate) enum Judged {
    Right,
    /// The search ended before it knew.
    Unknown,
    /// A call that was made when no other ran was answered wrongly.
    WrongAlone,
    Wrong(Box<Unexplained>),
}

/// A history that no order explains.
#[derive(Debug)]
pub(crate) struct Unexplained {
    pub(crate) contract: Contract,
    pub(crate) history: StoreHistory,
    pub(crate) violation: Violation<Data>,
    /// How many calls that changed nothing are left out of the history.
    pub(crate) left_out: usize,
}

/// A round has some dozens of calls, few of them at a time, so a search that needs more than this has gone astray.
const CHECKER_NODES: usize = 20_000;
const CHECKER_CONFIGURATIONS: usize = 200_000;

pub(crate) fn checker() -> Checker {
    Checker::default().with_nodes(CHECKER_NODES).with_configurations(CHECKER_CONFIGURATIONS)
}

/// Searches for an order that explains a round.
pub(crate) fn judge(recording: &Recording) -> Judged {
    let Ok(data) = recording.data() else { return Judged::WrongAlone };
    if order::is_found(recording, &data) {
        return Judged::Right;
    }
    let (contract, history) = (recording.contract(data), recording.history());
    match checker().check(&contract, &history) {
        Verdict::Linearizable(_) => Judged::Right,
        Verdict::Unknown => Judged::Unknown,
        Verdict::Violation(violation) => {
            let (history, violation) = of_one_object(&contract, history, violation);
            let (history, violation, left_out) = needed(&contract, history, violation);
            Judged::Wrong(Box::new(Unexplained { contract, history, violation, left_out }))
        }
    }
}

/// Whether one order explains the calls of a round that are neither walks nor checks of integrity; none where nobody could tell
/// within the budget.
pub(crate) fn are_explained_without_walks(recording: &Recording) -> Option<bool> {
    let Ok(data) = recording.data() else { return Some(false) };
    // A handle that is closed in between is another matter.
    if recording.threads.iter().flatten().any(|made| matches!(made.op(), Some(Op::Close))) {
        return Some(false);
    }
    let history = without(&recording.history(), |op| matches!(op, Op::Walk(_) | Op::IntegrityCheck));
    match checker().check(&recording.contract(data), &history) {
        Verdict::Linearizable(_) => Some(true),
        Verdict::Violation(_) => Some(false),
        Verdict::Unknown => None,
    }
}

/// A call that failed, or a check of integrity that found damage; the clauses that this breaks where the same calls
/// are right one after the other. Where it is known that calls fail because others run, a panic is still none of these.
pub(crate) fn failed(recording: &Recording, errors_are_known: bool) -> Option<Vec<&'static Clause>> {
    let made = recording.before.iter().chain(recording.threads.iter().flatten()).chain(&recording.after);
    let mut made = made.filter_map(|made| Some((made, made.outcome()?)));
    made.find_map(|(made, outcome)| match (outcome, made.op()) {
        (Outcome::Panicked { .. }, _) => Some(panicked(errors_are_known)),
        (outcome, _) if outcome.error().is_some() && errors_are_known => None,
        (outcome, _) if outcome.error().is_some() => Some(vec![
            &clause::concurrent::contention_is_not_an_error,
            &clause::robust::fails_only_where_a_clause_says,
        ]),
        (Outcome::Flag(false), Some(Op::IntegrityCheck)) => {
            Some(vec![&clause::integrity::is_true_when_sound])
        }
        _ => None,
    })
}

/// The clauses that a panic breaks which none of the same calls has by itself.
pub(crate) fn panicked(errors_are_known: bool) -> Vec<&'static Clause> {
    let all: [&'static Clause; 2] =
        [&clause::concurrent::contention_is_not_an_error, &clause::robust::nothing_panics];
    all[usize::from(errors_are_known)..].to_vec()
}

/// Which calls have to do with one another: those of one quota, those of one meta key, and those of entries.
#[derive(PartialEq, Eq)]
enum Object<'a> {
    Quota(&'a str),
    Meta(&'a str),
    Entries,
}

fn object(task: &Task) -> Object<'_> {
    match task {
        Task::Call(Op::SetNamespaceQuota(namespace, _) | Op::GetNamespaceQuota(namespace)) => {
            Object::Quota(namespace)
        }
        Task::Call(Op::ReadMeta(key) | Op::WriteMeta(key, _)) => Object::Meta(key),
        Task::Call(_) | Task::Removal(..) | Task::Count => Object::Entries,
    }
}

/// The calls of the object of the wrong one, where they alone have no order. That is nearly always so: what is
/// independent has an order if each part of it has one.
fn of_one_object(
    contract: &Contract,
    history: StoreHistory,
    violation: Violation<Data>,
) -> (StoreHistory, Violation<Data>) {
    let wrong = object(history.calls()[violation.call].operation());
    let part = history.calls().iter().filter(|call| object(call.operation()) == wrong).cloned();
    let part: StoreHistory = part.collect();
    match checker().check(contract, &part) {
        Verdict::Violation(found) => (part, found),
        _ => (history, violation),
    }
}

/// Whether a call changed nothing in any order: a read, or a removal that answered that there was nothing to remove.
fn changes_nothing(call: &Call<Task, Outcome>) -> bool {
    let Task::Call(op) = call.operation() else { return false };
    match op {
        Op::DeleteById(_) => matches!(call.outcome(), Some(Outcome::Flag(false))),
        Op::DeleteExpired(..) | Op::ClearNamespace(_) => matches!(call.outcome(), Some(Outcome::Number(0))),
        op => !op.is_write(),
    }
}

/// Takes away what the violation does not need: what began after it, and every call that changed nothing
/// and without which it is still there.
///
/// A write that did something cannot be taken away: what it did may be what another call answers. Answers how many were that
/// changed nothing.
fn needed(
    contract: &Contract,
    history: StoreHistory,
    violation: Violation<Data>,
) -> (StoreHistory, Violation<Data>, usize) {
    let mut history = history;
    let mut violation = violation;
    let mut left_out = 0;
    loop {
        let end = history.calls()[violation.call].returned_at().unwrap_or(u64::MAX);
        let wrong = violation.call;
        let calls: Vec<_> =
            history.calls().iter().enumerate().filter(|(_, call)| call.called_at() < end).collect();
        let mut fewer = None;
        // Later ones first: the earlier a violation shows, the better.
        for (left_out, call) in calls.iter().rev() {
            if *left_out == wrong || !changes_nothing(call) {
                continue;
            }
            let rest = calls.iter().filter(|(at, _)| at != left_out).map(|(_, call)| (*call).clone());
            let rest: StoreHistory = rest.collect();
            if let Verdict::Violation(found) = checker().check(contract, &rest) {
                fewer = Some((rest, found));
                break;
            }
        }
        let Some(rest) = fewer else {
            let cut = calls.into_iter().map(|(_, call)| call.clone()).collect();
            return (cut, violation, left_out);
        };
        left_out += 1;
        (history, violation) = rest;
    }
}
