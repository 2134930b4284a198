//! What a loss of power takes from a log: all that was written and not synced.
//!
//! Real files stand for both: the log is what the operating system has in its cache, and a copy beside it is what the disk has.
//! A sync brings the copy up to date, in one step, and a loss of power leaves the copy alone.

use super::{
    fault::Fault,
    logged::{Change, Flaw, Logged, write},
};
use crate::fault;
use mneme::{Error, Result};
use mneme_conformance::{Site, Subject};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a write is acknowledged before it is synced",
            child(on_a_disk(|_, _| Syncs::Never)),
            durable::survives_kill,
            [],
            "what was not synced is lost"
        ),
        fault!(
            "a write is synced with the one after it",
            child(on_a_disk(|_, _| Syncs::Before)),
            durable::survives_kill,
            [],
            "what was not synced is lost"
        ),
        fault!(
            "every fourth write is synced",
            child(on_a_disk(|number, _| if number % 4 == 3 { Syncs::After } else { Syncs::Never })),
            durable::survives_kill,
            [],
            "what was not synced is lost"
        ),
        fault!(
            "accesses are not synced",
            child(on_a_disk(|_, line| if line.starts_with("[\"access") {
                Syncs::Never
            } else {
                Syncs::After
            })),
            durable::survives_kill,
            [],
            "what was not synced is lost"
        ),
        fault!(
            "the stamps of a first open are not synced",
            child(on_a_disk(|_, line| if line.starts_with("[\"open") { Syncs::Never } else { Syncs::After })),
            durable::survives_kill,
            [],
            "what was not synced is lost"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

/// The healthy log on a disk that forgets.
pub(super) fn sound() -> Subject {
    on_a_disk(|_, _| Syncs::After)
}

/// A log that syncs nothing, whose author does not say how that shows.
pub(super) fn unnoticed() -> Subject {
    Subject::durable(|site| log(site, |_, _| Syncs::Never))
}

#[test]
fn a_log_that_syncs_before_it_answers_breaks_nothing() {
    super::assert_healthy_but_for_races(super::in_children(sound(), super::SYNCED));
}

#[test]
fn without_a_way_to_lose_it_what_was_not_synced_is_not_missed_and_the_report_says_so() {
    use mneme_conformance::{Settings, State, check_store, clause::durable::survives_kill};
    let settings = Settings::default().without_engines().only([&survives_kill]);
    let report = check_store(super::in_children(unnoticed(), super::UNSYNCED), &settings);
    assert_eq!(report.count(State::Held), 1, "{report}");
    let extent = report.extent(&survives_kill).expect("the kills are counted");
    assert!(extent.contains("cache of the operating system") && extent.contains("lose_unsynced"), "{extent}");
    assert!(report.to_string().contains(extent), "{report}");

    let report = check_store(super::in_children(sound(), super::SYNCED), &settings);
    let extent = report.extent(&survives_kill).expect("the kills are counted");
    assert!(extent.contains("what was not synced was lost with"), "{extent}");
}

#[test]
fn a_way_to_lose_it_that_fails_is_a_check_that_has_not_looked() {
    use mneme_conformance::{Settings, Status, check_store, clause::durable::survives_kill};
    let settings = Settings::default().without_engines().only([&survives_kill]);
    let subject =
        Subject::durable(|site| log(site, |_, _| Syncs::After)).losing_unsynced_by(|_| Err("no such disk"));
    let report = check_store(super::in_children(subject, super::SYNCED), &settings);
    match report.status(&survives_kill) {
        Some(Status::NotChecked { reason, tolerated: false, .. }) => {
            assert!(reason.contains("no such disk"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

/// When a write is synced.
enum Syncs {
    After,
    /// What was written before it is.
    Before,
    Never,
}

/// When a write is synced, by its number and its line.
type When = fn(usize, &str) -> Syncs;

fn on_a_disk(when: When) -> Subject {
    Subject::durable(move |site| log(site, when)).losing_unsynced_by(lose_unsynced)
}

fn log(site: &Site, when: When) -> Logged<Disk> {
    Logged::alone_with(site, Disk { log: site.path().join("log"), when, written: AtomicUsize::new(0) })
}

/// Where what was synced of a log is.
fn disk(log: &Path) -> PathBuf {
    log.with_file_name("disk")
}

/// Leaves of a site's log what was synced of it.
fn lose_unsynced(site: &Site) -> io::Result<()> {
    let log = site.path().join("log");
    match fs::read(disk(&log)) {
        Ok(synced) => fs::write(log, synced),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::remove_file(log) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        Err(error) => Err(error),
    }
}

/// A disk that has what was synced.
struct Disk {
    log: PathBuf,
    when: When,
    written: AtomicUsize,
}

impl Disk {
    fn sync(&self) -> Result<()> {
        let half = self.log.with_file_name("half of a sync");
        let synced = fs::copy(&self.log, &half).and_then(|_| fs::rename(half, disk(&self.log)));
        synced.map_err(|error| Error::backend("sync the log", error))
    }
}

impl Flaw for Disk {
    fn append(&self, file: &mut File, lines: &str) -> Result<()> {
        match (self.when)(self.written.fetch_add(1, Ordering::Relaxed), lines) {
            Syncs::After => {
                write(file, lines)?;
                self.sync()
            }
            Syncs::Before => {
                self.sync()?;
                write(file, lines)
            }
            Syncs::Never => write(file, lines),
        }
    }
    fn catches_up(&self, change: Option<&Change>) -> bool {
        // Alone, it has seen everything but at its open.
        matches!(change, Some(Change::Open(_)))
    }
}
