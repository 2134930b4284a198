//! What happens outside of a handle: what is at a path, snapshots that become the data of a site, and what the harness
//! does to files.

use super::{Check, Probe};
use crate::{
    operation::{Op, Step, Tampering, Text, Thing},
    outcome::Outcome,
    sample,
    subject::Site,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

impl Probe {
    /// Makes an empty directory that no store knows of.
    pub(crate) fn empty_directory(&mut self) -> PathBuf {
        let site = Site::fresh();
        let path = site.path().to_owned();
        self.sites.push(Arc::new(site));
        path
    }

    /// The current handle's site.
    pub(crate) fn site(&self) -> &Site {
        &self.sites[self.site_index()]
    }

    /// The number of the current handle's site.
    pub(crate) fn site_index(&self) -> usize {
        self.model.handle(self.current).site
    }

    /// Makes a fresh site that no handle is on, and answers its number.
    pub(crate) fn fresh_site(&mut self) -> usize {
        self.sites.push(Arc::new(Site::fresh()));
        self.sites.len() - 1
    }

    /// Makes a site whose directory is missing, and the one above it too, which is answered.
    pub(crate) fn site_without_a_directory(&mut self) -> (usize, PathBuf) {
        let missing = self.empty_directory().join("missing");
        (self.site_at(&missing.join("site")), missing)
    }

    /// Makes a site whose directory is to be at a path.
    pub(crate) fn site_at(&mut self, path: &Path) -> usize {
        let named = Site::fresh();
        self.sites.push(Arc::new(Site::lent(path, named.name().to_owned())));
        self.sites.len() - 1
    }

    /// Makes the data of a site those of a newer build, as the author says; none where the author says nothing.
    pub(crate) fn make_newer(&self, site: usize) -> Option<Result<(), String>> {
        let made = self.subject.make_newer(&self.sites[site])?;
        Some(made.map_err(|error| crate::outcome::display::causes(&*error)))
    }

    /// The directory of a site.
    pub(crate) fn directory_of(&self, site: usize) -> &Path {
        self.sites[site].path()
    }

    /// Looks whether a refused operation left anything at a path.
    pub(crate) fn look_for(&mut self, path: PathBuf) -> Check {
        let step = Step::Exists(path.clone());
        self.take_outside_step(&step, move || Outcome::Flag(fs::symlink_metadata(path).is_ok()))
    }

    /// Looks whether what was at a path before an operation is still as it was.
    pub(crate) fn look_into(&mut self, path: PathBuf, held: &There) -> Check {
        let step = Step::Altered(path.clone());
        let held = held.clone();
        self.take_outside_step(&step, move || Outcome::Flag(There::at(&path).as_ref() != Some(&held)))
    }

    /// Puts something at a path, and answers what is there then.
    pub(crate) fn put(&mut self, path: &Path, thing: Thing, bytes: &[u8]) -> Check<There> {
        let done = match &thing {
            Thing::File(_) => fs::write(path, bytes),
            Thing::Directory => fs::create_dir(path),
            Thing::Link { dangling } => {
                let target = path.with_extension("target");
                let made = if *dangling { Ok(()) } else { fs::write(&target, bytes) };
                made.and_then(|()| link(&target, path))
            }
            Thing::Nothing => Ok(()),
        };
        if let Err(error) = done {
            return self.not_checked(format!("{thing} could not be put in a temporary directory: {error}"));
        }
        let held = There::at(path);
        self.note_put(path, thing)?;
        Ok(held.unwrap_or(There::Nothing))
    }

    /// Notes that the harness has put something at a path.
    pub(crate) fn note_put(&mut self, path: &Path, thing: Thing) -> Check {
        self.take_outside_step(&Step::Put(path.to_owned(), thing), || Outcome::Done)
    }

    /// Takes a snapshot to a path where nothing is.
    pub(crate) fn snapshot_to(&mut self, path: &Path) -> Check {
        match self.call(Op::SnapshotTo(path.to_owned()))? {
            Outcome::Done => Ok(()),
            other => panic!("the scenario of {} expects a snapshot, and not {other}", self.name),
        }
    }

    /// As [`snapshot_to`](Self::snapshot_to), of a handle in a process whose current directory is the path's: it is told the
    /// name alone.
    pub(crate) fn snapshot_by_name(&mut self, path: &Path) -> Check {
        let store = self.store(self.current);
        let name = Op::SnapshotTo(path.file_name().unwrap_or_default().into());
        let step = Step::Call(Op::SnapshotTo(path.to_owned()));
        self.take_step(self.current, &step, move || name.call(&*store, 0)).map(drop)
    }

    /// Restores from a path to a site, whatever the contract asks of it.
    pub(crate) fn restore(&mut self, from: &Path, site: usize) -> Check<Outcome> {
        let subject = Arc::clone(&self.subject);
        let (place, path) = (Arc::clone(&self.sites[site]), from.to_owned());
        let step = Step::Restore(from.to_owned());
        self.judged(self.handles.len(), site, &step, move || subject.restore(&path, &place).into())
    }

    /// Restores from a snapshot to a fresh site, and opens a handle there.
    pub(crate) fn start_from(&mut self, snapshot: &Path) -> Check<usize> {
        let site = self.fresh_site();
        self.restore(snapshot, site)?;
        self.start_on(site)
    }

    /// Makes a handle on a site that is known.
    pub(crate) fn make_on(&mut self, site: usize) -> Check<usize> {
        self.make_at(site)
    }

    /// Makes a handle on a site that is known, and opens it.
    pub(crate) fn start_on(&mut self, site: usize) -> Check<usize> {
        let handle = self.make_on(site)?;
        self.open(&sample::identity())?;
        Ok(handle)
    }

    /// Makes a call, whatever the contract asks of it; where it reads and is right, the record is without it.
    pub(crate) fn ask(&mut self, op: Op) -> Check {
        let (rows, reads) = (self.record.rows().len(), !op.is_write());
        // What `integrity_check` has said is what the rest is judged by.
        let stays = matches!(op, Op::IntegrityCheck);
        self.call(op)?;
        if reads && !stays {
            self.record.rows().truncate(rows);
        }
        Ok(())
    }

    /// Notes what was done to the files of a site.
    pub(crate) fn tampered(&mut self, site: usize, how: Tampering, what: impl Into<Text>) -> Check {
        let step = Step::Tamper(how, what.into());
        self.judged(self.handles.len(), site, &step, || Outcome::Done).map(drop)
    }

    /// A step beside the current handle, in the row of its site.
    fn take_outside_step(&mut self, step: &Step, run: impl FnOnce() -> Outcome + Send) -> Check {
        self.take_step(self.current, step, run).map(drop)
    }
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum There {
    Nothing,
    File(Vec<u8>),
    /// What is in it, by name.
    Directory(Vec<(PathBuf, Option<Self>)>),
    Link(PathBuf),
}

impl There {
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let kind = fs::symlink_metadata(path).ok()?.file_type();
        Some(match () {
            () if kind.is_symlink() => Self::Link(fs::read_link(path).ok()?),
            () if kind.is_dir() => {
                let mut names: Vec<_> =
                    fs::read_dir(path).ok()?.flatten().map(|entry| entry.path()).collect();
                names.sort();
                Self::Directory(names.into_iter().map(|name| (name.clone(), Self::at(&name))).collect())
            }
            () => Self::File(fs::read(path).ok()?),
        })
    }
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, path)
}
