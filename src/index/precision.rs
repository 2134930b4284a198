use simsimd::f16;

/// How exactly an index keeps vectors in memory.
///
/// A lesser precision makes a search faster, since the vectors of a large index have to be read from memory each time.
/// It does not change a score: the best candidates' scores are computed again, from the embeddings in the store.
///
/// | precision | bytes per number | which error a search may make |
/// |---|---|---|
/// | `F32` | 4 | none but rounding |
/// | `F16` | 2 | about one in a thousand of the score |
/// | `I8` | 1 | about one in a hundred of the score |
///
/// An error matters only where many entries are nearly as good as the best one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// Single precision, as embedders give it.
    #[default]
    F32,
    /// Half precision.
    F16,
    /// One byte for each number, and a scale for each vector.
    I8,
}

impl Precision {
    /// How many bytes a number of a vector takes.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::F32 => size_of::<f32>(),
            Self::F16 => size_of::<f16>(),
            Self::I8 => size_of::<i8>(),
        }
    }
}

impl core::fmt::Display for Precision {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::I8 => "i8",
        })
    }
}
