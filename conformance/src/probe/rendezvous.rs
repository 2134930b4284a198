//! Handles that begin at the same moment, on threads of this process and in others.

use super::{Check, Probe, gate, guard};
use crate::{
    child::{Command, Heard, Process, Remote, Span},
    operation::{Op, Step},
    outcome::{Outcome, display::causes},
    random::Ref,
    subject::{Site, Subject},
    trace::Row,
};
use mneme::Store;
use std::{
    collections::VecDeque,
    fs,
    path::PathBuf,
    sync::{
        Arc, Once,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, Sender},
    },
    thread,
    time::Instant,
};

/// One of those that begin together, and what it calls then.
#[derive(Clone, Debug)]
pub(crate) struct Racer {
    pub(crate) who: Who,
    pub(crate) calls: Calls,
}

/// What a racer calls.
#[derive(Clone, Debug)]
pub(crate) enum Calls {
    /// These, in this order.
    Each(Vec<Op>),
    /// These, once those who try have begun to, and all who have such calls at the same moment.
    WhileTried(Vec<Op>),
    /// This over and over, until it succeeds, or is refused when those who call something else are through. Of refusals
    /// alike one after the other the first is kept.
    Until(Op),
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
    pub(crate) made: Option<Making>,
    /// The calls that it came to, in its order.
    pub(crate) calls: Vec<(Op, Outcome)>,
    /// When each of these ran, as whoever made it saw it; of one that ended its process nobody knows.
    pub(crate) spans: Vec<Option<Span>>,
    /// Whether the last of these was made when those who do not try were through.
    pub(crate) is_late: bool,
}

/// Where a racer works, and with what.
enum Lane {
    Here {
        store: Option<Arc<dyn Store>>,
        subject: Arc<Subject>,
        site: Arc<Site>,
    },
    There {
        process: Arc<Process>,
        handle: usize,
        makes: Option<Site>,
        /// What the child was told ahead, so that it does not wait for the next order.
        ordered: VecDeque<u64>,
    },
}

/// Where all wait until they are told to begin.
struct Meeting {
    /// They begin when something is here, which every process can see.
    place: PathBuf,
    through: AtomicUsize,
    /// Nobody will tell them any more.
    is_off: AtomicBool,
    /// Those who have not come to where they call while it is tried, or have not begun to try.
    awaited: AtomicUsize,
    /// Those who are not through, of those who do not.
    tried: AtomicUsize,
    /// Whether whoever tries takes turns with those who do not, as they are several.
    takes_turns: bool,
    /// When whoever still tries gives up: another one may hang.
    end: Instant,
}

/// A handle that is made in a race has a number in its child that no other handle has there.
static NEXT: AtomicUsize = AtomicUsize::new(1 << 32);

impl Probe {
    /// Lets handles of a site begin at the same moment, and answers what became of each. Until all are through,
    /// an onlooker looks over and over.
    pub(crate) fn at_once(
        &mut self,
        site: usize,
        racers: &[Racer],
        onlooker: Option<&mut dyn FnMut(&Self)>,
    ) -> Check<Vec<Ran>> {
        let triers = racers.iter().filter(|racer| racer.calls.is_tried()).count();
        let meeting = Meeting {
            place: self.empty_directory().join("begin"),
            through: AtomicUsize::new(0),
            is_off: AtomicBool::new(false),
            awaited: AtomicUsize::new(racers.iter().filter(|racer| racer.calls.is_awaited()).count()),
            tried: AtomicUsize::new(racers.len() - triers),
            takes_turns: racers.len() - triers > 1,
            end: Instant::now() + self.settings().deadline(),
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
        let (arrives, arrivals) = mpsc::channel();
        let (told, ran) = thread::scope(|scope| {
            let (meeting, record) = (&meeting, &self.record);
            let run = |(racer, lane): (&Racer, Lane)| {
                let (calls, arrives) = (racer.calls.clone(), arrives.clone());
                scope.spawn(move || {
                    let ran = lane.run(&calls, meeting, &arrives, &|| record.touch());
                    if !calls.is_tried() {
                        meeting.tried.fetch_sub(1, Ordering::AcqRel);
                    }
                    meeting.through.fetch_add(1, Ordering::AcqRel);
                    ran
                })
            };
            let threads: Vec<_> = racers.iter().zip(lanes).map(run).collect();
            drop(arrives);
            let _ = arrivals.iter().take(all).count();
            let told = fs::write(&meeting.place, b"");
            if told.is_err() {
                meeting.is_off.store(true, Ordering::Release);
                self.children.end();
            }
            if let Some(look) = onlooker {
                while meeting.through.load(Ordering::Acquire) < all {
                    look(self);
                    thread::yield_now();
                }
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
                ordered: VecDeque::new(),
            },
            Who::Handle(handle) => match self.process_of(handle) {
                Some(process) => Lane::There { process, handle, makes: None, ordered: VecDeque::new() },
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

impl Calls {
    /// Whether they go on until one succeeds.
    fn is_tried(&self) -> bool {
        matches!(self, Self::Until(_))
    }

    /// Whether others wait until they begin.
    fn is_awaited(&self) -> bool {
        matches!(self, Self::Until(_) | Self::WhileTried(_))
    }
}

impl Lane {
    /// Waits for the beginning, and makes the calls; a call that panics is the last one.
    fn run(mut self, calls: &Calls, meeting: &Meeting, arrives: &Sender<()>, beat: &dyn Fn()) -> Ran {
        self.arrive(calls, meeting, arrives);
        let made = self.makes().then(|| self.make());
        beat();
        match calls {
            Calls::Each(calls) => self.call_each(made, calls, beat),
            Calls::WhileTried(calls) => {
                meeting.wait_for_all();
                // Taking turns: a quick one would be through before another begins, where the machine is busy.
                self.call_each(made, calls, &|| {
                    beat();
                    thread::yield_now();
                })
            }
            Calls::Until(op) => self.call_until(made, op, meeting),
        }
    }

    /// Waits for the beginning; a child has its orders for what comes then.
    fn arrive(&mut self, calls: &Calls, meeting: &Meeting, arrives: &Sender<()>) {
        let arrive = || {
            let _ = arrives.send(());
        };
        let Self::There { process, handle, makes, ordered } = self else {
            arrive();
            return meeting.wait();
        };
        let meet = process.order(0, Command::Meet(meeting.place.clone()));
        let making = makes.as_ref().map(|site| Command::Make { handle: *handle, site: site.lend() });
        ordered.extend(making.map(|making| process.order(0, making)));
        if let Calls::Each(calls) = calls {
            ordered.extend(calls.iter().map(|op| process.order(0, call(*handle, op))));
        }
        let has_begun = begun(process, meet).is_some();
        arrive();
        if has_begun {
            let _ = ended(process, meet);
        }
    }

    /// Whether it has to make the handle.
    fn makes(&self) -> bool {
        match self {
            Self::Here { store, .. } => store.is_none(),
            Self::There { makes, .. } => makes.is_some(),
        }
    }

    fn make(&mut self) -> (Outcome, Option<Arc<dyn Store>>) {
        match self {
            Self::Here { store, subject, site } => {
                let (outcome, made) = make(subject, site);
                store.clone_from(&made);
                (outcome, made)
            }
            Self::There { process, handle, makes, ordered } => {
                let site = makes.as_ref().expect("it makes the handle");
                let order = || process.order(0, Command::Make { handle: *handle, site: site.lend() });
                let (outcome, _) = answer(process, ordered.pop_front().unwrap_or_else(order), || {});
                let remote = || Arc::new(Remote::of(process, *handle)) as Arc<dyn Store>;
                let store = matches!(outcome, Outcome::Done).then(remote);
                (outcome, store)
            }
        }
    }

    /// Makes a call. A child tells when it begins with it.
    fn call(&mut self, op: &Op, begins: impl FnOnce()) -> (Outcome, Option<Span>) {
        match self {
            Self::Here { store, .. } => {
                let store = store.as_ref().expect("there is a handle");
                begins();
                let (outcome, span) = Span::of(|| guard::calling(|| op.clone().call(&**store, usize::MAX)));
                (outcome, Some(span))
            }
            Self::There { process, handle, ordered, .. } => {
                let order = || process.order(0, call(*handle, op));
                answer(process, ordered.pop_front().unwrap_or_else(order), begins)
            }
        }
    }

    fn call_each(mut self, made: Option<Making>, calls: &[Op], beat: &dyn Fn()) -> Ran {
        let mut ran = Ran { made, calls: Vec::new(), spans: Vec::new(), is_late: false };
        if ran.has_handle() {
            for op in calls {
                let (outcome, span) = self.call(op, || {});
                ran.calls.push((op.clone(), outcome));
                ran.spans.push(span);
                beat();
                if ran.has_panicked() {
                    break;
                }
            }
        }
        ran
    }

    fn call_until(mut self, made: Option<Making>, op: &Op, meeting: &Meeting) -> Ran {
        let mut ran = Ran { made, calls: Vec::new(), spans: Vec::new(), is_late: false };
        let trying = Once::new();
        let tries = || {
            trying.call_once(|| {
                meeting.awaited.fetch_sub(1, Ordering::AcqRel);
            });
        };
        loop {
            ran.is_late = meeting.tried.load(Ordering::Acquire) == 0;
            let is_last = ran.is_late || meeting.has_ended();
            if matches!(ran.made, Some((Outcome::NotMade(_), _))) {
                tries();
                ran.made = Some(self.make());
            }
            if ran.has_handle() {
                let (outcome, span) = self.call(op, tries);
                let is_new = ran.calls.last().is_none_or(|(_, last)| last.to_string() != outcome.to_string());
                if is_new || is_last {
                    ran.calls.push((op.clone(), outcome));
                    ran.spans.push(span);
                }
            }
            let is_refused = match (ran.calls.last(), &ran.made) {
                (Some((_, outcome)), _) => matches!(outcome, Outcome::Failed(_)),
                (None, Some((made, _))) => matches!(made, Outcome::NotMade(_)),
                (None, None) => false,
            };
            if is_last || !is_refused {
                break;
            }
            // At once again: whoever lets another thread run first is away, on a busy machine, when that one is through. Of several
            // each call would take as long as it keeps the processor, which is milliseconds.
            if meeting.takes_turns {
                thread::yield_now();
            }
        }
        tries();
        ran
    }
}

/// How a factory did.
type Making = (Outcome, Option<Arc<dyn Store>>);

impl Ran {
    fn has_handle(&self) -> bool {
        self.made.as_ref().is_none_or(|(_, store)| store.is_some())
    }

    fn has_panicked(&self) -> bool {
        matches!(self.calls.last(), Some((_, Outcome::Panicked { .. })))
    }
}

/// The order to call a handle of a child, as it is.
fn call(handle: usize, op: &Op) -> Command {
    Command::Call { handle, op: op.clone().map_ids(|id| Ref::Exactly(*id)), most: usize::MAX }
}

fn make(subject: &Subject, site: &Site) -> Making {
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

impl Meeting {
    fn wait(&self) {
        // As the children look.
        while !self.place.exists() && !self.is_off.load(Ordering::Acquire) {
            thread::yield_now();
        }
    }

    /// Comes to where the others are awaited, and waits for them.
    fn wait_for_all(&self) {
        self.awaited.fetch_sub(1, Ordering::AcqRel);
        while self.awaited.load(Ordering::Acquire) > 0 && !self.has_ended() {
            thread::yield_now();
        }
    }

    /// Whether nobody needs to be waited for any more.
    fn has_ended(&self) -> bool {
        self.is_off.load(Ordering::Acquire) || Instant::now() >= self.end
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
fn ended(process: &Process, number: u64) -> Option<(Outcome, Span)> {
    match process.hear() {
        Heard::Ended(ended, outcome, span) if ended == number => Some((outcome, span)),
        other => unheard(process, other),
    }
}

fn unheard<T>(process: &Process, heard: Heard) -> Option<T> {
    match heard {
        Heard::Gone => {}
        Heard::Nonsense(reason) => process.note_nonsense(reason),
        Heard::Begun(number) | Heard::Ended(number, ..) => {
            process.note_nonsense(format!("the child process speaks of order {number} out of turn"));
        }
    }
    None
}

/// What a child answers to an order; a store that ends the process it is in does worse than panic.
fn answer(process: &Process, number: u64, begins: impl FnOnce()) -> (Outcome, Option<Span>) {
    begun(process, number).map(|()| begins()).and_then(|()| ended(process, number)).map_or_else(
        || (Outcome::Panicked { message: Some(process.ending()), location: None }, None),
        |(outcome, span)| (outcome, Some(span)),
    )
}
