//! The report as files.

use super::Report;
use crate::status::State;
use std::{collections::BTreeSet, fs, io::ErrorKind, path::Path};

impl Report {
    /// Writes `<name>.json`, `<name>.xml` (`JUnit`), `<name>.md` and `<name>.html` into a directory, which is made where it is missing;
    /// and for each race that was found, a picture of it as `<name>.<store>.<area>.<clause>.html`, where of several stores of one name
    /// the second is `<store>_2`, and so on. A picture that an earlier report of the same name left there, of a race that was not found
    /// now, is removed.
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
        fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        let files = [
            ("json", self.to_json()),
            ("xml", self.to_junit()),
            ("md", self.to_markdown()),
            ("html", self.to_html()),
        ];
        let files = files.into_iter().map(|(extension, text)| (extension.to_owned(), Some(text)));
        for (extension, text) in files.chain(self.pages()) {
            let path = directory.join(format!("{name}.{extension}"));
            match text {
                Some(text) => fs::write(&path, text).map_err(|error| failed(&path, error))?,
                None => match fs::remove_file(&path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(format!("{} could not be removed: {error}", path.display()));
                    }
                    _ => {}
                },
            }
        }
        Ok(())
    }

    /// For each clause the end of a file's name, and the page of its race where one was found.
    fn pages(&self) -> impl Iterator<Item = (String, Option<String>)> + '_ {
        let rows = self.stores.iter().zip(self.names());
        let rows =
            rows.flat_map(|(store, name)| store.rows.iter().map(move |row| (store, name.clone(), row)));
        rows.map(|(store, name, (clause, status))| {
            let failure = status.failure().filter(|_| status.state() == State::Broken);
            let title = format!("{} breaks {clause}", store.name);
            let page = failure.and_then(|failure| failure.trace().page(&title, &failure.to_string()));
            (format!("{name}.{}.{}.html", clause.area(), clause.name()), page)
        })
    }

    /// The stores' names as they are in files' names, each another one: a number is added to what another store has already.
    fn names(&self) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let names = self.stores.iter().map(|store| {
            // A type's name may hold what no file's name may.
            let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
            let name: String = store.name.chars().map(plain).collect();
            let mut free = name.clone();
            let mut number = 1;
            while !taken.insert(free.clone()) {
                number += 1;
                free = format!("{name}_{number}");
            }
            free
        });
        names.collect()
    }
}
