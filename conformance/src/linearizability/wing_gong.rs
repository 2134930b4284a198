//! The search of Wing and Gong, with the memo of Lowe: follow one order as far as it goes, then go back.

use super::{bits::Taken, events::Event, hasher::Fold, history::History, specification::Specification};
use std::collections::{HashMap, HashSet};

/// How a search ended.
pub(super) enum Search {
    Found(Vec<usize>),
    /// There is none; the first call by return that no order explains.
    None {
        stuck_at: usize,
    },
    OutOfBudget,
}

pub(super) fn search<S: Specification>(
    specification: &S,
    history: &History<S::Operation, S::Outcome>,
    events: &[Event],
    budget: usize,
) -> Search {
    Walk::new(specification, history, events).run(budget)
}

/// The node before the first event; event `n` is node `n + 1`, and the last node is the end.
const HEAD: usize = 0;

struct Walk<'a, S: Specification> {
    specification: &'a S,
    history: &'a History<S::Operation, S::Outcome>,
    events: &'a [Event],
    list: List,
    /// For each call, the node at which it begins.
    begins: Vec<usize>,
    state: S::State,
    taken: Taken,
    path: Vec<Taking<S::State>>,
    /// What was found to lead nowhere: by the calls that took effect, the states.
    dead: HashMap<Vec<u64>, HashSet<S::State, Fold>, Fold>,
    /// How large all of these are together.
    kept: usize,
    /// Scratch for a key of `dead`.
    key: Vec<u64>,
}

/// How large the states may be together that are kept as leading nowhere, as [`Specification::size`] counts: some hundred megabytes
/// where they are maps.
const MOST_KEPT: usize = 4_000_000;

/// A call that took effect on the path, with what is needed to take it back.
struct Taking<S> {
    call: usize,
    /// Whether it happened; one that failed may not have.
    happened: bool,
    before: S,
    /// The other states that it can lead to, and whether it happened in them.
    others: Vec<(S, bool)>,
}

impl<'a, S: Specification> Walk<'a, S> {
    fn new(
        specification: &'a S,
        history: &'a History<S::Operation, S::Outcome>,
        events: &'a [Event],
    ) -> Self {
        let mut begins = vec![HEAD; history.len()];
        let mut returns = vec![None; history.len()];
        for (at, event) in events.iter().enumerate() {
            match event {
                Event::Called(call) => begins[*call] = at + 1,
                Event::Returned(call) => returns[*call] = Some(at + 1),
            }
        }
        let list = List::new(events.len(), returns);
        Self {
            specification,
            history,
            events,
            list,
            begins,
            state: specification.initial(),
            taken: Taken::none(history.len()),
            path: Vec::with_capacity(history.len()),
            dead: HashMap::default(),
            kept: 0,
            key: Vec::new(),
        }
    }

    fn run(mut self, budget: usize) -> Search {
        let mut to_return = self.events.iter().filter(|event| matches!(event, Event::Returned(_))).count();
        let mut tried = 0;
        // The return, by its node, that no path has passed yet.
        let mut furthest = HEAD;
        let mut node = self.list.first();
        let mut next = Vec::new();
        while to_return > 0 {
            match self.events[node - 1] {
                Event::Called(at) => {
                    if tried == budget || self.kept > MOST_KEPT {
                        return Search::OutOfBudget;
                    }
                    tried += 1;
                    let call = &self.history.calls()[at];
                    self.specification.step(&self.state, &call.operation, call.outcome.as_ref(), &mut next);
                    let mut others: Vec<(S::State, bool)> = Vec::new();
                    if call.outcome.is_none() && call.returned.is_some() {
                        others.push((self.state.clone(), false));
                    }
                    others.extend(next.drain(..).rev().map(|state| (state, true)));
                    self.taken.insert(at);
                    if let Some((state, happened)) = self.alive(&mut others) {
                        let before = std::mem::replace(&mut self.state, state);
                        self.path.push(Taking { call: at, happened, before, others });
                        self.list.take(self.begins[at], at);
                        to_return -= usize::from(call.returned.is_some());
                        node = self.list.first();
                    } else {
                        self.taken.remove(at);
                        node = self.list.after(node);
                    }
                }
                Event::Returned(_) => {
                    furthest = furthest.max(node);
                    let Some(mut last) = self.path.pop() else {
                        let Event::Returned(stuck_at) = self.events[furthest - 1] else {
                            unreachable!("the search is stuck at returns only")
                        };
                        return Search::None { stuck_at };
                    };
                    if let Some((state, happened)) = self.give_up(&mut last.others) {
                        self.state = state;
                        last.happened = happened;
                        self.path.push(last);
                        node = self.list.first();
                    } else {
                        let at = last.call;
                        self.taken.remove(at);
                        self.list.put_back(self.begins[at], at);
                        to_return += usize::from(self.history.calls()[at].returned.is_some());
                        self.state = last.before;
                        node = self.list.after(self.begins[at]);
                    }
                }
            }
        }
        Search::Found(self.path.iter().filter(|taking| taking.happened).map(|taking| taking.call).collect())
    }

    /// The last of some states that is not known to lead nowhere.
    fn alive(&mut self, states: &mut Vec<(S::State, bool)>) -> Option<(S::State, bool)> {
        if states.is_empty() || self.dead.is_empty() {
            return states.pop();
        }
        self.taken.key(&mut self.key);
        let Some(dead) = self.dead.get(&self.key) else { return states.pop() };
        while let Some(state) = states.pop() {
            if !dead.contains(&state.0) {
                return Some(state);
            }
        }
        None
    }

    /// Notes that the present state leads nowhere, and answers another one to go on from.
    fn give_up(&mut self, others: &mut Vec<(S::State, bool)>) -> Option<(S::State, bool)> {
        self.taken.key(&mut self.key);
        // The state is replaced at once by whoever calls this.
        let state = self.state.clone();
        self.kept += self.specification.size(&state);
        if let Some(dead) = self.dead.get_mut(&self.key) {
            dead.insert(state);
        } else {
            self.dead.insert(self.key.clone(), HashSet::from_iter([state]));
        }
        self.alive(others)
    }
}

/// The events that are still to be explained, as a list that gives back what was taken out of it last.
struct List {
    next: Vec<usize>,
    previous: Vec<usize>,
    returns: Vec<Option<usize>>,
}

impl List {
    fn new(events: usize, returns: Vec<Option<usize>>) -> Self {
        let next = (1..=events + 2).collect();
        let previous = (0..events + 2).map(|node: usize| node.saturating_sub(1)).collect();
        Self { next, previous, returns }
    }

    fn first(&self) -> usize {
        self.next[HEAD]
    }

    fn after(&self, node: usize) -> usize {
        self.next[node]
    }

    fn take(&mut self, begin: usize, call: usize) {
        self.unlink(begin);
        if let Some(end) = self.returns[call] {
            self.unlink(end);
        }
    }

    fn put_back(&mut self, begin: usize, call: usize) {
        if let Some(end) = self.returns[call] {
            self.link(end);
        }
        self.link(begin);
    }

    fn unlink(&mut self, node: usize) {
        let (before, after) = (self.previous[node], self.next[node]);
        self.next[before] = after;
        self.previous[after] = before;
    }

    fn link(&mut self, node: usize) {
        let (before, after) = (self.previous[node], self.next[node]);
        self.next[before] = node;
        self.previous[after] = node;
    }
}
