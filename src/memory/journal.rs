use std::collections::VecDeque;

/// A map whose new keys are mostly the greatest so far, such as an entry's id or version.
///
/// A new line is appended, so nothing is ever moved to make room. A removed line stays as a blank one until blanks are
/// half of all lines. So appending and removing cost O(1), amortised, besides finding the line. Neighbouring blanks are
/// a run, which a reader steps over at once.
#[derive(Debug)]
pub(super) struct Journal<K, V> {
    /// The first and the last one are written.
    lines: VecDeque<Line<K, V>>,
    written: usize,
}

#[derive(Debug)]
struct Line<K, V> {
    key: K,
    state: State<V>,
}

#[derive(Clone, Copy, Debug)]
enum State<V> {
    Written(V),
    /// At both ends of a run of blanks, how many they are. Inside a run the number means nothing.
    Blank(usize),
}

/// A key that a journal can look for.
pub(super) trait Key: Copy + Ord {
    /// How many lines apart this key and a greater one can be at the most, if that can be told.
    fn most_lines_to(self, greater: Self) -> usize;
}

impl Key for u64 {
    fn most_lines_to(self, greater: Self) -> usize {
        usize::try_from(greater - self).unwrap_or(usize::MAX)
    }
}

/// Below this many lines nothing is tidied: it would not be worth the copying.
const SMALL: usize = 32;

impl<K, V> Default for Journal<K, V> {
    fn default() -> Self {
        Self { lines: VecDeque::new(), written: 0 }
    }
}

impl<K: Key, V: Copy> Journal<K, V> {
    /// The number of lines that are not blank.
    pub(super) fn len(&self) -> usize {
        self.written
    }

    pub(super) fn first(&self) -> Option<K> {
        self.lines.front().map(|line| line.key)
    }

    /// Whether a key is greater than all that are here, so that it may be appended.
    pub(super) fn is_before(&self, key: K) -> bool {
        self.lines.back().is_none_or(|last| last.key < key)
    }

    /// Appends a line. The key must be greater than all that are here.
    pub(super) fn push(&mut self, key: K, value: V) {
        debug_assert!(self.is_before(key), "the keys of a journal ascend");
        self.lines.push_back(Line { key, state: State::Written(value) });
        self.written += 1;
    }

    pub(super) fn get(&self, key: K) -> Option<V> {
        self.lines[self.position(key).ok()?].written()
    }

    /// Blanks a line, and answers what was there.
    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let position = self.position(key).ok()?;
        let value = self.lines[position].written()?;
        let blanks_at = |index: usize| match self.lines.get(index)?.state {
            State::Blank(run) => Some(run),
            State::Written(_) => None,
        };
        let before = position.checked_sub(1).and_then(blanks_at).unwrap_or(0);
        let after = blanks_at(position + 1).unwrap_or(0);
        for index in [position - before, position, position + after] {
            self.lines[index].state = State::Blank(before + 1 + after);
        }
        self.written -= 1;
        self.tidy();
        Some(value)
    }

    /// The lines, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        self.from(0)
    }

    /// The lines whose key is greater, ascending.
    pub(super) fn after(&self, key: K) -> impl Iterator<Item = (K, V)> {
        self.from(match self.position(key) {
            Ok(found) => found + 1,
            Err(next) => next,
        })
    }

    /// Whether the keys ascend, the lines are counted right, and so are the blanks in each run.
    pub(super) fn is_sound(&self) -> bool {
        let ascends = self.lines.iter().zip(self.lines.iter().skip(1)).all(|(a, b)| a.key < b.key);
        let ends = [self.lines.front(), self.lines.back()];
        // The one reader trusts the runs and the other does not.
        let one_by_one = self.lines.iter().filter(|line| line.written().is_some());
        ascends
            && ends.into_iter().flatten().all(|line| line.written().is_some())
            && self.iter().map(|(key, _)| key).eq(one_by_one.map(|line| line.key))
            && self.iter().count() == self.written
    }

    fn from(&self, start: usize) -> impl Iterator<Item = (K, V)> {
        // It may start inside a run, where nothing says how many blanks follow.
        let blanks = self.lines.range(start..).take_while(|line| line.written().is_none()).count();
        let mut index = start + blanks;
        core::iter::from_fn(move || {
            if let State::Blank(run) = self.lines.get(index)?.state {
                index += run;
            }
            let line = self.lines.get(index)?;
            index += 1;
            Some((line.key, line.written()?))
        })
    }

    /// Where a key's line is, or else where it would be.
    ///
    /// Numbers ascend by at least one from line to line, so no line is further from either end than its number is.
    /// Where no number is missing the two bounds meet, and the search is over before it began; in general it costs the
    /// logarithm of how many are missing. Both bounds hold for a missing number's place, too.
    fn position(&self, key: K) -> Result<usize, usize> {
        let (Some(first), Some(last)) = (self.lines.front(), self.lines.back()) else { return Err(0) };
        if key < first.key {
            return Err(0);
        }
        if key > last.key {
            return Err(self.lines.len());
        }
        let mut low = (self.lines.len() - 1).saturating_sub(key.most_lines_to(last.key));
        let mut high = first.key.most_lines_to(key).min(self.lines.len() - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.lines[middle].key < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if self.lines[low].key == key { Ok(low) } else { Err(low) }
    }

    /// Drops blank lines: those at an end at once, since the oldest entries are often the first to go; the others when
    /// they outnumber the written ones. Memory that is no longer needed is given back.
    fn tidy(&mut self) {
        if let Some(Line { state: State::Blank(run), .. }) = self.lines.front() {
            self.lines.drain(..*run);
        }
        if let Some(Line { state: State::Blank(run), .. }) = self.lines.back() {
            self.lines.truncate(self.lines.len() - run);
        }
        if self.lines.len() > 2 * self.written + SMALL {
            self.lines.retain(|line| line.written().is_some());
        }
        if self.lines.capacity() > 8 * self.lines.len().max(SMALL) {
            self.lines.shrink_to(2 * self.lines.len());
        }
    }
}

impl<K, V: Copy> Line<K, V> {
    fn written(&self) -> Option<V> {
        match self.state {
            State::Written(value) => Some(value),
            State::Blank(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(number: u64) -> u64 {
        number ^ 0xabc
    }

    fn numbers(journal: &Journal<u64, u64>, after: u64) -> Vec<u64> {
        journal.after(after).map(|(number, _)| number).collect()
    }

    #[test]
    fn every_number_finds_its_line_and_no_other() {
        // Dense, one hole, many holes, and a wide one at each place.
        for written in [&[1, 2, 3, 4][..], &[1, 2, 4], &[5, 9, 10, 11, 40], &[1, 100, 101, 102], &[7], &[]] {
            let mut journal = Journal::default();
            for &number in written {
                journal.push(number, value(number));
            }
            for number in (0..=110).chain([u64::MAX]) {
                let expected = written.contains(&number).then(|| value(number));
                assert_eq!(journal.get(number), expected, "{number} in {written:?}");
                let later: Vec<u64> = written.iter().copied().filter(|&other| other > number).collect();
                assert_eq!(numbers(&journal, number), later, "after {number} in {written:?}");
            }
            assert!(journal.is_sound());
        }
    }

    #[test]
    fn a_removed_line_is_gone_and_the_others_stay() {
        let mut journal = Journal::default();
        for number in 1..=1000 {
            journal.push(number, value(number));
        }
        for number in (1..=1000).filter(|number| number % 10 != 0) {
            assert_eq!(journal.remove(number), Some(value(number)));
            assert_eq!(journal.remove(number), None);
        }
        assert_eq!(journal.len(), 100);
        assert_eq!(numbers(&journal, 0), (1..=100).map(|tens| tens * 10).collect::<Vec<_>>());
        assert_eq!(journal.get(990), Some(value(990)));
        assert!(journal.is_sound());
    }

    #[test]
    fn runs_of_blanks_join_in_any_order() {
        // Every order in which five neighbours can go.
        for order in 0..5_u64.pow(5) {
            let mut journal = Journal::default();
            for number in 0..=6 {
                journal.push(number, value(number));
            }
            let mut left: Vec<u64> = (0..=6).collect();
            for gone in (0..5).map(|place| 1 + order / 5_u64.pow(place) % 5) {
                assert_eq!(journal.remove(gone).is_some(), left.contains(&gone));
                left.retain(|&number| number != gone);
                assert_eq!(
                    numbers(&journal, gone),
                    left.iter().copied().filter(|&n| n > gone).collect::<Vec<_>>()
                );
                assert!(journal.is_sound());
            }
            assert_eq!(journal.iter().count(), left.len());
        }
    }

    #[test]
    fn blank_lines_do_not_pile_up() {
        let mut journal = Journal::default();
        // One old line stays while a million come and go behind it.
        journal.push(1, value(1));
        for number in 2..1_000_000 {
            journal.push(number, value(number));
            journal.remove(number);
        }
        assert!(journal.lines.len() <= 2 + SMALL, "{} lines", journal.lines.len());
        assert_eq!(numbers(&journal, 0), [1]);
    }

    #[test]
    fn memory_is_given_back() {
        let mut journal = Journal::default();
        for number in 1..=100_000 {
            journal.push(number, value(number));
        }
        for number in 1..=99_990 {
            journal.remove(number);
        }
        assert!(journal.lines.capacity() <= 8 * SMALL, "{}", journal.lines.capacity());
    }
}
