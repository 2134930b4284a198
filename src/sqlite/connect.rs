//! Connections to a file, and what is judged before the file is touched.
//!
//! Nothing here opens an existing database with the standard library. POSIX takes away a process's locks on a file when
//! the process closes any descriptor of it, so that would pull the locks from under every other connection. SQLite
//! knows of its own connections, and closes their descriptors only when no lock is left.

use super::{
    fault::{Fault, Outcome},
    place::Place,
    schema::{self, Owner},
};
use crate::{Error, Identity};
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};
use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// More statements than the store has, so that each is compiled once for a connection.
const STATEMENTS: usize = 64;

/// What the write-ahead log is cut back to when it has grown beyond that, under many writes or a reader that went on for
/// long.
const LOG_BYTES: u32 = 32 * 1024 * 1024;

/// What the writing connection keeps of the database in memory. SQLite's own 2 MB, which the others have, are not
/// enough for the upper pages of all indexes.
const CACHE_KIB: i32 = 16 * 1024;

/// How long commits wait for the disk.
///
/// Either way a write that returned outlives the process: a kill loses nothing. They differ in what outlives the
/// power or the operating system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// The disk is waited for when the write-ahead log is copied into the file, and not at each commit. A power loss
    /// may take the latest commits, whole and in order, and leaves a sound database. The ids that those commits gave go
    /// with them and may be given again, for other entries: it is the one way in which an id is given twice.
    #[default]
    Normal,
    /// Each commit waits for the disk, so that a power loss takes nothing either. A write takes as long as the disk
    /// needs, often milliseconds.
    Full,
}

/// How long a connection waits for others, and for the disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) wait: Duration,
    pub(super) synchronous: Synchronous,
}

/// Until when a connection that is being opened waits for others, all of its steps together.
#[derive(Clone, Copy)]
struct Patience(Instant);

impl Patience {
    /// From now on the connection waits for as long as is left.
    fn allow(self, connection: &Connection) -> Outcome<()> {
        connection.busy_timeout(self.0.saturating_duration_since(Instant::now()))?;
        Ok(())
    }

    fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Opens the database in a file for writing, makes it where there is none, and judges the identity. What is refused
/// stays as it was.
pub(super) fn open(path: &Path, identity: &Identity, options: Options) -> Outcome<(Connection, Place)> {
    let patience = Patience(Instant::now() + options.wait);
    make_file(path)?;
    let place = Place::of(path)?;
    if let Some(refusal) = look(place.path())? {
        return Err(refusal.into());
    }
    let mut connection = connect(&place, options)?;
    patience.allow(&connection)?;
    if connection.is_readonly("main")? {
        return Err(backend("open the file for writing", io::ErrorKind::PermissionDenied));
    }
    // Whoever closes a database last copies its log into the file. A newer build's log says what its file does not
    // yet, and both must stay as they are.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let claimed = claim(&mut connection, identity, patience);
    let is_incompatible = matches!(claimed, Err(Fault::Store(Error::Incompatible { .. })));
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_incompatible)?;
    claimed?;
    if connection.is_readonly("main")? {
        return Err(Fault::corrupt("the file's header says that a newer SQLite wrote it"));
    }
    use_log(&connection, options.synchronous, patience)?;
    // Pages where the number is positive, and kibibytes where it is negative.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok((connection, place))
}

/// Opens another connection, for reading, to a database that this handle has opened.
pub(super) fn open_reader(place: &Place, options: Options) -> Outcome<Connection> {
    let connection = connect(place, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(super) fn open_in_memory(identity: &Identity) -> Outcome<Connection> {
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    // Nobody else has it.
    claim(&mut connection, identity, Patience(Instant::now()))?;
    Ok(connection)
}

/// Opens a file for reading as if nobody ever wrote to it: neither it nor its neighbours are locked, made or written.
pub(super) fn open_untouched(path: &Path) -> Outcome<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path), flags)?;
    configure(&connection)?;
    Ok(connection)
}

/// Opens a file that exists.
pub(super) fn open_file(path: &Path) -> Outcome<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let _guard = MAKING.lock();
    Ok(Connection::open_with_flags(path, flags)?)
}

/// Held while a file is made, and while one is opened: between the two calls of making one, no connection gets a lock
/// that closing the new file's descriptor would take away.
static MAKING: Mutex<()> = Mutex::new(());

/// Makes an empty file that only its owner reads and writes, unless something is there.
pub(super) fn make_file(path: &Path) -> Outcome<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    // SQLite gives the files beside it the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = {
        let _guard = MAKING.lock();
        options.open(path).map(drop)
    };
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(backend("make the file", error)),
        _ => Ok(()),
    }
}

/// Why the file is not opened, judged without touching it; none where it is opened, or where that shows only under
/// its locks.
fn look(path: &Path) -> Outcome<Option<Error>> {
    let about = fs::metadata(path).map_err(|error| backend("look at the file", error))?;
    if about.is_dir() {
        return Err(backend("open the file", io::ErrorKind::IsADirectory));
    }
    if !about.is_file() {
        return Err(Error::backend("open the file", "it is not a regular file").into());
    }
    // SQLite takes a file of one byte for an empty one.
    if about.len() == 1 {
        return Ok(Some(Error::incompatible("the file is not a SQLite database")));
    }
    match open_untouched(path).and_then(|connection| Owner::of(&connection)) {
        Ok(owner) => Ok(owner.refusal()),
        Err(fault) if fault.code() == Some(ErrorCode::NotADatabase) => {
            Ok(Some(fault.into_incompatible("the file is not a SQLite database")))
        }
        // Another one may be writing it at this moment.
        Err(_) => Ok(None),
    }
}

fn connect(place: &Place, options: Options) -> Outcome<Connection> {
    let connection = open_file(place.path())?;
    // The connection has its file by now, and has not read anything of it.
    place.check()?;
    connection.busy_timeout(options.wait)?;
    configure(&connection)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Outcome<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Else SQLite compiles a statement again whenever a value is bound that the plan might depend on. Every plan here is
    // meant for every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// Makes the tables and stamps the identity where there are none, and admits the identity where there are.
fn claim(connection: &mut Connection, identity: &Identity, patience: Patience) -> Outcome<()> {
    patience.allow(connection)?;
    let read = connection.transaction()?;
    let is_whole = is_admitted(&read, identity)? == schema::NEWEST;
    read.commit()?;
    if !is_whole {
        patience.allow(connection)?;
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another handle may have been first.
        let version = is_admitted(&write, identity)?;
        if version < schema::NEWEST {
            schema::migrate(&write, version)?;
        }
        if version == 0 {
            schema::stamp(&write, identity)?;
        }
        patience.allow(&write)?;
        write.commit()?;
    }
    Ok(())
}

/// The schema version of the data, 0 where there are none yet. Refuses what this build or this identity may not open.
fn is_admitted(connection: &Connection, identity: &Identity) -> Outcome<u32> {
    let owner = Owner::of(connection)?;
    if let Some(refusal) = owner.refusal() {
        return Err(refusal.into());
    }
    let Owner::Store { version } = owner else { return Ok(0) };
    if version == schema::NEWEST {
        schema::verify(connection)?;
    }
    schema::admit(&schema::identity(connection)?, identity)?;
    Ok(version)
}

/// Turns the write-ahead log on.
fn use_log(connection: &Connection, synchronous: Synchronous, patience: Patience) -> Outcome<()> {
    loop {
        patience.allow(connection)?;
        let mode =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode.map_err(Fault::from) {
            Ok(mode) if mode == "wal" => break,
            Ok(mode) => {
                let reason = format!("the journal mode stays {mode:?}");
                return Err(Error::backend("turn the write-ahead log on", reason).into());
            }
            // SQLite does not always wait by itself here, where one lock turns into another.
            Err(fault) if fault.is_busy() && !patience.is_over() => thread::sleep(POLL),
            Err(fault) => return Err(fault),
        }
    }
    let synchronous = match synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    Ok(())
}

/// How long SQLite itself sleeps, about, before it tries again to get a lock.
const POLL: Duration = Duration::from_millis(2);

pub(super) fn backend(action: &str, error: impl Into<io::Error>) -> Fault {
    Error::backend(action, error.into()).into()
}

/// A path as a URI that says so of the file. Every byte that could mean something in a URI is escaped.
fn uri(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut uri = String::from("file:");
    if cfg!(windows) {
        uri.push('/');
    } else if bytes.starts_with(b"/") {
        // Without a host of its own, a URI would have one of a path that begins with two slashes.
        uri.push_str("//");
    }
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) => uri.push(':'),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

#[cfg(test)]
mod tests {
    use super::{Options, Patience, Place, Synchronous, claim, open, open_file, open_reader, use_log};
    use crate::Identity;
    use rusqlite::{Connection, types::FromSql};
    use std::time::{Duration, Instant};

    const WAIT: Duration = Duration::from_secs(20);

    fn identity() -> Identity {
        Identity::new("tests", 4)
    }

    /// Somebody has the file to itself, writes to it, or reads it: a first open waits for the last of them when it commits,
    /// and when it turns to the log.
    #[test]
    fn no_step_of_an_open_waits_once_the_time_is_over() {
        for lock in ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN; SELECT count(*) FROM sqlite_schema"] {
            let file = tempfile::NamedTempFile::new().expect("a file");
            let other = Connection::open(file.path()).expect("a connection");
            other.execute_batch(lock).expect("a lock");
            let mut connection = open_file(file.path()).expect("another connection");
            connection.busy_timeout(WAIT).expect("a time");
            let began = Instant::now();
            let over = Patience(began);
            let claimed = claim(&mut connection, &identity(), over).expect_err("a lock is in the way");
            assert!(claimed.is_busy(), "{lock}: {claimed:?}");
            connection.busy_timeout(WAIT).expect("a time");
            let logged = use_log(&connection, Synchronous::Normal, over).expect_err("a lock is in the way");
            assert!(logged.is_busy(), "{lock}: {logged:?}");
            assert!(began.elapsed() < WAIT, "{lock}: it was waited for");
        }
    }

    #[test]
    fn what_is_written_is_synchronised_as_was_asked_for_and_the_log_is_cut() {
        fn pragma<T: FromSql>(connection: &Connection, name: &str) -> T {
            connection.pragma_query_value(None, name, |row| row.get(0)).expect(name)
        }

        for (synchronous, number) in [(Synchronous::Normal, 1), (Synchronous::Full, 2)] {
            let file = tempfile::NamedTempFile::new().expect("a file");
            let options = Options { wait: WAIT, synchronous };
            let (writer, place) = open(file.path(), &identity(), options).expect("an open");
            assert_eq!(pragma::<i64>(&writer, "synchronous"), number);
            assert_eq!(pragma::<String>(&writer, "journal_mode"), "wal");
            assert_eq!(pragma::<i64>(&writer, "journal_size_limit"), 32 * 1024 * 1024);
            let reader = open_reader(&place, options).expect("a reader");
            assert_eq!(pragma::<i64>(&reader, "query_only"), 1);
        }
    }

    #[test]
    fn a_place_is_the_file_and_not_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let [path, other] = ["cache.db", "other.db"].map(|name| folder.path().join(name));
        std::fs::write(&path, "").expect("a file");
        let place = Place::of(&path).expect("a place");
        place.check().expect("it is there");
        if cfg!(unix) {
            std::fs::write(&other, "").expect("another file");
            std::fs::rename(&other, &path).expect("a new name");
            place.check().expect_err("another file has the name");
        }
        std::fs::remove_file(&path).expect("a removal");
        place.check().expect_err("nothing has the name");
    }
}
