//! Room that runs out: for one child process, files may grow no further, or it has a small disk of its own.

use crate::{child::Process, image, probe::gate};
use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// How a child process is kept short of room. Neither way needs the superuser, and both end with the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Its files may not grow past a size, which the parent sets while the child runs.
    Limit,
    /// It sees a small file system in memory in the place of a directory, and it alone.
    Disk,
}

/// The room that a child has on a site.
#[derive(Debug)]
pub(crate) struct Room {
    way: Way,
    process: u32,
    /// The site's directory, as this process sees it.
    site: PathBuf,
}

/// How large the disk is: an engine can begin on it, and it is soon full.
const MEGABYTES: usize = 16;

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::Limit, Self::Disk];

    /// How a program is run, with its arguments, so that room can be taken from it; it sees `directory/site`.
    pub(crate) fn command(self, directory: &Path, program: &OsStr, arguments: &[OsString]) -> Command {
        let mut command = match self {
            // The signal would end the process before the write could fail. What is ignored stays so.
            Self::Limit => {
                shell(Command::new("sh"), "mkdir \"$1/site\" && trap '' XFSZ && shift && exec \"$@\"")
            }
            Self::Disk => {
                let mut own = Command::new("unshare");
                own.args(["--user", "--map-root-user", "--mount", "sh"]);
                let mount = format!("mount -t tmpfs -o size={MEGABYTES}m,mode=0700 mneme-conformance \"$1\"");
                shell(own, &(mount + " && mkdir \"$1/site\" && shift && exec \"$@\""))
            }
        };
        command.arg(directory).arg(program).args(arguments);
        command
    }

    /// The room of a child that was started so.
    ///
    /// # Errors
    ///
    /// Why none can be taken from it, in words.
    pub(crate) fn of(self, child: &Process, directory: &Path) -> Result<Room, String> {
        let process = child.id();
        let site = match self {
            Self::Limit => directory.join("site"),
            Self::Disk => {
                let seen = directory.strip_prefix("/").unwrap_or(directory);
                PathBuf::from(format!("/proc/{process}/root")).join(seen).join("site")
            }
        };
        let room = Room { way: self, process, site };
        if !room.site.is_dir() {
            return Err(format!("{} is no directory", room.site.display()));
        }
        room.give().map_err(|error| error.to_string())?;
        Ok(room)
    }
}

fn shell(mut command: Command, script: &str) -> Command {
    command.args(["-c", script, "sh"]);
    command
}

impl Room {
    /// Takes all room but for a little; with nothing left, nothing can be written at all.
    pub(crate) fn take_but(&self, left: u64) -> io::Result<()> {
        match self.way {
            Way::Limit => {
                let longest =
                    image::lengths(&self.site)?.into_iter().map(|(_, length)| length).max().unwrap_or(0);
                let size = if left == 0 { 0 } else { longest + left };
                limit_files(self.process, Some(size))
            }
            Way::Disk => {
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
                ballast.set_len(length.saturating_sub(left))
            }
        }
    }

    /// Gives the room back.
    pub(crate) fn give(&self) -> io::Result<()> {
        match self.way {
            Way::Limit => limit_files(self.process, None),
            Way::Disk => {
                // Emptied before it goes: a process that another test starts has a copy of every open file for a moment,
                // and what is open keeps its room when it is removed.
                let emptied = File::options().write(true).open(self.ballast());
                match emptied.and_then(|ballast| ballast.set_len(0)) {
                    Ok(()) => fs::remove_file(self.ballast()),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(error),
                }
            }
        }
    }

    fn ballast(&self) -> PathBuf {
        self.site.with_file_name("ballast")
    }
}

/// Lets the files of a process grow to so many bytes and no further; none is as far as they may. What a write has room for
/// below that is written, and the next byte is an error, or the process's end where it does not ignore the signal.
///
/// # Errors
///
/// Why that cannot be done here.
pub(crate) fn limit_files(process: u32, size: Option<u64>) -> io::Result<()> {
    let size = size.map_or("unlimited".to_owned(), |size| size.to_string());
    // The soft limits alone: the hard ones could not be raised again. An end by the signal is not to leave a core behind.
    let mut limit = Command::new("prlimit");
    limit.args(["--pid", &process.to_string(), &format!("--fsize={size}:"), "--core=0:"]);
    let done = gate::starting(|| limit.output());
    match done {
        Ok(output) if output.status.success() => Ok(()),
        done => Err(io::Error::other(said(done))),
    }
}

fn said(done: io::Result<Output>) -> String {
    match done {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("no prlimit: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back_although_somebody_still_has_the_ballast_open() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let room = Room { way: Way::Disk, process: std::process::id(), site: directory.path().join("site") };
        room.give()?;
        fs::write(room.ballast(), [0x5a; 1_000])?;
        let held = File::open(room.ballast())?;
        room.give()?;
        assert!(!room.ballast().exists());
        assert_eq!(held.metadata()?.len(), 0);
        Ok(())
    }
}
