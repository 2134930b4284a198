//! Stores with exactly one mistake each, which the harness must catch, name and explain.
//!
//! `faulty`, `hosted`, `filed` and `logged` are the healthy stores that a mistake is planted in, `fault` is a row of the table,
//! and each area of the contract has its rows in a file of its own.

#![allow(clippy::too_many_lines, reason = "a table of faults is one expression")]

mod diagnosis;
mod empty;
pub(crate) mod fault;
pub(crate) mod faulty;
pub(crate) mod filed;
pub(crate) mod hosted;
pub(crate) mod logged;
mod matrix;
mod walks;

mod access;
pub(crate) mod backends;
mod borders;
mod cached;
mod changed;
mod clear;
mod close;
mod corners;
mod count;
mod delete;
mod durable;
mod edges;
mod expiry;
mod fidelity;
mod files;
mod formats;
mod frozen;
mod insert;
mod integrity;
mod iterate;
mod key;
mod kill;
mod layers;
mod lookup;
mod lru;
mod marks;
mod meanwhile;
mod meta;
mod namespaces;
mod open;
mod pages;
mod quota;
mod races;
mod robust;
mod shared;
mod since;
mod slips;
mod slots;
mod snapshot;
mod spoils;
mod stubs;
mod twists;
mod unsynced;
mod version;

use fault::Fault;
use faulty::lock;
use mneme_conformance::{
    ChildProcesses, Claim, Clause, Settings, Subject, check_store, clause, contract, serve_if_child,
};
use std::{
    collections::BTreeSet,
    num::NonZeroUsize,
    path::Path,
    sync::{Mutex, Once},
    thread,
    time::Duration,
    vec::IntoIter,
};

/// Every fault, area by area.
pub(crate) fn faults() -> Vec<Fault> {
    [
        open::faults(),
        close::faults(),
        insert::faults(),
        key::faults(),
        fidelity::faults(),
        lookup::faults(),
        count::faults(),
        namespaces::faults(),
        iterate::faults(),
        meanwhile::faults(),
        since::faults(),
        changed::faults(),
        lru::faults(),
        access::faults(),
        delete::faults(),
        expiry::faults(),
        clear::faults(),
        quota::faults(),
        version::faults(),
        meta::faults(),
        integrity::faults(),
        corners::faults(),
        borders::faults(),
        cached::faults(),
        frozen::faults(),
        layers::faults(),
        marks::faults(),
        slips::faults(),
        slots::faults(),
        pages::faults(),
        spoils::faults(),
        stubs::faults(),
        twists::faults(),
        formats::faults(),
        snapshot::faults(),
        durable::faults(),
        edges::faults(),
        files::faults(),
        kill::faults(),
        unsynced::faults(),
        shared::faults(),
        robust::faults(),
        races::faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Examines the faults of an area, and fails with everything that is not as the table says.
fn examine(faults: &[Fault]) {
    examine_all(faults);
    let mut complaints = String::new();
    for fault in faults {
        for complaint in fault.complaints(&fault.examine()) {
            complaints += &format!("\n{}: {complaint}", fault.name);
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// Has the faults examined, as many at a time as there are cores, and as many of those that wait for a deadline or a child.
fn examine_all(faults: &[Fault]) {
    let (waiting, busy): (Vec<_>, Vec<_>) = faults.iter().partition(|fault| fault.hangs || fault.children);
    let [waiting, busy] = [waiting, busy].map(|faults| Mutex::new(faults.into_iter()));
    let next = |faults: &Mutex<IntoIter<_>>| lock(faults).next();
    let work = |own, other| {
        while let Some(fault) = next(own).or_else(|| next(other)) {
            Fault::examine(fault);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(|| work(&waiting, &busy));
            scope.spawn(|| work(&busy, &waiting));
        }
    });
}

#[test]
fn the_names_of_faults_are_unique() {
    let faults = faults();
    let names: BTreeSet<_> = faults.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), faults.len());
}

/// What a store gives away it can change only with `unsafe`, which this workspace forbids.
const OUT_OF_REACH: [&Clause; 1] = [&clause::lookup::entries_are_values];

#[test]
fn twenty_faults_repeat_mistakes_that_were_reported() {
    let faults = faults();
    let reports: BTreeSet<_> = faults.iter().filter_map(|fault| fault.source).collect();
    assert!(reports.iter().all(|report| report.starts_with("https://github.com/")), "{reports:?}");
    assert!(reports.len() >= 20, "{}", reports.len());
}

#[test]
fn every_clause_that_is_checked_has_a_fault_that_is_named_by_it() {
    let faults = faults();
    let without: Vec<_> = contract()
        .clauses()
        .filter(|clause| clause.is_checked() && !OUT_OF_REACH.contains(clause))
        .filter(|clause| !faults.iter().any(|fault| fault.first == *clause))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

/// Files of the zoo's stores lie in memory where the system has a folder for that, and nobody said where else: what is
/// asked of a file there is the same, and hundreds of stores do not wait for a disk.
fn keep_files_in_memory() {
    static PLACED: Once = Once::new();
    PLACED.call_once(|| {
        let memory = Path::new("/dev/shm");
        if std::env::var_os("TMPDIR").is_none() && tempfile::tempdir_in(memory).is_ok() {
            tempfile::env::override_temp_dir(memory).expect("nothing else places temporary files");
        }
    });
}

fn assert_healthy(subject: Subject) {
    assert_right(subject, &Settings::default().with_size(500));
}

/// Of a log that one handle has: no race is planted in it, its one lock is that of the log that handles share, which is looked
/// at whole, and on its files races would take most of the time.
fn assert_healthy_but_for_races(subject: Subject) {
    let clauses = contract().clauses().filter(|clause| clause.area() != "concurrent");
    assert_right(subject, &Settings::default().with_size(500).only(clauses));
}

fn assert_right(subject: Subject, settings: &Settings) {
    // For as long as is wanted the suites of the stores that are no zoo's look at theirs.
    let settings = &settings.clone().with_race_budget(Duration::from_millis(300));
    let report = check_store(subject, settings);
    assert_eq!(report.engines().len(), 2);
    assert!(report.is_right(settings), "{report}");
}

#[test]
fn the_healthy_store_in_memory_breaks_nothing() {
    assert_healthy(Subject::volatile(mneme::MemoryStore::new));
}

#[test]
fn the_healthy_store_of_a_site_breaks_nothing() {
    assert_healthy(Subject::durable(hosted::Hosted::on));
}

#[test]
fn the_healthy_store_in_one_file_breaks_nothing() {
    assert_healthy(in_children(filed::Filed::subject(), FILED));
}

/// The name of the healthy store in one file, in a child process.
pub(crate) const FILED: &str = "the healthy store in one file";
/// The name of the healthy log that one handle has alone, in a child process.
const ALONE: &str = "the healthy log that one handle has alone";
/// The name of the healthy log on a disk that forgets, in a child process.
const SYNCED: &str = "the healthy log on a disk that forgets";
/// The name of the log that syncs nothing and whose author does not say so, in a child process.
const UNSYNCED: &str = "the log that syncs nothing";
/// The name of the healthy log that handles share, in a child process.
const TOGETHER: &str = "the healthy log that handles share";

/// Lets a subject of the zoo be worked on by child processes, which find it by its name.
fn in_children(subject: Subject, name: &str) -> Subject {
    keep_files_in_memory();
    subject.in_children(ChildProcesses::named(name).of_test("zoo::what_a_child_process_runs"))
}

#[test]
fn what_a_child_process_runs() {
    serve_if_child(|name| match name {
        FILED => Some(filed::Filed::subject()),
        files::UNREADABLE => Some(files::taking_what_cannot_be_read()),
        ALONE => Some(Subject::durable(logged::Logged::alone_on)),
        SYNCED => Some(unsynced::sound()),
        UNSYNCED => Some(unsynced::unnoticed()),
        TOGETHER => Some(Subject::claiming([Claim::Durable, Claim::Shared], logged::Logged::on)),
        shared::racing::SOUND => {
            Some(Subject::claiming([Claim::Durable, Claim::Shared], shared::racing::sound))
        }
        races::processes::IN_ONE_PROCESS => Some(races::processes::subject()),
        _ => faults().into_iter().find(|fault| fault.name == name).map(|fault| (fault.subject)()),
    });
}
