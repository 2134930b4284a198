//! Copies of a store: a snapshot from an open one, and a store's file from a snapshot.
//!
//! A snapshot is a database of its own, of one read transaction, so that others write meanwhile and are not in it. Both copies
//! are made in a file of another name beside the destination, and get its name when they are whole: nothing that is at the
//! destination is ever replaced, and a process that is killed meanwhile leaves no more than a file `.mneme-*.partial`.

use crate::{
    engine::{self, Opened},
    fault::Fault,
    integrity,
    tables::{
        CONTENT, COUNTERS, DUE, DUE_SCOPED, KEYS, LRU, LRU_SCOPED, META, NAMESPACES, QUOTAS, USAGE, VERSIONS,
    },
};
use mneme::{Error, Result};
use redb::{
    Builder, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, Value, WriteTransaction,
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Copies what a transaction sees to a path where nothing is yet.
///
/// # Errors
///
/// [`Error::Checkpoint`] where something is at the path, and where the copy could not be made.
pub(crate) fn take(source: &ReadTransaction, destination: &Path) -> Result<()> {
    publish(destination, |partial| {
        let database = Builder::new().create(partial)?;
        let copy = database.begin_write()?;
        copy_tables(source, &copy)?;
        copy.commit()?;
        database.close().map_err(|error| Error::backend("close the snapshot", error))?;
        Ok(())
    })
}

/// Makes a store's file from a snapshot, at a path where nothing is yet.
///
/// The copy is judged as any store's file is, so what is cut, damaged or another program's does not become data.
///
/// # Errors
///
/// [`Error::Checkpoint`] where something is at the path, and where the source is no whole snapshot.
pub(crate) fn restore(snapshot: &Path, destination: &Path) -> Result<()> {
    publish(destination, |partial| {
        if !fs::metadata(snapshot)?.is_file() {
            return Err(Error::checkpoint("the snapshot is not a file").into());
        }
        fs::copy(snapshot, partial)?;
        let (Opened { database, .. }, identity) = engine::open(partial)?;
        let identity = identity.ok_or_else(|| Error::checkpoint("the snapshot is empty"))?;
        integrity::check(&database.begin_read()?, identity.dimension)?;
        database.close().map_err(|error| Error::backend("close the copy", error))?;
        Ok(())
    })
}

fn copy_tables(source: &ReadTransaction, copy: &WriteTransaction) -> Result<(), Fault> {
    copy_table(source, copy, CONTENT)?;
    copy_table(source, copy, USAGE)?;
    copy_table(source, copy, NAMESPACES)?;
    copy_table(source, copy, QUOTAS)?;
    copy_table(source, copy, META)?;
    copy_table(source, copy, COUNTERS)?;
    copy_table(source, copy, KEYS)?;
    copy_table(source, copy, VERSIONS)?;
    copy_table(source, copy, LRU)?;
    copy_table(source, copy, LRU_SCOPED)?;
    copy_table(source, copy, DUE)?;
    copy_table(source, copy, DUE_SCOPED)
}

fn copy_table<K: Key + 'static, V: Value + 'static>(
    source: &ReadTransaction,
    copy: &WriteTransaction,
    table: TableDefinition<'static, K, V>,
) -> Result<(), Fault> {
    let from = source.open_table(table)?;
    let mut to = copy.open_table(table)?;
    for row in ReadableTable::iter(&from)? {
        let (key, value) = row?;
        to.insert(key.value(), value.value())?;
    }
    Ok(())
}

/// Makes a file under another name, and gives it the destination's if `make` succeeds.
fn publish(destination: &Path, make: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<()> {
    let partial = Partial(partial_name(destination));
    let published = is_vacant(destination).and_then(|()| make(&partial.0)).and_then(|()| {
        File::open(&partial.0)?.sync_all()?;
        // Unlike a rename, a link never replaces what came to be there meanwhile.
        Ok(fs::hard_link(&partial.0, destination)?)
    });
    published.map_err(|failure| failure.into_error(destination))
}

fn is_vacant(destination: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(destination) {
        Ok(_) => Err(Error::checkpoint(format!("{} is there already", destination.display())).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A file that is removed when the copy has its name, or was given up.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // It may not have been made, and nobody could be told of another reason.
        let _ = fs::remove_file(&self.0);
    }
}

/// A name in the destination's directory that no other copy has, in this process or another.
fn partial_name(destination: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    destination.with_file_name(format!(".mneme-{}-{number}.partial", std::process::id()))
}

/// Why a copy was not made.
enum Failure {
    Files(io::Error),
    Store(Fault),
}

impl Failure {
    /// Whatever it was, the caller hears that there is no copy, and why.
    fn into_error(self, destination: &Path) -> Error {
        let cause = match self {
            Self::Files(error) => return not_made(destination).because(error),
            Self::Store(fault) => fault.into_error("copy the database"),
        };
        match cause {
            Error::Checkpoint { .. } => cause,
            other => not_made(destination).because(other),
        }
    }
}

fn not_made(destination: &Path) -> Error {
    Error::checkpoint(format!("{} could not be made", destination.display()))
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Files(error)
    }
}

macro_rules! from_fault {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Store(error.into())
            }
        })*
    };
}

from_fault!(Fault, Error, redb::DatabaseError, redb::TransactionError, redb::CommitError);
