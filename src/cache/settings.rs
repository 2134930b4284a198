use super::{hit::Candidate, key::Normalisation, observe::Observer, sizes::Sizes};

/// What a cache was built with, besides the store, the embedder and the clock.
pub(crate) struct Settings {
    pub(crate) threshold: f32,
    pub(crate) normalisation: Normalisation,
    pub(crate) sizes: Sizes,
    pub(crate) ttl: Option<u64>,
    pub(crate) limit: Option<u64>,
    pub(crate) validator: Option<Validator>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) least_confidence: f32,
    pub(crate) observer: Option<Box<dyn Observer>>,
}

pub(crate) type Validator = Box<dyn Fn(&Candidate<'_>) -> bool + Send + Sync>;
pub(crate) type Confidence = Box<dyn Fn(&Candidate<'_>) -> f32 + Send + Sync>;

/// The cosine from which on two questions are taken for one, where nobody says otherwise.
pub(crate) const DEFAULT_THRESHOLD: f32 = 0.85;

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: DEFAULT_THRESHOLD,
            normalisation: Normalisation::default(),
            sizes: Sizes::default(),
            ttl: None,
            limit: None,
            validator: None,
            confidence: None,
            least_confidence: f32::NEG_INFINITY,
            observer: None,
        }
    }
}
