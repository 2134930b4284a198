//! One handle at a time.

use mneme::{Error, Result};
use std::{fs::File, path::Path};

/// A lock on a file beside the data. A process that is killed lets go of it, too.
pub(crate) struct Lock(File);

impl Lock {
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let file = File::options().create(true).write(true).truncate(false).open(path);
        let file = file.map_err(|error| Error::backend("open the lock", error))?;
        file.try_lock()
            .map_err(|error| Error::backend("lock the data, which another handle has open", error))?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do, but a child process that is just being started may have a copy of it.
        let _ = self.0.unlock();
    }
}
