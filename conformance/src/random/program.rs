//! A sequence of operations that means something on any store: ids are written by when they were given.

use crate::{
    operation::{Op, Walk},
    subject::Claims,
};
use std::fmt;

/// An id in a program, resolved when the program runs.
///
/// So every part of a program is a program: where fewer ids have been given, the reference takes another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ref {
    /// The n-th id given so far, counted round; id 0 where none was.
    Nth(u8),
    /// An id that was not given yet.
    Never,
    Zero,
    /// `u64::MAX`.
    Max,
}

impl Ref {
    pub(crate) fn resolve(self, given: &[u64]) -> u64 {
        match self {
            Self::Nth(n) => given.get(usize::from(n) % given.len().max(1)).copied().unwrap_or(0),
            Self::Never => given.iter().max().map_or(1, |greatest| greatest.saturating_add(1_000_000)),
            Self::Zero => 0,
            Self::Max => u64::MAX,
        }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nth(n) => write!(f, "#{n}"),
            Self::Never => f.write_str("never"),
            Self::Zero => f.write_str("zero"),
            Self::Max => f.write_str("max"),
        }
    }
}

/// How a handle is left before another is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    Close,
    Drop,
}

/// One line of a program. Each means something anywhere: what cannot be done there is passed over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    Call(Op<Ref>),
    /// A walk begins, and stays alive until it is left.
    Begin(Walk<Ref>),
    /// The next item of the walk that began last.
    Next,
    /// The walk that began last is dropped.
    Leave,
    /// Another handle is made, and opened, when this one has been left.
    Reopen(Parting),
    /// Another handle is tried while this one is there.
    SecondHandle,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Program(pub(crate) Vec<Action>);

/// Every kind of action, by a name.
const NAMES: [&str; 26] = [
    "open",
    "close",
    "get_by_hash",
    "get_by_id",
    "count",
    "list_namespaces",
    "iter_lru_ids",
    "iter_all",
    "iter_since",
    "iter_changed",
    "insert",
    "update_access",
    "delete_by_id",
    "delete_expired",
    "clear_namespace",
    "set_namespace_quota",
    "get_namespace_quota",
    "version_counter",
    "read_meta",
    "write_meta",
    "integrity_check",
    "begin",
    "next",
    "leave",
    "reopen",
    "second handle",
];

impl Action {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            // The name of an operation does not depend on how its ids are written.
            Self::Call(op) => op.map_ids(|_| 0).name(),
            Self::Begin(_) => "begin",
            Self::Next => "next",
            Self::Leave => "leave",
            Self::Reopen(_) => "reopen",
            Self::SecondHandle => "second handle",
        }
    }

    /// The kinds of actions that a store with these claims is asked.
    pub(crate) fn names(claims: Claims) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(move |name| match *name {
            "second handle" => claims.are_of_the_site(),
            // What becomes of shared data that are not durable is free once no handle is left.
            "reopen" => claims.durable || !claims.shared,
            _ => true,
        })
    }
}
