//! The columns of a row, read without trust: what is not what was written is corrupt.

use super::fault::{Fault, Outcome};
use crate::limits::MAX_NUMBER;
use rusqlite::{Row, types::ValueRef};

/// A row of a table, which errors name.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) what: &'static str,
    pub(super) row: &'a Row<'a>,
}

impl<'a> Columns<'a> {
    pub(super) fn number(&self, index: usize) -> Outcome<u64> {
        self.optional(index)?.ok_or_else(|| self.damaged())
    }

    pub(super) fn optional(&self, index: usize) -> Outcome<Option<u64>> {
        match self.row.get_ref(index)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => match u64::try_from(number) {
                Ok(number) if number <= MAX_NUMBER => Ok(Some(number)),
                _ => Err(self.damaged()),
            },
            _ => Err(self.damaged()),
        }
    }

    pub(super) fn text(&self, index: usize) -> Outcome<&'a str> {
        match self.row.get_ref(index)? {
            ValueRef::Text(bytes) => str::from_utf8(bytes).map_err(|_| self.damaged()),
            _ => Err(self.damaged()),
        }
    }

    pub(super) fn bytes(&self, index: usize) -> Outcome<&'a [u8]> {
        match self.row.get_ref(index)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            _ => Err(self.damaged()),
        }
    }

    pub(super) fn is_null(&self, index: usize) -> Outcome<bool> {
        Ok(self.row.get_ref(index)? == ValueRef::Null)
    }

    pub(super) fn damaged(&self) -> Fault {
        Fault::corrupt(format!("{} is damaged", self.what))
    }
}

/// A number for the engine, whose integers are signed. Every number that is stored fits; a greater one, which only an
/// argument can be, is past all of them and so is the greatest integer.
pub(super) fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
