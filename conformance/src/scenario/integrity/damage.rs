//! Damaged files: each damage to a site as a clean close left it.

mod contents;

use self::contents::{CHANGES, Contents, told};
use crate::{
    damage::{Damage, Damages, differing},
    image::Image,
    operation::{Op, Tampering, Walk},
    probe::{Check, Probe, Verdict},
    sample::{self, entry},
};
use std::{path::Path, time::Instant};

pub(crate) fn damage_is_noticed(s: &mut Probe) -> Verdict {
    if !s.is_durable() {
        return s.not_applicable("the data do not outlive the handle, so nobody reads damaged ones");
    }
    // What is lost by a close alone is no damage.
    closed(s)?;
    s.start_on(s.site_index())?;
    s.look_everywhere()?;
    writes(s)?;
    let site = closed(s)?;
    let image = image_of(s, site)?;
    let exchanged = exchanged(s, &image)?;
    let damages = each_damage(s, site, &image, &exchanged, |s| {
        s.ask(Op::IntegrityCheck)?;
        everything(s)?;
        writes(s)?;
        everything(s)?;
        s.ask(Op::IntegrityCheck)
    })?;
    s.measure(format!("{damages} damages to files that a clean close left, and none of them silent"));
    s.held()
}

/// What `integrity_check` answers of each damage, whatever other operations say.
pub(super) fn is_answered(s: &mut Probe) -> Check {
    let site = closed(s)?;
    let image = image_of(s, site)?;
    each_damage(s, site, &image, &[], |s| s.ask(Op::IntegrityCheck)).map(drop)
}

/// A site that holds something of everything, and that no handle has any more.
fn closed(s: &mut Probe) -> Check<usize> {
    s.make()?;
    Contents::default().write(s)?;
    s.look_everywhere()?;
    s.close()?;
    s.drop_handle()?;
    Ok(s.site_index())
}

/// The files of a site as they are.
fn image_of(s: &mut Probe, site: usize) -> Check<Image> {
    match Image::of(s.directory_of(site)) {
        Ok(image) if image.files.iter().any(|(_, bytes)| !bytes.is_empty()) => Ok(image),
        Ok(_) => s.not_checked("the store left nothing in the site's directory that could be damaged"),
        Err(error) => s.not_checked(format!("the site's files could not be read: {error}")),
    }
}

/// For each thing that a store is told, the damages that make it another one: bytes of a site that was told the same but
/// for this. So each field is hit where it is written, however the engine writes it.
fn exchanged(s: &mut Probe, image: &Image) -> Check<Vec<Damage>> {
    let budget = s.settings().profile().damages();
    let start = Instant::now();
    let same = image_of_another(s, &Contents::default())?;
    let mut damages = Vec::new();
    for change in CHANGES {
        if start.elapsed() >= budget.anywhere.time {
            break;
        }
        let other = image_of_another(s, &Contents::with(change))?;
        damages.extend(differing(image, &same, &other, budget.of_each));
    }
    Ok(damages)
}

/// The files of a site of its own with these contents.
fn image_of_another(s: &mut Probe, contents: &Contents) -> Check<Image> {
    let mut image = Image::default();
    s.aside(|s| {
        s.make()?;
        contents.write(s)?;
        s.close()?;
        s.drop_handle()?;
        image = image_of(s, s.site_index())?;
        Ok(())
    })?;
    Ok(image)
}

/// Does each damage to a closed site, first the given ones, and asks what follows of a handle that opens. Answers how
/// many there were.
///
/// Damaged data may make a store abort, which no test in its process would survive to tell. So the handle is in another
/// process where this program offers any.
fn each_damage(
    s: &mut Probe,
    site: usize,
    image: &Image,
    first: &[Damage],
    ask: fn(&mut Probe) -> Check,
) -> Check<usize> {
    let directory = s.directory_of(site).to_owned();
    let child = s.start_child_if_offered();
    let budget = s.settings().profile().damages().anywhere;
    let damages = Damages::new(image, s.model().data(s.current()), s.settings().seed());
    for damage in first {
        damaged(s, (site, &directory), child, (image, damage), ask)?;
    }
    let start = Instant::now();
    let mut done = 0;
    // A damage that changes nothing is none; where all are, the image is of such bytes that no more are tried.
    for damage in damages.take(budget.most * 4) {
        if done >= budget.most || done >= budget.least && start.elapsed() >= budget.time {
            break;
        }
        done += usize::from(damaged(s, (site, &directory), child, (image, &damage), ask)?);
    }
    Ok(first.len() + done)
}

/// Does one damage to a site, and asks what follows; answers whether it changed anything.
fn damaged(
    s: &mut Probe,
    (site, directory): (usize, &Path),
    child: Option<usize>,
    (image, damage): (&Image, &Damage),
    ask: fn(&mut Probe) -> Check,
) -> Check<bool> {
    let mut changed = image.clone();
    if !damage.apply(&mut changed) {
        return Ok(false);
    }
    s.aside(|s| {
        if let Err(error) = changed.put_back(directory) {
            return s.not_checked(format!("the site's files could not be written: {error}"));
        }
        s.tampered(site, Tampering::Damage, damage.of(image).to_string())?;
        match child {
            Some(child) => s.make_on_in_child(site, child)?,
            None => s.make_on(site)?,
        };
        if s.has_handle() {
            s.call(Op::Open(sample::identity()))?;
            if s.is_open() {
                ask(s)?;
            }
            s.close()?;
        }
        s.drop_handle()
    })?;
    Ok(true)
}

/// Every read, by every way.
fn everything(s: &mut Probe) -> Check {
    let data = s.model().data(s.current());
    let mut reads = Vec::new();
    for (&id, held) in data.entries.iter() {
        reads.push(Op::GetById(id));
        reads
            .push(Op::GetByHash(held.entry.namespace.as_str().into(), held.entry.query_hash.as_str().into()));
    }
    reads.extend(data.dead().take(4).map(Op::GetById));
    let all = data.entries.len() + 1;
    let scopes = [None].into_iter().chain(data.keys.keys().cloned().map(Some));
    reads.extend(scopes.flat_map(|scope| [Op::Count(scope.clone()), Op::IterLruIds(all, scope)]));
    reads.extend(data.quotas.keys().cloned().map(Op::GetNamespaceQuota));
    reads.extend(data.meta.keys().cloned().map(Op::ReadMeta));
    reads.extend(crate::model::STAMPS.map(|stamp| Op::ReadMeta(stamp.into())));
    reads.extend([Walk::All, Walk::Since(3), Walk::Changed(0)].map(Op::Walk));
    reads.extend([Op::ListNamespaces, Op::VersionCounter]);
    reads.into_iter().try_for_each(|read| s.ask(read))
}

/// Every write: what a damaged counter or order makes of them shows in their answers, or in what is read afterwards.
fn writes(s: &mut Probe) -> Check {
    let writes = [
        Op::Insert(entry("new", "h")),
        Op::Insert(told(5).response("after the damage")),
        Op::UpdateAccess(2, 1_500),
        Op::SetNamespaceQuota("new".into(), 9),
        Op::WriteMeta("settings/new".into(), "after the damage".into()),
        Op::DeleteById(4),
        Op::DeleteExpired(0x0001_2346_0000_0000 + 0x0002_0000_0000, Some("tenants/b".into())),
        Op::ClearNamespace("plain".into()),
        Op::VersionCounter,
    ];
    writes.into_iter().try_for_each(|write| s.call(write).map(drop))
}
