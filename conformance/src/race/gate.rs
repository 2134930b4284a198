use crate::cores;
use std::{
    hint,
    sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// Where threads meet once, so that they go on at the same moment.
///
/// On a busy machine a thread that waited is often not running when the last one comes, and would be too late. So they
/// meet again until nobody had to be waited for long, which is when all of them are running. Where they are more than the
/// machine has cores they never are, so they meet once, and whoever waits makes room for those who are to come.
#[derive(Debug, Default)]
pub(super) struct Gate([Meeting; MEETINGS]);

#[derive(Debug, Default)]
struct Meeting {
    arrived: AtomicUsize,
    /// Somebody waited so long that others had its processor.
    long: AtomicBool,
    outcome: AtomicU8,
}

/// The outcomes of a meeting; it has none until all are there.
const GO: u8 = 1;
const MEET_AGAIN: u8 = 2;

const MEETINGS: usize = 4;

/// How a thread waits for another: it keeps its processor for a good while, as whoever gives it away on a busy machine
/// gets it back when the other one is no longer running.
#[derive(Debug, Default)]
pub(super) struct Patience {
    looks: u32,
}

/// How often a thread looks before it lets others have a turn: some tenths of a millisecond.
const LOOKS: u32 = 10_000;
/// How many turns others have before a thread rests between looks.
const TURNS: u32 = 50;
const REST: Duration = Duration::from_micros(50);

impl Patience {
    /// Waits a little, and answers whether others had the processor meanwhile.
    pub(super) fn wait(&mut self) -> bool {
        self.looks = self.looks.saturating_add(1);
        if !self.looks.is_multiple_of(LOOKS) && self.looks < LOOKS * TURNS {
            hint::spin_loop();
            return false;
        }
        if self.looks < LOOKS * TURNS {
            thread::yield_now();
        } else {
            // Whoever is late is in a call that takes long, next to which this is nothing.
            thread::sleep(REST);
        }
        true
    }

    /// Whether it has waited so long that what it waits for takes longer than to be woken.
    pub(super) fn is_at_its_end(&self) -> bool {
        self.looks >= LOOKS / 10
    }
}

impl Gate {
    /// Waits until `all` threads are here, and answers whether they came; they never do once `abandoned` says so.
    pub(super) fn pass(&self, all: usize, abandoned: impl Fn() -> bool) -> bool {
        let (last, others) = self.0.split_last().expect("there is a meeting");
        if all > cores::count() {
            return last.wait_aside(all, &abandoned);
        }
        for meeting in others {
            match meeting.wait(all, &abandoned) {
                Some(GO) => return true,
                Some(_) => {}
                None => return false,
            }
        }
        last.wait(all, &abandoned).is_some()
    }
}

impl Meeting {
    /// As [`wait`](Self::wait), and lets others run in the meantime.
    fn wait_aside(&self, all: usize, abandoned: impl Fn() -> bool) -> bool {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let mut looks = 0;
        while self.arrived.load(Ordering::Acquire) < all {
            looks += 1;
            if looks < TURNS {
                thread::yield_now();
            } else {
                thread::sleep(REST);
            }
            if abandoned() {
                return false;
            }
        }
        true
    }

    fn wait(&self, all: usize, abandoned: impl Fn() -> bool) -> Option<u8> {
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == all {
            // One decides for all.
            let outcome = if self.long.load(Ordering::Acquire) { MEET_AGAIN } else { GO };
            self.outcome.store(outcome, Ordering::Release);
            return Some(outcome);
        }
        let mut patience = Patience::default();
        loop {
            match self.outcome.load(Ordering::Acquire) {
                0 => {}
                outcome => return Some(outcome),
            }
            if patience.wait() {
                self.long.store(true, Ordering::Release);
                if abandoned() {
                    return None;
                }
            }
        }
    }
}
