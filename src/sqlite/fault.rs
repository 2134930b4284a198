//! Everything that can go wrong inside, and what the caller hears of it.

use crate::Error;
use rusqlite::ErrorCode;
use std::{path::Path, time::Duration};

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

    /// Whether others had the database for as long as the engine waits. It waits in its own way, and up to ten seconds, where the
    /// index of the log is not whole and another process, which is to mend it, does not come to that.
    pub(super) fn is_busy(&self) -> bool {
        use ErrorCode::{DatabaseBusy, DatabaseLocked, FileLockingProtocolFailed};
        matches!(self.code(), Some(DatabaseBusy | DatabaseLocked | FileLockingProtocolFailed))
    }

    /// The error for the caller: `action` is what the store was doing, as an infinitive, `path` where the database is if it
    /// is in a file, and `wait` for how long the store waits for others.
    pub(super) fn into_error(self, action: &str, path: Option<&Path>, wait: Duration) -> Error {
        let is_busy = self.is_busy();
        let error = match self {
            Self::Store(error) => return located(error, path),
            Self::Waited => {
                return Error::backend(waited(action, path, wait), "other threads used the connection");
            }
            Self::Engine(error) => error,
        };
        if is_busy {
            return Error::backend(waited(action, path, wait), error);
        }
        if error.sqlite_error_code() == Some(ErrorCode::TooBig) {
            return Error::invalid_argument("text", "it is longer than the 10^9 bytes that SQLite keeps");
        }
        if is_damage(&error) {
            return located(Error::corrupt("the database is damaged").because(error), path);
        }
        located(Error::backend(action, error), path)
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
/// The statements are right, so one that does not compile, and a constraint that does not hold, come from the data.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error as Engine, ffi};

    match error {
        Engine::SqliteFailure(ffi::Error { code, extended_code }, _) => match code {
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
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

/// The error, with the file that it is about: a program may have several, or be wrong about which one it has.
fn located(error: Error, path: Option<&Path>) -> Error {
    let Some(path) = path.map(Path::display) else { return error };
    match error {
        Error::Backend { action, source } => Error::Backend { action: format!("{action} at {path}"), source },
        Error::Corrupt { reason, source } => Error::Corrupt { reason: format!("{path}: {reason}"), source },
        Error::Incompatible { reason, source } => {
            Error::Incompatible { reason: format!("{path}: {reason}"), source }
        }
        error => error,
    }
}

fn waited(action: &str, path: Option<&Path>, wait: Duration) -> String {
    let database = path.map_or("the database in memory".to_owned(), |path| path.display().to_string());
    format!("{action} within {wait:?}, since {database} was busy")
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

#[cfg(test)]
mod tests {
    use super::Fault;
    use crate::{Error, ErrorKind};
    use rusqlite::ffi;
    use std::{path::Path, time::Duration};

    fn kind(code: i32) -> ErrorKind {
        let fault = Fault::Engine(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        fault.into_error("insert the entry", None, Duration::from_secs(1)).kind()
    }

    #[test]
    fn what_is_wrong_in_the_file_is_corrupt_and_what_is_wrong_around_it_is_not() {
        for code in [
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_CORRUPT_INDEX,
            ffi::SQLITE_NOTADB,
            ffi::SQLITE_ERROR,
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            ffi::SQLITE_IOERR_SHORT_READ,
        ] {
            assert_eq!(kind(code), ErrorKind::Corrupt, "{code}");
        }
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_READONLY,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_NOMEM,
            ffi::SQLITE_BUSY_RECOVERY,
            ffi::SQLITE_LOCKED,
        ] {
            assert_eq!(kind(code), ErrorKind::Backend, "{code}");
        }
        assert_eq!(kind(ffi::SQLITE_TOOBIG), ErrorKind::InvalidArgument);
    }

    #[test]
    fn a_wait_that_was_in_vain_says_for_what_and_how_long_it_was() {
        let busy = |code| Fault::Engine(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for (path, database) in [(Some("data/cache.db"), "data/cache.db"), (None, "the database in memory")] {
            for fault in [busy(ffi::SQLITE_BUSY), busy(ffi::SQLITE_PROTOCOL), Fault::Waited] {
                let error = fault.into_error("insert the entry", path.map(Path::new), Duration::from_secs(5));
                assert_eq!(
                    error.to_string(),
                    format!("backend: could not insert the entry within 5s, since {database} was busy")
                );
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_says_with_which() {
        let text = |fault: Fault, path: Option<&str>| {
            fault.into_error("insert the entry", path.map(Path::new), Duration::from_secs(5)).to_string()
        };
        let full = || Fault::Engine(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None));
        let damaged =
            || Fault::Engine(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None));
        let path = Some("data/cache.db");
        assert_eq!(text(full(), path), "backend: could not insert the entry at data/cache.db");
        assert_eq!(text(damaged(), path), "corrupt: data/cache.db: the database is damaged");
        let newer = Fault::Store(Error::incompatible("a newer build wrote the data"));
        assert_eq!(text(newer, path), "incompatible: data/cache.db: a newer build wrote the data");
        assert_eq!(text(Fault::Store(Error::Closed), path), "the store is closed");
        assert_eq!(text(full(), None), "backend: could not insert the entry");
    }

    #[test]
    fn a_checkpoint_error_stays_what_it_is_and_any_other_is_its_cause() {
        let own = Fault::Store(Error::checkpoint("something is there")).into_checkpoint("no snapshot");
        assert_eq!(own.to_string(), "checkpoint: something is there");
        let other = Fault::corrupt("a row").into_checkpoint("no snapshot");
        assert_eq!(other.to_string(), "checkpoint: no snapshot");
        let cause = std::error::Error::source(&other).map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("corrupt: a row"));
    }
}
