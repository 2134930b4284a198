use super::{
    lanes::Packed,
    ranking::{Found, Ranking},
    segment::Segment,
};
use crate::threads;
use core::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::sync::Arc;

/// What to look for.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) query: &'a Packed,
    pub(crate) dimension: usize,
    /// How many rows to find at most.
    pub(crate) most: usize,
    /// The cosine that a row must have; one whose product is a margin below it is found too.
    pub(crate) threshold: f32,
}

/// A thread more is worth its start where it has so many bytes to read.
const BYTES_PER_THREAD: usize = 8 << 20;

impl Search<'_> {
    /// Looks through segments, on as many threads as are worth it and at most `threads`.
    pub(crate) fn run(&self, segments: &[Arc<Segment>], threads: NonZeroUsize) -> Vec<Found> {
        let bytes: usize = segments.iter().map(|segment| segment.lanes().bytes()).sum();
        let others = (bytes / BYTES_PER_THREAD).min(threads.get() - 1).min(segments.len().saturating_sub(1));
        // Each takes the next segment that nobody has taken, so that one which is held up holds up nobody.
        let next = AtomicUsize::new(0);
        let work = || {
            let mut ranking = Ranking::new(self.most, f32::NEG_INFINITY);
            while let Some(segment) = segments.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.look_through(segment, &mut ranking);
            }
            ranking
        };
        let mut ranking = Ranking::new(self.most, f32::NEG_INFINITY);
        for found in threads::together(others, work) {
            ranking.merge(found);
        }
        ranking.into_found()
    }

    fn look_through(&self, segment: &Segment, ranking: &mut Ranking) {
        let (rows, margin) = (segment.rows(), segment.lanes().margin(self.query, self.dimension));
        let floor = self.threshold - margin;
        segment.lanes().products(self.query, self.dimension, |row, score| {
            if score >= floor && ranking.wants(score) {
                ranking.offer(Found { id: rows[row].id, score, margin });
            }
        });
    }
}
