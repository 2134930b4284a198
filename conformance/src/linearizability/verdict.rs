/// What a search found. Calls are named by their place in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict<S> {
    /// An order that explains the history: the calls that took effect, the first one first.
    Linearizable(Vec<usize>),
    /// No order explains it.
    Violation(Violation<S>),
    /// The budget was spent before either was known. It is no pass.
    Unknown,
}

/// Why no order explains a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<S> {
    /// The first call, by the order of returns, whose answer no order explains; all that returned before it can be
    /// explained. What a call that was still open then answered later is known, and counts.
    pub call: usize,
    /// States that were possible right before that call returned. They are those from which the search would have gone on: a call
    /// that was still open is in a state only where it took effect before another one that returned, so it may lead to further
    /// states. It is empty where too much was to be listed within the budget of the second search, or that search was
    /// left out.
    pub before: Vec<Possible<S>>,
}

/// One state that an object may have been in.
///
/// # Examples
///
/// ```
/// use mneme_conformance::linearizability::{
///     Call, Checker, History, Possible,
///     specifications::{KeyValue, KeyValueOp, KeyValueOutcome},
/// };
///
/// let history = History::from_calls([
///     Call::new(0, KeyValueOp::Put(7, 1), 0).returned(1, KeyValueOutcome::Replaced(None)),
///     Call::new(0, KeyValueOp::Get(7), 2).returned(3, KeyValueOutcome::Value(Some(5))),
/// ]);
/// let verdict = Checker::default().check(&KeyValue, &history);
/// let found = verdict.violation().expect("nobody wrote 5");
/// for Possible { state, order, .. } in &found.before {
///     println!("after the calls {order:?} the map was {state:?}");
/// }
/// assert_eq!(found.call, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible<S> {
    /// The state.
    pub state: S,
    /// The calls that had not returned yet and took effect already, in the order of the history.
    pub ahead: Vec<usize>,
    /// An order that leads there: the calls that took effect, the first one first.
    pub order: Vec<usize>,
}

impl<S> Verdict<S> {
    /// Whether an order was found.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::linearizability::Verdict;
    ///
    /// assert!(Verdict::<u64>::Linearizable(vec![1, 0]).is_linearizable());
    /// // What is not known is no pass.
    /// assert!(!Verdict::<u64>::Unknown.is_linearizable());
    /// ```
    pub fn is_linearizable(&self) -> bool {
        matches!(self, Self::Linearizable(_))
    }

    /// The violation, if it is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::linearizability::{Verdict, Violation};
    ///
    /// let verdict = Verdict::<u64>::Violation(Violation { call: 3, before: Vec::new() });
    /// assert_eq!(verdict.violation().map(|found| found.call), Some(3));
    /// ```
    pub fn violation(&self) -> Option<&Violation<S>> {
        match self {
            Self::Violation(violation) => Some(violation),
            _ => None,
        }
    }
}
