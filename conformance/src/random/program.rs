//! A sequence of operations that means something on any store: ids are written by when they were given.

use crate::{
    operation::{Op, Text, Walk, display::METHODS},
    subject::Claims,
};
use std::fmt;

/// An id in a program, resolved when the program runs.
///
/// So every part of a program is a program: where fewer ids have been given, the reference takes another one.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Action, Op, Program, Ref};
///
/// let program = Program(vec![Action::Call(Op::GetById(Ref::Nth(0))), Action::Call(Op::GetById(Ref::Max))]);
/// assert_eq!(program.to_string(), "get_by_id #0\nget_by_id max\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ref {
    /// The n-th id given so far, counted round; id 0 where none was.
    Nth(u16),
    /// As [`Nth`](Self::Nth), and 2 to the power of the second number more: what a store that cuts ids takes for it.
    Past(u16, u8),
    /// An id that was not given yet.
    Never,
    /// Id 0, which no entry has.
    Zero,
    /// `u64::MAX`.
    Max,
    /// This very id, for whoever knows which one is meant.
    Exactly(u64),
}

impl Ref {
    pub(crate) fn resolve(self, given: &[u64]) -> u64 {
        let nth = |n: u16| given.get(usize::from(n) % given.len().max(1)).copied().unwrap_or(0);
        match self {
            Self::Nth(n) => nth(n),
            Self::Past(n, power) => {
                1_u64.checked_shl(power.into()).map_or(0, |more| nth(n).saturating_add(more))
            }
            Self::Never => given.iter().max().map_or(1, |greatest| greatest.saturating_add(1_000_000)),
            Self::Zero => 0,
            Self::Max => u64::MAX,
            Self::Exactly(id) => id,
        }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nth(n) => write!(f, "#{n}"),
            Self::Past(n, power) => write!(f, "#{n}+2^{power}"),
            Self::Never => f.write_str("never"),
            Self::Zero => f.write_str("zero"),
            Self::Max => f.write_str("max"),
            Self::Exactly(id) => write!(f, "={id}"),
        }
    }
}

/// How a handle is left before another is made.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Action, Parting, Program};
///
/// let program = Program(vec![Action::Reopen(Parting::Drop)]);
/// assert_eq!(program.to_string().parse(), Ok(program));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parting {
    /// It is closed, and then dropped.
    Close,
    /// It is dropped without a close.
    Drop,
    /// It is closed, and dropped only when the next one is left, or the program ends.
    Keep,
}

/// Where a snapshot is to go.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Action, Destination, Program};
///
/// let program = Program(vec![Action::Snapshot(Destination::Taken)]);
/// assert_eq!(program.to_string().parse(), Ok(program));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// A path where nothing is.
    Free,
    /// A path where a file is.
    Taken,
    /// A path whose directory there is not.
    Missing,
}

/// One line of a program. Each means something anywhere: what cannot be done there is passed over.
///
/// In `iter_changed` the number is not a version but says which: the n-th of those that were seen so far, counted round.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// An operation of the store.
    Call(Op<Ref>),
    /// An operation of the store, on a thread of its own.
    Elsewhere(Op<Ref>),
    /// So many new entries, each with a hash of its own, dealt out to so many namespaces.
    Fill(u32, u32),
    /// A snapshot.
    Snapshot(Destination),
    /// A walk begins, and stays alive until it is left.
    Begin(Walk<Ref>),
    /// The next items of the walk that began last, so many.
    Next(u32),
    /// All items that are left of the walk that began last; then it is asked again.
    Rest,
    /// The walk that began last is dropped.
    Leave,
    /// A panic of the caller drops the walk that began last.
    Unwind,
    /// The handle is left, and another one is made and opened.
    Reopen(Parting),
    /// The handle is left, and another one is made, which is not open.
    Remake(Parting),
    /// Another handle is tried while this one is there; where several may be, it does some work.
    SecondHandle,
    /// Another store does some work on a site of its own, and stays; the next time everything that it holds is read.
    Stranger,
    /// Where several handles may be there at once: the calls that follow go to another one.
    Turn,
}

/// A sequence of actions.
///
/// It runs on any store that keeps the contract, from a handle that was just made; the model judges each step. Its
/// text is one action a line.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Program, Settings, Subject};
///
/// let program: Program = r#"
///     open "e5" 2
///     insert {"namespace":"a","hash":"h","embedding":[0.5,-1.0],"ttl":5}
///     update_access #0 12
///     iter_lru_ids max "a"
/// "#
/// .parse()?;
/// assert_eq!(program.0.len(), 4);
/// program.check(Subject::volatile(MemoryStore::new), &Settings::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program(pub Vec<Action>);

impl Program {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The same program without ids that are beside others: whether they are stored is the store's choice.
    pub(crate) fn without_neighbours(mut self) -> Self {
        let plain = |id: &Ref| match *id {
            Ref::Past(nth, _) => Ref::Nth(nth),
            id => id,
        };
        for action in &mut self.0 {
            match action {
                Action::Call(op) | Action::Elsewhere(op) => *op = op.map_ids(plain),
                Action::Begin(walk) => *walk = walk.map_ids(plain),
                _ => {}
            }
        }
        self
    }
}

/// Every kind of action, by a name; first the methods, in their order.
pub(super) const NAMES: [&str; METHODS.len() + ACTIONS.len()] = {
    let mut names = [""; METHODS.len() + ACTIONS.len()];
    let (methods, actions) = names.split_at_mut(METHODS.len());
    methods.copy_from_slice(&METHODS);
    actions.copy_from_slice(&ACTIONS);
    names
};

/// What a program does besides calling the store under test once, by name.
const ACTIONS: [&str; 11] = [
    "begin",
    "next",
    "rest",
    "leave",
    "unwind",
    "fill",
    "reopen",
    "remake",
    "second_handle",
    "stranger",
    "turn",
];

impl Action {
    pub(crate) fn name(&self) -> &'static str {
        NAMES[self.kind()]
    }

    /// The place of its name among [`NAMES`].
    pub(super) fn kind(&self) -> usize {
        match self {
            Self::Call(op) | Self::Elsewhere(op) => op.method(),
            Self::Snapshot(_) => 21,
            Self::Begin(_) => 22,
            Self::Next(_) => 23,
            Self::Rest => 24,
            Self::Leave => 25,
            Self::Unwind => 26,
            Self::Fill(..) => 27,
            Self::Reopen(_) => 28,
            Self::Remake(_) => 29,
            Self::SecondHandle => 30,
            Self::Stranger => 31,
            Self::Turn => 32,
        }
    }

    /// The kinds of actions that a store with these claims is asked.
    pub(super) fn kinds(claims: Claims) -> impl Iterator<Item = usize> {
        (0..NAMES.len()).filter(move |kind| match NAMES[*kind] {
            "second_handle" => claims.are_of_the_site(),
            "turn" => claims.shared,
            _ => true,
        })
    }
}

/// The key of the n-th entry of a [`Fill`](Action::Fill) over so many namespaces.
pub(crate) fn filled(n: u32, namespaces: u32) -> (Text, Text) {
    (format!("n{}", n % namespaces.max(1)).into(), format!("f{n}").into())
}
