//! How every clause ended, for one store or for several side by side.

mod files;
mod json;
mod junit;
mod markdown;
mod table;

use crate::{
    battery::Battery,
    contract::{Clause, contract},
    engine::Engine,
    settings::Settings,
    status::{State, Status},
};
use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// How every clause ended for one store.
#[derive(Clone, Debug)]
pub struct StoreReport {
    name: String,
    rows: Vec<(&'static Clause, Status)>,
    engines: Vec<Engine>,
    time: Duration,
    deadline: Duration,
    /// What was left of the deadline after calls hung, if they did.
    shortened: Option<Duration>,
}

/// The reports of several stores.
///
/// Its text is a table of areas by stores, and then everything that is not held, with its failure.
#[derive(Clone, Debug, Default)]
pub struct Report {
    stores: Vec<StoreReport>,
}

impl StoreReport {
    /// Checks every clause of a battery on as many threads as the machine has cores.
    pub(crate) fn of(battery: &Battery, seen: impl Fn(&'static Clause) + Sync, start: Instant) -> Self {
        let clauses: Vec<&'static Clause> = contract().clauses().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(clause) = clauses.get(next.fetch_add(1, Ordering::Relaxed)) {
                battery.status(clause);
                seen(clause);
            }
        };
        std::thread::scope(|scope| {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let others: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
            work();
            for thread in others {
                if let Err(panic) = thread.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
        let engines = if battery.settings().runs_engines() {
            vec![battery.random().clone(), battery.exhaustive().clone()]
        } else {
            Vec::new()
        };
        Self {
            name: battery.subject().name().to_owned(),
            rows: clauses.into_iter().map(|clause| (clause, battery.status(clause).clone())).collect(),
            engines,
            time: start.elapsed(),
            deadline: battery.settings().deadline(),
            shortened: battery.shortened_deadline(),
        }
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every clause of the contract with its status, in the contract's order.
    pub fn rows(&self) -> &[(&'static Clause, Status)] {
        &self.rows
    }

    /// What the engines found, which compare the store with the model.
    pub fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// The status of a clause.
    pub fn status(&self, clause: &Clause) -> Option<&Status> {
        self.rows.iter().find(|(listed, _)| *listed == clause).map(|(_, status)| status)
    }

    /// How many clauses ended so.
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|(_, status)| status.state() == state).count()
    }

    /// How long it took.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// Whether nothing is broken or blocked, something was held, the engines found nothing, and every check that exists
    /// has looked: at a part at least, or whole, where the settings require everything.
    pub fn is_right(&self, settings: &Settings) -> bool {
        let looked = |(clause, status): &(&'static Clause, Status)| match status {
            Status::NotChecked { tolerated, .. } if clause.is_checked() => {
                *tolerated && !settings.requires_everything()
            }
            _ => true,
        };
        self.count(State::Broken) == 0
            && self.count(State::Blocked) == 0
            && self.count(State::Held) > 0
            && self.rows.iter().all(looked)
            && self.engines.iter().all(Engine::is_right)
    }

    /// One line: how many clauses of the contract ended in which state.
    pub fn summary(&self) -> String {
        let counts: Vec<String> = State::ALL
            .into_iter()
            .map(|state| (state, self.count(state)))
            .filter(|(state, count)| *count > 0 || matches!(state, State::Held | State::Broken))
            .map(|(state, count)| format!("{count} {}", state.name()))
            .collect();
        let engines: Vec<String> = self
            .engines
            .iter()
            .map(|engine| {
                if engine.is_right() {
                    format!("; {}: nothing in {}", engine.name(), engine.did())
                } else {
                    format!("; {}: see the report", engine.name())
                }
            })
            .collect();
        let shortened = self.shortened.map_or(String::new(), |rest| format!(", {rest:?} after two hangs"));
        let parts: Vec<String> = self
            .rows
            .iter()
            .filter_map(|(clause, status)| match status {
                Status::NotChecked { reason, tolerated: true } => {
                    Some(format!("; {clause} in part: {reason}"))
                }
                _ => None,
            })
            .collect();
        format!(
            "{}: {} of {} clauses{}{} (deadline {:?}{shortened})",
            self.name,
            counts.join(", "),
            self.rows.len(),
            parts.concat(),
            engines.concat(),
            self.deadline,
        )
    }
}

impl Report {
    /// Puts reports side by side.
    pub fn new(stores: Vec<StoreReport>) -> Self {
        Self { stores }
    }

    /// The stores' reports.
    pub fn stores(&self) -> &[StoreReport] {
        &self.stores
    }

    /// Whether there is a store, and each [is right](StoreReport::is_right).
    pub fn is_right(&self, settings: &Settings) -> bool {
        !self.stores.is_empty() && self.stores.iter().all(|store| store.is_right(settings))
    }
}

impl fmt::Display for StoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(f, std::slice::from_ref(self))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(f, &self.stores)
    }
}
