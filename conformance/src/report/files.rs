//! The report as files.

use super::Report;
use crate::status::State;
use std::{collections::BTreeSet, io::ErrorKind, path::Path};

impl Report {
    /// Writes `<name>.json`, `<name>.xml` (`JUnit`), `<name>.md` and `<name>.html` into a directory, which is made where it is missing;
    /// and for each race that was found, a picture of it as `<name>.<store>.<clause>.html`. A picture that an earlier report of the same
    /// name left there, of a race that was not found now, is removed.
    ///
    /// # Errors
    ///
    /// A text that names the file and what the file system said.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Report, Settings, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
    /// let report = Report::new(vec![check_store(Subject::volatile(MemoryStore::new), &settings)]);
    /// # let directory = std::env::temp_dir().join(format!("mneme-files-{}", std::process::id()));
    /// report.write_files(&directory, "nightly")?;
    /// assert!(directory.join("nightly.html").is_file());
    /// assert_eq!(report.stores().len(), 1);
    /// # std::fs::remove_dir_all(directory).map_err(|error| error.to_string())?;
    /// # Ok::<(), String>(())
    /// ```
    pub fn write_files(&self, directory: &Path, name: &str) -> Result<(), String> {
        let failed = |path: &Path, error| format!("{} could not be written: {error}", path.display());
        std::fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        let files = [
            ("json", self.to_json()),
            ("xml", self.to_junit()),
            ("md", self.to_markdown()),
            ("html", self.to_html()),
        ];
        let files = files.into_iter().map(|(extension, text)| (extension.to_owned(), Some(text)));
        let mut written = BTreeSet::new();
        let mut gone = BTreeSet::new();
        for (extension, text) in files.chain(self.pages()) {
            let path = directory.join(format!("{name}.{extension}"));
            let Some(text) = text else {
                gone.insert(path);
                continue;
            };
            std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
            written.insert(path);
        }
        // Two stores may have the same name.
        for path in gone.difference(&written) {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(format!("{} could not be removed: {error}", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// For each clause the end of a file's name, and the page of its race where one was found.
    fn pages(&self) -> impl Iterator<Item = (String, Option<String>)> + '_ {
        let rows = self.stores.iter().flat_map(|store| store.rows.iter().map(move |row| (store, row)));
        rows.map(|(store, (clause, status))| {
            let failure = status.failure().filter(|_| status.state() == State::Broken);
            let title = format!("{} breaks {clause}", store.name);
            let page =
                failure.and_then(|failure| Some(failure.trace().race()?.page(&title, &failure.to_string())));
            // A type's name may hold what no file's name may.
            let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
            let store: String = store.name.chars().map(plain).collect();
            (format!("{store}.{}.{}.html", clause.area(), clause.name()), page)
        })
    }
}
