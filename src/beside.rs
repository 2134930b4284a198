//! Where a file is made before it gets its name: a directory beside its destination, which a killed process leaves and the
//! next one that makes a file beside it removes.
//!
//! A directory, so that nothing in it has to be told from what its owner keeps there, and because it can be locked without
//! a descriptor of the file: closing one would take away the locks that somebody's connection has on it by then.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A directory for one file, beside where the file is to be. It goes when this does, with all that is in it.
#[derive(Debug)]
pub(crate) struct Beside {
    directory: PathBuf,
    destination: PathBuf,
    /// Says to others, for as long as this process lives, that the directory is in use.
    _lock: Lock,
}

/// The file's name in the directory, with what a database keeps beside it.
const FILE: &str = "copy";
const BESIDE_FILE: [&str; 4] = ["", "-journal", "-wal", "-shm"];

const PREFIX: &str = ".mneme-";
const SUFFIX: &str = ".partial";

impl Beside {
    /// Makes a directory beside a destination. Those that killed processes left there go.
    pub(crate) fn of(destination: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        if destination.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
        }
        remove_abandoned(destination);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id());
            let directory = destination.with_file_name(name);
            match make_directory(&directory) {
                // Another process may have had the same number, in a container or long ago.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            let lock = Lock::wait_for(&directory);
            // Between the two somebody may have taken it for one that was left.
            if directory.is_dir() {
                return Ok(Self { directory, destination: destination.to_owned(), _lock: lock });
            }
        }
    }

    /// Where to make the file.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// Puts the file in the place of whatever is at the destination.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn replace(self) -> io::Result<()> {
        fs::rename(self.path(), &self.destination)?;
        self.synchronise_parent();
        Ok(())
    }

    /// Gives the file the destination's name, unless something has it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn publish(self) -> io::Result<()> {
        name(&self.path(), &self.destination, |file, destination| fs::hard_link(file, destination))?;
        self.synchronise_parent();
        Ok(())
    }

    /// Asks that the name outlives a power loss too. Not every system can synchronise a directory, and the file is whole
    /// either way.
    fn synchronise_parent(&self) {
        if let Ok(directory) = fs::File::open(parent_of(&self.destination)) {
            let _ = directory.sync_all();
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        remove(&self.directory);
    }
}

/// Gives a file another name, which nothing has yet. Unlike a rename, a link never replaces what came to be there meanwhile.
///
/// Where the file system has no links, the name is [taken](take_name) first, and only what takes it is replaced.
#[cfg(feature = "sqlite")]
fn name(
    file: &Path,
    destination: &Path,
    link: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    match link(file, destination) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            take_name(destination)?;
            fs::rename(file, destination).inspect_err(|_| drop(fs::remove_file(destination)))
        }
        linked => linked,
    }
}

/// Takes a name, which nothing has yet, by a file that says so: an empty one, if it stays because the process is killed,
/// would be opened as a fresh store.
#[cfg(feature = "sqlite")]
fn take_name(destination: &Path) -> io::Result<()> {
    let mut file = fs::File::options().write(true).create_new(true).open(destination)?;
    let written = io::Write::write_all(&mut file, b"a copy gets this name when it is whole\n");
    written.inspect_err(|_| drop(fs::remove_file(destination)))
}

fn parent_of(destination: &Path) -> &Path {
    let parent = destination.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn remove(directory: &Path) {
    for suffix in BESIDE_FILE {
        // Most of them are not there, and nobody could be told of the others.
        let _ = fs::remove_file(directory.join(format!("{FILE}{suffix}")));
    }
    let _ = fs::remove_dir(directory);
}

/// Removes what killed processes left beside a path. What cannot be looked at stays; the file is made all the same.
fn remove_abandoned(destination: &Path) {
    let Ok(listed) = fs::read_dir(parent_of(destination)) else { return };
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
#[derive(Debug)]
struct Lock(#[allow(dead_code, reason = "it is held, and not read")] Option<fs::File>);

#[cfg(unix)]
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
    fn only_what_a_file_is_made_in_is_taken_for_it() {
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
        let in_use = Beside::of(&destination).expect("a directory");
        fs::write(in_use.path(), "half a file").expect("a file");
        let left = folder.path().join(".mneme-1-0.partial");
        fs::create_dir(&left).expect("a directory");
        fs::write(left.join("copy-journal"), "half a copy").expect("a file");
        let others = folder.path().join(".mneme-2-0.partial");
        fs::create_dir(&others).expect("a directory");
        fs::write(others.join("of somebody"), "something").expect("a file");

        let second = Beside::of(&destination).expect("another directory");
        assert!(!left.exists());
        assert!(in_use.path().exists() && second.path() != in_use.path());
        assert!(others.join("of somebody").exists(), "nothing is removed but what a file is made of");
        drop((in_use, second));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn without_links_a_file_gets_its_name_and_replaces_nothing() {
        let no_links = |_: &Path, _: &Path| Err(io::ErrorKind::Unsupported.into());
        let folder = tempfile::tempdir().expect("a folder");
        let [file, destination] = ["file", "destination"].map(|name| folder.path().join(name));
        fs::write(&file, "copy").expect("a write");
        name(&file, &destination, no_links).expect("a name");
        assert_eq!(fs::read(&destination).ok().as_deref(), Some(&b"copy"[..]));
        assert!(!file.exists());

        fs::write(&file, "another copy").expect("a write");
        let refused = name(&file, &destination, no_links).expect_err("something is there");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&destination).ok().as_deref(), Some(&b"copy"[..]));

        // What cannot be renamed leaves no empty file behind.
        let gone = name(&folder.path().join("nothing"), &folder.path().join("new"), no_links);
        assert_eq!(gone.map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
        assert!(!folder.path().join("new").exists());
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn what_takes_a_name_is_neither_a_store_nor_a_snapshot() {
        use crate::{ErrorKind, Identity, Restore as _, SqliteStore, Store as _};

        let folder = tempfile::tempdir().expect("a folder");
        let [taken, restored] = ["taken", "restored"].map(|name| folder.path().join(name));
        take_name(&taken).expect("a name");
        let opened = SqliteStore::new(&taken).open(&Identity::new("tests", 4));
        assert_eq!(opened.map_err(|error| error.kind()), Err(ErrorKind::Incompatible));
        let refused = SqliteStore::restore(&taken, &restored);
        assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Checkpoint));
        let again = take_name(&taken).map_err(|error| error.kind());
        assert_eq!(again, Err(io::ErrorKind::AlreadyExists));
    }
}
