//! Steps that are taken again.

use super::steps::{Again, Named, Tried};
use crate::{
    contract::Clause,
    outcome::Outcome,
    probe::{Check, LiveWalk, Probe, Verdict},
};
use std::collections::BTreeMap;

/// Takes the steps on a fresh site, as far as their handles were made and are still there.
///
/// What goes wrong after another handle was made is laid to `reopened`, if there is one.
pub(super) fn replay(s: &mut Probe, steps: &[Again], reopened: Option<&'static Clause>) -> Verdict {
    let mut replay = Replay {
        steps,
        reopened,
        at: 0,
        site: s.fresh_site(),
        handles: BTreeMap::new(),
        given: BTreeMap::new(),
        has_called: false,
    };
    replay.go_on(s, None)?;
    if replay.has_called { s.held() } else { s.not_checked("no call is left") }
}

struct Replay<'a> {
    steps: &'a [Again],
    reopened: Option<&'static Clause>,
    at: usize,
    site: usize,
    /// The handles of the trace, as they are made here.
    handles: BTreeMap<usize, usize>,
    /// What the rows of the trace are answered here.
    given: BTreeMap<usize, u64>,
    has_called: bool,
}

impl Replay<'_> {
    /// Goes on until the steps end, or the walk that is alive is left.
    fn go_on(&mut self, s: &mut Probe, mut alive: Option<&mut LiveWalk<'_>>) -> Check {
        let steps = self.steps;
        while let Some(Again { row, handle, fresh_thread, step }) = steps.get(self.at) {
            self.at += 1;
            if matches!(step, Tried::Make) {
                if !self.handles.is_empty() {
                    s.lay_to(self.reopened);
                }
                self.handles.insert(*handle, s.make_on(self.site)?);
                continue;
            }
            let Some(made) = self.handles.get(handle) else { continue };
            s.turn_to(*made);
            match (step, &mut alive) {
                (Tried::Next, Some(walk)) => drop(walk.next(s)?),
                (Tried::Leave, Some(_)) => return Ok(()),
                (Tried::Unwind, Some(walk)) => return walk.unwind(s),
                _ if !s.has_handle() => {}
                (Tried::Begin(walk), None) if s.is_open() => {
                    if let Some(walk) = self.named(|ids| walk.map_ids(ids)) {
                        self.has_called = true;
                        s.walking(walk, |s, alive| self.go_on(s, Some(alive)))?;
                    }
                }
                (Tried::Drop, _) => s.drop_handle()?,
                (Tried::Look, _) if s.is_open() => s.look_everywhere()?,
                (Tried::Call(op), _) => {
                    let Some(op) = self.named(|ids| op.map_ids(ids)) else { continue };
                    self.has_called = true;
                    let outcome = if *fresh_thread { s.call_elsewhere(op)? } else { s.call(op)? };
                    if let Outcome::Id(id) = outcome {
                        self.given.insert(*row, id);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A call with its ids as they are given here; none where the row is gone that was answered one.
    fn named<T>(&self, map: impl FnOnce(&mut dyn FnMut(&Named) -> u64) -> T) -> Option<T> {
        let mut is_gone = false;
        let mut ids = |named: &Named| match named {
            Named::Exactly(id) => *id,
            Named::Of(row) => self.given.get(row).copied().unwrap_or_else(|| {
                is_gone = true;
                0
            }),
        };
        let call = map(&mut ids);
        (!is_gone).then_some(call)
    }
}
