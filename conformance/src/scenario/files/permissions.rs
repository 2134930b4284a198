//! Files that permissions keep the store out of.

use super::{Names, handle_is_refused, put};
use crate::{
    operation::Tampering,
    probe::{Check, Probe, gate},
};
use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// Opens files that cannot be read, or not be written: here, or in a child where permissions do not bind this process. Answers
/// why it did not where neither of them is bound.
pub(super) fn keep_out(s: &mut Probe, closed: usize, files: &[PathBuf]) -> Check<Result<(), String>> {
    let child = match bound_child(s)? {
        Ok(child) => child,
        Err(reason) => {
            return Ok(Err(format!("not checked as root, whom permissions do not bind: {reason}")));
        }
    };
    let paths: Vec<_> = files.iter().map(|name| s.directory_of(closed).join(name)).collect();
    let directories = directories_of(&paths, s.directory_of(closed));
    // A file is replaced by whoever may write to its directory, even where nobody may write to the file.
    for (mode, mode_of_directories, what) in
        [(0o000, 0o700, "cannot be read"), (0o444, 0o500, "cannot be written, nor can its directory")]
    {
        let judged = s.aside(|s| {
            let blocked = set_modes(&paths, mode).and_then(|()| set_modes(&directories, mode_of_directories));
            put(s, blocked)?;
            s.tampered(closed, Tampering::Block, format!("{} {what}", Names(files)))?;
            match child {
                Some(child) => s.make_on_in_child(closed, child)?,
                None => s.make_on(closed)?,
            };
            handle_is_refused(s)
        });
        // First of all, as else nobody could remove them.
        let allowed = set_modes(&directories, 0o700).and_then(|()| set_modes(&paths, 0o600));
        judged?;
        put(s, allowed)?;
        s.start_on(closed)?;
        s.look_everywhere()?;
        s.close()?;
        s.drop_handle()?;
    }
    Ok(Ok(()))
}

/// The directories that files are in, up to the one that all of them are in.
fn directories_of(paths: &[PathBuf], all: &Path) -> Vec<PathBuf> {
    let above = paths.iter().flat_map(|path| path.ancestors().skip(1));
    let within: BTreeSet<_> = above.filter(|directory| directory.starts_with(all)).collect();
    within.into_iter().map(Path::to_owned).collect()
}

/// The child that permissions bind; none where they bind this process.
fn bound_child(s: &mut Probe) -> Check<Result<Option<usize>, String>> {
    let directory = s.empty_directory();
    let (open, shut) = (directory.join("within reach"), directory.join("out of reach"));
    let written = [&open, &shut].into_iter().try_for_each(|path| fs::write(path, b""));
    put(s, written.and_then(|()| set_modes(std::slice::from_ref(&shut), 0o000)))?;
    if fs::File::open(&shut).is_err() {
        return Ok(Ok(None));
    }
    let child = match s.start_child_by(without_privilege) {
        Ok(child) => child,
        Err(reason) => return Ok(Err(reason)),
    };
    let can_read = |path: &Path| {
        let mut reading = without_privilege(OsStr::new("cat"), &[path.into()]);
        gate::starting(|| reading.output()).is_ok_and(|read| read.status.success())
    };
    if !can_read(&open) {
        return Ok(Err("no process without privilege could be started".to_owned()));
    }
    if can_read(&shut) {
        return Ok(Err("a process without privilege has it all the same".to_owned()));
    }
    Ok(Ok(Some(child)))
}

/// How a program is run that owns what its user owns, and has no privilege: nobody is mapped into its user namespace.
fn without_privilege(program: &OsStr, arguments: &[OsString]) -> Command {
    let mut command = Command::new("unshare");
    command.arg("--user").arg(program).args(arguments);
    command
}

fn set_modes(paths: &[PathBuf], mode: u32) -> io::Result<()> {
    paths.iter().try_for_each(|path| fs::set_permissions(path, Permissions::from_mode(mode)))
}
