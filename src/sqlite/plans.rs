//! How SQLite finds the rows of every statement whose cost is promised: by an index or by the id, and in order.

use super::{
    columns::sql,
    connect, content, entries,
    rows::{Counters, Namespace, Usage},
    schema, settings,
};
use crate::Identity;
use rusqlite::{Connection, StatementStatus};

/// Each statement with its plan. What scans walks an index in its order, of which the statement takes no more than it
/// answers; nothing is sorted.
const PLANS: [(&str, &[&str]); 21] = [
    (Counters::READ, &["SEARCH counters USING INTEGER PRIMARY KEY (rowid=?)"]),
    (Namespace::BY_NAME, &["SEARCH namespace USING INDEX sqlite_autoindex_namespace_1 (name=?)"]),
    (Namespace::BY_ID, &["SEARCH namespace USING INTEGER PRIMARY KEY (rowid=?)"]),
    (Namespace::ALL, &["SCAN namespace USING INDEX sqlite_autoindex_namespace_1"]),
    (Usage::BY_ID, &["SEARCH usage USING INTEGER PRIMARY KEY (rowid=?)"]),
    (
        content::BY_KEY,
        &[
            "SEARCH c USING INDEX sqlite_autoindex_content_2 (namespace=? AND query_hash=?)",
            "SCALAR SUBQUERY 1",
            "SEARCH namespace USING COVERING INDEX sqlite_autoindex_namespace_1 (name=?)",
            "SEARCH n USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            "SEARCH u USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
        ],
    ),
    (
        content::BY_ID,
        &[
            "CO-ROUTINE k",
            "SCAN CONSTANT ROW",
            "SCAN k",
            "SEARCH c USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            "SEARCH n USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            "SEARCH u USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
        ],
    ),
    (
        content::SINCE,
        &[
            "SEARCH c USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            "SEARCH n USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            "SEARCH u USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
        ],
    ),
    (
        content::CHANGED,
        &[
            "SEARCH c USING INDEX sqlite_autoindex_content_1 (version>?)",
            "SEARCH n USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            "SEARCH u USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
        ],
    ),
    (
        content::ID_BY_KEY,
        &["SEARCH content USING COVERING INDEX sqlite_autoindex_content_2 (namespace=? AND query_hash=?)"],
    ),
    (content::UPDATE, &["SEARCH content USING INTEGER PRIMARY KEY (rowid=?)"]),
    (entries::DUE, &["SEARCH usage USING INDEX usage_by_due (due<?)"]),
    (entries::DUE_IN, &["SEARCH usage USING INDEX usage_by_namespace_and_due (namespace=? AND due<?)"]),
    (
        entries::ANY_DUE,
        &["SCAN CONSTANT ROW", "SCALAR SUBQUERY 1", "SEARCH usage USING COVERING INDEX usage_by_due (due<?)"],
    ),
    (
        entries::ANY_DUE_IN,
        &[
            "SCAN CONSTANT ROW",
            "SCALAR SUBQUERY 2",
            "SEARCH usage USING COVERING INDEX usage_by_namespace_and_due (namespace=? AND due<?)",
            "SCALAR SUBQUERY 1",
            "SEARCH namespace USING COVERING INDEX sqlite_autoindex_namespace_1 (name=?)",
        ],
    ),
    (entries::LRU, &["SCAN usage USING INDEX usage_by_access"]),
    (entries::LRU_IN, &["SEARCH usage USING INDEX usage_by_namespace_and_access (namespace=?)"]),
    (entries::CLEAR_USAGE, &["SEARCH usage USING INDEX usage_by_namespace_and_access (namespace=?)"]),
    (entries::CLEAR_CONTENT, &["SEARCH content USING INDEX sqlite_autoindex_content_2 (namespace=?)"]),
    (settings::READ_QUOTA, &["SEARCH quota USING INDEX sqlite_autoindex_quota_1 (namespace=?)"]),
    (settings::READ_META, &["SEARCH meta USING INDEX sqlite_autoindex_meta_1 (key=?)"]),
];

#[test]
fn no_statement_looks_at_all_rows() {
    let connection = Connection::open_in_memory().expect("a database");
    schema::migrate(&connection, 0).expect("the tables");
    for (statement, expected) in PLANS {
        assert_eq!(plan(&connection, statement), expected, "{statement}");
    }
}

#[test]
fn no_statement_is_compiled_again_for_other_values() {
    let connection = connect::open_in_memory(&Identity::new("model", 2)).expect("a database");
    for (text, _) in PLANS {
        let mut statement = connection.prepare(text).expect("a statement");
        for value in [1, 2] {
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, sql(value)).expect("an argument");
            }
            let mut rows = statement.raw_query();
            while rows.next().expect("a row, or none").is_some() {}
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{text}");
    }
}

fn plan(connection: &Connection, statement: &str) -> Vec<String> {
    let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).expect("a statement");
    // What the arguments are is nothing to the plan.
    for parameter in 1..=explained.parameter_count() {
        explained.raw_bind_parameter(parameter, sql(1)).expect("an argument");
    }
    let mut rows = explained.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        plan.push(row.get(3).expect("a detail"));
    }
    plan
}
