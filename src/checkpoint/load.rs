use super::{
    archive::{self, Reader},
    failed,
};
use crate::{Entry, Error, Identity, Result};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// A checkpoint that was read to its end and found right.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
    file: File,
}

/// How entries get into a store: many at once where it can do that.
pub(crate) type Insert<'a> = dyn Fn(Vec<Entry>) -> Result<Vec<u64>> + 'a;

/// What a checkpoint held besides entries.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) quotas: Vec<(String, u64)>,
    pub(crate) meta: Vec<(String, String)>,
}

/// So many entries are inserted at once.
const BATCH: usize = 256;
/// Or as many as have so many numbers in their embeddings and bytes in their texts.
const BATCH_BYTES: usize = 4 << 20;

impl Checkpoint {
    /// Reads a checkpoint to its end, without keeping what it holds, and checks that it is for an embedder.
    pub(crate) fn check(path: &Path, identity: &Identity) -> Result<Self> {
        let about = |error: Error| named(path, error);
        let file = File::open(path).map_err(failed("open the checkpoint")).map_err(about)?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Err(about(Error::checkpoint("it is not a file")));
        }
        let checkpoint = Self { path: path.to_owned(), file };
        archive::read(&checkpoint.file, &mut Check { identity }).map_err(about)?;
        Ok(checkpoint)
    }

    /// Inserts the entries, and answers the rest. The file is read again, and compared with its manifest again.
    pub(crate) fn load(&self, identity: &Identity, insert: &Insert<'_>) -> Result<Loaded> {
        let mut load = Load {
            check: Check { identity },
            insert,
            batch: Vec::new(),
            bytes: 0,
            last_id: 0,
            loaded: Loaded::default(),
        };
        match archive::read(&self.file, &mut load) {
            Ok(()) => Ok(load.loaded),
            Err(error @ Error::Checkpoint { .. }) => Err(named(&self.path, error)),
            Err(error) => Err(error),
        }
    }
}

/// A checkpoint error with the file's name before it.
fn named(path: &Path, error: Error) -> Error {
    match error {
        Error::Checkpoint { reason, source } => {
            Error::Checkpoint { reason: format!("{}: {reason}", path.display()), source }
        }
        other => other,
    }
}

/// Looks at the identity alone; what else is wrong with an archive is found while it is read.
struct Check<'a> {
    identity: &'a Identity,
}

impl Reader for Check<'_> {
    fn identity(&mut self, identity: Identity) -> Result<()> {
        if identity == *self.identity {
            return Ok(());
        }
        let mismatch = if identity.fingerprint == self.identity.fingerprint {
            Error::DimensionMismatch { stored: identity.dimension, supplied: self.identity.dimension }
        } else {
            Error::FingerprintMismatch {
                stored: identity.fingerprint,
                supplied: self.identity.fingerprint.clone(),
            }
        };
        Err(Error::checkpoint("it was made with another embedder").because(mismatch))
    }

    fn entry(&mut self, _: Entry) -> Result<()> {
        Ok(())
    }

    fn entries_end(&mut self) -> Result<()> {
        Ok(())
    }

    fn quota(&mut self, _: &str, _: u64) -> Result<()> {
        Ok(())
    }

    fn meta(&mut self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}

/// Inserts the entries batch by batch, and keeps the rest.
struct Load<'a> {
    check: Check<'a>,
    insert: &'a Insert<'a>,
    batch: Vec<Entry>,
    bytes: usize,
    last_id: u64,
    loaded: Loaded,
}

impl Load<'_> {
    fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        for id in (self.insert)(core::mem::take(&mut self.batch))? {
            // A key that comes twice replaces its first entry, and gets that entry's id.
            if id <= self.last_id {
                return Err(Error::checkpoint("two entries have one namespace and one hash"));
            }
            self.last_id = id;
        }
        Ok(())
    }
}

impl Reader for Load<'_> {
    fn identity(&mut self, identity: Identity) -> Result<()> {
        self.check.identity(identity)
    }

    fn entry(&mut self, entry: Entry) -> Result<()> {
        self.bytes += size_of::<f32>() * entry.embedding.len() + entry.query.len() + entry.response.len();
        self.batch.push(entry);
        if self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn entries_end(&mut self) -> Result<()> {
        self.flush()
    }

    fn quota(&mut self, namespace: &str, quota: u64) -> Result<()> {
        self.loaded.quotas.push((namespace.into(), quota));
        Ok(())
    }

    fn meta(&mut self, key: &str, value: &str) -> Result<()> {
        self.loaded.meta.push((key.into(), value.into()));
        Ok(())
    }
}
