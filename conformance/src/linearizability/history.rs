use std::{collections::HashMap, hash::Hash};

/// One call: by whom, of what, from when to when, and what it answered.
///
/// The stamps are from one counter for all threads, so that they order calls and returns as they happened. Their
/// distances mean nothing.
///
/// # Examples
///
/// ```
/// use mneme_conformance::linearizability::{
///     Call,
///     specifications::{KeyValueOp, KeyValueOutcome},
/// };
///
/// let put = Call::new(0, KeyValueOp::Put(7, 1), 0).returned(3, KeyValueOutcome::Replaced(None));
/// // Its connection broke: it may have happened by then, or never happens.
/// let lost: Call<_, KeyValueOutcome> = Call::new(1, KeyValueOp::Remove(7), 2).failed(5);
/// assert!(put.overlaps(&lost));
/// assert_eq!((lost.thread(), lost.called_at(), lost.returned_at()), (1, 2, Some(5)));
/// assert_eq!((lost.operation().key(), lost.outcome()), (7, None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<O, R> {
    pub(super) thread: usize,
    pub(super) operation: O,
    pub(super) called: u64,
    pub(super) returned: Option<u64>,
    pub(super) outcome: Option<R>,
}

impl<O, R> Call<O, R> {
    /// A call of a thread that began at a stamp and, so far, never returned: it may take effect at any time after, or
    /// never.
    pub fn new(thread: usize, operation: O, called: u64) -> Self {
        Self { thread, operation, called, returned: None, outcome: None }
    }

    /// Says when the call returned, and what it answered.
    ///
    /// # Panics
    ///
    /// Where it returns before it was called.
    #[must_use]
    pub fn returned(mut self, at: u64, outcome: R) -> Self {
        assert!(at > self.called, "a call at {} cannot return at {at}", self.called);
        self.returned = Some(at);
        self.outcome = Some(outcome);
        self
    }

    /// Says when the call returned, where its answer does not tell whether it happened: it took effect before that, or
    /// never does.
    ///
    /// # Panics
    ///
    /// Where it returns before it was called.
    #[must_use]
    pub fn failed(mut self, at: u64) -> Self {
        assert!(at > self.called, "a call at {} cannot return at {at}", self.called);
        self.returned = Some(at);
        self
    }

    /// The thread that made it.
    pub fn thread(&self) -> usize {
        self.thread
    }

    /// What was called.
    pub fn operation(&self) -> &O {
        &self.operation
    }

    /// The stamp at which it began.
    pub fn called_at(&self) -> u64 {
        self.called
    }

    /// The stamp at which it returned, if it did.
    pub fn returned_at(&self) -> Option<u64> {
        self.returned
    }

    /// What it answered, if anybody knows.
    pub fn outcome(&self) -> Option<&R> {
        self.outcome.as_ref()
    }

    /// Whether the two calls ran at the same time, as far as the stamps tell.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| a.returned.is_some_and(|returned| returned < b.called);
        !before(self, other) && !before(other, self)
    }
}

/// Calls of several threads, in the order in which they began.
///
/// # Examples
///
/// ```
/// use mneme_conformance::linearizability::{
///     Call, Checker, History,
///     specifications::{KeyValue, KeyValueOp, KeyValueOutcome},
/// };
///
/// let put = |thread, key, called, returned| {
///     Call::new(thread, KeyValueOp::Put(key, 1), called).returned(returned, KeyValueOutcome::Replaced(None))
/// };
/// let history = History::from_calls([put(0, 7, 0, 2), put(1, 8, 1, 3)]);
/// assert!(!history.is_empty() && history.overlapping() == history.calls().len());
/// // Two keys share nothing, so each part is judged by itself.
/// for part in history.split_by(KeyValueOp::key) {
///     assert!(Checker::default().check(&KeyValue, &part).is_linearizable());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<O, R> {
    calls: Vec<Call<O, R>>,
}

impl<O, R> Default for History<O, R> {
    fn default() -> Self {
        Self { calls: Vec::new() }
    }
}

impl<O, R> History<O, R> {
    /// Makes a history of calls; they may come in any order.
    pub fn from_calls(calls: impl IntoIterator<Item = Call<O, R>>) -> Self {
        let mut calls: Vec<_> = calls.into_iter().collect();
        calls.sort_by_key(|call| call.called);
        Self { calls }
    }

    /// The calls, in the order in which they began. A verdict names them by their place in here.
    pub fn calls(&self) -> &[Call<O, R>] {
        &self.calls
    }

    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there is no call.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// How many calls ran at the same time as a call of another thread.
    ///
    /// Where it is none, one call followed another, and the history says nothing about threads.
    pub fn overlapping(&self) -> usize {
        let met = |call: &Call<O, R>| {
            // The calls are sorted by their beginning, so those that begin after the return cannot overlap.
            let end = call.returned.map_or(self.calls.len(), |returned| {
                self.calls.partition_point(|other| other.called <= returned)
            });
            self.calls[..end].iter().any(|other| other.thread != call.thread && call.overlaps(other))
        };
        self.calls.iter().filter(|call| met(call)).count()
    }

    /// Splits a history into those of independent objects: an answer of one may not depend on calls of another.
    ///
    /// Each can then be checked by itself, in a small part of the time, and the whole is linearizable if each is. That is
    /// so where the objects share nothing. Where they share a counter of ids or of versions, it is not.
    pub fn split_by<K: Eq + Hash>(self, key: impl Fn(&O) -> K) -> Vec<Self> {
        let mut places = HashMap::new();
        let mut parts: Vec<Self> = Vec::new();
        for call in self.calls {
            let place = *places.entry(key(&call.operation)).or_insert_with(|| {
                parts.push(Self::default());
                parts.len() - 1
            });
            parts[place].calls.push(call);
        }
        parts
    }
}

impl<O, R> FromIterator<Call<O, R>> for History<O, R> {
    fn from_iter<I: IntoIterator<Item = Call<O, R>>>(calls: I) -> Self {
        Self::from_calls(calls)
    }
}
