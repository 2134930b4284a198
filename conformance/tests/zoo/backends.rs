//! Mistakes as they come with the ways in which stores are built: on Redis, on SQL, in files, in shards, behind a write buffer,
//! with a list or a heap beside the entries, as JSON.
//!
//! Most need several operations of different kinds to show, and some are found by random programs alone. A row pins the clause
//! that must be named and every other one that is broken.

#![allow(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "the ways in which an operation goes wrong have one signature"
)]

mod buffers;
mod content;
mod orders;
mod removals;

use self::{
    buffers::{
        Buffered, ByKey, ClearedLater, Interned, KeyOfALine, LateAccess, Reopened, ScansOnce, Sharded, Sound,
        SoundQuota, in_order, of_no_age,
    },
    content::{
        Inserting, accessed_when_made, chomped, composed, flattened, keeps_query, keeps_response,
        line_separators, made_when_accessed, numbers_in_text, single_quotes, unused, without_controls,
        without_empty_lists, without_tabs,
    },
    orders::{AtTheEnd, Ordering, Unlinked, by_namespace, from_shards, without_the_unused},
    removals::{
        Accessing, Heap, Listing, LookingUp, Misses, Parents, Sweeping, Watermark, a_hundred, ageless,
        by_signed_bytes, counts_in_a_byte, in_lower_case, in_the_empty, not_at_zero, not_at_zero_swept,
        without_underscores,
    },
};
use crate::zoo::faulty::lock;

use super::faulty::Faulty;
use mneme_conformance::{Clause, Settings, State, Subject, check_store, clause, run_random};
use std::time::Duration;

/// A mistake, and the clauses that it must be found to break.
pub(crate) struct Backend {
    pub(crate) name: &'static str,
    pub(crate) subject: fn() -> Subject,
    pub(crate) clause: &'static Clause,
    /// The other clauses that the scenarios find broken. Where they find nothing, random programs must name `clause`.
    pub(crate) also: Vec<&'static Clause>,
}

macro_rules! backends {
    ($($name:literal, $lie:expr, $area:ident :: $clause:ident $(, $other_area:ident :: $other:ident)*;)+) => {
        pub(crate) fn backends() -> Vec<Backend> {
            vec![$(Backend {
                name: $name,
                subject: || Subject::volatile(|| Faulty::new($lie)),
                clause: &clause::$area::$clause,
                also: vec![$(&clause::$other_area::$other),*],
            }),+]
        }
    };
}

backends! {
    "an empty response keeps the old one", Inserting(keeps_response), insert::upsert_replaces_every_field;
    "an empty query keeps the old one", Inserting(keeps_query), insert::upsert_replaces_every_field;
    "a time of 0 is that of the making", Inserting(accessed_when_made), fidelity::numbers;
    "a making at 0 is that of the last access", Inserting(made_when_accessed), fidelity::numbers;
    "a new entry was never used", Inserting(unused), fidelity::numbers;
    "a response loses the line end at its end", Inserting(chomped), fidelity::text;
    "line separators become line feeds", Inserting(line_separators), fidelity::text;
    "control characters are dropped", Inserting(without_controls), fidelity::text;
    "doubled quotes become one", Inserting(single_quotes), fidelity::text;
    "responses are normalised", Inserting(composed), fidelity::text;
    "tabs become spaces", Inserting(without_tabs), fidelity::text;
    "metadata with a field's name is that field", Inserting(flattened), fidelity::metadata;
    "empty lists in metadata are dropped", Inserting(without_empty_lists), fidelity::metadata;
    "texts of digits in metadata are numbers", Inserting(numbers_in_text), fidelity::metadata;
    "an access at 0 has no time", Accessing(not_at_zero), access::sets_the_time;
    "a use past a byte begins again", Accessing(counts_in_a_byte), access::counts_each;
    "a sweep at 0 sweeps nothing", Sweeping(not_at_zero_swept), expiry::zero_ttl_is_due_at_once;
    "an entry made at 0 is of no age", Sweeping(ageless), expiry::is_due_at_created_plus_ttl;
    "a sweep removes a hundred", Sweeping(a_hundred), expiry::counts_what_it_removed, robust::size_changes_nothing;
    "a sweep not later than the last is skipped", Watermark::default(), expiry::is_due_at_created_plus_ttl;
    "a scoped sweep takes the others off the heap", Heap::default(), expiry::is_scoped;
    "a miss by id is remembered", Misses::default(), insert::returns_the_stored_id;
    "a miss by hash is looked for in the empty namespace", LookingUp(in_the_empty), key::empty_namespace_is_a_namespace;
    "a miss by hash is looked for in lower case", LookingUp(in_lower_case), key::is_compared_by_bytes;
    "a namespace without a quota has its parent's", Parents, quota::unset_is_none, quota::is_remembered_per_namespace, key::is_compared_by_bytes;
    "names that begin with an underscore are internal", Listing(without_underscores), namespaces::are_sorted_and_distinct;
    "names are ordered by signed bytes", Listing(by_signed_bytes), namespaces::are_sorted_and_distinct;
    "the order leaves out what was never used", Ordering(without_the_unused), lru::oldest_access_first;
    "the order is that of namespaces first", Ordering(by_namespace), lru::oldest_access_first, lru::ties_break_by_id;
    "the order is merged from shards of which each gives its part", Ordering(from_shards), lru::limit_is_exact, lru::follows_access_and_upsert;
    "an insert goes to the end of the order", AtTheEnd::default(), lru::oldest_access_first;
    "a deletion of the oldest loses the next", Unlinked::default(), lru::oldest_access_first;
    "accesses are written by fours", Buffered::default(), access::sets_the_time, access::counts_each;
    "a buffered access comes after an upsert", LateAccess::default(), insert::upsert_replaces_every_field, access::id_not_stored_is_ignored;
    "a cleared namespace is cleared again by a sweep", ClearedLater::default(), clear::counts_what_it_removed, expiry::counts_what_it_removed;
    "equal meta values are one", Interned::default(), meta::is_remembered;
    "a meta key ends at its equals sign", KeyOfALine, meta::keys_are_compared_by_bytes;
    "a version out of the order of ids is damage", Sound(in_order), integrity::is_true_when_sound;
    "a quota below the count is damage", SoundQuota::default(), integrity::is_true_when_sound;
    "what is past its ttl is damage", Sound(of_no_age), integrity::is_true_when_sound;
    "a clear scans ten at a time and looks once", ScansOnce, clear::removes_that_namespace_only, clear::counts_what_it_removed, robust::size_changes_nothing;
    "a second open reads the counter of versions before the last write", Reopened::default(), open::same_identity_is_accepted;
    "a walk over shards goes shard by shard", Sharded, iterate::ascends_by_id;
    "a walk reads by key what was there by id", ByKey, iterate::never_ends_early;
}

#[test]
fn each_is_found_to_break_its_clauses_and_no_others() {
    let mut complaints = String::new();
    let settings = Settings::default()
        .with_size(400)
        .with_programs(300)
        .with_deadline(Duration::from_secs(30))
        .without_sampled()
        .without_engines();
    for backend in backends() {
        let report = check_store((backend.subject)(), &settings);
        let broken: Vec<_> = report
            .rows()
            .iter()
            .filter(|(_, status)| status.state() == State::Broken)
            .map(|(clause, _)| *clause)
            .collect();
        let wanted = |clause: &Clause| *clause == *backend.clause || backend.also.contains(&clause);
        let is_as_listed = broken.iter().all(|clause| wanted(clause))
            && backend.also.iter().all(|clause| broken.contains(clause));
        if !is_as_listed {
            let listed: Vec<_> =
                std::iter::once(backend.clause).chain(backend.also.iter().copied()).collect();
            complaints += &format!("\n{}: {broken:?} is broken, and {listed:?} is listed", backend.name);
        }
        if broken.contains(&backend.clause) {
            continue;
        }
        let engine = run_random((backend.subject)(), &settings);
        let found = engine.failure().map(mneme_conformance::Failure::clauses).unwrap_or_default();
        if found.first() != Some(&backend.clause) {
            complaints += &format!(
                "\n{}: random programs name {found:?} and not {} first",
                backend.name, backend.clause
            );
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}
