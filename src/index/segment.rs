use super::{
    lanes::{Lanes, Packed},
    precision::Precision,
};

/// Some rows of a namespace. A search reads a segment that nobody changes meanwhile: a writer who meets one that is
/// being read changes a copy.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    rows: Vec<Row>,
    lanes: Lanes,
}

/// What the index knows of an entry besides its vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) created_at: u64,
    /// The first second at which the entry is due; `u64::MAX` where it never is.
    pub(crate) due: u64,
}

/// About as large is a segment: small to copy, and large beside what switching to the next costs.
const SEGMENT_BYTES: usize = 1 << 20;

impl Segment {
    /// How many rows a segment has at most.
    pub(crate) fn capacity(dimension: usize, precision: Precision) -> usize {
        (SEGMENT_BYTES / (precision.bytes() * dimension)).clamp(16, 4096)
    }

    pub(crate) fn new(precision: Precision) -> Self {
        Self { rows: Vec::new(), lanes: Lanes::new(precision) }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(crate) fn push(&mut self, row: Row, packed: &Packed, capacity: usize) {
        self.rows.push(row);
        self.lanes.push(packed, capacity);
    }

    pub(crate) fn replace(&mut self, at: usize, row: Row, packed: &Packed) {
        self.rows[at] = row;
        self.lanes.replace(at, packed);
    }

    /// Takes the last row out.
    pub(crate) fn pop(&mut self, dimension: usize) -> Option<(Row, Packed)> {
        let row = self.rows.pop()?;
        let packed = self.lanes.get(self.rows.len(), dimension);
        self.lanes.pop(dimension);
        Some((row, packed))
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + size_of::<Row>() * self.rows.capacity() + self.lanes.bytes()
    }
}
