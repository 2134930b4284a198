//! The file: a header, and behind it records of which only as many bytes count as the header says.

use super::codec::{self, Record};
use mneme::{Error, MemoryStore, Result};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _},
    path::{Path, PathBuf},
};

pub(crate) const MAGIC: &[u8; 8] = b"zoo.log\0";
/// What this build writes; a newer one writes a greater number.
pub(crate) const SCHEMA: u64 = 1;
pub(crate) const HEADER: usize = 40;

/// An open file, and what its header says.
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    /// The bytes of all records, and their checksum.
    pub(crate) length: u64,
    pub(crate) sum: u64,
    /// For faults that remember it: whether a write has failed.
    pub(crate) failed: bool,
}

impl Drop for Log {
    /// A process that another test starts has a copy of every open file for a moment, and with it the lock, unless it is let go.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Log {
    /// Opens a file, or makes an empty one, and keeps every other handle out.
    pub(crate) fn open(path: &Path, judge: fn(&Path, &[u8]) -> Result<()>) -> Result<Self> {
        let failed = |error: io::Error| Error::backend("open the file", error);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(failed)?;
        let locked = file.try_lock();
        locked.map_err(|error| Error::backend("take the file", error))?;
        let mut log = Self { path: path.to_owned(), file, length: 0, sum: EMPTY, failed: false };
        let bytes = log.bytes().map_err(failed)?;
        if !bytes.is_empty() {
            judge(path, &bytes)?;
            let bytes = log.bytes().map_err(failed)?;
            let number =
                |at: usize| bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
            log.length = number(16).unwrap_or(0);
            log.sum = number(24).unwrap_or(EMPTY);
        }
        Ok(log)
    }

    /// Whether nothing was ever written.
    pub(crate) fn is_fresh(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.len() == 0)
    }

    /// Writes the header and the first record, in one call: a process that is killed between two would leave a file of
    /// nobody.
    pub(crate) fn begin(&mut self, record: &[u8]) -> io::Result<()> {
        let framed = framed(record);
        let (length, sum) = (framed.len() as u64, checksum(EMPTY, &framed));
        let written = write_at(&mut self.file, &[header(SCHEMA, length, sum), framed].concat(), 0);
        match written {
            Ok(()) => (self.length, self.sum) = (length, sum),
            Err(_) => drop(self.file.set_len(0)),
        }
        written
    }

    /// Writes a record behind the others, and then the header, which makes it one of them.
    pub(crate) fn append(&mut self, record: &[u8]) -> io::Result<()> {
        self.append_summed(record, checksum)
    }

    /// As [`append`](Self::append), with another checksum that is gone on with.
    pub(crate) fn append_summed(&mut self, record: &[u8], sum: fn(u64, &[u8]) -> u64) -> io::Result<()> {
        let framed = framed(record);
        let end = HEADER as u64 + self.length;
        let sum = sum(self.sum, &framed);
        let length = self.length + framed.len() as u64;
        let written = write_at(&mut self.file, &framed, end)
            .and_then(|()| write_at(&mut self.file, &header(SCHEMA, length, sum), 0));
        match written {
            Ok(()) => (self.length, self.sum) = (length, sum),
            Err(_) => drop(self.file.set_len(end)),
        }
        written
    }

    pub(crate) fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What all records together make.
    pub(crate) fn replay(&mut self) -> Result<MemoryStore> {
        codec::replay(self.records()?)
    }

    /// Every record that counts.
    pub(crate) fn records(&mut self) -> Result<Vec<Record>> {
        let bytes = self.bytes().map_err(|error| Error::backend("read the log", error))?;
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        let rest = bytes.get(HEADER..).unwrap_or_default();
        codec::records(rest.get(..length).unwrap_or(rest))
    }
}

/// Writes at a place of a file, in one call where the system has one: the zoo does it millions of times.
#[cfg(unix)]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    io::Seek::seek(file, io::SeekFrom::Start(at))?;
    io::Write::write_all(file, bytes)
}

/// A whole log of records.
pub(crate) fn of(records: &[Record]) -> Vec<u8> {
    let records: Vec<u8> = records.iter().flat_map(|record| framed(&codec::encode(record))).collect();
    [header(SCHEMA, records.len() as u64, summed(&records, checksum)), records].concat()
}

/// A record behind its length.
fn framed(record: &[u8]) -> Vec<u8> {
    [&(record.len() as u64).to_le_bytes(), record].concat()
}

pub(crate) fn header(schema: u64, length: u64, sum: u64) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend([schema, length, sum].into_iter().flat_map(u64::to_le_bytes));
    let own = checksum(EMPTY, &header);
    header.extend(own.to_le_bytes());
    header
}

/// Whether bytes are a whole log of this build.
pub(crate) fn verify(bytes: &[u8]) -> Result<()> {
    verify_summed(bytes, checksum)
}

/// As [`verify`], with another checksum of each record that is gone on with.
pub(crate) fn verify_summed(bytes: &[u8], sum: fn(u64, &[u8]) -> u64) -> Result<()> {
    verify_header(bytes)?;
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let length = usize::try_from(number(16)).unwrap_or(usize::MAX);
    let Some(records) = bytes[HEADER..].get(..length) else { return Err(Error::corrupt("the log is cut")) };
    if summed(records, sum) != number(24) {
        return Err(Error::corrupt("the log is not what was written"));
    }
    Ok(())
}

/// The checksum of records, of which one after the other is gone on with.
pub(crate) fn summed(records: &[u8], sum: fn(u64, &[u8]) -> u64) -> u64 {
    let (mut summed, mut rest) = (EMPTY, records);
    while let Some(length) = rest.first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (record, behind) = rest.split_at(length.saturating_add(8).min(rest.len()));
        (summed, rest) = (sum(summed, record), behind);
    }
    sum(summed, rest)
}

/// Whether bytes begin as a log of this build does.
pub(crate) fn verify_header(bytes: &[u8]) -> Result<()> {
    if bytes.get(..MAGIC.len()) != Some(MAGIC) {
        return Err(Error::incompatible("the file is no log of this store"));
    }
    let Some(header) = bytes.get(..HEADER) else { return Err(Error::corrupt("the header is cut")) };
    if checksum(EMPTY, &header[..32]).to_le_bytes() != header[32..] {
        return Err(Error::corrupt("the header is not what was written"));
    }
    if header[8..16] != SCHEMA.to_le_bytes() {
        return Err(Error::incompatible("a newer build wrote the log"));
    }
    Ok(())
}

/// The checksum of nothing.
pub(crate) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// Gone on with, eight bytes at a time in the way of FNV-1a: each step is a bijection, so that no change of one word is lost, and
/// what it turns reaches the low bits of the next.
pub(crate) fn checksum(so_far: u64, bytes: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(so_far, |sum, word| step(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| step(sum, u64::from(*byte)))
}
