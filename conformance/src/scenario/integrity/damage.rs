//! Damaged files: each damage to a site as a clean close left it.

use crate::{
    damage::Damages,
    image::Image,
    operation::{Op, Tampering, Walk},
    probe::{Check, Probe, Verdict},
    sample::{self, entry, full},
};
use mneme::Entry;
use std::time::Instant;

pub(crate) fn damage_is_noticed(s: &mut Probe) -> Verdict {
    if !s.is_durable() {
        return s.not_applicable("the data do not outlive the handle, so nobody reads damaged ones");
    }
    // What is lost by a close alone is no damage.
    closed(s)?;
    s.start_on(s.site_index())?;
    s.look_everywhere()?;
    writes(s)?;
    let damages = each_damage(s, |s| {
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
    each_damage(s, |s| s.ask(Op::IntegrityCheck)).map(drop)
}

/// Does each damage to a closed site, and asks what follows of a handle that opens. Answers how many damages there were.
///
/// Damaged data may make a store abort, which no test in its process would survive to tell. So the handle is in another
/// process where this program offers any.
fn each_damage(s: &mut Probe, ask: fn(&mut Probe) -> Check) -> Check<usize> {
    let site = closed(s)?;
    let directory = s.directory_of(site).to_owned();
    let image = match Image::of(&directory) {
        Ok(image) if image.files.iter().any(|(_, bytes)| !bytes.is_empty()) => image,
        Ok(_) => {
            return s.not_checked("the store left nothing in the site's directory that could be damaged");
        }
        Err(error) => return s.not_checked(format!("the site's files could not be read: {error}")),
    };
    let child = s.start_child_if_offered();
    let budget = s.settings().profile().damages();
    let damages = Damages::new(&image, s.model().data(s.current()), s.settings().seed());
    let start = Instant::now();
    let mut done = 0;
    // A damage that changes nothing is none; where all are, the image is of such bytes that no more are tried.
    for damage in damages.take(budget.most * 4) {
        if done >= budget.most || done >= budget.least && start.elapsed() >= budget.time {
            break;
        }
        let mut changed = image.clone();
        if !damage.apply(&mut changed) {
            continue;
        }
        done += 1;
        s.aside(|s| {
            if let Err(error) = changed.put_back(&directory) {
                return s.not_checked(format!("the site's files could not be written: {error}"));
            }
            s.tampered(site, Tampering::Damage, damage.of(&image).to_string())?;
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
    }
    Ok(done)
}

/// A site that holds something of everything, and that no handle has any more.
fn closed(s: &mut Probe) -> Check<usize> {
    s.start()?;
    for n in 0..12_u64 {
        s.insert(told(n))?;
    }
    s.insert(entry("plain", "h"))?;
    s.insert(told(3).response("This is the answer of the upsert."))?;
    s.update_access(1, 0x0007_6543_2109)?;
    s.insert(entry("expired", "h").created_at(1).ttl(1))?;
    s.delete_expired(5, None)?;
    for (namespace, quota) in [("tenants/a", 0x0001_7777_6666_5555), ("tenants/b", 0), ("none stored", 3)] {
        s.set_namespace_quota(namespace, quota)?;
    }
    for (key, value) in [("settings/first", "the value of the first setting"), ("", "")] {
        s.write_meta(key, value)?;
    }
    let newest = s.insert(entry("gone", "h"))?;
    s.delete_by_id(newest)?;
    s.look_everywhere()?;
    s.close()?;
    s.drop_handle()?;
    Ok(s.site_index())
}

/// The n-th entry, with content that is found again in a file.
fn told(n: u64) -> Entry {
    let namespace = if n.is_multiple_of(2) { "tenants/a" } else { "tenants/b" };
    full(namespace, &format!("hash-of-question-{n:04}"))
        .query(format!("What is the question of number {n}?"))
        .response(format!("This is the answer of number {n}. ").repeat(6))
        .created_at(0x0001_2345_6789_0000 + n)
        .ttl(0x0002_0000_0000)
        .last_accessed_at(0x0003_1415_9265_0000 + n * 3)
        .access_count(0x0101_0000 + n)
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
