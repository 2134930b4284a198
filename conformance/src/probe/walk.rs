//! Walks that stay alive while a scenario makes other calls.

use super::{Check, Probe, guard};
use crate::{
    operation::{ASKED_AFTER_THE_END, Step, Walk},
    outcome::Outcome,
    trace::Row,
};
use mneme::Entries;

/// A walk that is alive in a scenario.
pub(crate) struct LiveWalk<'a> {
    number: usize,
    handle: usize,
    entries: Option<Entries<'a>>,
}

impl Probe {
    /// Begins a walk, and gives it to `with` while it is alive; `with` may make any call.
    pub(crate) fn walking<T>(
        &mut self,
        walk: Walk,
        with: impl FnOnce(&mut Self, &mut LiveWalk<'_>) -> Check<T>,
    ) -> Check<T> {
        let handle = self.current;
        let store = self.store(handle);
        let number = self.walks;
        self.walks += 1;
        let mut entries = None;
        let begun = self.take_local_step(handle, Step::Begin(number, walk), || match walk.begin(&*store) {
            Ok(begun) => {
                entries = Some(begun);
                Outcome::Done
            }
            Err(error) => Outcome::failed(error),
        });
        let mut live = LiveWalk { number, handle, entries };
        let result = begun.and_then(|_| with(self, &mut live));
        live.leave(self).and(result)
    }

    /// Begins a walk, takes one item, and drops it by a panic of the caller's own.
    pub(crate) fn panic_in_walk(&mut self, walk: Walk) -> Check {
        self.walking(walk, |s, live| {
            live.next(s)?;
            live.unwind(s)
        })
    }

    /// As [`take_step`](Self::take_step), on this thread always: a live walk cannot leave it.
    #[allow(clippy::needless_pass_by_value, reason = "the callers make it for this call")]
    fn take_local_step(
        &mut self,
        handle: usize,
        step: Step,
        run: impl FnOnce() -> Outcome,
    ) -> Check<Outcome> {
        let site = self.model.handle(handle).site;
        self.record.begin(Row { handle, site, fresh_thread: false, step: step.clone(), outcome: None });
        let outcome = guard::calling(run);
        self.record.end(outcome.clone());
        self.judge(handle, site, &step, outcome)
    }
}

impl LiveWalk<'_> {
    /// Takes the next item; none at the end. The model judges it.
    pub(crate) fn next(&mut self, s: &mut Probe) -> Check<Option<mneme::StoredEntry>> {
        let entries = self.entries.as_mut().expect("a live walk has its entries");
        let outcome = s.take_local_step(self.handle, Step::Next(self.number), || match entries.next() {
            None => Outcome::Entry(None),
            Some(Ok(entry)) => Outcome::Entry(Some(entry)),
            Some(Err(error)) => Outcome::failed(error),
        })?;
        match outcome {
            Outcome::Entry(entry) => Ok(entry),
            // An error that the model accepts is the end of the walk.
            _ => Ok(None),
        }
    }

    /// Takes items until the end, and asks again after it.
    pub(crate) fn rest(&mut self, s: &mut Probe) -> Check {
        while self.next(s)?.is_some() {}
        (0..ASKED_AFTER_THE_END).try_for_each(|_| self.next(s).map(drop))
    }

    fn leave(&mut self, s: &mut Probe) -> Check {
        let Some(entries) = self.entries.take() else { return Ok(()) };
        s.take_local_step(self.handle, Step::Leave(self.number), move || {
            drop(entries);
            Outcome::Done
        })
        .map(drop)
    }

    /// Drops the walk by a panic of the caller's own.
    pub(crate) fn unwind(&mut self, s: &mut Probe) -> Check {
        let Some(entries) = self.entries.take() else { return Ok(()) };
        s.take_local_step(self.handle, Step::Unwind(self.number), move || {
            guard::unwinding(entries);
            Outcome::Done
        })
        .map(drop)
    }
}
