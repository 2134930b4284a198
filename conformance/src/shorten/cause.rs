//! Whether what a clause is about has any part in what its check found.
//!
//! That a delete took a neighbour is what the calls suggest where an entry is missing after it. They are made again without it:
//! where the entry is missing all the same, the delete is not the reason, and the clause cannot be judged before what is.

use super::{
    Shortener,
    steps::{Again, Tried, changes, relevant},
    trials::{Trials, Wrong},
};
use crate::{
    blame,
    contract::{Clause, clause},
    operation::Op,
    probe::{Deadline, Finding},
    sample::plain,
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use mneme::{Entry, Metadata};
use std::{collections::BTreeMap, sync::Arc};

/// The most steps that are dropped one by one. What takes more, and cannot be shown by fewer, is about size.
const MOST: usize = 24;

/// Of which scripts it is asked whether the clause has a part in what they found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// Those that take few steps. A longer one tries what its clause is about in many ways, of which one may tell of it and another
    /// not.
    Short,
    /// Each, by the fewest of its steps that show it.
    Any,
}

/// What goes wrong in the same way without what the clause is about, and what that breaks instead; none where it has a part in it,
/// or is told by the answer itself.
pub(crate) fn without_its_part(
    subject: &Arc<Subject>,
    settings: &Settings,
    deadline: &Deadline,
    clause: &'static Clause,
    found: &Finding,
    trace: &Trace,
    scripts: Scripts,
) -> Option<(Finding, Trace)> {
    let Finding::Violated { clauses, manner, further, .. } = found else { return None };
    if !clauses.contains(&clause) || !blame::is_inferred(clause) {
        return None;
    }
    let (manner, further) = (*manner, *further);
    let violation = |clauses, expected| Finding::Violated { clauses, expected, manner, further };
    let (trials, steps) = Trials::of(subject, settings, deadline, clause, found, trace)?;
    let mut search = Search { trials, clause };
    let accused = |search: &mut Search<'_>, steps: &Vec<Again>| {
        steps.len() <= MOST
            && search.trials.go_wrong(steps, None).is_some_and(|wrong| wrong.clauses.contains(&clause))
    };
    let short = [relevant(&steps), changes(&steps)].into_iter().find(|steps| accused(&mut search, steps));
    let steps = if let Some(steps) = short {
        steps
    } else if scripts == Scripts::Short {
        return None;
    } else {
        // A second look may have told more than what was made of it, and is a step like any other by now.
        if steps.len() <= MOST
            && let Some(wrong) = search.acquits(&steps)
        {
            return Some((violation(wrong.clauses, wrong.expected), wrong.trace));
        }
        let (trials, steps) = Trials::of(subject, settings, deadline, clause, found, trace)?;
        Shortener::of(trials, clause).fewest(steps).filter(|few| few.len() <= MOST)?
    };
    let wrong = search.fewer(&steps).or_else(|| search.plainer(&steps))?;
    Some((violation(wrong.clauses, wrong.expected), wrong.trace))
}

struct Search<'a> {
    trials: Trials<'a>,
    clause: &'static Clause,
}

impl Search<'_> {
    /// What these steps find, where they go wrong in the same way and the clause is not named for it.
    fn acquits(&mut self, steps: &[Again]) -> Option<Wrong> {
        self.trials.go_wrong(steps, None).filter(|wrong| !wrong.clauses.contains(&self.clause))
    }

    /// What as few of the steps as do it find, where one of them can be dropped and the clause is not named any more.
    fn fewer(&mut self, steps: &[Again]) -> Option<Wrong> {
        let (mut left, mut wrong) = (steps.to_vec(), None);
        for at in (0..steps.len().saturating_sub(1)).rev() {
            if is_needed(&left, at) {
                continue;
            }
            let without = [&left[..at], &left[at + 1..]].concat();
            if let Some(acquitted) = self.acquits(&without) {
                (left, wrong) = (without, Some(acquitted));
            }
        }
        // What was dropped first may have been in the way of what comes after it.
        match wrong {
            Some(_) if left.len() + 1 < steps.len() => self.fewer(&left).or(wrong),
            wrong => wrong,
        }
    }

    /// What the steps find with something ordinary in place of what the clause is about.
    fn plainer(&mut self, steps: &[Again]) -> Option<Wrong> {
        let plain = plain_of(self.clause, steps)?;
        let wrong = self.acquits(&plain)?;
        self.fewer(&plain).or(Some(wrong))
    }
}

/// Whether there is nothing to call without a step: it makes a handle, or is the only one to open it.
fn is_needed(steps: &[Again], at: usize) -> bool {
    let opens = |again: &Again| matches!(again.step, Tried::Call(Op::Open(_)));
    let handle = steps[at].handle;
    matches!(steps[at].step, Tried::Make)
        || opens(&steps[at])
            && steps.iter().filter(|again| opens(again) && again.handle == handle).count() == 1
}

/// The steps without what is special in them, as a clause sees it; none where a clause is about no such thing.
fn plain_of(clause: &Clause, steps: &[Again]) -> Option<Vec<Again>> {
    let mut plain = steps.to_vec();
    if clause == &clause::open::same_identity_is_accepted {
        // Of several, each by itself may do what it is accused of.
        let mut opened = Vec::new();
        plain.retain(|again| {
            let opens = matches!(again.step, Tried::Call(Op::Open(_)));
            let again_by = opens && opened.contains(&again.handle);
            opened.extend(opens.then_some(again.handle));
            !again_by
        });
        return Some(plain);
    }
    let mut names = Names::default();
    for again in &mut plain {
        match clause.area() {
            "fidelity" => without_values(clause, &mut again.step),
            "key" => names.rename(&mut again.step),
            "expiry" => without_ttl(&mut again.step),
            _ if clause == &clause::robust::any_thread_may_call => again.fresh_thread = false,
            _ => return None,
        }
    }
    Some(plain)
}

/// Puts ordinary values in the place of what is written, as far as the clause is about it.
fn without_values(about: &Clause, step: &mut Tried) {
    match step {
        Tried::Call(Op::Insert(entry)) => {
            *entry = match () {
                () if about == &clause::fidelity::text => {
                    entry.clone().query("a question").response("an answer")
                }
                () if about == &clause::fidelity::metadata => entry.clone().metadata(Metadata::new()),
                () if about == &clause::fidelity::embedding_bits => {
                    entry.clone().embedding(plain(entry.embedding.len()))
                }
                () if about == &clause::fidelity::numbers => {
                    entry.clone().created_at(0).ttl(None).last_accessed_at(0).access_count(0)
                }
                () => {
                    Entry::new(&*entry.namespace, &*entry.query_hash).embedding(plain(entry.embedding.len()))
                }
            };
        }
        Tried::Call(Op::WriteMeta(key, value)) => (*key, *value) = ("key".into(), "value".into()),
        Tried::Call(Op::ReadMeta(key)) => *key = "key".into(),
        _ => {}
    }
}

/// Lets nothing that is written ever be due.
fn without_ttl(step: &mut Tried) {
    if let Tried::Call(Op::Insert(entry)) = step {
        *entry = entry.clone().ttl(None);
    }
}

/// Ordinary names for namespaces and hashes.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(&mut self, text: &str) -> String {
        let next = format!("name-{}", self.0.len());
        self.0.entry(text.to_owned()).or_insert(next).clone()
    }

    fn rename(&mut self, step: &mut Tried) {
        let Tried::Call(op) = step else { return };
        match op {
            Op::Insert(entry) => {
                let (namespace, hash) = (self.of(&entry.namespace), self.of(&entry.query_hash));
                *entry = Entry::new(namespace, hash)
                    .query(&*entry.query)
                    .response(&*entry.response)
                    .embedding(&*entry.embedding)
                    .metadata(entry.metadata.clone())
                    .created_at(entry.created_at)
                    .ttl(entry.ttl)
                    .last_accessed_at(entry.last_accessed_at)
                    .access_count(entry.access_count);
            }
            Op::GetByHash(namespace, hash) => {
                *namespace = self.of(namespace).into();
                *hash = self.of(hash).into();
            }
            Op::Count(Some(namespace))
            | Op::IterLruIds(_, Some(namespace))
            | Op::DeleteExpired(_, Some(namespace))
            | Op::ClearNamespace(namespace)
            | Op::SetNamespaceQuota(namespace, _)
            | Op::GetNamespaceQuota(namespace) => *namespace = self.of(namespace).into(),
            _ => {}
        }
    }
}
