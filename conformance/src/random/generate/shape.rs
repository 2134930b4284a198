//! What each program of a run is for.

use crate::random::{pools::Sizes, seed::Seed};
use mneme::limits::MAX_DIMENSION;

/// What a program is for, by its number in a run.
///
/// The first are all [`Common`](Self::Common), so that a run on a slow store is not spent on one of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Common,
    /// Some kinds of actions are left out, and so states are reached that the others undo all the time.
    Swarm,
    /// Many actions, for what shows late.
    Long,
    /// So many entries first, in so many namespaces.
    Filled(u32, u32),
    /// Texts at whose length something ends.
    Wordy(Sizes),
    /// An embedding of so many numbers.
    Wide(usize),
}

impl Shape {
    pub(super) fn of(number: usize, seed: &mut Seed) -> Self {
        let some =
            |seed: &mut Seed, from: u32, below: usize| from + u32::try_from(seed.below(below)).unwrap_or(0);
        match number {
            _ if number % 4_096 == 4_095 => Self::Filled(some(seed, 65_530, 600), 1),
            _ if number % 512 == 303 => Self::Filled(some(seed, 2_490, 200), *seed.pick(&[1, 3])),
            _ if number % 64 == 41 => {
                let entries = some(seed, 990, 120);
                Self::Filled(entries, *seed.pick(&[1, 1, 3, entries]))
            }
            _ if number % 16 == 11 => {
                let entries = some(seed, 250, 20);
                Self::Filled(entries, *seed.pick(&[1, 1, 2, entries]))
            }
            _ if number % 64 == 45 => Self::Wordy(Sizes::Huge),
            _ if number % 16 == 13 => Self::Wordy(Sizes::Long),
            _ if number % 64 == 36 => Self::Wide(MAX_DIMENSION),
            _ if number % 32 == 24 => Self::Wide(*seed.pick(&[255, 256, 257, 300, 1_024])),
            _ if number % 32 == 31 => Self::Long,
            _ if number % 2 == 1 => Self::Swarm,
            _ => Self::Common,
        }
    }

    pub(super) fn length(self) -> usize {
        match self {
            Self::Common | Self::Swarm => 100,
            Self::Long => 600,
            Self::Filled(entries, _) if entries > 10_000 => 12,
            Self::Wordy(Sizes::Huge) => 16,
            Self::Filled(..) | Self::Wordy(_) => 40,
            Self::Wide(MAX_DIMENSION) => 6,
            Self::Wide(_) => 30,
        }
    }

    pub(super) fn sizes(self) -> Sizes {
        match self {
            Self::Wordy(sizes) => sizes,
            _ => Sizes::Short,
        }
    }
}
