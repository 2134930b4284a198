use std::hash::{BuildHasherDefault, Hasher};

/// Builds [`Folding`] hashers.
pub(super) type Fold = BuildHasherDefault<Folding>;

/// A fast hash for tables that nobody can attack: what they hold is made by the search itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Folding(u64);

/// An odd number without a pattern: 2^64 divided by the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Folding {
    fn fold(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.fold(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.fold(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.fold(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.fold(number as u64);
    }

    fn finish(&self) -> u64 {
        // The tables look at the top bits and at the low ones, and the product's low bits know little.
        let hash = self.0;
        (hash ^ (hash >> 32)).wrapping_mul(FACTOR)
    }
}
