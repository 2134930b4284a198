use core::sync::atomic::{AtomicU64, Ordering};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Where a cache takes the time from, in whole Unix seconds.
///
/// Nothing else in a cache reads time: with a [`ManualClock`] a test decides when entries expire.
pub trait Clock: Send + Sync {
    /// The time, in whole Unix seconds, 0 to [`MAX_NUMBER`](crate::limits::MAX_NUMBER).
    fn now(&self) -> u64;
}

/// The operating system's clock; a time before 1970 counts as 0.
///
/// # Examples
///
/// ```
/// use mneme::{Clock, SystemClock};
///
/// assert!(SystemClock.now() > 1_700_000_000);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that stands still until it is set.
///
/// # Examples
///
/// ```
/// use mneme::{Clock, ManualClock};
///
/// let clock = ManualClock::at(1_700_000_000);
/// clock.advance(60);
/// assert_eq!(clock.now(), 1_700_000_060);
/// clock.set(5);
/// assert_eq!(clock.now(), 5);
/// ```
#[derive(Debug, Default)]
pub struct ManualClock {
    seconds: AtomicU64,
}

impl ManualClock {
    /// Makes a clock that shows a time, in Unix seconds.
    pub fn at(seconds: u64) -> Self {
        Self { seconds: AtomicU64::new(seconds) }
    }

    /// Shows another time, in Unix seconds; an earlier one too.
    pub fn set(&self, seconds: u64) {
        self.seconds.store(seconds, Ordering::Release);
    }

    /// Goes on by some seconds.
    pub fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::AcqRel);
    }
}

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.seconds.load(Ordering::Acquire)
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> u64 {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for Box<C> {
    fn now(&self) -> u64 {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> u64 {
        (**self).now()
    }
}
