//! Vectors of length 1, packed in one precision, and their products with another vector.

use super::precision::Precision;
use simsimd::{SpatialSimilarity as _, f16};

/// One vector in the index's precision.
#[derive(Clone, Debug)]
pub(crate) enum Packed {
    F32(Vec<f32>),
    F16(Vec<f16>),
    I8(Vec<i8>, Scale),
}

/// What a vector of bytes is multiplied with, and how far it then is from the vector that it stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    factor: f32,
    error: f32,
}

impl Packed {
    pub(crate) fn new(unit: Vec<f32>, precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32(unit),
            Precision::F16 => Self::F16(unit.into_iter().map(f16::from_f32).collect()),
            Precision::I8 => {
                let largest = unit.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
                let factor = largest / 127.0;
                #[expect(clippy::cast_possible_truncation, reason = "it is rounded, and at most 127")]
                let bytes: Vec<i8> = unit.iter().map(|number| (number / factor).round() as i8).collect();
                let error = unit
                    .iter()
                    .zip(&bytes)
                    .map(|(number, &byte)| (number - f32::from(byte) * factor).powi(2));
                let error = error.sum::<f32>().sqrt();
                Self::I8(bytes, Scale { factor, error })
            }
        }
    }
}

/// Many vectors, one after the other.
#[derive(Clone, Debug)]
pub(crate) enum Lanes {
    F32(Vec<f32>),
    F16(Vec<f16>),
    I8 { bytes: Vec<i8>, scales: Vec<Scale>, largest_error: f32 },
}

impl Lanes {
    pub(crate) fn new(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32(Vec::new()),
            Precision::F16 => Self::F16(Vec::new()),
            Precision::I8 => Self::I8 { bytes: Vec::new(), scales: Vec::new(), largest_error: 0.0 },
        }
    }

    /// Adds a vector. Memory grows by doubling, up to `most` vectors and no further.
    pub(crate) fn push(&mut self, packed: &Packed, most: usize) {
        match (self, packed) {
            (Self::F32(numbers), Packed::F32(more)) => extend(numbers, more, most),
            (Self::F16(numbers), Packed::F16(more)) => extend(numbers, more, most),
            (Self::I8 { bytes, scales, largest_error }, Packed::I8(more, scale)) => {
                extend(bytes, more, most);
                extend(scales, &[*scale], most);
                *largest_error = largest_error.max(scale.error);
            }
            _ => unreachable!("an index has one precision"),
        }
    }

    pub(crate) fn replace(&mut self, row: usize, packed: &Packed) {
        match (self, packed) {
            (Self::F32(numbers), Packed::F32(other)) => put(numbers, row, other),
            (Self::F16(numbers), Packed::F16(other)) => put(numbers, row, other),
            (Self::I8 { bytes, scales, largest_error }, Packed::I8(other, scale)) => {
                put(bytes, row, other);
                scales[row] = *scale;
                *largest_error = largest_error.max(scale.error);
            }
            _ => unreachable!("an index has one precision"),
        }
    }

    /// The vector at a row, which may come from other lanes.
    pub(crate) fn get(&self, row: usize, dimension: usize) -> Packed {
        let at = row * dimension..(row + 1) * dimension;
        match self {
            Self::F32(numbers) => Packed::F32(numbers[at].to_vec()),
            Self::F16(numbers) => Packed::F16(numbers[at].to_vec()),
            Self::I8 { bytes, scales, .. } => Packed::I8(bytes[at].to_vec(), scales[row]),
        }
    }

    /// Drops the last vector, and gives memory back where most of it is empty.
    pub(crate) fn pop(&mut self, dimension: usize) {
        match self {
            Self::F32(numbers) => shorten(numbers, dimension),
            Self::F16(numbers) => shorten(numbers, dimension),
            Self::I8 { bytes, scales, .. } => {
                shorten(bytes, dimension);
                shorten(scales, 1);
            }
        }
    }

    /// Calls `each` with every row, in some order, and its product with `query`, about their cosine.
    pub(crate) fn products(&self, query: &Packed, dimension: usize, mut each: impl FnMut(usize, f32)) {
        #[expect(clippy::cast_possible_truncation, reason = "a score is an f32")]
        match (self, query) {
            (Self::F32(numbers), Packed::F32(query)) => {
                for (row, vector) in by_strands(numbers, dimension) {
                    each(row, f32::dot(query, vector).unwrap_or(f64::NAN) as f32);
                }
            }
            (Self::F16(numbers), Packed::F16(query)) => {
                for (row, vector) in by_strands(numbers, dimension) {
                    each(row, f16::dot(query, vector).unwrap_or(f64::NAN) as f32);
                }
            }
            (Self::I8 { bytes, scales, .. }, Packed::I8(query, scale)) => {
                for (row, vector) in by_strands(bytes, dimension) {
                    let product = i8::dot(query, vector).unwrap_or(f64::NAN) as f32;
                    each(row, product * scale.factor * scales[row].factor);
                }
            }
            _ => unreachable!("an index has one precision"),
        }
    }

    /// How far a product may be from the cosine that it stands for.
    pub(crate) fn margin(&self, query: &Packed, dimension: usize) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "a dimension is at most 65,536")]
        let dimension = dimension as f32;
        match (self, query) {
            // Each addition may round by half a unit in the last place; a sum of products of unit vectors is at most 1.
            (_, Packed::F32(_)) => (dimension + 8.0) * f32::EPSILON / 2.0,
            // Both vectors are rounded, and where the processor adds in half precision each addition in one of its 32
            // lanes rounds again, up as often as down.
            (_, Packed::F16(_)) => (2.0 + (dimension / 32.0).sqrt()) * HALF_PRECISION,
            // By Cauchy and Schwarz: the error of a product is at most the errors' lengths together.
            (Self::I8 { largest_error, .. }, Packed::I8(_, scale)) => largest_error + scale.error,
            _ => unreachable!("an index has one precision"),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::F32(numbers) => size_of::<f32>() * numbers.capacity(),
            Self::F16(numbers) => size_of::<f16>() * numbers.capacity(),
            Self::I8 { bytes, scales, .. } => bytes.capacity() + size_of::<Scale>() * scales.capacity(),
        }
    }
}

/// Half a unit in the last place of a half-precision number between 0.5 and 1, twice.
const HALF_PRECISION: f32 = 1.0 / 2048.0;

/// At so many places vectors are read by turns. A processor reads ahead at each, up to the end of a page of memory: while it
/// waits for a page at one place, the others go on.
const STRANDS: usize = 4;

/// Every vector with its row, by turns from the beginning of each of [`STRANDS`] equal parts, and then the rest.
fn by_strands<T>(numbers: &[T], dimension: usize) -> impl Iterator<Item = (usize, &[T])> {
    let rows = numbers.len() / dimension;
    let part = rows / STRANDS;
    let by_turns = (0..part).flat_map(move |at| (0..STRANDS).map(move |strand| strand * part + at));
    let rest = STRANDS * part..rows;
    by_turns.chain(rest).map(move |row| (row, &numbers[row * dimension..(row + 1) * dimension]))
}

fn extend<T: Copy>(numbers: &mut Vec<T>, more: &[T], most: usize) {
    let (held, needed, most) = (numbers.len(), more.len(), most * more.len());
    if numbers.capacity() < held + needed {
        let capacity = (2 * held).max(held + needed).max(8 * needed).min(most.max(held + needed));
        numbers.reserve_exact(capacity - held);
    }
    numbers.extend_from_slice(more);
}

fn put<T: Copy>(numbers: &mut [T], row: usize, other: &[T]) {
    numbers[row * other.len()..(row + 1) * other.len()].copy_from_slice(other);
}

fn shorten<T>(numbers: &mut Vec<T>, by: usize) {
    numbers.truncate(numbers.len() - by);
    if numbers.len() < numbers.capacity() / 4 {
        numbers.shrink_to(2 * numbers.len());
    }
}

#[cfg(test)]
mod tests {
    use super::by_strands;

    #[test]
    fn every_vector_has_its_row_once() {
        for rows in [0, 1, 3, 4, 5, 8, 11] {
            let numbers: Vec<usize> = (0..2 * rows).collect();
            let mut seen: Vec<_> = by_strands(&numbers, 2).collect();
            seen.sort_unstable_by_key(|(row, _)| *row);
            let due = (0..rows).map(|row| [2 * row, 2 * row + 1]);
            assert!(seen.iter().map(|(row, _)| *row).eq(0..rows), "{rows} rows: {seen:?}");
            assert!(seen.iter().map(|(_, vector)| *vector).eq(due), "{rows} rows: {seen:?}");
        }
        let numbers: Vec<usize> = (0..9).collect();
        assert!(by_strands(&numbers, 1).map(|(row, _)| row).eq([0, 2, 4, 6, 1, 3, 5, 7, 8]));
    }
}
