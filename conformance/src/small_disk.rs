//! A small disk of its own: a file system in memory, where the machine lets this process mount one.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A mounted file system of a few megabytes. It goes with the value.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    mounted: PathBuf,
}

/// How large the disk is: an engine can begin on it, and it is soon full.
const MEGABYTES: usize = 16;
/// How much is left when it is as good as full.
const LEFT: u64 = 300_000;

impl SmallDisk {
    /// Mounts one on an empty directory.
    ///
    /// # Errors
    ///
    /// Why there is none, in words.
    pub(crate) fn on(directory: &Path) -> Result<Self, String> {
        let size = format!("size={MEGABYTES}m,mode=0700");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "mneme-conformance"])
            .arg(directory)
            .output();
        match done {
            Ok(done) if done.status.success() => Ok(Self { mounted: directory.to_owned() }),
            done => Err(format!("no small disk could be mounted: {}", said(done))),
        }
    }

    /// Takes nearly all room that is left.
    pub(crate) fn fill(&self) -> io::Result<()> {
        let mut ballast = File::create(self.ballast())?;
        let chunk = vec![0x5a; 64 * 1024];
        let error = loop {
            if let Err(error) = ballast.write_all(&chunk) {
                break error;
            }
        };
        if error.kind() != io::ErrorKind::StorageFull {
            return Err(error);
        }
        let length = ballast.metadata()?.len();
        ballast.set_len(length.saturating_sub(LEFT))
    }

    /// Gives the room back.
    pub(crate) fn make_room(&self) -> io::Result<()> {
        fs::remove_file(self.ballast())
    }

    fn ballast(&self) -> PathBuf {
        self.mounted.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A handle that hangs may still have a file there: the mount then goes with the last one.
        let _ = Command::new("umount").arg("-l").arg(&self.mounted).output();
    }
}

fn said(done: io::Result<Output>) -> String {
    match done {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Err(error) => error.to_string(),
    }
}
