use super::{
    gate::{Gate, Patience},
    lane::{Lane, Made},
    round::Round,
};
use mneme::Store;
use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

/// Threads that stay alive, and run rounds together.
///
/// Starting a thread takes longer than a round, and threads that were just started hardly meet.
#[derive(Debug)]
pub(crate) struct Crew {
    shared: Arc<Shared>,
    lanes: Vec<Arc<Lane>>,
}

/// A round that is ready to be run.
pub(crate) struct Prepared {
    pub(crate) round: Arc<Round>,
    /// The handle that each thread calls.
    pub(crate) stores: Vec<Arc<dyn Store>>,
    /// The ids that were given before.
    pub(crate) known: Vec<u64>,
}

#[derive(Debug)]
struct Shared {
    work: Mutex<Work>,
    changed: Condvar,
    /// The number of batches, to be looked at without the lock.
    number: AtomicUsize,
    clock: AtomicU64,
}

#[derive(Default)]
struct Work {
    /// How many batches there were.
    number: usize,
    batch: Option<Arc<Vec<(Gate, Prepared)>>>,
    /// By thread, what it did in each round of the batch.
    done: Vec<Option<Vec<Vec<Made>>>>,
    ended: bool,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("number", &self.number).finish_non_exhaustive()
    }
}

/// The threads that nearly every round needs.
const NEEDED: usize = 2;

impl Crew {
    /// Starts as many threads.
    ///
    /// # Errors
    ///
    /// The operating system's, where it starts none.
    pub(crate) fn start(threads: usize, name: &str) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            work: Mutex::default(),
            changed: Condvar::new(),
            number: AtomicUsize::new(0),
            // 0 is the stamp of a call that has not returned.
            clock: AtomicU64::new(1),
        });
        let mut crew = Self { shared, lanes: Vec::new() };
        for thread in 0..threads {
            let lane = Arc::new(Lane::default());
            let (shared, own) = (Arc::clone(&crew.shared), Arc::clone(&lane));
            thread::Builder::new()
                .name(format!("{name} {}", super::recording::letter(thread)))
                .spawn(move || shared.serve(thread, &own))?;
            crew.lanes.push(lane);
        }
        Ok(crew)
    }

    /// What its threads do, for whoever watches them.
    pub(crate) fn lanes(&self) -> &[Arc<Lane>] {
        &self.lanes
    }

    /// The counter of all stamps.
    pub(crate) fn clock(&self) -> &AtomicU64 {
        &self.shared.clock
    }

    /// Runs rounds one after the other, and answers what each thread did, round by round.
    ///
    /// It does not return while a thread hangs.
    pub(crate) fn run(&self, batch: Vec<Prepared>) -> Vec<Vec<Vec<Made>>> {
        let rounds = batch.len();
        let mut work = self.shared.work();
        work.number += 1;
        self.shared.number.store(work.number, Ordering::Release);
        work.done = self.lanes.iter().map(|_| None).collect();
        // Each round has a gate of its own, since not every thread takes part in each.
        work.batch = Some(Arc::new(batch.into_iter().map(|prepared| (Gate::default(), prepared)).collect()));
        self.shared.changed.notify_all();
        while work.done.iter().any(Option::is_none) {
            work = self.shared.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        work.batch = None;
        let done = std::mem::take(&mut work.done);
        drop(work);
        let mut threads: Vec<_> = done.into_iter().flatten().map(Vec::into_iter).collect();
        (0..rounds).map(|_| threads.iter_mut().filter_map(Iterator::next).collect()).collect()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.work().ended = true;
        self.shared.number.store(usize::MAX, Ordering::Release);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread of the crew does until the crew ends.
    fn serve(&self, thread: usize, lane: &Lane) {
        let mut seen = 0;
        loop {
            // A thread that sleeps is woken late, and where the other one runs.
            let mut patience = Patience::default();
            let is_needed = thread < NEEDED;
            while is_needed && self.number.load(Ordering::Acquire) == seen && !patience.is_at_its_end() {
                patience.wait();
            }
            let mut work = self.work();
            while work.number == seen && !work.ended {
                work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
            }
            if work.ended {
                return;
            }
            seen = work.number;
            let Some(batch) = work.batch.clone() else { continue };
            drop(work);
            let mut done = Vec::with_capacity(batch.len());
            for (gate, prepared) in &*batch {
                let all = prepared.round.threads.len();
                let Some(actions) = prepared.round.threads.get(thread) else {
                    done.push(Vec::new());
                    continue;
                };
                if !gate.pass(all, || lane.is_abandoned()) {
                    return;
                }
                lane.made().clear();
                lane.play(&*prepared.stores[thread], actions, &prepared.known, &self.clock);
                done.push(lane.made().clone());
            }
            // The handles are to be dropped by whoever made them.
            drop(batch);
            lane.made().clear();
            self.work().done[thread] = Some(done);
            self.changed.notify_all();
        }
    }
}
