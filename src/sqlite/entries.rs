//! What is done to entries: each in the caller's transaction, with the counts and the counters that it changes.

use super::{
    columns::sql,
    content::{self, Draft},
    fault::{Fault, Outcome},
    rows::{Counters, Namespace, Usage, expect_one},
};
use crate::{Error, limits::MAX_NUMBER};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

pub(super) const DUE: &str =
    "SELECT id, namespace, last_accessed_at, access_count, due, checksum FROM usage WHERE due <= ?1";
pub(super) const DUE_IN: &str =
    "SELECT id, namespace, last_accessed_at, access_count, due, checksum FROM usage
    WHERE namespace = ?2 AND due <= ?1";
pub(super) const ANY_DUE: &str = "SELECT EXISTS (SELECT 1 FROM usage WHERE due <= ?1)";
pub(super) const ANY_DUE_IN: &str = "SELECT EXISTS (SELECT 1 FROM usage
    WHERE namespace = (SELECT id FROM namespace WHERE name = ?2) AND due <= ?1)";
pub(super) const LRU: &str = "SELECT id, namespace, last_accessed_at, access_count, due, checksum FROM usage
    ORDER BY last_accessed_at, id LIMIT ?1";
pub(super) const LRU_IN: &str =
    "SELECT id, namespace, last_accessed_at, access_count, due, checksum FROM usage
    WHERE namespace = ?2 ORDER BY last_accessed_at, id LIMIT ?1";
pub(super) const CLEAR_USAGE: &str = "DELETE FROM usage WHERE namespace = ?1";
pub(super) const CLEAR_CONTENT: &str = "DELETE FROM content WHERE namespace = ?1";
const DELETE_USAGE: &str = "DELETE FROM usage WHERE id = ?1";
const DELETE_CONTENT: &str = "DELETE FROM content WHERE id = ?1";

/// Stores an entry under its key, and answers its id.
pub(super) fn insert(connection: &Connection, draft: &Draft<'_>) -> Outcome<u64> {
    let mut counters = Counters::read(connection)?;
    let name = &draft.entry.namespace;
    let namespace = Namespace::named(connection, name)?;
    counters.version = next(counters.version, "versions")?;
    let stored = match &namespace {
        Some(namespace) => content::id_of(connection, namespace.id, &draft.entry.query_hash)?,
        None => None,
    };
    if let (Some(id), Some(namespace)) = (stored, &namespace) {
        draft.update(connection, id, counters.version, namespace)?;
        counters.write(connection)?;
        return Ok(id);
    }
    let namespace = match namespace {
        Some(namespace) => namespace,
        None => Namespace::make(connection, name)?,
    };
    counters.last_id = next(counters.last_id, "ids")?;
    counters.entries += 1;
    draft.insert(connection, counters.last_id, counters.version, &namespace)?;
    let entries = namespace.entries + 1;
    namespace.set_entries(connection, entries)?;
    counters.write(connection)?;
    Ok(counters.last_id)
}

/// Notes that an entry was used.
pub(super) fn note_use(connection: &Connection, id: u64, now: u64) -> Outcome<()> {
    let Some(mut usage) = Usage::read(connection, id)? else { return Ok(()) };
    usage.last_accessed_at = now;
    usage.access_count = usage.access_count.saturating_add(1).min(MAX_NUMBER);
    usage.update(connection)
}

pub(super) fn delete(connection: &Connection, id: u64) -> Outcome<bool> {
    let Some(usage) = Usage::read(connection, id)? else { return Ok(false) };
    remove(connection, &[usage])?;
    Ok(true)
}

/// Removes what is due, and answers how many there were.
pub(super) fn delete_due(connection: &Connection, now: u64, namespace: Option<&str>) -> Outcome<u64> {
    let due = match namespace {
        None => usages(connection, DUE, params![sql(now)])?,
        Some(name) => match Namespace::named(connection, name)? {
            Some(namespace) => usages(connection, DUE_IN, params![sql(now), sql(namespace.id)])?,
            None => Vec::new(),
        },
    };
    if due.iter().any(|usage| usage.due.is_none_or(|due| due > now)) {
        return Err(Fault::corrupt("the order of what is due is damaged"));
    }
    remove(connection, &due)?;
    Ok(due.len() as u64)
}

/// Whether [`delete_due`] would remove anything.
pub(super) fn is_any_due(connection: &Connection, now: u64, namespace: Option<&str>) -> Outcome<bool> {
    let is_any = match namespace {
        None => connection.prepare_cached(ANY_DUE)?.query_row([sql(now)], |row| row.get(0))?,
        Some(name) => {
            connection.prepare_cached(ANY_DUE_IN)?.query_row(params![sql(now), name], |row| row.get(0))?
        }
    };
    Ok(is_any)
}

/// Removes every entry of a namespace, and answers how many there were.
pub(super) fn clear(connection: &Connection, name: &str) -> Outcome<u64> {
    let Some(namespace) = Namespace::named(connection, name)? else { return Ok(0) };
    let mut counters = Counters::read(connection)?;
    counters.version = next(counters.version, "versions")?;
    let entries = namespace.entries;
    for sql_text in [CLEAR_USAGE, CLEAR_CONTENT] {
        let removed = connection.prepare_cached(sql_text)?.execute([sql(namespace.id)])?;
        if removed as u64 != entries {
            return Err(Fault::corrupt(format!("the count of namespace {name:?} is wrong")));
        }
    }
    namespace.set_entries(connection, 0)?;
    counters.entries = less(counters.entries, entries)?;
    counters.write(connection)?;
    Ok(entries)
}

/// The names of the namespaces, ascending.
pub(super) fn namespaces(connection: &Connection) -> Outcome<Vec<String>> {
    let namespaces = Namespace::all(connection)?;
    let entries = namespaces.iter().map(|namespace| namespace.entries).sum::<u64>();
    if entries != Counters::read(connection)?.entries {
        return Err(Fault::corrupt("the namespaces do not have all entries"));
    }
    Ok(namespaces.into_iter().map(|namespace| namespace.name).collect())
}

/// The ids of the least recently used entries, at most `limit`.
pub(super) fn least_recently_used(
    connection: &Connection,
    limit: usize,
    namespace: Option<&str>,
) -> Outcome<Vec<u64>> {
    let most = sql(limit as u64);
    let (found, stored) = match namespace {
        None => {
            let stored = Counters::read(connection)?.entries;
            (usages(connection, LRU, params![most])?, stored)
        }
        Some(name) => match Namespace::named(connection, name)? {
            Some(namespace) => {
                (usages(connection, LRU_IN, params![most, sql(namespace.id)])?, namespace.entries)
            }
            None => return Ok(Vec::new()),
        },
    };
    let place = |usage: &Usage| (usage.last_accessed_at, usage.id);
    if !found.is_sorted_by(|one, next| place(one) < place(next))
        || found.len() as u64 != stored.min(limit as u64)
    {
        return Err(Fault::corrupt("the order of use is damaged"));
    }
    Ok(found.into_iter().map(|usage| usage.id).collect())
}

/// Removes entries, of whatever namespaces. The version advances once, where there are any.
fn remove(connection: &Connection, usages: &[Usage]) -> Outcome<()> {
    if usages.is_empty() {
        return Ok(());
    }
    let mut counters = Counters::read(connection)?;
    counters.version = next(counters.version, "versions")?;
    counters.entries = less(counters.entries, usages.len() as u64)?;
    let mut removed_of = BTreeMap::new();
    for usage in usages {
        for (sql_text, what) in
            [(DELETE_USAGE, "the use of an entry"), (DELETE_CONTENT, "the content of an entry")]
        {
            expect_one(connection.prepare_cached(sql_text)?.execute([sql(usage.id)])?, what)?;
        }
        *removed_of.entry(usage.namespace).or_default() += 1;
    }
    for (namespace, removed) in removed_of {
        let namespace = Namespace::numbered(connection, namespace)?;
        let entries = less(namespace.entries, removed)?;
        namespace.set_entries(connection, entries)?;
    }
    counters.write(connection)
}

fn usages(connection: &Connection, sql_text: &str, params: &[&dyn rusqlite::ToSql]) -> Outcome<Vec<Usage>> {
    let mut statement = connection.prepare_cached(sql_text)?;
    let mut rows = statement.query(params)?;
    let mut usages = Vec::new();
    while let Some(row) = rows.next()? {
        usages.push(Usage::of(row, 0)?);
    }
    Ok(usages)
}

fn next(last: u64, what: &str) -> Outcome<u64> {
    if last < MAX_NUMBER {
        return Ok(last + 1);
    }
    Err(Error::backend(format!("give another of the {what}"), format!("{MAX_NUMBER} was the last")).into())
}

fn less(count: u64, removed: u64) -> Outcome<u64> {
    count.checked_sub(removed).ok_or_else(|| Fault::corrupt("a count of entries is too small"))
}
