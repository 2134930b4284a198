//! One part of the archive: what the manifest says of it, and how it is read.

use super::failed;
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io::{self, BufRead, Read},
};

/// What the manifest says of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Summary {
    pub(super) fn of(name: impl Into<String>, content: &[u8]) -> Self {
        Self { name: name.into(), bytes: content.len() as u64, sha256: hex(&Sha256::digest(content)) }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A part that is being read: sums what is read of it.
pub(super) struct Part<R> {
    name: String,
    content: io::BufReader<Summing<R>>,
}

struct Summing<R> {
    from: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Part<R> {
    pub(super) fn new(name: &str, content: R) -> Self {
        let content = Summing { from: content, digest: Sha256::new(), bytes: 0 };
        Self { name: name.into(), content: io::BufReader::with_capacity(1 << 16, content) }
    }

    /// The whole of a part that is known to be small.
    pub(super) fn read_all(&mut self) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        self.content.read_to_end(&mut content).map_err(failed(format!("unpack {}", self.name)))?;
        Ok(content)
    }

    /// The next line without its end, at most `most` bytes long; none at the end.
    pub(super) fn next_line<'a>(&mut self, line: &'a mut Vec<u8>, most: u64) -> Result<Option<&'a [u8]>> {
        line.clear();
        let mut limited = self.content.by_ref().take(most + 1);
        limited.read_until(b'\n', line).map_err(failed(format!("unpack {}", self.name)))?;
        match line.last() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(&line[..line.len() - 1])),
            Some(_) if line.len() as u64 > most => {
                Err(self.wrong(format!("a line is longer than {most} bytes")))
            }
            Some(_) => Err(self.wrong("its last line has no end")),
        }
    }

    /// Reads what is left, which must be nothing but what nobody asked for, and answers the part's summary.
    pub(super) fn finish(mut self) -> Result<Summary> {
        let left =
            io::copy(&mut self.content, &mut io::sink()).map_err(failed(format!("unpack {}", self.name)))?;
        if left > 0 {
            return Err(self.wrong(format!("there are {left} bytes too many")));
        }
        let Summing { digest, bytes, .. } = self.content.into_inner();
        Ok(Summary { name: self.name, bytes, sha256: hex(&digest.finalize()) })
    }

    pub(super) fn wrong(&self, what: impl core::fmt::Display) -> Error {
        Error::checkpoint(format!("{}: {what}", self.name))
    }
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.digest.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
