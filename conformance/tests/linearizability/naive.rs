//! A checker that tries every order, and is slow and plain enough to be believed.

use mneme_conformance::linearizability::{Call, History, Specification};

/// A call, and whether it must be explained.
type Task<'a, S> = (&'a Call<<S as Specification>::Operation, <S as Specification>::Outcome>, bool);

/// Whether some order of the calls explains every answer.
pub(super) fn is_linearizable<S: Specification>(
    specification: &S,
    history: &History<S::Operation, S::Outcome>,
) -> bool {
    is_explained_up_to(specification, history, u64::MAX)
}

/// The first return, in the order of returns, that no order explains.
pub(super) fn first_unexplained<S: Specification>(
    specification: &S,
    history: &History<S::Operation, S::Outcome>,
) -> Option<usize> {
    let mut returns: Vec<(u64, usize)> =
        history.calls().iter().enumerate().filter_map(|(at, call)| Some((call.returned_at()?, at))).collect();
    returns.sort_unstable();
    returns
        .into_iter()
        .find(|(end, _)| !is_explained_up_to(specification, history, *end))
        .map(|(_, call)| call)
}

/// Whether some order explains what returned up to a stamp. A call that was open then need not have taken effect, but
/// where it did, it answers what it answered later.
fn is_explained_up_to<S: Specification>(
    specification: &S,
    history: &History<S::Operation, S::Outcome>,
    end: u64,
) -> bool {
    let begun = history.calls().iter().filter(|call| call.called_at() < end);
    let tasks: Vec<Task<'_, S>> =
        begun.map(|call| (call, call.returned_at().is_some_and(|returned| returned <= end))).collect();
    some_order::<S>(specification, &specification.initial(), &tasks)
}

fn some_order<S: Specification>(specification: &S, state: &S::State, tasks: &[Task<'_, S>]) -> bool {
    if tasks.iter().all(|(_, must)| !must) {
        return true;
    }
    tasks.iter().enumerate().any(|(at, (call, must))| {
        let precedes =
            |other: &Call<_, _>| other.returned_at().is_some_and(|returned| returned < call.called_at());
        if tasks.iter().any(|(other, _)| precedes(other)) {
            return false;
        }
        let mut rest = tasks.to_vec();
        rest.remove(at);
        let mut next = Vec::new();
        specification.step(state, call.operation(), call.outcome(), &mut next);
        if call.outcome().is_none() && *must {
            next.push(state.clone());
        }
        next.iter().any(|state| some_order::<S>(specification, state, &rest))
    })
}
