//! Stores that do not refuse what is in the way of a copy, or what is no copy.

use super::{checked, failed, over, refuse, taking};
use crate::{
    fault,
    zoo::{
        fault::Fault,
        faulty::{Lie, lock},
        filed::{
            Habits, codec, copy,
            log::{self, HEADER, verify},
            restore, subject, write_new,
        },
    },
};
use mneme::{Error, Result, Store};
use std::{
    fs,
    path::Path,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = overwriting();
    faults.extend(credulous());
    faults
}

/// What is in the way is no obstacle.
fn overwriting() -> Vec<Fault> {
    vec![
        fault!(
            "a snapshot overwrites what is there",
            subject(taking(|from, to| fs::copy(from, to).map(drop).map_err(failed))),
            snapshot::existing_destination_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "a link to nothing is followed",
            subject(taking(|from, to| {
                if to.exists() {
                    return Err(Error::checkpoint("something is there"));
                }
                fs::copy(from, to).map(drop).map_err(failed)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "an empty file is taken for nothing",
            subject(taking(|from, to| {
                if fs::metadata(to).is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
                    let _ = fs::remove_file(to);
                }
                copy(from, to)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "a snapshot makes the directories",
            subject(taking(|from, to| {
                let _ = to.parent().map(fs::create_dir_all);
                copy(from, to)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "there is no directory"
        ),
        fault!(
            "the directories are made and the snapshot is refused",
            subject(taking(|from, to| {
                let missing = to.parent().is_some_and(|parent| !parent.exists());
                let copied = copy(from, to);
                if missing {
                    let _ = to.parent().map(fs::create_dir_all);
                }
                copied
            })),
            snapshot::existing_destination_is_refused,
            [],
            "anything at \"missing\"?"
        ),
        fault!(
            "what is there is an argument",
            subject(taking(|from, to| {
                if fs::symlink_metadata(to).is_ok() {
                    return Err(Error::invalid_argument("path", "something is there"));
                }
                copy(from, to)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "what failed is tidied away with what was there",
            subject(taking(|from, to| {
                copy(from, to).inspect_err(|_| {
                    let _ = fs::remove_file(to);
                })
            })),
            snapshot::existing_destination_is_refused,
            [],
            "altered?"
        ),
        fault!(
            "a copy is renamed over what came after the look",
            subject(over(|_| LooksThenRenames::default())),
            snapshot::existing_destination_is_refused,
            [],
            "several callers begin at once"
        ),
        fault!(
            "the path is judged before the handle",
            subject(over(|_| JudgesThePath)),
            close::ends_every_operation,
            [open::comes_first],
            "expected a closed error"
        ),
        fault!(
            "a restore overwrites what is there",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                checked(snapshot)?;
                fs::copy(snapshot, destination).map(drop).map_err(failed)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "a restore takes an empty file for nothing",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                checked(snapshot)?;
                if fs::symlink_metadata(destination).is_ok_and(|there| there.is_file() && there.len() == 0) {
                    let _ = fs::remove_file(destination);
                }
                copy(snapshot, destination)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "in the place of the data"
        ),
        fault!(
            "a restore makes the directories",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                checked(snapshot)?;
                let _ = destination.parent().map(fs::create_dir_all);
                copy(snapshot, destination)
            })),
            snapshot::existing_destination_is_refused,
            [],
            "the directory of the data is missing"
        ),
    ]
}

/// What is no snapshot is taken for one.
fn credulous() -> Vec<Fault> {
    vec![
        fault!(
            "a missing snapshot is an empty one",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                if snapshot.exists() { restore(snapshot, destination) } else { Ok(()) }
            })),
            snapshot::foreign_source_is_refused,
            [],
            "there is no directory"
        ),
        fault!(
            "an empty snapshot is one of an empty store",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                if fs::read(snapshot).is_ok_and(|bytes| bytes.is_empty()) {
                    return copy(snapshot, destination);
                }
                restore(snapshot, destination)
            })),
            snapshot::foreign_source_is_refused,
            [],
            "an empty file is put"
        ),
        fault!(
            "whatever is given is restored",
            subject(subject(Habits::HEALTHY, copy)),
            snapshot::foreign_source_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "a snapshot is known by its first bytes",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                let bytes = fs::read(snapshot).map_err(failed)?;
                if !bytes.starts_with(log::MAGIC) {
                    return Err(Error::checkpoint("it is no snapshot"));
                }
                copy(snapshot, destination)
            })),
            snapshot::foreign_source_is_refused,
            [],
            "a snapshot's first"
        ),
        fault!(
            "a snapshot is known by its header",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                let bytes = fs::read(snapshot).map_err(failed)?;
                log::verify_header(&bytes)
                    .map_err(|error| Error::checkpoint("no snapshot").because(error))?;
                copy(snapshot, destination)
            })),
            snapshot::foreign_source_is_refused,
            [],
            "a snapshot's first"
        ),
        fault!(
            "a restore takes the records that are there, however many there were",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                let bytes = fs::read(snapshot).map_err(failed)?;
                let records = bytes.get(HEADER..).filter(|_| bytes.starts_with(&log::of(&[])[..8]));
                let records = records.and_then(|records| codec::records(records).ok());
                let records = records.filter(|records| !records.is_empty());
                refuse(destination)?;
                write_new(
                    destination,
                    &log::of(&records.ok_or_else(|| Error::checkpoint("it is no snapshot"))?),
                )
            })),
            snapshot::foreign_source_is_refused,
            [],
            "restore from"
        ),
        fault!(
            "a cut snapshot is a corrupt error",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                verify(&fs::read(snapshot).map_err(failed)?)?;
                copy(snapshot, destination)
            })),
            snapshot::foreign_source_is_refused,
            [],
            "expected a checkpoint error"
        ),
        fault!(
            "a snapshot is judged when it is in place",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                copy(snapshot, destination)?;
                let bytes = fs::read(destination).map_err(failed)?;
                verify(&bytes).map_err(|error| Error::checkpoint("it is no snapshot").because(error))
            })),
            snapshot::foreign_source_is_refused,
            [],
            "anything at \"cache.log\"?"
        ),
        fault!(
            "the header of a short snapshot is read past its end",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                let bytes = fs::read(snapshot).map_err(failed)?;
                if bytes[..HEADER].is_empty() {
                    return Err(Error::checkpoint("it is no snapshot"));
                }
                restore(snapshot, destination)
            })),
            snapshot::foreign_source_is_refused,
            [],
            "a panic"
        ),
    ]
}

/// Looks whether anything is at the path, copies to a name of its own, and renames, with no lock around the three.
#[derive(Default)]
struct LooksThenRenames {
    taken: AtomicU64,
    /// How many are between the look and the rename.
    looked: Mutex<usize>,
    came: Condvar,
}

/// A copy takes as long as there is much to copy; of little, one caller is through before a busy machine runs another.
const COPYING: Duration = Duration::from_millis(10);

impl Lie for LooksThenRenames {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        store.count(None)?;
        if fs::symlink_metadata(path).is_ok() {
            return Err(Error::checkpoint("something is there"));
        }
        *lock(&self.looked) += 1;
        self.came.notify_all();
        drop(self.came.wait_timeout_while(lock(&self.looked), COPYING, |looked| *looked < 2));
        let mut copy = path.as_os_str().to_owned();
        copy.push(format!(".{}.copy", self.taken.fetch_add(1, Ordering::Relaxed)));
        let copy = Path::new(&copy);
        let taken = store.snapshot_to(copy).and_then(|()| fs::rename(copy, path).map_err(failed));
        *lock(&self.looked) -= 1;
        taken.inspect_err(|_| {
            let _ = fs::remove_file(copy);
        })
    }
}

struct JudgesThePath;

impl Lie for JudgesThePath {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        refuse(path)?;
        store.snapshot_to(path)
    }
}
