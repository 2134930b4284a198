//! Handles that begin at the same moment, on threads of this process and in others.

use super::{Check, Probe, gate, guard};
use crate::{
    child::{Command, Heard, Process, Remote},
    operation::{Op, Step},
    outcome::{Outcome, display::causes},
    random::Ref,
    subject::{Site, Subject},
    trace::Row,
};
use mneme::Store;
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// One of those that begin together, and what it calls then.
#[derive(Clone, Debug)]
pub(crate) struct Racer {
    pub(crate) who: Who,
    pub(crate) calls: Vec<Op>,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    /// A handle that was made before, here or in a child.
    Handle(usize),
    /// A handle that the factory makes when all begin, here or in a child.
    New(Option<usize>),
}

/// What became of a racer; nobody has judged it yet.
pub(crate) struct Ran {
    /// How the factory did, where it made the handle in the race.
    pub(crate) made: Option<(Outcome, Option<Arc<dyn Store>>)>,
    /// The calls that it came to, in its order.
    pub(crate) calls: Vec<(Op, Outcome)>,
}

/// Where a racer works, and with what.
enum Lane {
    Here { store: Option<Arc<dyn Store>>, subject: Arc<Subject>, site: Arc<Site> },
    There { process: Arc<Process>, handle: usize, makes: Option<Site> },
}

/// Where all wait until they are told to begin.
struct Meeting {
    /// They begin when something is here, which every process can see.
    place: PathBuf,
    arrived: AtomicUsize,
    through: AtomicUsize,
    /// Nobody will tell them any more.
    is_off: AtomicBool,
}

/// A handle that is made in a race has a number in its child that no other handle has there.
static NEXT: AtomicUsize = AtomicUsize::new(1 << 32);

impl Probe {
    /// Lets handles of a site begin at the same moment, and answers what became of each. Until all are through,
    /// `meanwhile` is run over and over.
    pub(crate) fn at_once(
        &mut self,
        site: usize,
        racers: &[Racer],
        mut meanwhile: impl FnMut(&Self),
    ) -> Check<Vec<Ran>> {
        let meeting = Meeting {
            place: self.empty_directory().join("begin"),
            arrived: AtomicUsize::new(0),
            through: AtomicUsize::new(0),
            is_off: AtomicBool::new(false),
        };
        let lanes: Vec<_> = racers.iter().map(|racer| self.lane(racer.who, site)).collect();
        let all = lanes.len();
        self.record.begin(Row {
            handle: self.current,
            site,
            fresh_thread: false,
            step: Step::AtOnce,
            outcome: None,
        });
        // No process may start while handles come and go.
        let passing = gate::pass();
        let (told, ran) = thread::scope(|scope| {
            let (meeting, record) = (&meeting, &self.record);
            let run = |(racer, lane): (&Racer, Lane)| {
                let calls = racer.calls.clone();
                scope.spawn(move || {
                    let ran = lane.run(calls, meeting, &|| record.touch());
                    meeting.through.fetch_add(1, Ordering::AcqRel);
                    ran
                })
            };
            let threads: Vec<_> = racers.iter().zip(lanes).map(run).collect();
            while meeting.arrived.load(Ordering::Acquire) < all {
                thread::yield_now();
            }
            let told = fs::write(&meeting.place, b"");
            if told.is_err() {
                meeting.is_off.store(true, Ordering::Release);
                self.children.end();
            }
            while meeting.through.load(Ordering::Acquire) < all {
                meanwhile(self);
                thread::yield_now();
            }
            let ran: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
            (told, ran)
        });
        drop(passing);
        self.record.end(Outcome::Done);
        if let Err(error) = told {
            return self.not_checked(format!("the handles could not be told to begin: {error}"));
        }
        self.children_make_sense()?;
        Ok(ran.into_iter().map(|ran| ran.expect("a guarded call does not unwind")).collect())
    }

    fn lane(&self, who: Who, site: usize) -> Lane {
        let here = |store| Lane::Here {
            store,
            subject: Arc::clone(&self.subject),
            site: Arc::clone(&self.sites[site]),
        };
        match who {
            Who::New(None) => here(None),
            Who::New(Some(child)) => Lane::There {
                process: self.process(child),
                handle: NEXT.fetch_add(1, Ordering::Relaxed),
                makes: Some(self.sites[site].lend()),
            },
            Who::Handle(handle) => match self.process_of(handle) {
                Some(process) => Lane::There { process, handle, makes: None },
                None => here(Some(self.store(handle))),
            },
        }
    }

    /// Takes in a handle that was made in a race, of a child where it is one's, and judges how the factory did. Calls
    /// go to it from now on.
    pub(crate) fn witness_made(
        &mut self,
        site: usize,
        child: Option<usize>,
        (outcome, store): (Outcome, Option<Arc<dyn Store>>),
    ) -> Check<usize> {
        let handle = self.handles.len();
        self.handles.push(store);
        if let Some(child) = child {
            self.note_handle_of(child, handle);
        }
        self.current = handle;
        self.witness(handle, site, Step::Make, outcome)?;
        Ok(handle)
    }

    /// Judges what a handle answered to a call that was made while others called.
    pub(crate) fn witness_call(&mut self, handle: usize, op: Op, outcome: Outcome) -> Check {
        let site = self.model.handle(handle).site;
        self.witness(handle, site, Step::Call(op), outcome).map(drop)
    }

    /// Asks a handle what nobody is to judge yet.
    pub(crate) fn peek(&self, handle: usize, op: &Op) -> Outcome {
        let store = self.store(handle);
        self.record.touch();
        guard::calling(|| op.call(&*store, usize::MAX))
    }
}

impl Lane {
    /// Waits for the beginning, and makes the calls; a call that panics is the last one.
    fn run(self, calls: Vec<Op>, meeting: &Meeting, beat: &dyn Fn()) -> Ran {
        match self {
            Self::Here { store, subject, site } => {
                meeting.wait();
                let made = store.is_none().then(|| make(&subject, &site));
                beat();
                let store = store.or_else(|| made.as_ref().and_then(|(_, store)| store.clone()));
                let call = |op: Op| {
                    let store = store.as_ref()?;
                    let outcome = guard::calling(|| op.call(&**store, usize::MAX));
                    beat();
                    Some((op, outcome))
                };
                Ran { made, calls: until_a_panic(calls, call) }
            }
            Self::There { process, handle, makes } => {
                let order = |command| process.order(0, command);
                let meet = order(Command::Meet(meeting.place.clone()));
                let making = makes.map(|site| order(Command::Make { handle, site }));
                let order_call = |op: Op| {
                    let exact = op.map_ids(|id| Ref::Exactly(*id));
                    (order(Command::Call { handle, op: exact, most: usize::MAX }), op)
                };
                let ordered: Vec<_> = calls.into_iter().map(order_call).collect();
                let arrived = begun(&process, meet);
                meeting.arrived.fetch_add(1, Ordering::AcqRel);
                if arrived.is_some() {
                    let _ = ended(&process, meet);
                }
                let made = making.map(|number| {
                    let outcome = answer(&process, number);
                    let remote = || Arc::new(Remote::of(&process, handle)) as Arc<dyn Store>;
                    let store = matches!(outcome, Outcome::Done).then(remote);
                    (outcome, store)
                });
                beat();
                let has_handle = made.as_ref().is_none_or(|(_, store)| store.is_some());
                let call = |(number, op)| {
                    let outcome = answer(&process, number);
                    beat();
                    // Without a handle the child says so to each call, and none was made.
                    has_handle.then_some((op, outcome))
                };
                Ran { made, calls: until_a_panic(ordered, call) }
            }
        }
    }
}

fn make(subject: &Subject, site: &Site) -> (Outcome, Option<Arc<dyn Store>>) {
    let mut made = None;
    let outcome = guard::calling(|| match subject.make(site) {
        Ok(store) => {
            made = Some(store);
            Outcome::Done
        }
        Err(error) => Outcome::NotMade(causes(&*error)),
    });
    (outcome, made)
}

fn until_a_panic<T>(
    calls: impl IntoIterator<Item = T>,
    mut call: impl FnMut(T) -> Option<(Op, Outcome)>,
) -> Vec<(Op, Outcome)> {
    let mut made: Vec<(Op, Outcome)> = Vec::new();
    for next in calls {
        if matches!(made.last(), Some((_, Outcome::Panicked { .. }))) {
            break;
        }
        made.extend(call(next));
    }
    made
}

impl Meeting {
    fn wait(&self) {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        // As the children look.
        while !self.place.exists() && !self.is_off.load(Ordering::Acquire) {
            thread::yield_now();
        }
    }
}

/// Hears that a child begins to follow an order; none where it does not.
fn begun(process: &Process, number: u64) -> Option<()> {
    match process.hear() {
        Heard::Begun(begun) if begun == number => Some(()),
        other => unheard(process, other),
    }
}

/// Hears that a child has followed an order; none where it does not.
fn ended(process: &Process, number: u64) -> Option<Outcome> {
    match process.hear() {
        Heard::Ended(ended, outcome) if ended == number => Some(outcome),
        other => unheard(process, other),
    }
}

fn unheard<T>(process: &Process, heard: Heard) -> Option<T> {
    match heard {
        Heard::Gone => {}
        Heard::Nonsense(reason) => process.note_nonsense(reason),
        Heard::Begun(number) | Heard::Ended(number, _) => {
            process.note_nonsense(format!("the child process speaks of order {number} out of turn"));
        }
    }
    None
}

/// What a child answers to an order; a store that ends the process it is in does worse than panic.
fn answer(process: &Process, number: u64) -> Outcome {
    begun(process, number)
        .and_then(|()| ended(process, number))
        .unwrap_or_else(|| Outcome::Panicked { message: Some(process.ending()), location: None })
}
