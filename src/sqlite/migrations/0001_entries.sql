-- Every row ends in the checksum of its table's name and of all that the row says; src/sqlite/seal.rs makes it.
-- Text is compared by its bytes: no column has a collation, and SQLite's own is BINARY.

-- What was given last. SQLite's AUTOINCREMENT keeps its numbers where no checksum reaches them.
CREATE TABLE counters (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    last_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

-- The namespaces that have entries, with how many. Rows of entries name them by number, so that a long name is stored
-- once and the orders within a namespace are narrow.
CREATE TABLE namespace (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    entries INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

-- What only another insert replaces. The narrow columns come first: an index is kept without reading the wide ones.
CREATE TABLE content (
    id INTEGER PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL UNIQUE,
    namespace INTEGER NOT NULL,
    query_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ttl INTEGER,
    checksum INTEGER NOT NULL,
    query TEXT NOT NULL,
    response TEXT NOT NULL,
    metadata TEXT NOT NULL,
    embedding BLOB NOT NULL,
    UNIQUE (namespace, query_hash)
) STRICT;

-- What every use changes, apart from the content, so that a use writes no text and no vector. Each index ends with the
-- id, as every index of SQLite does, and so ties are in the order of ids.
CREATE TABLE usage (
    id INTEGER PRIMARY KEY NOT NULL,
    namespace INTEGER NOT NULL,
    last_accessed_at INTEGER NOT NULL,
    access_count INTEGER NOT NULL,
    due INTEGER,
    checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_by_access ON usage (last_accessed_at);
CREATE INDEX usage_by_namespace_and_access ON usage (namespace, last_accessed_at);
CREATE INDEX usage_by_due ON usage (due) WHERE due IS NOT NULL;
CREATE INDEX usage_by_namespace_and_due ON usage (namespace, due) WHERE due IS NOT NULL;

-- Quotas stay when a namespace's last entry goes, so they name it by its text.
CREATE TABLE quota (
    id INTEGER PRIMARY KEY NOT NULL,
    namespace TEXT NOT NULL UNIQUE,
    quota INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (
    id INTEGER PRIMARY KEY NOT NULL,
    key TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
