use mneme::limits::MAX_NUMBER;
use std::{collections::BTreeMap, sync::Arc};

/// What is known of the version counter.
///
/// The n-th change gives the counter its n-th value. Which value is the store's choice, as long as each is greater
/// than the one before, so the model knows only those that were seen, and from them the bounds of all others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Versions {
    /// The number of changes so far.
    now: u64,
    /// By event, its value. A clone shares it until one of the two sees another.
    seen: Arc<BTreeMap<u64, u64>>,
}

impl Default for Versions {
    fn default() -> Self {
        Self { now: 0, seen: Arc::new(BTreeMap::from([(0, 0)])) }
    }
}

impl Versions {
    /// The number of changes so far: the event whose value the counter has now.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Notes a change, and answers its event.
    pub(crate) fn advance(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    /// Takes over what was seen of these after more changes: where calls are judged when all of them are over, more is known
    /// of each than when it was made.
    pub(crate) fn foresee(&mut self, later: &Self) {
        self.seen = Arc::clone(&later.seen);
    }

    /// The smallest and the greatest value that an event can have had, given the values that were seen.
    pub(crate) fn bounds(&self, event: u64) -> (u64, u64) {
        let (below, value) = self.seen.range(..=event).next_back().map_or((0, 0), |(&k, &v)| (k, v));
        let low = value + (event - below);
        let high = match self.seen.range(event..).next() {
            Some((&above, &value)) => value - (above - event),
            None => MAX_NUMBER,
        };
        (low, high)
    }

    /// Notes that an event's value was seen.
    ///
    /// # Errors
    ///
    /// The bounds, where the value is outside them.
    pub(crate) fn see(&mut self, event: u64, value: u64) -> Result<(), (u64, u64)> {
        let (low, high) = self.bounds(event);
        if value < low || value > high {
            return Err((low, high));
        }
        // A value that its neighbours leave no choice needs no place of its own: a long walk stays cheap.
        if low < high {
            Arc::make_mut(&mut self.seen).insert(event, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(changes: u64) -> Versions {
        let mut versions = Versions::default();
        for _ in 0..changes {
            versions.advance();
        }
        versions
    }

    #[test]
    fn a_fresh_counter_is_zero() {
        assert_eq!(after(0).see(0, 0), Ok(()));
        assert_eq!(after(0).see(0, 1), Err((0, 0)));
    }

    #[test]
    fn each_change_is_at_least_one_step() {
        assert_eq!(after(3).see(3, 3), Ok(()));
        assert_eq!(after(3).see(3, 300), Ok(()));
        assert_eq!(after(3).see(3, 2), Err((3, MAX_NUMBER)));
    }

    #[test]
    fn what_is_seen_later_bounds_what_was_before() {
        let (mut before, mut later) = (after(2), after(4));
        assert_eq!(later.see(4, 4), Ok(()));
        assert_eq!(before.clone().see(2, 3), Ok(()));
        before.foresee(&later);
        assert_eq!(before.see(2, 3), Err((2, 2)));
        assert_eq!(before.now(), 2);
    }

    #[test]
    fn a_value_between_two_seen_ones_is_between_them() {
        let mut versions = after(4);
        assert_eq!(versions.see(4, 10), Ok(()));
        assert_eq!(versions.see(2, 9), Err((2, 8)));
        assert_eq!(versions.see(2, 5), Ok(()));
        assert_eq!(versions.see(1, 5), Err((1, 4)));
        assert_eq!(versions.see(3, 5), Err((6, 9)));
        assert_eq!(versions.see(4, 11), Err((10, 10)));
    }
}
