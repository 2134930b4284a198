use super::records::KeyHash;
use std::collections::VecDeque;

/// An index by a number that only grows: an entry's id, or its version.
///
/// A new number is the greatest so far, so a line is appended and nothing is ever moved to make room. A removed line
/// stays as a blank one until blanks are half of all lines; so appending and removing cost O(1), amortised.
#[derive(Debug, Default)]
pub(super) struct Journal {
    lines: VecDeque<Line>,
    written: usize,
}

#[derive(Debug)]
struct Line {
    number: u64,
    hash: Option<KeyHash>,
}

/// Below this many lines nothing is tidied: it would not be worth the copying.
const SMALL: usize = 32;

impl Journal {
    /// The number of lines that are not blank.
    pub(super) fn len(&self) -> usize {
        self.written
    }

    /// Appends a line. The number must be greater than every one before.
    pub(super) fn push(&mut self, number: u64, hash: KeyHash) {
        debug_assert!(self.lines.back().is_none_or(|last| last.number < number), "{number} does not ascend");
        self.lines.push_back(Line { number, hash: Some(hash) });
        self.written += 1;
    }

    pub(super) fn get(&self, number: u64) -> Option<KeyHash> {
        self.lines[self.position(number).ok()?].hash
    }

    /// Blanks a line, and answers what was there.
    pub(super) fn remove(&mut self, number: u64) -> Option<KeyHash> {
        let position = self.position(number).ok()?;
        let hash = self.lines[position].hash.take()?;
        self.written -= 1;
        self.tidy();
        Some(hash)
    }

    /// The lines whose number is greater, ascending.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = (u64, KeyHash)> {
        let start = match self.position(number) {
            Ok(found) => found + 1,
            Err(next) => next,
        };
        self.lines.range(start..).filter_map(|line| Some((line.number, line.hash?)))
    }

    /// Whether the numbers ascend and the lines are counted right.
    pub(super) fn is_sound(&self) -> bool {
        let ascends = self.lines.iter().zip(self.lines.iter().skip(1)).all(|(a, b)| a.number < b.number);
        ascends && self.written == self.lines.iter().filter(|line| line.hash.is_some()).count()
    }

    /// Where a number's line is, or else where it would be.
    ///
    /// Numbers ascend by at least one from line to line, so no line is further from either end than its number is.
    /// Where no number is missing the two bounds meet, and the search is over before it began; in general it costs the
    /// logarithm of how many are missing. Both bounds hold for a missing number's place, too.
    fn position(&self, number: u64) -> Result<usize, usize> {
        let (Some(first), Some(last)) = (self.lines.front(), self.lines.back()) else { return Err(0) };
        if number < first.number {
            return Err(0);
        }
        if number > last.number {
            return Err(self.lines.len());
        }
        let from_first = usize::try_from(number - first.number).unwrap_or(usize::MAX);
        let from_last = usize::try_from(last.number - number).unwrap_or(usize::MAX);
        let mut low = (self.lines.len() - 1).saturating_sub(from_last);
        let mut high = from_first.min(self.lines.len() - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.lines[middle].number < number {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if self.lines[low].number == number { Ok(low) } else { Err(low) }
    }

    /// Drops blank lines: those at the front at once, since the oldest entries are often the first to go; the others
    /// when they outnumber the written ones. Memory that is no longer needed is given back.
    fn tidy(&mut self) {
        while self.lines.front().is_some_and(|line| line.hash.is_none()) {
            self.lines.pop_front();
        }
        if self.lines.len() > 2 * self.written + SMALL {
            self.lines.retain(|line| line.hash.is_some());
        }
        if self.lines.capacity() > 8 * self.lines.len().max(SMALL) {
            self.lines.shrink_to(2 * self.lines.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> KeyHash {
        KeyHash::new(number)
    }

    fn numbers(journal: &Journal, after: u64) -> Vec<u64> {
        journal.after(after).map(|(number, _)| number).collect()
    }

    #[test]
    fn every_number_finds_its_line_and_no_other() {
        // Dense, one hole, many holes, and a wide one at each place.
        for written in [&[1, 2, 3, 4][..], &[1, 2, 4], &[5, 9, 10, 11, 40], &[1, 100, 101, 102], &[7], &[]] {
            let mut journal = Journal::default();
            for &number in written {
                journal.push(number, hash(number));
            }
            for number in (0..=110).chain([u64::MAX]) {
                let expected = written.contains(&number).then(|| hash(number));
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
            journal.push(number, hash(number));
        }
        for number in (1..=1000).filter(|number| number % 10 != 0) {
            assert_eq!(journal.remove(number), Some(hash(number)));
            assert_eq!(journal.remove(number), None);
        }
        assert_eq!(journal.len(), 100);
        assert_eq!(numbers(&journal, 0), (1..=100).map(|tens| tens * 10).collect::<Vec<_>>());
        assert_eq!(journal.get(990), Some(hash(990)));
        assert!(journal.is_sound());
    }

    #[test]
    fn blank_lines_do_not_pile_up() {
        let mut journal = Journal::default();
        // One old line stays while a million come and go behind it.
        journal.push(1, hash(1));
        for number in 2..1_000_000 {
            journal.push(number, hash(number));
            journal.remove(number);
        }
        assert!(journal.lines.len() <= 2 + SMALL, "{} lines", journal.lines.len());
        assert_eq!(numbers(&journal, 0), [1]);
    }

    #[test]
    fn memory_is_given_back() {
        let mut journal = Journal::default();
        for number in 1..=100_000 {
            journal.push(number, hash(number));
        }
        for number in 1..=99_990 {
            journal.remove(number);
        }
        assert!(journal.lines.capacity() <= 8 * SMALL, "{}", journal.lines.capacity());
    }
}
