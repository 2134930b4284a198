use mneme::limits::MAX_NUMBER;
use std::{collections::BTreeMap, sync::Arc};

/// What is known of the version counter.
///
/// The n-th change gives the counter its n-th value. Which value is the store's choice, as long as each is greater
/// than the one before, so the model knows only those that were seen, and from them the bounds of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Versions {
    /// The number of changes so far.
    now: u64,
    /// The last event whose value is known to be its own number: so is that of each before it, as no two share one. Most
    /// stores count by one, and then this is all there is to know.
    counted: u64,
    /// By event, its value, of those after that. A clone shares it until one of the two sees another.
    seen: Arc<BTreeMap<u64, u64>>,
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
        self.counted = later.counted;
        self.seen = Arc::clone(&later.seen);
    }

    /// The smallest and the greatest value that an event can have had, given the values that were seen.
    pub(crate) fn bounds(&self, event: u64) -> (u64, u64) {
        if event <= self.counted {
            return (event, event);
        }
        let nearest = self.seen.range(..=event).next_back();
        let (below, value) = nearest.map_or((self.counted, self.counted), |(&k, &v)| (k, v));
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
        if value == event {
            // Whatever was seen before it was its own number too, and has its place in this one.
            self.counted = self.counted.max(event);
        } else if low < high {
            // A value that its neighbours leave no choice needs no place of its own: a long walk stays cheap.
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
    fn a_counter_that_has_counted_by_one_leaves_no_choice_before() {
        let mut versions = after(5);
        assert_eq!(versions.see(3, 3), Ok(()));
        assert_eq!(versions.see(2, 1), Err((2, 2)));
        assert_eq!(versions.bounds(4), (4, MAX_NUMBER));
        assert_eq!(versions.see(5, 9), Ok(()));
        assert_eq!(versions.bounds(4), (4, 8));
        assert_eq!(versions.see(4, 4), Ok(()));
        assert_eq!(versions.bounds(4), (4, 4));
        assert_eq!(versions.bounds(5), (9, 9));
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
