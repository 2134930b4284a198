//! Checks whether a history of calls from several threads is *linearizable*: whether one order of the calls explains
//! every answer, and puts no call before another that had returned before it began.
//!
//! The checker knows nothing of stores. It is given a [`Specification`], which says what an object does where one call
//! follows another, and a [`History`] of stamped calls and returns. It answers a [`Verdict`]: an order that explains
//! the history, or the first return that no order explains with the states that were possible before it, or that the
//! budget was spent. The last one is never a pass.
//!
//! A call whose answer nobody saw, since the process was killed or the call failed, may have happened or not: both are
//! tried.
//!
//! # How to record
//!
//! Stamps only have to respect what was before what. One counter that all threads share does that, where each call takes a stamp before
//! it begins and another when it has returned:
//!
//! ```
//! use mneme_conformance::linearizability::{
//!     Call, Checker, History,
//!     specifications::{Register, RegisterOp, RegisterOutcome},
//! };
//! use std::{
//!     sync::atomic::{AtomicU64, Ordering::SeqCst},
//!     thread,
//! };
//!
//! let (clock, register) = (AtomicU64::new(0), AtomicU64::new(0));
//! let record = |thread: usize| {
//!     let number = thread as u64 + 1;
//!     let called = clock.fetch_add(1, SeqCst);
//!     register.store(number, SeqCst);
//!     let returned = clock.fetch_add(1, SeqCst);
//!     Call::new(thread, RegisterOp::Write(number), called).returned(returned, RegisterOutcome::Written)
//! };
//! let calls: Vec<_> = thread::scope(|scope| {
//!     let threads: Vec<_> = (0..2).map(|thread| scope.spawn(move || record(thread))).collect();
//!     threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
//! });
//! assert!(Checker::default().check(&Register::new(0), &History::from_calls(calls)).is_linearizable());
//! ```
//!
//! Calls with equal stamps count as overlapping, and so do calls of one thread whose stamps overlap.
//!
//! # How it searches
//!
//! First the search of Wing and Gong, with a memo of what was found to lead nowhere: it follows one order as far as it
//! goes and is the fastest where an order exists. Where none does, or its budget is spent, Lowe's just-in-time search
//! follows all orders at once, return by return. It keeps only the states that can be told apart, and knows the return
//! at which none was left.
//!
//! Deciding whether a history is linearizable is NP-complete, so both have a budget, see [`Checker`]. What helps most
//! is to check what is independent apart, see [`History::split_by`].
//!
//! # Examples
//!
//! ```
//! use mneme_conformance::linearizability::{
//!     Call, Checker, History, Verdict,
//!     specifications::{Register, RegisterOp, RegisterOutcome},
//! };
//!
//! // The write returns before the read begins, and the read misses it.
//! let stale = History::from_calls([
//!     Call::new(0, RegisterOp::Write(7), 1).returned(2, RegisterOutcome::Written),
//!     Call::new(1, RegisterOp::Read, 3).returned(4, RegisterOutcome::Read(0)),
//! ]);
//! let Verdict::Violation(violation) = Checker::default().check(&Register::new(0), &stale) else {
//!     panic!("no order explains it")
//! };
//! assert_eq!(violation.call, 1);
//! assert_eq!(violation.before[0].state, 7);
//! ```

mod bits;
mod checker;
mod events;
mod hasher;
mod history;
mod just_in_time;
mod key_value;
mod register;
mod specification;
mod verdict;
mod wing_gong;

pub use self::{
    checker::Checker,
    history::{Call, History},
    specification::Specification,
    verdict::{Possible, Verdict, Violation},
};

/// Specifications of small objects: examples, and what checkers are compared on.
pub mod specifications {
    pub use super::{
        key_value::{KeyValue, KeyValueOp, KeyValueOutcome},
        register::{Register, RegisterOp, RegisterOutcome},
    };
}
