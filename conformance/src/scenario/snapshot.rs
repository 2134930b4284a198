use crate::{
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::full,
};
use std::path::Path;

pub(crate) fn unsupported_says_so(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(full("a", "h"))?;
    s.look_everywhere()?;
    // A directory of its own, so that whatever is in it afterwards, the store has made.
    let directory = s.empty_directory();
    let path = directory.join("snapshot");
    s.refused(Op::SnapshotTo(path.clone()))?;
    s.look_for(path.clone())?;
    nothing_is_in(s, &directory)?;
    // A second try is no other, and a directory that is missing is not made.
    s.refused(Op::SnapshotTo(path))?;
    s.refused(Op::SnapshotTo(directory.join("missing").join("in it")))?;
    nothing_is_in(s, &directory)?;

    // What is there already stays as it is.
    let there = directory.join("there");
    if let Err(error) = std::fs::write(&there, HELD) {
        return s.not_checked(format!("no file could be written in a temporary directory: {error}"));
    }
    s.refused(Op::SnapshotTo(there.clone()))?;
    s.look_into(there, HELD)?;

    // And the store is the one that it was.
    s.look_everywhere()?;
    s.insert(full("a", "h2"))?;
    s.look_everywhere()?;
    s.held()
}

/// What a file held before.
const HELD: &[u8] = b"not a snapshot";

/// Looks at each thing that is in a directory: there must be none.
fn nothing_is_in(s: &mut Probe, directory: &Path) -> Check {
    let mut left: Vec<_> =
        std::fs::read_dir(directory).into_iter().flatten().flatten().map(|left| left.path()).collect();
    left.sort();
    left.into_iter().try_for_each(|left| s.look_for(left))
}
