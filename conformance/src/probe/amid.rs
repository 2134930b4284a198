//! A snapshot that is taken while another thread writes: which of the states between its call and its return it holds.

use super::{Check, Probe, gate, guard};
use crate::{
    model::Model,
    operation::{Op, Step, Walk},
    outcome::Outcome,
    sample,
    subject::Site,
    trace::Row,
};
use mneme::Store;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// The n-th write of a thread, given the ids that its inserts were answered.
pub(crate) type Writes = fn(usize, &[u64]) -> Op;

/// How many writes are made before the snapshot is asked for.
const BEFORE: usize = 12;
/// How many writes a thread makes at most.
const MOST: usize = 400;

/// What happened, as it was seen from outside.
struct Amid {
    writes: Vec<(Op, Outcome)>,
    snapshot: Outcome,
    /// How many writes had returned when the snapshot was asked for.
    returned_before: usize,
    /// How many writes had begun when it was answered.
    begun_before: usize,
}

impl Probe {
    /// Takes a snapshot of the current handle's data while another thread writes through that handle or another one, and
    /// notes the writes in their order, with the snapshot at the place among them where it fits. Answers how many writes
    /// met it.
    ///
    /// Where it fits nowhere it is noted where it fits best, and what is restored from it is then found wrong.
    pub(crate) fn snapshot_amid_writes(
        &mut self,
        path: &Path,
        write: Writes,
        through: usize,
    ) -> Check<usize> {
        let handle = self.current;
        let site = self.model.handle(handle).site;
        let row = |handle, step| Row { handle, site, fresh_thread: false, step, outcome: None };
        let step = Step::Call(Op::SnapshotTo(path.to_owned()));
        // While it runs it stands in the record as the call that is waited for.
        self.record.begin(row(handle, step.clone()));
        let amid = self.write_meanwhile(path, write, through);
        self.record.end(Outcome::Done);
        self.record.rows().pop();

        let place = match &amid.snapshot {
            Outcome::Done => self.place_among(path, &amid, through),
            _ => amid.returned_before,
        };
        let met = amid.begun_before - amid.returned_before;
        let note = |s: &mut Self, handle: usize, step: Step, outcome: Outcome| -> Check {
            s.record.begin(row(handle, step.clone()));
            s.record.end(outcome.clone());
            s.afterwards = true;
            let judged = s.judge(handle, site, &step, outcome);
            s.afterwards = false;
            judged.map(drop)
        };
        note(self, handle, Step::Meanwhile, Outcome::Done)?;
        let mut after = amid.writes;
        let before: Vec<_> = after.drain(..place).collect();
        let calls = |writes: Vec<(Op, Outcome)>| {
            writes.into_iter().map(move |(op, outcome)| (through, Step::Call(op), outcome))
        };
        let rows = calls(before).chain([(handle, step, amid.snapshot)]).chain(calls(after));
        for (handle, step, outcome) in rows {
            note(self, handle, step, outcome)?;
        }
        Ok(met)
    }

    fn write_meanwhile(&self, path: &Path, write: Writes, through: usize) -> Amid {
        let (store, target) = (self.store(self.current), self.store(through));
        let _passing = gate::pass();
        let (begun, returned) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let (mut writes, mut ids) = (Vec::new(), Vec::new());
                while writes.len() < MOST && !(stop.load(Ordering::SeqCst) && writes.len() > BEFORE) {
                    let op = write(writes.len(), &ids);
                    begun.fetch_add(1, Ordering::SeqCst);
                    let outcome = guard::calling(|| op.call(&*target, 0));
                    returned.fetch_add(1, Ordering::SeqCst);
                    self.record.touch();
                    if let Outcome::Id(id) = outcome
                        && ids.last().is_none_or(|last| *last < id)
                    {
                        ids.push(id);
                    }
                    let over = matches!(outcome, Outcome::Panicked { .. } | Outcome::Failed(_));
                    writes.push((op, outcome));
                    if over {
                        break;
                    }
                }
                writes
            });
            while returned.load(Ordering::SeqCst) < BEFORE && !thread.is_finished() {
                std::thread::yield_now();
            }
            let returned_before = returned.load(Ordering::SeqCst);
            let snapshot = guard::calling(|| store.snapshot_to(path).into());
            let begun_before = begun.load(Ordering::SeqCst);
            stop.store(true, Ordering::SeqCst);
            let writes = thread.join().expect("a guarded writer does not unwind");
            Amid { writes, snapshot, returned_before, begun_before }
        })
    }

    /// The number of writes that the snapshot holds, or, where no number explains it, the one that explains the most.
    fn place_among(&self, path: &Path, amid: &Amid, through: usize) -> usize {
        let Some(dump) = self.dump_of(path, amid) else { return amid.returned_before };
        let handle = self.current;
        let site = self.model.handle(handle).site;
        let mut model = self.model.clone();
        let mut best = (0, amid.returned_before);
        for n in 0..=amid.begun_before {
            if n >= amid.returned_before {
                let explained = explained(&model, handle, site, &dump);
                if explained == dump.len() {
                    return n;
                }
                best = if explained > best.0 { (explained, n) } else { best };
            }
            let Some((op, outcome)) = amid.writes.get(n) else { break };
            if model.step(through, site, &Step::Call(op.clone()), outcome).is_err() {
                break;
            }
        }
        best.1
    }

    /// What a copy answers that is restored for this alone; none where it cannot be opened.
    fn dump_of(&self, path: &Path, amid: &Amid) -> Option<Vec<(Op, Outcome)>> {
        let site = Site::fresh();
        let subject = Arc::clone(&self.subject);
        let mut made: Option<Arc<dyn Store>> = None;
        let passing = gate::pass();
        guard::calling(|| {
            made = subject.restore(path, &site).ok().and_then(|()| subject.make(&site).ok());
            Outcome::Done
        });
        let store = made?;
        let most = self.model.most_items(self.current) + amid.writes.len();
        let mut ops = vec![
            Op::Open(sample::identity()),
            Op::Walk(Walk::All),
            Op::VersionCounter,
            Op::ListNamespaces,
            Op::Count(None),
            Op::IterLruIds(most, None),
        ];
        for (op, _) in &amid.writes {
            let read = match op {
                Op::WriteMeta(key, _) => Op::ReadMeta(Arc::clone(key)),
                Op::SetNamespaceQuota(namespace, _) => Op::GetNamespaceQuota(Arc::clone(namespace)),
                _ => continue,
            };
            if !ops.contains(&read) {
                ops.push(read);
            }
        }
        let dump =
            ops.into_iter().map(|op| (op.clone(), guard::calling(|| op.call(&*store, most)))).collect();
        guard::calling(move || {
            drop(store);
            Outcome::Done
        });
        drop(passing);
        Some(dump)
    }
}

/// How much of a dump a state explains.
fn explained(model: &Model, handle: usize, site: usize, dump: &[(Op, Outcome)]) -> usize {
    let mut model = model.clone();
    let right =
        |(op, outcome): &&(Op, Outcome)| model.step(handle, site, &Step::Call(op.clone()), outcome).is_ok();
    dump.iter().filter(right).count()
}
