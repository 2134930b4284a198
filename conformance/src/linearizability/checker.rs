use super::{
    bits::Slots,
    events::{self, Event},
    history::History,
    just_in_time,
    specification::Specification,
    verdict::{Verdict, Violation},
    wing_gong::{self, Search},
};

/// Searches for an order within a budget.
///
/// The budget counts what is tried, and not time, so that a verdict does not depend on the machine. By default the first search tries
/// 200,000 steps of the specification, and the second one 4,000,000. The second keeps what can be told apart: where more than ten
/// calls never return, that may be a gigabyte before the budget is spent, and a smaller one is better.
///
/// # Examples
///
/// ```
/// use mneme_conformance::linearizability::{
///     Call, Checker, History,
///     specifications::{KeyValue, KeyValueOp, KeyValueOutcome},
/// };
///
/// let read = Call::new(1, KeyValueOp::Get(7), 2).returned(3, KeyValueOutcome::Value(None));
/// let written = Call::new(0, KeyValueOp::Put(7, 1), 0).returned(1, KeyValueOutcome::Replaced(None));
/// let history = History::from_calls([written, read]);
/// // A larger budget than the default, for a long history.
/// let checker = Checker::default().with_nodes(1_000_000).with_configurations(20_000_000);
/// let verdict = checker.check(&KeyValue, &history);
/// assert_eq!(verdict.violation().map(|found| found.call), Some(1), "the write was over, and was not read");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Checker {
    nodes: usize,
    configurations: usize,
}

impl Default for Checker {
    /// Enough for histories of some thousand calls.
    fn default() -> Self {
        Self { nodes: 200_000, configurations: 4_000_000 }
    }
}

impl Checker {
    /// Sets how many steps of the specification the first search may try. 0 leaves it out.
    #[must_use]
    pub fn with_nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    /// Sets how many steps of the specification the second search may try. 0 leaves it out.
    #[must_use]
    pub fn with_configurations(mut self, configurations: usize) -> Self {
        self.configurations = configurations;
        self
    }

    /// Searches for an order of the calls that explains every answer.
    pub fn check<S: Specification>(
        &self,
        specification: &S,
        history: &History<S::Operation, S::Outcome>,
    ) -> Verdict<S::State> {
        let events = events::of(history);
        let first = wing_gong::search(specification, history, &events, self.nodes);
        if let Search::Found(order) = first {
            return Verdict::Linearizable(order);
        }
        let most_open = most_open(history, &events);
        let second = if most_open <= u64::BITS as usize {
            just_in_time::search::<S, u64>(specification, history, &events, most_open, self.configurations)
        } else {
            just_in_time::search::<S, Slots>(specification, history, &events, most_open, self.configurations)
        };
        match (first, second) {
            // The first search saw to the end that there is none, and the second could not say what was possible.
            (Search::None { stuck_at }, Verdict::Unknown) => {
                Verdict::Violation(Violation { call: stuck_at, before: Vec::new() })
            }
            (_, verdict) => verdict,
        }
    }
}

/// The greatest number of calls that are open at one time.
fn most_open<O, R>(history: &History<O, R>, events: &[Event]) -> usize {
    let mut open = 0_usize;
    let mut most = 0;
    for event in events {
        match event {
            Event::Called(_) => open += 1,
            Event::Returned(_) => open -= 1,
        }
        most = most.max(open);
    }
    debug_assert!(most <= history.len(), "no more calls are open than there are");
    most
}
