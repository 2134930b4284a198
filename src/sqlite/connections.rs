//! The connections of an open handle: one that writes, and as many that read as there are reads at once.
//!
//! In write-ahead mode a read sees the last commit before it began and waits for no write. Each read begins after the
//! one before it on its connection has ended, so it sees every write that was acknowledged before it was called,
//! whichever connection made it.

use super::{
    connect::{self, Options},
    fault::{Fault, Outcome},
    place::Place,
};
use crate::Error;
use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;
use std::time::Instant;

/// How many connections are kept for reads to come.
const IDLE_READERS: usize = 8;

pub(super) struct Connections {
    options: Options,
    /// In memory there is one connection, which reads and writes.
    place: Option<Place>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Connections {
    pub(super) fn new(writer: Connection, place: Option<Place>, options: Options) -> Self {
        Self { options, place, writer: Mutex::new(writer), readers: Mutex::default() }
    }

    /// Reads a little with one statement, which is a transaction by itself.
    ///
    /// Any commit of another connection empties a connection's cache of pages. Where nobody writes at this moment, the
    /// connection that made the commits has them all, and lends itself: whoever wants to write then waits for as long
    /// as one lookup takes.
    pub(super) fn look_up<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        match self.writer.try_lock() {
            Some(writer) => {
                writer.busy_timeout(self.options.wait)?;
                read(&writer)
            }
            None => self.read_once(read),
        }
    }

    /// Reads in one transaction, and so of one moment.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        self.read_once(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let answer = read(&transaction)?;
            transaction.finish()?;
            Ok(answer)
        })
    }

    /// Reads with one statement, for as long as it takes; no writer waits for it.
    pub(super) fn read_once<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let Some(place) = &self.place else {
            return read(&*self.writer(Instant::now())?);
        };
        let idle = self.readers.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => connect::open_reader(place, self.options)?,
        };
        let answer = read(&reader);
        // What the engine itself has failed on is not used again.
        if !matches!(answer, Err(Fault::Engine(_))) {
            let mut readers = self.readers.lock();
            if readers.len() < IDLE_READERS {
                readers.push(reader);
            }
        }
        answer
    }

    /// Writes in one transaction, for a caller that waits since then: whole, or not at all where `write` fails.
    pub(super) fn write<T>(
        &self,
        began: Instant,
        write: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Outcome<T> {
        let writer = self.writer(began)?;
        writer.busy_timeout(self.options.wait.saturating_sub(began.elapsed()))?;
        let transaction = WriteTransaction::begin(&writer)?;
        let answer = write(&writer)?;
        transaction.commit()?;
        Ok(answer)
    }

    pub(super) fn close(self) -> Result<(), Error> {
        // The last connection to go copies the log into the file and removes it.
        self.readers.into_inner().clear();
        let closed = self.writer.into_inner().close();
        closed.map_err(|(_, error)| Error::backend("close the database", error))
    }

    /// The connection that writes, for a caller that waits since then.
    pub(super) fn writer(&self, began: Instant) -> Outcome<MutexGuard<'_, Connection>> {
        self.writer.try_lock_for(self.options.wait.saturating_sub(began.elapsed())).ok_or(Fault::Waited)
    }
}

/// A transaction that has the lock for writing from its beginning on, and is undone where it is not committed. Its
/// statements are kept, as all others are.
struct WriteTransaction<'a>(&'a Connection);

impl<'a> WriteTransaction<'a> {
    fn begin(connection: &'a Connection) -> Outcome<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self(connection))
    }

    fn commit(self) -> Outcome<()> {
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Drop for WriteTransaction<'_> {
    fn drop(&mut self) {
        // After a commit there is nothing to undo, and after some failures SQLite has undone it already.
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::settings, *};
    use crate::{Identity, Synchronous};
    use std::time::Duration;

    const WAIT: Duration = Duration::from_secs(60);

    fn connected(file: &tempfile::NamedTempFile) -> Connections {
        let options = Options { wait: WAIT, synchronous: Synchronous::Normal };
        let (writer, place) =
            connect::open(file.path(), &Identity::new("tests:v1", 2), options).expect("an open");
        Connections::new(writer, Some(place), options)
    }

    #[test]
    fn a_write_that_failed_leaves_no_transaction_behind() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let connections = connected(&file);
        let failing = |connection: &Connection| {
            settings::write_meta(connection, "failed", "undone")?;
            Err::<(), _>(Fault::Waited)
        };
        assert!(connections.write(Instant::now(), failing).is_err());
        let following = |connection: &Connection| {
            settings::write_meta(connection, "followed", "kept")?;
            Ok((settings::read_meta(connection, "failed")?, settings::read_meta(connection, "followed")?))
        };
        let (failed, followed) = connections.write(Instant::now(), following).expect("a write");
        assert_eq!((failed, followed.as_deref()), (None, Some("kept")));
    }

    #[test]
    fn what_a_write_waited_for_other_threads_it_does_not_wait_again_for_other_processes() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let connections = connected(&file);
        let left = |connection: &Connection| {
            let millis: u32 = connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
            Ok(Duration::from_millis(millis.into()))
        };
        let began = Instant::now().checked_sub(WAIT / 3).expect("the machine has run for a while");
        let of_later = connections.write(began, left).expect("a write");
        assert!(of_later <= WAIT / 3 * 2, "{of_later:?} are left");
        let of_now = connections.write(Instant::now(), left).expect("a write");
        assert!(of_now > WAIT / 3 * 2, "{of_now:?} are left");
    }
}
