//! A handle that is closed while other threads call it: each call is answered as before, or refused as closed.

use super::{judge::panicked, lane::Made, recording::Recording, saw::Misanswered};
use crate::{
    contract::{Clause, clause},
    operation::{Op, Step},
    outcome::Outcome,
};
use mneme::ErrorKind;

/// The first wrong answer of a round in which the first thread closes its handle. Of a shared store each thread has a handle of
/// its own, and the others stay open.
pub(crate) fn misanswered(seen: &Recording, is_shared: bool, errors_are_known: bool) -> Option<Misanswered> {
    let closes = seen.threads.first()?.iter().find(|made| matches!(made.op(), Some(Op::Close)))?;
    let of_thread = |thread: usize| seen.threads.get(thread).into_iter().flatten();
    let others = (1..seen.threads.len()).flat_map(|thread| of_thread(thread).map(move |made| (thread, made)));
    let all = of_thread(0).chain(&seen.after).map(|made| (0, made)).chain(others);
    all.filter(|(_, made)| matches!(made.step, Step::Call(_)))
        .find_map(|(thread, made)| judge(made, closes, !is_shared || thread == 0, errors_are_known))
}

fn judge(made: &Made, closes: &Made, is_of_the_closed: bool, errors_are_known: bool) -> Option<Misanswered> {
    let (returned, outcome) = made.returned.as_ref()?;
    let closed_at = closes.returned.as_ref().map_or(u64::MAX, |(at, _)| *at);
    let may_be_closed = is_of_the_closed && *returned > closes.called;
    let must_be_closed = is_of_the_closed && made.called > closed_at;
    let wrong = |clauses: &[&'static Clause], expected| {
        Some(Misanswered {
            clauses: clauses.to_vec(),
            called: made.called,
            expected: str::to_owned(expected),
        })
    };
    let contention: &'static Clause = &clause::concurrent::contention_is_not_an_error;
    match (outcome, outcome.error()) {
        (Outcome::Panicked { .. }, _) => wrong(&panicked(errors_are_known), "an answer, or a closed error"),
        (_, Some(error)) if error.kind() == ErrorKind::Closed && may_be_closed => None,
        (_, Some(_)) => wrong(
            &[contention, &clause::robust::fails_only_where_a_clause_says],
            "an answer, or a closed error where the handle is being closed",
        ),
        _ if must_be_closed && !matches!(made.op(), Some(Op::Close)) => {
            wrong(&[&clause::close::ends_every_operation], "a closed error")
        }
        _ => None,
    }
}
