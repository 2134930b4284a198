use super::{
    lanes::Packed,
    precision::Precision,
    segment::{Row, Segment},
};
use std::sync::Arc;

/// The rows of one namespace: segments that are full, but for the last one.
#[derive(Debug, Default)]
pub(crate) struct Space {
    segments: Vec<Arc<Segment>>,
    /// No row is due earlier; the first may well be due later.
    next_due: Option<u64>,
}

/// The lengths that all segments of an index share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) dimension: usize,
    pub(crate) precision: Precision,
    /// How many rows a segment has at most.
    pub(crate) rows: usize,
}

impl Space {
    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.segments.iter().flat_map(|segment| segment.rows())
    }

    /// Whether a row may be due at `now`; where the answer is no, none is.
    pub(crate) fn may_be_due(&self, now: u64) -> bool {
        self.next_due.is_some_and(|due| due <= now)
    }

    /// Adds a row and answers its position.
    pub(crate) fn push(&mut self, row: Row, packed: &Packed, shape: Shape) -> usize {
        if self.segments.last().is_none_or(|last| last.len() == shape.rows) {
            self.segments.push(Arc::new(Segment::new(shape.precision)));
        }
        let last = self.segments.len() - 1;
        let segment = Arc::make_mut(&mut self.segments[last]);
        segment.push(row, packed, shape.rows);
        let position = last * shape.rows + segment.len() - 1;
        self.note_due(row);
        position
    }

    pub(crate) fn replace(&mut self, position: usize, row: Row, packed: &Packed, shape: Shape) {
        let segment = Arc::make_mut(&mut self.segments[position / shape.rows]);
        segment.replace(position % shape.rows, row, packed);
        self.note_due(row);
    }

    /// Takes a row out; the last row takes its place. Answers which row that is, unless it was the last itself.
    pub(crate) fn remove(&mut self, position: usize, shape: Shape) -> Option<Row> {
        let last = self.segments.last_mut()?;
        let (row, packed) = Arc::make_mut(last).pop(shape.dimension)?;
        let end = (self.segments.len() - 1) * shape.rows + self.segments.last()?.len();
        if self.segments.last()?.len() == 0 {
            self.segments.pop();
        }
        if position == end {
            return None;
        }
        Arc::make_mut(&mut self.segments[position / shape.rows]).replace(position % shape.rows, row, &packed);
        Some(row)
    }

    /// Looks again when the first row is due.
    pub(crate) fn renew_due(&mut self) {
        self.next_due = self.rows().map(|row| row.due).filter(|&due| due < u64::MAX).min();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.segments.iter().map(|segment| segment.bytes() + size_of::<usize>()).sum()
    }

    fn note_due(&mut self, row: Row) {
        if row.due < u64::MAX {
            self.next_due = Some(self.next_due.map_or(row.due, |due| due.min(row.due)));
        }
    }
}
