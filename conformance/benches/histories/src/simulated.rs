//! Histories from a seed.

use mneme_conformance::linearizability::{
    Call, History, Specification,
    specifications::{KeyValueOp, KeyValueOutcome, RegisterOp, RegisterOutcome},
};
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) threads: usize,
    /// Of all threads together.
    pub(crate) calls: usize,
}

/// xorshift64*: the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).expect("31 bits") % limit
    }
}

/// A number that nothing writes.
const NEVER: u64 = u64::MAX;

/// What a thread is at.
enum At<O, R> {
    Idle,
    Called(O, u64),
    Done(O, u64, R),
}

/// Lets threads take turns: each call begins, takes effect and returns at moments of its own.
fn simulate<O: Clone, R>(
    seed: u64,
    shape: Shape,
    mut draw: impl FnMut(&mut Numbers, usize) -> O,
    mut effect: impl FnMut(&O) -> R,
) -> Vec<Call<O, R>> {
    let mut numbers = Numbers::new(seed);
    let mut threads: Vec<_> = (0..shape.threads).map(|_| At::Idle).collect();
    let (mut calls, mut begun, mut stamp) = (Vec::new(), 0, 0);
    while calls.len() < shape.calls {
        let thread = numbers.below(shape.threads);
        stamp += 1;
        let now = std::mem::replace(&mut threads[thread], At::Idle);
        threads[thread] = match now {
            At::Idle if begun == shape.calls => At::Idle,
            At::Idle => {
                begun += 1;
                At::Called(draw(&mut numbers, begun), stamp)
            }
            At::Called(operation, called) => {
                let outcome = effect(&operation);
                At::Done(operation, called, outcome)
            }
            At::Done(operation, called, outcome) => {
                calls.push(Call::new(thread, operation, called).returned(stamp, outcome));
                At::Idle
            }
        };
    }
    calls
}

pub(crate) fn register(seed: u64, shape: Shape, right: bool) -> History<RegisterOp, RegisterOutcome> {
    let mut state = 0;
    let draw = |numbers: &mut Numbers, number: usize| match numbers.below(2) {
        0 => RegisterOp::Read,
        _ => RegisterOp::Write(number as u64),
    };
    let mut calls = simulate(seed, shape, draw, |operation| match *operation {
        RegisterOp::Write(number) => {
            state = number;
            RegisterOutcome::Written
        }
        _ => RegisterOutcome::Read(state),
    });
    if !right {
        spoil(&mut calls, |call| matches!(call.operation(), RegisterOp::Read), RegisterOutcome::Read(NEVER));
    }
    History::from_calls(calls)
}

/// Each key is written once, and the last one is read as it never was.
pub(crate) fn puts(shape: Shape) -> History<KeyValueOp, KeyValueOutcome> {
    let mut calls = simulate(
        0,
        shape,
        |_, number| KeyValueOp::Put(number as u64, 1),
        |_| KeyValueOutcome::Replaced(None),
    );
    let end = calls.iter().filter_map(Call::returned_at).max().unwrap_or(0);
    let read = Call::new(0, KeyValueOp::Get(shape.calls as u64), end + 1);
    calls.push(read.returned(end + 2, KeyValueOutcome::Value(Some(NEVER))));
    History::from_calls(calls)
}

/// A read or a write of one of eight keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyOp {
    key: u8,
    writes: Option<u64>,
}

impl KeyOp {
    pub(crate) fn key(self) -> u8 {
        self.key
    }
}

/// The specification of eight keys.
pub(crate) struct Keys;

impl Specification for Keys {
    type State = [Option<u64>; 8];
    type Operation = KeyOp;
    type Outcome = Option<u64>;

    fn initial(&self) -> Self::State {
        [None; 8]
    }

    fn step(
        &self,
        state: &Self::State,
        operation: &KeyOp,
        outcome: Option<&Option<u64>>,
        next: &mut Vec<Self::State>,
    ) {
        let key = usize::from(operation.key);
        let mut after = *state;
        let right = match operation.writes {
            Some(number) => {
                after[key] = Some(number);
                None
            }
            None => state[key],
        };
        if outcome.is_none_or(|outcome| *outcome == right) {
            next.push(after);
        }
    }
}

pub(crate) fn keys(seed: u64, shape: Shape, right: bool) -> History<KeyOp, Option<u64>> {
    let mut state: BTreeMap<u8, u64> = BTreeMap::new();
    let draw = |numbers: &mut Numbers, number: usize| KeyOp {
        key: u8::try_from(numbers.below(8)).expect("one of eight"),
        writes: (numbers.below(2) == 0).then_some(number as u64),
    };
    let mut calls = simulate(seed, shape, draw, |operation| match operation.writes {
        Some(number) => {
            state.insert(operation.key, number);
            None
        }
        None => state.get(&operation.key).copied(),
    });
    if !right {
        spoil(&mut calls, |call| call.operation().writes.is_none(), Some(NEVER));
    }
    History::from_calls(calls)
}

/// Gives a read in the last tenth an answer that no order explains.
fn spoil<O: Clone, R>(calls: &mut [Call<O, R>], is_read: impl Fn(&Call<O, R>) -> bool, answer: R) {
    let from = calls.len() * 9 / 10;
    let read = calls[from..].iter_mut().find(|call| is_read(call)).expect("a read in the last tenth");
    let end = read.returned_at().expect("each call returns");
    *read = Call::new(read.thread(), read.operation().clone(), read.called_at()).returned(end, answer);
}
