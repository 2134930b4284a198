//! Processes that end in the middle of what they write to a file.
//!
//! Where one call is two writes to a file, or one that replaces what was there, a kill falls between them once in hundreds of
//! times. A file that may not grow past a size is cut there each time: the system writes what there is room for, and ends the
//! process by the signal `SIGXFSZ` (`setrlimit`, POSIX.1).

use super::{Tally, alone, kill, leave};
use crate::{
    image,
    operation::Op,
    probe::{Blow, Call, Check, Probe, Size},
    random::Ref,
    sample::{self, full},
    scarcity,
};
use std::path::PathBuf;

/// How much of what the longest file has may be written, in percent.
const PARTS: [u64; 3] = [0, 40, 90];

pub(super) fn amid_file_writes(s: &mut Probe, tally: &mut Tally) -> Check {
    if let Err(error) = scarcity::limit_files(std::process::id(), None) {
        tally.untorn = Some(error.to_string());
        return Ok(());
    }
    s.note("A process ends in the middle of a write to a file, which has room for a part of it.");
    s.make()?;
    s.open(&sample::identity())?;
    let grown = grown_by_an_insert(s)?;
    leave(s)?;
    for (file, bytes) in grown {
        // Where a mistake about half a record shows: its beginning, and its end, which may be a write of its own. A record of
        // a later entry may be a digit longer.
        let lengths = [1, bytes / 2, bytes.saturating_sub(1), bytes, bytes + 1];
        for (n, more) in lengths.into_iter().enumerate() {
            let size = Size::More(file.clone(), more);
            kill(s, tally, &alone(insert(&format!("record {n}"))), &Blow::AtSize { first: false, size })?;
            leave(s)?;
        }
    }
    for percent in PARTS {
        let lives = [
            (true, alone(Op::VersionCounter)[..1].to_vec()),
            (false, life(insert("in part"))),
            (false, life(Op::WriteMeta("key".into(), format!("in part {percent}").into()))),
        ];
        for (first, calls) in lives {
            kill(s, tally, &calls, &Blow::AtSize { first, size: Size::Part(percent) })?;
            leave(s)?;
        }
    }
    Ok(())
}

/// An open, a call, and a close.
fn life(op: Op<Ref>) -> Vec<Call> {
    let close = Call { thread: 0, op: Op::Close };
    alone(op).into_iter().chain([close]).collect()
}

/// An insert that writes as much as each other one.
fn insert(hash: &str) -> Op<Ref> {
    Op::Insert(full("torn", hash))
}

/// The files that grow with an insert, each with by how much.
fn grown_by_an_insert(s: &mut Probe) -> Check<Vec<(PathBuf, u64)>> {
    s.insert(full("torn", "record a"))?;
    let before = lengths(s)?;
    s.insert(full("torn", "record b"))?;
    let grown = lengths(s)?.into_iter().filter_map(|(name, length)| {
        let was = before.iter().find(|(known, _)| *known == name).map_or(0, |(_, length)| *length);
        (length > was).then(|| (name, length - was))
    });
    Ok(grown.collect())
}

fn lengths(s: &mut Probe) -> Check<Vec<(PathBuf, u64)>> {
    match image::lengths(s.site().path()) {
        Ok(lengths) => Ok(lengths),
        Err(error) => s.not_checked(format!("the site could not be looked at: {error}")),
    }
}
