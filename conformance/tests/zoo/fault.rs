//! A fault as a row of the zoo's table, and what is pinned for it.

use mneme_conformance::{
    Certainty, Clause, Failure, Profile, Row, Settings, State, Status, Step, Subject, Trace, check_store,
    clause, contract,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

/// One planted mistake, with what the harness must say of it.
pub(crate) struct Fault {
    /// The mistake in a few words; unique.
    pub(crate) name: &'static str,
    /// The report of the real mistake that it repeats, if it does.
    pub(crate) source: Option<&'static str>,
    pub(crate) subject: fn() -> Subject,
    /// Whether its data are where another process finds them.
    pub(crate) children: bool,
    /// The clause whose own check must name it.
    pub(crate) first: &'static Clause,
    /// The other clauses that must be broken. No clause but these and `first` may be; of those that a check can only
    /// sample, any may, as luck has it.
    pub(crate) also: Vec<&'static Clause>,
    /// A fragment of the failure text of `first`.
    pub(crate) says: &'static str,
    /// How many entries the size clauses use: 0 but for faults that show with size.
    pub(crate) size: usize,
    /// Whether calls never return, so that each costs the deadline. It is short then, and else long: on a busy machine
    /// a thread may have to wait for a while.
    pub(crate) hangs: bool,
    /// The deadline of a store in a file, which needs more than one in memory does.
    pub(crate) deadline: Option<Duration>,
}

/// What the harness found of a fault.
pub(crate) struct Found {
    /// How each clause ended, in the contract's order.
    pub(crate) states: Vec<(&'static Clause, State)>,
    /// For each test that fails, the clauses that its text names, the narrowest first.
    pub(crate) named: Vec<(&'static Clause, Vec<&'static Clause>)>,
    /// The texts for the clauses that are broken and that nothing lists.
    unlisted: Vec<(&'static Clause, String)>,
    /// The text for `first`, if it is broken.
    pub(crate) text: Option<String>,
    /// In which way `first` is broken, if it is.
    pub(crate) manner: Option<String>,
    /// What there is in the shortest way to see that.
    pub(crate) kinds: Vec<&'static str>,
    /// The text for `first`, if something else was in its way.
    in_the_way: Option<String>,
}

impl Found {
    pub(crate) fn state(&self, clause: &Clause) -> State {
        let found = self.states.iter().find(|(listed, _)| *listed == clause);
        found.expect("every clause is in the report").1
    }

    pub(crate) fn is(&self, clause: &Clause, state: State) -> bool {
        self.state(clause) == state
    }
}

impl Fault {
    /// What the harness finds of it. The first who asks has it examined; the others wait.
    pub(crate) fn examine(&self) -> Arc<Found> {
        type Examined = BTreeMap<&'static str, Arc<OnceLock<Arc<Found>>>>;
        static EXAMINED: Mutex<Examined> = Mutex::new(BTreeMap::new());

        let mut examined = EXAMINED.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = Arc::clone(examined.entry(self.name).or_default());
        drop(examined);
        Arc::clone(cell.get_or_init(|| Arc::new(self.check())))
    }

    fn check(&self) -> Found {
        // A busy machine needs longer for a size than a store of its own would have.
        let sizes = Duration::from_secs(60);
        let mut settings = Settings::default().with_size(self.size).with_size_budget(sizes).without_engines();
        settings = settings.with_deadline(match self.deadline {
            Some(deadline) if self.hangs => deadline.min(Duration::from_secs(2)),
            Some(deadline) => deadline,
            None if self.hangs || is_sampled(self.first) => Duration::from_millis(1_500),
            None => Duration::from_secs(30),
        });
        if is_sampled(self.first) {
            // As many seconds as a busy machine may need until two threads of it run at the same time.
            settings = settings.with_profile(Profile::Thorough).with_race_budget(Duration::from_secs(60));
            settings = settings.only(std::iter::once(self.first).chain(self.also.iter().copied()));
        } else if *self.first == clause::durable::second_handle_is_refused {
            // Of its exact clauses it is the one that samples besides.
            settings = settings.only(contract().clauses().filter(|clause| !is_sampled(clause)));
        } else {
            // What a sample catches of a mistake that is about something else is luck, and costs time.
            settings = settings.without_sampled();
        }
        super::keep_files_in_memory();
        let mut subject = (self.subject)();
        if self.children {
            subject = super::in_children(subject, self.name);
        }
        let report = check_store(subject, &settings);
        let failure = |state| {
            let status = report.status(self.first).filter(|status| status.state() == state)?;
            status.failure()
        };
        let text = |state| failure(state).map(ToString::to_string);
        let rows = report.rows().iter();
        Found {
            states: rows.clone().map(|(clause, status)| (*clause, state(clause, status))).collect(),
            named: rows
                .clone()
                .filter_map(|(clause, status)| Some((*clause, status.failure()?.clauses().to_vec())))
                .collect(),
            unlisted: rows
                .filter(|(clause, status)| self.is_unlisted(clause) && status.state() == State::Broken)
                .filter_map(|(clause, status)| Some((*clause, status.failure()?.to_string())))
                .collect(),
            text: text(State::Broken),
            manner: failure(State::Broken).and_then(Failure::manner),
            kinds: failure(State::Broken).map_or(Vec::new(), |failure| kinds(failure.trace())),
            in_the_way: text(State::Blocked),
        }
    }

    /// Whether nothing says that it breaks this clause, whose check does not depend on luck.
    fn is_unlisted(&self, clause: &'static Clause) -> bool {
        clause != self.first && !self.also.contains(&clause) && !is_sampled(clause)
    }

    /// What is wrong with how the harness sees this fault; nothing where it is right.
    pub(crate) fn complaints(&self, found: &Found) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut wanted = vec![self.first];
        wanted.extend(&self.also);
        for clause in wanted.iter().filter(|clause| *clause == &self.first || !is_sampled(clause)) {
            // A disk that runs full is not to be had on every machine.
            if **clause == clause::files::full_disk_loses_nothing && found.is(clause, State::NotChecked) {
                continue;
            }
            if !found.is(clause, State::Broken) {
                let blocked = if found.is(clause, State::Blocked) { " (it is blocked)" } else { "" };
                complaints.push(format!("{clause} must be broken and is not{blocked}"));
            }
        }
        for (clause, text) in &found.unlisted {
            complaints.push(format!("{clause} is broken, and is not listed:\n{text}"));
        }
        for (checked, named) in &found.named {
            // Where one wrong answer may break several clauses, their own checks tell which are kept.
            let kept = named.iter().find(|clause| found.is(clause, State::Held) && !is_sampled(clause));
            if let (Some(kept), true) = (kept, named.iter().any(|clause| found.is(clause, State::Broken))) {
                complaints.push(format!("the check of {checked} accuses {kept}, which is held"));
            }
        }
        if let Some(text) = &found.in_the_way {
            complaints.push(format!("in the way of {} is:\n{text}", self.first));
        }
        match &found.text {
            Some(text) if !unwrapped(text).contains(self.says) => {
                complaints.push(format!("the text of {} does not say {:?}:\n{text}", self.first, self.says));
            }
            _ => {}
        }
        complaints
    }
}

/// What it takes to see a mistake. Which calls meet is another matter at each run, so nothing is said of them.
fn kinds(trace: &Trace) -> Vec<&'static str> {
    let meets = |row: &Row| matches!(row.step, Step::AtOnce | Step::Meanwhile);
    if trace.rows().iter().any(meets) { Vec::new() } else { trace.kinds() }
}

/// How a clause ended. What the superuser can check on some machines alone leaves it held.
fn state(clause: &Clause, status: &Status) -> State {
    match status {
        Status::NotChecked { tolerated: true, .. } if *clause == clause::files::foreign_file_is_refused => {
            State::Held
        }
        status => status.state(),
    }
}

/// Whether a check of a clause may miss what breaks it.
pub(crate) fn is_sampled(clause: &Clause) -> bool {
    clause.certainty() == Certainty::Sampled
}

/// The text as if it were in one line.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Shortens the rows of the table.
///
/// ```text
/// fault!("the mistake", volatile(|| SomeLie), insert::ids_ascend, [insert::ids_are_never_reused], "id 1"),
/// ```
#[macro_export]
macro_rules! fault {
    (
        $name:literal $(from $source:literal)?, $claim:ident($factory:expr),
        $area:ident :: $clause:ident, [$($other_area:ident :: $other:ident),* $(,)?], $says:literal
        $(, size $size:literal)? $(; $hangs:ident)?
    ) => {
        $crate::zoo::fault::Fault {
            name: $name,
            source: $crate::fault!(@source $($source)?),
            subject: || $crate::fault!(@subject $claim $factory),
            children: $crate::fault!(@children $claim),
            first: &mneme_conformance::clause::$area::$clause,
            also: vec![$(&mneme_conformance::clause::$other_area::$other),*],
            says: $says,
            size: 0 $(+ $size)?,
            hangs: false $(|| $crate::fault!(@$hangs))?,
            deadline: $crate::fault!(@deadline $claim),
        }
    };
    // A mistake by which calls never return.
    (@hangs) => { true };
    // Files and other processes have their part in it, on a machine that may have other work.
    (@deadline subject) => { Some(std::time::Duration::from_secs(30)) };
    (@deadline child) => { Some(std::time::Duration::from_secs(30)) };
    (@deadline alone) => { Some(std::time::Duration::from_secs(5)) };
    (@deadline shared) => { Some(std::time::Duration::from_secs(5)) };
    (@deadline $claim:ident) => { None };
    (@children child) => { true };
    (@children alone) => { true };
    (@children shared) => { true };
    (@children $claim:ident) => { false };
    (@source) => { None };
    (@source $source:literal) => { Some($source) };
    // A lie over the store in memory.
    (@subject volatile $factory:expr) => {
        mneme_conformance::Subject::volatile(|| $crate::zoo::faulty::Faulty::new($factory()))
    };
    // A whole store of its own.
    (@subject store $factory:expr) => { mneme_conformance::Subject::volatile($factory) };
    // A lie over a store whose data outlive the handle.
    (@subject durable $factory:expr) => {
        mneme_conformance::Subject::durable(|site| {
            $crate::zoo::hosted::Hosted::on(site).map(|store| $crate::zoo::faulty::Faulty::over(store, $factory()))
        })
    };
    // A whole subject.
    (@subject subject $subject:expr) => { $subject };
    // A whole subject, which a child process can open.
    (@subject child $subject:expr) => { $subject };
    // A durable store in a file, which a child process can open.
    (@subject alone $factory:expr) => { mneme_conformance::Subject::durable($factory) };
    // A durable store in a file that handles and processes share.
    (@subject shared $factory:expr) => {
        mneme_conformance::Subject::claiming(
            [mneme_conformance::Claim::Durable, mneme_conformance::Claim::Shared],
            $factory,
        )
    };
    // A durable store of its own.
    (@subject site $factory:expr) => { mneme_conformance::Subject::durable($factory) };
}
