//! What is in the place of a store's files and is not its own, or cannot be reached.

mod full;
#[cfg(unix)]
mod permissions;

pub(crate) use self::full::full_disk_loses_nothing;

use crate::{
    foreign,
    image::Image,
    operation::{Op, Tampering},
    probe::{Check, Probe, There, Verdict},
    sample::{self, entry, full},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub(crate) fn newer_schema_is_refused(s: &mut Probe) -> Verdict {
    let Some((site, image)) = closed(s)? else { return nothing_is_kept(s) };
    match s.make_newer(site) {
        None => {
            return s.held_in_part(
                "the author does not say how data of a newer build are made (`newer = |site| ..`)",
            );
        }
        Some(Err(error)) => {
            return s.not_checked(format!("the author's way to make data of a newer build failed: {error}"));
        }
        Some(Ok(())) => {}
    }
    let newer = match Image::of(s.directory_of(site)) {
        Ok(newer) if newer != image => newer,
        Ok(_) => return s.not_checked("the author's way to make data of a newer build changes no file"),
        Err(error) => return s.not_checked(format!("the site's files could not be read: {error}")),
    };
    s.tampered(site, Tampering::Newer, "the data become those of a newer build")?;
    for _ in 0..2 {
        is_refused(s, site)?;
        for (name, bytes) in &newer.files {
            s.look_into(s.directory_of(site).join(name), &There::File(bytes.clone()))?;
        }
    }
    s.held()
}

pub(crate) fn foreign_file_is_refused(s: &mut Probe) -> Verdict {
    let Some((closed, image)) = closed(s)? else { return nothing_is_kept(s) };
    let files: Vec<PathBuf> =
        image.files.iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name.clone()).collect();
    if files.is_empty() {
        return s.not_checked("the store left nothing in the site's directory");
    }
    for (what, bytes) in foreign::files() {
        s.told_aside(|s| {
            let site = s.fresh_site();
            let paths = paths(s, site, &files)?;
            for path in &paths {
                put(s, fs::write(path, &bytes))?;
            }
            s.tampered(site, Tampering::Foreign, format!("{what} is in the place of {}", Names(&files)))?;
            refused_twice(s, site, &paths, &There::File(bytes))
        })?;
    }
    s.told_aside(|s| {
        let site = s.fresh_site();
        let paths = paths(s, site, &files)?;
        for path in &paths {
            put(s, fs::create_dir(path))?;
        }
        s.tampered(site, Tampering::Block, format!("a directory is in the place of {}", Names(&files)))?;
        refused_twice(s, site, &paths, &There::Directory(Vec::new()))
    })?;
    out_of_reach(s, &files)?;
    // Whether they bind depends on the user and on the machine, so nobody is to expect it.
    #[cfg(unix)]
    if let Err(reason) = s.untold(|s| permissions::keep_out(s, closed, &files))? {
        return s.held_in_part(reason);
    }
    let _ = closed;
    s.held()
}

/// Places that nobody can read or write, not even the superuser.
fn out_of_reach(s: &mut Probe, files: &[PathBuf]) -> Check {
    #[cfg(unix)]
    s.told_aside(|s| {
        let site = s.fresh_site();
        let paths = paths(s, site, files)?;
        for path in &paths {
            put(s, std::os::unix::fs::symlink(path.file_name().unwrap_or_default(), path))?;
        }
        let what = format!("{} is a link to itself", Names(files));
        s.tampered(site, Tampering::Block, what)?;
        is_refused(s, site)
    })?;
    s.told_aside(|s| {
        let file = s.empty_directory().join("a file");
        put(s, fs::write(&file, b"no directory"))?;
        let site = s.site_at(&file);
        s.tampered(site, Tampering::Block, "a file is in the place of the site's directory")?;
        is_refused(s, site)?;
        s.look_into(file, &There::File(b"no directory".to_vec()))
    })
}

/// A site that a store has lived on and left, with its files; none where it keeps nothing.
fn closed(s: &mut Probe) -> Check<Option<(usize, Image)>> {
    s.start()?;
    s.insert(full("a", "h"))?;
    s.insert(entry("b", "h"))?;
    s.set_namespace_quota("a", 7)?;
    s.look_everywhere()?;
    if !s.is_durable() {
        return Ok(None);
    }
    s.reopen()?;
    s.look_everywhere()?;
    s.close()?;
    s.drop_handle()?;
    let site = s.site_index();
    match Image::of(s.directory_of(site)) {
        Ok(image) => Ok(Some((site, image))),
        Err(error) => s.not_checked(format!("the site's files could not be read: {error}")),
    }
}

fn nothing_is_kept(s: &mut Probe) -> Verdict {
    s.not_applicable("the data do not outlive the handle, so nothing is opened that was there")
}

/// A handle is not opened on what is there, and is no use afterwards.
fn is_refused(s: &mut Probe, site: usize) -> Check {
    s.make_on(site)?;
    handle_is_refused(s)
}

/// The current handle, if there is one, is not opened.
fn handle_is_refused(s: &mut Probe) -> Check {
    if s.has_handle() {
        s.refused(Op::Open(sample::identity()))?;
        s.refused(Op::Insert(entry("a", "h2")))?;
        s.close()?;
    }
    s.drop_handle()
}

/// A second handle finds what the first one found.
fn refused_twice(s: &mut Probe, site: usize, paths: &[PathBuf], there: &There) -> Check {
    for _ in 0..2 {
        is_refused(s, site)?;
        paths.iter().try_for_each(|path| s.look_into(path.clone(), there))?;
    }
    Ok(())
}

/// Where files of these names are in a site's directory; the directories on the way are made.
fn paths(s: &mut Probe, site: usize, files: &[PathBuf]) -> Check<Vec<PathBuf>> {
    let paths: Vec<_> = files.iter().map(|name| s.directory_of(site).join(name)).collect();
    for parent in paths.iter().filter_map(|path| path.parent()) {
        put(s, fs::create_dir_all(parent))?;
    }
    Ok(paths)
}

/// The harness's own work on files; where it fails, nothing can be checked.
pub(super) fn put(s: &mut Probe, done: io::Result<()>) -> Check {
    match done {
        Ok(()) => Ok(()),
        Err(error) => s.not_checked(format!("nothing could be put in a temporary directory: {error}")),
    }
}

struct Names<'a>(&'a [PathBuf]);

impl std::fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.0.iter().map(|name: &PathBuf| Path::display(name).to_string()).collect();
        let each = if names.len() > 1 { "each of " } else { "" };
        write!(f, "{each}{}", names.join(", "))
    }
}
