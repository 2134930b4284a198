//! A process that is killed while it copies, and what it has left behind.

use super::{Check, Probe, guard};
use crate::{
    child::{Command, Heard},
    operation::{Op, Step},
    outcome::{Outcome, display::causes},
    random::Ref,
    sample,
    trace::Row,
};
use mneme::{ErrorKind, Store};
use std::{path::Path, sync::Arc, thread, time::Duration};

impl Probe {
    /// Kills a child while a handle of its takes a snapshot, and answers whether it was acknowledged before.
    pub(crate) fn kill_amid_snapshot(
        &mut self,
        child: usize,
        handle: usize,
        path: &Path,
        after: Duration,
    ) -> Check<bool> {
        let site = self.model.handle(handle).site;
        let op: Op<Ref> = Op::SnapshotTo(path.to_owned());
        let outcome = self.kill_amid(child, Command::Call { handle, op, most: 0 }, after)?;
        let step = Step::Call(Op::SnapshotTo(path.to_owned()));
        let acknowledged = self.note_cut_short(handle, site, step, outcome)?;
        self.note_killed(child)?;
        Ok(acknowledged)
    }

    /// Kills a child while it restores a snapshot to a site, and answers whether that was acknowledged before.
    pub(crate) fn kill_amid_restore(
        &mut self,
        child: usize,
        from: &Path,
        site: usize,
        after: Duration,
    ) -> Check<bool> {
        let command = Command::Restore { snapshot: from.to_owned(), site: self.sites[site].lend() };
        let outcome = self.kill_amid(child, command, after)?;
        self.note_cut_short(self.handles.len(), site, Step::Restore(from.to_owned()), outcome)
    }

    /// Restores from what a killed process has left at a path, and answers whether it is taken for a snapshot. The model
    /// then expects it to be a whole one, of the handle's data.
    pub(crate) fn restore_what_is_left(&mut self, handle: usize, path: &Path, site: usize) -> Check<bool> {
        let outcome = self.restores(path, site);
        let accepted = matches!(outcome, Outcome::Done);
        if accepted && !self.model.is_snapshot(path) {
            // It cannot be refused: the snapshot's outcome is not known, and success is one of them.
            let _ = self.model.happened(handle, &Op::SnapshotTo(path.to_owned()), &Outcome::Done);
        }
        self.witness(self.handles.len(), site, Step::Restore(path.to_owned()), outcome)?;
        Ok(accepted)
    }

    /// Restores another snapshot to a site where a killed process was restoring one to, or opens what is there, and
    /// answers whether a handle is open now. The model then expects everything of that snapshot to be there.
    pub(crate) fn open_what_is_left(&mut self, killed: &Path, other: &Path, site: usize) -> Check<bool> {
        let outcome = self.restores(other, site);
        let is_taken = matches!(&outcome, Outcome::Failed(error) if error.kind() == ErrorKind::Checkpoint);
        if !is_taken {
            self.witness(self.handles.len(), site, Step::Restore(other.to_owned()), outcome)?;
            return self.start_on(site).map(|_| true);
        }
        // Something is there. Whoever opens it must find all, or be refused.
        let mut made: Option<Arc<dyn Store>> = None;
        let place = Arc::clone(&self.sites[site]);
        let subject = Arc::clone(&self.subject);
        self.record.wait();
        let made_outcome = guard::calling(|| match subject.make(&place) {
            Ok(store) => {
                made = Some(store);
                Outcome::Done
            }
            Err(error) => Outcome::NotMade(causes(&*error)),
        });
        let open = Op::Open(sample::identity());
        let opened = made.as_ref().map(|store| guard::calling(|| open.call(&**store, 0)));
        self.record.waited();
        let (Some(opened), Some(store)) = (opened, made) else { return Ok(false) };
        if matches!(opened, Outcome::Failed(_)) {
            drop(store);
            return Ok(false);
        }
        let step = Step::Restore(killed.to_owned());
        let _ = self.model.step(self.handles.len(), site, &step, &Outcome::Done);
        let handle = self.witness_made(site, None, (made_outcome, Some(store)))?;
        self.witness_call(handle, open, opened)?;
        Ok(true)
    }

    fn restores(&mut self, from: &Path, site: usize) -> Outcome {
        let subject = Arc::clone(&self.subject);
        let place = Arc::clone(&self.sites[site]);
        self.record.wait();
        let outcome = guard::calling(|| subject.restore(from, &place).into());
        self.record.waited();
        outcome
    }

    /// Gives a child an order, and kills it so long after it has begun; answers the outcome, if it was quicker.
    fn kill_amid(&mut self, child: usize, command: Command, after: Duration) -> Check<Option<Outcome>> {
        let process = self.process(child);
        self.record.wait();
        let number = process.order(0, command);
        let begun = process.hear();
        // Nothing is right because of it: it spreads the blows over what the call does.
        thread::sleep(after);
        process.kill();
        let words = process.last_words(self.settings.deadline());
        self.record.waited();
        if !matches!(begun, Heard::Begun(heard) if heard == number) {
            return self.not_checked(format!("the child process says {begun:?} out of turn"));
        }
        Ok(words.into_iter().find_map(|word| match word {
            Heard::Ended(heard, outcome, _) if heard == number => Some(outcome),
            _ => None,
        }))
    }

    fn note_cut_short(
        &mut self,
        handle: usize,
        site: usize,
        step: Step,
        outcome: Option<Outcome>,
    ) -> Check<bool> {
        let Some(outcome) = outcome else {
            self.record.rows().push(Row { handle, site, fresh_thread: false, step, outcome: None });
            return Ok(false);
        };
        self.witness(handle, site, step, outcome)?;
        Ok(true)
    }
}
