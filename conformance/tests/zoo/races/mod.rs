//! Stores that are right while one thread calls them, and wrong when two do.

mod crowds;
mod handles;
mod late;
mod pages;
pub(super) mod processes;
mod racy;

use super::fault::Fault;
use crate::fault;
use mneme_conformance::{Clause, Profile, Settings, State, Status, Subject, check_store, clause};
use racy::{Race, Racy};
use std::time::Duration;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a key is looked up, and then inserted under another lock",
            store(|| Racy::new(Race::CheckThenInsert)),
            concurrent::single_operations_are_linearizable,
            [concurrent::loses_nothing],
            "No order of the calls explains"
        ),
        fault!(
            "a SELECT finds nothing, and the INSERT after it fails on the unique key",
            store(|| Racy::new(Race::SelectThenUnique)),
            concurrent::contention_is_not_an_error,
            [],
            "UNIQUE constraint failed"
        ),
        fault!(
            "the last id is read, and written under another lock",
            store(|| Racy::new(Race::IdReadThenWritten)),
            concurrent::loses_nothing,
            [concurrent::single_operations_are_linearizable],
            "expected"
        ),
        fault!(
            "the version counter is read, and written under another lock",
            store(|| Racy::new(Race::VersionReadThenWritten)),
            concurrent::single_operations_are_linearizable,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "the counter is advanced before the entry is there",
            store(|| Racy::new(Race::VersionBeforeTheEntry)),
            concurrent::versions_appear_in_order,
            [concurrent::single_operations_are_linearizable],
            "whoever goes on from there never sees it"
        ),
        fault!(
            "the counter's value is published after the lock",
            store(|| Racy::new(Race::VersionPublishedLate)),
            concurrent::single_operations_are_linearizable,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "the counter is read from two servers in turn, of which one lags",
            store(|| Racy::new(Race::LaggingReplica)),
            concurrent::version_never_goes_back,
            [concurrent::single_operations_are_linearizable],
            "or more"
        ),
        fault!(
            "an upsert writes texts and numbers in two statements",
            store(|| Racy::new(Race::TornUpsert)),
            concurrent::single_operations_are_linearizable,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "an upsert deletes, and then inserts under the same id",
            store(|| Racy::new(Race::GapInUpsert)),
            concurrent::single_operations_are_linearizable,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "an access count is read, and written under another lock",
            store(|| Racy::new(Race::AccessReadThenWritten)),
            concurrent::loses_nothing,
            [concurrent::single_operations_are_linearizable],
            "each call counts"
        ),
        fault!(
            "an access writes back an entry that was deleted meanwhile",
            store(|| Racy::new(Race::TouchRevives)),
            concurrent::single_operations_are_linearizable,
            [concurrent::loses_nothing],
            "No order of the calls explains"
        ),
        fault!(
            "two deletes of one entry both answer that it was there",
            store(|| Racy::new(Race::DeletedTwice)),
            concurrent::single_operations_are_linearizable,
            [],
            "it would be false"
        ),
        fault!(
            "what is due is selected, and deleted although it was renewed",
            store(|| Racy::new(Race::SelectedThenExpired)),
            concurrent::whole_writes_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "what is due is deleted in batches",
            store(|| Racy::new(Race::ExpiredInBatches)),
            concurrent::whole_writes_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a namespace is cleared row by row",
            store(|| Racy::new(Race::HalfCleared)),
            concurrent::whole_writes_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a namespace is cleared two rows at a time",
            store(|| Racy::new(Race::ClearedInPairs)),
            concurrent::whole_writes_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a namespace is cleared by DELETE ... LIMIT 100 until nothing is left",
            store(|| Racy::new(Race::ClearedInHundreds)),
            concurrent::whole_writes_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a namespace's rows are selected, and deleted under the next lock",
            store(|| Racy::new(Race::SelectedThenCleared)),
            concurrent::whole_writes_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "counts are updated outside of the lock",
            store(|| Racy::new(Race::CountsOutside)),
            concurrent::whole_reads_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a count adds up shards one after the other",
            store(|| Racy::new(Race::CountedByShards)),
            concurrent::whole_reads_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a count adds up the namespaces one after the other",
            store(|| Racy::new(Race::SummedByNamespace)),
            concurrent::whole_reads_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "namespaces are listed page by page",
            store(|| Racy::new(Race::NamespacesByPages)),
            concurrent::whole_reads_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "the LRU order is read page by page",
            store(|| Racy::new(Race::LruByPages)),
            concurrent::whole_reads_are_atomic,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a read puts into the cache what was replaced meanwhile",
            store(|| Racy::new(Race::CachedRead)),
            concurrent::single_operations_are_linearizable,
            [],
            "No order of the calls explains"
        ),
        fault!(
            "a quota is deleted, and then inserted",
            store(|| Racy::new(Race::QuotaGap)),
            concurrent::single_operations_are_linearizable,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "a meta value is deleted, and then inserted",
            store(|| Racy::new(Race::MetaGap)),
            concurrent::single_operations_are_linearizable,
            [],
            "read_meta"
        ),
        fault!(
            "meta values are one document, which is read, changed, and written back",
            store(|| Racy::new(Race::MetaCopied)),
            concurrent::single_operations_are_linearizable,
            [],
            "read_meta"
        ),
        fault!(
            "a table that grows at 64 entries is copied outside of the lock",
            store(|| Racy::new(Race::GrownOutside)),
            concurrent::loses_nothing,
            [],
            "Every insert answered an id"
        ),
        fault!(
            "an iterator keeps a lock that only its own thread's writes pass",
            store(|| Racy::new(Race::IteratorHoldsTheLock)),
            concurrent::nothing_deadlocks,
            [],
            "no answer"
        ),
        fault!(
            "two operations take two locks in opposite orders",
            store(|| Racy::new(Race::LockOrder)),
            concurrent::nothing_deadlocks,
            [],
            "no answer"
        ),
        fault!(
            "a lock that is taken is an error",
            store(|| Racy::new(Race::TriesTheLock)),
            concurrent::contention_is_not_an_error,
            [],
            "it is taken"
        ),
        fault!(
            "a second connection finds the database locked",
            store(|| Racy::new(Race::TwoConnections)),
            concurrent::contention_is_not_an_error,
            [],
            "database is locked"
        ),
        fault!(
            "a version is drawn under one lock, and its entry written under the next",
            store(|| Racy::new(Race::VersionUnderAnotherLock)),
            concurrent::versions_appear_in_order,
            [concurrent::single_operations_are_linearizable],
            "whoever goes on from there never sees it"
        ),
        fault!(
            "a pool of three connections refuses the fourth call",
            store(|| Racy::new(Race::PoolOfThree)),
            concurrent::contention_is_not_an_error,
            [],
            "no connection is free"
        ),
    ]
}

/// Looks at these clauses alone, by as many rounds as the plan asks for.
fn thorough<const N: usize>(clauses: [&'static Clause; N]) -> Settings {
    Settings::default()
        .with_profile(Profile::Thorough)
        .with_race_budget(Duration::from_secs(60))
        .without_engines()
        .only(clauses)
}

// Two threads meet in a window of some instructions only where both have a core: beside other tests a race may go unseen,
// and the routine runs this one by itself.
#[test]
#[ignore = "it needs the cores for itself: `.ci/run races`"]
fn races_are_named_as_what_they_are() {
    super::examine(&faults());
}

// The rounds that look for deadlocks have walks among their calls, of which no order is asked, and some close the handle; what
// walks show, and what is answered beside a close or another open, is looked at.
#[test]
#[ignore = "it needs the cores for itself: `.ci/run races`"]
fn what_is_shown_beside_writes_closes_and_opens_is_looked_at() {
    let looks = &clause::concurrent::nothing_deadlocks;
    let found = |race| {
        let settings = thorough([looks]).with_deadline(Duration::from_secs(2));
        let report = check_store(Subject::volatile(move || Racy::new(race)), &settings);
        report.status(looks).expect("it was checked").broken_clauses().first().copied()
    };
    assert_eq!(found(Race::WalkByOffset), Some(&clause::iterate::keeps_what_stays));
    assert_eq!(found(Race::WalkTorn), Some(&clause::iterate::yields_only_what_was));
    assert_eq!(found(Race::ClosedUnderACall), Some(&clause::concurrent::contention_is_not_an_error));
    assert_eq!(found(Race::ClosesInAnotherOrder), Some(looks));
    assert_eq!(found(Race::OpensTwice), Some(&clause::open::other_fingerprint_is_refused));
    assert_eq!(found(Race::None), None);
}

#[test]
#[ignore = "it needs the cores for itself: `.ci/run races`"]
fn threads_that_open_one_fresh_handle_are_looked_at() {
    let single = &clause::concurrent::single_operations_are_linearizable;
    let contention = &clause::concurrent::contention_is_not_an_error;
    for (race, first) in [(Race::OpensTwice, single), (Race::OpensOnce, contention)] {
        let report = check_store(Subject::volatile(move || Racy::new(race)), &thorough([single, contention]));
        let broken = report.status(first).expect("it was checked").broken_clauses().first().copied();
        assert_eq!(broken, Some(first), "{race:?}: {report}");
    }
}

#[test]
fn a_race_that_is_known_is_reported_with_how_often_it_showed() {
    let clause = &clause::concurrent::contention_is_not_an_error;
    let racy = || Subject::volatile(|| Racy::new(Race::TriesTheLock));
    let report = check_store(racy().deviates(clause, "it never waits"), &thorough([clause]));
    let seen = report.status(clause).and_then(Status::seen).expect("a known deviation");
    assert!(seen.starts_with("it was seen to break it in round "), "{seen}");
    assert!(report.to_string().contains(seen), "{report}");
}

#[test]
fn the_store_that_races_are_planted_in_is_right() {
    let settings = Settings::default().with_size(500).without_engines();
    let report = check_store(Subject::volatile(|| Racy::new(Race::None)), &settings);
    assert_eq!(report.count(State::Broken) + report.count(State::Blocked), 0, "{report}");
}

#[test]
fn a_store_with_a_race_is_right_for_one_thread() {
    let settings = Settings::default().with_size(500).without_engines().without_sampled();
    for race in [Race::CheckThenInsert, Race::GapInUpsert, Race::CachedRead, Race::IteratorHoldsTheLock] {
        let report = check_store(Subject::volatile(move || Racy::new(race)), &settings);
        assert_eq!(report.count(State::Broken) + report.count(State::Blocked), 0, "{race:?}: {report}");
    }
}
