//! Which clauses an outcome breaks.
//!
//! The model says how an outcome differs from what the contract asks. Whether a lost entry is the fault of the delete
//! before it or of the insert that never stored it is a question about the history, and is answered here, from the
//! rows. The answer names the narrowest clause first, and no clause whose sentence the history does not break.

mod changes;
mod confusion;
mod entries;
mod errors;
mod features;
mod guilt;
mod history;
mod lives;
mod outside;
mod sharing;
mod values;
mod views;

use self::history::Case;
use crate::{
    contract::{Clause, clause},
    model::{Difference, Ended, Mismatch, Model},
    operation::{Op, Step},
    subject::Claims,
    trace::Row,
};

/// Whether each entry, looked up by itself, is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookups {
    /// They were made, and are right.
    Right,
    /// One lookup was wrong, and the same one asked again is wrong in another way.
    Unsteady,
    /// One lookup was wrong and stays so, and the other kind of lookup is right; or an eviction order was, and the one without a limit
    /// is right.
    OtherWayRight,
    /// One lookup was wrong and stays so, and the other kind of lookup is wrong too.
    BothWrong,
    /// The key leads to an entry with another id.
    OtherId,
    /// They were not made, or do not tell.
    Unknown,
}

/// The clauses that a mismatch breaks, the narrowest first; the last row is the one that mismatched.
pub(crate) fn clauses(
    rows: &[Row],
    model: &Model,
    mismatch: &Mismatch,
    lookups: Lookups,
) -> Vec<&'static Clause> {
    let Some((last, before)) = rows.split_last() else { return Vec::new() };
    let case = Case { rows, before, last, model, lookups };
    let mut broken = Broken::default();
    if outside::explains(&case, &mismatch.difference, &mut broken) {
        return broken.0;
    }
    // A number that is out of range is no one's data.
    if case.only_others_wrote() && !matches!(mismatch.difference, Difference::Range) {
        // The same call was right, and only other data were written since. Another reason can be that the call is wrong at
        // times, which the checks of the clauses tell that follow.
        broken.add(case.separation());
    }
    // What surrounds a call, first: it explains everything that happens inside.
    surroundings(&case, &mut broken);
    match &mismatch.difference {
        Difference::SetUp => {}
        Difference::Panic(due) => {
            broken.add(&clause::robust::nothing_panics);
            match due {
                Some(kind) => errors::refusal(&case, *kind, &mut broken),
                None => errors::undue(&case, &mut broken),
            }
        }
        Difference::Undue | Difference::Ending(Ended::Failed) => {
            errors::undue(&case, &mut broken);
            broken.add(&clause::robust::fails_only_where_a_clause_says);
        }
        Difference::NotRefused(kind) | Difference::WrongError(kind) => {
            errors::refusal(&case, *kind, &mut broken);
        }
        Difference::Range => {
            broken.add(&clause::robust::answers_are_in_range);
            if let Step::Call(Op::Count(_)) = last.step {
                broken.add(&clause::count::follows_the_data);
            }
        }
        Difference::Id(stored) => views::id(&case, *stored, &mut broken),
        Difference::Missing(id) => entries::missing(&case, *id, &mut broken),
        Difference::Extra(id, entry) => entries::extra(&case, *id, entry.as_ref(), &mut broken),
        Difference::Altered(id, found, _) => entries::altered(&case, *id, found, &mut broken),
        Difference::Twice(id) => entries::twice(&case, *id, &mut broken),
        Difference::Misplaced => views::walk_order(&case, &mut broken),
        Difference::BeforeTheCursor => views::cursor(&case, &mut broken),
        Difference::Ending(Ended::Never) => broken.add(&clause::iterate::yields_every_entry_once),
        Difference::Ending(Ended::Resumed | Ended::Silently) => {
            broken.add(&clause::iterate::never_ends_early);
        }
        Difference::Count => views::count(&case, &mut broken),
        Difference::Names { missing, extra } => views::names(&case, missing, extra, &mut broken),
        Difference::LruLimit => broken.add(&clause::lru::limit_is_exact),
        Difference::LruScope => {
            broken.add(&clause::lru::is_scoped);
            views::confused_namespaces(&case, &mut broken);
        }
        Difference::LruOrder { tie } => views::lru_order(&case, *tie, &mut broken),
        Difference::Removed => views::removed(&case, &mut broken),
        Difference::WasThere => broken.add(&clause::delete::answers_whether_it_was_there),
        Difference::Quota => values::quota(&case, &mut broken),
        Difference::Meta => values::meta(&case, &mut broken),
        Difference::Version { found, low, high } => views::version(&case, *found, *low, *high, &mut broken),
        Difference::Unsound => broken.add(&clause::integrity::is_true_when_sound),
        Difference::Left | Difference::Unnoticed | Difference::NoAnswer => {
            unreachable!("it is about a path, or about files that were tampered with")
        }
        Difference::Recalled => broken.add(&clause::lookup::entries_are_values),
        Difference::Shape => unreachable!("an operation's outcome is of its kind: {}", last.step),
    }
    if !matches!(case.op(), Some(Op::ReadMeta(_) | Op::WriteMeta(..))) && case.has_just_written_an_internal()
    {
        broken.add(&clause::meta::internals_are_ordinary_keys);
    }
    if broken.0.contains(&&clause::durable::survives_close)
        || broken.0.contains(&&clause::durable::survives_drop)
    {
        guilt::left_to_the_next(&case, &mut broken);
    }
    if case.is_large() {
        broken.add(&clause::robust::size_changes_nothing);
    }
    if case.was_right_before() {
        broken.first(&clause::lookup::reading_changes_nothing);
    }
    if case.tells_of_a_kill() && !matches!(mismatch.difference, Difference::SetUp) {
        // The same was right without a kill, or was not tried without one: then another clause's own check finds it.
        broken.0 = laid_to(&clause::durable::survives_kill, broken.0);
    }
    if let Some(clause) = case.between_handles(&mismatch.difference) {
        broken.0 = vec![clause];
    }
    // What another site's data show has nothing to do with the thread.
    if last.fresh_thread && !broken.0.iter().any(|clause| is_about_others(clause)) {
        broken.add(&clause::robust::any_thread_may_call);
    }
    debug_assert!(!broken.0.is_empty(), "no clause for {mismatch:?}");
    if broken.0.is_empty() && !matches!(mismatch.difference, Difference::SetUp) {
        broken.add(&clause::robust::fails_only_where_a_clause_says);
    }
    broken.0
}

/// Names first what a wrong answer is laid to: the same was right without what this clause is about, so the data were kept no better
/// than it says, and no call is at fault wherever it is made.
pub(crate) fn laid_to(clause: &'static Clause, mut broken: Vec<&'static Clause>) -> Vec<&'static Clause> {
    broken.retain(|other| other.area() != "durable" && other.area() != "robust");
    broken.insert(0, clause);
    broken
}

/// The clauses that a call which never returns breaks.
pub(crate) fn hang(rows: &[Row], claims: Claims) -> Vec<&'static Clause> {
    let mut broken = Broken::default();
    outside::hang(rows, &mut broken);
    if claims.are_exclusive() && history::is_opened_beside_another(rows) {
        broken.add(&clause::durable::second_handle_is_refused);
    }
    if history::is_walking(rows) || history::was_left_half_way(rows) {
        broken.add(&clause::iterate::allows_writes_meanwhile);
    }
    if rows.iter().any(|row| matches!(row.step, Step::Unwind(_))) {
        broken.add(&clause::robust::survives_a_callers_panic);
    }
    if claims.shared && sharing::one_of_several_has_gone(rows) {
        broken.add(&clause::shared::closing_one_leaves_the_others);
    }
    if claims.durable && rows.iter().any(|row| matches!(row.step, Step::Kill)) {
        broken.add(&clause::durable::survives_kill);
    }
    broken.add(&clause::robust::every_call_returns);
    broken.0
}

/// The clauses that a call which never returns breaks where other threads are at work, and the same calls return one
/// after the other.
pub(crate) fn hang_beside_others() -> Vec<&'static Clause> {
    vec![&clause::concurrent::nothing_deadlocks, &clause::robust::every_call_returns]
}

/// Whether a clause is about what one site's data are to another's.
pub(crate) fn is_about_others(clause: &Clause) -> bool {
    *clause == clause::open::sites_are_separate
        || *clause == clause::durable::unclaimed_keeps_nothing
        || clause.area() == "snapshot"
}

/// Whether a clause is named for what was called before a wrong answer, and not for the answer itself.
///
/// A wrong count breaks what the contract says of counts, whatever the reason. That a delete took a neighbour is what the
/// rows suggest where an entry is missing, and another mistake may be the reason.
pub(crate) fn is_inferred(clause: &Clause) -> bool {
    const CAUSES: [&str; 7] = ["insert", "key", "fidelity", "access", "delete", "expiry", "clear"];
    const OTHERS: [&Clause; 14] = [
        &clause::open::same_identity_is_accepted,
        &clause::open::refusal_changes_nothing,
        &clause::open::refusal_keeps_an_open_handle_usable,
        &clause::open::sites_are_separate,
        &clause::lru::ties_break_by_id,
        &clause::lru::follows_access_and_upsert,
        &clause::robust::size_changes_nothing,
        &clause::quota::zero_is_a_quota,
        &clause::quota::limits_nothing_by_itself,
        &clause::meta::internals_are_ordinary_keys,
        &clause::meta::leaves_entries_alone,
        &clause::robust::survives_a_callers_panic,
        &clause::robust::any_thread_may_call,
        &clause::version::is_stamped_on_what_it_wrote,
    ];
    CAUSES.contains(&clause.area()) || OTHERS.contains(&clause)
}

fn surroundings(case: &Case<'_>, broken: &mut Broken) {
    let undue = |case: &Case<'_>| match &case.last.outcome {
        None | Some(crate::outcome::Outcome::Panicked { .. }) => true,
        Some(outcome) => outcome.error_kind().is_some(),
    };
    if !undue(case) {
        return;
    }
    if case.before.iter().any(|row| matches!(row.step, Step::Unwind(_))) {
        broken.add(&clause::robust::survives_a_callers_panic);
    }
    // A lookup that fails where it finds nothing does so without a walk as well.
    let is_a_miss = match case.op() {
        Some(Op::GetByHash(namespace, hash)) => case.data().id_of(namespace, hash).is_none(),
        Some(Op::GetById(id)) => !case.data().entries.contains_key(id),
        _ => false,
    };
    if case.is_under_a_walk() && !is_a_miss {
        broken.add(&clause::iterate::allows_writes_meanwhile);
    }
}

/// A list of clauses without repetition, in the order in which they were found.
#[derive(Default)]
struct Broken(Vec<&'static Clause>);

impl Broken {
    fn add(&mut self, clause: &'static Clause) {
        if !self.0.contains(&clause) {
            self.0.push(clause);
        }
    }

    fn add_all(&mut self, clauses: impl IntoIterator<Item = &'static Clause>) {
        clauses.into_iter().for_each(|clause| self.add(clause));
    }

    fn first(&mut self, clause: &'static Clause) {
        self.0.retain(|other| *other != clause);
        self.0.insert(0, clause);
    }
}
