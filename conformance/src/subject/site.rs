//! Where one store's data live while it is checked.

use std::{
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;

/// Where one store's data live while it is checked: a private directory, and a name that no other site has.
///
/// A factory that is called twice with one site makes two handles on the same data. A store on a server uses the
/// name, as a schema, a key prefix or a database. The directory is empty at first and is removed with everything in
/// it when the site is dropped.
#[derive(Debug)]
pub struct Site {
    /// Made when it is asked for: a store in memory has no use for it.
    directory: OnceLock<Directory>,
    name: String,
}

#[derive(Debug)]
enum Directory {
    /// Removed with everything in it when the site is dropped.
    Own(TempDir),
    /// Another process's, which sees to it.
    Lent(PathBuf),
}

impl Site {
    /// Makes a fresh site.
    pub fn fresh() -> Self {
        static PROCESS: OnceLock<u64> = OnceLock::new();
        static NEXT: AtomicU64 = AtomicU64::new(0);

        // Process ids come again and servers stay, so the name has a random part too, drawn once.
        let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Lower case, ASCII and short: a legal identifier for every engine that is known to fold or cut names.
        Self { directory: OnceLock::new(), name: format!("mneme_{process:016x}_{number}") }
    }

    /// A site of another process, which sees to its directory.
    pub(crate) fn lent(path: &Path, name: String) -> Self {
        Self { directory: Directory::Lent(path.to_owned()).into(), name }
    }

    /// The same site, for another process.
    pub(crate) fn lend(&self) -> Self {
        Self::lent(self.path(), self.name.clone())
    }

    /// The site's own directory, which is there. Data that are a whole directory go into one below it, such as
    /// `site.path().join("data")`, as a snapshot is restored to a place where nothing is.
    ///
    /// # Panics
    ///
    /// Where no temporary directory can be made; the check that asked then says so.
    pub fn path(&self) -> &Path {
        let directory = self.directory.get_or_init(|| {
            let directory = tempfile::Builder::new().prefix("mneme-").tempdir();
            let failed = |error| panic!("no temporary directory could be made: {error}");
            Directory::Own(directory.unwrap_or_else(failed))
        });
        match directory {
            Directory::Own(directory) => directory.path(),
            Directory::Lent(directory) => directory,
        }
    }

    /// A name that no other site has, in this process or another: lower-case ASCII letters, digits and `_`, beginning
    /// with a letter, at most 40 bytes.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_fresh_and_their_names_are_legal_identifiers() {
        let (a, b) = (Site::fresh(), Site::fresh());
        assert_ne!(a.name(), b.name());
        assert_ne!(a.path(), b.path());
        assert_eq!(std::fs::read_dir(a.path()).expect("its directory").count(), 0);
        assert!(a.name().starts_with(|c: char| c.is_ascii_lowercase()), "{}", a.name());
        assert!(
            a.name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{}",
            a.name()
        );
        assert!(a.name().len() <= 40, "{}", a.name());
    }
}
