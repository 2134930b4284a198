//! Copies of a database: a snapshot from a store, and a store's data from a snapshot.
//!
//! Both are made in a directory beside the destination, and get the destination's name when they are whole.
//! Nothing that is at the destination is ever replaced.

use super::{
    connect::{self, backend},
    fault::Outcome,
    integrity,
    schema::{self, Owner, SNAPSHOT_ID, STORE_ID},
};
use crate::{Error, beside::Beside};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Copies an open database, as it is at one moment, to a path where nothing is yet.
pub(super) fn take(source: &Connection, destination: &Path) -> Outcome<()> {
    publish(destination, |partial| {
        let copy = copy(source, partial)?;
        copy.pragma_update(None, "application_id", SNAPSHOT_ID)?;
        Ok(())
    })
}

/// Makes a store's data from a snapshot, at a path where nothing is yet. What is damaged does not become data.
pub(super) fn restore(snapshot: &Path, destination: &Path) -> Outcome<()> {
    let about = fs::metadata(snapshot).map_err(|error| backend("look at the snapshot", error))?;
    let refused = |reason: &str| Error::checkpoint(format!("{}: {reason}", snapshot.display())).into();
    if !about.is_file() {
        return Err(refused("the snapshot is not a file"));
    }
    // SQLite has names that are no file's, such as `:memory:`; as a path it is one.
    let absolute = std::path::absolute(snapshot).map_err(|error| backend("find the snapshot", error))?;
    let source = connect::open_untouched(&absolute)?;
    let version = match Owner::of(&source)? {
        Owner::Snapshot { version } => version,
        Owner::Store { .. } => {
            return Err(refused("the file is a store's and not a snapshot; take one of it"));
        }
        Owner::Nobody | Owner::Unfit { .. } => return Err(refused("the snapshot is empty")),
        Owner::Newer { version } => {
            return Err(refused(&format!(
                "a newer build took the snapshot: its schema version is {version}, and this build knows {}",
                schema::NEWEST
            )));
        }
        Owner::Other { .. } => return Err(refused("the file is another program's database")),
    };
    // SQLite reads what a last page lacks as zeros, and they could be what was there.
    let pages: i64 = source.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let page_size: i64 = source.pragma_query_value(None, "page_size", |row| row.get(0))?;
    if pages.checked_mul(page_size).and_then(|bytes| u64::try_from(bytes).ok()) != Some(about.len()) {
        return Err(refused("the snapshot is cut, or something was added to it"));
    }
    publish(destination, |partial| {
        let mut copy = copy(&source, partial)?;
        let write = copy.transaction()?;
        if version < schema::NEWEST {
            schema::migrate(&write, version)?;
        }
        integrity::check(&write, &schema::identity(&write)?)?;
        write.pragma_update(None, "application_id", STORE_ID)?;
        write.commit()?;
        Ok(())
    })
}

/// Copies all pages into an empty file, in one step and so of one moment, and leaves it without a log.
fn copy(source: &Connection, destination: &Path) -> Outcome<Connection> {
    let mut copy = connect::open_file(destination)?;
    // The file counts for nothing before it is whole, and it is synchronised when it is.
    copy.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    {
        let backup = Backup::new(source, &mut copy)?;
        match backup.step(-1)? {
            StepResult::Done => {}
            _ => return Err(Error::backend("copy the database", "it was busy").into()),
        }
    }
    // The pages of a store say that it has a write-ahead log. A copy has none.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    Ok(copy)
}

/// Makes a file under another name, and gives it the destination's if `make` succeeds.
fn publish(destination: &Path, make: impl FnOnce(&Path) -> Outcome<()>) -> Outcome<()> {
    is_vacant(destination)?;
    // SQLite would take a path that begins with `file:` for a URI.
    let destination =
        std::path::absolute(destination).map_err(|error| backend("find the destination", error))?;
    let beside = Beside::of(&destination).map_err(|error| backend("make a directory for the copy", error))?;
    let copy = beside.path();
    connect::make_file(&copy)?;
    make(&copy)?;
    // No connection has it any more, and none has it yet: closing a descriptor would take away its locks.
    fs::File::open(&copy)
        .and_then(|file| file.sync_all())
        .map_err(|error| backend("write the copy to the disk", error))?;
    beside.publish().map_err(|error| backend("give the copy its name", error))
}

/// What SQLite adds to a database's name for the files beside it.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Nothing may be at the destination, nor anything beside it that SQLite would take for its journal or its log; and SQLite
/// must not take the destination for those of another database, which it removes.
fn is_vacant(destination: &Path) -> Outcome<()> {
    let Some(name) = destination.file_name() else {
        return Err(Error::checkpoint(format!("\"{}\" names no file", destination.display())).into());
    };
    if let Some(suffix) = BESIDE.iter().find(|suffix| name.as_encoded_bytes().ends_with(suffix.as_bytes())) {
        let reason = format!(
            "{} ends in \"{suffix}\", as a file that SQLite keeps beside a database, and removes",
            destination.display()
        );
        return Err(Error::checkpoint(reason).into());
    }
    for suffix in [""].into_iter().chain(BESIDE) {
        let path = with_suffix(destination, suffix);
        match fs::symlink_metadata(&path) {
            Ok(_) => return Err(Error::checkpoint(format!("{} is there already", path.display())).into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(backend("look at the destination", error)),
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
