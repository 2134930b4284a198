//! Calls that come back late, or not at all, and panics beside others: what one scenario leaves behind is in no other's way.

use crate::zoo::faulty::{Faulty, Lie, lock};
use mneme::{Entries, Entry, Error, Identity, MemoryStore, Result, Store};
use mneme_conformance::{Clause, Profile, Settings, State, Subject, check_store, clause};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

static CONTENTION: &Clause = &clause::concurrent::contention_is_not_an_error;

fn impatient<const N: usize>(clauses: [&'static Clause; N]) -> Settings {
    super::thorough(clauses).with_deadline(Duration::from_millis(500))
}

fn hangs() -> ! {
    loop {
        thread::park();
    }
}

/// Whether an insert came back late, and how many are being made, of all stores of a subject.
#[derive(Default)]
struct Inserts {
    was_late: AtomicBool,
    at_once: AtomicUsize,
    have_met: AtomicBool,
}

/// The first insert returns when nobody waits for it any more, and two that meet never do.
struct ReturnsLate(Arc<Inserts>);

impl Lie for ReturnsLate {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let Inserts { was_late, at_once, have_met } = &*self.0;
        if !was_late.swap(true, Ordering::AcqRel) {
            thread::sleep(Duration::from_millis(1_200));
        }
        let others = at_once.fetch_add(1, Ordering::AcqRel);
        thread::yield_now();
        if others > 0 {
            have_met.store(true, Ordering::Release);
            hangs();
        }
        let id = store.insert(entry);
        at_once.fetch_sub(1, Ordering::AcqRel);
        id
    }
}

#[test]
fn a_scenario_that_goes_on_late_is_in_nobodys_way() {
    let inserts = Arc::new(Inserts::default());
    let left = Arc::downgrade(&inserts);
    let subject = Subject::volatile(move || Faulty::new(ReturnsLate(Arc::clone(&inserts))));
    let late = check_store(subject, &impatient([CONTENTION]));
    assert_eq!(late.count(State::Held), 0, "{late}");
    // The scenario goes on when the late call returns. It ends then; or two inserts meet, and it never does.
    while left.upgrade().is_some_and(|inserts| !inserts.have_met.load(Ordering::Acquire)) {
        thread::yield_now();
    }
    let right = check_store(Subject::volatile(MemoryStore::new), &super::thorough([CONTENTION]));
    assert_eq!(right.count(State::Held), 1, "{right}");
}

/// What becomes of a handle that could not be opened.
#[derive(Clone, Copy)]
enum Unopened {
    Hangs,
    Panics,
}

/// After a hundred stores no other can be opened, and its handle does not go either.
struct TooMany {
    made: Arc<AtomicUsize>,
    is_refused: AtomicBool,
    unopened: Unopened,
}

impl Drop for TooMany {
    fn drop(&mut self) {
        match self.unopened {
            _ if !self.is_refused.load(Ordering::Acquire) || thread::panicking() => {}
            Unopened::Hangs => hangs(),
            Unopened::Panics => panic!("a handle that was never opened"),
        }
    }
}

impl Lie for TooMany {
    fn open(&self, store: &dyn Store, identity: &Identity) -> Result<()> {
        if self.made.fetch_add(1, Ordering::AcqRel) >= 100 {
            self.is_refused.store(true, Ordering::Release);
            return Err(Error::backend("open", "too many"));
        }
        store.open(identity)
    }
}

#[test]
fn a_handle_that_cannot_be_opened_and_does_not_go_is_seen() {
    for unopened in [Unopened::Hangs, Unopened::Panics] {
        let made = Arc::new(AtomicUsize::new(0));
        let subject = Subject::volatile(move || {
            let made = Arc::clone(&made);
            Faulty::new(TooMany { made, is_refused: AtomicBool::new(false), unopened })
        });
        let report = check_store(subject, &impatient([CONTENTION]));
        assert_eq!(report.count(State::Held), 0, "{report}");
    }
}

/// Two threads in an insert are a panic.
#[derive(Default)]
struct PanicsBeside(AtomicUsize);

/// That the thread is out of the insert.
struct Out<'a>(&'a AtomicUsize);

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Lie for PanicsBeside {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let others = self.0.fetch_add(1, Ordering::AcqRel);
        let _out = Out(&self.0);
        thread::yield_now();
        assert!(others == 0, "two threads in here");
        store.insert(entry)
    }
}

#[test]
fn a_panic_is_not_excused_by_errors_that_are_known() {
    let panics = &clause::robust::nothing_panics;
    let single = &clause::concurrent::single_operations_are_linearizable;
    let subject = Subject::volatile(|| Faulty::new(PanicsBeside::default()));
    let report = check_store(
        subject.deviates(CONTENTION, "a lock that is taken is an error"),
        &super::thorough([CONTENTION, single]),
    );
    for checked in [CONTENTION, single] {
        let broken = report.status(checked).expect("it was checked").broken_clauses().first().copied();
        assert_eq!(broken, Some(panics), "{checked}: {report}");
    }
}

/// The first insert beside another fails, and the later ones answer ids of entries that are gone.
#[derive(Default)]
struct BusyAndLossy(Mutex<(usize, bool)>);

impl Lie for BusyAndLossy {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let others = std::mem::replace(&mut lock(&self.0).0, 1);
        thread::yield_now();
        let was_busy = others > 0 && std::mem::replace(&mut lock(&self.0).1, true);
        let answer = match others {
            0 => store.insert(entry),
            _ if !was_busy => Err(Error::backend("insert", "busy")),
            _ => store.insert(entry).inspect(|id| drop(store.delete_by_id(*id))),
        };
        lock(&self.0).0 = 0;
        answer
    }
}

#[test]
fn what_nobody_can_say_is_not_held() {
    let loses = &clause::concurrent::loses_nothing;
    let subject = Subject::volatile(|| Faulty::new(BusyAndLossy::default()));
    let settings = super::thorough([CONTENTION, loses]).with_profile(Profile::Quick);
    let report = check_store(subject.deviates(CONTENTION, "it is busy"), &settings);
    assert_eq!(report.status(loses).expect("it was checked").state(), State::NotChecked, "{report}");
    assert!(report.to_string().contains("rounds could not be judged"), "{report}");
}

/// What comes of two inserts that met.
#[derive(Clone, Copy)]
enum Later {
    /// A walk yields its first entry, and then an error.
    WalksBreakOff,
    /// A walk is refused.
    WalksFail,
    /// The drop panics.
    DropPanics,
}

/// Two inserts that meet are both answered rightly, and it shows later.
struct Marked {
    later: Later,
    inside: AtomicUsize,
    have_met: AtomicBool,
}

impl Marked {
    fn new(later: Later) -> Faulty<Self> {
        Faulty::new(Self { later, inside: AtomicUsize::new(0), have_met: AtomicBool::new(false) })
    }

    fn walk<'a>(&self, walk: Entries<'a>) -> Result<Entries<'a>> {
        let busy = || Error::backend("iterate", "busy");
        match self.later {
            Later::WalksBreakOff if self.have_met.load(Ordering::Acquire) => {
                Ok(Box::new(walk.take(1).chain([Err(busy())])))
            }
            Later::WalksFail if self.have_met.load(Ordering::Acquire) => Err(busy()),
            _ => Ok(walk),
        }
    }
}

impl Lie for Marked {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if self.inside.fetch_add(1, Ordering::AcqRel) > 0 {
            self.have_met.store(true, Ordering::Release);
        }
        thread::yield_now();
        let id = store.insert(entry);
        self.inside.fetch_sub(1, Ordering::AcqRel);
        id
    }
    fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
        self.walk(store.iter_all()?)
    }
    fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
        self.walk(store.iter_changed(version)?)
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        let is_marked = matches!(self.later, Later::DropPanics) && self.have_met.load(Ordering::Acquire);
        assert!(!is_marked || thread::panicking(), "a lock was left taken");
    }
}

#[test]
fn a_walk_that_breaks_off_beside_others_has_failed() {
    // Its rounds have walks of one call, and no others.
    let loses = &clause::concurrent::loses_nothing;
    let subject = Subject::volatile(|| Marked::new(Later::WalksBreakOff));
    let report = check_store(subject, &super::thorough([loses]));
    let broken = report.status(loses).expect("it was checked").broken_clauses().first().copied();
    assert_eq!(broken, Some(CONTENTION), "{report}");
    assert!(report.to_string().contains("then error: backend"), "{report}");
}

#[test]
fn a_drop_that_panics_after_others_met_is_seen() {
    // It has rounds alone, and no handle that the scenario itself drops.
    let loses = &clause::concurrent::loses_nothing;
    let subject = Subject::volatile(|| Marked::new(Later::DropPanics));
    let report = check_store(subject, &super::thorough([loses]));
    let broken = report.status(loses).expect("it was checked").broken_clauses();
    assert!(broken.contains(&&clause::robust::nothing_panics), "{report}");
    assert!(report.to_string().contains("a lock was left taken"), "{report}");
}

#[test]
fn a_last_walk_that_fails_leaves_unknown_what_appeared_late() {
    let order = &clause::concurrent::versions_appear_in_order;
    let subject = Subject::volatile(|| Marked::new(Later::WalksFail));
    let settings = super::thorough([CONTENTION, order]).with_profile(Profile::Quick);
    let report = check_store(subject.deviates(CONTENTION, "it is busy"), &settings);
    assert_eq!(report.status(order).expect("it was checked").state(), State::NotChecked, "{report}");
    assert!(report.to_string().contains("rounds could not be judged"), "{report}");
}
