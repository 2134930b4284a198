//! Processes that are killed while they take a snapshot, or restore one.

use crate::{
    probe::{Check, Probe, Verdict},
    random::Seed,
    sample::{self, full},
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How many entries are copied, and how long each is: copying them takes a while.
const ENTRIES: usize = 100;
const LONG: usize = 8_000;

pub(crate) fn killed_leaves_none(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    let [good, other] = ["good", "other"].map(|name| directory.join(name));
    s.start()?;
    s.insert(full("other", "h"))?;
    s.snapshot_to(&other)?;
    if s.is_durable() {
        s.close()?;
        s.drop_handle()?;
    }
    // What is wrong with a copy that nobody interrupts is no kill's fault.
    s.start()?;
    fill(s)?;
    let site = s.site_index();
    let start = Instant::now();
    s.snapshot_to(&good)?;
    let taking = start.elapsed();
    if s.is_durable() {
        s.close()?;
        s.drop_handle()?;
    }
    let mut restoring = Duration::ZERO;
    s.aside(|s| {
        let (site, start) = (s.fresh_site(), Instant::now());
        s.restore(&good, site)?;
        restoring = start.elapsed();
        s.start_on(site)?;
        s.look_everywhere()
    })?;

    let kills = s.settings().profile().copies_killed();
    let start = Instant::now();
    let (mut made, mut landed) = (0, 0);
    while made < kills.least || made < kills.most && start.elapsed() < kills.time {
        let mut seed = Seed::nth(made as u64, 3);
        // Only where the blow falls follows from how long it took, and not what is right.
        let within = |whole: Duration, percent: u32| whole * percent / 100;
        let percent = *seed.pick(&[0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100, 110]);
        let mut in_flight = false;
        s.aside(|s| {
            in_flight = if made % 2 == 0 {
                kill_while_taking(s, site, within(taking, percent))?
            } else {
                kill_while_restoring(s, [&good, &other], within(restoring, percent))?
            };
            Ok(())
        })?;
        made += 1;
        landed += usize::from(in_flight);
    }
    if s.is_durable() {
        s.start_on(site)?;
    }
    s.look_everywhere()?;
    if landed == 0 {
        return s.held_in_part(format!("none of {made} kills landed inside a snapshot or a restore"));
    }
    s.held()
}

fn fill(s: &mut Probe) -> Check {
    for n in 0..ENTRIES {
        s.insert(full("a", &format!("h{n}")).response(sample::noise(LONG, 'x')))?;
    }
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    s.look_everywhere()
}

/// Kills a process that takes a snapshot. Whatever it leaves where the snapshot was to be is either refused, or whole.
fn kill_while_taking(s: &mut Probe, site: usize, after: Duration) -> Check<bool> {
    let directory = s.empty_directory();
    let path = directory.join("snapshot");
    let child = s.start_child()?;
    let handle = if s.is_durable() {
        let handle = s.make_on_in_child(site, child)?;
        s.open(&sample::identity())?;
        handle
    } else {
        let site = s.fresh_site();
        let handle = s.make_on_in_child(site, child)?;
        s.open(&sample::identity())?;
        fill(s)?;
        handle
    };
    let acknowledged = s.kill_amid_snapshot(child, handle, &path, after)?;
    let all_left = entries_of(s, &directory)?;
    for left in &all_left {
        let site = s.fresh_site();
        if s.restore_what_is_left(handle, left, site)? {
            s.start_on(site)?;
            s.look_everywhere()?;
            s.integrity_check()?;
            s.drop_handle()?;
        }
    }
    if s.is_durable() && !all_left.is_empty() && !all_left.contains(&path) {
        // What is left beside the path is in nobody's way.
        s.start_on(site)?;
        s.snapshot_to(&path)?;
    }
    Ok(!acknowledged)
}

/// Kills a process that restores a snapshot. What is at its destination then is refused by open, or is whole, or another
/// snapshot is restored to it: a smaller one, that hides nothing of what the killed process has left.
fn kill_while_restoring(s: &mut Probe, [good, other]: [&Path; 2], after: Duration) -> Check<bool> {
    let site = s.fresh_site();
    let child = s.start_child()?;
    let acknowledged = s.kill_amid_restore(child, good, site, after)?;
    if acknowledged {
        s.start_on(site)?;
    } else if !s.open_what_is_left(good, other, site)? {
        return Ok(true);
    }
    s.look_everywhere()?;
    s.integrity_check()?;
    s.insert(full("after", "h"))?;
    s.look_everywhere()?;
    Ok(!acknowledged)
}

/// What is in a directory, in order.
fn entries_of(s: &mut Probe, directory: &Path) -> Check<Vec<PathBuf>> {
    let listed = fs::read_dir(directory).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
    });
    match listed {
        Ok(mut paths) => {
            paths.sort();
            Ok(paths)
        }
        Err(error) => s.not_checked(format!("a temporary directory could not be read: {error}")),
    }
}
