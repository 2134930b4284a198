//! Mistakes of stores that claim snapshots.

pub(super) mod exports;
mod refusals;

use crate::{
    fault,
    zoo::{
        durable::indexes::{Index, Indexed},
        fault::Fault,
        faulty::{Faulty, Lie},
        filed::{
            Filed, Habits,
            codec::{self, Record},
            copy, file,
            log::{self, HEADER, verify},
            restore, subject, write_new,
        },
    },
};
use mneme::{Entry, Error, Identity, Result, Store, StoredEntry, limits::MAX_NUMBER};
use mneme_conformance::{Claim, Subject};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = incomplete();
    faults.extend(entangled());
    faults.extend(refusals::faults());
    faults
}

/// What is restored lacks something.
fn incomplete() -> Vec<Fault> {
    vec![
        fault!(
            "an export inserts what is there again, with new ids",
            subject(exporting(|records| {
                let data = codec::replay(records.clone()).ok();
                let entries =
                    data.and_then(|data| data.iter_all().ok()?.collect::<Result<Vec<StoredEntry>>>().ok());
                records.retain(|record| {
                    matches!(record, Record::Open(_) | Record::Quota(..) | Record::Meta(..))
                });
                records.extend(
                    entries.unwrap_or_default().into_iter().map(|stored| Record::Insert(stored.entry)),
                );
            })),
            snapshot::restores_everything,
            [],
            "restore from"
        ),
        fault!(
            "what comes out of a file is in no index of what is due",
            subject(over(|_| Indexed::new(Index::Due))),
            snapshot::restores_everything,
            [durable::survives_close],
            "delete_expired"
        ),
        fault!(
            "an export leaves out quotas",
            subject(exporting(|records| records.retain(|record| !matches!(record, Record::Quota(..))))),
            snapshot::restores_everything,
            [],
            "get_namespace_quota"
        ),
        fault!(
            "an export leaves out meta",
            subject(exporting(|records| records.retain(|record| !matches!(record, Record::Meta(..))))),
            snapshot::restores_everything,
            [],
            "read_meta"
        ),
        fault!(
            "an export leaves out when an entry was used",
            subject(
                exporting(|records| records.retain(|record| !matches!(record, Record::UpdateAccess(..))))
            ),
            snapshot::restores_everything,
            [],
            "last accessed at 900"
        ),
        fault!(
            "an export leaves out the last id",
            subject(exporting(|records| {
                // The version counter goes on as it was: the id alone is lost.
                if let [.., Record::Insert(_), Record::DeleteById(_)] = records[..] {
                    let twice = records.iter().find(|record| matches!(record, Record::Insert(_))).cloned();
                    let at = records.len() - 2;
                    records.truncate(at);
                    records.extend(twice.clone().into_iter().chain(twice));
                }
            })),
            snapshot::restores_everything,
            [],
            "expected"
        ),
        fault!(
            "an export keeps of a vector what JSON has numbers for",
            subject(exporting(|records| {
                for record in records {
                    if let Record::Insert(entry) = record
                        && entry.embedding.iter().any(|number| number.is_nan())
                    {
                        let plain = entry.embedding.iter().map(|n| if n.is_nan() { f32::NAN } else { *n });
                        *entry = entry.clone().embedding(plain.collect::<Vec<_>>());
                    }
                }
            })),
            snapshot::restores_everything,
            [],
            "embedding"
        ),
        fault!(
            "an export cuts texts at 64 KiB",
            subject(exporting(|records| {
                for record in records {
                    if let Record::Insert(entry) = record
                        && entry.response.len() > 65_536
                    {
                        *entry = entry.clone().response(&entry.response[..65_536]);
                    }
                }
            })),
            snapshot::restores_everything,
            [],
            "response"
        ),
        fault!(
            "an export takes one page",
            subject(exporting(|records| records.truncate(1_000))),
            snapshot::restores_everything,
            [],
            "expected"
        ),
        fault!(
            "an export leaves out whose data they are",
            subject(exporting(|records| records[0] = Record::Open(Identity::new("", 4)))),
            snapshot::restores_everything,
            [],
            "expected no error"
        ),
        fault!(
            "what is in the write-ahead log only is not copied",
            subject(exporting(|records| records.truncate(1 + (records.len() - 1) / 8 * 8))),
            snapshot::restores_everything,
            [],
            "expected"
        ),
        fault!(
            "a snapshot is taken when the store is closed",
            subject(subject(
                Habits {
                    snapshot: |inner, path| {
                        refuse(path)?;
                        inner.noted.push(path.to_owned());
                        Ok(())
                    },
                    leave: |inner| {
                        for path in std::mem::take(&mut inner.noted) {
                            let _ = copy(&inner.log.path, &path);
                        }
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::restores_everything,
            [snapshot::leaves_both_sides_alone, snapshot::existing_destination_is_refused],
            "expected no error"
        ),
        fault!(
            "the second snapshot is the first one again",
            subject(subject(
                Habits {
                    snapshot: |inner, path| {
                        let from = inner.noted.first().cloned();
                        copy(from.as_ref().unwrap_or(&inner.log.path), path)?;
                        inner.noted.push(path.to_owned());
                        Ok(())
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::restores_everything,
            [],
            "expected"
        ),
        fault!(
            "a store that holds nothing takes no snapshot",
            subject(subject(
                Habits {
                    snapshot: |inner, path| {
                        if inner.data.count(None)? == 0 {
                            return Err(Error::checkpoint("there is nothing to copy"));
                        }
                        copy(&inner.log.path, path)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::restores_everything,
            [],
            "expected no error"
        ),
        fault!(
            "a name alone has no directory to be in",
            child(taking(|log, path| match path.parent() {
                Some(parent) if parent.is_dir() => copy(log, path),
                _ => Err(Error::checkpoint("the directory is missing")),
            })),
            snapshot::restores_everything,
            [],
            "the directory is missing"
        ),
        fault!(
            "a path begins where the data are",
            child(taking(|log, path| copy(log, &log.with_file_name(path)))),
            snapshot::restores_everything,
            [],
            "restore from"
        ),
        fault!(
            "the end of a snapshot's name is cut off for what it is made of, and that stays",
            subject(taking(|log, path| {
                refuse(path)?;
                let whole = path.with_extension("whole");
                copy(log, &whole)?;
                copy(&whole, path)
            })),
            snapshot::restores_everything,
            [],
            "snapshot_to(\"copy.2\")"
        ),
        fault!(
            "a restore does nothing",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                refuse(destination)?;
                fs::read(snapshot).map(drop).map_err(|error| Error::checkpoint("no snapshot").because(error))
            })),
            snapshot::restores_everything,
            [],
            "expected"
        ),
        fault!(
            "meta and quotas are copied a moment after the entries",
            subject(over(Torn)),
            snapshot::is_a_point_in_time,
            [],
            "others begin to write"
        ),
        fault!(
            "entries and settings are each copied under the lock",
            subject(over(EachLocked)),
            snapshot::is_a_point_in_time,
            [],
            "others begin to write"
        ),
        fault!(
            "the records are copied without the lock, and then the header",
            subject(over(HeaderLast)),
            snapshot::is_a_point_in_time,
            [],
            "others begin to write"
        ),
    ]
}

/// What belongs to one side shows on the other.
fn entangled() -> Vec<Fault> {
    vec![
        fault!(
            "a restore makes a hard link",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                checked(snapshot)?;
                fs::hard_link(snapshot, destination).map_err(failed)
            })),
            snapshot::leaves_both_sides_alone,
            [snapshot::restores_everything],
            "altered?"
        ),
        fault!(
            "a snapshot is written to a neighbour, which gets its name",
            subject(subject(
                Habits {
                    snapshot: |inner, path| {
                        refuse(path)?;
                        let beside = path.with_extension("tmp");
                        fs::copy(&inner.log.path, &beside).map_err(failed)?;
                        fs::rename(&beside, path).map_err(failed)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::leaves_both_sides_alone,
            [],
            "snapshot.tmp"
        ),
        fault!(
            "a snapshot is a hard link",
            subject(subject(
                Habits {
                    snapshot: |inner, path| fs::hard_link(&inner.log.path, path).map_err(failed),
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::leaves_both_sides_alone,
            [snapshot::restores_everything, snapshot::existing_destination_is_refused],
            "altered?"
        ),
        fault!(
            "a restore moves the snapshot",
            subject(subject(Habits::HEALTHY, |snapshot, destination| {
                checked(snapshot)?;
                refuse(destination)?;
                fs::rename(snapshot, destination).map_err(failed)
            })),
            snapshot::leaves_both_sides_alone,
            [snapshot::restores_everything],
            "altered?"
        ),
        fault!(
            "a snapshot is a change",
            subject(subject(
                Habits {
                    snapshot: |inner, path| {
                        copy(&inner.log.path, path)?;
                        let id = inner.data.insert(Entry::new("", "snapshot").embedding([0.0; 4]))?;
                        inner.data.delete_by_id(id).map(drop)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::leaves_both_sides_alone,
            [snapshot::restores_everything],
            "version_counter()"
        ),
        fault!(
            "a snapshot expires what is due first",
            subject(subject(
                Habits {
                    snapshot: |inner, path| {
                        copy(&inner.log.path, path)?;
                        inner.data.delete_expired(MAX_NUMBER, None).map(drop)
                    },
                    ..Habits::HEALTHY
                },
                restore
            )),
            snapshot::leaves_both_sides_alone,
            [snapshot::existing_destination_is_refused],
            "snapshot_to"
        ),
    ]
}

/// A checkpoint error where anything is at a path.
fn refuse(path: &Path) -> Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(Error::checkpoint("something is there"));
    }
    Ok(())
}

fn failed(error: std::io::Error) -> Error {
    Error::checkpoint("could not copy").because(error)
}

/// A checkpoint error where a snapshot is none.
fn checked(snapshot: &Path) -> Result<()> {
    let bytes = fs::read(snapshot).map_err(failed)?;
    verify(&bytes).map_err(|error| Error::checkpoint("it is no snapshot").because(error))
}

/// A snapshot that is written anew from what the log has.
fn exporting(alter: fn(&mut Vec<Record>)) -> Subject {
    subject(Habits { export: Some(alter), ..Habits::HEALTHY }, restore)
}

/// A snapshot that is made of the file in another way.
fn taking(copy: fn(&Path, &Path) -> Result<()>) -> Subject {
    subject(Habits { copy, ..Habits::HEALTHY }, restore)
}

/// A lie over the healthy store; it is made with the store's file.
fn over<L: Lie + 'static>(lie: fn(PathBuf) -> L) -> Subject {
    Subject::claiming([Claim::Durable, Claim::Files], move |site| {
        Faulty::over(Filed::with(file(site), Habits::HEALTHY), lie(file(site)))
    })
    .restored_by(|snapshot, site| restore(snapshot, &file(site)))
}

/// One part of the data is read, and later the other.
struct Torn(PathBuf);

impl Lie for Torn {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        in_two_parts(store, &self.0, path, || {
            let before = store.version_counter()?;
            let end = Instant::now() + MOMENT;
            while Instant::now() < end {
                if store.version_counter()? >= before + 8 {
                    break;
                }
                std::thread::yield_now();
            }
            Ok(())
        })
    }
}

/// As [`Torn`], and nothing waits for a write: it comes between the two by itself.
struct EachLocked(PathBuf);

impl Lie for EachLocked {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        in_two_parts(store, &self.0, path, || Ok(()))
    }
}

/// Copies the entries of the healthy store, and then its quotas and meta.
fn in_two_parts(
    store: &dyn Store,
    file: &Path,
    path: &Path,
    between: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let aside = file.with_extension("moment");
    let is_setting = |record: &Record| matches!(record, Record::Quota(..) | Record::Meta(..));
    let mut entries = records(store, &aside)?;
    entries.retain(|record| !is_setting(record));
    between()?;
    entries.extend(records(store, &aside)?.into_iter().filter(is_setting));
    write_new(path, &log::of(&entries))
}

/// What the healthy store holds at this moment.
fn records(store: &dyn Store, aside: &Path) -> Result<Vec<Record>> {
    store.snapshot_to(aside)?;
    let bytes = fs::read(aside).map_err(failed)?;
    fs::remove_file(aside).map_err(failed)?;
    codec::records(bytes.get(HEADER..).unwrap_or_default())
}

/// The file is read without its lock, and its header, which has the sum of the records, once they are read.
struct HeaderLast(PathBuf);

impl Lie for HeaderLast {
    fn snapshot_to(&self, store: &dyn Store, path: &Path) -> Result<()> {
        store.count(None)?;
        let records = fs::read(&self.0).map_err(failed)?;
        let header = fs::read(&self.0).map_err(failed)?;
        let (Some(header), Some(records)) = (header.get(..HEADER), records.get(HEADER..)) else {
            return Err(Error::checkpoint("the file is too short"));
        };
        write_new(path, &[header, records].concat())
    }
}

/// How long the writers have at most for what comes between.
const MOMENT: Duration = Duration::from_millis(20);
