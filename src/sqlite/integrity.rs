//! Whether everything that is stored is sound.

use super::{
    columns::{Columns, sql},
    content,
    fault::{Fault, Outcome},
    rows::{Counters, Namespace},
    schema, settings,
};
use crate::{Identity, limits};
use rusqlite::Connection;
use std::collections::HashMap;

/// Checks a database as it is at one moment, given a transaction.
///
/// SQLite checks its pages, and each index against its table. Half of the damage is none to it, since any text is as
/// good as another. So every row is read with its checksum too, and the counts are counted again.
///
/// # Errors
///
/// [`Error::Corrupt`](crate::Error::Corrupt) for the first damage that is found.
pub(super) fn check(connection: &Connection, identity: &Identity) -> Outcome<()> {
    check_pages(connection)?;
    schema::verify(connection)?;
    agree(schema::identity(connection)? == *identity, "the stamped identity")?;
    settings::verify(connection)?;

    let counters = Counters::read(connection)?;
    let mut entries_of: HashMap<u64, u64> =
        Namespace::all(connection)?.into_iter().map(|namespace| (namespace.id, namespace.entries)).collect();
    let mut statement = connection.prepare_cached(content::SINCE)?;
    let mut rows = statement.query([sql(0), i64::MAX])?;
    let mut entries = 0;
    while let Some(row) = rows.next()? {
        let entry = content::entry_of(row)?;
        let namespace = Columns { what: "an entry", row }.number(2)?;
        limits::check_entry(&entry, identity.dimension)
            .map_err(|_| disagrees("the range of an entry's numbers"))?;
        agree((1..=counters.last_id).contains(&entry.id), "the last id")?;
        agree((1..=counters.version).contains(&entry.version), "the version counter")?;
        let left =
            entries_of.get_mut(&namespace).and_then(|left| left.checked_sub(1).map(|fewer| *left = fewer));
        agree(left.is_some(), "the count of a namespace")?;
        entries += 1;
    }
    agree(entries_of.into_values().all(|left| left == 0), "the count of a namespace")?;
    agree(entries == counters.entries, "the count of entries")?;
    // Each entry was found with its use, so a number that is greater is a use without an entry.
    agree(uses(connection)? == entries, "the number of uses")
}

fn check_pages(connection: &Connection) -> Outcome<()> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(Fault::corrupt(format!("SQLite finds: {found}")))
}

fn uses(connection: &Connection) -> Outcome<u64> {
    let uses: i64 = connection.query_row("SELECT count(*) FROM usage", [], |row| row.get(0))?;
    u64::try_from(uses).map_err(|_| disagrees("the number of uses"))
}

fn agree(agrees: bool, what: &str) -> Outcome<()> {
    if agrees { Ok(()) } else { Err(disagrees(what)) }
}

fn disagrees(what: &str) -> Fault {
    Fault::corrupt(format!("{what} does not agree with the entries"))
}
