//! Streams of entries.
//!
//! A stream holds a read transaction, and so yields the store as it was at the call, whatever is written meanwhile: it
//! ends even for a caller that inserts again what it reads. The price is that redb cannot use the pages of that moment
//! again before the stream is dropped. A close ends the transaction; what the stream had not read by then is an error.

use crate::{
    fault::Fault,
    handle::Handle,
    rows::Rows,
    tables::{Bytes, VERSIONS},
};
use mneme::{Result, StoredEntry};
use redb::{OwnedRange, ReadTransaction};
use std::ops::Bound;

pub(crate) struct Stream<'a> {
    handle: &'a Handle,
    rows: Rows,
    /// None after the end, or an error.
    ids: Option<Ids>,
}

/// The order of a stream.
enum Ids {
    ById(OwnedRange<u64, Bytes>),
    ByVersion(OwnedRange<u64, u64>),
}

impl<'a> Stream<'a> {
    /// The entries whose id is greater than `id`.
    pub(crate) fn since(handle: &'a Handle, transaction: &ReadTransaction, id: u64) -> Result<Self, Fault> {
        let rows = Rows::new(transaction)?;
        let ids = rows.content.range_owned::<u64>((Bound::Excluded(id), Bound::Unbounded))?;
        Ok(Self { handle, rows, ids: Some(Ids::ById(ids)) })
    }

    /// The entries whose version is greater than `version`.
    pub(crate) fn changed(
        handle: &'a Handle,
        transaction: &ReadTransaction,
        version: u64,
    ) -> Result<Self, Fault> {
        let rows = Rows::new(transaction)?;
        let versions = transaction.open_table(VERSIONS)?;
        let ids = versions.range_owned::<u64>((Bound::Excluded(version), Bound::Unbounded))?;
        Ok(Self { handle, rows, ids: Some(Ids::ByVersion(ids)) })
    }

    fn step(&mut self) -> Result<Option<StoredEntry>, Fault> {
        let Some(ids) = &mut self.ids else { return Ok(None) };
        match ids.next()? {
            Some(id) => self.rows.named_entry(id).map(Some),
            None => Ok(None),
        }
    }
}

impl Ids {
    fn next(&mut self) -> Result<Option<u64>, Fault> {
        let id = match self {
            Self::ById(range) => range.next().transpose()?.map(|(id, _)| id.value()),
            Self::ByVersion(range) => range.next().transpose()?.map(|(_, id)| id.value()),
        };
        Ok(id)
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(Some(entry)) => Some(Ok(entry)),
            Ok(None) => {
                self.ids = None;
                None
            }
            Err(fault) => {
                self.ids = None;
                Some(Err(self.handle.interrupted(fault)))
            }
        }
    }
}
