//! Everything that can go wrong inside, and what the caller hears of it.

use mneme::Error;

/// The engine failed, or the store has an answer of its own.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Boxed, because the engine's error is three times the size of ours.
    Engine(Box<redb::Error>),
    /// The engine failed in a commit: what it wrote is there whole or not at all.
    Commit(Box<redb::Error>),
    Store(Error),
}

impl Fault {
    /// Whether redb refuses to go on until the file is opened again.
    ///
    /// It does once reading or writing failed. A commit that failed may be in the file all the same, and readers must
    /// not go on from what was before it.
    pub(crate) fn ends_the_database(&self) -> bool {
        match self {
            Self::Engine(error) => matches!(**error, redb::Error::Io(_) | redb::Error::PreviousIo),
            Self::Commit(_) => true,
            Self::Store(_) => false,
        }
    }

    /// Whether the operation did nothing because reading or writing had failed before, so that it can be tried again.
    pub(crate) fn was_before_it_began(&self) -> bool {
        matches!(self, Self::Engine(error) if matches!(**error, redb::Error::PreviousIo))
    }

    /// Whether the database was closed under a reader.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self, Self::Engine(error) if matches!(**error, redb::Error::DatabaseClosed))
    }

    /// The error for the caller; `action` is what the store was doing, as an infinitive.
    pub(crate) fn into_error(self, action: &str) -> Error {
        use redb::Error as Engine;
        use std::io::ErrorKind::{InvalidData, UnexpectedEof};
        let error = match self {
            Self::Store(error) => return error,
            Self::Engine(error) | Self::Commit(error) => error,
        };
        match *error {
            Engine::Io(ref io) if io.kind() == InvalidData => {
                Error::incompatible("the file is not a redb database").because(error)
            }
            Engine::UpgradeRequired(format) => {
                Error::incompatible(format!("the file has redb's format {format}")).because(error)
            }
            Engine::Corrupted(_)
            | Engine::TableTypeMismatch { .. }
            | Engine::TableIsMultimap(_)
            | Engine::TypeDefinitionChanged { .. }
            | Engine::TableDoesNotExist(_) => Error::corrupt("the database is damaged").because(error),
            Engine::Io(ref io) if io.kind() == UnexpectedEof => {
                Error::corrupt("the file is shorter than its database").because(error)
            }
            Engine::ValueTooLarge(bytes) => {
                Error::invalid_argument("entry", format!("{bytes} bytes are more than redb keeps in a row"))
            }
            _ => Error::backend(action, error),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl From<redb::StorageError> for Fault {
    fn from(error: redb::StorageError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::TableError> for Fault {
    fn from(error: redb::TableError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::TransactionError> for Fault {
    fn from(error: redb::TransactionError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::CommitError> for Fault {
    fn from(error: redb::CommitError) -> Self {
        Self::Commit(Box::new(error.into()))
    }
}

impl From<redb::DatabaseError> for Fault {
    fn from(error: redb::DatabaseError) -> Self {
        redb::Error::from(error).into()
    }
}
