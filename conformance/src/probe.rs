//! A handle around the store under test: it records each step with its outcome, asks the model, catches a panic, and
//! is watched from outside so that a call that never returns is noticed.

mod amid;
mod calls;
mod children;
mod cut_short;
pub(crate) mod gate;
pub(crate) mod guard;
mod outside;
mod racing;
mod rendezvous;
mod second_look;
mod stroke;
mod telling;
mod walk;
mod watch;

pub(crate) use self::{
    amid::Meeting,
    children::Children,
    outside::There,
    rendezvous::{Calls, Racer, Ran, Who},
    stroke::{Blow, Call, Loss, Size},
    walk::LiveWalk,
    watch::{Deadline, examine},
};

use crate::{
    contract::Clause,
    model::{Data, Manner, Model, Phase},
    operation::{Op, Step},
    outcome::Outcome,
    settings::Settings,
    subject::{BoxError, Site, Subject},
    trace::{Record, Row},
};
use mneme::Store;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A script that checks one clause.
pub(crate) type Scenario = fn(&mut Probe) -> Verdict;

/// What a scenario gets from a call: its answer, which the model has judged right, or the order to stop.
pub(crate) type Check<T = ()> = Result<T, Stop>;

/// What a scenario says in the end. Only [`Probe::held`] makes a [`Held`].
pub(crate) type Verdict = Result<Held, Stop>;

/// The scenario cannot go on; the probe already knows why.
#[derive(Debug)]
pub(crate) struct Stop(());

/// The scenario looked at everything it came for.
#[derive(Debug)]
pub(crate) struct Held(());

/// Why a scenario stops that goes on late.
const ABANDONED: &str = "it was waited for until the deadline";

/// What a scenario found.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    Held,
    /// The store did something else than the contract asks; the clauses that this breaks, the narrowest first.
    Violated {
        clauses: Vec<&'static Clause>,
        expected: String,
        manner: Manner,
        /// Whether it was seen with what other clauses are about too, after all that is this clause's alone was right.
        further: bool,
    },
    /// The scenario looked at a part, and found it right.
    Partly(String),
    /// The scenario could not look.
    NotChecked(String),
    /// The clause means nothing in this build of the program.
    NotApplicable(String),
}

impl Finding {
    /// Whether it is a deviation that the store's author knows of.
    pub(crate) fn is_known_to(&self, subject: &Subject) -> bool {
        matches!(self, Self::Violated { clauses, .. } if subject.excuse(clauses).is_some())
    }
}

/// Where calls run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threads {
    /// All on the scenario's own thread.
    One,
    /// Each on a thread of its own, which ends with it.
    Fresh,
}

#[allow(clippy::struct_excessive_bools, reason = "each is a mode of its own, and any of them go together")]
pub(crate) struct Probe {
    subject: Arc<Subject>,
    /// What is being checked.
    name: String,
    settings: Settings,
    sites: Vec<Arc<Site>>,
    handles: Vec<Option<Arc<dyn Store>>>,
    children: Children,
    current: usize,
    walks: usize,
    threads: Threads,
    model: Model,
    /// What the data may be instead, where an outcome was not seen; the model is the first of all.
    alternatives: Vec<Model>,
    record: Arc<Record>,
    /// What was found first; seen from the thread that watches, too.
    finding: Arc<Mutex<Option<Finding>>>,
    /// Where in the record the first wrong row is.
    wrong: usize,
    /// Whether a read whose wrong answer is a deviation that the author knows of is passed over.
    lenient: bool,
    /// Whether what is looked at now is about other clauses too.
    further: bool,
    /// Whether each read of a look is a row of its own.
    openly: bool,
    /// Whether rows are judged that were made before: what is read now is a later state.
    afterwards: bool,
    /// What a wrong answer is laid to: the same was right without what this clause is about.
    laid_to: Option<&'static Clause>,
}

impl Probe {
    fn new(subject: Arc<Subject>, name: &str, settings: Settings, record: Arc<Record>) -> Self {
        let model = Model::new(subject.claims());
        Self {
            subject,
            name: name.to_owned(),
            settings,
            sites: Vec::new(),
            handles: Vec::new(),
            children: Children::default(),
            current: 0,
            walks: 0,
            threads: Threads::One,
            model,
            alternatives: Vec::new(),
            record,
            finding: Arc::default(),
            wrong: 0,
            lenient: false,
            further: false,
            openly: false,
            afterwards: false,
            laid_to: None,
        }
    }

    /// A probe that calls on its owner's thread, and notices no hang.
    pub(crate) fn unwatched(subject: Arc<Subject>, settings: Settings) -> Self {
        Self::new(subject, "a caller", settings, Arc::default())
    }

    /// What was found so far, and the rows that led to it.
    pub(crate) fn so_far(&self) -> (Option<Finding>, crate::trace::Trace) {
        (self.found().clone(), self.record.trace())
    }

    /// The end of a scenario in which nothing was wrong.
    #[allow(clippy::unnecessary_wraps, reason = "it is what a scenario answers")]
    pub(crate) fn held(&self) -> Verdict {
        assert!(
            self.record.rows().iter().any(|row| matches!(row.step, Step::Call(_) | Step::Next(_))),
            "the scenario of {} holds without one call",
            self.name
        );
        Ok(Held(()))
    }

    /// Says that the clause's own part is over: what is wrong from here on may be other clauses' alone.
    pub(crate) fn go_further(&mut self) {
        self.further = true;
    }

    /// Shows each read of a look from here on, as one of them may be what another is wrong by.
    pub(crate) fn look_openly(&mut self) {
        self.openly = true;
    }

    /// Lays what is wrong from here on to a clause, as the same was right without what it is about, until the next restart or
    /// until it is laid to none.
    pub(crate) fn lay_to(&mut self, clause: Option<&'static Clause>) {
        self.laid_to = clause;
    }

    /// Whether no call was made since the beginning, or since the last restart.
    pub(crate) fn has_done_nothing(&self) -> bool {
        self.record.rows().is_empty()
    }

    /// Says how much was looked at, for the report, where the clause holds.
    pub(crate) fn measure(&self, extent: impl Into<String>) {
        self.record.measure(extent.into());
    }

    /// The end of a scenario that could not look.
    pub(crate) fn not_checked<T>(&mut self, reason: impl Into<String>) -> Check<T> {
        self.find(Finding::NotChecked(reason.into()));
        Err(Stop(()))
    }

    /// The end of a scenario that looked at a part, as a setting or a budget says, and found it right.
    pub(crate) fn held_in_part(&mut self, reason: impl Into<String>) -> Verdict {
        self.find(Finding::Partly(reason.into()));
        self.held()
    }

    /// The end of a scenario whose clause means nothing in this build of the program.
    pub(crate) fn not_applicable(&mut self, reason: impl Into<String>) -> Verdict {
        self.find(Finding::NotApplicable(reason.into()));
        Err(Stop(()))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Makes a handle on a fresh site; calls go to it from now on, and those on other sites are dropped.
    ///
    /// A store that has few connections must not run out of them because a check goes on to another site.
    pub(crate) fn make(&mut self) -> Check<usize> {
        for handle in 0..self.handles.len() {
            self.current = handle;
            self.drop_handle()?;
        }
        self.make_beside()
    }

    /// Makes a handle on a fresh site beside those that there are; calls go to it from now on.
    pub(crate) fn make_beside(&mut self) -> Check<usize> {
        let site = self.add_site();
        self.make_at(site)
    }

    fn add_site(&mut self) -> usize {
        self.sites.push(Arc::new(Site::fresh()));
        self.sites.len() - 1
    }

    /// Forgets what was found where it is a deviation that the author knows of, and answers whether it was.
    pub(crate) fn forgives(&mut self) -> bool {
        let known = self.found().as_ref().is_some_and(|found| found.is_known_to(&self.subject));
        if known {
            *self.found() = None;
            self.record.unseal();
        }
        known
    }

    /// Drops every handle and forgets what was done, to begin again on a fresh site.
    pub(crate) fn restart(&mut self) -> Check {
        for handle in 0..self.handles.len() {
            self.current = handle;
            self.drop_handle()?;
        }
        self.handles.clear();
        self.sites.clear();
        self.children.end();
        self.walks = 0;
        self.further = false;
        self.laid_to = None;
        self.model = Model::new(self.subject.claims());
        self.alternatives.clear();
        self.record.forget();
        Ok(())
    }

    /// Makes another handle on the current handle's site; calls go to it from now on.
    pub(crate) fn make_again(&mut self) -> Check<usize> {
        let site = self.model.handle(self.current).site;
        self.make_at(site)
    }

    /// The handle that calls go to.
    pub(crate) fn current(&self) -> usize {
        self.current
    }

    /// Sends the calls that follow to a handle.
    pub(crate) fn turn_to(&mut self, handle: usize) {
        self.current = handle;
    }

    /// Runs each call that follows on a thread of its own, which ends with the call.
    pub(crate) fn call_from_fresh_threads(&mut self) {
        self.threads = Threads::Fresh;
    }

    /// Makes another handle while the current one is open, opens it where the factory lets it, and drops it; calls go
    /// on to the one that was there. One of the two must be refused.
    pub(crate) fn try_second_handle(&mut self, identity: &mneme::Identity) -> Check {
        let first = self.current;
        let second = self.make_again()?;
        if self.handles[second].is_some() {
            self.call(Op::Open(identity.clone()))?;
        }
        self.drop_handle()?;
        self.turn_to(first);
        Ok(())
    }

    /// Drops the current handle.
    pub(crate) fn drop_handle(&mut self) -> Check {
        let handle = self.current;
        let Some(store) = self.handles[handle].take() else { return Ok(()) };
        self.take_step(handle, &Step::Drop, move || {
            drop(store);
            Outcome::Done
        })?;
        Ok(())
    }

    /// Makes an operation's call, whatever the contract asks of it.
    pub(crate) fn call(&mut self, op: Op) -> Check<Outcome> {
        let handle = self.current;
        let store = self.store(handle);
        let most = self.model.most_items(handle);
        let step = Step::Call(op);
        let Step::Call(op) = &step else { unreachable!("it is a call") };
        self.take_step(handle, &step, move || op.call(&*store, most))
    }

    /// As [`call`](Self::call), on a thread of its own.
    pub(crate) fn call_elsewhere(&mut self, op: Op) -> Check<Outcome> {
        let threads = std::mem::replace(&mut self.threads, Threads::Fresh);
        let outcome = self.call(op);
        self.threads = threads;
        outcome
    }

    /// Looks again at an entry that was read, and at the deep copy that was made of it then.
    pub(crate) fn look_again(&mut self, copy: mneme::StoredEntry, read: mneme::StoredEntry) -> Check {
        let step = Step::Recall(Box::new(copy));
        self.take_step(self.current, &step, move || Outcome::Entry(Some(read))).map(drop)
    }

    /// Everything that the contract says about the current handle's data.
    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// What the contract says that the current handle's site holds.
    pub(crate) fn data(&self) -> &Data {
        self.model.data(self.current)
    }

    fn make_at(&mut self, site: usize) -> Check<usize> {
        let subject = Arc::clone(&self.subject);
        self.make_by(site, |place| subject.make(place))
    }

    /// Makes a handle on a site in some way; calls go to it from now on.
    fn make_by(
        &mut self,
        site: usize,
        factory: impl FnOnce(&Site) -> Result<Arc<dyn Store>, BoxError> + Send,
    ) -> Check<usize> {
        let handle = self.handles.len();
        let place = Arc::clone(&self.sites[site]);
        let mut made = None;
        let result = self.judged(handle, site, &Step::Make, || match factory(&place) {
            Ok(store) => {
                made = Some(store);
                Outcome::Done
            }
            Err(error) => Outcome::not_made(error),
        });
        self.handles.push(made);
        self.current = handle;
        result.map(|_| handle)
    }

    fn store(&self, handle: usize) -> Arc<dyn Store> {
        self.handles[handle].clone().unwrap_or_else(|| {
            panic!("the scenario of {} calls a handle that was dropped, or never made", self.name)
        })
    }

    fn take_step(
        &mut self,
        handle: usize,
        step: &Step,
        run: impl FnOnce() -> Outcome + Send,
    ) -> Check<Outcome> {
        let site = self.model.handle(handle).site;
        self.judged(handle, site, step, run)
    }

    /// Runs one step under guard, records it, and asks the model.
    fn judged(
        &mut self,
        handle: usize,
        site: usize,
        step: &Step,
        run: impl FnOnce() -> Outcome + Send,
    ) -> Check<Outcome> {
        let fresh_thread = self.threads == Threads::Fresh;
        let comes_or_goes = matches!(step, Step::Make | Step::Drop | Step::Call(Op::Open(_) | Op::Close));
        // What is for the handle alone has no lock that another one is refused.
        let _passing = (comes_or_goes && self.subject.claims().durable).then(gate::pass);
        self.record.begin(Row { handle, site, fresh_thread, step: step.clone(), outcome: None });
        let outcome = match self.threads {
            Threads::One => guard::calling(run),
            Threads::Fresh => std::thread::scope(|scope| {
                let thread = scope.spawn(|| guard::calling(run));
                thread.join().expect("a guarded call does not unwind")
            }),
        };
        self.record.end(outcome.clone());
        self.judge(handle, site, step, outcome)
    }

    /// Asks the model about a step; after a finding it is not asked any more, as it has not moved on.
    fn judge(&mut self, handle: usize, site: usize, step: &Step, outcome: Outcome) -> Check<Outcome> {
        if self.found().is_some() {
            return Err(Stop(()));
        }
        if self.record.is_abandoned() {
            return self.not_checked(ABANDONED);
        }
        self.children_make_sense()?;
        self.alternatives.retain_mut(|model| model.step(handle, site, step, &outcome).is_ok());
        match self.model.step(handle, site, step, &outcome) {
            Ok(()) => Ok(outcome),
            Err(_) if !self.alternatives.is_empty() => {
                self.model = self.alternatives.remove(0);
                Ok(outcome)
            }
            Err(mismatch) => {
                let rows = self.record.rows().len();
                let order = self.violated(handle, site, step, mismatch);
                // A read leaves the model where it is, so what follows can be judged all the same.
                let is_read = matches!(step, Step::Call(op) if !op.is_write());
                let is_answer = !matches!(outcome, Outcome::Failed(_) | Outcome::Panicked { .. });
                if self.lenient && is_read && is_answer && self.forgives() {
                    self.record.rows().truncate(rows);
                    return Ok(outcome);
                }
                Err(order)
            }
        }
    }

    /// Whether the store's author lists any deviation.
    pub(crate) fn may_deviate(&self) -> bool {
        self.subject.has_deviations()
    }

    /// Passes over reads whose wrong answer is a deviation that the author knows of.
    pub(crate) fn pass_over_known_deviations(&mut self) {
        self.lenient = true;
    }

    /// Notes a finding; of several the first stays.
    fn find(&self, finding: Finding) {
        self.found().get_or_insert(finding);
    }

    fn found(&self) -> MutexGuard<'_, Option<Finding>> {
        self.finding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what is left, and says what the scenario found.
    fn finish(mut self, verdict: &Verdict) -> Finding {
        for handle in 0..self.handles.len() {
            self.current = handle;
            // A panic in here is a finding like any other, but what was found first stays.
            let _ = self.drop_handle();
        }
        let found = self.found().take();
        match (found, verdict) {
            (Some(finding), _) => finding,
            (None, Ok(_)) => Finding::Held,
            (None, Err(_)) => unreachable!("a stop without a finding"),
        }
    }

    /// Whether the current handle was made, and not dropped since.
    pub(crate) fn has_handle(&self) -> bool {
        self.handles[self.current].is_some()
    }

    /// Whether the data outlive the handle.
    pub(crate) fn is_durable(&self) -> bool {
        self.subject.claims().durable
    }

    /// Whether the author says how what was not synced is lost.
    pub(crate) fn loses_unsynced(&self) -> bool {
        self.subject.loses_unsynced()
    }

    /// Whether the current handle is open.
    pub(crate) fn is_open(&self) -> bool {
        self.model.handle(self.current).phase == Phase::Open
    }
}
