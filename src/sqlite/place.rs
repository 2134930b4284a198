//! Which file a database is in, whatever its path leads to later.

use super::{connect::backend, fault::Outcome};
use crate::Error;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A file that exists. Connections are made on it at any time, and all of them must be to one database.
pub(super) struct Place {
    /// With its links followed, so that none of them counts any more.
    path: PathBuf,
    id: FileId,
}

impl Place {
    /// The file that a path leads to.
    pub(super) fn of(path: &Path) -> Outcome<Self> {
        let path = resolved(path).map_err(|error| backend("find the file", error))?;
        let id = id(&path).map_err(|error| backend("look at the file", error))?;
        Ok(Self { path, id })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses what was opened at the path just now if it is not this file any more. SQLite would take the log beside the
    /// path for its log.
    pub(super) fn check(&self) -> Outcome<()> {
        const ACTION: &str = "open another connection";

        match id(&self.path) {
            Ok(id) if id == self.id => Ok(()),
            Ok(_) => {
                let reason =
                    "another file has the name now; close the handle, and open that one by a new one";
                Err(Error::backend(ACTION, reason).into())
            }
            Err(error) => Err(backend(ACTION, error)),
        }
    }
}

#[cfg(unix)]
type FileId = (u64, u64);

/// The device, and the number of the file on it.
#[cfg(unix)]
fn id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt as _;

    let about = fs::metadata(path)?;
    Ok((about.dev(), about.ino()))
}

#[cfg(unix)]
fn resolved(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// Elsewhere a file that is open can be neither renamed nor removed.
#[cfg(not(unix))]
type FileId = ();

#[cfg(not(unix))]
fn id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(drop)
}

/// The form that other systems have for a path without links is not one that SQLite takes.
#[cfg(not(unix))]
fn resolved(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}
