//! What a user sets from outside, through the environment.

use crate::{
    contract::{Certainty, Clause},
    exhaustive::Depths,
    race::Plan,
    random::{Budget, Shrinking},
    scenario::durable::Kills,
};
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
/// The variable that says for how many seconds each engine may run.
pub(crate) const ENGINE_BUDGET: &str = "MNEME_CONFORMANCE_ENGINE_BUDGET";
/// The variables of proptest that the random programs take over, where ours do not say otherwise.
const PROPTEST_CASES: &str = "PROPTEST_CASES";
const PROPTEST_RNG_SEED: &str = "PROPTEST_RNG_SEED";
const PROPTEST_MAX_SHRINK_TIME: &str = "PROPTEST_MAX_SHRINK_TIME";
const PROPTEST_MAX_SHRINK_ITERS: &str = "PROPTEST_MAX_SHRINK_ITERS";
/// The variable that says where the report's files go.
pub(crate) const REPORT: &str = "MNEME_CONFORMANCE_REPORT";
/// The variable that says how many seconds each sampled clause may look for a race.
pub(crate) const RACE_BUDGET: &str = "MNEME_CONFORMANCE_RACE_BUDGET";
/// The variable that turns what was not looked at into a failure.
pub(crate) const REQUIRE: &str = "MNEME_CONFORMANCE_REQUIRE";

/// The limits in force for one run of the harness.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `MNEME_CONFORMANCE_DEADLINE` | the seconds after which one call of a store counts as hanging, a number greater than 0 | 10 |
/// | `MNEME_CONFORMANCE_SIZE` | how many entries the size clauses fill a store with; with fewer they are not checked whole | 70000 |
/// | `MNEME_CONFORMANCE_SIZE_BUDGET` | the seconds for which `robust::size_changes_nothing` and `version::advances_on_every_change` may fill a slow store | 5 |
/// | `MNEME_CONFORMANCE_RACE_BUDGET` | the seconds for which each clause of `concurrent::` may look for a race; on a fast store they need far less | 1, or 20 if thorough |
/// | `MNEME_CONFORMANCE_PROFILE` | how much the engines do, and how many processes are killed: `quick`, `thorough` for some minutes, or `soak`: until it is stopped | quick |
/// | `MNEME_CONFORMANCE_ENGINE_BUDGET` | the seconds after which each engine stops, whatever the profile says | the profile's |
/// | `MNEME_CONFORMANCE_SEED` | where the random programs begin, a number | 0 |
/// | `MNEME_CONFORMANCE_REPORT` | a directory where `check_stores` writes `report.html`, `report.json`, `report.xml` (`JUnit`) and `report.md`, and a suite's `report` test the same under the suite's name | unset |
/// | `MNEME_CONFORMANCE_REQUIRE` | `1` makes a failure of everything that binds the store, has a check, and was not checked whole; suites with `ignore` are checked too, by their test `ignored` | unset |
///
/// The random programs honour some variables of proptest too: `PROPTEST_CASES` (how many programs, at least 8, whatever
/// time they take), `PROPTEST_RNG_SEED` (as `MNEME_CONFORMANCE_SEED`, which wins), `PROPTEST_MAX_SHRINK_TIME` (milliseconds)
/// and `PROPTEST_MAX_SHRINK_ITERS` (programs that shrinking may try).
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
    engine_budget: Option<Duration>,
    cases: Option<usize>,
    shrink_time: Option<Duration>,
    shrink_programs: Option<usize>,
    report: Option<PathBuf>,
    require: bool,
    race_budget: Option<Duration>,
    selection: Selection,
}

/// Which clauses are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Selection {
    #[default]
    All,
    /// Those whose check is exact.
    Exact,
    Only(Vec<&'static Clause>),
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
    /// Random programs until somebody stops the process, with a line every few seconds that tells how far they are.
    Soak,
}

impl Profile {
    fn exhaustive(self) -> Depths {
        match self {
            Self::Quick => Depths { most: 3, time: Duration::from_secs(1) },
            Self::Thorough | Self::Soak => Depths { most: 5, time: Duration::from_secs(60) },
        }
    }

    fn random(self) -> Budget {
        const FOR_EVER: Duration = Duration::MAX;
        let quick = Shrinking { programs: usize::MAX, steps: 400_000, time: Duration::from_secs(5) };
        let patient = Shrinking { steps: 4_000_000, time: Duration::from_secs(30), ..quick };
        let budget =
            |programs, time, shrinking| Budget { least: 8, programs, time, progress: None, shrinking };
        match self {
            Self::Quick => budget(600, Duration::from_secs(1), quick),
            Self::Thorough => budget(20_000, Duration::from_secs(60), patient),
            Self::Soak => {
                let progress = Some(Duration::from_secs(5));
                Budget { progress, ..budget(usize::MAX, FOR_EVER, patient) }
            }
        }
    }

    pub(crate) fn kills(self) -> Kills {
        match self {
            Self::Quick => Kills { least: 28, most: 40, time: Duration::from_secs(2) },
            Self::Thorough | Self::Soak => Kills { least: 1_000, most: 1_000, time: Duration::ZERO },
        }
    }

    /// How many processes are killed while they take or restore a snapshot.
    pub(crate) fn copies_killed(self) -> Amount {
        match self {
            Self::Quick => Amount { least: 8, most: 16, time: Duration::from_secs(2) },
            Self::Thorough | Self::Soak => Amount { least: 200, most: 200, time: Duration::ZERO },
        }
    }

    /// How many times a store's files are damaged.
    pub(crate) fn damages(self) -> Amount {
        match self {
            Self::Quick => Amount { least: 24, most: 60, time: Duration::from_secs(2) },
            Self::Thorough | Self::Soak => Amount { least: 200, most: 2_000, time: Duration::from_secs(600) },
        }
    }
}

/// How many of something there are to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// As many, however long it takes.
    pub(crate) least: usize,
    /// As many, if the time is enough.
    pub(crate) most: usize,
    pub(crate) time: Duration,
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
            engine_budget: None,
            cases: None,
            shrink_time: None,
            shrink_programs: None,
            report: None,
            require: false,
            race_budget: None,
            selection: Selection::All,
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
        if let Some(value) = variable(ENGINE_BUDGET) {
            settings.engine_budget = Some(seconds(ENGINE_BUDGET, &value)?);
        }
        let of_proptest = |name: &str| {
            variable(name).map(|value| {
                value.parse::<u64>().map_err(|_| format!("{name} is {value:?}: set it to a number"))
            })
        };
        settings.cases = of_proptest(PROPTEST_CASES).transpose()?.and_then(|n| usize::try_from(n).ok());
        settings.shrink_time = of_proptest(PROPTEST_MAX_SHRINK_TIME)
            .transpose()?
            // As in proptest, 0 sets no limit.
            .filter(|millis| *millis > 0)
            .map(Duration::from_millis);
        settings.shrink_programs =
            of_proptest(PROPTEST_MAX_SHRINK_ITERS).transpose()?.and_then(|n| usize::try_from(n).ok());
        if let Some(value) = variable(SIZE_BUDGET) {
            settings.size_budget = seconds(SIZE_BUDGET, &value)?;
        }
        if let Some(value) = variable(RACE_BUDGET) {
            settings.race_budget = Some(seconds(RACE_BUDGET, &value)?);
        }
        settings.profile = match variable(PROFILE).as_deref() {
            None | Some("" | "quick") => Profile::Quick,
            Some("thorough") => Profile::Thorough,
            Some("soak") => Profile::Soak,
            Some(other) => {
                return Err(format!("{PROFILE} is {other:?}: set it to quick, to thorough, or to soak"));
            }
        };
        if let Some(value) = variable(SEED) {
            settings.seed =
                value.parse().map_err(|_| format!("{SEED} is {value:?}: set it to a number, such as 7"))?;
        } else if let Some(seed) = of_proptest(PROPTEST_RNG_SEED).transpose()? {
            settings.seed = seed;
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
            Profile::Soak => format!("{PROFILE}=soak "),
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

    /// Sets after how long each engine stops, whatever the profile says.
    #[must_use]
    pub fn with_engine_budget(mut self, budget: Duration) -> Self {
        self.engine_budget = Some(budget);
        self
    }

    /// Sets how many random programs there are, at least 8, whatever time they take.
    #[must_use]
    pub fn with_programs(mut self, programs: usize) -> Self {
        self.cases = Some(programs);
        self
    }

    /// Leaves the engines out: only the clauses' own checks run.
    #[must_use]
    pub fn without_engines(mut self) -> Self {
        self.engines = false;
        self
    }

    /// Leaves out the checks that can only sample: those of clauses that speak of every instant or every interleaving.
    /// The report counts these clauses as not checked.
    #[must_use]
    pub fn without_sampled(mut self) -> Self {
        self.selection = Selection::Exact;
        self
    }

    /// Checks these clauses and no others. The report calls the others not checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Settings, State, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
    /// let report = check_store(Subject::volatile(MemoryStore::new), &settings);
    /// assert_eq!(report.count(State::Held), 1);
    /// ```
    #[must_use]
    pub fn only(mut self, clauses: impl IntoIterator<Item = &'static Clause>) -> Self {
        self.selection = Selection::Only(clauses.into_iter().collect());
        self
    }

    /// Sets for how long each clause of `concurrent::` may look for a race.
    #[must_use]
    pub fn with_race_budget(mut self, budget: Duration) -> Self {
        self.race_budget = Some(budget);
        self
    }

    /// For how long each clause of `concurrent::` may look for a race.
    pub fn race_budget(&self) -> Duration {
        self.race_budget.unwrap_or(match self.profile {
            Profile::Quick => Duration::from_secs(1),
            Profile::Thorough | Profile::Soak => Duration::from_secs(20),
        })
    }

    /// Whether a clause is to be checked.
    pub(crate) fn selects(&self, clause: &Clause) -> bool {
        match &self.selection {
            Selection::All => true,
            Selection::Exact => clause.certainty() == Certainty::Exact,
            Selection::Only(clauses) => clauses.contains(&clause),
        }
    }

    /// How much a race is looked for that shows in one of so many calls which run beside another thread's.
    pub(crate) fn race_that_shows_in(&self, calls: u32) -> Plan {
        let miss = match self.profile {
            Profile::Quick => 1e-3,
            Profile::Thorough | Profile::Soak => 1e-9,
        };
        let plan = Plan::for_a_race(calls, miss, self.race_budget());
        match self.profile {
            Profile::Quick => plan,
            Profile::Thorough | Profile::Soak => Plan { calls: usize::MAX, ..plan },
        }
    }

    /// Whether the engines run.
    pub fn runs_engines(&self) -> bool {
        self.engines
    }

    /// Where the report's files go, if anywhere.
    pub fn report(&self) -> Option<&Path> {
        self.report.as_deref()
    }

    /// How much the engines do.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    pub(crate) fn random(&self) -> Budget {
        let mut budget = self.profile.random();
        if let Some(cases) = self.cases {
            budget.programs = cases.max(budget.least);
            budget.least = budget.programs;
        }
        if let Some(time) = self.engine_budget {
            budget.time = time;
            budget.progress = budget.progress.map(|often| often.min(time / 4));
            budget.least = budget.least.min(Profile::Quick.random().least);
        }
        budget.shrinking.time = self.shrink_time.unwrap_or(budget.shrinking.time);
        budget.shrinking.programs = self.shrink_programs.unwrap_or(budget.shrinking.programs);
        budget
    }

    pub(crate) fn exhaustive(&self) -> Depths {
        let depths = self.profile.exhaustive();
        Depths { time: self.engine_budget.unwrap_or(depths.time), ..depths }
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
        assert_eq!(read(RACE_BUDGET, "3").map(|s| s.race_budget()), Ok(Duration::from_secs(3)));
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
            (RACE_BUDGET, "0"),
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
