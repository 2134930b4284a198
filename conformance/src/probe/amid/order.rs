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
    /// No order explains the writes, or the search was too long to say whether one explains the copy.
    NotKnown,
}

/// Two writers hardly ever leave more than a few orders open. A search that needs more than this has gone astray.
const NODES: usize = 20_000;

/// Looks for an order of the writes and the snapshot that explains what the store and the copy answered.
///
/// The copy is one big read at a moment between the snapshot's call and its return. Where it cannot be explained, the snapshot
/// has the place among the writes where most of its answers are right.
pub(super) fn order_of<'a>(data: &Data, amid: &'a Amid, copy: Option<&Copied>) -> Order<'a> {
    order_within(NODES, data, amid, copy)
}

fn order_within<'a>(nodes: usize, data: &Data, amid: &'a Amid, copy: Option<&Copied>) -> Order<'a> {
    if let Some(copy) = copy {
        match explain(nodes, data, amid, Some(copy)) {
            Explained::By(order) => return Order::Found(order),
            Explained::NotKnown => return Order::NotKnown,
            Explained::ByNone => {}
        }
    }
    let Explained::By(mut order) = explain(nodes, data, amid, None) else { return Order::NotKnown };
    if let Some(copy) = copy {
        put_where_it_fits_best(data, &mut order, &amid.snapshot, copy);
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

/// What a search for an order brought.
enum Explained<'a> {
    By(Vec<&'a Made>),
    ByNone,
    /// The search has gone astray.
    NotKnown,
}

/// Looks for an order that explains every write, what a copy holds, and what the store answered afterwards.
fn explain<'a>(nodes: usize, data: &Data, amid: &'a Amid, copy: Option<&Copied>) -> Explained<'a> {
    let told = Told {
        data,
        copies: copy.into_iter().chain([&amid.after]).collect(),
        version_of_copy: copy.and_then(Copied::version),
    };
    let last = amid.writers.len() + 1;
    let writes = amid.writers.iter().enumerate().flat_map(|(thread, writes)| {
        writes.iter().map(move |made| (Some(made), call(thread, Task::Write(&made.op), made)))
    });
    let nothing = Copied(Vec::new());
    let taken = call(last - 1, Task::Read(copy.unwrap_or(&nothing)), &amid.snapshot);
    let ended = amid.writers.iter().flatten().chain([&amid.snapshot]).map(|made| made.returned);
    let end = ended.max().unwrap_or(amid.snapshot.returned);
    let after = Call::new(last, Task::Read(&amid.after), end + 1).returned(end + 2, Outcome::Done);
    let mut calls: Vec<_> = writes.chain([(Some(&amid.snapshot), taken), (None, after)]).collect();
    // As the history has them.
    calls.sort_by_key(|(_, call)| call.called_at());
    let (made, calls): (Vec<Option<&Made>>, Vec<_>) = calls.into_iter().unzip();
    let checker = Checker::default().with_nodes(nodes).with_configurations(0);
    match checker.check(&told, &History::from_calls(calls)) {
        Verdict::Linearizable(order) => Explained::By(order.into_iter().filter_map(|at| made[at]).collect()),
        Verdict::Violation(_) => Explained::ByNone,
        Verdict::Unknown => Explained::NotKnown,
    }
}

fn call<'a>(thread: usize, task: Task<'a>, made: &Made) -> Call<Task<'a>, Outcome> {
    Call::new(thread, task, made.called).returned(made.returned, made.outcome.clone())
}

/// Moves the snapshot in an order to the place where a state of the data explains the most of its answers.
fn put_where_it_fits_best<'a>(data: &Data, order: &mut Vec<&'a Made>, snapshot: &'a Made, copy: &Copied) {
    order.retain(|made| !std::ptr::eq(*made, snapshot));
    let mut data = data.clone();
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

    /// The version counter.
    fn version(&self) -> Option<u64> {
        self.0.iter().find_map(|(op, outcome)| match (op, outcome) {
            (Op::VersionCounter, Outcome::Number(version)) => Some(*version),
            _ => None,
        })
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
    version_of_copy: Option<u64>,
}

/// How far an order has come.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Reached {
    data: Data,
    /// Whether the copy was made.
    is_copied: bool,
}

impl Told<'_> {
    /// Whether whoever saw the entry as a write left it saw it with the version that the counter has now. This tells at
    /// once whether the write's turn has come.
    fn is_its_turn(&self, data: &mut Data, op: &Op, outcome: &Outcome) -> bool {
        let now = data.versions.now();
        let mut versions = self.copies.iter().filter_map(|copy| copy.version_after(op, outcome));
        versions.all(|version| data.versions.see(now, version).is_ok())
    }

    /// Whether the counter is past that of the copy. An order that has come so far without the copy need not go on, and
    /// one that goes on to the end finds out too late to try all others.
    fn is_past_the_copy(&self, data: &Data) -> bool {
        self.version_of_copy.is_some_and(|version| data.versions.bounds(data.versions.now()).0 > version)
    }
}

impl<'a> Specification for Told<'a> {
    type State = Reached;
    type Operation = Task<'a>;
    type Outcome = Outcome;

    fn initial(&self) -> Reached {
        Reached { data: self.data.clone(), is_copied: false }
    }

    fn step(&self, state: &Reached, task: &Task<'a>, outcome: Option<&Outcome>, next: &mut Vec<Reached>) {
        let Reached { mut data, is_copied } = state.clone();
        match (task, outcome) {
            (Task::Write(op), Some(outcome)) => {
                let is_right = data.answer(op, outcome).is_ok() && self.is_its_turn(&mut data, op, outcome);
                if is_right && (is_copied || !self.is_past_the_copy(&data)) {
                    next.push(Reached { data, is_copied });
                }
            }
            (Task::Write(_), None) => {}
            (Task::Read(copy), _) => {
                if copy.0.iter().all(|(op, outcome)| data.answer(op, outcome).is_ok()) {
                    next.push(Reached { data, is_copied: true });
                }
            }
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

    /// Two writers, one of whose calls takes as long as a hundred of the other one's: each sets its own quota and inserts, by turns.
    /// The writes of both in the order in which they took effect.
    fn of_two_writers() -> Vec<(usize, Made)> {
        let mut writes = Vec::new();
        for (writer, takes, calls) in [(0, 10, 1_200), (1, 1_000, 12)] {
            for n in 0..calls {
                let (called, returned) = (1 + n * takes, (n + 1) * takes);
                writes.push((called + takes / 2, writer, n, called, returned));
            }
        }
        writes.sort_unstable();
        let mut ids = 0;
        let made = |(_, writer, n, called, returned)| {
            let made = if n % 2 == 0 {
                let op = Op::SetNamespaceQuota(format!("of {writer}").into(), n);
                Made { handle: 0, op, called, returned, outcome: Outcome::Done }
            } else {
                ids += 1;
                insert(ids, called, returned)
            };
            (writer, made)
        };
        writes.into_iter().map(made).collect()
    }

    #[test]
    fn a_snapshot_beside_hundreds_of_writes_is_put_where_it_was_taken() {
        let mut data = Data::default();
        data.identity = Some(sample::identity());
        let all = of_two_writers();
        let is_slow_quota =
            |(writer, made): &(usize, Made)| *writer == 1 && matches!(made.op, Op::SetNamespaceQuota(..));
        let slow: Vec<_> = (0..all.len()).filter(|at| is_slow_quota(&all[*at])).collect();
        // The slow one has called by then, and has not taken effect.
        for moment in [slow[0] - 5, slow[2] - 5, slow[4] - 5] {
            let ids = |writes: &[(usize, Made)]| -> Vec<u64> {
                let id = |(_, made): &(usize, Made)| match made.outcome {
                    Outcome::Id(id) => Some(id),
                    _ => None,
                };
                writes.iter().filter_map(id).collect()
            };
            let before = ids(&all[..moment]);
            let mut copy = copied(&before);
            copy.0.push((Op::VersionCounter, Outcome::Number(before.len() as u64)));
            for writer in 0..2 {
                let quota = all[..moment].iter().rev().find_map(|(by, made)| match made.op {
                    Op::SetNamespaceQuota(_, quota) if *by == writer => Some(quota),
                    _ => None,
                });
                copy.0.push((Op::GetNamespaceQuota(format!("of {writer}").into()), Outcome::Quota(quota)));
            }
            let mut writers = vec![Vec::new(), Vec::new()];
            for (writer, made) in of_two_writers() {
                writers[writer].push(made);
            }
            let amid = Amid { writers, snapshot: snapshot(0, 13_000), after: copied(&ids(&all)) };
            // Who goes on past the moment of the copy needs many more.
            let Order::Found(order) = order_within(4_000, &data, &amid, Some(&copy)) else {
                panic!("the search has gone astray")
            };

            let mut then = data.clone();
            for made in order.iter().take_while(|made| !matches!(made.op, Op::SnapshotTo(_))) {
                then.answer(&made.op, &made.outcome).expect("a write that is explained");
            }
            assert_eq!(copy.explained_by(&then), copy.0.len(), "at {moment}");
        }
    }

    #[test]
    fn a_search_that_has_gone_astray_accuses_nobody() {
        let mut data = Data::default();
        data.identity = Some(sample::identity());
        let writers = vec![vec![insert(1, 1, 2), insert(3, 5, 8)], vec![insert(2, 3, 4), insert(4, 6, 9)]];
        let amid = Amid { writers, snapshot: snapshot(5, 10), after: copied(&[1, 2, 3, 4]) };
        let torn = copied(&[1, 2, 4]);
        assert!(matches!(order_within(NODES, &data, &amid, Some(&torn)), Order::Found(_)));
        assert!(matches!(order_within(3, &data, &amid, Some(&torn)), Order::NotKnown));
    }

    #[test]
    fn writes_that_no_order_explains_are_another_matter() {
        let writers = [vec![insert(2, 1, 2)], vec![insert(1, 3, 4)]];
        assert_eq!(order(writers, snapshot(5, 6), &[1, 2], &[1, 2]), None, "the later one has the lesser id");
        let writers = [vec![insert(1, 1, 2)], vec![insert(2, 3, 4)]];
        assert_eq!(order(writers, snapshot(5, 6), &[1], &[1]), None, "one is lost");
    }
}
