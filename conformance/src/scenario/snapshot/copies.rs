//! What a restored snapshot holds, and what it shares with the store that it was taken of: all, and nothing.

use crate::{
    contract::clause,
    operation::{Thing, Walk},
    probe::{Check, Probe, There, Verdict},
    sample::{self, MORE_THAN_A_PAGE, entry, full},
    scenario::{contents, durable, indexes},
};

/// Something of everything that a store keeps, and traces of what is gone. The newest id is one of those.
fn fill(s: &mut Probe) -> Check {
    let id = s.insert(full("a", "h"))?;
    for n in 0..10 {
        s.insert(entry("b", &format!("h{n}")).last_accessed_at(100 - n))?;
    }
    s.insert(entry("expired", "h").created_at(1).ttl(1))?;
    s.delete_expired(5, None)?;
    s.insert(entry("cleared", "h"))?;
    s.clear_namespace("cleared")?;
    s.insert(entry("b", "h1").response("again"))?;
    s.insert(entry("b", "due later").created_at(2_000).ttl(0))?;
    s.update_access(id, 900)?;
    let used = s.insert(entry("b", "used at 0"))?;
    s.update_access(used, 0)?;
    for (namespace, quota) in [("a", 7), ("none stored", 3), ("", 0)] {
        s.set_namespace_quota(namespace, quota)?;
    }
    for (key, value) in [("key", "first"), ("key", "kept"), ("", ""), ("version", "007")] {
        s.write_meta(key, value)?;
    }
    let gone = s.insert(entry("gone", "h"))?;
    s.delete_by_id(gone)?;
    s.look_everywhere()
}

/// Goes on with every kind of write, as if nothing had been.
fn go_on(s: &mut Probe, hash: &str) -> Check {
    let id = s.insert(entry("a", hash))?;
    s.insert(full("a", "h").response(format!("after {hash}")))?;
    s.update_access(1, 1_400)?;
    s.set_namespace_quota("a", 8)?;
    s.write_meta("key", hash)?;
    s.look_everywhere()?;
    s.delete_by_id(id)?;
    s.insert(entry("expired", hash).created_at(1).ttl(1))?;
    s.delete_expired(5, Some("expired"))?;
    s.insert(entry("cleared", hash))?;
    s.clear_namespace("cleared")?;
    s.insert(entry("c", hash))?;
    s.look_everywhere()
}

pub(crate) fn restores_everything(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    let snapshot = |name: &str| directory.join(name);
    // What was restored is opened, so what goes wrong when any data are opened again is none of the snapshot's doing.
    if s.is_durable() {
        s.aside(is_opened_again)?;
    }
    s.note("What goes wrong without a snapshot is none of its doing.");
    s.start()?;
    fill(s)?;
    go_on(s, "before")?;

    s.start()?;
    fill(s)?;
    s.snapshot_to(&snapshot("filled"))?;
    s.start_from(&snapshot("filled"))?;
    s.look_everywhere()?;
    s.integrity_check()?;
    go_on(s, "restored")?;
    s.integrity_check()?;
    if s.is_durable() {
        s.reopen()?;
        s.look_everywhere()?;
    }
    s.note("What is made of a restored store is a snapshot like any other.");
    s.snapshot_to(&snapshot("of a restored store"))?;
    s.start_from(&snapshot("of a restored store"))?;
    s.look_everywhere()?;
    go_on(s, "again")?;

    s.note("A name that means something in a statement or an address is a name.");
    let odd =
        snapshot(if cfg!(windows) { "it's #1 & 50% \u{e9};" } else { "it's #1 & 50% \u{e9}; \"a\"?mode=ro" });
    s.start()?;
    fill(s)?;
    s.snapshot_to(&odd)?;
    s.start_from(&odd)?;
    s.look_everywhere()?;
    the_identity_comes_along(s, &snapshot("filled"))?;
    what_was_found_is_worked_with(s, &snapshot("indexes"))?;
    little_is_a_snapshot_too(s, &directory)?;
    much_is_a_snapshot_too(s, &directory)?;
    each_moment_is_its_own(s, &directory)?;

    s.untold(a_name_is_a_path_too)?;

    s.note("A snapshot that is taken while walks are alive, and on a thread that has called nothing before.");
    s.start()?;
    fill(s)?;
    for (n, walk) in [Walk::All, Walk::Since(0), Walk::Changed(0)].into_iter().enumerate() {
        let path = snapshot(&format!("under walk {n}"));
        s.walking(walk, |s, live| {
            live.next(s)?;
            s.snapshot_to(&path)?;
            live.rest(s)
        })?;
        s.aside(|s| {
            s.start_from(&path)?;
            s.look_everywhere()
        })?;
    }
    s.call_from_fresh_threads();
    s.snapshot_to(&snapshot("on another thread"))?;
    s.start_from(&snapshot("on another thread"))?;
    s.look_everywhere()?;
    s.held()
}

/// What a store is asked that was made of a snapshot, of one that was opened again.
fn is_opened_again(s: &mut Probe) -> Check {
    s.start()?;
    fill(s)?;
    durable::next_lets_the_right_one_in_alone(s)?;
    s.integrity_check()?;
    go_on(s, "opened again")?;
    s.reopen()?;
    s.look_everywhere()?;
    s.start()?;
    fill_with_much(s)?;
    s.reopen()?;
    // All of it was right before.
    s.lay_to(Some(&clause::durable::survives_close));
    s.look_everywhere()?;
    s.lay_to(None);
    Ok(())
}

/// Whose data they are is in the snapshot: no other embedder opens what was restored.
fn the_identity_comes_along(s: &mut Probe, snapshot: &std::path::Path) -> Check {
    let site = s.fresh_site();
    s.restore(snapshot, site)?;
    s.make_on(site)?;
    durable::lets_the_right_one_in_alone(s)?;
    if s.is_durable() {
        s.note("Nor is another one once it was opened.");
        durable::next_lets_the_right_one_in_alone(s)?;
    }
    s.note("Also where a format of files may cut or escape something of it.");
    for identity in contents::identities() {
        s.make()?;
        s.open(&identity)?;
        s.insert(full("a", "h"))?;
        let path = s.empty_directory().join("of another embedder");
        s.snapshot_to(&path)?;
        let site = s.fresh_site();
        s.restore(&path, site)?;
        s.make_on(site)?;
        s.open(&identity)?;
        s.look_everywhere()?;
    }
    Ok(())
}

/// First on the store that wrote the entries, and then on one that found them in a snapshot.
fn what_was_found_is_worked_with(s: &mut Probe, path: &std::path::Path) -> Check {
    s.start()?;
    let ids = indexes::fill(s)?;
    s.snapshot_to(path)?;
    indexes::work(s, ids)?;
    s.start_from(path)?;
    s.look_everywhere()?;
    s.lay_to(Some(&clause::snapshot::restores_everything));
    indexes::work(s, ids)?;
    s.lay_to(None);
    Ok(())
}

/// A store that holds nothing yet, one whose last entry has gone, and one that holds quotas and meta alone.
fn little_is_a_snapshot_too(s: &mut Probe, directory: &std::path::Path) -> Check {
    type Work = fn(&mut Probe) -> Check;
    s.start()?;
    let steps: [(&str, Work); 3] = [
        ("empty", |_| Ok(())),
        ("emptied", |s| {
            let id = s.insert(entry("a", "h"))?;
            s.delete_by_id(id).map(drop)
        }),
        ("no entries", |s| {
            s.set_namespace_quota("a", 0)?;
            s.write_meta("key", "kept")
        }),
    ];
    for (name, step) in steps {
        step(s)?;
        let (handle, path) = (s.current(), directory.join(name));
        s.snapshot_to(&path)?;
        s.start_from(&path)?;
        s.look_everywhere()?;
        s.insert(entry("a", "h"))?;
        s.look_everywhere()?;
        s.turn_to(handle);
    }
    Ok(())
}

/// The values that a format of files may cut, round, escape or forget, and more entries than any page.
fn much_is_a_snapshot_too(s: &mut Probe, directory: &std::path::Path) -> Check {
    s.start()?;
    fill_with_much(s)?;
    let path = directory.join("much");
    s.snapshot_to(&path)?;
    s.start_from(&path)?;
    s.lay_to(Some(&clause::snapshot::restores_everything));
    s.look_everywhere()?;
    s.lay_to(None);
    s.delete_expired(0, Some("due at 0"))?;
    s.look_everywhere()
}

fn fill_with_much(s: &mut Probe) -> Check {
    contents::fill(s)?;
    for n in 0..MORE_THAN_A_PAGE {
        s.insert(entry("many", &format!("h{n}")))?;
    }
    s.look_everywhere()
}

/// A path may be a name alone: its parent is the empty path, and the place is the process's and not the store's.
fn a_name_is_a_path_too(s: &mut Probe) -> Check {
    let directory = s.empty_directory();
    let started = s.start_child_by(|program, arguments| {
        let mut command = std::process::Command::new(program);
        command.args(arguments).current_dir(&directory);
        command
    });
    let Ok(child) = started else { return Ok(()) };
    let site = s.fresh_site();
    s.make_on_in_child(site, child)?;
    s.open(&sample::identity())?;
    s.insert(full("a", "h"))?;
    s.look_everywhere()?;
    s.note("By its name alone, in a process whose current directory is where the snapshot is to be.");
    let path = directory.join("by name");
    s.snapshot_by_name(&path)?;
    s.start_from(&path)?;
    s.look_everywhere()
}

/// Several snapshots of one store, restored in another order than they were taken in, one of them twice.
fn each_moment_is_its_own(s: &mut Probe, directory: &std::path::Path) -> Check {
    s.start()?;
    // As whoever keeps some of them names them: an end that is cut off leaves one name.
    let paths = ["copy.1", "copy.2", "copy.3"].map(|name| directory.join(name));
    for (n, path) in paths.iter().enumerate() {
        s.insert(entry("a", "h").response(format!("moment {n}")))?;
        s.insert(entry("a", &format!("h{n}")))?;
        s.look_everywhere()?;
        s.snapshot_to(path)?;
    }
    for n in [1, 0, 2, 1] {
        s.start_from(&paths[n])?;
        s.look_everywhere()?;
    }
    Ok(())
}

const NEIGHBOURS: [&str; 7] = [
    "snapshot.tmp",
    "snapshot.temp",
    "snapshot.partial",
    "snapshot.part",
    "snapshot.new",
    "snapshot.bak",
    "snapshot~",
];

/// An empty directory may be taken for what a copy that was killed has left.
const DIRECTORIES: [&str; 3] = ["others", "snapshot.d", ".snapshot"];

pub(crate) fn leaves_both_sides_alone(s: &mut Probe) -> Verdict {
    let directory = s.empty_directory();
    let path = directory.join("snapshot");
    s.start()?;
    fill(s)?;
    go_on(s, "before")?;

    let source = s.start()?;
    fill(s)?;
    s.note(
        "Its neighbours have names that one would give to a file until it is whole, and are others' files.",
    );
    let mut neighbours = Vec::new();
    for name in NEIGHBOURS {
        let path = directory.join(name);
        let held = s.put(&path, Thing::File("another's file".into()), b"another's")?;
        neighbours.push((path, held));
    }
    for name in DIRECTORIES {
        let path = directory.join(name);
        let held = s.put(&path, Thing::Directory, b"")?;
        neighbours.push((path, held));
    }
    s.snapshot_to(&path)?;
    for (path, held) in &neighbours {
        s.look_into(path.clone(), held)?;
    }
    let held = There::at(&path).unwrap_or(There::Nothing);
    s.look_everywhere()?;
    go_on(s, "since")?;
    s.look_into(path.clone(), &held)?;

    let first = s.start_from(&path)?;
    s.look_into(path.clone(), &held)?;
    s.look_everywhere()?;
    s.turn_to(source);
    s.look_everywhere()?;
    s.note("Writes to either side show on that side alone.");
    s.turn_to(first);
    go_on(s, "on the copy")?;
    s.look_into(path.clone(), &held)?;
    s.turn_to(source);
    s.look_everywhere()?;
    go_on(s, "on the store")?;
    s.turn_to(first);
    s.look_everywhere()?;
    s.note("And no more on what is restored later from the same snapshot.");
    let second = s.start_from(&path)?;
    s.look_everywhere()?;
    go_on(s, "on the second copy")?;
    for handle in [first, source] {
        s.turn_to(handle);
        s.look_everywhere()?;
    }
    s.note("What is written at the end of a handle is written to its own data.");
    for handle in [second, first, source] {
        s.turn_to(handle);
        if s.is_durable() {
            s.reopen()?;
            s.look_everywhere()?;
        } else {
            s.close()?;
        }
        s.look_into(path.clone(), &held)?;
    }
    s.note(
        "A store that copied itself copies itself again, and the older snapshot is the older state \
         still.",
    );
    if s.is_durable() {
        let later = directory.join("later");
        s.snapshot_to(&later)?;
        s.look_everywhere()?;
        s.start_from(&path)?;
        s.look_everywhere()?;
        s.start_from(&later)?;
        s.look_everywhere()?;
        s.look_into(path, &held)?;
    }
    s.held()
}
