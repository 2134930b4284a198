/// Who made the embeddings in a store: the embedder's fingerprint and the length of its vectors.
///
/// Vectors of two embedders cannot be compared, so a store records the identity at its first
/// [`open`](crate::Store::open) and refuses every other one from then on.
///
/// Both fields are public, and an identity may be out of range: the store judges it, in `open`.
///
/// # Examples
///
/// ```
/// let identity = mneme::Identity::new("minilm-l6-v2:int8", 384);
/// assert_eq!(identity.to_string(), "fingerprint \"minilm-l6-v2:int8\", dimension 384");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Any text, compared byte for byte; the empty text is a fingerprint too.
    pub fingerprint: String,
    /// The number of `f32` in each embedding, 1 to [`MAX_DIMENSION`](crate::limits::MAX_DIMENSION).
    pub dimension: usize,
}

impl Identity {
    /// Makes an identity from its two parts.
    pub fn new(fingerprint: impl Into<String>, dimension: usize) -> Self {
        Self { fingerprint: fingerprint.into(), dimension }
    }
}

impl core::fmt::Display for Identity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "fingerprint {:?}, dimension {}", self.fingerprint, self.dimension)
    }
}
