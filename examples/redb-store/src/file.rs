//! The file below redb, which is not written before it is known to be ours.
//!
//! redb repairs a file while it opens it, and writes to it even where there is nothing to repair. A file of another
//! program, or of a newer build, must stay as it is, and only an opened database tells whose it is. So the writes of
//! opening are held back in memory until the store asks for them.

use redb::{BackendError, StorageBackend, backends::FileBackend};
use std::{
    fs::File,
    io::{self, ErrorKind},
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// How long a file is that redb has just made.
pub(crate) const NEW_FILE_BYTES: u64 = 72 * 1024;
/// redb's mark at the start of a file, which it writes last when it makes one.
const MARK_BYTES: usize = 9;
/// The part of a new file that is not all zeros.
const HEADER_BYTES: usize = 512;

/// A file whose writes are held back until [`release`](Self::release).
#[derive(Clone, Debug)]
pub(crate) struct SiteFile(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: FileBackend,
    /// What was to be done to the file so far, in order; none once the file is written directly.
    held: RwLock<Option<Vec<Step>>>,
}

#[derive(Debug)]
enum Step {
    Write { offset: u64, data: Vec<u8> },
    SetLen(u64),
    Sync,
}

impl SiteFile {
    pub(crate) fn new(file: File) -> Result<Self, redb::DatabaseError> {
        let file = FileBackend::new(file)?;
        Ok(Self(Arc::new(Shared { file, held: RwLock::new(Some(Vec::new())) })))
    }

    /// Does to the file what was held back, in the same order, and holds nothing back from now on.
    ///
    /// Where it fails, all of it is still held back and can be tried again: what reached the file is there in either case.
    pub(crate) fn release(&self) -> io::Result<()> {
        if self.0.held().is_none() {
            return Ok(());
        }
        let mut held = self.0.held_mut();
        for step in held.iter().flatten() {
            match step {
                Step::Write { offset, data } => self.0.file.write(*offset, data)?,
                Step::SetLen(length) => self.0.file.set_len(*length)?,
                Step::Sync => self.0.file.sync_data()?,
            }
        }
        *held = None;
        Ok(())
    }
}

impl Shared {
    fn held(&self) -> RwLockReadGuard<'_, Option<Vec<Step>>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, Option<Vec<Step>>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file's length before the steps.
    ///
    /// A process that is killed while redb makes the file leaves one without redb's mark, which redb itself would
    /// refuse for ever. It holds nothing, and so it counts as empty.
    fn length_before(&self) -> io::Result<u64> {
        let length = self.file.len()?;
        if length != NEW_FILE_BYTES {
            return Ok(length);
        }
        let mut mark = [0; MARK_BYTES];
        self.file.read(0, &mut mark)?;
        if mark != [0; MARK_BYTES] {
            return Ok(length);
        }
        let mut rest = vec![0; usize::try_from(NEW_FILE_BYTES).unwrap_or(usize::MAX) - HEADER_BYTES];
        self.file.read(HEADER_BYTES as u64, &mut rest)?;
        Ok(if rest.iter().all(|byte| *byte == 0) { 0 } else { length })
    }

    fn length_after(&self, steps: &[Step]) -> io::Result<u64> {
        steps.iter().try_fold(self.length_before()?, |length, step| {
            Ok(match step {
                Step::Write { offset, data } => length.max(offset + data.len() as u64),
                Step::SetLen(length) => *length,
                Step::Sync => length,
            })
        })
    }

    /// Reads the file as it would be after the steps.
    fn read_after(&self, steps: &[Step], offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset + out.len() as u64;
        if end > self.length_after(steps)? {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let place = |position: u64| {
            usize::try_from(position.clamp(offset, end) - offset).map_err(|_| ErrorKind::OutOfMemory)
        };
        out.fill(0);
        self.file.read(offset, &mut out[..place(self.length_before()?)?])?;
        for step in steps {
            match step {
                Step::Write { offset: start, data } => {
                    let (from, to) = (place(*start)?, place(start + data.len() as u64)?);
                    let skipped = usize::try_from(offset.saturating_sub(*start)).unwrap_or(usize::MAX);
                    if from < to {
                        out[from..to].copy_from_slice(&data[skipped..][..to - from]);
                    }
                }
                Step::SetLen(length) => out[place(*length)?..].fill(0),
                Step::Sync => {}
            }
        }
        Ok(())
    }
}

impl StorageBackend for SiteFile {
    fn len(&self) -> io::Result<u64> {
        match &*self.0.held() {
            Some(steps) => self.0.length_after(steps),
            None => self.0.file.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.0.held() {
            Some(steps) => self.0.read_after(steps, offset, out),
            None => self.0.file.read(offset, out),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        if let Some(steps) = &mut *self.0.held_mut() {
            steps.push(Step::SetLen(length));
            return Ok(());
        }
        self.0.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        if let Some(steps) = &mut *self.0.held_mut() {
            steps.push(Step::Sync);
            return Ok(());
        }
        self.0.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if let Some(steps) = &mut *self.0.held_mut() {
            steps.push(Step::Write { offset, data: data.to_vec() });
            return Ok(());
        }
        self.0.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::SiteFile;
    use redb::StorageBackend;
    use std::{fs, io::ErrorKind};

    fn read(file: &SiteFile, offset: u64, length: usize) -> Option<Vec<u8>> {
        let mut out = vec![0xee; length];
        match file.read(offset, &mut out) {
            Ok(()) => Some(out),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                None
            }
        }
    }

    #[test]
    fn what_is_held_back_is_read_and_reaches_the_file_at_the_release() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, b"0123456789").expect("a write");
        let opened = fs::File::options().read(true).write(true).open(&path).expect("a file");
        let file = SiteFile::new(opened).expect("a backend");

        file.write(2, b"ab").expect("a write");
        file.write(3, b"cd").expect("a write");
        assert_eq!(read(&file, 0, 10).as_deref(), Some(&b"01acd56789"[..]));
        assert_eq!(read(&file, 4, 3).as_deref(), Some(&b"d56"[..]));
        file.set_len(4).expect("a cut");
        file.set_len(8).expect("a growth");
        file.sync_data().expect("a sync");
        file.write(7, b"e").expect("a write");
        assert_eq!(file.len().ok(), Some(8));
        assert_eq!(read(&file, 0, 8).as_deref(), Some(&b"01ac\0\0\0e"[..]));
        assert_eq!(read(&file, 5, 4), None);
        assert_eq!(fs::read(&path).ok().as_deref(), Some(&b"0123456789"[..]));

        file.release().expect("a release");
        assert_eq!(fs::read(&path).ok().as_deref(), Some(&b"01ac\0\0\0e"[..]));
        file.write(0, b"x").expect("a write");
        assert_eq!(fs::read(&path).ok().as_deref(), Some(&b"x1ac\0\0\0e"[..]));
    }
}
