//! Every sequence of operations over a small alphabet, up to a depth, with equal situations visited once.
//!
//! The space: two namespaces with two hashes each; entries without a ttl, with one that is soon due, and with another
//! time of access; accesses at three times; and removal of each id given so far, of what is due at two times, and of
//! each namespace. Two sequences after which the model holds the same entries, with ids renamed to the order in which
//! they were given, are one situation, and one of them is gone on with. So nothing depends on luck, and what is not
//! seen is a fault that depends on the path by which a situation was reached.

use crate::{
    model::Model,
    operation::Op,
    probe::{Check, Deadline, Finding, Probe, examine},
    random::{Action, Program, Ref, play_on},
    sample::entry,
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How deep to go, and for how long: a depth that was begun and not completed in time does not count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depths {
    pub(crate) most: usize,
    pub(crate) time: Duration,
}

/// What an exhaustive run did, and what it found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exhaustive {
    /// The depth up to which every transition was looked at.
    pub(crate) depth: usize,
    /// The transitions looked at, those of a depth that was not completed included.
    pub(crate) transitions: usize,
    /// The different situations that they lead to.
    pub(crate) situations: usize,
    /// The program that failed, the shortest by the order of the search.
    pub(crate) failed: Option<Program>,
}

/// Looks at every sequence, until a depth is completed past the time, or one fails.
pub(crate) fn run(
    subject: &Arc<Subject>,
    settings: &Settings,
    depths: Depths,
) -> (Exhaustive, Finding, Trace) {
    let state = Arc::new(Mutex::new(Exhaustive::default()));
    let shared = Arc::clone(&state);
    let search = move |s: &mut Probe| {
        search(s, depths, &shared)?;
        s.held()
    };
    let deadline = Deadline::new(settings);
    let (finding, trace) = examine(subject, "model::exhaustive", Box::new(search), settings, &deadline);
    let found = state.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (found, finding, trace)
}

/// The ids that a sequence may name: those of the first entries that it inserts.
const IDS: u8 = 3;

fn search(s: &mut Probe, depths: Depths, state: &Mutex<Exhaustive>) -> Check {
    let start = Instant::now();
    let note =
        |change: &dyn Fn(&mut Exhaustive)| change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
    let alphabet = alphabet();
    let mut visited = HashSet::new();
    let mut frontier = vec![(Program::default(), 0)];
    for depth in 1..=depths.most {
        let mut next = Vec::new();
        for (path, given) in &frontier {
            if depth > 1 && start.elapsed() >= depths.time {
                return Ok(());
            }
            for action in alphabet.iter().filter(|action| names(action).is_none_or(|id| id < *given)) {
                let mut program = path.clone();
                program.0.push(action.clone());
                note(&|state| {
                    state.transitions += 1;
                    state.failed = Some(program.clone());
                });
                s.restart()?;
                let given = match play_on(s, &program) {
                    Ok(given) => given,
                    Err(_) if s.forgives() => continue,
                    Err(stop) => return Err(stop),
                };
                if visited.insert(situation(s.model(), given)) {
                    note(&|state| state.situations += 1);
                    next.push((program, u8::try_from(given).unwrap_or(u8::MAX).min(IDS)));
                }
            }
        }
        note(&|state| {
            state.depth = depth;
            state.failed = None;
        });
        frontier = next;
    }
    Ok(())
}

fn alphabet() -> Vec<Action> {
    let mut alphabet = Vec::new();
    for (namespace, hash) in [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")] {
        let plain = entry(namespace, hash).created_at(1).last_accessed_at(1);
        alphabet.extend(
            [plain.clone(), plain.clone().ttl(1), plain.response("other").last_accessed_at(2)]
                .map(Op::Insert),
        );
    }
    for id in (0..IDS).map(Ref::Nth) {
        alphabet.extend([0, 1, 2].map(|now| Op::UpdateAccess(id, now)));
        alphabet.push(Op::DeleteById(id));
    }
    for now in [1, 2] {
        alphabet.extend([None, Some("a".into())].map(|scope| Op::DeleteExpired(now, scope)));
    }
    alphabet.extend(["a", "b"].map(|namespace| Op::ClearNamespace(namespace.into())));
    alphabet.into_iter().map(Action::Call).collect()
}

/// The id that an action names, by when it was given.
fn names(action: &Action) -> Option<u8> {
    match action {
        Action::Call(Op::UpdateAccess(Ref::Nth(id), _) | Op::DeleteById(Ref::Nth(id))) => Some(*id),
        _ => None,
    }
}

/// A number that two sequences share when the model is in the same state after both, but for the ids and versions that
/// the store chose.
fn situation(model: &Model, given: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    given.hash(&mut hasher);
    for (rank, held) in model.data(0).by_time_of_insert() {
        rank.hash(&mut hasher);
        let entry = &held.entry;
        (&entry.namespace, &entry.query_hash, &entry.response, entry.ttl).hash(&mut hasher);
        (entry.created_at, entry.last_accessed_at, entry.access_count).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_store_holds_in_every_transition() {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let depths = Depths { most: 2, time: Duration::from_secs(60) };
        let (found, finding, trace) = run(&subject, &Settings::default(), depths);
        assert!(matches!(finding, Finding::Held), "{finding:?}\n{trace}");
        assert_eq!(found.depth, 2);
        assert!(found.failed.is_none());
    }
}
