//! Errors whose causes are texts of the harness's own.

use super::display::{MOST_BYTES, MOST_CAUSES, cut};
use mneme::Error;
use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
};

/// A cause as it was told, with the next one.
#[derive(Debug)]
struct Told {
    text: String,
    source: Option<Box<Self>>,
}

impl Display for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Told {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The same error, with causes that are nothing but text.
pub(super) fn told(error: Error) -> Arc<Error> {
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    // A chain that never ends is no reason to hang.
    let texts: Vec<_> = causes.take(MOST_CAUSES).map(|cause| cut(cause.to_string(), MOST_BYTES)).collect();
    let told = texts.into_iter().rev().fold(None, |source, text| Some(Box::new(Told { text, source })));
    Arc::new(match told {
        Some(told) => error.because(told),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn causes_stay_as_texts() {
        let innermost = Told { text: "refused".into(), source: None };
        let cause = Told { text: "no server".into(), source: Some(Box::new(innermost)) };
        let error = told(Error::backend("insert", cause));
        let texts: Vec<_> = std::iter::successors(std::error::Error::source(&*error), |cause| cause.source())
            .map(ToString::to_string)
            .collect();
        assert_eq!(texts, ["no server", "refused"]);
        assert_eq!(error.to_string(), "backend: could not insert");
        assert!(std::error::Error::source(&*told(Error::Closed)).is_none());
    }

    /// A value of the store: its text is to be asked for once, and it is not to outlive the call.
    #[derive(Debug)]
    struct Alive(Arc<AtomicUsize>);

    impl Display for Alive {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            self.0.fetch_add(1, Ordering::SeqCst);
            f.write_str("alive")
        }
    }

    impl std::error::Error for Alive {}

    #[test]
    fn nothing_of_the_store_is_left_in_it() {
        let asked = Arc::new(AtomicUsize::new(0));
        let error = told(Error::backend("insert", Alive(Arc::clone(&asked))));
        for _ in 0..2 {
            assert_eq!(std::error::Error::source(&*error).expect("a cause").to_string(), "alive");
        }
        assert_eq!((asked.load(Ordering::SeqCst), Arc::strong_count(&asked)), (1, 1));
    }
}
