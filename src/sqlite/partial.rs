//! Where a copy is made before it gets its name: a directory beside the destination, which a killed process leaves and
//! the next copy removes.
//!
//! A directory, so that nothing in it has to be told from what its owner keeps there, and because it can be locked without
//! a descriptor of the copy: closing one would take away the locks that somebody's connection has on it by then.

use super::{
    connect::{self, backend},
    fault::Outcome,
};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A directory for one copy. It goes when this does.
pub(super) struct Partial {
    directory: PathBuf,
    /// Says to others, for as long as this process lives, that the directory is in use.
    _lock: Lock,
}

/// The copy's name in the directory, with what SQLite may make beside it.
const COPY: &str = "copy";
const BESIDE_COPY: [&str; 4] = ["", "-journal", "-wal", "-shm"];

const PREFIX: &str = ".mneme-";
const SUFFIX: &str = ".partial";

impl Partial {
    /// Makes a directory beside a path, with an empty file for the copy in it. Those that killed processes left there go.
    pub(super) fn beside(destination: &Path) -> Outcome<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        remove_abandoned(destination);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id());
            let directory = destination.with_file_name(name);
            match make_directory(&directory) {
                // Another process may have had the same number, in a container or long ago.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(|error| backend("make a directory for the copy", error))?,
            }
            let lock = Lock::wait_for(&directory);
            // Between the two somebody may have taken it for one that was left.
            if directory.is_dir() {
                let partial = Self { directory, _lock: lock };
                connect::make_file(&partial.copy())?;
                return Ok(partial);
            }
        }
    }

    /// The file for the copy.
    pub(super) fn copy(&self) -> PathBuf {
        self.directory.join(COPY)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        remove(&self.directory);
    }
}

fn remove(directory: &Path) {
    for suffix in BESIDE_COPY {
        // Most of them are not there, and nobody could be told of the others.
        let _ = fs::remove_file(directory.join(format!("{COPY}{suffix}")));
    }
    let _ = fs::remove_dir(directory);
}

/// Removes what killed processes left beside a path. What cannot be looked at stays; the copy does without.
fn remove_abandoned(destination: &Path) {
    let parent = destination.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Ok(listed) = fs::read_dir(parent.unwrap_or(Path::new("."))) else { return };
    for entry in listed.flatten() {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_directory && is_partial(&entry.file_name()) {
            let directory = entry.path();
            if let Some(_lock) = Lock::try_for(&directory) {
                remove(&directory);
            }
        }
    }
}

fn is_partial(name: &OsStr) -> bool {
    let middle = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    middle.and_then(|middle| middle.split_once('-')).is_some_and(|(a, b)| is_number(a) && is_number(b))
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A lock on a directory, which goes with the process.
struct Lock(#[allow(dead_code, reason = "it is held, and not read")] Option<fs::File>);

#[cfg(unix)]
#[allow(
    clippy::incompatible_msrv,
    reason = "the locks of files are of Rust 1.89, as is what SQLite is called by"
)]
impl Lock {
    /// Waits for whoever only looks whether the directory was left.
    fn wait_for(directory: &Path) -> Self {
        // Where the file system has no locks, nobody takes the directory for one that was left.
        Self(fs::File::open(directory).ok().filter(|file| file.lock().is_ok()))
    }

    /// The lock, where nobody has it.
    fn try_for(directory: &Path) -> Option<Self> {
        let file = fs::File::open(directory).ok()?;
        file.try_lock().ok()?;
        Some(Self(Some(file)))
    }
}

/// Elsewhere a directory has no lock, and what was left cannot be told from what is in use.
#[cfg(not(unix))]
impl Lock {
    fn wait_for(_: &Path) -> Self {
        Self(None)
    }

    fn try_for(_: &Path) -> Option<Self> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_copy_is_made_in_is_taken_for_it() {
        for name in [".mneme-7-0.partial", ".mneme-4294967295-18446744073709551615.partial"] {
            assert!(is_partial(OsStr::new(name)), "{name}");
        }
        for name in
            [".mneme-7.partial", ".mneme--.partial", ".mneme-7-0", "mneme-7-0.partial", ".mneme-a-0.partial"]
        {
            assert!(!is_partial(OsStr::new(name)), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_was_left_goes_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let destination = folder.path().join("destination");
        let in_use = Partial::beside(&destination).expect("a directory");
        let left = folder.path().join(".mneme-1-0.partial");
        fs::create_dir(&left).expect("a directory");
        fs::write(left.join("copy-journal"), "half a copy").expect("a file");
        let others = folder.path().join(".mneme-2-0.partial");
        fs::create_dir(&others).expect("a directory");
        fs::write(others.join("of somebody"), "something").expect("a file");

        let second = Partial::beside(&destination).expect("another directory");
        assert!(!left.exists());
        assert!(in_use.copy().exists() && second.copy().exists());
        assert!(others.join("of somebody").exists(), "nothing is removed but what a copy is made of");
        drop((in_use, second));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1);
    }
}
