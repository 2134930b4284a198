//! The whole battery outside of a test: from any program's `main`.

use crate::{
    battery::Battery,
    child::{ChildProcesses, serve_if_child},
    contract::{Clause, contract},
    report::{Report, StoreReport},
    settings::Settings,
    subject::Subject,
};
use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Checks one store against the whole contract.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Settings, State, Subject, check_store};
///
/// let report = check_store(Subject::volatile(MemoryStore::new), &Settings::default());
/// assert_eq!(report.count(State::Broken), 0);
/// ```
pub fn check_store(subject: Subject, settings: &Settings) -> StoreReport {
    check(subject, settings, |_| {})
}

/// Checks stores one after the other as a program's whole work: shows progress on the standard error, prints the
/// report on the standard output, writes it as files where `MNEME_CONFORMANCE_REPORT` says, and answers success only if nothing is broken or blocked.
///
/// Settings come from the environment, see [`Settings`]. What cannot be printed is an error, and no success.
///
/// Clauses about killed processes, and about processes that share data, need others: the program is run again with the
/// same arguments, and there this function serves the first. So a `main` calls it before anything that must not be
/// done twice, with the same stores in the same order each time.
///
/// # Examples
///
/// A `main` of three lines:
///
/// ```no_run
/// use mneme::MemoryStore;
/// use mneme_conformance::{Subject, check_stores};
///
/// fn main() -> std::process::ExitCode {
///     check_stores([Subject::volatile(MemoryStore::new)])
/// }
/// ```
pub fn check_stores(subjects: impl IntoIterator<Item = Subject>) -> ExitCode {
    let mut subjects = subjects.into_iter();
    serve_if_child(|number| number.parse().ok().and_then(|number| subjects.nth(number)));
    let mut errors = std::io::stderr();
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            let _ = writeln!(errors, "{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut stores = Vec::new();
    for (number, subject) in subjects.enumerate() {
        let children = ChildProcesses::named(number.to_string());
        let subject = subject.in_children(children.with_arguments(std::env::args_os().skip(1)));
        let progress = Progress::new(subject.name());
        stores.push(check(subject, &settings, |clause| progress.note(clause)));
        progress.end();
    }
    let report = Report::new(stores);
    if let Err(error) = publish(&report, settings.report()) {
        let _ = writeln!(errors, "{error}");
        return ExitCode::FAILURE;
    }
    if report.is_right(&settings) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the report, and writes its files where a directory is set.
fn publish(report: &Report, directory: Option<&Path>) -> Result<(), String> {
    writeln!(std::io::stdout(), "{report}")
        .map_err(|error| format!("the report could not be printed: {error}"))?;
    directory.map_or(Ok(()), |directory| report.write_files(directory, "report"))
}

fn check(subject: Subject, settings: &Settings, seen: impl Fn(&'static Clause) + Sync) -> StoreReport {
    let start = Instant::now();
    let battery = Battery::new(subject, settings.clone(), Box::new(|_| None), None);
    StoreReport::of(&battery, seen, start)
}

/// How far a store's check is: one line that renews itself on a terminal, and a line per quarter elsewhere.
struct Progress {
    store: String,
    of: usize,
    done: AtomicUsize,
    terminal: bool,
    /// One line at a time.
    writing: Mutex<()>,
}

impl Progress {
    fn new(store: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let of = contract().clauses().count();
        Self { store: store.to_owned(), of, done: AtomicUsize::new(0), terminal, writing: Mutex::new(()) }
    }

    fn note(&self, clause: &Clause) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        // Progress that cannot be shown is no reason to stop.
        let _ = if self.terminal {
            write!(std::io::stderr(), "\r\x1b[2K{} {done}/{} {clause}", self.store, self.of)
        } else if done * 4 / self.of > (done - 1) * 4 / self.of {
            writeln!(std::io::stderr(), "{} {done}/{}", self.store, self.of)
        } else {
            Ok(())
        };
    }

    fn end(&self) {
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}
