//! What a factory may answer.

use mneme::Store;

/// Any error, of a factory or of what else an author says.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a factory may answer: a store, or a `Result` with one.
///
/// `Kind` tells the two apart for the compiler, and is always inferred.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Fallible, IntoStore, Plain, Subject};
///
/// /// A subject with a name, of whatever a factory answers.
/// fn named<R, Kind>(name: &str, factory: impl Fn() -> R + Send + Sync + 'static) -> Subject
/// where
///     R: IntoStore<Kind>,
/// {
///     Subject::volatile(factory).named(name)
/// }
/// assert_eq!(named("fast", MemoryStore::new).name(), "fast");
/// assert_eq!(named("sure", || Ok::<_, std::io::Error>(MemoryStore::new())).name(), "sure");
///
/// // Where it is asked which of the two a factory's answer is:
/// fn is_a_store<R: IntoStore<Plain>>(_: &R) {}
/// fn may_be_none<R: IntoStore<Fallible>>(_: &R) {}
/// is_a_store(&MemoryStore::new());
/// may_be_none(&Ok::<_, std::io::Error>(MemoryStore::new()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a store nor a `Result` with a store and an error",
    label = "a factory answers a `mneme::Store`, or a `Result<impl mneme::Store, E>`",
    note = "implement `mneme::Store` for it; where it is implemented, the crate `mneme` may be there twice: call the macro from `tests/`, and check `cargo tree -d`",
    note = "an error `E` is one that becomes a `Box<dyn std::error::Error + Send + Sync>`: a type that implements `std::error::Error` and is `Send` and `Sync`, such a box itself, or a text"
)]
pub trait IntoStore<Kind> {
    /// The store's type.
    type Store: Store + 'static;

    /// The store, or what kept it from being made.
    ///
    /// # Errors
    ///
    /// The factory's own error.
    fn into_store(self) -> Result<Self::Store, BoxError>;
}

/// The [`IntoStore`] kind of a factory that answers a store.
#[derive(Debug)]
pub enum Plain {}

/// The [`IntoStore`] kind of a factory that answers a `Result`.
#[derive(Debug)]
pub enum Fallible {}

impl<S: Store + 'static> IntoStore<Plain> for S {
    type Store = S;

    fn into_store(self) -> Result<S, BoxError> {
        Ok(self)
    }
}

impl<S: Store + 'static, E: Into<BoxError>> IntoStore<Fallible> for Result<S, E> {
    type Store = S;

    fn into_store(self) -> Result<S, BoxError> {
        self.map_err(Into::into)
    }
}
