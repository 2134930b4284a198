//! The checksum of a row.
//!
//! SQLite trusts what is in its pages: a flipped bit in a response comes back as another response. So each row keeps a
//! CRC-32 of its table's name and of everything that it says, and every read compares them. One changed bit, and any
//! change within four bytes, is always noticed; any other damage is missed once in 2^32. It guards against accidents
//! and not against forgers.

use crate::{Error, Result};
use crc32fast::Hasher;

/// A checksum in the making. Texts are behind their lengths, so that what moves from one to the next shows.
pub(super) struct Seal(Hasher);

impl Seal {
    pub(super) fn of(table: &str) -> Self {
        Self(Hasher::new()).text(table)
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    pub(super) fn optional(self, number: Option<u64>) -> Self {
        match number {
            Some(number) => self.number(1).number(number),
            None => self.number(0),
        }
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let mut seal = self.number(bytes.len() as u64);
        seal.0.update(bytes);
        seal
    }

    pub(super) fn checksum(self) -> u64 {
        u64::from(self.0.finalize())
    }

    /// Compares it with what was stored.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] where they differ, naming `what`.
    pub(super) fn verify(self, stored: u64, what: &str) -> Result<()> {
        if self.checksum() == stored {
            return Ok(());
        }
        Err(Error::corrupt(format!("the checksum of {what} is wrong")))
    }
}

#[cfg(test)]
mod tests {
    use super::Seal;

    #[test]
    fn it_is_a_crc_32() {
        // The check value of CRC-32/ISO-HDLC over the length and the digits.
        let expected = crc32fast::hash(b"\x09\0\0\0\0\0\0\x00123456789");
        assert_eq!(Seal::of("123456789").checksum(), u64::from(expected));
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn what_moves_from_one_text_to_the_next_shows() {
        let seal =
            |texts: [&str; 2]| texts.iter().fold(Seal::of("t"), |seal, text| seal.text(text)).checksum();
        assert_ne!(seal(["ab", "c"]), seal(["a", "bc"]));
        assert_ne!(seal(["", ""]), seal(["", "\0"]));
    }

    #[test]
    fn none_and_zero_differ() {
        assert_ne!(Seal::of("t").optional(None).checksum(), Seal::of("t").optional(Some(0)).checksum());
    }

    #[test]
    fn the_table_counts() {
        assert_ne!(Seal::of("quota").number(1).checksum(), Seal::of("meta").number(1).checksum());
        assert!(Seal::of("t").verify(Seal::of("u").checksum(), "a row").is_err());
    }
}
