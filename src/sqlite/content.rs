//! Whole entries: how one becomes a row, and how it is read back with its namespace and its use.

use super::{
    columns::{Columns, sql},
    fault::{Fault, Outcome},
    rows::{Namespace, Usage, expect_one},
    seal::Seal,
};
use crate::{
    Content, Entry, Error, Metadata, Result, StoredEntry,
    limits::{self, MAX_NUMBER},
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A little below what the engine keeps in one row, 10^9 bytes.
const MAX_ROW_BYTES: usize = 900_000_000;

/// The columns of an entry, of which an id alone is there for one that is not stored.
macro_rules! select {
    ($($from_and_where:literal),+) => {
        concat!(
            "SELECT c.id, c.version, c.namespace, c.query_hash, c.created_at, c.ttl, c.checksum, c.query, ",
            "c.response, c.metadata, c.embedding, n.name, ",
            "u.id, u.namespace, u.last_accessed_at, u.access_count, u.due, u.checksum ",
            $($from_and_where),+
        )
    };
}

/// The entries that there are, each with its namespace and its use.
macro_rules! entries {
    ($where:literal) => {
        select!(
            "FROM content AS c LEFT JOIN namespace AS n ON n.id = c.namespace LEFT JOIN usage AS u ON u.id = c.id ",
            $where
        )
    };
}

/// Where a namespace, or a use, is missing its columns are null, and not the entry silently away.
pub(super) const BY_KEY: &str =
    entries!("WHERE c.namespace = (SELECT id FROM namespace WHERE name = ?1) AND c.query_hash = ?2");
pub(super) const BY_ID: &str = select!(
    "FROM (SELECT ?1 AS id) AS k LEFT JOIN content AS c ON c.id = k.id
     LEFT JOIN namespace AS n ON n.id = c.namespace LEFT JOIN usage AS u ON u.id = k.id"
);
pub(super) const SINCE: &str = entries!("WHERE c.id > ?1 AND c.id <= ?2 ORDER BY c.id");
pub(super) const CHANGED: &str = entries!("WHERE c.version > ?1 ORDER BY c.version");
pub(super) const ID_BY_KEY: &str = "SELECT id FROM content WHERE namespace = ?1 AND query_hash = ?2";
pub(super) const UPDATE: &str =
    "UPDATE content SET version = ?2, created_at = ?5, ttl = ?6, checksum = ?7, query = ?8,
    response = ?9, metadata = ?10, embedding = ?11 WHERE id = ?1 AND namespace = ?3 AND query_hash = ?4";
const INSERT: &str = "INSERT INTO content
    (id, version, namespace, query_hash, created_at, ttl, checksum, query, response, metadata, embedding)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

pub(super) fn by_key(
    connection: &Connection,
    namespace: &str,
    query_hash: &str,
) -> Outcome<Option<StoredEntry>> {
    let mut statement = connection.prepare_cached(BY_KEY)?;
    let read =
        statement.query_row([namespace, query_hash], |row| Ok(entry_of(row))).optional()?.transpose()?;
    match read {
        Some(entry) if entry.namespace != namespace || entry.query_hash != query_hash => {
            Err(Fault::corrupt("an entry is under another one's key"))
        }
        entry => Ok(entry),
    }
}

pub(super) fn by_id(connection: &Connection, id: u64) -> Outcome<Option<StoredEntry>> {
    if id > MAX_NUMBER {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(BY_ID)?;
    statement
        .query_row([sql(id)], |row| {
            let columns = Columns { what: "an entry", row };
            Ok(match (columns.is_null(0), columns.is_null(12)) {
                (Ok(true), Ok(true)) => Ok(None),
                _ => entry_of(row).map(Some),
            })
        })
        .map_err(Fault::from)?
}

/// The id of the entry under a key.
pub(super) fn id_of(connection: &Connection, namespace: u64, query_hash: &str) -> Outcome<Option<u64>> {
    let mut statement = connection.prepare_cached(ID_BY_KEY)?;
    let id = statement
        .query_row(params![sql(namespace), query_hash], |row| Ok(Columns { what: "a key", row }.number(0)));
    id.optional()?.transpose()
}

/// An entry that is ready to be written: its numbers are in range, and it can be read back.
pub(super) struct Draft<'a> {
    pub(super) entry: &'a Entry,
    metadata: String,
    embedding: Vec<u8>,
}

impl<'a> Draft<'a> {
    /// Checks an entry and puts it into the form of a row.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a number out of range, metadata deeper than the contract's, or more bytes than
    /// a row has; [`Error::DimensionMismatch`].
    pub(super) fn new(entry: &'a Entry, dimension: usize) -> Result<Self> {
        limits::check_metadata(&entry.metadata)?;
        let metadata = serde_json::to_string(&entry.metadata)
            .map_err(|error| Error::invalid_argument("metadata", error.to_string()))?;
        let bytes = [&entry.namespace, &entry.query_hash, &entry.query, &entry.response, &metadata]
            .map(String::len)
            .into_iter()
            .sum::<usize>();
        if bytes > MAX_ROW_BYTES {
            let reason = format!("{bytes} bytes of text are more than the {MAX_ROW_BYTES} of a row");
            return Err(Error::invalid_argument("entry", reason));
        }
        limits::check_entry(entry, dimension)?;
        let embedding = entry.embedding.iter().flat_map(|number| number.to_bits().to_le_bytes()).collect();
        Ok(Self { entry, metadata, embedding })
    }

    pub(super) fn insert(
        &self,
        connection: &Connection,
        id: u64,
        version: u64,
        namespace: &Namespace,
    ) -> Outcome<()> {
        self.write(connection, INSERT, id, version, namespace)?;
        self.usage(id, namespace).insert(connection)
    }

    pub(super) fn update(
        &self,
        connection: &Connection,
        id: u64,
        version: u64,
        namespace: &Namespace,
    ) -> Outcome<()> {
        self.write(connection, UPDATE, id, version, namespace)?;
        self.usage(id, namespace).update(connection)
    }

    fn write(
        &self,
        connection: &Connection,
        sql_text: &str,
        id: u64,
        version: u64,
        namespace: &Namespace,
    ) -> Outcome<()> {
        // Taken apart in full, so that a new field cannot be left out. The namespace is its row's, and the embedding
        // and the metadata are in the form of columns.
        let Content { namespace: _, query_hash, query, response, embedding: _, metadata: _, created_at, ttl } =
            &*self.entry.content;
        let sealed = Sealed {
            id,
            version,
            namespace: namespace.id,
            name: &namespace.name,
            query_hash,
            query,
            response,
            metadata: &self.metadata,
            embedding: &self.embedding,
            created_at: *created_at,
            ttl: *ttl,
        };
        let changed = connection.prepare_cached(sql_text)?.execute(params![
            sql(id),
            sql(version),
            sql(namespace.id),
            query_hash,
            sql(*created_at),
            ttl.map(sql),
            sql(sealed.seal().checksum()),
            query,
            response,
            self.metadata,
            self.embedding
        ])?;
        expect_one(changed, "the content of an entry")
    }

    fn usage(&self, id: u64, namespace: &Namespace) -> Usage {
        let Entry { content, last_accessed_at, access_count } = self.entry;
        Usage {
            id,
            namespace: namespace.id,
            last_accessed_at: *last_accessed_at,
            access_count: *access_count,
            due: content.expires_at(),
        }
    }
}

/// Everything that a content row's checksum covers.
struct Sealed<'a> {
    id: u64,
    version: u64,
    namespace: u64,
    name: &'a str,
    query_hash: &'a str,
    query: &'a str,
    response: &'a str,
    metadata: &'a str,
    embedding: &'a [u8],
    created_at: u64,
    ttl: Option<u64>,
}

impl Sealed<'_> {
    fn seal(&self) -> Seal {
        let seal = Seal::of("content").number(self.id).number(self.version).number(self.namespace);
        let seal = seal.text(self.name).text(self.query_hash).text(self.query).text(self.response);
        seal.text(self.metadata).bytes(self.embedding).number(self.created_at).optional(self.ttl)
    }
}

/// Reads an entry from the columns of a `select!`.
pub(super) fn entry_of(row: &Row<'_>) -> Outcome<StoredEntry> {
    let columns = Columns { what: "an entry", row };
    let sealed = Sealed {
        id: columns.number(0)?,
        version: columns.number(1)?,
        namespace: columns.number(2)?,
        query_hash: columns.text(3)?,
        created_at: columns.number(4)?,
        ttl: columns.optional(5)?,
        query: columns.text(7)?,
        response: columns.text(8)?,
        metadata: columns.text(9)?,
        embedding: columns.bytes(10)?,
        name: columns.text(11)?,
    };
    sealed.seal().verify(columns.number(6)?, columns.what)?;
    let usage = Usage::of(row, 12)?;
    let content = Content {
        namespace: sealed.name.to_owned(),
        query_hash: sealed.query_hash.to_owned(),
        query: sealed.query.to_owned(),
        response: sealed.response.to_owned(),
        embedding: embedding_of(sealed.embedding).ok_or_else(|| columns.damaged())?,
        metadata: metadata_of(sealed.metadata)?,
        created_at: sealed.created_at,
        ttl: sealed.ttl,
    };
    if (usage.id, usage.namespace, usage.due) != (sealed.id, sealed.namespace, content.expires_at()) {
        return Err(Fault::corrupt("an entry's two rows do not belong together"));
    }
    let mut entry = Entry::from(content);
    entry.last_accessed_at = usage.last_accessed_at;
    entry.access_count = usage.access_count;
    Ok(StoredEntry::new(sealed.id, sealed.version, entry))
}

fn embedding_of(bytes: &[u8]) -> Option<Vec<f32>> {
    let (numbers, rest) = bytes.as_chunks();
    rest.is_empty().then(|| numbers.iter().map(|bits| f32::from_bits(u32::from_le_bytes(*bits))).collect())
}

fn metadata_of(text: &str) -> Outcome<Metadata> {
    serde_json::from_str(text)
        .map_err(|error| Error::corrupt("an entry's metadata are not a JSON object").because(error).into())
}
