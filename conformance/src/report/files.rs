//! The report as files.

use super::Report;
use std::path::Path;

impl Report {
    /// Writes `<name>.json`, `<name>.xml` (`JUnit`) and `<name>.md` into a directory, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// A text that names the file and what the file system said.
    pub fn write_files(&self, directory: &Path, name: &str) -> Result<(), String> {
        let failed = |path: &Path, error| format!("{} could not be written: {error}", path.display());
        std::fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        let files = [("json", self.to_json()), ("xml", self.to_junit()), ("md", self.to_markdown())];
        files.into_iter().try_for_each(|(extension, text)| {
            let path = directory.join(format!("{name}.{extension}"));
            std::fs::write(&path, text).map_err(|error| failed(&path, error))
        })
    }
}
