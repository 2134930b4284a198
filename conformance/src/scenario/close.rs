use crate::{
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::{self, entry, full},
};
use mneme::Identity;

pub(crate) fn ends_every_operation(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(full("a", "h"))?;
    s.set_namespace_quota("a", 7)?;
    s.write_meta("key", "kept")?;
    if s.is_durable() {
        s.note("What a reopen loses by itself is seen here, and is not laid to what follows.");
        s.reopen()?;
    }
    s.look_everywhere()?;
    s.close()?;
    everything_is_closed(s)?;
    s.note("Closing again revives nothing.");
    s.close()?;
    everything_is_closed(s)?;
    if s.is_durable() {
        s.note("A call that answers the error, and does its work all the same, is seen by the next handle.");
        s.make_again()?;
        s.open(&sample::identity())?;
        s.look_everywhere()?;
    }
    s.note("However often it was opened.");
    s.start()?;
    s.open(&sample::identity())?;
    s.open(&sample::identity())?;
    s.close()?;
    everything_is_closed(s)?;
    s.note("There was nothing to close yet, and still the handle is closed, and not merely not open.");
    s.make()?;
    s.close()?;
    everything_is_closed(s)?;
    s.make()?;
    s.refused(Op::Open(Identity::new("conformance:v1", 0)))?;
    s.close()?;
    everything_is_closed(s)?;
    s.held()
}

fn everything_is_closed(s: &mut Probe) -> Check {
    for op in sample::every_operation(s.site().path()) {
        s.refused(op)?;
    }
    s.note("The identity does not matter any more, be it right, another one or out of range.");
    s.refused(Op::Open(sample::identity()))?;
    s.refused(Op::Open(Identity::new("other", sample::DIMENSION)))?;
    s.refused(Op::Open(Identity::new("conformance:v1", 0)))?;
    s.note("Neither has an `open` that was refused left a handle that works.");
    s.refused(Op::Count(None))
}

pub(crate) fn is_idempotent(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(entry("a", "h"))?;
    for _ in 0..3 {
        s.close()?;
    }
    s.make()?;
    for _ in 0..3 {
        s.close()?;
    }
    s.make()?;
    s.refused(Op::Open(Identity::new("conformance:v1", 0)))?;
    s.close()?;
    s.close()?;
    if s.is_durable() {
        s.note(
            "The second close is of a handle that has nothing any more: it takes nothing from the \
             next one.",
        );
        let first = s.start()?;
        s.insert(entry("a", "h"))?;
        s.close()?;
        let second = s.make_again()?;
        s.open(&sample::identity())?;
        s.look_everywhere()?;
        s.turn_to(first);
        s.close()?;
        s.turn_to(second);
        s.get_by_hash("a", "h")?;
        s.insert(entry("a", "h2"))?;
        s.look_everywhere()?;
    }
    s.held()
}
