//! The programs that failed once, kept beside the author's tests and run first from then on.

use super::{Program, text};
use std::path::{Path, PathBuf};

/// The file of one suite.
#[derive(Clone, Debug)]
pub(crate) struct Regressions {
    path: PathBuf,
    /// The suite's own name, without the modules that it is in.
    suite: String,
}

impl Regressions {
    /// `conformance-regressions/<stem>.txt` in the author's package; the suite's own name is the last part of the stem.
    pub(crate) fn of_suite(package: &Path, stem: &str) -> Self {
        let suite = stem.rsplit('.').next().unwrap_or_default().to_owned();
        Self { path: package.join("conformance-regressions").join(format!("{stem}.txt")), suite }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn suite(&self) -> &str {
        &self.suite
    }

    /// The programs that are kept; none where there is no file.
    ///
    /// # Errors
    ///
    /// A text that names the file, and the line where there is one.
    pub(crate) fn read(&self) -> Result<Vec<Program>, String> {
        text::programs(&self.text()?.unwrap_or_else(|| text::HEAD.to_owned()))
            .map_err(|error| format!("{}, {error}; mend the line, or remove the file", self.path.display()))
    }

    /// Adds a program.
    ///
    /// # Errors
    ///
    /// A text that names the file and what the file system said.
    pub(crate) fn add(&self, program: &Program, remark: &str) -> Result<(), String> {
        let text = text::with_program(&self.text()?.unwrap_or_default(), program, remark);
        let failed = |error| format!("{} could not be written: {error}", self.path.display());
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        std::fs::write(&self.path, text).map_err(failed)
    }

    fn text(&self) -> Result<Option<String>, String> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} could not be read: {error}", self.path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::nth;

    #[test]
    fn what_was_added_is_read_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let kept = Regressions::of_suite(directory.path(), "tests.nested.suite");
        assert_eq!(kept.read(), Ok(Vec::new()));
        let programs: Vec<Program> =
            (0..2).map(|number| nth(1, number, crate::subject::Claims::default())).collect();
        for program in &programs {
            kept.add(program, "lru::ties_break_by_id").expect("it can be written");
        }
        assert_eq!(kept.read(), Ok(programs));
        assert_eq!(kept.suite(), "suite");
        assert!(kept.path().ends_with("conformance-regressions/tests.nested.suite.txt"));
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let kept = Regressions::of_suite(directory.path(), "suite");
        std::fs::create_dir_all(kept.path().parent().expect("a parent")).expect("a directory");
        std::fs::write(kept.path(), "rubbish").expect("it can be written");
        let error = kept.read().expect_err("rubbish");
        assert!(error.contains("suite.txt, line 1") && error.contains("mend the line"), "{error}");
    }
}
