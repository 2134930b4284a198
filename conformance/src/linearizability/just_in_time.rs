//! Lowe's just-in-time search: all orders at once, and a call takes effect only when some return needs it to.

use super::{
    bits::Set,
    events::Event,
    hasher::Fold,
    history::History,
    specification::Specification,
    verdict::{Possible, Verdict, Violation},
};
use std::collections::{HashMap, hash_map::Entry};

/// What is possible after some events: which of the open calls took effect, and the state. Each leads to the way on
/// which it was first reached.
type Configurations<S, B> = HashMap<(B, S), Way, Fold>;

/// The place of a step in [`Ways`]; none is the beginning.
type Way = Option<u32>;

pub(super) fn search<S: Specification, B: Set>(
    specification: &S,
    history: &History<S::Operation, S::Outcome>,
    events: &[Event],
    most_open: usize,
    budget: usize,
) -> Verdict<S::State> {
    let mut search = Search {
        specification,
        history,
        slots: vec![None; most_open],
        slot_of: vec![0; history.len()],
        ways: Ways::default(),
        left: budget,
        next: Vec::new(),
    };
    let mut now: Configurations<S::State, B> = HashMap::default();
    now.insert((B::empty(most_open), specification.initial()), None);
    for event in events {
        match *event {
            Event::Called(call) => search.open(call),
            Event::Returned(call) => match search.passed(&now, call) {
                None => return Verdict::Unknown,
                Some(passed) if passed.is_empty() => {
                    return Verdict::Violation(Violation { call, before: search.possible(now) });
                }
                Some(passed) => {
                    now = passed;
                    search.close(call);
                }
            },
        }
    }
    let way = now.into_values().next().expect("something is possible at the end");
    Verdict::Linearizable(search.ways.order(way))
}

struct Search<'a, S: Specification> {
    specification: &'a S,
    history: &'a History<S::Operation, S::Outcome>,
    /// The open calls, each in a slot.
    slots: Vec<Option<usize>>,
    slot_of: Vec<usize>,
    ways: Ways,
    left: usize,
    /// Scratch for the states that a step leads to.
    next: Vec<S::State>,
}

impl<S: Specification> Search<'_, S> {
    fn open(&mut self, call: usize) {
        let slot = self.slots.iter().position(Option::is_none).expect("there is a slot for each open call");
        self.slots[slot] = Some(call);
        self.slot_of[call] = slot;
    }

    fn close(&mut self, call: usize) {
        self.slots[self.slot_of[call]] = None;
    }

    /// What is possible once a call has returned; none where the budget is spent.
    fn passed<B: Set>(
        &mut self,
        now: &Configurations<S::State, B>,
        call: usize,
    ) -> Option<Configurations<S::State, B>> {
        let slot = self.slot_of[call];
        let may_not_have_happened = self.history.calls()[call].outcome.is_none();
        let mut passed: Configurations<S::State, B> = HashMap::default();
        // What was reached on the way to where the call takes effect.
        let mut seen: Configurations<S::State, B> = HashMap::default();
        let mut waiting = Vec::new();
        for ((taken, state), way) in now {
            if taken.contains(slot) {
                passed.entry((taken.without(slot), state.clone())).or_insert(*way);
                continue;
            }
            if may_not_have_happened {
                passed.entry((taken.clone(), state.clone())).or_insert(*way);
            }
            waiting.push((taken.clone(), state.clone(), *way));
        }
        while let Some((taken, state, way)) = waiting.pop() {
            for open in 0..self.slots.len() {
                let Some(other) = self.slots[open].filter(|_| !taken.contains(open)) else { continue };
                self.left = self.left.checked_sub(1)?;
                let of = &self.history.calls()[other];
                self.specification.step(&state, &of.operation, of.outcome.as_ref(), &mut self.next);
                for after in self.next.drain(..) {
                    // What never returned and changed nothing need not have happened.
                    if of.returned.is_none() && after == state {
                        continue;
                    }
                    if open == slot {
                        if let Entry::Vacant(new) = passed.entry((taken.clone(), after)) {
                            new.insert(Some(self.ways.step(other, way)));
                        }
                        continue;
                    }
                    let taken = taken.with(open);
                    let reached = (taken.clone(), after.clone());
                    if now.contains_key(&reached) {
                        continue;
                    }
                    if let Entry::Vacant(new) = seen.entry(reached) {
                        let way = *new.insert(Some(self.ways.step(other, way)));
                        waiting.push((taken, after, way));
                    }
                }
            }
        }
        Some(passed)
    }

    fn possible<B: Set>(&self, now: Configurations<S::State, B>) -> Vec<Possible<S::State>> {
        let possible = now.into_iter().map(|((taken, state), way)| {
            let open = self.slots.iter().enumerate().filter(|(slot, _)| taken.contains(*slot));
            let mut ahead: Vec<usize> = open.filter_map(|(_, call)| *call).collect();
            ahead.sort_unstable();
            Possible { state, ahead, order: self.ways.order(way) }
        });
        let mut possible: Vec<_> = possible.collect();
        possible.sort_by(|a, b| (&a.ahead, &a.order).cmp(&(&b.ahead, &b.order)));
        possible
    }
}

/// Every step that was taken, each with the one before it.
#[derive(Default)]
struct Ways(Vec<(u32, Way)>);

impl Ways {
    fn step(&mut self, call: usize, before: Way) -> u32 {
        let number = |n: usize| u32::try_from(n).expect("fewer than 2^32 steps fit into any memory");
        self.0.push((number(call), before));
        number(self.0.len() - 1)
    }

    fn order(&self, way: Way) -> Vec<usize> {
        let mut order = Vec::new();
        let mut way = way;
        while let Some(at) = way {
            let (call, before) = self.0[at as usize];
            order.push(call as usize);
            way = before;
        }
        order.reverse();
        order
    }
}
