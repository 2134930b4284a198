//! What an open handle works with: its connections, and the log that their writes go to.

use super::{
    connect::{self, Options},
    connections::Connections,
    fault::Outcome,
    log::Log,
};
use crate::{Error, Identity};
use rusqlite::Connection;
use std::{path::Path, sync::Arc, time::Instant};

pub(super) struct Engine {
    identity: Identity,
    /// None in memory. It goes before the connections, since its thread uses them.
    log: Option<Log>,
    connections: Arc<Connections>,
}

impl Engine {
    pub(super) fn open(path: Option<&Path>, identity: &Identity, options: Options) -> Outcome<Self> {
        let (writer, place, log) = match path {
            Some(path) => {
                let (mut writer, place) = connect::open(path, identity, options)?;
                let log = Log::of(&mut writer)?;
                (writer, Some(place), Some(log))
            }
            None => (connect::open_in_memory(identity)?, None, None),
        };
        let connections = Arc::new(Connections::new(writer, place, options));
        Ok(Self { identity: identity.clone(), log, connections })
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.log.is_none()
    }

    /// As [`Connections::look_up`].
    pub(super) fn look_up<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        self.connections.look_up(read)
    }

    /// As [`Connections::read`].
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        self.connections.read(read)
    }

    /// As [`Connections::read_once`].
    pub(super) fn read_once<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        self.connections.read_once(read)
    }

    /// Writes in one transaction: whole, or not at all where `write` fails.
    pub(super) fn write<T>(&self, write: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let answer = self.connections.write(Instant::now(), write)?;
        if let Some(log) = &self.log {
            log.copy_if_long(&self.connections);
        }
        Ok(answer)
    }

    pub(super) fn close(self) -> Result<(), Error> {
        let Self { log, connections, .. } = self;
        // Its thread ends, and lets go of the connections.
        drop(log);
        let connections = Arc::into_inner(connections).ok_or_else(|| {
            Error::backend("close the database", "something still copies its log into the file")
        })?;
        connections.close()
    }
}
