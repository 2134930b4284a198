use super::*;
use mneme::MemoryStore;
use std::{
    sync::Condvar,
    thread::{self, ThreadId},
};

/// So deep that the second depth has paths for two threads.
const DEPTHS: Depths = Depths { most: 2, time: Duration::from_secs(600) };

#[test]
fn a_right_store_holds_in_every_transition() {
    let subject = Arc::new(Subject::volatile(MemoryStore::new));
    let (found, finding, trace) = run(&subject, &Settings::default(), DEPTHS);
    assert!(matches!(finding, Finding::Held), "{finding:?}\n{trace}");
    assert_eq!(found.depth, 2);
    assert!(found.failed.is_none());
}

/// The threads that asked for a store, in the order of their first stores.
#[derive(Default)]
struct Guests {
    seen: Mutex<Vec<ThreadId>>,
    changed: Condvar,
}

impl Guests {
    /// Notes the thread that asks, and answers its number where it asks for the first time.
    fn welcome(&self) -> Option<usize> {
        let mut seen = self.seen.lock().expect("nobody panics with it");
        let thread = thread::current().id();
        if seen.contains(&thread) {
            return None;
        }
        seen.push(thread);
        self.changed.notify_all();
        Some(seen.len())
    }

    /// Waits until so many threads asked.
    fn wait_for(&self, threads: usize) {
        let seen = self.seen.lock().expect("nobody panics with it");
        drop(self.changed.wait_while(seen, |seen| seen.len() < threads).expect("nobody panics with it"));
    }
}

#[test]
fn where_two_stores_at_once_fail_and_one_does_not_one_thread_searches_again() {
    let guests = Arc::new(Guests::default());
    let seen = Arc::clone(&guests);
    // One thread searches the first depth. Of the two that search the second, the later one gets no store.
    let subject = Subject::volatile(move || match guests.welcome() {
        Some(2) if thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) => {
            guests.wait_for(3);
            Ok(MemoryStore::new())
        }
        Some(3) => Err("another store is in use"),
        _ => Ok(MemoryStore::new()),
    });
    let (found, finding, trace) = run(&Arc::new(subject), &Settings::default(), DEPTHS);
    assert!(matches!(finding, Finding::Held), "{finding:?}\n{trace}");
    let right = Arc::new(Subject::volatile(MemoryStore::new));
    let (whole, ..) = run(&right, &Settings::default(), DEPTHS);
    let extent = |found: &Exhaustive| (found.depth, found.transitions, found.situations, found.complete);
    assert_eq!(extent(&found), extent(&whole));
    assert!(found.failed.is_none());
    if thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
        // The failure alone, and then one thread for each depth.
        let threads = seen.seen.lock().expect("nobody panics with it").len();
        assert_eq!(threads, 3 + 1 + DEPTHS.most);
    }
}

#[test]
fn what_fails_by_itself_too_is_what_is_found() {
    let subject = Subject::volatile(|| {
        let store = MemoryStore::new();
        // Nobody else's store: its data are there before the first call.
        mneme::Store::open(&store, &sample::identity())?;
        mneme::Store::insert(&store, entry("a", "left behind"))?;
        Ok::<_, mneme::Error>(store)
    });
    let (found, finding, _) = run(&Arc::new(subject), &Settings::default(), DEPTHS);
    assert!(matches!(finding, Finding::Violated { .. }), "{finding:?}");
    assert_eq!((found.depth, found.failed.map(|program| program.0.len())), (0, Some(2)));
}

#[test]
fn a_search_that_the_time_ends_counts_the_depths_that_it_completed() {
    let subject = Arc::new(Subject::volatile(MemoryStore::new));
    let (found, finding, _) = run(&subject, &Settings::default(), Depths { time: Duration::ZERO, ..DEPTHS });
    assert!(matches!(finding, Finding::Held), "{finding:?}");
    assert_eq!((found.depth, found.transitions), (1, found.complete));
}
