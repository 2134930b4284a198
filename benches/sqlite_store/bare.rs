use mneme::Entry;
use rusqlite::{Connection, params};
use std::path::Path;

/// One table with all of an entry in a row, and a unique key.
pub(crate) struct Bare(Connection);

const INSERT: &str = "INSERT INTO entries
    (namespace, query_hash, query, response, embedding, metadata, created_at, ttl, last_accessed_at, access_count)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (namespace, query_hash) DO UPDATE SET query = ?3, response = ?4, embedding = ?5, metadata = ?6,
        created_at = ?7, ttl = ?8, last_accessed_at = ?9, access_count = ?10
    RETURNING id";

impl Bare {
    pub(crate) fn new(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a database");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                CREATE TABLE entries (
                    id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, query_hash TEXT NOT NULL,
                    query TEXT NOT NULL, response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL,
                    created_at INTEGER NOT NULL, ttl INTEGER, last_accessed_at INTEGER NOT NULL,
                    access_count INTEGER NOT NULL, UNIQUE (namespace, query_hash)
                )",
            )
            .expect("a table");
        Self(connection)
    }

    pub(crate) fn insert(&self, entry: &Entry) -> i64 {
        let embedding: Vec<u8> = entry.embedding.iter().flat_map(|number| number.to_le_bytes()).collect();
        let metadata = serde_json::to_string(&entry.metadata).expect("a text");
        let number = |number: u64| i64::try_from(number).expect("a small number");
        let mut statement = self.0.prepare_cached(INSERT).expect("a statement");
        let mut rows = statement
            .query(params![
                entry.namespace,
                entry.query_hash,
                entry.query,
                entry.response,
                embedding,
                metadata,
                number(entry.created_at),
                entry.ttl.map(number),
                number(entry.last_accessed_at),
                number(entry.access_count)
            ])
            .expect("an insert");
        let id = rows.next().expect("an insert").expect("an id").get(0).expect("an id");
        // SQLite copies its log into the file where a statement is stepped to its end, and nowhere else.
        assert!(rows.next().expect("an end").is_none(), "one row has the id");
        id
    }

    pub(crate) fn insert_many(&self, entries: &[Entry]) -> Vec<i64> {
        self.0.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
        let ids = entries.iter().map(|entry| self.insert(entry)).collect();
        self.0.execute_batch("COMMIT").expect("a commit");
        ids
    }

    /// Reads all columns, and makes of them what a caller gets.
    pub(crate) fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Option<(String, String, Vec<u8>)> {
        let sql =
            "SELECT query, response, embedding, metadata, created_at, ttl, last_accessed_at, access_count
            FROM entries WHERE namespace = ?1 AND query_hash = ?2";
        let mut statement = self.0.prepare_cached(sql).expect("a statement");
        statement.query_row([namespace, query_hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).ok()
    }

    pub(crate) fn update_access(&self, id: i64, now: u64) -> usize {
        let sql = "UPDATE entries SET last_accessed_at = ?2, access_count = access_count + 1 WHERE id = ?1";
        let now = i64::try_from(now).expect("a small number");
        self.0.prepare_cached(sql).expect("a statement").execute([id, now]).expect("an access")
    }

    pub(crate) fn count(&self, namespace: &str) -> i64 {
        let mut statement =
            self.0.prepare_cached("SELECT count(*) FROM entries WHERE namespace = ?1").expect("a statement");
        statement.query_row([namespace], |row| row.get(0)).expect("a count")
    }

    pub(crate) fn list_namespaces(&self) -> Vec<String> {
        let sql = "SELECT DISTINCT namespace FROM entries ORDER BY namespace";
        let mut statement = self.0.prepare_cached(sql).expect("a statement");
        let names = statement.query_map([], |row| row.get(0)).expect("names");
        names.collect::<rusqlite::Result<_>>().expect("names")
    }

    pub(crate) fn least_recently_used(&self, limit: i64) -> Vec<i64> {
        let sql = "SELECT id FROM entries ORDER BY last_accessed_at, id LIMIT ?1";
        let mut statement = self.0.prepare_cached(sql).expect("a statement");
        let ids = statement.query_map([limit], |row| row.get(0)).expect("ids");
        ids.collect::<rusqlite::Result<_>>().expect("ids")
    }

    pub(crate) fn delete_expired(&self, now: i64) -> usize {
        let sql = "DELETE FROM entries WHERE created_at + ttl <= ?1";
        self.0.prepare_cached(sql).expect("a statement").execute([now]).expect("a deletion")
    }

    pub(crate) fn delete_after(&self, id: i64) {
        self.0.execute("DELETE FROM entries WHERE id > ?1", [id]).expect("a deletion");
    }

    /// How many entries there are, each read as a caller gets it.
    pub(crate) fn all(&self) -> usize {
        let sql =
            "SELECT namespace, query_hash, query, response, embedding, metadata FROM entries ORDER BY id";
        let mut statement = self.0.prepare_cached(sql).expect("a statement");
        let mut rows = statement.query([]).expect("entries");
        let mut count = 0;
        while let Some(row) = rows.next().expect("an entry") {
            let texts: [String; 4] = core::array::from_fn(|column| row.get(column).expect("a text"));
            let embedding: Vec<u8> = row.get(4).expect("an embedding");
            let metadata: String = row.get(5).expect("metadata");
            std::hint::black_box((texts, embedding, metadata));
            count += 1;
        }
        count
    }
}
