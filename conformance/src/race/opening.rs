//! Two threads that open a fresh store at the same moment, each with a fingerprint of its own: one is let in, and the other is
//! told whose the store is.

use super::{judge::panicked, lane::Made, recording::Recording, saw::Misanswered};
use crate::{
    contract::{Clause, clause},
    operation::{Op, display::Quoted},
    outcome::Outcome,
};
use mneme::{Error, ErrorKind, Identity};

/// What such a round asks for when its open was answered.
pub(super) const STAMP: &str = "embedder_fingerprint";

/// The first answer that neither order of the opens explains, in a round in which the threads open with two identities. With
/// handles of their own the one who is refused stays unopened.
pub(crate) fn wrongly_admitted(
    seen: &Recording,
    have_own_handles: bool,
    errors_are_known: bool,
) -> Option<Misanswered> {
    let mut opens = seen.threads.iter().flatten().filter_map(open);
    let (_, first, _) = opens.next()?;
    if opens.all(|(_, identity, _)| identity == first) {
        return None;
    }
    let opens = || seen.threads.iter().flatten().filter_map(open);
    let contention: &'static Clause = &clause::concurrent::contention_is_not_an_error;
    let Some((_, owner, _)) = opens().find(|(.., outcome)| matches!(outcome, Outcome::Done)) else {
        let (made, ..) = opens().next()?;
        let expected = "ok for one of the two who open".to_owned();
        return Some(Misanswered { clauses: vec![contention], called: made.called, expected });
    };
    let is_told = |error: &Error, own: &Identity| {
        matches!(error, Error::FingerprintMismatch { stored, supplied }
            if *stored == owner.fingerprint && *supplied == own.fingerprint)
    };
    let wrong_open = opens().find_map(|(made, identity, outcome)| {
        let clauses: Vec<&'static Clause> = match outcome {
            Outcome::Done if identity == owner => return None,
            Outcome::Failed(error) if identity != owner && is_told(error, identity) => return None,
            Outcome::Done => vec![&clause::open::other_fingerprint_is_refused],
            Outcome::Failed(error) if error.kind() == ErrorKind::FingerprintMismatch => {
                vec![&clause::open::other_fingerprint_is_refused]
            }
            Outcome::Panicked { .. } => panicked(errors_are_known),
            _ => vec![contention],
        };
        let expected = if identity == owner {
            "ok, as the other thread's open was".to_owned()
        } else {
            format!("a fingerprint mismatch: stored {}", Quoted(&owner.fingerprint))
        };
        Some(Misanswered { clauses, called: made.called, expected })
    });
    wrong_open.or_else(|| {
        seen.threads.iter().find_map(|calls| {
            let is_let_in = calls.iter().filter_map(open).any(|(_, identity, _)| identity == owner);
            let is_open = is_let_in || !have_own_handles;
            calls.iter().find_map(|made| wrong_stamp(made, owner, is_open, errors_are_known))
        })
    })
}

fn open(made: &Made) -> Option<(&Made, &Identity, &Outcome)> {
    match made.op()? {
        Op::Open(identity) => Some((made, identity, made.outcome()?)),
        _ => None,
    }
}

/// Where one who asks for the fingerprint is answered another one than the owner's.
fn wrong_stamp(made: &Made, owner: &Identity, is_open: bool, errors_are_known: bool) -> Option<Misanswered> {
    let Op::ReadMeta(_) = made.op()? else { return None };
    let own = || Quoted(&owner.fingerprint).to_string();
    let (clauses, expected): (Vec<&'static Clause>, String) = match made.outcome()? {
        Outcome::Value(Some(stamp)) if is_open && *stamp == owner.fingerprint => return None,
        Outcome::Failed(error) if !is_open && error.kind() == ErrorKind::NotOpen => return None,
        Outcome::Panicked { .. } => (panicked(errors_are_known), own()),
        _ if !is_open => (vec![&clause::open::refused_handle_stays_unopened], "a not-open error".to_owned()),
        Outcome::Value(_) => (vec![&clause::open::stamps_the_identity], own()),
        _ => (vec![&clause::concurrent::contention_is_not_an_error], own()),
    };
    Some(Misanswered { clauses, called: made.called, expected })
}
