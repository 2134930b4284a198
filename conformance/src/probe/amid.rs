//! A snapshot that is taken while others write: which of the states between its call and its return it holds.

mod order;

use self::order::{Copied, Order, order_of};
use super::{Check, Probe, gate, guard};
use crate::{
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
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

/// The n-th write of a writer, given the writer's number and the ids that its inserts were answered.
pub(crate) type Writes = fn(usize, usize, &[u64]) -> Op;

/// How many writes each writer makes before the snapshot is asked for.
const BEFORE: usize = 8;
/// How many writes a writer makes at most.
const MOST: usize = 1_000;

/// What came of a snapshot that was taken while others wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// Every writer made a whole write meanwhile.
    Met,
    /// A writer made none, though one may have been under way all the time. What it holds is told all the same.
    Missed,
    /// It was not to be found in which order the writes took effect, and nothing is told.
    NotKnown,
}

/// What happened, as it was seen from outside.
struct Amid {
    /// The writes of each writer.
    writers: Vec<Vec<Made>>,
    snapshot: Made,
    /// What the store itself answered when all of it was over.
    after: Copied,
}

/// Says that a call is over, however it ends.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A call, with the stamps between which it ran.
struct Made {
    handle: usize,
    op: Op,
    called: u64,
    returned: u64,
    outcome: Outcome,
}

impl Made {
    fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Panicked { .. } | Outcome::Failed(_))
    }

    fn is_within(&self, other: &Self) -> bool {
        other.called < self.called && self.returned < other.returned
    }
}

impl Probe {
    /// Takes a snapshot of the current handle's data while others write, each on a thread of its own through one of the
    /// handles, and notes the writes in an order that explains them, with the snapshot at the place among them where it fits.
    ///
    /// Where it fits nowhere it is noted where it fits best, and what is restored from it is then found wrong. Where no order
    /// explains the writes even without it, nothing is noted: that is the matter of other clauses.
    pub(crate) fn snapshot_amid_writes(
        &mut self,
        path: &Path,
        write: Writes,
        through: &[usize],
    ) -> Check<Meeting> {
        let handle = self.current;
        let site = self.model.handle(handle).site;
        let row = |handle, step| Row { handle, site, fresh_thread: false, step, outcome: None };
        // While it runs it stands in the record as the call that is waited for.
        self.record.begin(row(handle, Step::Call(Op::SnapshotTo(path.to_owned()))));
        let amid = self.write_meanwhile(path, write, through);
        self.record.end(Outcome::Done);
        self.record.rows().pop();

        let failed = amid.writers.iter().flatten().find(|made| made.has_failed());
        let told: Vec<&Made> = if let Some(failed) = failed {
            // With others at work or not, a write that is in range succeeds.
            vec![failed]
        } else {
            let copied = matches!(amid.snapshot.outcome, Outcome::Done);
            let copy = copied.then(|| self.copied(path, &amid)).flatten();
            let data = self.model.data(handle);
            let Order::Found(order) = order_of(data, &amid, copy.as_ref()) else {
                return Ok(Meeting::NotKnown);
            };
            // A counter that the copy took too late may be right as far as the writes before it tell, and not by those after.
            let later = order::after(data, &order, &amid.after);
            self.model.foresee(handle, &later);
            order
        };
        let mut note = |handle: usize, step: Step, outcome: Outcome| -> Check {
            self.record.begin(row(handle, step.clone()));
            self.record.end(outcome.clone());
            self.afterwards = true;
            let judged = self.judge(handle, site, &step, outcome);
            self.afterwards = false;
            judged.map(drop)
        };
        note(handle, Step::Meanwhile, Outcome::Done)?;
        for made in told {
            note(made.handle, Step::Call(made.op.clone()), made.outcome.clone())?;
        }
        let meets = |writer: &Vec<Made>| writer.iter().any(|made| made.is_within(&amid.snapshot));
        Ok(if amid.writers.iter().all(meets) { Meeting::Met } else { Meeting::Missed })
    }

    /// Takes a snapshot of the current handle's data while a thread writes to it for as long as that takes. What the data are then
    /// nobody knows, so nothing may be asked of them.
    pub(crate) fn snapshot_amid_endless_writes(&mut self, path: &Path) -> Check {
        self.take_step(self.current, &Step::Meanwhile, || Outcome::Done)?;
        let store = self.store(self.current);
        let writer = Arc::clone(&store);
        // Whoever waits for the snapshot has given up by then.
        let until = Instant::now() + 2 * self.settings.deadline();
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Ended(Arc::clone(&ends));
        let writing = std::thread::spawn(move || {
            let mut n = 0_u64;
            while !ends.load(Ordering::SeqCst) && Instant::now() < until {
                n += 1;
                guard::calling(|| writer.write_meta("written meanwhile", &n.to_string()).into());
            }
        });
        let path = path.to_owned();
        let step = Step::Call(Op::SnapshotTo(path.clone()));
        let taken = self.take_step(self.current, &step, move || {
            let _ended = ended;
            store.snapshot_to(&path).into()
        });
        writing.join().expect("a guarded writer does not unwind");
        taken.map(drop)
    }

    fn write_meanwhile(&self, path: &Path, write: Writes, through: &[usize]) -> Amid {
        let store = self.store(self.current);
        let passing = gate::pass();
        let clock = AtomicU64::new(1);
        let stamped = |handle: usize, op: Op, run: &dyn Fn(&Op) -> Outcome| {
            let called = clock.fetch_add(1, Ordering::SeqCst);
            let outcome = guard::calling(|| run(&op));
            let returned = clock.fetch_add(1, Ordering::SeqCst);
            Made { handle, op, called, returned, outcome }
        };
        let (go, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let waited_for = AtomicUsize::new(2 * through.len());
        // Whoever gets a lock easily would be done with its writes before the others had begun.
        let meet = || {
            waited_for.fetch_sub(1, Ordering::SeqCst);
            while !go.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            waited_for.fetch_sub(1, Ordering::SeqCst);
        };
        let writing = |writer: usize| {
            let (handle, target) = (through[writer], self.store(through[writer]));
            let (mut writes, mut ids, mut over) = (Vec::new(), Vec::new(), false);
            for n in 0..MOST {
                if n == BEFORE {
                    meet();
                }
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                // The others wait for this one all the same.
                if over {
                    continue;
                }
                let made = stamped(handle, write(writer, n, &ids), &|op| op.call(&*target, 0));
                self.record.touch();
                if let Outcome::Id(id) = made.outcome
                    && ids.last().is_none_or(|last| *last < id)
                {
                    ids.push(id);
                }
                over = made.has_failed();
                writes.push(made);
            }
            writes
        };
        let (writers, snapshot) = std::thread::scope(|scope| {
            let writing = &writing;
            let threads: Vec<_> =
                (0..through.len()).map(|writer| scope.spawn(move || writing(writer))).collect();
            let wait = |left: usize| {
                while waited_for.load(Ordering::SeqCst) > left {
                    std::thread::yield_now();
                }
            };
            wait(through.len());
            go.store(true, Ordering::SeqCst);
            wait(0);
            let taking = Op::SnapshotTo(path.to_owned());
            let snapshot = stamped(self.current, taking, &|_| store.snapshot_to(path).into());
            stop.store(true, Ordering::SeqCst);
            let joined = |thread: std::thread::ScopedJoinHandle<'_, Vec<Made>>| {
                thread.join().expect("a guarded writer does not unwind")
            };
            (threads.into_iter().map(joined).collect::<Vec<_>>(), snapshot)
        });
        drop(passing);
        let after = self.read(&*store, &writers);
        Amid { writers, snapshot, after }
    }

    /// What a copy answers that is restored for this alone; none where it cannot be opened.
    fn copied(&self, path: &Path, amid: &Amid) -> Option<Copied> {
        let site = Site::fresh();
        let subject = Arc::clone(&self.subject);
        let mut made: Option<Arc<dyn Store>> = None;
        let _passing = gate::pass();
        let opened = guard::calling(|| {
            let store = subject.restore(path, &site).ok().and_then(|()| subject.make(&site).ok());
            let opened = store.as_ref().map(|store| store.open(&sample::identity()).into());
            made = store;
            opened.unwrap_or(Outcome::Flag(false))
        });
        let store = made?;
        let copied = matches!(opened, Outcome::Done).then(|| self.read(&*store, &amid.writers));
        guard::calling(move || {
            drop(store);
            Outcome::Done
        });
        copied
    }

    /// Everything that the writes may have changed.
    fn read(&self, store: &dyn Store, writers: &[Vec<Made>]) -> Copied {
        let most = self.model.most_items(self.current) + writers.iter().map(Vec::len).sum::<usize>();
        let mut ops = vec![
            Op::Walk(Walk::All),
            Op::VersionCounter,
            Op::ListNamespaces,
            Op::Count(None),
            Op::IterLruIds(most, None),
        ];
        for made in writers.iter().flatten() {
            let read = match &made.op {
                Op::WriteMeta(key, _) => Op::ReadMeta(Arc::clone(key)),
                Op::SetNamespaceQuota(namespace, _) => Op::GetNamespaceQuota(Arc::clone(namespace)),
                _ => continue,
            };
            if !ops.contains(&read) {
                ops.push(read);
            }
        }
        let answered = ops.into_iter().map(|op| {
            let outcome = guard::calling(|| op.call(store, most));
            (op, outcome)
        });
        Copied(answered.collect())
    }
}
