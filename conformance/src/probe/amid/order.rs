//! In which order the writes of several threads took effect, and at which moment among them a copy was made.

use super::{Amid, Made};
use crate::{
    linearizability::{Call, Checker, History, Specification, Verdict},
    model::Data,
    operation::Op,
    outcome::Outcome,
};

/// Reads with their answers, all of one moment: each part of it is a read of the whole.
pub(super) struct Copied(pub(super) Vec<(Op, Outcome)>);

/// The calls in an order that respects when each began and returned.
pub(super) enum Order<'a> {
    /// It explains every write, and the copy too where any order does.
    Found(Vec<&'a Made>),
    /// No order explains the writes, or the search was too long.
    NotKnown,
}

/// Two writers hardly ever leave more than a few orders open. A search that needs more than this has gone astray.
const NODES: usize = 20_000;

/// Looks for an order of the writes and the snapshot that explains what the store and the copy answered.
///
/// The copy is one big read at a moment between the snapshot's call and its return. Where it cannot be explained, the snapshot
/// has the place among the writes where most of its answers are right.
pub(super) fn order_of<'a>(data: &Data, amid: &'a Amid, copy: Option<&Copied>) -> Order<'a> {
    let told = Told { data, copies: copy.into_iter().chain([&amid.after]).collect() };
    if let Some(copy) = copy
        && let Some(order) = explain(&told, amid, copy)
    {
        return Order::Found(order);
    }
    let without = Told { data, copies: vec![&amid.after] };
    let Some(mut order) = explain(&without, amid, &Copied(Vec::new())) else { return Order::NotKnown };
    if let Some(copy) = copy {
        put_where_it_fits_best(&without, &mut order, &amid.snapshot, copy);
    }
    Order::Found(order)
}

/// The data after calls in an order, with all that was read of them then.
pub(super) fn after(data: &Data, order: &[&Made], read: &Copied) -> Data {
    let mut data = data.clone();
    let calls = order.iter().map(|made| (&made.op, &made.outcome));
    for (op, outcome) in calls.chain(read.0.iter().map(|(op, outcome)| (op, outcome))) {
        // What is wrong is found when it is judged in its turn.
        if data.answer(op, outcome).is_err() {
            break;
        }
    }
    data
}

/// An order that explains every write, the snapshot's answers, and what the store answered afterwards; none where there is none,
/// or where the search has gone astray.
fn explain<'a>(told: &Told<'_>, amid: &'a Amid, copy: &Copied) -> Option<Vec<&'a Made>> {
    let last = amid.writers.len() + 1;
    let writes = amid.writers.iter().enumerate().flat_map(|(thread, writes)| {
        writes.iter().map(move |made| (Some(made), call(thread, Task::Write(&made.op), made)))
    });
    let taken = call(last - 1, Task::Read(copy), &amid.snapshot);
    let end = amid.writers.iter().flatten().chain([&amid.snapshot]).map(|made| made.returned).max()?;
    let after = Call::new(last, Task::Read(&amid.after), end + 1).returned(end + 2, Outcome::Done);
    let mut calls: Vec<_> = writes.chain([(Some(&amid.snapshot), taken), (None, after)]).collect();
    // As the history has them.
    calls.sort_by_key(|(_, call)| call.called_at());
    let (made, calls): (Vec<Option<&Made>>, Vec<_>) = calls.into_iter().unzip();
    let checker = Checker::default().with_nodes(NODES).with_configurations(0);
    match checker.check(told, &History::from_calls(calls)) {
        Verdict::Linearizable(order) => Some(order.into_iter().filter_map(|at| made[at]).collect()),
        Verdict::Violation(_) | Verdict::Unknown => None,
    }
}

fn call<'a>(thread: usize, task: Task<'a>, made: &Made) -> Call<Task<'a>, Outcome> {
    Call::new(thread, task, made.called).returned(made.returned, made.outcome.clone())
}

/// Moves the snapshot in an order to the place where a state of the data explains the most of its answers.
fn put_where_it_fits_best<'a>(told: &Told<'_>, order: &mut Vec<&'a Made>, snapshot: &'a Made, copy: &Copied) {
    order.retain(|made| !std::ptr::eq(*made, snapshot));
    let mut data = told.data.clone();
    // The place, and how much is explained there.
    let mut best: Option<(usize, usize)> = None;
    for place in 0..=order.len() {
        let is_after_its_call = order[place..].iter().all(|made| made.returned > snapshot.called);
        let is_before_its_return = order[..place].iter().all(|made| made.called < snapshot.returned);
        if is_after_its_call && is_before_its_return {
            let explained = copy.explained_by(&data);
            best = best.filter(|(_, most)| *most >= explained).or(Some((place, explained)));
        }
        if let Some(made) = order.get(place)
            && data.answer(&made.op, &made.outcome).is_err()
        {
            break;
        }
    }
    order.insert(best.map_or(order.len(), |(place, _)| place), snapshot);
}

impl Copied {
    /// How many of its answers are right in a state.
    fn explained_by(&self, data: &Data) -> usize {
        let mut data = data.clone();
        self.0.iter().filter(|(op, outcome)| data.answer(op, outcome).is_ok()).count()
    }

    /// The version of an entry, where the entry is here as a write left it.
    fn version_after(&self, op: &Op, outcome: &Outcome) -> Option<u64> {
        let (Op::Insert(entry), Outcome::Id(id)) = (op, outcome) else { return None };
        let shown = self.0.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::Entries(entries, _) => Some(entries),
            _ => None,
        });
        // No two writes have the same response.
        let mut found = shown.flatten().filter(|found| found.id == *id && found.response == entry.response);
        found.next().map(|found| found.version)
    }
}

enum Task<'a> {
    Write(&'a Op),
    Read(&'a Copied),
}

/// What is known of the store: its data before the writes, and copies of later moments.
struct Told<'a> {
    data: &'a Data,
    copies: Vec<&'a Copied>,
}

impl<'a> Specification for Told<'a> {
    type State = Data;
    type Operation = Task<'a>;
    type Outcome = Outcome;

    fn initial(&self) -> Data {
        self.data.clone()
    }

    fn step(&self, state: &Data, task: &Task<'a>, outcome: Option<&Outcome>, next: &mut Vec<Data>) {
        let mut state = state.clone();
        let is_right = match (task, outcome) {
            (Task::Write(op), Some(outcome)) => {
                state.answer(op, outcome).is_ok()
                    // Whoever saw the entry as this write left it has seen its version, which tells at once whether its turn has come.
                    && self.copies.iter().filter_map(|copy| copy.version_after(op, outcome)).all(|version| {
                        let now = state.versions.now();
                        state.versions.see(now, version).is_ok()
                    })
            }
            (Task::Write(_), None) => false,
            (Task::Read(copy), _) => copy.0.iter().all(|(op, outcome)| state.answer(op, outcome).is_ok()),
        };
        if is_right {
            next.push(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        operation::Walk,
        outcome::Ending,
        sample::{self, entry},
    };
    use mneme::StoredEntry;

    fn insert(id: u64, called: u64, returned: u64) -> Made {
        let op = Op::Insert(entry("a", &format!("h{id}")).response(format!("write {id}")));
        Made { handle: 0, op, called, returned, outcome: Outcome::Id(id) }
    }

    fn snapshot(called: u64, returned: u64) -> Made {
        Made { handle: 0, op: Op::SnapshotTo("copy".into()), called, returned, outcome: Outcome::Done }
    }

    /// What is read where the entries with these ids are stored, each with the version that is its id.
    fn copied(ids: &[u64]) -> Copied {
        let stored = |id: &u64| {
            StoredEntry::new(*id, *id, entry("a", &format!("h{id}")).response(format!("write {id}")))
        };
        let entries = Outcome::Entries(ids.iter().map(stored).collect(), Ending::Ended);
        Copied(vec![(Op::Walk(Walk::All), entries), (Op::Count(None), Outcome::Number(ids.len() as u64))])
    }

    /// The ids in the order that was found, with 0 for the snapshot; none where none was found.
    fn order(writers: [Vec<Made>; 2], snapshot: Made, copy: &[u64], after: &[u64]) -> Option<Vec<u64>> {
        let mut data = Data::default();
        data.identity = Some(sample::identity());
        let amid = Amid { writers: writers.into(), snapshot, after: copied(after) };
        let Order::Found(order) = order_of(&data, &amid, Some(&copied(copy))) else { return None };
        let id = |made: &&Made| match made.outcome {
            Outcome::Id(id) => id,
            _ => 0,
        };
        Some(order.iter().map(id).collect())
    }

    #[test]
    fn writes_are_put_in_the_order_of_their_ids_and_the_snapshot_where_it_was_taken() {
        let writers = || [vec![insert(2, 1, 6), insert(4, 8, 12)], vec![insert(1, 2, 5), insert(3, 7, 13)]];
        let all = [1, 2, 3, 4];
        for (copy, right) in
            [(&all[..2], [1, 2, 0, 3, 4]), (&all[..3], [1, 2, 3, 0, 4]), (&all[..4], [1, 2, 3, 4, 0])]
        {
            assert_eq!(order(writers(), snapshot(9, 11), copy, &all).as_deref(), Some(&right[..]));
        }
    }

    #[test]
    fn a_copy_of_no_moment_is_put_where_most_of_it_is_right() {
        let writers = || [vec![insert(1, 1, 2), insert(3, 5, 8)], vec![insert(2, 3, 4), insert(4, 6, 9)]];
        let all = [1, 2, 3, 4];
        // The later of two is in it, and not the earlier.
        assert_eq!(order(writers(), snapshot(5, 10), &[1, 2, 4], &all), Some(vec![1, 2, 3, 0, 4]));
        // What had returned before it was asked for is not in it.
        assert_eq!(order(writers(), snapshot(5, 10), &[1], &all), Some(vec![1, 2, 0, 3, 4]));
        // What began when it was over is in it, and it was taken before.
        let writers = [vec![insert(1, 1, 2), insert(3, 7, 9)], vec![insert(2, 3, 4), insert(4, 8, 10)]];
        assert_eq!(order(writers, snapshot(5, 6), &all, &all), Some(vec![1, 2, 0, 3, 4]));
    }

    #[test]
    fn writes_that_no_order_explains_are_another_matter() {
        let writers = [vec![insert(2, 1, 2)], vec![insert(1, 3, 4)]];
        assert_eq!(order(writers, snapshot(5, 6), &[1, 2], &[1, 2]), None, "the later one has the lesser id");
        let writers = [vec![insert(1, 1, 2)], vec![insert(2, 3, 4)]];
        assert_eq!(order(writers, snapshot(5, 6), &[1], &[1]), None, "one is lost");
    }
}
