//! Mistakes of stores whose files are damaged.

use crate::{
    fault,
    zoo::{
        fault::Fault,
        filed::{
            Habits, copy,
            log::{self, HEADER, SCHEMA, checksum, header, summed, verify, verify_header, verify_summed},
            restore, subject,
        },
    },
};
use mneme::{Error, ErrorKind, Result};
use mneme_conformance::Subject;
use std::{fs, path::Path};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "no checksum is ever verified",
            subject(habits(judged_by_its_header, |_, _| Ok(true))),
            integrity::damage_is_noticed,
            [],
            "or false from integrity_check()"
        ),
        fault!(
            "a check looks at the header alone",
            subject(habits(judged_by_its_header, |_, bytes| Ok(verify_header(bytes).is_ok()))),
            integrity::damage_is_noticed,
            [],
            "of cache.log"
        ),
        fault!(
            "what can be decoded is sound",
            subject(habits(judged_by_its_header, |_, bytes| {
                let records = bytes.get(HEADER..).unwrap_or_default();
                Ok(crate::zoo::filed::codec::records(records).is_ok())
            })),
            integrity::damage_is_noticed,
            [],
            "or false from integrity_check()"
        ),
        fault!(
            "a check repairs the checksum",
            subject(habits(judged_by_its_header, |path, bytes| {
                let records = bytes.get(HEADER..).unwrap_or_default();
                let repaired = header(SCHEMA, records.len() as u64, summed(records, checksum));
                Ok(fs::write(path, [&repaired, records].concat()).is_ok())
            })),
            integrity::damage_is_noticed,
            [],
            "or false from integrity_check()"
        ),
        fault!(
            "damage is a backend error of open",
            subject(habits(
                |_, bytes| verify(bytes).map_err(|error| Error::backend("read the file", error)),
                |_, bytes| Ok(verify(bytes).is_ok())
            )),
            integrity::damage_is_noticed,
            [files::foreign_file_is_refused, files::newer_schema_is_refused],
            "expected no error, or a corrupt"
        ),
        fault!(
            "a damaged file is begun anew",
            subject(habits(
                |path, bytes| match verify(bytes) {
                    Err(error) if error.kind() == ErrorKind::Corrupt => {
                        fs::write(path, []).map_err(|error| Error::backend("begin anew", error))
                    }
                    judged => judged,
                },
                |_, bytes| Ok(verify(bytes).is_ok())
            )),
            integrity::damage_is_noticed,
            [],
            "or false from integrity_check()"
        ),
        fault!(
            "a log that is cut is gone on with from what is left",
            subject(habits(recovers, |_, bytes| Ok(verify(bytes).is_ok()))),
            integrity::damage_is_noticed,
            [],
            "is cut to"
        ),
        fault!(
            "the checksum leaves out the quotas",
            subject(subject(
                Habits {
                    judge: |_, bytes| verify_summed(bytes, but_quotas),
                    check: |_, bytes| Ok(verify_summed(bytes, but_quotas).is_ok()),
                    append: |log, record| log.append_summed(record, but_quotas),
                    ..Habits::HEALTHY
                },
                copy
            )),
            integrity::damage_is_noticed,
            [],
            "of cache.log"
        ),
        fault!(
            "the header is read without a look at the length",
            subject(habits(
                |_, bytes| {
                    if bytes[..HEADER].starts_with(log::MAGIC) {
                        return verify(bytes);
                    }
                    Err(Error::incompatible("the file is no log of this store"))
                },
                |_, bytes| Ok(verify(bytes).is_ok())
            )),
            files::foreign_file_is_refused,
            [],
            "a panic"
        ),
        fault!(
            "a check answers the damage as an error",
            subject(habits(judged_by_its_header, |_, bytes| verify(bytes).map(|()| true))),
            integrity::is_an_answer,
            [],
            "expected true, or false"
        ),
        fault!(
            "a check panics over damage",
            subject(habits(judged_by_its_header, |_, bytes| {
                verify(bytes).expect("a sound log");
                Ok(true)
            })),
            integrity::is_an_answer,
            [],
            "a panic: \"a sound log"
        ),
    ]
}

fn habits(judge: fn(&Path, &[u8]) -> Result<()>, check: fn(&Path, &[u8]) -> Result<bool>) -> Subject {
    subject(Habits { judge, check, ..Habits::HEALTHY }, restore)
}

/// A checksum that goes on with a quota's record without its last eight bytes, which are the quota.
fn but_quotas(so_far: u64, record: &[u8]) -> u64 {
    let is_quota = record.get(8) == Some(&b'q');
    checksum(so_far, &record[..record.len() - if is_quota { 8 } else { 0 }])
}

/// Opens whatever has a sound header.
fn judged_by_its_header(_: &Path, bytes: &[u8]) -> Result<()> {
    verify_header(bytes)
}

/// Makes a log of the records that are whole.
fn recovers(path: &Path, bytes: &[u8]) -> Result<()> {
    verify_header(bytes)?;
    let mut rest = &bytes[HEADER..];
    while let Some((length, behind)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some(next) = behind.get(length..) else { break };
        rest = next;
    }
    let records = &bytes[HEADER..bytes.len() - rest.len()];
    if rest.is_empty() && verify(bytes).is_ok() {
        return Ok(());
    }
    if verify(bytes).is_err_and(|error| error.to_string().contains("cut")) {
        let recovered = header(SCHEMA, records.len() as u64, summed(records, checksum));
        return fs::write(path, [&recovered, records].concat())
            .map_err(|error| Error::backend("recover the log", error));
    }
    verify(bytes)
}
