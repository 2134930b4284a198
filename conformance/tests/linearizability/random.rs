//! Small histories from a seed.

use mneme_conformance::linearizability::{Call, History, Specification};

/// A generator of numbers (xorshift64*), the same on every machine.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

/// An object that histories are made of: which calls there are, and what each answers.
pub(super) trait Object: Specification {
    fn operation(&self, numbers: &mut Numbers) -> Self::Operation;
    fn outcome(&self, state: &Self::State, operation: &Self::Operation) -> Self::Outcome;
    /// An answer that may be wrong.
    fn any_outcome(&self, operation: &Self::Operation, numbers: &mut Numbers) -> Self::Outcome;
}

struct Thread<O, R> {
    operation: O,
    called: u64,
    outcome: Option<R>,
}

/// Runs an object on several threads in an order that the numbers choose: each call begins, takes effect and returns
/// at moments of its own. Of the histories that are not `right`, some answers are drawn at random.
pub(super) fn history<S: Object>(
    object: &S,
    numbers: &mut Numbers,
    calls: usize,
    right: bool,
) -> History<S::Operation, S::Outcome> {
    let threads = usize::try_from(2 + numbers.below(2)).expect("two or three");
    let mut state = object.initial();
    let mut open: Vec<Option<Thread<S::Operation, S::Outcome>>> = (0..threads).map(|_| None).collect();
    let mut done = Vec::new();
    let mut begun = 0;
    let mut stamp = 0;
    loop {
        let thread = usize::try_from(numbers.below(threads as u64)).expect("a thread");
        stamp += 1;
        match open[thread].take() {
            None if begun == calls => {
                if open.iter().all(Option::is_none) {
                    return History::from_calls(done);
                }
            }
            None => {
                begun += 1;
                let operation = object.operation(numbers);
                open[thread] = Some(Thread { operation, called: stamp, outcome: None });
            }
            Some(Thread { operation, called, outcome: None }) => match numbers.below(12) {
                // It never returns, and happened or not.
                0 => {
                    let call = Call::new(thread, operation, called);
                    if numbers.below(2) == 0 {
                        state = effect(object, &state, call.operation());
                    }
                    done.push(call);
                }
                // It fails, and happened or not.
                1 => {
                    let call = Call::new(thread, operation, called).failed(stamp);
                    if numbers.below(2) == 0 {
                        state = effect(object, &state, call.operation());
                    }
                    done.push(call);
                }
                _ => {
                    let outcome = object.outcome(&state, &operation);
                    state = effect(object, &state, &operation);
                    open[thread] = Some(Thread { operation, called, outcome: Some(outcome) });
                }
            },
            Some(Thread { operation, called, outcome: Some(outcome) }) => {
                let outcome = if !right && numbers.below(4) == 0 {
                    object.any_outcome(&operation, numbers)
                } else {
                    outcome
                };
                done.push(Call::new(thread, operation, called).returned(stamp, outcome));
            }
        }
    }
}

fn effect<S: Specification>(object: &S, state: &S::State, operation: &S::Operation) -> S::State {
    let mut next = Vec::new();
    object.step(state, operation, None, &mut next);
    next.pop().expect("every call can take effect")
}
