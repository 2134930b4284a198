/// What is asked of a cache: a query, in a namespace, and how near an answer has to be.
///
/// A text is a question in the default namespace, `""`.
///
/// # Examples
///
/// ```
/// use mneme::Question;
///
/// let question = Question::new("How do I log in?").namespace("tenant-a").threshold(0.9);
/// assert_eq!(question.to_string(), "\"How do I log in?\" in namespace \"tenant-a\"");
/// assert_eq!(Question::from("hello").to_string(), "\"hello\"");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Question<'a> {
    pub(crate) query: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) threshold: Option<f32>,
    pub(crate) layers: Layers,
}

/// Which layers may answer a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Layers {
    #[default]
    Both,
    ExactOnly,
}

impl<'a> Question<'a> {
    /// Asks a query in the default namespace, with the cache's threshold.
    pub fn new(query: &'a str) -> Self {
        Self { query, namespace: "", threshold: None, layers: Layers::Both }
    }

    /// Asks in a namespace; entries of every other one are as if they were not there.
    pub fn namespace(mut self, namespace: &'a str) -> Self {
        self.namespace = namespace;
        self
    }

    /// Sets the score that a semantic hit must at least have, -1 to 1, in place of the cache's.
    pub fn threshold(mut self, threshold: f32) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// Accepts an exact hit only; the embedder is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), mneme::CacheError> {
    /// # let embedder = mneme::embedder_fn("length:v1", 2, |text: &str| Ok(vec![1.0, text.len() as f32]));
    /// # let cache = mneme::SemanticCache::builder(embedder).build()?;
    /// use mneme::Question;
    ///
    /// cache.put("hello", "world")?;
    /// assert!(cache.get(Question::new("hallo").exact_only())?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn exact_only(mut self) -> Self {
        self.layers = Layers::ExactOnly;
        self
    }
}

impl<'a> From<&'a str> for Question<'a> {
    fn from(query: &'a str) -> Self {
        Self::new(query)
    }
}

impl<'a> From<&'a String> for Question<'a> {
    fn from(query: &'a String) -> Self {
        Self::new(query)
    }
}

impl core::fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.query)?;
        if !self.namespace.is_empty() {
            write!(f, " in namespace {:?}", self.namespace)?;
        }
        Ok(())
    }
}
