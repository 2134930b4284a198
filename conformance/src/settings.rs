//! What a user sets, in a program or from outside through the environment.

mod environment;
mod profile;

pub(crate) use self::environment::{DEADLINE, ENGINE_BUDGET, RACE_BUDGET, REPORT, SIZE, SIZE_BUDGET};
pub use self::profile::Profile;

use crate::{
    contract::{Certainty, Clause},
    exhaustive::Depths,
    race::Plan,
    random::Budget,
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The limits in force for one run of the harness.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `MNEME_CONFORMANCE_DEADLINE` | the seconds after which one call of a store counts as hanging, a number greater than 0 | 10 |
/// | `MNEME_CONFORMANCE_SIZE` | how many entries the size clauses fill a store with; with fewer they are not checked whole | 70000 |
/// | `MNEME_CONFORMANCE_SIZE_BUDGET` | the seconds for which `robust::size_changes_nothing` and `version::advances_on_every_change` may fill a slow store | 5 |
/// | `MNEME_CONFORMANCE_RACE_BUDGET` | the seconds for which each clause of `concurrent::`, and `snapshot::is_a_point_in_time`, may look for a race; on a fast store they need far less | 1, or 20 if thorough |
/// | `MNEME_CONFORMANCE_PROFILE` | how much the engines do, and how many processes are killed: `quick`, `thorough` for some minutes, or `soak`: until it is stopped | quick |
/// | `MNEME_CONFORMANCE_ENGINE_BUDGET` | the seconds after which each engine stops, whatever the profile says | the profile's: 1 in the quick one |
/// | `MNEME_CONFORMANCE_SEED` | where the random programs begin, a number | 0 |
/// | `MNEME_CONFORMANCE_REPORT` | a directory where `check_stores` writes `report.html`, `report.json`, `report.xml` (`JUnit`) and `report.md`, and a suite's `report` test the same as `<package>.<crate>.<suite>` | unset |
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
    /// The report counts these clauses as not checked. Of a check that samples besides what it looks at each time, the
    /// rest is left.
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

    /// Sets for how long each clause of `concurrent::`, and `snapshot::is_a_point_in_time`, may look for a race, at the pace of
    /// its fastest rounds: on a busy machine it may take up to three times as long.
    #[must_use]
    pub fn with_race_budget(mut self, budget: Duration) -> Self {
        self.race_budget = Some(budget);
        self
    }

    /// For how long each clause of `concurrent::`, and `snapshot::is_a_point_in_time`, may look for a race.
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

    /// Whether the parts of an exact check are wanted that can only sample.
    pub(crate) fn samples(&self) -> bool {
        self.selection != Selection::Exact
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
