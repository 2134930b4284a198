//! Every clause of the contract for one store, each checked once.

mod weighing;

use self::weighing::Evidence;
use crate::{
    blame,
    contract::{Binds, Certainty, Clause, clause, contract},
    diagnosis::{Diagnosis, Seen, Way},
    engine::{self, Engine},
    failure::{Checking, Failure, Reason},
    probe::{self, Deadline, Finding},
    race::Picture,
    random::Regressions,
    settings::Settings,
    shorten::{self, Scripts},
    status::Status,
    subject::{Claims, Subject},
    trace::{Kinds, Trace},
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// A subject, and what is known of each clause so far.
pub(crate) struct Battery {
    subject: Arc<Subject>,
    settings: Settings,
    deadline: Deadline,
    again: Again,
    /// Where programs that failed are kept, if anywhere.
    regressions: Option<Regressions>,
    /// One for each clause, in the contract's order.
    rows: Vec<Row>,
    random: OnceLock<Engine>,
    exhaustive: OnceLock<Engine>,
}

/// A clause, what its check found, and what is made of that beside the checks of other clauses.
struct Row {
    clause: &'static Clause,
    found: OnceLock<(Finding, Trace)>,
    /// What was expected and what was done, in as few rows as show the clause broken.
    shown: OnceLock<(String, Trace)>,
    /// In which way it was found broken, which is asked for by each pattern that is compared.
    way: OnceLock<Option<Way>>,
    status: OnceLock<Status>,
}

/// The command that runs the check of a name again, where there is one.
pub(crate) type Again = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl Battery {
    pub(crate) fn new(
        subject: Subject,
        settings: Settings,
        again: Again,
        regressions: Option<Regressions>,
    ) -> Self {
        let row = |clause| Row {
            clause,
            found: OnceLock::new(),
            shown: OnceLock::new(),
            way: OnceLock::new(),
            status: OnceLock::new(),
        };
        let rows = contract().clauses().map(row).collect();
        let deadline = Deadline::new(&settings);
        Self {
            subject: Arc::new(subject),
            settings,
            deadline,
            again,
            regressions,
            rows,
            random: OnceLock::new(),
            exhaustive: OnceLock::new(),
        }
    }

    pub(crate) fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How long a call may take now that calls hung, if they did.
    pub(crate) fn shortened_deadline(&self) -> Option<Duration> {
        self.deadline.shortened()
    }

    /// The clause's status; its scenario runs the first time.
    pub(crate) fn status(&self, clause: &'static Clause) -> &Status {
        self.row(clause).status.get_or_init(|| self.check(clause))
    }

    /// How much the check of a clause that holds has looked at, where it counts that.
    pub(crate) fn extent(&self, clause: &'static Clause) -> Option<String> {
        match self.status(clause) {
            Status::Held => self.found(clause).1.extent().map(ToOwned::to_owned),
            _ => None,
        }
    }

    /// What the comparison with the model found, by random programs; they run the first time.
    pub(crate) fn random(&self) -> &Engine {
        self.random.get_or_init(|| self.searched(engine::random))
    }

    /// What the comparison with the model found, by every sequence of a small space; they run the first time.
    pub(crate) fn exhaustive(&self) -> &Engine {
        self.exhaustive.get_or_init(|| self.searched(engine::exhaustive))
    }

    /// What an engine found, in the light of what the checks of the clauses found.
    fn searched(&self, look: engine::Search) -> Engine {
        let kept = self.regressions.as_ref();
        let engine = look(&self.subject, &self.settings, &self.again, kept);
        engine.weighed(&self.subject, kept, |clauses| self.weighed(None, clauses))
    }

    fn row(&self, clause: &Clause) -> &Row {
        let row = self.rows.iter().find(|row| row.clause == clause);
        row.expect("every clause is in the contract, which the battery lists")
    }

    fn check(&self, clause: &'static Clause) -> Status {
        let (finding, trace) = self.found(clause).clone();
        let deviation = self.subject.deviation(clause);
        let when = trace.race().and_then(Picture::when);
        let seen = when.map(|when| format!("it was seen to break it {when}"));
        let failure = |reason, trace: Trace| {
            let again = (self.again)(&clause.to_string());
            let trace = match &reason {
                Reason::Violated { clauses, .. }
                    if !clauses.iter().any(|clause| blame::is_about_others(clause)) =>
                {
                    trace.of_its_site()
                }
                _ => trace,
            };
            Failure::new(self.subject.name(), Checking::Clause(clause), reason, trace, again)
        };
        match (finding, deviation) {
            (Finding::Held, None) => Status::Held,
            (Finding::Held, Some(why)) if clause.certainty() == Certainty::Exact => {
                Status::DeviatesNoMore(failure(Reason::DeviatesNoMore { why }, trace))
            }
            (Finding::Held, Some(why)) => {
                Status::Deviates { why, seen: Some("it was not seen to break it".to_owned()) }
            }
            (Finding::Partly(reason), None) => {
                Status::NotChecked { reason, tolerated: true, deviation: None }
            }
            // What its author says stands, whatever was left out.
            (Finding::Partly(reason), Some(why)) => Status::Deviates { why, seen: Some(reason) },
            (Finding::NotChecked(reason), _) => {
                Status::NotChecked { reason, tolerated: false, deviation: None }
            }
            (Finding::NotApplicable(reason), Some(why)) => {
                Status::DeviatesNoMore(failure(Reason::DeviatesFromNothing { why, reason }, trace))
            }
            (Finding::NotApplicable(reason), None) => Status::NotApplicable { reason },
            (Finding::Violated { clauses, .. }, Some(why)) if clauses.contains(&clause) => {
                Status::Deviates { why, seen }
            }
            (Finding::Violated { clauses, expected, manner, .. }, _) => {
                let clauses = self.weighed(Some(clause), clauses);
                if clauses.contains(&clause) {
                    let like = self.like(clause, &clauses);
                    let (expected, trace) = self.shown(clause, &expected).clone();
                    let reason = Reason::Violated {
                        clauses,
                        expected,
                        manner,
                        note: None,
                        like,
                        is_shown_elsewhere: false,
                    };
                    return Status::Broken(failure(reason, trace));
                }
                if let Some(excused) = self.excused(&clauses) {
                    return excused;
                }
                if self.is_kept_by_itself(clause) {
                    return Status::Held;
                }
                if clauses.is_empty() {
                    return Status::Blocked(failure(Reason::NotMade, trace));
                }
                let is_shown_elsewhere = self.evidence(clauses[0]) < Evidence::None;
                let (clauses, expected, trace) = if is_shown_elsewhere {
                    (clauses, expected, trace)
                } else {
                    self.shown_nowhere(clause, clauses, expected, trace)
                };
                if let Some(excused) = self.excused(&clauses) {
                    return excused;
                }
                let reason = Reason::Violated {
                    clauses,
                    expected,
                    manner,
                    note: None,
                    like: None,
                    is_shown_elsewhere,
                };
                Status::Blocked(failure(reason, trace))
            }
        }
    }

    /// What is said of a clause where only what the author knows of is in the way of its check.
    fn excused(&self, clauses: &[&'static Clause]) -> Option<Status> {
        let known = self.subject.excuse(clauses)?;
        let reason = format!("the known deviation from {known} is in the way");
        Some(Status::NotChecked { reason, tolerated: true, deviation: Some(known) })
    }

    /// What was expected and what was done, in as few rows as show it, where a clause is broken.
    fn shown(&self, clause: &'static Clause, expected: &str) -> &(String, Trace) {
        self.row(clause).shown.get_or_init(|| {
            let (found, trace) = self.found(clause);
            let shorter =
                shorten::shorten(&self.subject, &self.settings, &self.deadline, clause, found, trace);
            shorter.unwrap_or_else(|| (expected.to_owned(), trace.clone()))
        })
    }

    /// The same of what no other check shows, so that this text is all that tells of it; and what is named first is named only
    /// where it has a part in it.
    fn shown_nowhere(
        &self,
        checking: &'static Clause,
        clauses: Vec<&'static Clause>,
        expected: String,
        trace: Trace,
    ) -> (Vec<&'static Clause>, String, Trace) {
        let Finding::Violated { manner, further, .. } = self.found(checking).0 else {
            return (clauses, expected, trace);
        };
        let (subject, settings, deadline) = (&self.subject, &self.settings, &self.deadline);
        let mut found = Finding::Violated { clauses, expected, manner, further };
        let mut shown = trace;
        // Whoever is named in the place of one that has no part in it may have none either.
        let mut acquitted: Vec<&Clause> = Vec::new();
        while let Finding::Violated { clauses, .. } = &found
            && let first = self.weighed(Some(checking), clauses.clone())[0]
            && !acquitted.contains(&first)
            && let Some((mut without, trace)) =
                shorten::without_its_part(subject, settings, deadline, first, &found, &shown, Scripts::Any)
        {
            let Finding::Violated { clauses, .. } = &mut without else { break };
            // The check was not for its own clause to begin with: what is looked for is who else has a part.
            clauses.retain(|clause| *clause != checking);
            if clauses.is_empty() {
                break;
            }
            acquitted.push(first);
            (found, shown) = (without, trace);
        }
        let Finding::Violated { clauses, expected, .. } = &found else { unreachable!("it is a violation") };
        let clauses = self.weighed(Some(checking), clauses.clone());
        let expected = expected.clone();
        match shorten::shorten(subject, settings, deadline, clauses[0], &found, &shown) {
            Some((expected, shown)) => (clauses, expected, shown),
            None => (clauses, expected, shown),
        }
    }

    /// What the clause's own check found; it runs the first time.
    fn found(&self, clause: &'static Clause) -> &(Finding, Trace) {
        self.row(clause).found.get_or_init(|| {
            if !applies(clause.binds(), self.subject.claims()) {
                let reason = clause.binds().reason().to_owned();
                return (Finding::NotApplicable(reason), Trace::default());
            }
            let Some(scenario) = clause.scenario() else {
                return (Finding::NotChecked("no check of it exists yet".to_owned()), Trace::default());
            };
            if !self.settings.selects(clause) {
                return (Finding::Partly("the settings leave it out".to_owned()), Trace::default());
            }
            let name = clause.to_string();
            let scenario = Box::new(scenario);
            let (finding, trace) =
                probe::examine(&self.subject, &name, scenario, &self.settings, &self.deadline);
            let trace = match &finding {
                Finding::Held if self.subject.deviation(clause).is_none() => trace.of_extent(),
                _ => trace,
            };
            let (subject, settings, deadline) = (&self.subject, &self.settings, &self.deadline);
            let scripts = Scripts::Short;
            shorten::without_its_part(subject, settings, deadline, clause, &finding, &trace, scripts)
                .unwrap_or((finding, trace))
        })
    }

    /// The known mistakes that break the same of a clause and its neighbours. More would cost the whole battery for
    /// each test that fails, where each is a process of its own.
    fn like(&self, clause: &'static Clause, clauses: &[&'static Clause]) -> Option<Diagnosis> {
        // The neighbours of a call that never returns may not return either. And what breaks a clause's neighbours says
        // nothing of a clause that the patterns leave out.
        if clauses.contains(&&clause::robust::every_call_returns) || !Diagnosis::tells_of(clause) {
            return None;
        }
        let seen = |other: &'static Clause| {
            if other.area() == clause.area() || clauses.contains(&other) {
                self.seen(other)
            } else {
                Seen::Unknown
            }
        };
        Diagnosis::of_clauses(clauses, seen, |clause| self.way(clause))
    }

    /// The known mistakes that break the same clauses of the whole contract.
    ///
    /// None where calls hang: what else is broken could not be seen then.
    pub(crate) fn diagnosis(&self) -> Option<Diagnosis> {
        if self.seen(&clause::robust::every_call_returns) == Seen::Broken {
            return None;
        }
        Diagnosis::of(|clause| self.seen(clause), |clause| self.way(clause))
    }

    /// In which way the clause's own check found it broken.
    fn way(&self, clause: &'static Clause) -> Option<Way> {
        *self.row(clause).way.get_or_init(|| match &self.found(clause).0 {
            Finding::Violated { manner, expected, .. } => {
                Some(Way { manner: *manner, kinds: Kinds::of(&self.shown(clause, expected).1) })
            }
            _ => None,
        })
    }

    fn seen(&self, clause: &'static Clause) -> Seen {
        match &self.found(clause).0 {
            _ if clause.certainty() == Certainty::Sampled => Seen::Unknown,
            Finding::Held => Seen::Held,
            Finding::Violated { clauses, .. }
                if self.weighed(Some(clause), clauses.clone()).contains(&clause) =>
            {
                Seen::Broken
            }
            Finding::Violated { .. } if self.is_kept_by_itself(clause) => Seen::Held,
            Finding::Violated { .. } => Seen::Blocked,
            Finding::Partly(_) | Finding::NotChecked(_) | Finding::NotApplicable(_) => Seen::Unknown,
        }
    }
}

/// Whether a clause binds a store that claims this.
pub(crate) fn applies(binds: Binds, claims: Claims) -> bool {
    match binds {
        Binds::Every => true,
        Binds::Volatile => !claims.are_of_the_site(),
        Binds::Durable => claims.durable,
        Binds::Exclusive => claims.are_exclusive(),
        Binds::Shared => claims.shared,
        Binds::Files => claims.files,
        Binds::Snapshots => claims.snapshots,
        Binds::NoSnapshots => !claims.snapshots,
    }
}
