use super::{
    naive,
    random::{Numbers, Object, history},
};
use mneme_conformance::linearizability::{
    Checker, History, Specification, Verdict,
    specifications::{KeyValue, KeyValueOp, KeyValueOutcome, Register, RegisterOp, RegisterOutcome},
};
use std::fmt::Debug;

impl Object for Register {
    fn operation(&self, numbers: &mut Numbers) -> RegisterOp {
        match numbers.below(5) {
            0 | 1 => RegisterOp::Read,
            2 | 3 => RegisterOp::Write(numbers.below(3)),
            _ => RegisterOp::CompareAndSwap(numbers.below(3), numbers.below(3)),
        }
    }

    fn outcome(&self, state: &u64, operation: &RegisterOp) -> RegisterOutcome {
        match operation {
            RegisterOp::Read => RegisterOutcome::Read(*state),
            RegisterOp::Write(_) => RegisterOutcome::Written,
            RegisterOp::CompareAndSwap(from, _) => RegisterOutcome::Swapped(from == state),
        }
    }

    fn any_outcome(&self, operation: &RegisterOp, numbers: &mut Numbers) -> RegisterOutcome {
        match operation {
            RegisterOp::Read => RegisterOutcome::Read(numbers.below(3)),
            RegisterOp::Write(_) => RegisterOutcome::Written,
            RegisterOp::CompareAndSwap(..) => RegisterOutcome::Swapped(numbers.below(2) == 0),
        }
    }
}

impl Object for KeyValue {
    fn operation(&self, numbers: &mut Numbers) -> KeyValueOp {
        let key = numbers.below(2);
        match numbers.below(3) {
            0 => KeyValueOp::Get(key),
            1 => KeyValueOp::Put(key, numbers.below(3)),
            _ => KeyValueOp::Remove(key),
        }
    }

    fn outcome(&self, state: &Self::State, operation: &KeyValueOp) -> KeyValueOutcome {
        let value = state.get(&operation.key()).copied();
        match operation {
            KeyValueOp::Get(_) => KeyValueOutcome::Value(value),
            KeyValueOp::Put(..) | KeyValueOp::Remove(_) => KeyValueOutcome::Replaced(value),
        }
    }

    fn any_outcome(&self, operation: &KeyValueOp, numbers: &mut Numbers) -> KeyValueOutcome {
        let value = Some(numbers.below(4)).filter(|value| *value < 3);
        match operation {
            KeyValueOp::Get(_) => KeyValueOutcome::Value(value),
            KeyValueOp::Put(..) | KeyValueOp::Remove(_) => KeyValueOutcome::Replaced(value),
        }
    }
}

const HISTORIES: u64 = 4_000;
const CALLS: usize = 7;

/// How many of the histories were right, and how many were not.
fn compare<S>(object: &S, seed: u64) -> (usize, usize)
where
    S: Object<Operation: Clone + Debug, Outcome: Clone + Debug, State: Debug + PartialEq>,
{
    // Each search by itself, too: alone, the second would hardly ever see a history that is right.
    let checkers = [
        ("both searches", Checker::default()),
        ("the first search", Checker::default().with_configurations(0)),
        ("the second search", Checker::default().with_nodes(0)),
    ];
    let mut numbers = Numbers::new(seed);
    let (mut right, mut wrong) = (0, 0);
    for number in 0..HISTORIES {
        let history = history(object, &mut numbers, CALLS, number % 2 == 0);
        let expected = naive::first_unexplained(object, &history);
        assert_eq!(expected.is_none(), naive::is_linearizable(object, &history), "{history:?}");
        if number % 2 == 0 {
            assert_eq!(expected, None, "the simulation is wrong: {history:?}");
        }
        for (name, checker) in checkers {
            match (checker.check(object, &history), expected) {
                (Verdict::Linearizable(order), None) => assert_explains(object, &history, &order),
                (Verdict::Violation(violation), Some(call)) => {
                    assert_eq!(violation.call, call, "{name}: {history:?}");
                    assert_eq!(violation.before.is_empty(), name == "the first search", "{history:?}");
                    for possible in violation.before {
                        let state = replay(object, &history, &possible.order);
                        assert_eq!(state.as_ref(), Some(&possible.state), "{name}: {history:?}");
                    }
                }
                (verdict, expected) => panic!("{name}: {verdict:?}, and not {expected:?}: {history:?}"),
            }
        }
        *if expected.is_none() { &mut right } else { &mut wrong } += 1;
    }
    (right, wrong)
}

/// The state after some calls in an order; none where an answer is wrong in it.
fn replay<S: Specification>(
    object: &S,
    history: &History<S::Operation, S::Outcome>,
    order: &[usize],
) -> Option<S::State> {
    order.iter().try_fold(object.initial(), |state, call| {
        let call = &history.calls()[*call];
        let mut next = Vec::new();
        object.step(&state, call.operation(), call.outcome(), &mut next);
        next.pop()
    })
}

fn assert_explains<S>(object: &S, history: &History<S::Operation, S::Outcome>, order: &[usize])
where
    S: Specification<Operation: Debug, Outcome: Debug>,
{
    assert!(replay(object, history, order).is_some(), "{order:?} explains nothing: {history:?}");
    let calls = history.calls();
    for (at, call) in calls.iter().enumerate() {
        let times = order.iter().filter(|taken| **taken == at).count();
        assert!(times == 1 || (times == 0 && call.outcome().is_none()), "{order:?}: {history:?}");
    }
    for (at, first) in order.iter().enumerate() {
        for second in &order[at + 1..] {
            let returned = calls[*second].returned_at();
            let goes_back = returned.is_some_and(|returned| returned < calls[*first].called_at());
            assert!(!goes_back, "{order:?} does not respect real time: {history:?}");
        }
    }
}

#[test]
fn the_checker_agrees_with_one_that_tries_every_order() {
    let mut total = (0, 0);
    for seed in 0..2 {
        for (right, wrong) in [compare(&Register::new(0), seed), compare(&KeyValue, seed)] {
            total = (total.0 + right, total.1 + wrong);
        }
    }
    assert!(total.0 + total.1 >= 10_000, "{total:?}");
    assert!(total.0 >= 3_000 && total.1 >= 3_000, "{total:?}");
}
