use mneme::{EmbedError, Embedder};

/// The number of `f32` in each vector.
const DIMENSION: usize = 512;

/// An embedder for an application that has no model: texts with many runs of three letters in common lie close together.
///
/// It knows spelling and not meaning, so it finds a question again that is worded nearly alike, and a real model finds
/// more. To change models is to change this type.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrigramEmbedder;

impl Embedder for TrigramEmbedder {
    fn fingerprint(&self) -> String {
        format!("helpdesk:trigrams:1:{DIMENSION}")
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let words = text.to_lowercase();
        let words: Vec<&str> =
            words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let letters: Vec<char> = format!("  {}  ", words.join(" ")).chars().collect();
        let mut vector = vec![0.0; DIMENSION];
        for run in letters.windows(3) {
            vector[place(run)] += 1.0;
        }
        Ok(vector)
    }
}

/// A run's place in the vector, the same on every machine: FNV-1a, 32 bits.
fn place(run: &[char]) -> usize {
    let hash = run.iter().fold(0x811c_9dc5_u32, |hash, &c| (hash ^ u32::from(c)).wrapping_mul(0x0100_0193));
    hash as usize % DIMENSION
}
