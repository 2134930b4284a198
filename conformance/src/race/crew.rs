use super::{
    gate::Patience,
    lane::Lane,
    series::{NEEDED, Series},
    unrest::Unrest,
};
use std::{
    any::Any,
    io,
    panic::{self, AssertUnwindSafe},
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
    unrest: Arc<Unrest>,
}

#[derive(Debug)]
struct Shared {
    work: Mutex<Work>,
    changed: Condvar,
    /// The number of series, to be looked at without the lock.
    number: AtomicUsize,
    clock: Clock,
}

/// The counter of all stamps, by itself in what the cores pass to one another.
#[derive(Debug)]
#[repr(align(128))]
struct Clock(AtomicU64);

#[derive(Default)]
struct Work {
    /// How many series there were.
    number: usize,
    series: Option<Arc<Series>>,
    /// How many threads are through with it.
    through: usize,
    /// A mistake of this crate, which is to be seen.
    panic: Option<Box<dyn Any + Send>>,
    ended: bool,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("number", &self.number).finish_non_exhaustive()
    }
}

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
            clock: Clock(AtomicU64::new(1)),
        });
        let first = Arc::new(Lane::default());
        let unrest = Unrest::start(name, &first)?;
        let mut crew = Self { shared, lanes: Vec::new(), unrest };
        for thread in 0..threads.max(NEEDED) {
            let lane = if thread == 0 { Arc::clone(&first) } else { Arc::default() };
            let (shared, own, unrest) =
                (Arc::clone(&crew.shared), Arc::clone(&lane), Arc::clone(&crew.unrest));
            thread::Builder::new()
                .name(format!("{name} {}", super::recording::letter(thread)))
                .spawn(move || shared.serve(thread, &own, &unrest))?;
            crew.lanes.push(lane);
        }
        Ok(crew)
    }

    /// What its threads do, for whoever watches them.
    pub(crate) fn lanes(&self) -> &[Arc<Lane>] {
        &self.lanes
    }

    /// Runs rounds until their series is over, or something was found.
    ///
    /// It does not return while a thread hangs.
    ///
    /// # Panics
    ///
    /// As whatever judges the rounds does.
    pub(crate) fn run(&self, series: &Arc<Series>) {
        if !series.begin() {
            return;
        }
        let mut work = self.shared.work();
        work.number += 1;
        work.through = 0;
        work.series = Some(Arc::clone(series));
        self.shared.number.store(work.number, Ordering::Release);
        self.shared.changed.notify_all();
        while work.through < self.lanes.len() && work.panic.is_none() {
            work = self.shared.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        work.series = None;
        let panic = work.panic.take();
        drop(work);
        if let Some(panic) = panic {
            self.lanes.iter().for_each(|lane| lane.abandon());
            panic::resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.unrest.end();
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
    fn serve(&self, thread: usize, lane: &Lane, unrest: &Unrest) {
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
            let Some(series) = work.series.clone() else { continue };
            drop(work);
            let part = AssertUnwindSafe(|| series.take_part(thread, lane, &self.clock.0, unrest));
            let ended = panic::catch_unwind(part);
            unrest.turn(false);
            drop(series);
            let mut work = self.work();
            match ended {
                Ok(Ok(())) => work.through += 1,
                Ok(Err(_)) => return,
                Err(panic) => work.panic = Some(panic),
            }
            drop(work);
            self.changed.notify_all();
        }
    }
}
