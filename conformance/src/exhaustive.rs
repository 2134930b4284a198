//! Every sequence of operations over a small alphabet, up to a depth, with equal situations visited once.
//!
//! The space, after an open: inserts under two namespaces with two hashes each, of an entry without a ttl, with one
//! that is soon due, and with another response and time of access; of each id given so far, and of one that was not,
//! an access at three times and a deletion; expiry at three times, in all namespaces and in each; the clearing of each
//! namespace; a quota of one namespace, set to 0 and to 1; a meta key, written with two values; and, where the data outlive
//! the handle, a reopening after a close and after a drop. After each operation everything is read and compared.
//!
//! Two sequences after which the model holds the same entries, with ids renamed to the order in which they were given,
//! the same quota and the same meta value, are one situation, and one of them is gone on with. So the result is a
//! statement without luck: all transitions of this space hold, by one path to each situation. What is not seen is a
//! fault that depends on the path by which a situation was reached, or on what lies outside of the space.

use crate::{
    model::Model,
    operation::Op,
    probe::{Check, Deadline, Finding, Probe, examine},
    random::{Action, Parting, Program, Ref, play_on},
    sample::{self, entry},
    settings::Settings,
    subject::{Claims, Subject},
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
    /// The transitions up to the depth that was completed.
    pub(crate) complete: usize,
    /// The different situations that they lead to.
    pub(crate) situations: usize,
    /// Those that the transitions up to the completed depth lead to.
    pub(crate) complete_situations: usize,
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

fn search(s: &mut Probe, depths: Depths, state: &Mutex<Exhaustive>) -> Check {
    let start = Instant::now();
    let note =
        |change: &dyn Fn(&mut Exhaustive)| change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
    let claims = s.model().claims();
    let mut visited = HashSet::new();
    let mut frontier = vec![(Program(vec![Action::Call(Op::Open(sample::identity()))]), 0)];
    for depth in 1..=depths.most {
        let mut next = Vec::new();
        for (path, given) in &frontier {
            if depth > 1 && start.elapsed() >= depths.time {
                note(&|state| state.failed = None);
                return Ok(());
            }
            for action in alphabet(*given, claims) {
                let mut program = path.clone();
                program.0.push(action);
                note(&|state| state.transitions += 1);
                s.restart()?;
                let given = match play_on(s, &program) {
                    Ok(given) => given,
                    Err(_) if s.forgives() => continue,
                    Err(stop) => {
                        note(&|state| state.failed = Some(program.clone()));
                        return Err(stop);
                    }
                };
                if visited.insert(situation(s.model(), s.current(), given)) {
                    note(&|state| state.situations += 1);
                    next.push((program, u16::try_from(given).unwrap_or(u16::MAX)));
                }
            }
        }
        note(&|state| {
            state.depth = depth;
            state.complete = state.transitions;
            state.complete_situations = state.situations;
        });
        frontier = next;
    }
    Ok(())
}

/// What a sequence may go on with that was given so many ids.
fn alphabet(given: u16, claims: Claims) -> Vec<Action> {
    let mut calls = Vec::new();
    for (namespace, hash) in [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")] {
        let plain = entry(namespace, hash).created_at(1).last_accessed_at(1);
        calls.extend(
            [plain.clone(), plain.clone().ttl(1), plain.response("other").last_accessed_at(2)]
                .map(Op::Insert),
        );
    }
    for id in (0..given).map(Ref::Nth).chain([Ref::Never]) {
        calls.extend(TIMES.map(|now| Op::UpdateAccess(id, now)));
        calls.push(Op::DeleteById(id));
    }
    for now in TIMES {
        calls.extend([None, Some("a".into()), Some("b".into())].map(|scope| Op::DeleteExpired(now, scope)));
    }
    calls.extend(["a", "b"].map(|namespace| Op::ClearNamespace(namespace.into())));
    calls.extend([0, 1].map(|quota| Op::SetNamespaceQuota("a".into(), quota)));
    calls.extend(["", "v"].map(|value| Op::WriteMeta("a".into(), value.into())));
    let reopened = [Parting::Close, Parting::Drop].map(Action::Reopen);
    calls.into_iter().map(Action::Call).chain(reopened.into_iter().filter(|_| claims.durable)).collect()
}

/// The times of accesses and of expiries.
const TIMES: [u64; 3] = [0, 1, 2];

/// A number that two sequences share when the model is in the same state after both, but for the ids and versions that
/// the store chose.
fn situation(model: &Model, handle: usize, given: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    given.hash(&mut hasher);
    for (rank, held) in model.data(handle).by_time_of_insert() {
        rank.hash(&mut hasher);
        let entry = &held.entry;
        (&entry.namespace, &entry.query_hash, &entry.response, entry.ttl).hash(&mut hasher);
        (entry.created_at, entry.last_accessed_at, entry.access_count).hash(&mut hasher);
    }
    (&model.data(handle).quotas, &model.data(handle).meta).hash(&mut hasher);
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
