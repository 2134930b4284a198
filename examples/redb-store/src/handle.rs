//! What a handle is in: unopened, open or closed, and how operations reach the database.
//!
//! Every operation holds the state for reading until it returns, so that `close` waits for those that run and none
//! begins after it. Iterators hold a read transaction of the engine instead, and keep nobody waiting.

use crate::{
    engine::{self, Opened},
    fault::Fault,
};
use mneme::{Error, Identity, limits};
use redb::{ReadTransaction, ReadableDatabase, WriteTransaction};
use std::{
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Whether a write has something to commit.
pub(crate) enum Outcome<T> {
    Changed(T),
    Unchanged(T),
}

#[derive(Debug)]
pub(crate) struct Handle {
    path: PathBuf,
    state: RwLock<State>,
}

/// A database is missing from a state after reading or writing the file failed: redb then refuses everything until the
/// file is opened again, which the next operation does. Where the disk still has no room, what opening would write is
/// held back: reads go on, and writes are refused until there is room.
#[derive(Debug)]
enum State {
    Unopened { database: Option<Opened>, recorded: Option<Identity> },
    Open { database: Option<Opened>, identity: Identity },
    Closed,
}

impl Handle {
    pub(crate) fn new(path: &Path) -> Result<Self, Error> {
        let (database, recorded) = engine::open(path)?;
        let state = State::Unopened { database: Some(database), recorded };
        Ok(Self { path: path.to_owned(), state: RwLock::new(state) })
    }

    pub(crate) fn open(&self, identity: &Identity) -> Result<(), Error> {
        let mut state = self.state_mut();
        if matches!(*state, State::Closed) {
            return Err(Error::Closed);
        }
        limits::check_identity(identity)?;
        match &mut *state {
            State::Closed => Err(Error::Closed),
            State::Open { identity: stored, .. } => judge(stored, identity),
            State::Unopened { database, recorded } => {
                if database.is_none() {
                    let (reopened, found) = engine::open(&self.path)?;
                    (*database, *recorded) = (Some(reopened), found);
                }
                if let Some(stored) = recorded {
                    judge(stored, identity)?;
                } else if let Some(fresh) = database.as_ref()
                    && let Err(fault) = engine::stamp(&fresh.database, identity)
                {
                    // The next try finds out what the file says.
                    *database = None;
                    return Err(fault.into_error("stamp the database"));
                }
                *state = State::Open { database: database.take(), identity: identity.clone() };
                Ok(())
            }
        }
    }

    pub(crate) fn close(&self) -> Result<(), Error> {
        let state = std::mem::replace(&mut *self.state_mut(), State::Closed);
        match state {
            State::Unopened { database: Some(opened), .. } | State::Open { database: Some(opened), .. } => {
                opened.database.close().map_err(|error| Error::backend("close the database", error))
            }
            _ => Ok(()),
        }
    }

    /// The dimension of an open handle; the error that every operation owes otherwise.
    pub(crate) fn dimension(&self) -> Result<usize, Error> {
        match &*self.state() {
            State::Open { identity, .. } => Ok(identity.dimension),
            State::Unopened { .. } => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }

    pub(crate) fn read<T>(
        &self,
        action: &str,
        run: impl Fn(&ReadTransaction) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.with_database(action, |opened| run(&opened.database.begin_read()?))
    }

    pub(crate) fn write<T>(
        &self,
        action: &str,
        run: impl Fn(&WriteTransaction) -> Result<Outcome<T>, Fault>,
    ) -> Result<T, Error> {
        self.with_database(action, |opened| {
            opened.write_through()?;
            let transaction = opened.database.begin_write()?;
            match run(&transaction)? {
                Outcome::Unchanged(answer) => {
                    transaction.abort()?;
                    Ok(answer)
                }
                Outcome::Changed(answer) => {
                    transaction.commit()?;
                    Ok(answer)
                }
            }
        })
    }

    /// The error of an iterator that cannot go on.
    pub(crate) fn interrupted(&self, fault: Fault) -> Error {
        match self.dimension() {
            Err(closed) if fault.is_closed() => closed,
            _ => fault.into_error("go on with an iteration"),
        }
    }

    fn with_database<T>(&self, action: &str, run: impl Fn(&Opened) -> Result<T, Fault>) -> Result<T, Error> {
        let mut tries = 0;
        loop {
            let fault = match &*self.state() {
                State::Closed => return Err(Error::Closed),
                State::Unopened { .. } => return Err(Error::NotOpen),
                State::Open { database: Some(opened), .. } => match run(opened) {
                    Ok(answer) => return Ok(answer),
                    Err(fault) => Some(fault),
                },
                State::Open { database: None, .. } => None,
            };
            match fault {
                None => self.reopen()?,
                Some(fault) => {
                    if fault.ends_the_database() {
                        self.retire();
                    }
                    if tries > 0 || !fault.was_before_it_began() {
                        return Err(fault.into_error(action));
                    }
                    tries += 1;
                }
            }
        }
    }

    /// Drops a database that refuses to go on.
    fn retire(&self) {
        if let State::Open { database, .. } = &mut *self.state_mut() {
            *database = None;
        }
    }

    fn reopen(&self) -> Result<(), Error> {
        if let State::Open { database: database @ None, identity } = &mut *self.state_mut() {
            let (reopened, recorded) = engine::open_to_read(&self.path)?;
            let recorded = recorded.ok_or_else(|| Error::incompatible("the data are gone"))?;
            judge(&recorded, identity)?;
            *database = Some(reopened);
        }
        Ok(())
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the data's identity is the one that was supplied; the fingerprint first.
fn judge(stored: &Identity, supplied: &Identity) -> Result<(), Error> {
    if stored.fingerprint != supplied.fingerprint {
        return Err(Error::FingerprintMismatch {
            stored: stored.fingerprint.clone(),
            supplied: supplied.fingerprint.clone(),
        });
    }
    if stored.dimension != supplied.dimension {
        return Err(Error::DimensionMismatch { stored: stored.dimension, supplied: supplied.dimension });
    }
    Ok(())
}
