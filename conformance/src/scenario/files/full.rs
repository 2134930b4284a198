//! A disk that runs full, and has room again.

use super::put;
use crate::{
    operation::{Op, Tampering},
    probe::{Check, Probe, Verdict},
    sample::{self, entry, full},
    small_disk::SmallDisk,
};
use mneme::Entry;
use std::fs;

/// How large what is written is: a few of them fill what is left.
const LARGE: usize = 64 * 1024;
/// After so many that found room the disk cannot be full.
const MOST: usize = 400;

pub(crate) fn full_disk_loses_nothing(s: &mut Probe) -> Verdict {
    if !s.is_durable() {
        return super::nothing_is_kept(s);
    }
    // What goes wrong where there is room is not the disk's fault.
    s.start()?;
    fill(s)?;
    go_on(s, "with room")?;
    let directory = s.empty_directory();
    let disk = match SmallDisk::on(&directory) {
        Ok(disk) => disk,
        Err(reason) => return s.held_in_part(reason),
    };
    let place = directory.join("site");
    put(s, fs::create_dir(&place))?;
    let site = s.site_at(&place);
    let found = on_a_small_disk(s, &disk, site);
    if found.is_ok() {
        s.drop_handle()?;
    }
    drop(disk);
    match found? {
        Ran::Full => s.held(),
        Ran::Never => s.held_in_part("the store took more than the disk has room for without an error"),
    }
}

/// Whether the disk ran full.
enum Ran {
    Full,
    Never,
}

fn on_a_small_disk(s: &mut Probe, disk: &SmallDisk, site: usize) -> Check<Ran> {
    s.start_on(site)?;
    fill(s)?;
    for round in ["first", "second"] {
        put(s, disk.fill())?;
        s.tampered(site, Tampering::Full, "the disk is full but for a little")?;
        if !write_until_it_fails(s, round)? {
            return Ok(Ran::Never);
        }
        s.look_everywhere()?;
        // One failure is not the last, nor does it end the handle.
        s.insert_without_room(&large(round, MOST))?;
        s.look_everywhere()?;
        s.integrity_check()?;
        put(s, disk.make_room())?;
        s.tampered(site, Tampering::Room, "there is room again")?;
        s.look_everywhere()?;
        go_on(s, round)?;
        s.insert(large("with room", 0).response(sample::noise(LARGE, 'r')))?;
        s.look_everywhere()?;
        s.integrity_check()?;
    }
    // What was acknowledged is there for the next handle too, also where this one is left on a full disk.
    put(s, disk.fill())?;
    s.tampered(site, Tampering::Full, "the disk is full but for a little")?;
    write_until_it_fails(s, "third")?;
    s.call(Op::Close)?;
    s.drop_handle()?;
    put(s, disk.make_room())?;
    s.tampered(site, Tampering::Room, "there is room again")?;
    s.start_on(site)?;
    s.look_everywhere()?;
    s.integrity_check()?;
    go_on(s, "reopened")?;
    Ok(Ran::Full)
}

/// Inserts until an insert fails, and answers whether one has.
fn write_until_it_fails(s: &mut Probe, round: &str) -> Check<bool> {
    for n in 0..MOST {
        if s.insert_without_room(&large(round, n))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn large(round: &str, n: usize) -> Entry {
    entry(&format!("large {round}"), &format!("h{n}")).response(sample::noise(LARGE, 'x'))
}

fn fill(s: &mut Probe) -> Check {
    s.insert(full("a", "h"))?;
    for n in 0..4 {
        s.insert(entry("b", &format!("h{n}")))?;
    }
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.look_everywhere()
}

fn go_on(s: &mut Probe, round: &str) -> Check {
    let id = s.insert(entry("after", round))?;
    s.insert(full("a", "h").response(format!("after {round}")))?;
    s.update_access(id, 1_500)?;
    s.write_meta("key", round)?;
    s.set_namespace_quota("a", 8)?;
    s.look_everywhere()
}
