//! Several threads at once.

mod losses;
mod versions;

pub(crate) use self::{
    losses::loses_nothing,
    versions::{version_never_goes_back, versions_appear_in_order},
};

use crate::{
    contract::clause,
    probe::{Probe, Verdict},
    race::{
        Judged, Kind, Picture, Recording, Saw, are_explained_without_walks, draw, failed, judge, misanswered,
        misled, words, wrongly_admitted,
    },
};

pub(crate) fn single_operations_are_linearizable(s: &mut Probe) -> Verdict {
    linearizable(s, Kind::Single)
}

pub(crate) fn whole_reads_are_atomic(s: &mut Probe) -> Verdict {
    linearizable(s, Kind::WholeReads)
}

pub(crate) fn whole_writes_are_atomic(s: &mut Probe) -> Verdict {
    linearizable(s, Kind::WholeWrites)
}

pub(crate) fn contention_is_not_an_error(s: &mut Probe) -> Verdict {
    let seed = s.settings().seed();
    // The rarest of the planted ones is a lookup after which an insert fails on the unique key.
    let plan = s.settings().race_that_shows_in(300);
    // That it is known makes no panic of an error.
    let is_known = s.is_known(&clause::concurrent::contention_is_not_an_error);
    let held = s.race(
        plan,
        move |n| draw(Kind::Everything, seed, n, false),
        move |seen| {
            let panics = is_known.then(|| unless_failed(true, seen)).flatten();
            panics.or_else(|| unless_failed(false, seen)).unwrap_or(Saw::Right)
        },
    )?;
    s.crowd()?;
    Ok(held)
}

pub(crate) fn nothing_deadlocks(s: &mut Probe) -> Verdict {
    let seed = s.settings().seed();
    let is_shared = s.model().claims().shared;
    let are_known = s.is_known(&clause::concurrent::contention_is_not_an_error);
    // Whoever does not return is noticed from outside. What walks show beside writes, and what is answered beside a close or
    // another open, is looked at in passing.
    s.race(
        s.settings().race_that_shows_in(300),
        move |n| {
            let kind = match n {
                n if n % 4 == 2 => Kind::Ending,
                n if n % 8 == 4 => Kind::Opening,
                _ => Kind::Everything,
            };
            draw(kind, seed, n, false)
        },
        move |seen| {
            let have_own_handles = is_shared && !seen.round.has_one_handle;
            let found = misanswered(seen, is_shared, are_known)
                .or_else(|| wrongly_admitted(seen, have_own_handles, are_known));
            if let Some(found) = found {
                let picture = Picture::of_made(&seen.threads, &seen.after, found.called, Vec::new());
                return Saw::Wrong { clauses: found.clauses, expected: found.expected, picture };
            }
            let Some(found) = misled(seen) else { return Saw::Right };
            match are_explained_without_walks(seen) {
                Some(true) => {
                    let picture = Picture::of_made(&seen.threads, &[], found.called, vec![found.words]);
                    Saw::Wrong { clauses: vec![found.clause], expected: found.expected, picture }
                }
                // It is what the checks of single operations look for.
                Some(false) => Saw::Right,
                None => Saw::Unknown,
            }
        },
    )
}

/// Every history of a kind is explained by one order.
fn linearizable(s: &mut Probe, kind: Kind) -> Verdict {
    let seed = s.settings().seed();
    // By the planted races that show most rarely: a quota that is written in two steps, names that are listed page by page,
    // a namespace that is cleared in batches of a hundred. `just bench-races` measures in one of how many calls each shows.
    let shows_in = match kind {
        // A third of the calls are in rounds that read one entry while it is written, where a quota does not occur.
        Kind::Single => 6_500,
        Kind::WholeReads => 12_000,
        _ => 6_400,
    };
    let errors_are_known = s.is_known(&clause::concurrent::contention_is_not_an_error);
    // What is of a site is written to it, which takes its time.
    let is_slow = s.model().claims().are_of_the_site();
    s.race(
        s.settings().race_that_shows_in(shows_in),
        move |n| draw(kind, seed, n, is_slow),
        move |seen| {
            unless_failed(errors_are_known, seen).unwrap_or_else(|| match judge(seen) {
                Judged::Right => Saw::Right,
                Judged::Unknown => Saw::Unknown,
                Judged::WrongAlone => Saw::WrongAlone,
                Judged::Wrong(found) => {
                    let (expected, mut words) = words(&found, seen.rows_before());
                    if seen.round.opens_itself() {
                        words.push("Each thread opened the handle first, all at the same moment.".to_owned());
                    }
                    let picture = Picture::of_unexplained(&found, seen.threads.len(), words);
                    Saw::Wrong { clauses: found.clauses(kind), expected, picture }
                }
            })
        },
    )
}

/// A call that failed, which no call of a round has reason to.
fn unless_failed(errors_are_known: bool, seen: &Recording) -> Option<Saw> {
    let clauses = failed(seen, errors_are_known)?;
    let (picture, expected) = Picture::of_failed(seen, errors_are_known);
    Some(Saw::Wrong { clauses, expected, picture })
}
