/// The best rows that were found so far, at most a few.
#[derive(Clone, Debug)]
pub(crate) struct Ranking {
    most: usize,
    floor: f32,
    /// From the best to the worst.
    found: Vec<Found>,
}

/// A row that a search found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) id: u64,
    /// The product in the index's precision.
    pub(crate) score: f32,
    /// How far the cosine of the entry may be from it.
    pub(crate) margin: f32,
}

impl Ranking {
    /// Remembers at most `most` rows, none with a score below `floor`.
    pub(crate) fn new(most: usize, floor: f32) -> Self {
        Self { most, floor, found: Vec::with_capacity(most + 1) }
    }

    /// Whether a row with this score would be remembered.
    #[inline]
    pub(crate) fn wants(&self, score: f32) -> bool {
        // A score that is no number is not wanted.
        score >= self.floor
    }

    pub(crate) fn offer(&mut self, found: Found) {
        if self.most == 0 || !self.wants(found.score) {
            return;
        }
        let at = self.found.partition_point(|other| other.comes_before(&found));
        if at >= self.most {
            return;
        }
        self.found.insert(at, found);
        self.found.truncate(self.most);
        if self.found.len() == self.most {
            self.floor = self.floor.max(self.found[self.most - 1].score);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for found in other.found {
            self.offer(found);
        }
    }

    pub(crate) fn into_found(self) -> Vec<Found> {
        self.found
    }
}

impl Found {
    fn comes_before(&self, other: &Self) -> bool {
        other.score.total_cmp(&self.score).then(self.id.cmp(&other.id)).is_lt()
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Ranking};

    fn ranked(most: usize, floor: f32, scores: &[f32]) -> Vec<u64> {
        let mut ranking = Ranking::new(most, floor);
        for (&score, id) in scores.iter().zip(0..) {
            ranking.offer(Found { id, score, margin: 0.0 });
        }
        ranking.into_found().iter().map(|found| found.id).collect()
    }

    #[test]
    fn the_best_come_first_and_ties_by_id() {
        assert_eq!(ranked(3, 0.0, &[0.1, 0.9, 0.5, 0.9, 0.7]), [1, 3, 4]);
        assert_eq!(ranked(2, 0.0, &[0.5; 5]), [0, 1]);
        assert_eq!(ranked(9, 0.5, &[0.5, 0.4, f32::NAN, 0.6]), [3, 0]);
        assert_eq!(ranked(0, 0.0, &[0.5]), [0; 0]);
    }

    #[test]
    fn the_order_of_offers_does_not_matter() {
        let mut last_first = Ranking::new(2, 0.0);
        for id in (0..5).rev() {
            last_first.offer(Found { id, score: 0.5, margin: 0.0 });
        }
        assert_eq!(last_first.into_found().iter().map(|found| found.id).collect::<Vec<_>>(), [0, 1]);
    }
}
