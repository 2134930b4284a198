//! Logs that are half written, and logs that are written anew.

use super::slowly;
use crate::zoo::{
    faulty::{Lie, before_the_data},
    logged::{Change, Flaw, write},
};
use mneme::{Error, Identity, Result, Store};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// Writes each line in two halves.
pub(super) struct Torn;

impl Flaw for Torn {
    fn append(&self, file: &mut File, lines: &str) -> Result<()> {
        let half = (0..=lines.len() / 2).rev().find(|at| lines.is_char_boundary(*at)).unwrap_or(0);
        let (first, second) = lines.split_at(half);
        write(file, first)?;
        slowly(3);
        write(file, second)
    }
}

/// Takes a log whose last line has no end for a damaged one.
pub(super) struct HalfIsCorrupt(pub(super) PathBuf);

impl Lie for HalfIsCorrupt {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let half = fs::read(&self.0).is_ok_and(|log| log.last().is_some_and(|last| *last != b'\n'));
        if half { Err(Error::corrupt("the log ends in half a record")) } else { store.open(identity) }
    }
}

/// Replays the log at an open, and never again: it has the log alone.
pub(super) struct ReadsOnce;

impl Flaw for ReadsOnce {
    fn catches_up(&self, change: Option<&Change>) -> bool {
        matches!(change, Some(Change::Open(_)))
    }
}

/// Passes over half a record, and leaves it where it is.
pub(super) struct HalfStays(pub(super) PathBuf);

impl Lie for HalfStays {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let log = fs::read(&self.0).unwrap_or_default();
        let whole = log.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        store.open(identity)?;
        if whole < log.len() {
            let half = String::from_utf8_lossy(&log[whole..]);
            let opened = File::options().append(true).open(&self.0);
            opened
                .map_err(|error| Error::backend("open the log", error))
                .and_then(|mut log| write(&mut log, &half))?;
        }
        Ok(())
    }
}

/// No wait is planted: the file is whole again within some ten microseconds.
pub(super) struct RewrittenByOpen(pub(super) PathBuf);

impl Lie for RewrittenByOpen {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        let is_new = store.count(None).is_err();
        store.open(identity)?;
        if let (true, Ok(log)) = (is_new, fs::read(&self.0)) {
            let _ = fs::write(&self.0, log);
        }
        Ok(())
    }
}

/// Makes a file at the first open, and fills it later.
pub(super) struct HalfStamped(pub(super) PathBuf);

impl Lie for HalfStamped {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if fs::read(&self.0).is_ok_and(|stamp| stamp.is_empty()) {
            return Err(Error::incompatible("the file has no stamp"));
        }
        before_the_data(store, identity)?;
        if !self.0.exists() {
            let _ = fs::write(&self.0, "");
            slowly(20);
            let _ = fs::write(&self.0, "log 1");
        }
        store.open(identity)
    }
}

/// Leaves out lines that begin in some way where a long log is written anew.
pub(super) struct WrittenAnew(pub(super) &'static str);

impl Flaw for WrittenAnew {
    fn ends(&self, _file: &mut File, path: &Path) {
        let log = fs::read_to_string(path).unwrap_or_default();
        if log.lines().count() < 1_000 {
            return;
        }
        let kept: String = log.split_inclusive('\n').filter(|line| !line.starts_with(self.0)).collect();
        let new = path.with_extension("new");
        let _ = fs::write(&new, kept).and_then(|()| fs::rename(new, path));
    }
}

pub(super) struct RewrittenByClose;

impl Flaw for RewrittenByClose {
    fn ends(&self, _file: &mut File, path: &Path) {
        let Ok(log) = fs::read(path) else { return };
        let _ = fs::write(path, "");
        slowly(20);
        let _ = fs::write(path, log);
    }
}
