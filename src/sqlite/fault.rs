//! Everything that can go wrong inside, and what the caller hears of it.

use crate::Error;
use rusqlite::ErrorCode;
use std::time::Duration;

/// The engine failed, or the store has an answer of its own.
#[derive(Debug)]
pub(super) enum Fault {
    Engine(rusqlite::Error),
    Store(Error),
    /// Another thread kept the connection for as long as this one may wait.
    Waited,
}

pub(super) type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn corrupt(reason: impl Into<String>) -> Self {
        Self::Store(Error::corrupt(reason))
    }

    pub(super) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Engine(error) => error.sqlite_error_code(),
            Self::Store(_) | Self::Waited => None,
        }
    }

    /// Whether others had the database for as long as the engine waits.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// The error for the caller: `action` is what the store was doing, as an infinitive, and `wait` for how long it
    /// waits for others.
    pub(super) fn into_error(self, action: &str, wait: Duration) -> Error {
        let is_busy = self.is_busy();
        let error = match self {
            Self::Store(error) => return error,
            Self::Waited => return Error::backend(waited(action, wait), "other threads used the connection"),
            Self::Engine(error) => error,
        };
        if is_busy {
            return Error::backend(waited(action, wait), error);
        }
        if is_damage(&error) {
            return Error::corrupt("the database is damaged").because(error);
        }
        Error::backend(action, error)
    }

    /// An incompatible error, whatever it was.
    pub(super) fn into_incompatible(self, reason: &str) -> Error {
        self.cause(Error::incompatible(reason))
    }

    /// A checkpoint error, whatever it was.
    pub(super) fn into_checkpoint(self, reason: &str) -> Error {
        match self {
            Self::Store(error @ Error::Checkpoint { .. }) => error,
            fault => fault.cause(Error::checkpoint(reason)),
        }
    }

    fn cause(self, error: Error) -> Error {
        match self {
            Self::Engine(cause) => error.because(cause),
            Self::Store(cause) => error.because(cause),
            Self::Waited => error,
        }
    }
}

/// Whether the engine fails because of what is in the file.
///
/// The statements are right and lengths are checked before, so a statement that does not compile, a constraint that
/// does not hold and a value past the engine's limits come from the data.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error as Engine, ffi};

    match error {
        Engine::SqliteFailure(ffi::Error { code, extended_code }, _) => match code {
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            | ErrorCode::Unknown => true,
            ErrorCode::SystemIoFailure => matches!(
                *extended_code,
                ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS | ffi::SQLITE_IOERR_DATA
            ),
            _ => false,
        },
        Engine::SqlInputError { .. }
        | Engine::QueryReturnedNoRows
        | Engine::InvalidColumnType(..)
        | Engine::FromSqlConversionFailure(..)
        | Engine::IntegralValueOutOfRange(..)
        | Engine::Utf8Error(..) => true,
        _ => false,
    }
}

fn waited(action: &str, wait: Duration) -> String {
    format!("{action} within {wait:?}, since the database was busy")
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}
