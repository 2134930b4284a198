use super::failed;
use crate::{Error, Result};
use core::sync::atomic::{AtomicU64, Ordering};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// A file of another name beside a destination, which gets the destination's name when it is whole. When it is dropped
/// before, it is gone, and the destination is as it was.
#[derive(Debug)]
pub(crate) struct Beside {
    path: PathBuf,
    destination: PathBuf,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Beside {
    /// Chooses a name that nothing has.
    pub(crate) fn of(destination: &Path) -> Result<Self> {
        let name = destination
            .file_name()
            .ok_or_else(|| Error::checkpoint(format!("{} names no file", destination.display())))?;
        loop {
            let mut other = OsString::from(".");
            other.push(name);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            other.push(format!(".{}-{number}.partial", std::process::id()));
            let path = destination.with_file_name(other);
            if fs::symlink_metadata(&path).is_err() {
                return Ok(Self { path, destination: destination.to_owned() });
            }
        }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file, readable and writable by its owner alone.
    pub(crate) fn create(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path).map_err(failed(format!("make a file beside {}", self.destination.display())))
    }

    /// Puts the file in the place of whatever is at the destination.
    pub(crate) fn replace(self) -> Result<()> {
        fs::rename(&self.path, &self.destination).map_err(self.could_not_name())?;
        self.synchronise_folder();
        Ok(())
    }

    /// Gives the file the destination's name, unless something has it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn publish(self) -> Result<()> {
        // A link is refused where the name is taken; a renaming would replace what came there meanwhile.
        fs::hard_link(&self.path, &self.destination).map_err(self.could_not_name())?;
        self.synchronise_folder();
        Ok(())
    }

    fn could_not_name(&self) -> impl FnOnce(io::Error) -> Error {
        failed(format!("give the finished file the name {}", self.destination.display()))
    }

    /// Asks that the name outlives a power loss. Not every system can do that to a folder, and the file is whole.
    fn synchronise_folder(&self) {
        let folder = self.destination.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // What a database keeps beside its file goes too.
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            let _ = fs::remove_file(path);
        }
    }
}
