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
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
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
///
/// The paths of a depth are gone on with by as many threads as the machine has cores, up to [`SEARCHERS`], each with stores of its
/// own. What is found depends on the space alone: situations are taken over in the order of the paths, and of several failures
/// the first in this order counts. Where two stores at once fail and one alone does not, each goes on alone.
pub(crate) fn run(
    subject: &Arc<Subject>,
    settings: &Settings,
    depths: Depths,
) -> (Exhaustive, Finding, Trace) {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(SEARCHERS);
    let search = Search { subject: Arc::clone(subject), settings: settings.clone(), depths };
    let (found, finding, trace) = search.run(threads);
    let Some(program) = found.failed.clone().filter(|_| threads > 1) else { return (found, finding, trace) };
    let alone = move |s: &mut Probe| {
        play_on(s, &program)?;
        s.held()
    };
    let deadline = Deadline::new(settings);
    match examine(subject, NAME, Box::new(alone), settings, &deadline) {
        (Finding::Held, _) => search.run(1),
        _ => (found, finding, trace),
    }
}

const NAME: &str = "model::exhaustive";

/// How many threads search at most: where a store is a server, each of them costs it connections.
const SEARCHERS: usize = 2;

struct Search {
    subject: Arc<Subject>,
    settings: Settings,
    depths: Depths,
}

/// A path to a situation, and how many ids were given on it.
type Path = (Program, u16);

/// One depth, as the threads that search it share it.
struct Level {
    paths: Vec<Path>,
    /// The situations of the depths before.
    visited: HashSet<u64>,
    /// The place of the next path.
    next: AtomicUsize,
    /// The place of the first path that failed; those after it need no look.
    failed: AtomicUsize,
    /// After this no further path is begun, unless a depth has to be completed whatever time it takes.
    end: Option<Instant>,
}

/// What one thread found of a depth.
#[derive(Default)]
struct Part {
    transitions: usize,
    /// By the path's place, the situations that were not visited before.
    reached: Vec<(usize, Vec<Reached>)>,
    /// The place of the path that failed, and the program.
    failed: Option<(usize, Program)>,
    /// Whether the time was up before all paths were begun.
    is_cut: bool,
}

struct Reached {
    situation: u64,
    /// The place of the action that leads to it.
    action: usize,
    /// How many ids were given then.
    given: u16,
}

impl Search {
    fn run(&self, threads: usize) -> (Exhaustive, Finding, Trace) {
        let start = Instant::now();
        let mut found = Exhaustive::default();
        let mut frontier = vec![(Program(vec![Action::Call(Op::Open(sample::identity()))]), 0)];
        let mut visited = HashSet::new();
        let mut last = (Finding::Held, Trace::default());
        for depth in 1..=self.depths.most {
            let end = (depth > 1).then(|| start + self.depths.time);
            let level = Arc::new(Level {
                paths: frontier,
                visited,
                next: AtomicUsize::new(0),
                failed: AtomicUsize::new(usize::MAX),
                end,
            });
            let searched = self.level(&level, threads);
            found.transitions += searched.iter().map(|(part, ..)| part.transitions).sum::<usize>();
            let mut reached = Vec::new();
            let mut first: Option<(usize, Option<Program>, Finding, Trace)> = None;
            let mut is_cut = false;
            for (part, finding, trace) in searched {
                is_cut |= part.is_cut;
                reached.extend(part.reached);
                if matches!(finding, Finding::Held) {
                    last = (finding, trace);
                    continue;
                }
                let (at, program) =
                    part.failed.map_or((usize::MAX, None), |(at, program)| (at, Some(program)));
                if first.as_ref().is_none_or(|(before, ..)| at < *before) {
                    first = Some((at, program, finding, trace));
                }
            }
            if let Some((_, program, finding, trace)) = first {
                found.failed = program;
                return (found, finding, trace);
            }
            let Ok(level) = Arc::try_unwrap(level) else {
                unreachable!("a thread that keeps it hangs, and that is a failure")
            };
            visited = level.visited;
            reached.sort_unstable_by_key(|(at, _)| *at);
            let claims = self.subject.claims();
            // What nobody goes on with needs no path.
            let is_last = is_cut || depth == self.depths.most;
            let mut next = Vec::new();
            for (at, situations) in reached {
                let (path, given) = &level.paths[at];
                let actions = alphabet(*given, claims);
                for Reached { situation, action, given } in situations {
                    if !visited.insert(situation) {
                        continue;
                    }
                    found.situations += 1;
                    if !is_last {
                        let mut program = path.clone();
                        program.0.push(actions[action].clone());
                        next.push((program, given));
                    }
                }
            }
            if is_cut {
                break;
            }
            found.depth = depth;
            found.complete = found.transitions;
            found.complete_situations = found.situations;
            frontier = next;
        }
        (found, last.0, last.1)
    }

    /// Searches one depth by several threads.
    fn level(&self, level: &Arc<Level>, threads: usize) -> Vec<(Part, Finding, Trace)> {
        let one = || {
            let part = Arc::new(Mutex::new(Part::default()));
            let (shared, searched) = (Arc::clone(level), Arc::clone(&part));
            let script = move |s: &mut Probe| {
                let result = search(s, &shared, &searched);
                drop((shared, searched));
                result?;
                if s.has_done_nothing() {
                    // Others were faster, and left it no path.
                    s.start()?;
                }
                s.held()
            };
            let deadline = Deadline::new(&self.settings);
            let (finding, trace) = examine(&self.subject, NAME, Box::new(script), &self.settings, &deadline);
            let part = std::mem::take(&mut *part.lock().unwrap_or_else(PoisonError::into_inner));
            if let (Some((at, _)), false) = (&part.failed, matches!(finding, Finding::Held)) {
                level.failed.fetch_min(*at, Ordering::Relaxed);
            }
            (part, finding, trace)
        };
        thread::scope(|scope| {
            let others: Vec<_> = (1..threads.min(level.paths.len())).map(|_| scope.spawn(one)).collect();
            let mut parts = vec![one()];
            parts.extend(
                others
                    .into_iter()
                    .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
            );
            parts
        })
    }
}

/// Goes on with paths as long as there are any.
fn search(s: &mut Probe, level: &Level, part: &Mutex<Part>) -> Check {
    let part = || part.lock().unwrap_or_else(PoisonError::into_inner);
    let claims = s.model().claims();
    loop {
        let at = level.next.fetch_add(1, Ordering::Relaxed);
        let Some((path, given)) = level.paths.get(at) else { return Ok(()) };
        if level.end.is_some_and(|end| Instant::now() >= end) {
            part().is_cut = true;
            return Ok(());
        }
        let mut reached = Vec::new();
        for (place, action) in alphabet(*given, claims).into_iter().enumerate() {
            if level.failed.load(Ordering::Relaxed) < at {
                return Ok(());
            }
            let mut program = path.clone();
            program.0.push(action);
            // Where the call never returns, somebody else has to know.
            let mut noted = part();
            noted.transitions += 1;
            noted.failed = Some((at, program.clone()));
            drop(noted);
            s.restart()?;
            let given = match play_on(s, &program) {
                Ok(given) => given,
                Err(_) if s.forgives() => continue,
                Err(stop) => {
                    level.failed.fetch_min(at, Ordering::Relaxed);
                    return Err(stop);
                }
            };
            let situation = situation(s.model(), s.current(), given);
            if !level.visited.contains(&situation) {
                let given = u16::try_from(given).unwrap_or(u16::MAX);
                reached.push(Reached { situation, action: place, given });
            }
        }
        let mut noted = part();
        noted.failed = None;
        noted.reached.push((at, reached));
    }
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
mod tests;
