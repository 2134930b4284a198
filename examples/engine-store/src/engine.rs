//! The engine: ordered keys and values, and writes of many rows that happen whole or not at all.
//!
//! This is the file to change for another engine. What is beside it asks for no more than these four functions.

use mneme::{Error, Result};
use redb::{Database, ReadableDatabase, TableDefinition};
use std::path::Path;

const ROWS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("rows");

/// A key, and its value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// A key, and the value that it gets; none where the row is to go.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// An open database. Dropping it closes it.
pub(crate) struct Engine(Database);

impl Engine {
    /// Opens the database at a path, and makes it where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let database = Database::create(path).map_err(|error| Error::backend("open the database", error))?;
        Ok(Self(database))
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let get = || {
            let value = self.0.begin_read()?.open_table(ROWS)?.get(key)?;
            Ok(value.map(|value| value.value().to_vec()))
        };
        get().map_err(failed("read a row"))
    }

    /// The rows from one key to another, both included, in the order of their keys' bytes.
    pub(crate) fn range(&self, from: &[u8], to: &[u8]) -> Result<Vec<Row>> {
        let range = || {
            let rows = self.0.begin_read()?.open_table(ROWS)?.range(from..=to)?;
            rows.map(|row| row.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
                .collect::<std::result::Result<_, _>>()
                .map_err(redb::Error::from)
        };
        range().map_err(failed("walk over the rows"))
    }

    /// Makes all the changes, or none where it fails. What is made is kept, also where the process is killed next.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> Result<()> {
        let commit = || {
            let transaction = self.0.begin_write()?;
            let mut rows = transaction.open_table(ROWS)?;
            for (key, value) in changes {
                match value {
                    Some(value) => rows.insert(&*key, &*value)?,
                    None => rows.remove(&*key)?,
                };
            }
            drop(rows);
            Ok(transaction.commit()?)
        };
        commit().map_err(failed("commit a write"))
    }
}

/// What the engine says, after what was not done.
fn failed(action: &str) -> impl Fn(redb::Error) -> Error {
    move |error| Error::backend(action, error)
}
