use super::{
    failed,
    format::{self, Manifest},
    part::Summary,
    seal::Sealing,
};
use crate::{Error, Identity, Result, Store, beside::Beside};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// What the contract gives no list of: the namespaces that may have a quota, besides those with entries, and the keys
/// that may have a value.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub(crate) namespaces: BTreeSet<String>,
    pub(crate) meta_keys: BTreeSet<String>,
}

/// Writes a checkpoint of an open store, in place of what is at the path.
pub(crate) fn dump(store: &dyn Store, identity: &Identity, extras: &Extras, path: &Path) -> Result<()> {
    // The fastest level: vectors hardly shrink, and texts do well enough. A stream that shrinks so well that a reader
    // would take it for a trap is written as it is.
    for level in [Compression::fast(), Compression::none()] {
        let beside =
            Beside::of(path).map_err(failed(format!("make a directory beside {}", path.display())))?;
        let mut dump = Dump::begin(&beside, level)?;
        dump.write(store, identity, extras)?;
        if dump.finish()? == Fit::Within {
            return beside
                .replace()
                .map_err(failed(format!("give the finished file the name {}", path.display())));
        }
    }
    Err(Error::checkpoint("an archive without compression is larger than its content"))
}

type Packed = GzEncoder<Sealing<BufWriter<File>>>;

/// A checkpoint that is being written.
struct Dump {
    archive: tar::Builder<Packed>,
    manifest: Manifest,
    unpacked: u64,
}

/// Whether a reader would take the file.
#[derive(PartialEq, Eq)]
enum Fit {
    Within,
    PackedTooTightly,
}

impl Dump {
    fn begin(beside: &Beside, level: Compression) -> Result<Self> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(beside.path()).map_err(failed("make a file for the checkpoint"))?;
        let file = Sealing::new(BufWriter::with_capacity(1 << 16, file));
        let packed = GzBuilder::new().operating_system(255).write(file, level);
        Ok(Self { archive: tar::Builder::new(packed), manifest: Manifest::default(), unpacked: 0 })
    }

    fn write(&mut self, store: &dyn Store, identity: &Identity, extras: &Extras) -> Result<()> {
        self.part(format::HEADER, &format::write_header(identity))?;
        self.entries(store)?;
        self.quotas(store, extras)?;
        self.meta(store, extras)?;
        let manifest = self.manifest.write();
        self.part(format::MANIFEST, &manifest)
    }

    fn entries(&mut self, store: &dyn Store) -> Result<()> {
        let (mut vectors, mut lines, mut number) = (Vec::new(), Vec::new(), 0);
        let mut entries = store.iter_all()?;
        loop {
            let entry = entries.next().transpose()?;
            if let Some(entry) = &entry {
                vectors.extend(entry.embedding.iter().flat_map(|number| number.to_le_bytes()));
                lines.extend(format::write_entry(entry)?);
                self.manifest.entries += 1;
            }
            let full = [&vectors, &lines].iter().any(|part| part.len() as u64 >= format::PART_BYTES);
            if full || (entry.is_none() && !lines.is_empty()) {
                number += 1;
                self.part(&format::vectors(number), &vectors)?;
                self.part(&format::lines(number), &lines)?;
                vectors.clear();
                lines.clear();
            }
            if entry.is_none() {
                return Ok(());
            }
        }
    }

    fn quotas(&mut self, store: &dyn Store, extras: &Extras) -> Result<()> {
        let mut namespaces = extras.namespaces.clone();
        namespaces.extend(store.list_namespaces()?);
        let mut lines = Vec::new();
        for namespace in namespaces {
            if let Some(quota) = store.get_namespace_quota(&namespace)? {
                lines.extend(format::write_quota(&namespace, quota));
                self.manifest.quotas += 1;
            }
        }
        self.part(format::QUOTAS, &lines)
    }

    fn meta(&mut self, store: &dyn Store, extras: &Extras) -> Result<()> {
        let mut lines = Vec::new();
        for key in &extras.meta_keys {
            if let Some(value) = store.read_meta(key)? {
                lines.extend(format::write_meta(key, &value));
                self.manifest.meta += 1;
            }
        }
        self.part(format::META, &lines)
    }

    fn part(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        self.archive.append_data(&mut header, name, content).map_err(failed(format!("write {name}")))?;
        self.unpacked += 512 + (content.len() as u64).next_multiple_of(512);
        self.manifest.parts.push(Summary::of(name, content));
        Ok(())
    }

    fn finish(self) -> Result<Fit> {
        let unpacked = self.unpacked + 1024;
        let packed = self.archive.into_inner().map_err(failed("write the archive's end"))?;
        let sealing = packed.finish().map_err(failed("write the archive's end"))?;
        let packed = sealing.bytes();
        let mut file = sealing.seal().map_err(failed("write the seal"))?;
        file.flush().map_err(failed("write the seal"))?;
        file.get_ref().sync_all().map_err(failed("force the checkpoint to the disk"))?;
        Ok(if unpacked <= format::unpacked_limit(packed) { Fit::Within } else { Fit::PackedTooTightly })
    }
}
