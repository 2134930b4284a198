//! Opening the database, judging whose it is, and stamping a fresh one.

use crate::{
    codec::{Counters, decode_meta, encode_counters, encode_meta},
    fault::Fault,
    file::SiteFile,
    tables::{
        CONTENT, COUNTERS, DUE, DUE_SCOPED, KEYS, LRU, LRU_SCOPED, META, NAMESPACES, QUOTAS, USAGE, VERSIONS,
    },
};
use mneme::{Error, Identity};
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableError};
use std::{fs::OpenOptions, path::Path};

pub(crate) const FINGERPRINT: &str = "embedder_fingerprint";
pub(crate) const DIMENSION: &str = "embedder_dim";
pub(crate) const SCHEMA_VERSION: &str = "schema_version";

/// What this build writes. Another build that changes the tables or their rows writes another text, under the same
/// key of the same table and with the same seal.
const SCHEMA: &str = "1";

/// A cache is one of many things in a program; redb's own default is 1 GiB.
const PAGE_CACHE_BYTES: usize = 64 * 1024 * 1024;

/// An open database, and the file below it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) database: Database,
    file: SiteFile,
}

impl Opened {
    /// Writes to the file what opening it had to, if that is still held back.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] with what the file system says, such as that no room is left. The database can be read all
    /// the same, but nothing may be written to it before this has succeeded.
    pub(crate) fn write_through(&self) -> Result<(), Error> {
        self.file.release().map_err(|error| Error::backend("write to the file", error))
    }
}

/// Opens the database in a file, makes it where there is none, and answers whose it is: none where it is fresh.
///
/// The checksum of every page is verified, so that a damaged file is an error here and not wrong answers or a panic of
/// the engine later. A file that is refused stays as it was, byte for byte.
///
/// # Errors
///
/// - [`Error::Incompatible`] for a file that is not this store's, or a newer build's.
/// - [`Error::Corrupt`] for damage.
/// - [`Error::Backend`] for a file that another handle has open, and for what the file system says.
pub(crate) fn open(path: &Path) -> Result<(Opened, Option<Identity>), Error> {
    let (opened, identity) = open_to_read(path)?;
    opened.write_through()?;
    Ok((opened, identity))
}

/// As [`open`], but what opening has to write may still be held back: the disk may be full, and reading needs no room.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn open_to_read(path: &Path) -> Result<(Opened, Option<Identity>), Error> {
    let action = "open the database";
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| Error::backend("open the file", error))?;
    let file = SiteFile::new(file).map_err(|error| Fault::from(error).into_error(action))?;
    let database = Builder::new()
        .set_cache_size(PAGE_CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create_with_backend(file.clone())
        .map_err(|error| Fault::from(error).into_error(action))?;
    let identity = stamps(&database).map_err(|fault| fault.into_error("read the stamps"))?;
    Ok((Opened { database, file }, identity))
}

/// Makes the tables and records the identity, all at once.
pub(crate) fn stamp(database: &Database, identity: &Identity) -> Result<(), Fault> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        let dimension = identity.dimension.to_string();
        for (key, value) in
            [(FINGERPRINT, &*identity.fingerprint), (DIMENSION, &dimension), (SCHEMA_VERSION, SCHEMA)]
        {
            meta.insert(key.as_bytes(), encode_meta(key.as_bytes(), value).as_slice())?;
        }
        transaction.open_table(COUNTERS)?.insert((), encode_counters(Counters::default()).as_slice())?;
    }
    transaction.open_table(CONTENT)?;
    transaction.open_table(USAGE)?;
    transaction.open_table(NAMESPACES)?;
    transaction.open_table(QUOTAS)?;
    transaction.open_table(KEYS)?;
    transaction.open_table(VERSIONS)?;
    transaction.open_table(LRU)?;
    transaction.open_table(LRU_SCOPED)?;
    transaction.open_table(DUE)?;
    transaction.open_table(DUE_SCOPED)?;
    transaction.commit()?;
    Ok(())
}

fn stamps(database: &Database) -> Result<Option<Identity>, Fault> {
    let transaction = database.begin_read()?;
    if transaction.list_tables()?.next().is_none() && transaction.list_multimap_tables()?.next().is_none() {
        return Ok(None);
    }
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::Storage(error)) => return Err(error.into()),
        Err(error) => {
            return Err(Error::incompatible("the redb database is another program's").because(error).into());
        }
    };
    let stamp = |key: &str| match ReadableTable::get(&meta, key.as_bytes())? {
        Some(value) => Ok(decode_meta(key.as_bytes(), value.value())?),
        None => Err(Fault::from(Error::incompatible(format!("the redb database has no {key}")))),
    };
    let schema = stamp(SCHEMA_VERSION)?;
    if schema != SCHEMA {
        let reason = format!(
            "the data have schema version {schema:?} of a newer build, and this one knows {SCHEMA:?}"
        );
        return Err(Error::incompatible(reason).into());
    }
    let fingerprint = stamp(FINGERPRINT)?;
    match stamp(DIMENSION)?.parse() {
        Ok(dimension) => Ok(Some(Identity { fingerprint, dimension })),
        Err(error) => Err(Error::corrupt("the dimension is no number").because(error).into()),
    }
}
