//! Whose the database is, how its tables are made, and what a first open stamps on it.

use super::{
    fault::{Fault, Outcome},
    rows::Counters,
    settings,
};
use crate::{Error, Identity};
use rusqlite::{Connection, types::Value};
use std::sync::OnceLock;

/// Marks a store's database in the header of its file: "mneS".
pub(super) const STORE_ID: i32 = 0x6d6e_6553;
/// Marks a snapshot, which is restored and not opened: "mneC".
pub(super) const SNAPSHOT_ID: i32 = 0x6d6e_6543;

pub(super) const FINGERPRINT: &str = "embedder_fingerprint";
pub(super) const DIMENSION: &str = "embedder_dim";
pub(super) const SCHEMA_VERSION: &str = "schema_version";

/// The schema version that this build writes, and the newest that it knows.
pub(super) const NEWEST: u32 = 1;

/// How the tables become those of each schema version, one file for each, from version 1 on. A file that was released
/// is never changed.
const MIGRATIONS: [&str; NEWEST as usize] = [include_str!("migrations/0001_entries.sql")];

/// What a database's header and its list of tables say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody: there is no table, and no mark.
    Nobody,
    /// Nobody, in a file of a form that no store's has. A file gets its form once.
    Unfit {
        form: String,
    },
    /// This store, by a schema version that this build knows.
    Store {
        version: u32,
    },
    /// A snapshot of this store, by a schema version that this build knows.
    Snapshot {
        version: u32,
    },
    /// A newer build of this store.
    Newer {
        version: i32,
    },
    Other {
        application_id: i32,
    },
}

impl Owner {
    pub(super) fn of(connection: &Connection) -> Outcome<Self> {
        let application_id = pragma(connection, "application_id")?;
        let version = pragma(connection, "user_version")?;
        let marked = match application_id {
            STORE_ID | SNAPSHOT_ID => version,
            0 if version == 0 && tables(connection)?.is_empty() => {
                return Ok(unfit_form(connection)?.map_or(Self::Nobody, |form| Self::Unfit { form }));
            }
            _ => return Ok(Self::Other { application_id }),
        };
        let known = u32::try_from(marked).ok().filter(|version| (1..=NEWEST).contains(version));
        match known {
            Some(version) if application_id == STORE_ID => Ok(Self::Store { version }),
            Some(version) => Ok(Self::Snapshot { version }),
            None if marked > 0 => Ok(Self::Newer { version }),
            None => Err(Fault::corrupt(format!("the schema version in the file's header is {version}"))),
        }
    }

    /// Why a store is not opened on it; none where it is.
    pub(super) fn refusal(&self) -> Option<Error> {
        match self {
            Self::Nobody | Self::Store { .. } => None,
            Self::Unfit { form } => Some(Error::incompatible(format!(
                "the SQLite database is empty, but {form}; remove the file, and the store makes its own"
            ))),
            Self::Snapshot { .. } => {
                Some(Error::incompatible("the file is a snapshot; restore it and open what was restored"))
            }
            Self::Newer { version } => Some(Error::incompatible(format!(
                "a newer build wrote the data: their schema version is {version}, and this build knows {NEWEST}"
            ))),
            Self::Other { application_id } => Some(Error::incompatible(format!(
                "the SQLite database is another program's: its application id is {application_id:#x}, not {STORE_ID:#x}"
            ))),
        }
    }
}

/// Brings the tables to the newest version and, where there were none, stamps the identity. In the caller's
/// transaction, so that all of it happens or nothing.
pub(super) fn migrate(connection: &Connection, from: u32) -> Outcome<()> {
    apply(connection, &MIGRATIONS, from)
}

/// Records whose embeddings the store is for.
pub(super) fn stamp(connection: &Connection, identity: &Identity) -> Outcome<()> {
    Counters::default().write(connection)?;
    settings::write_meta(connection, FINGERPRINT, &identity.fingerprint)?;
    settings::write_meta(connection, DIMENSION, &identity.dimension.to_string())?;
    connection.pragma_update(None, "application_id", STORE_ID)?;
    Ok(())
}

/// The identity that a first open stamped.
pub(super) fn identity(connection: &Connection) -> Outcome<Identity> {
    let fingerprint = stamped(connection, FINGERPRINT)?;
    let dimension = stamped(connection, DIMENSION)?;
    match dimension.parse() {
        Ok(dimension) => Ok(Identity { fingerprint, dimension }),
        Err(_) => Err(Fault::corrupt(format!("the stamped dimension is {dimension:?}"))),
    }
}

/// Refuses another identity than the stored one; the fingerprint is judged first.
pub(super) fn admit(stored: &Identity, supplied: &Identity) -> Result<(), Error> {
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

/// Compares the tables and the form of the file with what this build makes, so that no damage there makes SQLite read
/// the rows as something else.
pub(super) fn verify(connection: &Connection) -> Outcome<()> {
    static EXPECTED: OnceLock<Vec<Vec<Value>>> = OnceLock::new();

    let expected = if let Some(expected) = EXPECTED.get() {
        expected
    } else {
        let model = Connection::open_in_memory()?;
        apply(&model, &MIGRATIONS, 0)?;
        let made = tables(&model)?;
        EXPECTED.get_or_init(|| made)
    };
    if tables(connection)? != *expected || unfit_form(connection)?.is_some() {
        return Err(Fault::corrupt("the tables are not those of the schema version"));
    }
    if stamped(connection, SCHEMA_VERSION)? != NEWEST.to_string() {
        return Err(Fault::corrupt("the schema version in the file's header is not the stamped one"));
    }
    Ok(())
}

fn apply(connection: &Connection, migrations: &[&str], from: u32) -> Outcome<()> {
    for (migration, version) in migrations.iter().zip(1..).skip(from as usize) {
        connection.execute_batch(migration)?;
        settings::write_meta(connection, SCHEMA_VERSION, &u32::to_string(&version))?;
        connection.pragma_update(None, "user_version", version)?;
    }
    Ok(())
}

fn stamped(connection: &Connection, key: &str) -> Outcome<String> {
    settings::read_meta(connection, key)?.ok_or_else(|| Fault::corrupt(format!("the stamp {key:?} is gone")))
}

fn pragma(connection: &Connection, name: &str) -> Outcome<i32> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

/// What of the file's form is not as in a store's; none where all of it is.
fn unfit_form(connection: &Connection) -> Outcome<Option<String>> {
    let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
    if encoding != "UTF-8" {
        return Ok(Some(format!("its text is {encoding}, and a store's UTF-8")));
    }
    let is_vacuumed = pragma(connection, "auto_vacuum")? != 0;
    Ok(is_vacuumed.then(|| "it has auto_vacuum on, and a store's has not".to_owned()))
}

/// Every table and index, but for the statistics that `ANALYZE` keeps.
fn tables(connection: &Connection) -> Outcome<Vec<Vec<Value>>> {
    let mut statement = connection.prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name",
    )?;
    let mut rows = statement.query([])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        tables.push((0..4).map(|index| row.get(index)).collect::<Result<_, _>>()?);
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, NEWEST, Owner, SCHEMA_VERSION, STORE_ID, apply, migrate, stamp, verify};
    use crate::{Identity, sqlite::settings};
    use rusqlite::Connection;

    fn made() -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        migrate(&connection, 0).expect("the tables");
        stamp(&connection, &Identity::new("tests", 4)).expect("the stamps");
        connection
    }

    #[test]
    fn a_database_goes_through_every_version_that_it_has_not_seen() {
        let connection = made();
        let migrations = [MIGRATIONS[0], "CREATE TABLE second (a)", "CREATE TABLE third (a)"];
        apply(&connection, &migrations[..2], 1).expect("the second");
        let version = || settings::read_meta(&connection, SCHEMA_VERSION).expect("a stamp");
        assert_eq!(version().as_deref(), Some("2"));
        // Neither of the tables that are there could be made again.
        apply(&connection, &migrations, 2).expect("the third");
        assert_eq!(version().as_deref(), Some("3"));
        let header: u32 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number");
        assert_eq!(header, 3);
    }

    #[test]
    fn a_new_database_is_the_stores_and_of_the_newest_version() {
        let connection = made();
        assert_eq!(Owner::of(&connection).ok(), Some(Owner::Store { version: NEWEST }));
        verify(&connection).expect("the tables are right");
        // As `file` and other programs read it: the bytes 68 to 71 of the file.
        assert_eq!(&STORE_ID.to_be_bytes(), b"mneS");
    }

    #[test]
    fn a_table_an_index_and_a_column_too_many_or_too_few_are_noticed() {
        for change in [
            "DROP INDEX usage_by_due",
            "DROP TABLE quota",
            "CREATE TABLE more (a)",
            "CREATE INDEX more ON usage (access_count)",
            "ALTER TABLE meta ADD COLUMN more TEXT",
            "ALTER TABLE usage RENAME COLUMN due TO expires",
            "PRAGMA user_version = 2; DELETE FROM meta WHERE key = 'schema_version'",
        ] {
            let connection = made();
            connection.execute_batch(change).expect("a change");
            assert!(verify(&connection).is_err(), "{change}");
        }
    }

    #[test]
    fn a_database_of_nobody_has_neither_table_nor_mark() {
        let owner = |change: &str| {
            let connection = Connection::open_in_memory().expect("a database");
            connection.execute_batch(change).expect("a change");
            Owner::of(&connection).ok()
        };
        assert_eq!(owner(""), Some(Owner::Nobody));
        assert_eq!(owner("CREATE TABLE t (a)"), Some(Owner::Other { application_id: 0 }));
        assert_eq!(owner("PRAGMA user_version = 3"), Some(Owner::Other { application_id: 0 }));
        assert_eq!(owner("PRAGMA application_id = 5"), Some(Owner::Other { application_id: 5 }));
        let newer = format!("PRAGMA application_id = {STORE_ID}; PRAGMA user_version = 9");
        assert_eq!(owner(&newer), Some(Owner::Newer { version: 9 }));
    }
}
