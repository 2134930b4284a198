//! The other checkers, on the same register histories.

use mneme_conformance::linearizability::{
    History,
    specifications::{RegisterOp, RegisterOutcome},
};
use stateright::semantics::{
    ConsistencyTester as _, LinearizabilityTester,
    register::{Register, RegisterOp as Op, RegisterRet},
};
use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use todc_utils::{
    linearizability::{
        WGLChecker,
        history::{Action, History as Actions},
    },
    specifications::register::{RegisterOperation, RegisterSpecification},
};

/// For how long a peer may search, in microseconds.
pub(crate) const PATIENCE: f64 = 10e6;

pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// The microseconds that it took, where it came to an end and its verdict was right.
    pub(crate) check: fn(&History<RegisterOp, RegisterOutcome>, bool) -> Option<f64>,
}

pub(crate) const ALL: [Peer; 2] =
    [Peer { name: "todc", check: todc }, Peer { name: "stateright", check: stateright }];

/// A call or a return, in the order of the stamps.
struct Moment {
    at: u64,
    thread: usize,
    operation: RegisterOp,
    outcome: RegisterOutcome,
    returns: bool,
}

fn moments(history: &History<RegisterOp, RegisterOutcome>) -> Vec<Moment> {
    let mut moments = Vec::new();
    for call in history.calls() {
        let (Some(&outcome), Some(end)) = (call.outcome(), call.returned_at()) else {
            panic!("each simulated call returns")
        };
        for (at, returns) in [(call.called_at(), false), (end, true)] {
            moments.push(Moment {
                at,
                thread: call.thread(),
                operation: *call.operation(),
                outcome,
                returns,
            });
        }
    }
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn todc(history: &History<RegisterOp, RegisterOutcome>, right: bool) -> Option<f64> {
    let actions = moments(history)
        .into_iter()
        .map(|moment| {
            let operation = match (moment.operation, moment.outcome) {
                (RegisterOp::Write(number), _) => RegisterOperation::Write(number),
                (_, RegisterOutcome::Read(number)) => RegisterOperation::Read(Some(number)),
                other => panic!("{other:?} is not simulated"),
            };
            let action = if moment.returns { Action::Response(operation) } else { Action::Call(operation) };
            (moment.thread, action)
        })
        .collect();
    timed(right, move || {
        let history = Actions::from_actions(actions);
        let start = Instant::now();
        let found = WGLChecker::<RegisterSpecification<u64>>::is_linearizable(history);
        (found, start.elapsed())
    })
}

fn stateright(history: &History<RegisterOp, RegisterOutcome>, right: bool) -> Option<f64> {
    let mut tester = LinearizabilityTester::new(Register(0_u64));
    for moment in moments(history) {
        let result = if moment.returns {
            let answer = match moment.outcome {
                RegisterOutcome::Read(number) => RegisterRet::ReadOk(number),
                _ => RegisterRet::WriteOk,
            };
            tester.on_return(moment.thread, answer).map(drop)
        } else {
            let operation = match moment.operation {
                RegisterOp::Write(number) => Op::Write(number),
                _ => Op::Read,
            };
            tester.on_invoke(moment.thread, operation).map(drop)
        };
        result.expect("a history that is well formed");
    }
    timed(right, move || {
        let start = Instant::now();
        let found = tester.is_consistent();
        (found, start.elapsed())
    })
}

/// Runs a search on a thread with room for its recursion, and does not wait for ever: the thread of a search that has no
/// end goes with the process.
fn timed(right: bool, search: impl FnOnce() -> (bool, Duration) + Send + 'static) -> Option<f64> {
    let (report, reports) = mpsc::channel();
    thread::Builder::new().stack_size(4 << 30).spawn(move || report.send(search())).expect("a thread");
    let (found, time) = reports.recv_timeout(Duration::from_secs_f64(PATIENCE / 1e6)).ok()?;
    assert_eq!(found, right, "the checkers agree");
    Some(time.as_secs_f64() * 1e6)
}
