//! What is kept besides entries: quotas and meta values.

use super::{
    columns::{Columns, sql},
    fault::{Fault, Outcome},
    seal::Seal,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

pub(super) const READ_QUOTA: &str = "SELECT namespace, quota, checksum FROM quota WHERE namespace = ?1";
pub(super) const READ_META: &str = "SELECT key, value, checksum FROM meta WHERE key = ?1";

pub(super) fn read_quota(connection: &Connection, namespace: &str) -> Outcome<Option<u64>> {
    let read = connection
        .prepare_cached(READ_QUOTA)?
        .query_row([namespace], |row| Ok(quota_of(row, Some(namespace))))
        .optional()?;
    read.transpose()
}

pub(super) fn write_quota(connection: &Connection, namespace: &str, quota: u64) -> Outcome<()> {
    let sql_text = "INSERT INTO quota (namespace, quota, checksum) VALUES (?1, ?2, ?3)
        ON CONFLICT (namespace) DO UPDATE SET quota = ?2, checksum = ?3";
    let checksum = seal_quota(namespace, quota).checksum();
    connection.prepare_cached(sql_text)?.execute(params![namespace, sql(quota), sql(checksum)])?;
    Ok(())
}

pub(super) fn read_meta(connection: &Connection, key: &str) -> Outcome<Option<String>> {
    let read = connection
        .prepare_cached(READ_META)?
        .query_row([key], |row| Ok(meta_of(row, Some(key))))
        .optional()?;
    read.transpose()
}

pub(super) fn write_meta(connection: &Connection, key: &str, value: &str) -> Outcome<()> {
    let sql_text = "INSERT INTO meta (key, value, checksum) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET value = ?2, checksum = ?3";
    let checksum = seal_meta(key, value).checksum();
    connection.prepare_cached(sql_text)?.execute(params![key, value, sql(checksum)])?;
    Ok(())
}

/// Reads every quota and every meta value, for their checksums.
pub(super) fn verify(connection: &Connection) -> Outcome<()> {
    let mut quotas = connection.prepare("SELECT namespace, quota, checksum FROM quota")?;
    let mut rows = quotas.query([])?;
    while let Some(row) = rows.next()? {
        quota_of(row, None)?;
    }
    let mut meta = connection.prepare("SELECT key, value, checksum FROM meta")?;
    let mut rows = meta.query([])?;
    while let Some(row) = rows.next()? {
        meta_of(row, None)?;
    }
    Ok(())
}

fn quota_of(row: &Row<'_>, asked: Option<&str>) -> Outcome<u64> {
    let columns = Columns { what: "a quota", row };
    let (namespace, quota) = (columns.text(0)?, columns.number(1)?);
    seal_quota(namespace, quota).verify(columns.number(2)?, columns.what)?;
    is_asked(namespace, asked, columns)?;
    Ok(quota)
}

fn meta_of(row: &Row<'_>, asked: Option<&str>) -> Outcome<String> {
    let columns = Columns { what: "a meta value", row };
    let (key, value) = (columns.text(0)?, columns.text(1)?);
    seal_meta(key, value).verify(columns.number(2)?, columns.what)?;
    is_asked(key, asked, columns)?;
    Ok(value.to_owned())
}

/// An index that is damaged leads to a row that is sound, and another one's.
fn is_asked(found: &str, asked: Option<&str>, columns: Columns<'_>) -> Outcome<()> {
    if asked.is_none_or(|asked| asked == found) {
        return Ok(());
    }
    Err(Fault::corrupt(format!("{} is under another one's key", columns.what)))
}

fn seal_quota(namespace: &str, quota: u64) -> Seal {
    Seal::of("quota").text(namespace).number(quota)
}

fn seal_meta(key: &str, value: &str) -> Seal {
    Seal::of("meta").text(key).text(value)
}
