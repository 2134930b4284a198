//! Right uses of the macro, and what a run of a suite shows.
//!
//! - `uses`: suites of stores of every kind, which run here as their authors would run them.
//! - `surroundings`: a suite where names and lints are as unfriendly as can be.
//! - `deviations`: what becomes of clauses that a store is said to break.
//! - `ignored`: suites that need what is not always there.
//! - `output`: what a suite prints, seen from outside, through a run of this program as a child.
//! - `regressions`: programs that are kept beside a suite.
//! - `settings`: what a suite says of variables that are set to no setting.

mod deviations;
mod ignored;
mod output;
mod regressions;
mod settings;
mod surroundings;
mod uses;

use std::process::Command;

/// The variable that makes the store of the suite `uses::switched` a wrong one.
const WRONG: &str = "MNEME_TEST_WRONG";

/// How a child ended, and what it wrote.
pub(crate) struct Ran {
    pub(crate) passed: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs this program again with other arguments, as `cargo test` would, and with no variables but those given.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy();
        if ours.starts_with("MNEME_") || ours.starts_with("PROPTEST_") || ours.starts_with("RUST_") {
            command.env_remove(&name);
        }
    }
    // Small and short, as a child is about what is printed.
    command.env("MNEME_CONFORMANCE_SIZE", "0").env("MNEME_CONFORMANCE_RACE_BUDGET", "0.1");
    let output = command.envs(variables.iter().copied()).output();
    let output = output.expect("this program runs again");
    Ran {
        passed: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
