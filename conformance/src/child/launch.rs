use super::{process::Process, serve};
use crate::subject::Subject;
use std::{
    ffi::{OsStr, OsString},
    fmt,
    process::Command,
    sync::Arc,
    time::Duration,
};

/// The variable that tells a program that it is a child, and of which store.
const CHILD: &str = "MNEME_CONFORMANCE_CHILD";

/// How this program is run again as a child process that works on a store.
///
/// The tests of [`store_conformance!`](crate::store_conformance) and [`check_stores`](crate::check_stores) see to it
/// themselves. A program that calls [`check_store`](crate::check_store) says it with
/// [`Subject::in_children`](Subject::in_children), and calls [`serve_if_child`] before anything else; without, the
/// clauses that need another process are not checked.
///
/// # Examples
///
/// ```no_run
/// use mneme::MemoryStore;
/// use mneme_conformance::{ChildProcesses, Settings, Subject, check_store, serve_if_child};
///
/// fn subject() -> Subject {
///     Subject::volatile(MemoryStore::new)
/// }
///
/// fn main() {
///     serve_if_child(|_| Some(subject()));
///     let subject = subject().in_children(ChildProcesses::named("the store"));
///     println!("{}", check_store(subject, &Settings::default()));
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ChildProcesses {
    name: String,
    arguments: Vec<OsString>,
}

impl ChildProcesses {
    /// Runs this program again without arguments. The name is what [`serve_if_child`] hands on there.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: Vec::new() }
    }

    /// Runs this program again with these arguments.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{ChildProcesses, Subject};
    ///
    /// // The program is started again as `program serve --quiet`, where its `main` calls `serve_if_child`.
    /// let children = ChildProcesses::named("my store").with_arguments(["serve", "--quiet"]);
    /// let subject = Subject::volatile(MemoryStore::new).in_children(children);
    /// # drop(subject);
    /// ```
    #[must_use]
    pub fn with_arguments(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Runs one test of this program again, by its path without the crate's name. The test calls [`serve_if_child`],
    /// which hands on the name.
    #[must_use]
    pub fn of_test(self, test: &str) -> Self {
        self.with_arguments([test, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"])
    }

    /// Starts a child, and waits until it listens.
    ///
    /// # Errors
    ///
    /// A text that says why there is no child, or what it did instead of listening.
    pub(crate) fn start(&self, patience: Duration) -> Result<Arc<Process>, String> {
        self.start_by(patience, |program, arguments| {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        })
    }

    /// As [`start`](Self::start), by a command that is made of the program and its arguments.
    ///
    /// # Errors
    ///
    /// A text that says why there is no child, or what it did instead of listening.
    pub(crate) fn start_by(
        &self,
        patience: Duration,
        run: impl FnOnce(&OsStr, &[OsString]) -> Command,
    ) -> Result<Arc<Process>, String> {
        if std::env::var_os(CHILD).is_some() {
            return Err("a child process starts no others".to_owned());
        }
        let program = std::env::current_exe()
            .map_err(|error| format!("the program that runs has no path to run it again: {error}"))?;
        let mut command = run(program.as_os_str(), &self.arguments);
        command.env(CHILD, &self.name);
        Process::start(command, patience)
    }
}

impl fmt::Debug for ChildProcesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChildProcesses").field(&self.name).finish()
    }
}

/// Does the work of a child process and ends it, where the harness started this program as one; answers at once where
/// not.
///
/// `find` gets the name of [`ChildProcesses`], and answers the store that it was given for.
///
/// # Examples
///
/// A test that is the children's way in, for stores that other tests check by [`check_store`](crate::check_store):
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{ChildProcesses, Subject, serve_if_child};
///
/// // #[test]
/// fn child_process() {
///     serve_if_child(|name| (name == "memory").then(|| Subject::volatile(MemoryStore::new)));
/// }
///
/// let subject = Subject::volatile(MemoryStore::new)
///     .in_children(ChildProcesses::named("memory").of_test("child_process"));
/// # child_process();
/// ```
pub fn serve_if_child(find: impl FnOnce(&str) -> Option<Subject>) {
    let Some(name) = std::env::var_os(CHILD) else { return };
    let subject = name.to_str().and_then(find);
    serve::serve(subject.ok_or_else(|| format!("the program knows no store called {}", name.display())))
}
