//! The programs that failed once, kept beside the author's tests and run first from then on.

use super::{Program, text};
use std::path::{Path, PathBuf};

/// The file of one suite.
#[derive(Clone, Debug)]
pub(crate) struct Regressions(PathBuf);

impl Regressions {
    /// `conformance-regressions/<suite>.txt` in the author's package.
    pub(crate) fn of_suite(package: &Path, suite: &str) -> Self {
        Self(package.join("conformance-regressions").join(format!("{}.txt", suite.replace("::", "."))))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The programs that are kept; none where there is no file.
    ///
    /// # Errors
    ///
    /// A text that names the file, and the line where there is one.
    pub(crate) fn read(&self) -> Result<Vec<Program>, String> {
        text::programs(&self.text()?.unwrap_or_else(|| text::HEAD.to_owned()))
            .map_err(|error| format!("{}, {error}; mend the line, or remove the file", self.0.display()))
    }

    /// Adds a program.
    ///
    /// # Errors
    ///
    /// A text that names the file and what the file system said.
    pub(crate) fn add(&self, program: &Program, remark: &str) -> Result<(), String> {
        let text = text::with_program(&self.text()?.unwrap_or_default(), program, remark);
        let failed = |error| format!("{} could not be written: {error}", self.0.display());
        if let Some(directory) = self.0.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        std::fs::write(&self.0, text).map_err(failed)
    }

    fn text(&self) -> Result<Option<String>, String> {
        match std::fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} could not be read: {error}", self.0.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{generate::Generator, seed::Seed};

    #[test]
    fn what_was_added_is_read_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let kept = Regressions::of_suite(directory.path(), "nested::suite");
        assert_eq!(kept.read(), Ok(Vec::new()));
        let programs: Vec<Program> = (0..2)
            .map(|number| {
                Generator::new(Seed::nth(1, number), 0, crate::subject::Claims::default()).program(5)
            })
            .collect();
        for program in &programs {
            kept.add(program, "lru::ties_break_by_id").expect("it can be written");
        }
        assert_eq!(kept.read(), Ok(programs));
        assert!(kept.path().ends_with("conformance-regressions/nested.suite.txt"));
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
