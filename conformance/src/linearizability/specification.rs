use std::hash::Hash;

/// What an object does where one call follows another.
///
/// # Examples
///
/// A counter that answers the number before it counted:
///
/// ```
/// use mneme_conformance::linearizability::Specification;
///
/// struct Counter;
///
/// impl Specification for Counter {
///     type State = u64;
///     type Operation = ();
///     type Outcome = u64;
///
///     fn initial(&self) -> u64 {
///         0
///     }
///
///     fn step(&self, state: &u64, _: &(), outcome: Option<&u64>, next: &mut Vec<u64>) {
///         if outcome.is_none_or(|answer| answer == state) {
///             next.push(state + 1);
///         }
///     }
/// }
/// ```
pub trait Specification {
    /// Everything that later answers depend on. Two states that are equal must lead to the same answers.
    type State: Clone + Eq + Hash;
    /// A call with its arguments.
    type Operation;
    /// What a call answers.
    type Outcome;

    /// The state before the first call.
    fn initial(&self) -> Self::State;

    /// Adds to `next` each state that the object can be in after `operation` took effect in `state` and answered
    /// `outcome`; nothing where it cannot answer that.
    ///
    /// Without an outcome nobody saw the answer, and any is right. That a call without an outcome may not have
    /// happened is known to the checker, and not to be added.
    fn step(
        &self,
        state: &Self::State,
        operation: &Self::Operation,
        outcome: Option<&Self::Outcome>,
        next: &mut Vec<Self::State>,
    );

    /// About how many numbers a state consists of, 1 or more.
    ///
    /// The first search keeps states that lead nowhere, and gives up where those are too large together: four million numbers.
    /// Whoever has states that grow, such as a map, answers their size here, or a long history that is wrong takes much memory. The
    /// states of the order that is being tried, one for each call, are kept besides.
    fn size(&self, state: &Self::State) -> usize {
        let _ = state;
        1
    }
}
