//! How a clause ended for a store.

use crate::{contract::Clause, failure::Failure};

/// What is known of one clause for one store, after its check.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Settings, State, Status, Subject, check_store, clause};
///
/// /// What a page may say of a clause.
/// fn told(status: &Status) -> String {
///     match (status.failure(), status.reason(), status.seen()) {
///         (Some(_), ..) => format!("{}: {:?}", status.state().name(), status.broken_clauses()),
///         (None, Some(why), Some(seen)) => format!("{why} ({seen})"),
///         (None, Some(why), None) => why.to_owned(),
///         (None, None, _) => status.state().name().to_owned(),
///     }
/// }
///
/// let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
/// let report = check_store(Subject::volatile(MemoryStore::new), &settings);
/// assert_eq!(report.status(&clause::lru::is_scoped).map(told).as_deref(), Some("held"));
/// let all: usize = State::ALL.into_iter().map(|state| report.count(state)).sum();
/// assert_eq!(all, report.rows().len());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Status {
    /// The store keeps it, as far as its check can see.
    Held,
    /// The store breaks it.
    Broken(Failure),
    /// The store broke another clause, or could not be made, before this one could be judged.
    Blocked(Failure),
    /// The store breaks it, as its author says.
    Deviates {
        /// The author's reason.
        why: &'static str,
        /// How often it was seen to, where a check can only sample; or why nobody looked.
        seen: Option<String>,
    },
    /// The author says that the store breaks it, and it does not.
    DeviatesNoMore(Failure),
    /// It does not bind this store.
    NotApplicable {
        /// Why not.
        reason: String,
    },
    /// Its check has not looked, or not at everything.
    NotChecked {
        /// Why not.
        reason: String,
        /// Whether its test passes all the same: it looked at a part and found it right, or a known deviation is in
        /// the way.
        tolerated: bool,
        /// The clause from which it is known to deviate, where that is in the way.
        deviation: Option<&'static Clause>,
    },
}

/// The kinds of [`Status`], without their facts, in the order in which a report lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum State {
    /// See [`Status::Held`].
    Held,
    /// See [`Status::Broken`]; also [`Status::DeviatesNoMore`].
    Broken,
    /// See [`Status::Blocked`].
    Blocked,
    /// See [`Status::Deviates`].
    Deviating,
    /// See [`Status::NotApplicable`].
    NotApplicable,
    /// See [`Status::NotChecked`].
    NotChecked,
}

impl State {
    /// Every state, in the order in which a report lists them.
    pub const ALL: [Self; 6] =
        [Self::Held, Self::Broken, Self::Blocked, Self::Deviating, Self::NotApplicable, Self::NotChecked];

    /// The state's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::Blocked => "blocked",
            Self::Deviating => "deviating",
            Self::NotApplicable => "not applicable",
            Self::NotChecked => "not checked",
        }
    }
}

impl Status {
    /// The status without its facts.
    pub fn state(&self) -> State {
        match self {
            Self::Held => State::Held,
            Self::Broken(_) | Self::DeviatesNoMore(_) => State::Broken,
            Self::Blocked(_) => State::Blocked,
            Self::Deviates { .. } => State::Deviating,
            Self::NotApplicable { .. } => State::NotApplicable,
            Self::NotChecked { .. } => State::NotChecked,
        }
    }

    /// The failure that a status comes with, if it is one.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Broken(failure) | Self::Blocked(failure) | Self::DeviatesNoMore(failure) => Some(failure),
            _ => None,
        }
    }

    /// The clauses that the store was seen to break, the narrowest first.
    pub fn broken_clauses(&self) -> &[&'static Clause] {
        self.failure().map_or(&[], Failure::clauses)
    }

    /// How often a known deviation was seen, where a check can only sample; or why nobody looked.
    pub fn seen(&self) -> Option<&str> {
        match self {
            Self::Deviates { seen, .. } => seen.as_deref(),
            _ => None,
        }
    }

    /// Whether enough was looked at: something, or everything where that is required. What a known deviation is in the way of is
    /// accounted for by its author.
    pub(crate) fn has_looked(&self, at_everything: bool) -> bool {
        match self {
            Self::NotChecked { deviation: Some(_), .. } => true,
            Self::NotChecked { tolerated, .. } => *tolerated && !at_everything,
            _ => true,
        }
    }

    /// Why the clause was not judged, or why it may be broken, where there is a reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Deviates { why, .. } => Some(why),
            Self::NotApplicable { reason } | Self::NotChecked { reason, .. } => Some(reason),
            _ => None,
        }
    }
}
