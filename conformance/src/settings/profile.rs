//! How much is done, from a second's worth to all that a machine can do until it is stopped.

use crate::{
    exhaustive::Depths,
    random::{Budget, Shrinking},
    scenario::durable::Kills,
};
use std::time::Duration;

/// How much the engines do.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Profile, Settings};
/// use std::time::Duration;
///
/// // For a night, with whatever was not looked at as a failure.
/// let nightly = Settings::default().with_profile(Profile::Thorough).with_seed(20_260_101).requiring_everything();
/// assert_eq!((nightly.profile(), nightly.seed(), nightly.requires_everything()), (Profile::Thorough, 20_260_101, true));
///
/// // For a slow store on a busy machine.
/// let patient = Settings::default()
///     .with_size(10_000)
///     .with_size_budget(Duration::from_secs(60))
///     .with_race_budget(Duration::from_secs(30))
///     .with_engine_budget(Duration::from_secs(30));
/// assert_eq!((patient.size(), patient.size_budget().as_secs(), patient.race_budget().as_secs()), (10_000, 60, 30));
///
/// // For a first look while writing, without files and without luck.
/// let first = Settings::default().without_engines().without_sampled();
/// assert!(!first.runs_engines() && first.report().is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// A second or so on a fast store.
    #[default]
    Quick,
    /// Up to a minute for each engine, and minutes more where a store's processes are killed and its files are damaged.
    Thorough,
    /// As thorough, and random programs until somebody stops the process, with a line every few seconds that tells how far
    /// they are.
    Soak,
}

impl Profile {
    /// As it is set, in `MNEME_CONFORMANCE_PROFILE` and in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Thorough => "thorough",
            Self::Soak => "soak",
        }
    }

    pub(super) fn exhaustive(self) -> Depths {
        match self {
            Self::Quick => Depths { most: 3, time: Duration::from_secs(1) },
            Self::Thorough | Self::Soak => Depths { most: 6, time: Duration::from_secs(60) },
        }
    }

    pub(super) fn random(self) -> Budget {
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
            Self::Quick => Kills { least: 40, most: 96, time: Duration::from_secs(2) },
            Self::Thorough | Self::Soak => Kills { least: 1_000, most: 1_000, time: Duration::ZERO },
        }
    }

    /// How many processes are killed while they take or restore a snapshot.
    pub(crate) fn copies_killed(self) -> Amount {
        match self {
            Self::Quick => Amount { least: 8, most: 32, time: Duration::from_secs(2) },
            Self::Thorough | Self::Soak => Amount { least: 200, most: 200, time: Duration::ZERO },
        }
    }

    /// How many times a store's files are damaged.
    pub(crate) fn damages(self) -> Damaging {
        let (of_each, amount) = match self {
            Self::Quick => (3, Amount { least: 24, most: 60, time: Duration::from_secs(2) }),
            Self::Thorough | Self::Soak => {
                (24, Amount { least: 200, most: 2_000, time: Duration::from_secs(600) })
            }
        };
        Damaging { of_each, anywhere: amount }
    }
}

/// How many damages there are to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Damaging {
    /// Those that make one thing another that the store was told, for each of these.
    pub(crate) of_each: usize,
    /// Those of everything, wherever it is.
    pub(crate) anywhere: Amount,
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
