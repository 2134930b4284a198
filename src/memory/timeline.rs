use super::journal::{Journal, Key};
use std::collections::BTreeSet;

/// An entry's place in an order: by time, and among equal times by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) at: u64,
    pub(super) id: u64,
}

impl Key for Stamp {
    fn most_lines_to(self, _greater: Self) -> usize {
        usize::MAX
    }
}

/// A sorted set of stamps.
///
/// Times are given as the clock goes, so nearly every new stamp is the greatest. Those are appended to a journal, with
/// nothing to search and nothing to allocate; only the others go into a tree.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    ascending: Journal<Stamp, ()>,
    others: BTreeSet<Stamp>,
}

impl Timeline {
    pub(super) fn len(&self) -> usize {
        self.ascending.len() + self.others.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn first(&self) -> Option<Stamp> {
        self.ascending.first().into_iter().chain(self.others.first().copied()).min()
    }

    pub(super) fn contains(&self, stamp: Stamp) -> bool {
        self.ascending.get(stamp).is_some() || self.others.contains(&stamp)
    }

    pub(super) fn insert(&mut self, stamp: Stamp) {
        if self.ascending.is_before(stamp) {
            self.ascending.push(stamp, ());
        } else {
            self.others.insert(stamp);
        }
    }

    pub(super) fn remove(&mut self, stamp: Stamp) {
        if self.ascending.remove(stamp).is_none() {
            self.others.remove(&stamp);
        }
    }

    /// The stamps, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = Stamp> {
        let mut ascending = self.ascending.iter().map(|(stamp, ())| stamp).peekable();
        let mut others = self.others.iter().copied().peekable();
        core::iter::from_fn(move || match (ascending.peek(), others.peek()) {
            (Some(a), Some(b)) if b < a => others.next(),
            (Some(_), _) => ascending.next(),
            (None, _) => others.next(),
        })
    }

    /// Whether both halves are sound and no stamp is in both.
    pub(super) fn is_sound(&self) -> bool {
        self.ascending.is_sound() && !self.others.iter().any(|&stamp| self.ascending.get(stamp).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_sorted_set_whatever_the_times() {
        let (mut timeline, mut expected) = (Timeline::default(), BTreeSet::new());
        for step in 0..5_000_u64 {
            // Mostly the clock's time, often an earlier one, and once in a while one far ahead.
            let at = match step % 7 {
                0 => step * 7919 % 500,
                3 if step % 100 == 3 => 1_000_000 - step,
                _ => step,
            };
            let stamp = Stamp { at, id: step % 40 };
            if step % 3 == 2 {
                timeline.remove(stamp);
                expected.remove(&stamp);
                if let Some(first) = expected.pop_first() {
                    timeline.remove(first);
                }
            } else if expected.insert(stamp) {
                timeline.insert(stamp);
            }
            assert!(timeline.is_sound());
            assert_eq!(timeline.first(), expected.first().copied());
            assert_eq!(timeline.contains(stamp), expected.contains(&stamp));
            assert_eq!(timeline.len(), expected.len());
        }
        assert!(timeline.iter().eq(expected.iter().copied()));
        assert!(!timeline.is_empty() && !timeline.others.is_empty());
    }

    #[test]
    fn a_stamp_that_was_removed_may_come_again() {
        let stamps = [1, 2, 3].map(|at| Stamp { at, id: 1 });
        let mut timeline = Timeline::default();
        for stamp in stamps {
            timeline.insert(stamp);
        }
        timeline.remove(stamps[1]);
        timeline.insert(stamps[1]);
        assert!(timeline.iter().eq(stamps));
        timeline.remove(stamps[1]);
        assert!(!timeline.contains(stamps[1]) && timeline.is_sound());
    }
}
