//! Every clause of the contract for one store, each checked once.

use crate::{
    blame,
    contract::{Binds, Certainty, Clause, contract},
    engine::{self, Engine},
    failure::{Checking, Failure, Reason},
    probe::{self, Deadline, Finding},
    random::Regressions,
    settings::Settings,
    status::Status,
    subject::{Claims, Subject},
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
    /// One cell per clause, in the contract's order.
    statuses: Vec<(&'static Clause, OnceLock<Status>)>,
    random: OnceLock<Engine>,
    exhaustive: OnceLock<Engine>,
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
        let statuses = contract().clauses().map(|clause| (clause, OnceLock::new())).collect();
        let deadline = Deadline::new(&settings);
        Self {
            subject: Arc::new(subject),
            settings,
            deadline,
            again,
            regressions,
            statuses,
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
        let (_, status) = self
            .statuses
            .iter()
            .find(|(listed, _)| *listed == clause)
            .expect("every clause is in the contract, which the battery lists");
        status.get_or_init(|| self.check(clause))
    }

    /// What the comparison with the model found, by random programs; they run the first time.
    pub(crate) fn random(&self) -> &Engine {
        self.random.get_or_init(|| {
            engine::random(&self.subject, &self.settings, &self.again, self.regressions.as_ref())
        })
    }

    /// What the comparison with the model found, by every sequence of a small space; they run the first time.
    pub(crate) fn exhaustive(&self) -> &Engine {
        self.exhaustive.get_or_init(|| engine::exhaustive(&self.subject, &self.settings, &self.again))
    }

    fn check(&self, clause: &'static Clause) -> Status {
        if !applies(clause.binds(), self.subject.claims()) {
            return Status::NotApplicable { reason: clause.binds().reason().to_owned() };
        }
        let Some(scenario) = clause.scenario() else {
            return Status::NotChecked { reason: "no check of it exists yet".to_owned(), tolerated: false };
        };
        let (finding, trace) = probe::examine(
            &self.subject,
            &clause.to_string(),
            Box::new(scenario),
            &self.settings,
            &self.deadline,
        );
        let trace = match &finding {
            Finding::Violated { clauses, .. }
                if !clauses.iter().any(|clause| blame::is_about_others(clause)) =>
            {
                trace.of_its_site()
            }
            _ => trace,
        };
        let deviation = self.subject.deviation(clause);
        let failure = |reason| {
            let again = (self.again)(&clause.to_string());
            Failure::new(self.subject.name(), Checking::Clause(clause), reason, trace, again)
        };
        match (finding, deviation) {
            (Finding::Held, None) => Status::Held,
            (Finding::Held, Some(why)) if clause.certainty() == Certainty::Exact => {
                Status::DeviatesNoMore(failure(Reason::DeviatesNoMore { why }))
            }
            (Finding::Held, Some(why)) => Status::Deviates { why },
            (Finding::Partly(reason), _) => Status::NotChecked { reason, tolerated: true },
            (Finding::NotChecked(reason), _) => Status::NotChecked { reason, tolerated: false },
            (Finding::NotApplicable(reason), _) => Status::NotApplicable { reason },
            (Finding::Violated { clauses, .. }, Some(why)) if clauses.contains(&clause) => {
                Status::Deviates { why }
            }
            (Finding::Violated { clauses, expected }, _) => {
                if clauses.contains(&clause) {
                    return Status::Broken(failure(Reason::Violated { clauses, expected, note: None }));
                }
                if let Some(known) = self.subject.excuse(&clauses) {
                    let reason = format!("the known deviation from {known} is in the way");
                    return Status::NotChecked { reason, tolerated: true };
                }
                if clauses.is_empty() {
                    return Status::Blocked(failure(Reason::NotMade));
                }
                Status::Blocked(failure(Reason::Violated { clauses, expected, note: None }))
            }
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
