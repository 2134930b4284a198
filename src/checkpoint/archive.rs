//! Reads an archive part by part, in the one order that there is, and hands on what it says.

use super::{
    failed,
    format::{self, Manifest},
    part::Part,
    seal,
};
use crate::{Error, Identity, Result, limits};
use flate2::bufread::GzDecoder;
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

/// Who is told what an archive holds.
pub(super) trait Reader {
    /// The identity comes first.
    fn identity(&mut self, identity: Identity) -> Result<()>;
    /// Then the entries, ascending by the ids that they had.
    fn entry(&mut self, entry: crate::Entry) -> Result<()>;
    /// All entries have come.
    fn entries_end(&mut self) -> Result<()>;
    /// Then the quotas.
    fn quota(&mut self, namespace: &str, quota: u64) -> Result<()>;
    /// Then the meta.
    fn meta(&mut self, key: &str, value: &str) -> Result<()>;
}

/// Reads a whole archive. Every part is compared with the manifest, which comes last: what was told before is right
/// only if this answers no error.
pub(super) fn read(mut file: &File, reader: &mut dyn Reader) -> Result<()> {
    let packed = seal::check(file)?;
    file.seek(SeekFrom::Start(0)).map_err(failed("read the checkpoint"))?;
    let file = file.try_clone().map_err(failed("read the checkpoint"))?;
    let unpacked = GzDecoder::new(BufReader::with_capacity(1 << 16, file.take(packed)));
    let limit = format::unpacked_limit(packed);
    let mut archive = tar::Archive::new(Bounded { from: unpacked, left: limit, limit });
    // Raw: no header is taken for one that says the name or the size of the next part, so no header makes the library
    // read more than its 512 bytes.
    let entries = archive.entries().map_err(failed("unpack the archive"))?.raw(true);
    Parts { entries, manifest: Manifest::default(), last_id: 0, dimension: 0 }.read(reader)?;

    let mut end = archive.into_inner();
    // Zeros fill up the last block; reading to the end also compares gzip's own checksum.
    let mut rest = Vec::new();
    (&mut end).take(1025).read_to_end(&mut rest).map_err(failed("unpack the archive's end"))?;
    if rest.len() > 1024 || rest.iter().any(|&byte| byte != 0) {
        return Err(Error::checkpoint("the archive goes on after its end"));
    }
    let mut file = end.from.into_inner();
    let left = io::copy(&mut file, &mut io::sink()).map_err(failed("read the checkpoint"))?;
    if left > 0 {
        return Err(Error::checkpoint(format!("{left} bytes lie between the archive and its seal")));
    }
    Ok(())
}

type Unpacked = Bounded<GzDecoder<BufReader<io::Take<File>>>>;
type Entry<'a> = tar::Entry<'a, Unpacked>;

/// The archive, as far as it is read.
struct Parts<'a> {
    entries: tar::Entries<'a, Unpacked>,
    manifest: Manifest,
    last_id: u64,
    dimension: usize,
}

impl<'a> Parts<'a> {
    fn read(mut self, reader: &mut dyn Reader) -> Result<()> {
        let mut header = self.next(&[format::HEADER], |_| format::HEADER_BYTES)?.1;
        let identity = format::read_header(&header.read_all()?)?;
        self.finish(header)?;
        self.dimension = identity.dimension;
        reader.identity(identity)?;

        let mut quotas = self.read_entries(reader)?;
        reader.entries_end()?;
        let mut line = Vec::new();
        while let Some(line) = quotas.next_line(&mut line, format::LINE_BYTES)? {
            let (namespace, quota) = format::read_quota(line)?;
            reader.quota(&namespace, quota)?;
            self.manifest.quotas += 1;
        }
        self.finish(quotas)?;

        let mut meta = self.next(&[format::META], |_| u64::MAX)?.1;
        while let Some(line) = meta.next_line(&mut line, format::LINE_BYTES)? {
            let (key, value) = format::read_meta(line)?;
            reader.meta(&key, &value)?;
            self.manifest.meta += 1;
        }
        self.finish(meta)?;

        let mut manifest = self.next(&[format::MANIFEST], |_| format::MANIFEST_BYTES)?.1;
        self.manifest.check(&manifest.read_all()?)?;
        manifest.finish()?;
        match self.entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::checkpoint("the archive goes on after its manifest")),
        }
    }

    /// Reads pairs of vectors and lines, and answers the part after them, which has the quotas.
    fn read_entries(&mut self, reader: &mut dyn Reader) -> Result<Part<Entry<'a>>> {
        let bytes = size_of::<f32>() * self.dimension;
        let mut line = Vec::new();
        for number in 1.. {
            let most = |name: &str| {
                if name == format::QUOTAS { u64::MAX } else { format::PART_BYTES + bytes as u64 }
            };
            let (name, mut vectors) = self.next(&[&format::vectors(number), format::QUOTAS], most)?;
            if name == format::QUOTAS {
                return Ok(vectors);
            }
            let embeddings = vectors.read_all()?;
            self.finish(vectors)?;
            let mut embeddings = embeddings.chunks_exact(bytes);

            let (name, mut lines) =
                self.next(&[&format::lines(number)], |_| format::PART_BYTES + format::LINE_BYTES)?;
            while let Some(line) = lines.next_line(&mut line, format::LINE_BYTES)? {
                let embedding =
                    embeddings.next().ok_or_else(|| lines.wrong("it has more entries than vectors"))?;
                let embedding = embedding.chunks_exact(4).map(number_of).collect();
                let (id, entry) = format::read_entry(&name, line, embedding)?;
                if id <= self.last_id {
                    return Err(lines.wrong(format!("entry {id} comes after entry {}", self.last_id)));
                }
                limits::check_entry(&entry, self.dimension)
                    .map_err(|error| lines.wrong(format!("entry {id} is out of range")).because(error))?;
                self.last_id = id;
                self.manifest.entries += 1;
                reader.entry(entry)?;
            }
            if embeddings.next().is_some() || !embeddings.remainder().is_empty() {
                return Err(lines.wrong("it has fewer entries than vectors"));
            }
            self.finish(lines)?;
        }
        unreachable!("there are not so many numbers")
    }

    /// The next part, which must have one of the names and at most so many bytes.
    fn next(&mut self, names: &[&str], most: impl Fn(&str) -> u64) -> Result<(String, Part<Entry<'a>>)> {
        let due = || names.join(" or ");
        let entry = match self.entries.next() {
            Some(entry) => entry.map_err(failed(format!("unpack the archive where {} is due", due())))?,
            None => return Err(Error::checkpoint(format!("the archive ends where {} is due", due()))),
        };
        let header = entry.header();
        let name = entry.path_bytes();
        let Some(&name) = names.iter().find(|due| due.as_bytes() == &*name) else {
            let name = String::from_utf8_lossy(&name);
            return Err(Error::checkpoint(format!("the archive holds {name:?} where {} is due", due())));
        };
        if header.as_ustar().is_none() || header.entry_type() != tar::EntryType::Regular {
            return Err(Error::checkpoint(format!("{name} is not a regular file")));
        }
        let (size, most) = (entry.size(), most(name));
        if size > most {
            return Err(Error::checkpoint(format!("{name} has {size} bytes, and at most {most} are due")));
        }
        Ok((name.to_owned(), Part::new(name, entry)))
    }

    fn finish<R: Read>(&mut self, part: Part<R>) -> Result<()> {
        self.manifest.parts.push(part.finish()?);
        Ok(())
    }
}

fn number_of(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// A stream that ends in an error where it is longer than it may be.
struct Bounded<R> {
    from: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!(
                "it unpacks to more than {} bytes, which no checkpoint of its size does",
                self.limit
            ))
        })?;
        Ok(read)
    }
}
