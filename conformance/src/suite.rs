//! What the tests of one `store_conformance!` share.

use crate::{
    battery::Battery,
    child::{ChildProcesses, serve_if_child},
    contract::Clause,
    engine::{self, Engine},
    failure::{Checking, Failure, Reason},
    random::Regressions,
    report::{Report, StoreReport},
    settings::Settings,
    status::Status,
    subject::Subject,
    trace::Trace,
};
use std::{fmt, io::Write as _, path::Path, sync::OnceLock, time::Instant};

/// The store of one `store_conformance!`, and what its tests have found so far.
///
/// Each clause is checked once in a process, whichever test asks first.
#[doc(hidden)]
pub struct Suite {
    subject: fn() -> Subject,
    package: &'static str,
    directory: &'static str,
    module: &'static str,
    runs: Runs,
    battery: OnceLock<Result<Battery, String>>,
}

/// What makes a suite's subject.
///
/// The macro implements it where it is called, as the factory's names are known there.
#[doc(hidden)]
pub trait Suited {
    /// Makes the subject.
    fn subject() -> Subject;
}

/// When the tests of a suite run.
#[derive(Clone, Copy, Debug)]
enum Runs {
    Always,
    /// They are `#[ignore]`d, and run when they are asked for.
    WhenAskedFor,
}

impl Suite {
    /// Makes a suite: how to make its subject, the package with its directory, and the module that its tests are in.
    pub const fn new(
        subject: fn() -> Subject,
        package: &'static str,
        directory: &'static str,
        module: &'static str,
    ) -> Self {
        Self { subject, package, directory, module, runs: Runs::Always, battery: OnceLock::new() }
    }

    /// Says that the tests of the suite are `#[ignore]`d.
    #[must_use]
    pub const fn ignored(mut self, _why: &'static str) -> Self {
        self.runs = Runs::WhenAskedFor;
        self
    }

    /// Checks one clause.
    ///
    /// # Errors
    ///
    /// The failure that the clause's test prints.
    pub fn check(&self, clause: &'static Clause) -> Result<(), SuiteFailure> {
        let battery = self.battery()?;
        let status = battery.status(clause);
        if let Some(failure) = status.failure() {
            return Err(SuiteFailure::Clause(failure.clone()));
        }
        match status {
            Status::NotChecked { reason, .. }
                if !status.has_looked(battery.settings().requires_everything()) =>
            {
                let reason = Reason::NotLooked { why: reason.clone() };
                let again = self.again(battery.settings())(&clause.to_string());
                let failure = Failure::new(
                    battery.subject().name(),
                    Checking::Clause(clause),
                    reason,
                    Trace::default(),
                    again,
                );
                Err(SuiteFailure::Clause(failure))
            }
            _ => {
                if let Some(extent) = battery.extent(clause) {
                    tell(&format!("{clause}: {extent}"));
                }
                Ok(())
            }
        }
    }

    /// Compares the store with the model, by random programs.
    ///
    /// # Errors
    ///
    /// The failure that the test prints.
    pub fn random(&self) -> Result<(), SuiteFailure> {
        conclude(self.battery()?.random())
    }

    /// Compares the store with the model, by every sequence of a small space.
    ///
    /// # Errors
    ///
    /// The failure that the test prints.
    pub fn exhaustive(&self) -> Result<(), SuiteFailure> {
        conclude(self.battery()?.exhaustive())
    }

    /// Checks every clause, and shows how each ended.
    ///
    /// The summary goes to the standard error past the test harness, which keeps the output of a test that passes to
    /// itself: what was not checked is to be seen.
    ///
    /// # Errors
    ///
    /// The whole report, where any clause is broken or blocked, or none was held.
    pub fn report(&self) -> Result<(), SuiteFailure> {
        let battery = self.battery()?;
        let start = Instant::now();
        let report = StoreReport::of(battery, |_| {}, start);
        // In one piece, so that other tests' lines stay outside. A text that nobody can read is no reason to fail.
        let text = format!("\n{}: {}\n", self.path(), report.summary());
        let _ = std::io::stderr().write_all(text.as_bytes());
        let right = report.is_right(battery.settings());
        let report = Report::new(vec![report]);
        if let Some(directory) = battery.settings().report() {
            report
                .write_files(directory, &format!("{}.{}", self.package, self.file_stem()))
                .map_err(SuiteFailure::Report)?;
        }
        if right { Ok(()) } else { Err(SuiteFailure::Report(report.to_string())) }
    }

    /// Says past the test harness that the suite's tests are ignored; where everything is required, checks every
    /// clause all the same.
    ///
    /// # Errors
    ///
    /// The whole report, where everything is required and the store is not right or what it needs is not there.
    pub fn is_ignored(&self, why: &'static str) -> Result<(), SuiteFailure> {
        if self.battery()?.settings().requires_everything() {
            return self.report();
        }
        let path = self.path();
        // A line that nobody can read is no reason to fail.
        let _ = writeln!(std::io::stderr(), "\n{path}: not checked, as its tests are ignored: {why}");
        Ok(())
    }

    fn battery(&self) -> Result<&Battery, SuiteFailure> {
        let path = self.path();
        serve_if_child(|name| (name == path).then(self.subject));
        self.battery
            .get_or_init(|| {
                let settings = Settings::from_env()?;
                let regressions = Regressions::of_suite(Path::new(self.directory), &self.file_stem());
                let again = Box::new(self.again(&settings));
                // Every suite has the test `report`, whatever its store claims.
                let children = ChildProcesses::named(path).of_test(&format!("{path}::report"));
                let subject = (self.subject)().in_children(children);
                Ok(Battery::new(subject, settings, again, Some(regressions)))
            })
            .as_ref()
            .map_err(|error| SuiteFailure::Settings(error.clone()))
    }

    /// The path of the suite's tests: their module without the crate's name.
    fn path(&self) -> &'static str {
        self.module.split_once("::").map_or("", |(_, path)| path)
    }

    /// What the suite's files in the author's package begin with.
    ///
    /// The crate's name is in it, since each file in `tests/` is a crate, and most have a suite of the same name.
    fn file_stem(&self) -> String {
        self.module.replace("::", ".")
    }

    /// The command that runs a test of the suite again, and no other.
    fn again(&self, settings: &Settings) -> impl Fn(&str) -> Option<String> + use<> {
        let Self { package, runs, .. } = *self;
        let path = self.path();
        let ignored = match runs {
            Runs::Always => "",
            Runs::WhenAskedFor => " --include-ignored",
        };
        let engines = settings.as_variables_of_the_engines();
        move |test| {
            let variables = if [engine::RANDOM, engine::EXHAUSTIVE].contains(&test) { &*engines } else { "" };
            Some(format!("{variables}cargo test -p {package} {path}::{test} -- --exact{ignored}"))
        }
    }
}

/// Says something that libtest shows where it is asked to (`--show-output`).
#[allow(clippy::print_stdout, reason = "it is a test's output, which libtest keeps where the test passes")]
fn tell(text: &str) {
    println!("{text}");
}

fn conclude(engine: &Engine) -> Result<(), SuiteFailure> {
    match (engine.failure(), engine.silent()) {
        (Some(failure), _) => Err(SuiteFailure::Clause(failure.clone())),
        (None, Some(silent)) => Err(SuiteFailure::Report(format!("{}: {silent}", engine.name()))),
        (None, None) => Ok(()),
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("module", &self.module).finish_non_exhaustive()
    }
}

/// Why a test of a suite fails; its [`Debug`] is the text for people.
#[doc(hidden)]
#[derive(Clone)]
#[non_exhaustive]
pub enum SuiteFailure {
    /// A clause is not held.
    Clause(Failure),
    /// The report of the whole suite, where it is not right.
    Report(String),
    /// A setting in the environment is none.
    Settings(String),
}

impl fmt::Display for SuiteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clause(failure) => failure.fmt(f),
            Self::Report(text) | Self::Settings(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for SuiteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SuiteFailure {}
