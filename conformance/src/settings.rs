//! What a user sets from outside, through the environment.

use crate::{exhaustive::Depths, random::Budget};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The variable that scales every deadline.
pub(crate) const DEADLINE: &str = "MNEME_CONFORMANCE_DEADLINE";
/// The variable that says how many entries the size clauses use.
pub(crate) const SIZE: &str = "MNEME_CONFORMANCE_SIZE";
/// The variable that says how many seconds the size clause may fill a slow store.
pub(crate) const SIZE_BUDGET: &str = "MNEME_CONFORMANCE_SIZE_BUDGET";
/// The variable that says how much the engines do.
pub(crate) const PROFILE: &str = "MNEME_CONFORMANCE_PROFILE";
/// The variable that says where the random programs begin.
pub(crate) const SEED: &str = "MNEME_CONFORMANCE_SEED";
/// The variable that says where the report's files go.
pub(crate) const REPORT: &str = "MNEME_CONFORMANCE_REPORT";
/// The variable that turns what was not looked at into a failure.
pub(crate) const REQUIRE: &str = "MNEME_CONFORMANCE_REQUIRE";

/// The limits in force for one run of the harness.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `MNEME_CONFORMANCE_DEADLINE` | the seconds after which one call of a store counts as hanging, a number greater than 0 | 10 |
/// | `MNEME_CONFORMANCE_SIZE` | how many entries the size clauses fill a store with; with fewer they are not checked whole | 70000 |
/// | `MNEME_CONFORMANCE_SIZE_BUDGET` | the seconds for which `robust::size_changes_nothing` and `version::advances_on_every_change` may fill a slow store | 5 |
/// | `MNEME_CONFORMANCE_PROFILE` | how much the engines do: `quick`, or `thorough` for about a minute | quick |
/// | `MNEME_CONFORMANCE_SEED` | where the random programs begin, a number | 0 |
/// | `MNEME_CONFORMANCE_REPORT` | a directory where `check_stores` writes `report.json`, `report.xml` (`JUnit`) and `report.md`, and a suite's `report` test the same under the suite's name | unset |
/// | `MNEME_CONFORMANCE_REQUIRE` | `1` makes a failure of everything that binds the store, has a check, and was not checked whole | unset |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let settings = mneme_conformance::Settings::default().with_deadline(Duration::from_secs(60));
/// assert_eq!(settings.deadline(), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    deadline: Duration,
    size: usize,
    size_budget: Duration,
    profile: Profile,
    seed: u64,
    engines: bool,
    sampled: bool,
    report: Option<PathBuf>,
    require: bool,
}

/// How much the engines do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// A second or so on a fast store.
    #[default]
    Quick,
    /// A minute or so.
    Thorough,
}

impl Profile {
    pub(crate) fn exhaustive(self) -> Depths {
        match self {
            Self::Quick => Depths { most: 3, time: Duration::from_secs(1) },
            Self::Thorough => Depths { most: 5, time: Duration::from_secs(60) },
        }
    }

    pub(crate) fn random(self) -> Budget {
        match self {
            Self::Quick => Budget { least: 8, programs: 150, time: Duration::from_secs(1) },
            Self::Thorough => Budget { least: 8, programs: 20_000, time: Duration::from_secs(60) },
        }
    }
}

/// How many entries `robust::size_changes_nothing` asks for.
pub(crate) const FULL_SIZE: usize = 70_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            size: FULL_SIZE,
            size_budget: Duration::from_secs(5),
            profile: Profile::Quick,
            seed: 0,
            engines: true,
            sampled: true,
            report: None,
            require: false,
        }
    }
}

impl Settings {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    ///
    /// A text that names the variable, its value and what it should be.
    pub fn from_env() -> Result<Self, String> {
        // What is no Unicode text is no setting either, and shall be named and not passed over.
        Self::read(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut settings = Self::default();
        if let Some(value) = variable(DEADLINE) {
            settings.deadline = seconds(DEADLINE, &value)?;
        }
        if let Some(value) = variable(SIZE) {
            let size = value.parse().ok().filter(|size| *size <= FULL_SIZE);
            settings.size = size.ok_or_else(|| {
                format!("{SIZE} is {value:?}: set it to a number of entries up to {FULL_SIZE}")
            })?;
        }
        if let Some(value) = variable(SIZE_BUDGET) {
            settings.size_budget = seconds(SIZE_BUDGET, &value)?;
        }
        settings.profile = match variable(PROFILE).as_deref() {
            None | Some("" | "quick") => Profile::Quick,
            Some("thorough") => Profile::Thorough,
            Some(other) => return Err(format!("{PROFILE} is {other:?}: set it to quick, or to thorough")),
        };
        if let Some(value) = variable(SEED) {
            settings.seed =
                value.parse().map_err(|_| format!("{SEED} is {value:?}: set it to a number, such as 7"))?;
        }
        settings.report = variable(REPORT).filter(|directory| !directory.is_empty()).map(PathBuf::from);
        settings.require = match variable(REQUIRE).as_deref() {
            None | Some("" | "0") => false,
            Some("1") => true,
            Some(other) => return Err(format!("{REQUIRE} is {other:?}: set it to 1, or to 0")),
        };
        Ok(settings)
    }

    /// What of the engines' settings is not the default, as it is written before a command: `VARIABLE=value `.
    pub(crate) fn as_variables_of_the_engines(&self) -> String {
        let seed = if self.seed == 0 { String::new() } else { format!("{SEED}={} ", self.seed) };
        let profile = match self.profile {
            Profile::Quick => String::new(),
            Profile::Thorough => format!("{PROFILE}=thorough "),
        };
        seed + &profile
    }

    /// Sets how long one call of the store may take.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets for how long the size clause may fill a store.
    #[must_use]
    pub fn with_size_budget(mut self, budget: Duration) -> Self {
        self.size_budget = budget;
        self
    }

    /// Sets how many entries the size clauses fill a store with, at most 70,000. With fewer than that they are not
    /// checked whole, and the report says so.
    #[must_use]
    pub fn with_size(mut self, entries: usize) -> Self {
        self.size = entries.min(FULL_SIZE);
        self
    }

    /// Makes a failure of what binds the store, has a check, and was not checked whole.
    #[must_use]
    pub fn requiring_everything(mut self) -> Self {
        self.require = true;
        self
    }

    /// Sets how much the engines do.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets where the random programs begin: the same number gives the same programs.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Leaves the engines out: only the clauses' own checks run.
    #[must_use]
    pub fn without_engines(mut self) -> Self {
        self.engines = false;
        self
    }

    /// Whether the engines run.
    pub fn runs_engines(&self) -> bool {
        self.engines
    }

    /// Leaves out the checks that can only sample: those of clauses that speak of every instant or every interleaving.
    /// The report counts these clauses as not checked.
    #[must_use]
    pub fn without_sampled(mut self) -> Self {
        self.sampled = false;
        self
    }

    /// Whether the checks that can only sample run.
    pub fn runs_sampled(&self) -> bool {
        self.sampled
    }

    /// Where the report's files go, if anywhere.
    pub fn report(&self) -> Option<&Path> {
        self.report.as_deref()
    }

    /// How much the engines do.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Where the random programs begin.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How long one call of the store may take.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// How many entries the size clauses fill a store with.
    pub fn size(&self) -> usize {
        self.size
    }

    /// For how long the size clause may fill a store.
    pub fn size_budget(&self) -> Duration {
        self.size_budget
    }

    /// Whether what was not checked is a failure.
    pub fn requires_everything(&self) -> bool {
        self.require
    }
}

fn seconds(name: &str, value: &str) -> Result<Duration, String> {
    value
        .parse()
        .ok()
        .filter(|&seconds: &f64| seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| {
            format!("{name} is {value:?}: set it to a number of seconds greater than 0, such as 30")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Result<Settings, String> {
        Settings::read(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn what_is_set_is_in_force() {
        assert_eq!(Settings::read(|_| None), Ok(Settings::default()));
        assert_eq!(read(DEADLINE, "0.5").map(|s| s.deadline()), Ok(Duration::from_millis(500)));
        assert_eq!(read(SIZE_BUDGET, "60").map(|s| s.size_budget()), Ok(Duration::from_secs(60)));
        assert_eq!(read(SIZE, "500").map(|s| s.size()), Ok(500));
        assert_eq!(read(REQUIRE, "1").map(|s| s.requires_everything()), Ok(true));
        assert_eq!(read(REQUIRE, "0").map(|s| s.requires_everything()), Ok(false));
    }

    #[test]
    fn what_is_no_setting_is_named() {
        for (name, value) in [
            (DEADLINE, "soon"),
            (DEADLINE, "0"),
            (DEADLINE, "-1"),
            (SIZE_BUDGET, "NaN"),
            (SIZE, "70001"),
            (SIZE, "many"),
            (PROFILE, "fast"),
            (SEED, "-1"),
            (REQUIRE, "yes"),
        ] {
            let error = read(name, value).expect_err(value);
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
