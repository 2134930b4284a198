//! What walks over many entries show beside writes: no order is asked of them, but each entry that they yield, and each
//! that they leave out.

use super::{
    lane::Made,
    recording::{Recording, is_answer},
};
use crate::{
    contract::{Clause, clause},
    operation::{Op, Step, Walk},
    outcome::{Ending, Outcome},
};
use mneme::{Entry, StoredEntry};
use std::collections::HashSet;

/// A walk that shows what cannot be.
#[derive(Debug)]
pub(crate) struct Misled {
    pub(crate) clause: &'static Clause,
    /// The first stamp of the call that shows it.
    pub(crate) called: u64,
    pub(crate) expected: String,
    pub(crate) words: String,
}

/// A walk as it was seen: from its call to its last item.
struct Shown<'a> {
    walk: Walk,
    called: u64,
    /// The stamps of the call that shows the last item or the end.
    told: (u64, u64),
    items: Vec<Item<'a>>,
    /// Whether it was seen to its end.
    is_whole: bool,
}

struct Item<'a> {
    entry: &'a StoredEntry,
    /// The stamps of the call that yielded it.
    called: u64,
    returned: u64,
}

/// An insert, and the id that it answered.
struct Written<'a> {
    entry: &'a Entry,
    id: Option<u64>,
    called: u64,
    returned: u64,
}

struct Access {
    id: u64,
    now: u64,
    called: u64,
    returned: u64,
}

/// What is known of a round's writes.
struct Writes<'a> {
    inserts: Vec<Written<'a>>,
    /// The calls that may have removed something.
    removals: Vec<&'a Made>,
    accesses: Vec<Access>,
    /// What lookups showed: a version is that of one write.
    looked_up: Vec<&'a StoredEntry>,
}

/// The first walk of a round that shows what no order of the writes allows, if any does.
///
/// The writes themselves must have an order: this looks at their stamps alone.
pub(crate) fn misled(seen: &Recording) -> Option<Misled> {
    let writes = Writes::of(seen);
    walks(seen).iter().find_map(|shown| shown.misled(&writes))
}

fn walk_of(made: &Made) -> Option<Walk> {
    match &made.step {
        Step::Call(Op::Walk(walk)) | Step::Begin(_, walk) => Some(*walk),
        _ => None,
    }
}

/// Every walk of the threads, those that failed left out.
fn walks(seen: &Recording) -> Vec<Shown<'_>> {
    let mut shown = Vec::new();
    for thread in &seen.threads {
        for (at, made) in thread.iter().enumerate() {
            let (Some(walk), Some((returned, outcome))) = (walk_of(made), &made.returned) else { continue };
            let (called, returned) = (made.called, *returned);
            let told = (called, returned);
            match (&made.step, outcome) {
                (Step::Call(_), Outcome::Entries(entries, ending)) => {
                    let items = entries.iter().map(|entry| Item { entry, called, returned }).collect();
                    let is_whole = matches!(ending, Ending::Ended);
                    shown.push(Shown { walk, called, told, items, is_whole });
                }
                (Step::Begin(number, _), Outcome::Done) => {
                    let mut live = Shown { walk, called, told, items: Vec::new(), is_whole: false };
                    for next in &thread[at + 1..] {
                        let Some((returned, outcome)) = &next.returned else { break };
                        match (&next.step, outcome) {
                            (Step::Next(of), Outcome::Entry(found)) if of == number => {
                                live.told = (next.called, *returned);
                                let Some(entry) = found else {
                                    live.is_whole = true;
                                    break;
                                };
                                live.items.push(Item { entry, called: next.called, returned: *returned });
                            }
                            (Step::Next(of) | Step::Leave(of), _) if of == number => break,
                            _ => {}
                        }
                    }
                    shown.push(live);
                }
                _ => {}
            }
        }
    }
    shown
}

impl<'a> Writes<'a> {
    fn of(seen: &'a Recording) -> Self {
        let mut writes =
            Self { inserts: Vec::new(), removals: Vec::new(), accesses: Vec::new(), looked_up: Vec::new() };
        let lookups = seen.threads.iter().flatten().chain(&seen.after);
        writes.looked_up.extend(lookups.filter_map(|made| match (made.op()?, made.outcome()?) {
            (Op::GetByHash(..) | Op::GetById(_), Outcome::Entry(found)) => found.as_ref(),
            _ => None,
        }));
        for made in seen.before.iter().chain(seen.threads.iter().flatten()) {
            let answer = made.returned.as_ref().filter(|(_, outcome)| is_answer(outcome));
            let returned = answer.map_or(u64::MAX, |(at, _)| *at);
            match made.op() {
                Some(Op::Insert(entry)) => {
                    let id = match answer {
                        Some((_, Outcome::Id(id))) => Some(*id),
                        _ => None,
                    };
                    writes.inserts.push(Written { entry, id, called: made.called, returned });
                }
                Some(Op::UpdateAccess(id, now)) => {
                    writes.accesses.push(Access { id: *id, now: *now, called: made.called, returned });
                }
                Some(Op::DeleteById(_) | Op::DeleteExpired(..) | Op::ClearNamespace(_)) => {
                    writes.removals.push(made);
                }
                _ => {}
            }
        }
        writes
    }
}

impl Shown<'_> {
    fn misled(&self, writes: &Writes<'_>) -> Option<Misled> {
        self.torn_or_gone(writes).or_else(|| self.out_of_place()).or_else(|| self.lacking(writes))
    }

    /// An item that is no state which its entry had between the call and the yielding.
    fn torn_or_gone(&self, writes: &Writes<'_>) -> Option<Misled> {
        self.items.iter().find_map(|item| {
            let wrong = |expected: String, words: String| Misled {
                clause: &clause::iterate::yields_only_what_was,
                called: item.called,
                expected,
                words,
            };
            let (id, found) = (item.entry.id, &item.entry.entry);
            let of_this = |written: &&Written<'_>| {
                written.id.is_none_or(|answered| answered == id) && written.called < item.returned
            };
            let written = writes
                .inserts
                .iter()
                .filter(of_this)
                .find(|written| written.entry.content == found.content && is_used(written, item, writes));
            let Some(written) = written else {
                return Some(wrong(
                    format!("id {id} as one insert wrote it, with the accesses since"),
                    format!("No insert wrote id {id} as the walk shows it: it has parts of more than one state."),
                ));
            };
            let version = item.entry.version;
            let other = writes.looked_up.iter().find(|other| {
                other.id == id && other.version == version && other.entry.content != found.content
            });
            if let Some(other) = other {
                return Some(wrong(
                    format!("id {id} with response {:?}, or another version", other.entry.response),
                    format!("A lookup shows version {version} of id {id} with what another insert wrote: the walk shows parts of more than one state."),
                ));
            }
            let later = writes.inserts.iter().find(|later| {
                later.id == Some(id) && later.called > written.returned && later.returned < self.called
            });
            if let Some(later) = later {
                return Some(wrong(
                    format!("id {id} with response {:?} or a later one", later.entry.response),
                    format!("Before the walk was called id {id} had been replaced, so it did not have that state any more."),
                ));
            }
            let removed = writes.removals.iter().any(|made| {
                matches!(made.op(), Some(Op::DeleteById(of)) if *of == id)
                    && matches!(&made.returned, Some((at, Outcome::Flag(true))) if *at < self.called)
            });
            removed.then(|| {
                wrong(
                    format!("no id {id}"),
                    format!("Before the walk was called id {id} had been deleted, and an id is never given again."),
                )
            })
        })
    }

    /// Items that do not ascend, or one that comes twice.
    fn out_of_place(&self) -> Option<Misled> {
        let by_version = matches!(self.walk, Walk::Changed(_));
        let place = |item: &Item<'_>| if by_version { item.entry.version } else { item.entry.id };
        let pair = self.items.windows(2).find(|pair| place(&pair[0]) >= place(&pair[1]))?;
        let (what, clause): (_, &'static Clause) = match by_version {
            true => ("versions", &clause::changed::yields_every_later_write),
            false if pair[0].entry.id == pair[1].entry.id => ("ids", &clause::iterate::keeps_what_stays),
            false => ("ids", &clause::iterate::ascends_by_id),
        };
        Some(Misled {
            clause,
            called: pair[1].called,
            expected: format!("{what} that ascend"),
            words: format!("The walk shows {} after {}.", place(&pair[1]), place(&pair[0])),
        })
    }

    /// An entry that was stored before the call, that nobody can have removed since, and that is not among the items.
    fn lacking(&self, writes: &Writes<'_>) -> Option<Misled> {
        let from_the_start = match self.walk {
            Walk::All | Walk::Since(0) | Walk::Changed(0) => true,
            Walk::Since(_) | Walk::Changed(_) => false,
        };
        if !self.is_whole || !from_the_start {
            return None;
        }
        let yielded: HashSet<u64> = self.items.iter().map(|item| item.entry.id).collect();
        let lacking = writes.inserts.iter().find_map(|written| {
            let id = written.id.filter(|id| !yielded.contains(id))?;
            let stays = written.returned < self.called
                && !writes
                    .removals
                    .iter()
                    .any(|made| made.called < self.told.1 && can_remove(made, id, written));
            stays.then_some(id)
        })?;
        Some(Misled {
            clause: &clause::iterate::keeps_what_stays,
            called: self.told.0,
            expected: format!("id {lacking} among them"),
            words: format!(
                "Before the walk was called id {lacking} was stored, nobody removed it before the walk ended, and it is not \
                 among what was yielded."
            ),
        })
    }
}

/// Whether a call can have removed what an insert wrote.
fn can_remove(made: &Made, id: u64, written: &Written<'_>) -> bool {
    if matches!(&made.returned, Some((at, _)) if *at < written.called) {
        return false;
    }
    let namespace = &written.entry.namespace;
    match made.op() {
        Some(Op::DeleteById(of)) => *of == id,
        Some(Op::ClearNamespace(cleared)) => **cleared == **namespace,
        // Under the id another state may have been there, which was due.
        Some(Op::DeleteExpired(_, scope)) => scope.as_ref().is_none_or(|scope| **scope == **namespace),
        _ => false,
    }
}

/// Whether time and count of an item are those that its insert wrote, or those after accesses.
fn is_used(written: &Written<'_>, item: &Item<'_>, writes: &Writes<'_>) -> bool {
    let (id, found) = (item.entry.id, &item.entry.entry);
    let right = written.entry;
    if found.last_accessed_at == right.last_accessed_at && found.access_count == right.access_count {
        return true;
    }
    let replaced = writes
        .inserts
        .iter()
        .filter(|later| later.id == Some(id) && later.called > written.returned)
        .map(|later| later.returned)
        .min();
    let by_access = writes.accesses.iter().any(|access| {
        access.id == id
            && access.now == found.last_accessed_at
            && access.called < item.returned
            && access.returned > written.called
            && replaced.is_none_or(|at| access.called < at)
    });
    by_access && found.access_count > written.entry.access_count
}
