//! Why no order explains a round, in words.

use super::{contract::Task, judge::Unexplained};
use crate::{
    linearizability::{Call, Specification as _},
    model::Data,
    operation::display::{Number, Quoted},
    outcome::Outcome,
};
use std::collections::VecDeque;

/// How many of the answers that other orders ask for are told.
const TOLD: usize = 4;
/// How many orders are looked at for them.
const LOOKED_AT: usize = 200;

/// What an order asks for in place of the answer that no order explains.
struct Instead {
    order: Vec<usize>,
    state: Data,
    expected: String,
}

/// What was expected, and lines that say for each order what the wrong call would have answered in it. `rows` is how many
/// rows are numbered before the history.
pub(crate) fn words(found: &Unexplained, rows: usize) -> (String, Vec<String>) {
    let (instead, are_all) = instead(found);
    let number = |call: usize| (rows + call + 1).to_string();
    let wrong = number(found.violation.call);
    let expected = match &instead[..] {
        [one] => one.expected.clone(),
        _ => "an answer that one order of the calls explains".to_owned(),
    };
    let end = if instead.is_empty() { "." } else { ":" };
    let mut lines = vec![format!("No order of the calls explains the answer of {wrong}{end}")];
    for one in instead.iter().take(TOLD) {
        let order: Vec<String> = one.order.iter().map(|call| number(*call)).collect();
        let after = if order.is_empty() {
            "before all of them".to_owned()
        } else {
            format!("in the order {}", order.join(", "))
        };
        lines.push(format!(
            "  {after} it would be {}; the store then holds {}",
            one.expected,
            holds(&one.state)
        ));
    }
    if instead.len() > TOLD {
        let least = if are_all { "" } else { "at least " };
        lines.push(format!("  and {least}{} more answers in other orders", instead.len() - TOLD));
    }
    let mut words = vec![lines.join("\n")];
    if found.left_out > 0 && found.history.overlapping() == 0 {
        words.push(format!(
            "None of these ran beside another. Calls that changed nothing, {} of them, are left out, as no order explains it without \
             them either: one that ran beside a write may have kept what it saw before.",
            found.left_out
        ));
    }
    (expected, words)
}

/// What each order asks for, each answer once; and whether every order was looked at.
fn instead(found: &Unexplained) -> (Vec<Instead>, bool) {
    let calls = found.history.calls();
    let wrong = &calls[found.violation.call];
    let (Task::Call(op), Some(outcome)) = (wrong.operation(), wrong.outcome()) else {
        return (Vec::new(), true);
    };
    let end = wrong.returned_at().unwrap_or(u64::MAX);
    let is_open =
        |call: &Call<Task, Outcome>| call.called_at() < end && call.returned_at().is_none_or(|at| at > end);
    let mut waiting: VecDeque<(Vec<usize>, Data)> = found
        .violation
        .before
        .iter()
        .map(|possible| (possible.order.clone(), possible.state.clone()))
        .collect();
    let mut answers: Vec<Instead> = Vec::new();
    let mut looked_at = 0;
    while let Some((order, state)) = waiting.pop_front() {
        looked_at += 1;
        if looked_at > LOOKED_AT {
            return (answers, false);
        }
        if let Err(mismatch) = state.clone().answer(op, outcome)
            && answers.iter().all(|other| other.expected != mismatch.expected)
        {
            let (order, state) = (order.clone(), state.clone());
            answers.push(Instead { order, state, expected: mismatch.expected });
        }
        for (at, call) in calls.iter().enumerate() {
            if at != found.violation.call && is_open(call) && !order.contains(&at) {
                let mut next = Vec::new();
                found.contract.step(&state, call.operation(), call.outcome(), &mut next);
                waiting.extend(next.into_iter().map(|state| {
                    let order = order.iter().copied().chain([at]).collect();
                    (order, state)
                }));
            }
        }
    }
    (answers, true)
}

/// How many entries are told of a state.
const ENTRIES: usize = 3;

fn holds(data: &Data) -> String {
    let mut parts: Vec<String> = data
        .entries
        .iter()
        .take(ENTRIES)
        .map(|(id, held)| {
            let entry = &held.entry;
            let accessed = match entry.access_count {
                0 => String::new(),
                1 => ", accessed once".to_owned(),
                n => format!(", accessed {} times", Number(n)),
            };
            format!(
                "id {} ({}, {}, response {}{accessed})",
                Number(*id),
                Quoted(&entry.namespace),
                Quoted(&entry.query_hash),
                Quoted(&entry.response),
            )
        })
        .collect();
    if data.entries.len() > ENTRIES {
        parts.push(format!("{} more", data.entries.len() - ENTRIES));
    }
    if parts.is_empty() {
        parts.push("no entry".to_owned());
    }
    parts.extend(
        data.quotas.iter().map(|(namespace, quota)| format!("the quota {quota} of {}", Quoted(namespace))),
    );
    parts.extend(
        data.meta.iter().map(|(key, value)| format!("the meta value {} = {}", Quoted(key), Quoted(value))),
    );
    parts.join(", ")
}
