//! The rows of every table but the content's: read with their checksums, and written with them.

use super::{
    columns::{Columns, sql},
    fault::{Fault, Outcome},
    seal::Seal,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// What was given last. Each number grows in the transaction that gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) last_id: u64,
    pub(super) version: u64,
    pub(super) entries: u64,
}

impl Counters {
    pub(super) const READ: &str = "SELECT last_id, version, entries, checksum FROM counters WHERE id = 1";

    pub(super) fn read(connection: &Connection) -> Outcome<Self> {
        let read =
            connection.prepare_cached(Self::READ)?.query_row([], |row| Ok(Self::of(row))).optional()?;
        read.unwrap_or_else(|| Err(Fault::corrupt("the counters are gone")))
    }

    fn of(row: &Row<'_>) -> Outcome<Self> {
        let columns = Columns { what: "the counters' row", row };
        let read =
            Self { last_id: columns.number(0)?, version: columns.number(1)?, entries: columns.number(2)? };
        read.seal().verify(columns.number(3)?, columns.what)?;
        Ok(read)
    }

    pub(super) fn write(self, connection: &Connection) -> Outcome<()> {
        let Self { last_id, version, entries } = self;
        let sql_text =
            "INSERT INTO counters (id, last_id, version, entries, checksum) VALUES (1, ?1, ?2, ?3, ?4)
            ON CONFLICT (id) DO UPDATE SET last_id = ?1, version = ?2, entries = ?3, checksum = ?4";
        connection.prepare_cached(sql_text)?.execute(params![
            sql(last_id),
            sql(version),
            sql(entries),
            sql(self.seal().checksum())
        ])?;
        Ok(())
    }

    fn seal(self) -> Seal {
        Seal::of("counters").number(self.last_id).number(self.version).number(self.entries)
    }
}

/// A namespace that has entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Namespace {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) entries: u64,
}

impl Namespace {
    pub(super) const BY_NAME: &str = "SELECT id, name, entries, checksum FROM namespace WHERE name = ?1";
    pub(super) const BY_ID: &str = "SELECT id, name, entries, checksum FROM namespace WHERE id = ?1";
    pub(super) const ALL: &str = "SELECT id, name, entries, checksum FROM namespace ORDER BY name";

    pub(super) fn named(connection: &Connection, name: &str) -> Outcome<Option<Self>> {
        let read = connection
            .prepare_cached(Self::BY_NAME)?
            .query_row([name], |row| Ok(Self::of(row)))
            .optional()?;
        match read.transpose()? {
            Some(namespace) if namespace.name != name => {
                Err(Fault::corrupt("the names of namespaces are damaged"))
            }
            namespace => Ok(namespace),
        }
    }

    /// The namespace that a row of an entry names.
    pub(super) fn numbered(connection: &Connection, id: u64) -> Outcome<Self> {
        let read = connection
            .prepare_cached(Self::BY_ID)?
            .query_row([sql(id)], |row| Ok(Self::of(row)))
            .optional()?;
        read.unwrap_or_else(|| Err(Fault::corrupt("an entry has no namespace")))
    }

    /// All of them, ascending by name.
    pub(super) fn all(connection: &Connection) -> Outcome<Vec<Self>> {
        let mut statement = connection.prepare_cached(Self::ALL)?;
        let mut rows = statement.query([])?;
        let mut all: Vec<Self> = Vec::new();
        while let Some(row) = rows.next()? {
            let namespace = Self::of(row)?;
            if all.last().is_some_and(|last| last.name >= namespace.name) {
                return Err(Fault::corrupt("the order of the namespaces is damaged"));
            }
            all.push(namespace);
        }
        Ok(all)
    }

    /// Makes the namespace of a first entry, which it does not count yet.
    pub(super) fn make(connection: &Connection, name: &str) -> Outcome<Self> {
        let sql_text = "INSERT INTO namespace (name, entries, checksum) VALUES (?1, 0, 0)";
        connection.prepare_cached(sql_text)?.execute([name])?;
        let id = u64::try_from(connection.last_insert_rowid())
            .map_err(|_| Fault::corrupt("the number of a namespace is below zero"))?;
        Ok(Self { id, name: name.to_owned(), entries: 0 })
    }

    /// Changes how many entries it has; without one it is gone.
    pub(super) fn set_entries(mut self, connection: &Connection, entries: u64) -> Outcome<()> {
        self.entries = entries;
        let changed = if entries == 0 {
            connection.prepare_cached("DELETE FROM namespace WHERE id = ?1")?.execute([sql(self.id)])?
        } else {
            let sql_text = "UPDATE namespace SET entries = ?2, checksum = ?3 WHERE id = ?1";
            let checksum = self.seal().checksum();
            connection.prepare_cached(sql_text)?.execute(params![
                sql(self.id),
                sql(entries),
                sql(checksum)
            ])?
        };
        expect_one(changed, "a namespace")
    }

    fn of(row: &Row<'_>) -> Outcome<Self> {
        let columns = Columns { what: "a namespace's row", row };
        let read =
            Self { id: columns.number(0)?, name: columns.text(1)?.to_owned(), entries: columns.number(2)? };
        read.seal().verify(columns.number(3)?, columns.what)?;
        Ok(read)
    }

    fn seal(&self) -> Seal {
        Seal::of("namespace").number(self.id).text(&self.name).number(self.entries)
    }
}

/// How an entry has been used, and when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) id: u64,
    pub(super) namespace: u64,
    pub(super) last_accessed_at: u64,
    pub(super) access_count: u64,
    pub(super) due: Option<u64>,
}

impl Usage {
    pub(super) const BY_ID: &str =
        "SELECT id, namespace, last_accessed_at, access_count, due, checksum FROM usage WHERE id = ?1";

    pub(super) fn read(connection: &Connection, id: u64) -> Outcome<Option<Self>> {
        let read = connection
            .prepare_cached(Self::BY_ID)?
            .query_row([sql(id)], |row| Ok(Self::of(row, 0)))
            .optional()?;
        read.transpose()
    }

    /// Reads it from six columns, the first of which is at `first`.
    pub(super) fn of(row: &Row<'_>, first: usize) -> Outcome<Self> {
        let columns = Columns { what: "the row of an entry's use", row };
        let read = Self {
            id: columns.number(first)?,
            namespace: columns.number(first + 1)?,
            last_accessed_at: columns.number(first + 2)?,
            access_count: columns.number(first + 3)?,
            due: columns.optional(first + 4)?,
        };
        read.seal().verify(columns.number(first + 5)?, columns.what)?;
        Ok(read)
    }

    pub(super) fn insert(self, connection: &Connection) -> Outcome<()> {
        self.write(
            connection,
            "INSERT INTO usage (id, namespace, last_accessed_at, access_count, due, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
    }

    pub(super) fn update(self, connection: &Connection) -> Outcome<()> {
        self.write(
            connection,
            "UPDATE usage SET last_accessed_at = ?3, access_count = ?4, due = ?5, checksum = ?6
                WHERE id = ?1 AND namespace = ?2",
        )
    }

    fn write(self, connection: &Connection, sql_text: &str) -> Outcome<()> {
        let Self { id, namespace, last_accessed_at, access_count, due } = self;
        let changed = connection.prepare_cached(sql_text)?.execute(params![
            sql(id),
            sql(namespace),
            sql(last_accessed_at),
            sql(access_count),
            due.map(sql),
            sql(self.seal().checksum())
        ])?;
        expect_one(changed, "the use of an entry")
    }

    fn seal(self) -> Seal {
        let Self { id, namespace, last_accessed_at, access_count, due } = self;
        let seal = Seal::of("usage").number(id).number(namespace);
        seal.number(last_accessed_at).number(access_count).optional(due)
    }
}

/// A statement that had to change one row changed it, or the data are damaged.
pub(super) fn expect_one(changed: usize, what: &str) -> Outcome<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(Fault::corrupt(format!("{what} has {changed} rows where it must have one")))
}
