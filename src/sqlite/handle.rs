//! What a handle is in: unopened, open or closed, and how operations reach the database.

use super::{
    connect::Options,
    engine::Engine,
    fault::{Fault, Outcome},
    schema,
};
use crate::{Error, Identity, Result, limits};
use parking_lot::RwLock;
use rusqlite::Connection;
use std::path::PathBuf;

pub(super) struct Handle {
    /// None for a database in memory.
    pub(super) path: Option<PathBuf>,
    pub(super) options: Options,
    state: RwLock<State>,
}

enum State {
    Unopened,
    Open(Box<Engine>),
    Closed,
}

impl Handle {
    pub(super) fn new(path: Option<PathBuf>, options: Options) -> Self {
        Self { path, options, state: RwLock::new(State::Unopened) }
    }

    pub(super) fn open(&self, identity: &Identity) -> Result<()> {
        // Whoever waits to change the state keeps all others from it that come later, reads too, until the slowest operation
        // that is under way has ended. So that is only waited for where there is something to change.
        if let Some(judged) = Self::judge(&self.state.read(), identity) {
            return judged;
        }
        let mut state = self.state.write();
        // Another thread may have opened it meanwhile.
        if let Some(judged) = Self::judge(&state, identity) {
            return judged;
        }
        limits::check_identity(identity)?;
        let opened = Engine::open(self.path.as_deref(), identity, self.options);
        let engine = opened.map_err(|fault| self.error(fault, "open the database"))?;
        *state = State::Open(Box::new(engine));
        Ok(())
    }

    /// What another open of a handle is answered that is open or closed; none where it is neither.
    fn judge(state: &State, identity: &Identity) -> Option<Result<()>> {
        match state {
            State::Closed => Some(Err(Error::Closed)),
            State::Open(engine) => Some(
                limits::check_identity(identity).and_then(|()| schema::admit(engine.identity(), identity)),
            ),
            State::Unopened => None,
        }
    }

    /// Waits for the operations that are under way, and then ends the handle and releases the database.
    pub(super) fn close(&self) -> Result<()> {
        match core::mem::replace(&mut *self.state.write(), State::Closed) {
            State::Open(engine) => engine.close(),
            State::Unopened | State::Closed => Ok(()),
        }
    }

    /// The dimension that the store was opened with, or that it is not open.
    pub(super) fn dimension(&self) -> Result<usize> {
        self.with_engine(|engine| Ok(engine.identity().dimension))
    }

    /// Reads a little, with one statement.
    pub(super) fn look_up<T>(&self, action: &str, read: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T> {
        self.with_engine(|engine| engine.look_up(read).map_err(|fault| self.error(fault, action)))
    }

    /// Reads with any number of statements, all of one moment.
    pub(super) fn read<T>(&self, action: &str, read: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T> {
        self.with_engine(|engine| engine.read(read).map_err(|fault| self.error(fault, action)))
    }

    /// Writes all of it, or nothing.
    pub(super) fn write<T>(&self, action: &str, write: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T> {
        self.with_engine(|engine| engine.write(write).map_err(|fault| self.error(fault, action)))
    }

    pub(super) fn with_engine<T>(&self, run: impl FnOnce(&Engine) -> Result<T>) -> Result<T> {
        match &*self.state.read() {
            State::Open(engine) => run(engine),
            State::Unopened => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }

    /// What the caller hears of a fault: `action` is what the store was doing, as an infinitive.
    pub(super) fn error(&self, fault: Fault, action: &str) -> Error {
        fault.into_error(action, self.path.as_deref(), self.options.wait)
    }

    /// What the handle is in, for people to read; none while it is being opened or closed.
    pub(super) fn state_name(&self) -> Option<&'static str> {
        Some(match &*self.state.try_read()? {
            State::Open(_) => "open",
            State::Unopened => "not open",
            State::Closed => "closed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SqliteStore, Synchronous};
    use std::{sync::mpsc, thread, time::Duration};

    #[test]
    fn another_open_waits_for_no_operation() {
        let identity = Identity::new("tests:v1", 2);
        let options = Options { wait: SqliteStore::BUSY_TIMEOUT, synchronous: Synchronous::Normal };
        let handle = Handle::new(None, options);
        handle.open(&identity).expect("an open");
        thread::scope(|scope| {
            let (begins, begun) = mpsc::channel();
            let (opens, opened) = mpsc::channel();
            let handle = &handle;
            let operation = scope.spawn(move || {
                handle.with_engine(|_| {
                    begins.send(()).expect("somebody waits");
                    // It ends without the other one, too, so that a mistake does not hang.
                    Ok(opened.recv_timeout(Duration::from_secs(20)).is_ok())
                })
            });
            begun.recv().expect("an operation is under way");
            handle.open(&identity).expect("the same identity");
            handle.open(&Identity::new("tests:v2", 2)).expect_err("another one");
            // Where it was waited for, nobody listens any more.
            let _ = opens.send(());
            assert!(
                operation.join().expect("no panic").expect("it is open"),
                "the open waited for the operation"
            );
        });
    }
}
