//! Connections to a file, and what is judged before the file is touched.
//!
//! Nothing here opens an existing database with the standard library. POSIX takes away a process's locks on a file when
//! the process closes any descriptor of it, so that would pull the locks from under every other connection. SQLite
//! knows of its own connections, and closes their descriptors only when no lock is left.

use super::{
    fault::{Fault, Outcome},
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

/// After how many pages the write-ahead log is copied into the file, 16 MB of them. A write changes up to a dozen
/// pages, and those that many writes change are copied once.
const LOG_PAGES: u32 = 4_000;

/// What the log is cut back to when it has grown beyond that, under a reader that went on for long.
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
    /// may take the latest commits, whole and in order, and leaves a sound database. Ids that those commits gave may
    /// then be given again.
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

/// Opens the database in a file for writing, makes it where there is none, and judges the identity. What is refused
/// stays as it was.
pub(super) fn open(path: &Path, identity: &Identity, options: Options) -> Outcome<Connection> {
    make_file(path)?;
    if let Some(refusal) = look(path)? {
        return Err(refusal.into());
    }
    let mut connection = connect(path, options)?;
    if connection.is_readonly("main")? {
        return Err(backend("open the file for writing", io::ErrorKind::PermissionDenied));
    }
    // Whoever closes a database last copies its log into the file. A newer build's log says what its file does not
    // yet, and both must stay as they are.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let claimed = claim(&mut connection, identity);
    let is_incompatible = matches!(claimed, Err(Fault::Store(Error::Incompatible { .. })));
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_incompatible)?;
    claimed?;
    if connection.is_readonly("main")? {
        return Err(Fault::corrupt("the file's header says that a newer SQLite wrote it"));
    }
    use_log(&connection, options)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    // Pages where the number is positive, and kibibytes where it is negative.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// Opens another connection, for reading, to a database that this handle has opened.
pub(super) fn open_reader(path: &Path, options: Options) -> Outcome<Connection> {
    let connection = connect(path, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(super) fn open_in_memory(identity: &Identity) -> Outcome<Connection> {
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    claim(&mut connection, identity)?;
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

fn connect(path: &Path, options: Options) -> Outcome<Connection> {
    let connection = open_file(path)?;
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
fn claim(connection: &mut Connection, identity: &Identity) -> Outcome<()> {
    let read = connection.transaction()?;
    let is_whole = is_admitted(&read, identity)? == schema::NEWEST;
    read.commit()?;
    if !is_whole {
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another handle may have been first.
        let version = is_admitted(&write, identity)?;
        if version < schema::NEWEST {
            schema::migrate(&write, version)?;
        }
        if version == 0 {
            schema::stamp(&write, identity)?;
        }
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
fn use_log(connection: &Connection, options: Options) -> Outcome<()> {
    let deadline = Instant::now() + options.wait;
    loop {
        let mode =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode.map_err(Fault::from) {
            Ok(mode) if mode == "wal" => break,
            Ok(mode) => {
                let reason = format!("the journal mode stays {mode:?}");
                return Err(Error::backend("turn the write-ahead log on", reason).into());
            }
            // SQLite does not always wait by itself here, where one lock turns into another.
            Err(fault) if fault.is_busy() && Instant::now() < deadline => thread::sleep(POLL),
            Err(fault) => return Err(fault),
        }
    }
    let synchronous = match options.synchronous {
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
