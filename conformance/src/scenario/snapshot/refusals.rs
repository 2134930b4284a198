//! What snapshots and restores refuse, and leave as it is.

use crate::{
    foreign,
    image::Image,
    operation::{Op, Tampering, Thing},
    outcome::Outcome,
    probe::{Calls, Check, Probe, Racer, There, Verdict, Who},
    sample::{DIMENSION, entry, full},
    scenario::files,
};
use mneme::{ErrorKind, Identity};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// What a file held before.
const HELD: &[u8] = b"not a snapshot";

pub(crate) fn unsupported_says_so(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(full("a", "h"))?;
    s.look_everywhere()?;
    s.note("A directory of its own, so that whatever is in it afterwards, the store has made.");
    let directory = s.empty_directory();
    let path = directory.join("snapshot");
    s.refused(Op::SnapshotTo(path.clone()))?;
    s.look_for(path.clone())?;
    nothing_is_in(s, &directory)?;
    s.note("A second try is no other, and a directory that is missing is not made.");
    s.refused(Op::SnapshotTo(path))?;
    s.refused(Op::SnapshotTo(directory.join("missing").join("in it")))?;
    s.refused(Op::SnapshotTo(directory.join(no_text())))?;
    s.refused(Op::SnapshotTo(directory.clone()))?;
    s.refused(Op::SnapshotTo(PathBuf::new()))?;
    nothing_is_in(s, &directory)?;

    s.note("What is there already stays as it is.");
    let there = directory.join("there");
    if let Err(error) = fs::write(&there, HELD) {
        return s.not_checked(format!("no file could be written in a temporary directory: {error}"));
    }
    s.refused(Op::SnapshotTo(there.clone()))?;
    s.look_into(there, &There::File(HELD.to_vec()))?;

    s.note("And the store is the one that it was.");
    s.look_everywhere()?;
    s.insert(full("a", "h2"))?;
    s.look_everywhere()?;
    s.held()
}

/// Looks at each thing that is in a directory: there must be none.
fn nothing_is_in(s: &mut Probe, directory: &Path) -> Check {
    names_in(directory).into_iter().try_for_each(|name| s.look_for(directory.join(name)))
}

/// Where in a directory a store's data are: the names of what is there, or of what is there at the end of the way, where
/// nothing is beside it.
fn places_in(directory: &Path) -> Vec<PathBuf> {
    match &names_in(directory)[..] {
        [only] if !is_a_place(&directory.join(only)) => {
            places_in(&directory.join(only)).iter().map(|name| only.join(name)).collect()
        }
        names => names.to_vec(),
    }
}

/// Whether something is a place for data, and not merely on the way to one.
fn is_a_place(path: &Path) -> bool {
    !path.is_dir() || !matches!(&names_in(path)[..], [only] if path.join(only).is_dir())
}

/// The names of what is in a directory, in order.
fn names_in(directory: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().into())
        .collect();
    names.sort();
    names
}

/// What may be in the way.
fn things() -> [(Thing, &'static [u8]); 5] {
    [
        (Thing::File("an empty file".into()), b""),
        (Thing::File("a file with text".into()), HELD),
        (Thing::Directory, b""),
        (Thing::Link { dangling: false }, HELD),
        (Thing::Link { dangling: true }, b""),
    ]
}

pub(crate) fn existing_destination_is_refused(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    let first = s.start()?;
    s.insert(full("a", "h"))?;
    s.set_namespace_quota("a", 7)?;
    s.look_everywhere()?;
    snapshots_are_refused(s, &directory)?;
    s.note("And the store is the one that it was, and can still copy itself.");
    s.look_everywhere()?;
    s.insert(entry("a", "h2"))?;
    let good = directory.join("snapshot");
    s.snapshot_to(&good)?;
    s.start_from(&good)?;
    s.look_everywhere()?;
    s.note("What was restored once is not restored over, in use or not.");
    let restored = s.site_index();
    s.insert(entry("a", "since the restore"))?;
    s.look_everywhere()?;
    s.restore(&good, restored)?;
    s.look_everywhere()?;
    s.close()?;
    s.drop_handle()?;
    if s.is_durable() {
        s.restore(&good, restored)?;
        s.start_on(restored)?;
        s.look_everywhere()?;
    }
    s.note("Nor is a live store, or one that was closed.");
    s.turn_to(first);
    s.insert(entry("a", "since the snapshot"))?;
    s.look_everywhere()?;
    let site = s.site_index();
    s.restore(&good, site)?;
    s.look_everywhere()?;
    s.close()?;
    s.refused(Op::SnapshotTo(good.clone()))?;
    s.drop_handle()?;
    if s.is_durable() {
        s.restore(&good, site)?;
        s.start_on(site)?;
        s.look_everywhere()?;
        s.close()?;
        s.drop_handle()?;
        restores_are_refused(s, &good, site)?;
    }
    s.note("A handle that is not open says so before it looks at the path.");
    s.make()?;
    s.refused(Op::SnapshotTo(good))?;
    s.note("Of two that are taken at once to one path, the later finds the earlier one there.");
    let mut overlapping = 0;
    s.aside_for_good(|s| {
        overlapping = two_at_once(s)?;
        Ok(())
    })?;
    if overlapping < OVERLAPPING {
        return s.held_in_part(format!(
            "two snapshots to one path ran beside each other in {overlapping} of the {OVERLAPPING} meetings that are wanted, of \
             {MEETINGS} in all"
        ));
    }
    s.held()
}

/// In how many meetings the calls shall have run beside each other. Of a store that looks for what is there, and then writes or
/// renames over it, nearly every one shows it.
const OVERLAPPING: usize = 6;
/// How many meetings there are at most, as threads of a busy machine may pass each other by.
const MEETINGS: usize = 60;
/// After how many meetings there is more to copy: on a busy machine a call has to take longer than a thread is left alone.
const GROWS_AFTER: usize = 10;
/// How many entries more are copied at first, and so many more than before each time, of how many characters.
const COPIED: (usize, usize) = (48, 20_000);

/// Takes two snapshots to one path at the same moment, over and over; in how many meetings one call ran beside the other.
fn two_at_once(s: &mut Probe) -> Check<usize> {
    let directory = s.empty_directory();
    let handle = s.start()?;
    let mut overlapping = 0;
    for meeting in 0..MEETINGS {
        if overlapping == OVERLAPPING {
            break;
        }
        s.turn_to(handle);
        if meeting % GROWS_AFTER == 0 {
            for n in 0..COPIED.0 * (1 + meeting / GROWS_AFTER) {
                s.insert(entry("a", &format!("h{meeting}.{n}")).response("x".repeat(COPIED.1)))?;
            }
        }
        if two_meet(s, handle, &directory.join(format!("snapshot {meeting}")))? {
            overlapping += 1;
        }
    }
    Ok(overlapping)
}

/// Takes two at one moment, and restores the one that was taken; whether one call ran beside the other.
fn two_meet(s: &mut Probe, handle: usize, path: &Path) -> Check<bool> {
    let taking = Op::SnapshotTo(path.to_owned());
    let racer = Racer { who: Who::Handle(handle), calls: Calls::Each(vec![taking.clone()]) };
    let ran = s.at_once(s.site_index(), &[racer.clone(), racer], None)?;
    let spans: Vec<_> = ran.iter().flat_map(|ran| &ran.spans).flatten().copied().collect();
    let overlaps = matches!(spans[..], [one, other] if one.overlaps(other));
    let mut answers: Vec<Outcome> =
        ran.into_iter().flat_map(|ran| ran.calls).map(|(_, answer)| answer).collect();
    // The one that was there first. Where each was refused because of the other there is none, and the contract is silent.
    answers.sort_by_key(|answer| !matches!(answer, Outcome::Done));
    let is_taken = matches!(answers[0], Outcome::Done);
    let refused = |answer: &Outcome| answer.error_kind() == Some(ErrorKind::Checkpoint);
    if !is_taken && answers.iter().all(refused) {
        return Ok(overlaps);
    }
    for answer in answers {
        s.witness_call(handle, taking.clone(), answer)?;
    }
    if overlaps {
        s.start_from(path)?;
        s.look_everywhere()?;
    }
    Ok(overlaps)
}

/// Puts things where a snapshot is to go.
fn snapshots_are_refused(s: &mut Probe, directory: &Path) -> Check {
    for (n, (thing, bytes)) in things().into_iter().enumerate() {
        let path = directory.join(format!("there {n}"));
        let held = s.put(&path, thing.clone(), bytes)?;
        s.refused(Op::SnapshotTo(path.clone()))?;
        s.look_into(path.clone(), &held)?;
        s.note("What a link leads to is nobody's but its owner's.");
        let target = path.with_extension("target");
        match thing {
            Thing::Link { dangling: true } => s.look_for(target)?,
            Thing::Link { dangling: false } => s.look_into(target, &There::File(bytes.to_vec()))?,
            _ => {}
        }
    }
    s.note("A snapshot is something too, and so is one that was taken a moment ago.");
    let earlier = directory.join("earlier");
    s.snapshot_to(&earlier)?;
    let held = There::at(&earlier).unwrap_or(There::Nothing);
    s.insert(entry("a", "later"))?;
    s.look_everywhere()?;
    let names = names_in(directory);
    s.refused(Op::SnapshotTo(earlier.clone()))?;
    s.look_into(earlier, &held)?;
    s.note("Nor is anything left beside it.");
    for name in names_in(directory).into_iter().filter(|name| !names.contains(name)) {
        s.look_for(directory.join(name))?;
    }
    s.note("No directory is made, and a file is none.");
    let missing = directory.join("missing");
    s.put(&missing, Thing::Nothing, b"")?;
    s.refused(Op::SnapshotTo(missing.join("snapshot")))?;
    s.look_for(missing.clone())?;
    s.refused(Op::SnapshotTo(missing.join("deeper").join("snapshot")))?;
    s.look_for(missing.clone())?;
    s.note("A path need be no text.");
    s.refused(Op::SnapshotTo(missing.join(no_text())))?;
    s.look_for(missing)?;
    let file = directory.join("no directory");
    let held = s.put(&file, Thing::File("a file with text".into()), HELD)?;
    s.refused(Op::SnapshotTo(file.join("snapshot")))?;
    s.look_into(file, &held)
}

/// The name of a file that is no Unicode.
#[cfg(unix)]
fn no_text() -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(b"caf\xe9".to_vec())
}

/// The name of a file that is no Unicode.
#[cfg(not(unix))]
fn no_text() -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(&[0x63, 0xd800])
}

/// Puts things where a restore is to make the data, as far as a closed store's site shows where that is.
fn restores_are_refused(s: &mut Probe, good: &Path, closed: usize) -> Check {
    let names = places_in(s.directory_of(closed));
    for (thing, bytes) in things() {
        if names.is_empty() {
            break;
        }
        let site = s.fresh_site();
        let mut put = Vec::new();
        for name in &names {
            let path = s.directory_of(site).join(name);
            let way = path.parent().map_or(Ok(()), fs::create_dir_all);
            files::put(s, way)?;
            put.push((path.clone(), s.put(&path, thing.clone(), bytes)?));
        }
        s.tampered(site, Tampering::Foreign, "what is there is in the place of the data")?;
        s.restore(good, site)?;
        for (path, held) in put {
            s.look_into(path, &held)?;
        }
    }
    if names.iter().all(|name| is_a_place(&s.directory_of(closed).join(name))) && !names.is_empty() {
        s.note("Nor is the way to the data made.");
        let (site, missing) = s.site_without_a_directory();
        s.tampered(site, Tampering::Block, "the directory of the data is missing")?;
        s.restore(good, site)?;
        s.look_for(missing)?;
    }
    Ok(())
}

pub(crate) fn foreign_source_is_refused(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    s.start()?;
    for n in 0..12 {
        s.insert(full("a", &format!("h{n}")))?;
    }
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.look_everywhere()?;
    let good = directory.join("snapshot");
    s.snapshot_to(&good)?;
    s.note("The good one works; what follows is refused for what it is.");
    s.start_from(&good)?;
    s.look_everywhere()?;
    s.close()?;
    s.drop_handle()?;
    let names = names_in(s.site().path());

    let mut sources = vec![(Thing::Nothing, Vec::new()), (Thing::Directory, Vec::new())];
    sources.push((Thing::File("an empty file".into()), Vec::new()));
    sources.push((Thing::Link { dangling: true }, Vec::new()));
    sources.extend(foreign::files().into_iter().map(|(what, bytes)| (Thing::File(what.into()), bytes)));
    if let Some(There::File(whole)) = There::at(&good) {
        for length in cuts(whole.len()) {
            let what = format!("a snapshot's first {length} bytes of {}", whole.len());
            sources.push((Thing::File(what.into()), whole[..length].to_vec()));
        }
    }
    for (n, (thing, bytes)) in sources.into_iter().enumerate() {
        let source = directory.join(format!("source {n}"));
        s.put(&source, thing, &bytes)?;
        is_refused(s, &source, &good, &names, n)?;
    }
    if let Some(There::Directory(_)) = There::at(&good) {
        cut_directories_are_refused(s, &directory, &good, &names)?;
    }
    s.untold(|s| cuts_between_records_are_refused(s, &directory, &good, &names))?;
    s.untold(|s| cuts_of_what_is_nearly_empty_are_refused(s, &directory, &good, &names))?;
    s.held()
}

/// How many bytes a record may have in common with whatever another snapshot has in its place.
const ALIKE: usize = 12;
/// How long what comes before the records may be: how many there are and what they sum to is another in each snapshot.
const HEADS: [usize; 4] = [0, 64, 512, 4_096];

/// Of a snapshot that is one file, what ends where one of its records does. Where that is, another snapshot shows that has one
/// entry more: there the two begin to differ, or a little before.
fn cuts_between_records_are_refused(
    s: &mut Probe,
    directory: &Path,
    good: &Path,
    names: &[PathBuf],
) -> Check {
    let (Some(There::File(shorter)), more) = (There::at(good), directory.join("one more")) else {
        return Ok(());
    };
    let site = s.fresh_site();
    s.restore(good, site)?;
    s.start_on(site)?;
    s.insert(full("a", "one more"))?;
    s.snapshot_to(&more)?;
    s.close()?;
    s.drop_handle()?;
    let Some(There::File(longer)) = There::at(&more) else { return Ok(()) };
    let differ_at = |head: usize| {
        let both = std::iter::zip(&shorter, &longer).skip(head);
        head + both.take_while(|(a, b)| a == b).count()
    };
    let places = HEADS.map(differ_at);
    let lengths: BTreeSet<usize> = places.iter().flat_map(|at| at.saturating_sub(ALIKE)..=*at).collect();
    for length in lengths.into_iter().filter(|length| (1..longer.len()).contains(length)) {
        let source = directory.join(format!("cut to {length}"));
        let what = format!("a snapshot's first {length} bytes of {}", longer.len());
        s.put(&source, Thing::File(what.into()), &longer[..length])?;
        is_refused(s, &source, good, names, 2)?;
    }
    Ok(())
}

/// The end of a snapshot that has little in it may be the unused part of a page: what is missing reads as zeros, and what is stored is
/// all there.
fn cuts_of_what_is_nearly_empty_are_refused(
    s: &mut Probe,
    directory: &Path,
    good: &Path,
    names: &[PathBuf],
) -> Check {
    for entries in [0, 1, 12] {
        let path = directory.join(format!("of {entries}"));
        s.start()?;
        for n in 0..entries {
            s.insert(entry("a", &format!("h{n}")))?;
        }
        s.snapshot_to(&path)?;
        s.close()?;
        s.drop_handle()?;
        let Some(There::File(whole)) = There::at(&path) else { return Ok(()) };
        for length in LITTLE.into_iter().filter_map(|less| whole.len().checked_sub(less)) {
            let source = directory.join(format!("of {entries} cut to {length}"));
            let what = format!("a snapshot's first {length} bytes of {}", whole.len());
            s.put(&source, Thing::File(what.into()), &whole[..length])?;
            is_refused(s, &source, good, names, 2)?;
        }
    }
    Ok(())
}

/// How many bytes are cut off.
const LITTLE: [usize; 4] = [1, 16, 100, 1_000];

/// Lengths to cut a snapshot to: headers, pages, the middle, the end.
fn cuts(whole: usize) -> Vec<usize> {
    let mut lengths = vec![1, 15, 16, 100, 511, 512, 4_095, 4_096, whole / 3, whole / 2, whole * 9 / 10];
    lengths.extend([1, 2, 8, 32, 512, 4_096].map(|less| whole.saturating_sub(less)));
    lengths.retain(|length| *length > 0 && *length < whole);
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// Restores from what is no snapshot: the destination stays absent, whatever is asked of it afterwards.
fn is_refused(s: &mut Probe, source: &Path, good: &Path, names: &[PathBuf], n: usize) -> Check {
    let site = s.fresh_site();
    s.restore(source, site)?;
    for name in names {
        let path = s.directory_of(site).join(name);
        s.look_for(path)?;
    }
    match n % 3 {
        // A good one can be restored there still.
        0 => {
            s.restore(good, site)?;
            s.start_on(site)?;
            s.look_everywhere()?;
        }
        // A handle finds nothing, not even whose data they would have been.
        1 => {
            s.make_on(site)?;
            s.open(&Identity::new("another embedder", DIMENSION + 1))?;
            s.look_everywhere()?;
            s.insert(entry("a", "h").embedding(vec![0.5; DIMENSION + 1]))?;
        }
        _ => return Ok(()),
    }
    s.close()?;
    s.drop_handle()
}

/// Of a snapshot that is a directory, each file in turn is cut, or missing.
fn cut_directories_are_refused(s: &mut Probe, directory: &Path, good: &Path, names: &[PathBuf]) -> Check {
    let Ok(image) = Image::of(good) else {
        return s.not_checked("the snapshot could not be read");
    };
    for (n, (name, whole)) in image.files.iter().enumerate() {
        let mut lengths = vec![None];
        lengths.extend(
            [whole.len() / 2, whole.len().saturating_sub(1)].into_iter().filter(|l| *l > 0).map(Some),
        );
        for (m, length) in lengths.into_iter().enumerate() {
            let source = directory.join(format!("cut {n} {m}"));
            let mut files = image.clone();
            match length {
                Some(length) => files.files[n].1.truncate(length),
                None => drop(files.files.remove(n)),
            }
            if let Err(error) = files.write_to(&source) {
                return s.not_checked(format!("no file could be written in a temporary directory: {error}"));
            }
            let what = match length {
                Some(length) => format!(
                    "a snapshot whose {} has its first {length} bytes of {}",
                    name.display(),
                    whole.len()
                ),
                None => format!("a snapshot without its {}", name.display()),
            };
            s.note_put(&source, Thing::File(what.into()))?;
            is_refused(s, &source, good, names, m)?;
        }
    }
    Ok(())
}
