//! The checksum at the end of each row.
//!
//! redb checks the checksums of its pages when a file is opened, and trusts its pages from then on. The seal is checked
//! at every read, and covers the row's key too, so that a row under another's key is noticed.
//!
//! FNV-1a with 64 bits: each step is a bijection of the state, so a change of one byte is always noticed, and any other
//! damage is missed once in 2^64. It guards against accidents and not against forgers, and is not worth a dependency.

use mneme::Error;

const BYTES: usize = size_of::<u64>();

/// Ends a row with the checksum of its key and its bytes.
pub(crate) fn seal(key: &[u8], mut row: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(key, &row);
    row.extend(checksum.to_le_bytes());
    row
}

/// The row without its checksum.
///
/// # Errors
///
/// [`Error::Corrupt`] where the checksum is another, naming `what`.
pub(crate) fn unseal<'a>(what: &str, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], Error> {
    match sealed.split_last_chunk::<BYTES>() {
        Some((row, stored)) if checksum(key, row) == u64::from_le_bytes(*stored) => Ok(row),
        Some(_) => Err(Error::corrupt(format!("the checksum of {what} is wrong"))),
        None => Err(Error::corrupt(format!("{what} is too short for a checksum"))),
    }
}

fn checksum(key: &[u8], row: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    key.iter().chain(row).fold(BASIS, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::{checksum, seal, unseal};
    use mneme::ErrorKind;

    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(checksum(b"", b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"foo", b"bar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_sealed_row_comes_back() {
        for row in [&b""[..], b"row", &[0; 300]] {
            assert_eq!(unseal("a row", b"key", &seal(b"key", row.to_vec())).ok(), Some(row));
        }
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_corrupt() {
        let sealed = seal(b"key", b"a row of some length".to_vec());
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal("a row", b"key", &damaged).map_err(|e| e.kind()), Err(ErrorKind::Corrupt));
        }
        for length in 0..sealed.len() {
            assert!(unseal("a row", b"key", &sealed[..length]).is_err());
        }
        assert!(unseal("a row", b"another key", &sealed).is_err());
    }
}
