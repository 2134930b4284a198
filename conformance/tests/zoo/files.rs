use super::{
    fault::Fault,
    filed::{
        Filed, Habits,
        codec::{self, Record},
        file,
        log::{HEADER, Log, MAGIC, SCHEMA, header, verify},
        newer, restore, subject,
    },
};
use crate::fault;
use mneme::{Error, ErrorKind, Result};
use mneme_conformance::{Claim, Site, Status, Subject};
use std::{
    fs,
    io::{self, Seek as _, Write as _},
    path::Path,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a foreign file is overwritten",
            subject(judging(|path, bytes| {
                if bytes.starts_with(MAGIC) { verify(bytes) } else { begin_anew(path) }
            })),
            files::foreign_file_is_refused,
            [],
            "expected an incompatible error"
        ),
        fault!(
            "a file that is shorter than the header is a fresh one",
            subject(judging(|path, bytes| {
                if bytes.len() < HEADER && !MAGIC.starts_with(&bytes[..bytes.len().min(8)]) {
                    return begin_anew(path);
                }
                verify(bytes)
            })),
            files::foreign_file_is_refused,
            [],
            "a short text"
        ),
        fault!(
            "a file of one byte is taken for an empty one",
            subject(judging(|path, bytes| if bytes.len() == 1 { begin_anew(path) } else { verify(bytes) })),
            files::foreign_file_is_refused,
            [],
            "an empty line"
        ),
        fault!(
            "a file of zeros is a fresh one",
            subject(judging(|path, bytes| {
                if bytes.iter().all(|byte| *byte == 0) { begin_anew(path) } else { verify(bytes) }
            })),
            files::foreign_file_is_refused,
            [],
            "zeros"
        ),
        fault!(
            "a foreign file is called corrupt",
            subject(judging(|_, bytes| match verify(bytes) {
                Err(error) if !bytes.starts_with(MAGIC) => {
                    Err(Error::corrupt("the file makes no sense").because(error))
                }
                judged => judged,
            })),
            files::foreign_file_is_refused,
            [],
            "expected an incompatible error"
        ),
        fault!(
            "a foreign file is refused when its head is written over",
            subject(judging(|path, bytes| {
                if !bytes.starts_with(MAGIC) {
                    let stamped = [&MAGIC[..], bytes.get(MAGIC.len()..).unwrap_or_default()].concat();
                    fs::write(path, stamped).map_err(|error| Error::backend("stamp the file", error))?;
                }
                verify(bytes)
            })),
            files::foreign_file_is_refused,
            [],
            "altered?"
        ),
        fault!(
            "a directory in the way is removed",
            subject(placing(|path| {
                if path.is_dir() {
                    let _ = fs::remove_dir_all(path);
                }
                Ok(())
            })),
            files::foreign_file_is_refused,
            [],
            "a directory is in the place of cache.log"
        ),
        fault!(
            "a directory in the way is called incompatible",
            subject(placing(|path| {
                if path.is_dir() { Err(Error::incompatible("it is a directory")) } else { Ok(()) }
            })),
            files::foreign_file_is_refused,
            [],
            "expected a backend error"
        ),
        fault!(
            "a place out of reach is a panic",
            subject(placing(|path| {
                if let Err(error) = fs::metadata(path) {
                    assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
                }
                Ok(())
            })),
            files::foreign_file_is_refused,
            [],
            "a panic"
        ),
        fault!(
            "a newer schema is opened as if it were this one",
            subject(judging(|_, bytes| match verify(bytes) {
                Err(error) if is_newer(bytes, &error) => Ok(()),
                judged => judged,
            })),
            files::newer_schema_is_refused,
            [],
            "expected an incompatible error"
        ),
        fault!(
            "a newer schema is taken back to this one",
            subject(judging(|path, bytes| match verify(bytes) {
                Err(error) if is_newer(bytes, &error) => older(path, bytes),
                judged => judged,
            })),
            files::newer_schema_is_refused,
            [],
            "the data become those of a newer build"
        ),
        fault!(
            "a newer schema is refused and its stamp is renewed",
            subject(judging(|path, bytes| match verify(bytes) {
                Err(error) if is_newer(bytes, &error) => older(path, bytes).and(Err(error)),
                judged => judged,
            })),
            files::newer_schema_is_refused,
            [],
            "expected"
        ),
        fault!(
            "a newer schema is called corrupt",
            subject(judging(|_, bytes| match verify(bytes) {
                Err(error) if is_newer(bytes, &error) => Err(Error::corrupt("an unknown schema")),
                judged => judged,
            })),
            files::newer_schema_is_refused,
            [],
            "expected an incompatible error"
        ),
        fault!(
            "a full disk is a panic",
            child(appending(|log, record| {
                log.append(record).expect("room for the record");
                Ok(())
            })),
            files::full_disk_loses_nothing,
            [],
            "a panic: \"room for the record"
        ),
        fault!(
            "what finds no room is acknowledged",
            child(appending(|log, record| {
                let _ = log.append(record);
                Ok(())
            })),
            files::full_disk_loses_nothing,
            [],
            "there is room again"
        ),
        fault!(
            "a use that finds no room is acknowledged",
            child(appending(|log, record| {
                let is_use = record.first() == codec::encode(&Record::UpdateAccess(0, 0)).first();
                log.append(record).or_else(|error| if is_use { Ok(()) } else { Err(error) })
            })),
            files::full_disk_loses_nothing,
            [],
            "there is room again"
        ),
        fault!(
            "a handle that found no room once never writes again",
            child(appending(|log, record| {
                if log.failed {
                    return Err(io::Error::other("the log is broken"));
                }
                log.append(record).inspect_err(|_| log.failed = true)
            })),
            files::full_disk_loses_nothing,
            [],
            "there is room again"
        ),
        fault!(
            "the log is cut and written anew where it is",
            child(appending(|log, record| {
                let before = log.bytes()?;
                log.append(record).or_else(|_| {
                    log.file.set_len(0)?;
                    let anew = [&before[..], record].concat();
                    log.file.rewind()?;
                    log.file.write_all(&anew)
                })
            })),
            files::full_disk_loses_nothing,
            [],
            "room is left"
        ),
    ]
}

fn appending(append: fn(&mut Log, &[u8]) -> io::Result<()>) -> Subject {
    subject(Habits { append, ..Habits::HEALTHY }, restore)
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn judging(judge: fn(&Path, &[u8]) -> Result<()>) -> Subject {
    subject(Habits { judge, ..Habits::HEALTHY }, restore)
}

/// A store whose factory looks at the place first.
fn placing(look: fn(&Path) -> Result<()>) -> Subject {
    let make = move |site: &Site| {
        look(&file(site))?;
        Ok::<_, Error>(Filed::with(file(site), Habits::HEALTHY))
    };
    Subject::claiming([Claim::Durable, Claim::Files], make)
        .restored_by(|snapshot, site| restore(snapshot, &file(site)))
        .made_newer_by(newer)
}

fn begin_anew(path: &Path) -> Result<()> {
    fs::write(path, []).map_err(|error| Error::backend("begin anew", error))
}

fn is_newer(bytes: &[u8], error: &Error) -> bool {
    error.kind() == ErrorKind::Incompatible && bytes.starts_with(MAGIC)
}

/// Stamps a newer file as one of this build.
fn older(path: &Path, bytes: &[u8]) -> Result<()> {
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let stamped = [&header(SCHEMA, number(16), number(24)), &bytes[HEADER..]].concat();
    fs::write(path, stamped).map_err(|error| Error::backend("stamp the file", error))
}

/// A file that cannot be read is nobody's, and begun anew.
pub(super) const UNREADABLE: &str = "a file that may not be read is a fresh one";

pub(super) fn taking_what_cannot_be_read() -> Subject {
    placing(|path| match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            fs::remove_file(path).map_err(|error| Error::backend("begin anew", error))
        }
        _ => Ok(()),
    })
}

#[test]
fn what_permissions_keep_out_is_asked_of_the_superuser_too() {
    let clause = &mneme_conformance::clause::files::foreign_file_is_refused;
    let settings = mneme_conformance::Settings::default().only([clause]).without_engines();
    let subject = super::in_children(taking_what_cannot_be_read(), UNREADABLE);
    match mneme_conformance::check_store(subject, &settings).status(clause) {
        Some(Status::Broken(failure)) => {
            let text = failure.to_string();
            assert!(text.contains("cache.log cannot be read"), "{text}");
        }
        // Not every machine has a process without privilege for root.
        Some(Status::NotChecked { reason, tolerated: true, .. }) => {
            assert!(reason.starts_with("not checked as root"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_write_that_is_rolled_back_where_no_room_is_left_breaks_nothing() {
    let clause = &mneme_conformance::clause::files::full_disk_loses_nothing;
    let settings = mneme_conformance::Settings::default().only([clause]).without_engines();
    let subject = super::in_children(Filed::subject(), super::FILED);
    let report = mneme_conformance::check_store(subject, &settings);
    let status = report.status(clause).expect("it is listed");
    assert!(status.failure().is_none(), "{status:?}");
}
