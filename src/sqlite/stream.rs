//! Streams of entries, a page at a time.
//!
//! A page is read in one transaction and kept; between pages a stream holds neither a transaction nor a connection. So
//! it never keeps a writer waiting or the log from shrinking, any number of streams may be alive, and the handle may
//! be closed under them.

use super::{
    columns::sql,
    content,
    fault::{Fault, Outcome},
    handle::Handle,
    rows::Counters,
};
use crate::{Metadata, Result, StoredEntry};
use rusqlite::{Connection, params};
use serde_json::Value;
use std::vec;

/// A page ends with the entry that reaches either.
const PAGE_ENTRIES: usize = 256;
const PAGE_BYTES: usize = 1024 * 1024;

pub(super) struct Stream<'a> {
    handle: &'a Handle,
    order: Order,
    page: vec::IntoIter<StoredEntry>,
    /// What comes after the page.
    after: After,
    /// How many entries were read so far.
    entries: u64,
    /// The counters at the call, where the stream is to yield every entry that they count.
    whole: Option<Counters>,
}

#[derive(Clone, Copy)]
enum Order {
    /// By id, up to the last one that was given before the call.
    ById { cursor: u64, last: u64 },
    /// By version. An upsert moves an entry to the end of this order, so pages alone could miss one that is upserted
    /// again and again, or follow it for ever. Once the stream has reached the version of its call, it takes all that
    /// is left in one page.
    ByVersion { cursor: u64, known: u64 },
}

enum After {
    More,
    Fault(Fault),
    Nothing,
}

impl<'a> Stream<'a> {
    /// The entries whose id is greater than `id`.
    pub(super) fn since(handle: &'a Handle, id: u64) -> Result<Self> {
        let counters = handle.look_up("begin an iteration", Counters::read)?;
        let whole = (id == 0).then_some(counters);
        Ok(Self::new(handle, Order::ById { cursor: id, last: counters.last_id }, whole))
    }

    /// The entries whose version is greater than `version`.
    pub(super) fn changed(handle: &'a Handle, version: u64) -> Result<Self> {
        let counters = handle.look_up("begin an iteration", Counters::read)?;
        let whole = (version == 0).then_some(counters);
        Ok(Self::new(handle, Order::ByVersion { cursor: version, known: counters.version }, whole))
    }

    fn new(handle: &'a Handle, order: Order, whole: Option<Counters>) -> Self {
        Self { handle, order, page: Vec::new().into_iter(), after: After::More, entries: 0, whole }
    }

    /// The next entries, and what comes after them. What is damaged comes after all that is sound before it.
    fn read(&self, connection: &Connection) -> (Vec<StoredEntry>, After) {
        let mut entries = Vec::new();
        let after = self.order.fill(connection, &mut entries);
        let after = after.and_then(|after| self.verify(connection, entries.len(), after));
        (entries, after.unwrap_or_else(After::Fault))
    }

    /// An entry that an index has lost is missed silently. Where no entry came or went since the call, all of them
    /// must have been read by the end.
    fn verify(&self, connection: &Connection, read: usize, after: After) -> Outcome<After> {
        if let (After::Nothing, Some(whole)) = (&after, self.whole)
            && self.entries + read as u64 != whole.entries
            && Counters::read(connection)? == whole
        {
            return Err(Fault::corrupt("entries are missing"));
        }
        Ok(after)
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.page.next() {
            return Some(Ok(entry));
        }
        let action = "go on with an iteration";
        match core::mem::replace(&mut self.after, After::Nothing) {
            After::Nothing => None,
            After::Fault(fault) => Some(Err(self.handle.error(fault, action))),
            After::More => match self.handle.read(action, |connection| Ok(self.read(connection))) {
                Ok((entries, after)) => {
                    self.entries += entries.len() as u64;
                    if let Some(last) = entries.last() {
                        self.order.move_to(last);
                    }
                    self.page = entries.into_iter();
                    self.after = after;
                    self.next()
                }
                Err(error) => Some(Err(error)),
            },
        }
    }
}

impl Order {
    fn move_to(&mut self, entry: &StoredEntry) {
        match self {
            Self::ById { cursor, .. } => *cursor = entry.id,
            Self::ByVersion { cursor, .. } => *cursor = entry.version,
        }
    }

    fn fill(self, connection: &Connection, entries: &mut Vec<StoredEntry>) -> Outcome<After> {
        let (sql_text, from, to) = match self {
            Self::ById { cursor, last } => (content::SINCE, cursor, Some(sql(last))),
            Self::ByVersion { cursor, .. } => (content::CHANGED, cursor, None),
        };
        let is_limited = match self {
            Self::ById { .. } => true,
            Self::ByVersion { cursor, known } => cursor < known,
        };
        let mut statement = connection.prepare_cached(sql_text)?;
        let mut rows = match to {
            Some(to) => statement.query(params![sql(from), to])?,
            None => statement.query(params![sql(from)])?,
        };
        let (mut last, mut bytes) = (from, 0);
        while let Some(row) = rows.next()? {
            let entry = content::entry_of(row)?;
            let place = match self {
                Self::ById { .. } => entry.id,
                Self::ByVersion { .. } => entry.version,
            };
            if place <= last {
                return Err(Fault::corrupt("the order of the entries is damaged"));
            }
            last = place;
            bytes += size_of_entry(&entry);
            entries.push(entry);
            if is_limited && (entries.len() >= PAGE_ENTRIES || bytes >= PAGE_BYTES) {
                return Ok(After::More);
            }
        }
        Ok(After::Nothing)
    }
}

/// About how much memory an entry takes.
fn size_of_entry(entry: &StoredEntry) -> usize {
    let texts = [&entry.namespace, &entry.query_hash, &entry.query, &entry.response];
    size_of::<StoredEntry>()
        + texts.map(String::len).into_iter().sum::<usize>()
        + size_of_val(entry.embedding.as_slice())
        + size_of_fields(&entry.metadata)
}

/// A number of two bytes of text takes as much as any other value.
fn size_of_fields(fields: &Metadata) -> usize {
    fields.iter().map(|(name, value)| size_of::<String>() + name.len() + size_of_json(value)).sum()
}

fn size_of_json(value: &Value) -> usize {
    let within = match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size_of_json).sum(),
        Value::Object(fields) => size_of_fields(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + within
}
