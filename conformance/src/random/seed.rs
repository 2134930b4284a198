/// A small random generator: `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014), whose whole state is one number.
#[derive(Clone, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    /// The generator of the n-th program of a run.
    pub(crate) fn nth(seed: u64, n: u64) -> Self {
        let mut base = Self(seed ^ n.wrapping_mul(0xd1b5_4a32_d192_ed03));
        base.next();
        base
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // The bias of a 64-bit remainder is far below anything that a search for faults could notice.
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// Whether an event of `of` in a hundred happens.
    pub(crate) fn percent(&mut self, of: usize) -> bool {
        self.below(100) < of
    }

    /// One of the values.
    pub(crate) fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}
