//! The settings as the environment has them.

use super::{FULL_SIZE, Profile, Settings};
use std::{path::PathBuf, time::Duration};

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

impl Settings {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    ///
    /// A text that names the variable, its value and what it should be.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::Settings;
    ///
    /// // What nobody has set is as by default.
    /// let settings = Settings::from_env()?;
    /// println!("seed {}, {:?}", settings.seed(), settings.profile());
    /// # Ok::<(), String>(())
    /// ```
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
        // Soaking ends when somebody ends it, whatever other tests are told.
        if settings.profile == Profile::Soak {
            settings.cases = None;
        }
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
            other => format!("{PROFILE}={} ", other.name()),
        };
        seed + &profile
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
    fn the_variables_of_proptest_hold_for_the_random_programs() {
        let quick = Settings::default().random();
        let random = |name, value| read(name, value).expect(value).random();
        // So many, whatever time they take; but no fewer than have every kind of operation.
        let cases = random(PROPTEST_CASES, "5000");
        assert_eq!((cases.programs, cases.least), (5_000, 5_000));
        assert_eq!(random(PROPTEST_CASES, "1").programs, quick.least);
        let soaking = |asked: &str| match asked {
            PROFILE => Some("soak".to_owned()),
            PROPTEST_CASES => Some("256".to_owned()),
            _ => None,
        };
        let endless = Settings::read(soaking).expect("both are in range").random();
        assert_eq!(endless.programs, usize::MAX, "only somebody stops it");
        assert_eq!(random(PROPTEST_MAX_SHRINK_TIME, "20").shrinking.time, Duration::from_millis(20));
        assert_eq!(random(PROPTEST_MAX_SHRINK_TIME, "0").shrinking, quick.shrinking);
        assert_eq!(random(PROPTEST_MAX_SHRINK_ITERS, "3").shrinking.programs, 3);
        assert_eq!(read(PROPTEST_RNG_SEED, "7").map(|s| s.seed()), Ok(7));
        let both = |asked: &str| match asked {
            SEED => Some("8".to_owned()),
            PROPTEST_RNG_SEED => Some("7".to_owned()),
            _ => None,
        };
        assert_eq!(Settings::read(both).map(|s| s.seed()), Ok(8), "ours wins");
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
            (PROPTEST_CASES, "all"),
            (PROPTEST_RNG_SEED, "-1"),
            (PROPTEST_MAX_SHRINK_TIME, "1s"),
            (PROPTEST_MAX_SHRINK_ITERS, ""),
        ] {
            let error = read(name, value).expect_err(value);
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
