//! The end of the file: an empty gzip member whose comment is the checksum of everything before it.

use super::{failed, part::hex};
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

pub(super) const BYTES: u64 = 85;

/// The first bytes of the archive's own member: no name, no time, no options.
pub(super) const FIRST: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

fn seal(digest: &[u8]) -> Vec<u8> {
    let mut seal = vec![0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 4, 255];
    seal.extend_from_slice(hex(digest).as_bytes());
    // The comment's end, an empty block, and the checksum and length of nothing.
    seal.extend_from_slice(&[0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    seal
}

/// Writes to a file and sums what it has written.
pub(super) struct Sealing<W> {
    into: W,
    digest: Sha256,
    bytes: u64,
}

impl<W: Write> Sealing<W> {
    pub(super) fn new(into: W) -> Self {
        Self { into, digest: Sha256::new(), bytes: 0 }
    }

    /// How many bytes were written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes the seal, and gives back what it was written into.
    pub(super) fn seal(mut self) -> io::Result<W> {
        self.into.write_all(&seal(&self.digest.finalize()))?;
        self.into.flush()?;
        Ok(self.into)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.into.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// Checks a file's seal, and answers how many bytes come before it.
pub(super) fn check(mut file: &File) -> Result<u64> {
    let length = file.seek(SeekFrom::End(0)).map_err(failed("read the checkpoint"))?;
    let Some(sealed) = length.checked_sub(BYTES).filter(|&sealed| sealed > 0) else {
        return Err(Error::checkpoint(format!("{length} bytes are too few for a checkpoint")));
    };
    file.seek(SeekFrom::Start(0)).map_err(failed("read the checkpoint"))?;
    let mut digest = Sha256::new();
    let (mut buffer, mut left) = (vec![0; 1 << 16], sealed);
    let mut is_first = true;
    while left > 0 {
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        file.read_exact(&mut buffer[..most]).map_err(failed("read the checkpoint"))?;
        if core::mem::take(&mut is_first) && !buffer[..most].starts_with(&FIRST) {
            return Err(Error::checkpoint("this is not a checkpoint: it does not begin as one"));
        }
        digest.update(&buffer[..most]);
        left -= most as u64;
    }
    let mut found = Vec::new();
    file.take(BYTES).read_to_end(&mut found).map_err(failed("read the checkpoint"))?;
    if found != seal(&digest.finalize()) {
        return Err(Error::checkpoint(
            "the file is cut or damaged, or not a checkpoint: its seal is not right",
        ));
    }
    Ok(sealed)
}
