use super::lane::Lane;
use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// Threads that rest for moments and wake, so that those which call the store are interrupted wherever they are.
///
/// Between two instructions of a call another thread makes none by itself: it would need some hundred. It makes them while
/// the first one is interrupted. Nothing is right because of the rests: without them fewer races show.
#[derive(Debug, Default)]
pub(super) struct Unrest {
    /// Looked at without the lock while it is on.
    is_on: AtomicBool,
    has_ended: Mutex<bool>,
    changed: Condvar,
}

/// One for each of the threads that most rounds have.
const THREADS: usize = 2;
const REST: Duration = Duration::from_micros(20);

impl Unrest {
    /// Starts the threads, which do nothing yet.
    ///
    /// # Errors
    ///
    /// The operating system's, where it starts none.
    pub(super) fn start(name: &str, lane: &Arc<Lane>) -> io::Result<Arc<Self>> {
        let unrest = Arc::new(Self::default());
        for _ in 0..THREADS {
            let (own, lane) = (Arc::clone(&unrest), Arc::clone(lane));
            thread::Builder::new().name(format!("~ {name}")).spawn(move || own.serve(&lane))?;
        }
        Ok(unrest)
    }

    /// Turns it on, or off.
    pub(super) fn turn(&self, is_on: bool) {
        if self.is_on.load(Ordering::Acquire) != is_on {
            let _ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
            self.is_on.store(is_on, Ordering::Release);
            self.changed.notify_all();
        }
    }

    /// Ends the threads.
    pub(super) fn end(&self) {
        *self.has_ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.is_on.store(false, Ordering::Release);
        self.changed.notify_all();
    }

    fn serve(&self, lane: &Lane) {
        loop {
            let ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
            let is_off = |ended: &mut bool| !*ended && !self.is_on.load(Ordering::Acquire);
            let ended = self.changed.wait_while(ended, is_off).unwrap_or_else(PoisonError::into_inner);
            // Nobody turns it off where a call hangs.
            if *ended || lane.is_abandoned() {
                return;
            }
            drop(ended);
            while self.is_on.load(Ordering::Acquire) && !lane.is_abandoned() {
                thread::sleep(REST);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits_for(unrest: &Arc<Unrest>, threads: usize) {
        // Each thread has one of the pointers.
        while Arc::strong_count(unrest) > 1 + threads {
            thread::yield_now();
        }
    }

    #[test]
    fn its_threads_end_whether_it_is_on_or_off() {
        for is_on in [false, true] {
            let unrest = Unrest::start("a test", &Arc::default()).expect("threads");
            unrest.turn(is_on);
            unrest.end();
            waits_for(&unrest, 0);
        }
    }

    #[test]
    fn its_threads_end_when_nobody_waits_for_the_round_any_more() {
        let lane = Arc::new(Lane::default());
        let unrest = Unrest::start("a test", &lane).expect("threads");
        unrest.turn(true);
        lane.abandon();
        waits_for(&unrest, 0);
    }
}
