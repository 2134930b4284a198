//! What a killed process leaves of a snapshot, and of a restore.

use crate::{
    fault,
    zoo::{
        fault::Fault,
        filed::{Filed, Habits, codec::Record, log, restore, subject},
    },
};
use mneme::{Error, Result};
use mneme_conformance::{Settings, check_store, clause};
use std::{fs, path::Path};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a snapshot grows entry by entry at its place",
            child(subject(
                Habits {
                    snapshot: |inner, path| {
                        is_vacant(path)?;
                        grow(&inner.log.records()?, path)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::killed_leaves_none,
            [],
            "no answer"
        ),
        fault!(
            "what a snapshot grows in is one at any time",
            child(subject(
                Habits {
                    snapshot: |inner, path| {
                        is_vacant(path)?;
                        let beside = path.with_extension("part");
                        grow(&inner.log.records()?, &beside)?;
                        fs::rename(&beside, path).map_err(failed)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::killed_leaves_none,
            [],
            "restore from \"snapshot.part\""
        ),
        fault!(
            "what is left of a snapshot is in the way of the next",
            child(subject(
                Habits {
                    snapshot: |inner, path| {
                        is_vacant(path)?;
                        let beside = path.with_extension("part");
                        is_vacant(&beside)?;
                        let bytes = log::of(&inner.log.records()?);
                        for part in 1..=100 {
                            fs::write(&beside, &bytes[..bytes.len() * part / 100]).map_err(failed)?;
                        }
                        fs::rename(&beside, path).map_err(failed)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::killed_leaves_none,
            [],
            "something is there"
        ),
        fault!(
            "a restore grows entry by entry at its place",
            child(subject(Habits::HEALTHY, |snapshot, destination| {
                is_vacant(destination)?;
                let bytes = fs::read(snapshot).map_err(failed)?;
                log::verify(&bytes).map_err(failed)?;
                grow(&crate::zoo::filed::codec::records(&bytes[log::HEADER..])?, destination)
            })),
            snapshot::killed_leaves_none,
            [],
            "no answer"
        ),
        fault!(
            "what is left of a restore is kept for the next one",
            child(subject(Habits::HEALTHY, |snapshot, destination| {
                is_vacant(destination)?;
                let bytes = fs::read(snapshot).map_err(failed)?;
                log::verify(&bytes).map_err(failed)?;
                // What is there was copied before, so it goes on where that ended.
                let beside = destination.with_extension("restoring");
                let begun = fs::read(&beside).unwrap_or_default();
                for part in 1..=100 {
                    let end = bytes.len() * part / 100;
                    if let Some(more) = bytes.get(begun.len()..end) {
                        fs::write(&beside, [&begun, more].concat()).map_err(failed)?;
                    }
                }
                fs::rename(&beside, destination).map_err(failed)
            })),
            snapshot::killed_leaves_none,
            [],
            "restore from \"other\""
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    crate::zoo::examine(&faults());
}

#[test]
fn a_copy_that_is_linked_when_it_is_whole_breaks_nothing() {
    let clause = &clause::snapshot::killed_leaves_none;
    let settings = Settings::default().only([clause]).without_engines();
    let report = check_store(crate::zoo::in_children(Filed::subject(), crate::zoo::FILED), &settings);
    let status = report.status(clause).expect("it is listed");
    assert!(status.failure().is_none(), "{status:?}");
}

/// Writes a log that is a whole one after each record.
fn grow(records: &[Record], path: &Path) -> Result<()> {
    (1..=records.len()).try_for_each(|n| fs::write(path, log::of(&records[..n])).map_err(failed))
}

fn is_vacant(path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Error::checkpoint("something is there"));
    }
    Ok(())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::checkpoint("could not copy").because(error)
}
