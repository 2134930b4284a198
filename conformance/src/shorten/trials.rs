//! Steps that are tried again, to see whether they go wrong in the same way.

use super::{
    replay::replay,
    steps::{Again, steps},
};
use crate::{
    contract::Clause,
    model::Manner,
    probe::{Deadline, Finding, Probe, examine},
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How many tries there are at most, and how many steps all of them take.
const TRIES: usize = 250;
const STEPS: usize = 20_000;
/// How long a slow store may take for them. On one in memory all of them take half a second, so that a busy machine finds the
/// same steps.
const TIME: Duration = Duration::from_secs(10);

/// Tries of what the check of a clause found.
pub(super) struct Trials<'a> {
    subject: &'a Arc<Subject>,
    settings: &'a Settings,
    deadline: &'a Deadline,
    clause: &'static Clause,
    manner: Manner,
    /// Whether what is looked at is about other clauses too.
    further: bool,
    /// Whether each read of a look is a step of its own.
    openly: bool,
    /// What the last step does, without what it is done with.
    kind: String,
    tries: usize,
    taken: usize,
    start: Instant,
}

/// What went wrong in the same way, and how.
pub(super) struct Wrong {
    pub(super) clauses: Vec<&'static Clause>,
    pub(super) expected: String,
    pub(super) trace: Trace,
}

impl<'a> Trials<'a> {
    /// Tries of a finding, and the steps that led to it; none where it is no violation, or they cannot be taken again.
    pub(super) fn of(
        subject: &'a Arc<Subject>,
        settings: &'a Settings,
        deadline: &'a Deadline,
        clause: &'static Clause,
        found: &Finding,
        trace: &Trace,
    ) -> Option<(Self, Vec<Again>)> {
        let Finding::Violated { manner, further, .. } = *found else { return None };
        let kind = trace.rows().last().map_or(String::new(), |row| row.step.kind());
        let trials = Self {
            subject,
            settings,
            deadline,
            clause,
            manner,
            further,
            openly: false,
            kind,
            tries: 0,
            taken: 0,
            start: Instant::now(),
        };
        Some((trials, steps(trace, manner)?))
    }

    /// Begins with the tries again, which show each read of a look.
    pub(super) fn begin_openly(&mut self) {
        self.openly = true;
        self.tries = 0;
        self.taken = 0;
    }

    /// The steps of what a try found.
    pub(super) fn steps(&self, trace: &Trace) -> Option<Vec<Again>> {
        steps(trace, self.manner)
    }

    /// What these steps find, where their last one goes wrong in the same way; nothing where the tries are spent.
    ///
    /// What goes wrong after another handle was made is laid to `reopened`, if there is one.
    pub(super) fn go_wrong(&mut self, steps: &[Again], reopened: Option<&'static Clause>) -> Option<Wrong> {
        let is_spent = self.tries >= TRIES || self.taken >= STEPS || self.start.elapsed() >= TIME;
        if is_spent {
            return None;
        }
        self.tries += 1;
        self.taken += steps.len();
        let scenario = {
            let steps = steps.to_vec();
            let (further, openly) = (self.further, self.openly);
            Box::new(move |s: &mut Probe| {
                if further {
                    s.go_further();
                }
                if openly {
                    s.look_openly();
                }
                replay(s, &steps, reopened)
            })
        };
        let name = self.clause.to_string();
        let (finding, trace) = examine(self.subject, &name, scenario, self.settings, self.deadline);
        let Finding::Violated { clauses, manner, expected, .. } = finding else { return None };
        let kind = trace.rows().last().map(|row| row.step.kind());
        let same = manner.is_like(self.manner) && kind.is_some_and(|kind| kind == self.kind);
        same.then_some(Wrong { clauses, expected, trace })
    }
}
