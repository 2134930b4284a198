use crate::outcome::Outcome;
use mneme::{ErrorKind, StoredEntry};
use std::fmt;

/// How an outcome differs from what the contract asks: a text for people, and the facts for naming the clause.
#[derive(Clone, Debug)]
pub(crate) struct Mismatch {
    /// What the contract asks.
    pub(crate) expected: String,
    /// In which way the outcome is something else.
    pub(crate) difference: Difference,
    /// The right outcome of a write whose answer alone may be wrong: what it did is then still to be looked at.
    pub(crate) instead: Option<Box<Outcome>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Difference {
    /// The factory failed on a fresh site.
    SetUp,
    /// It panicked; the kind of the error that was due, if one was.
    Panic(Option<ErrorKind>),
    /// An error came where none is due.
    Undue,
    /// An error of this kind is due, and none came.
    NotRefused(ErrorKind),
    /// An error of this kind is due, and another came, or its facts are wrong.
    WrongError(ErrorKind),
    /// A number in the answer is past 2^53 - 1.
    Range,
    /// `insert` answered a wrong id; the id that the key has, if it is stored.
    Id(Option<u64>),
    /// An entry is stored and not shown.
    Missing(u64),
    /// An entry is shown and not stored; its content, where the view shows it.
    Extra(u64, Option<StoredEntry>),
    /// An entry is shown as something else than it is: as what, and by which field it is known, if by one.
    Altered(u64, Box<StoredEntry>, Option<&'static str>),
    /// A walk shows an entry twice.
    Twice(u64),
    /// A walk shows an entry out of order.
    Misplaced,
    /// A walk shows an entry that its cursor excludes.
    BeforeTheCursor,
    /// A walk ends wrongly.
    Ending(Ended),
    Count,
    Names {
        missing: Vec<String>,
        extra: Vec<String>,
    },
    /// More ids than the limit.
    LruLimit,
    /// An id of another namespace.
    LruScope,
    /// An id in the place of another one, with an equal time or with another.
    LruOrder {
        tie: bool,
    },
    /// A number of removed entries.
    Removed,
    /// `delete_by_id`'s answer.
    WasThere,
    Quota,
    Meta,
    /// The version counter; the value read, and the bounds it must be in.
    Version {
        found: u64,
        low: u64,
        high: u64,
    },
    Unsound,
    /// A refused operation left something at its path, or a file is another than it was.
    Left,
    /// Damaged data were shown as if they were sound, or a call answered what no clause allows of them.
    Unnoticed,
    /// `integrity_check` of damaged data answered neither yes nor no.
    NoAnswer,
    /// An entry that was read before has changed since.
    Recalled,
    /// The outcome is of a kind that the operation cannot answer.
    Shape,
}

/// The wrong ways to end a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It yielded something after its end or after an error.
    Resumed,
    /// It never ended.
    Never,
    /// It failed, and nothing was wrong.
    Failed,
    /// It ended in silence, before its last entry, after the handle was closed.
    Silently,
}

/// In which way an outcome is wrong, in a word: what two failures of one clause have in common where the mistake is the same, whatever
/// the entries are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    word: &'static str,
    /// The field of an entry that shows it, where one does.
    field: Option<&'static str>,
}

impl Manner {
    /// A call never returned.
    pub(crate) const HANG: Self = Self::of("no-return");
    /// No order of calls that ran at once explains their answers.
    pub(crate) const RACE: Self = Self::of("no-order");

    const fn of(word: &'static str) -> Self {
        Self { word, field: None }
    }

    /// Whether it is the other one, but for the field.
    pub(crate) fn is_like(self, other: Self) -> bool {
        self.word == other.word
    }
}

impl fmt::Display for Manner {
    /// In one word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)?;
        // What is written together is mostly lost together, and which of it shows is a matter of the values.
        match self.field {
            Some("query" | "response") => f.write_str(":text"),
            Some("last accessed at" | "access count") => f.write_str(":use"),
            Some(field) => write!(f, ":{}", field.replace(' ', "-")),
            None => Ok(()),
        }
    }
}

impl Difference {
    pub(crate) fn manner(&self) -> Manner {
        let field = match self {
            Self::Altered(.., field) => *field,
            _ => None,
        };
        let word = match self {
            Self::SetUp => "not-made",
            Self::Panic(_) => "panic",
            Self::Undue | Self::Ending(Ended::Failed) => "undue-error",
            Self::NotRefused(_) => "not-refused",
            Self::WrongError(_) => "wrong-error",
            Self::Range => "out-of-range",
            Self::Id(_) => "id",
            Self::Missing(_) => "missing",
            Self::Extra(..) => "extra",
            Self::Altered(..) => "altered",
            Self::Twice(_) => "twice",
            Self::Misplaced | Self::LruOrder { .. } => "order",
            Self::BeforeTheCursor => "before-the-cursor",
            Self::Ending(Ended::Resumed) => "resumes",
            Self::Ending(Ended::Never) => "no-end",
            Self::Ending(Ended::Silently) => "silent-end",
            Self::Count => "count",
            Self::Names { .. } => "names",
            Self::LruLimit => "over-the-limit",
            Self::LruScope => "other-namespace",
            Self::Removed => "removed",
            Self::WasThere => "was-there",
            Self::Quota => "quota",
            Self::Meta => "meta",
            Self::Version { .. } => "version",
            Self::Unsound => "unsound",
            Self::Left => "left-behind",
            Self::Unnoticed => "unnoticed",
            Self::NoAnswer => "no-answer",
            Self::Recalled => "changed-in-hand",
            Self::Shape => "other-kind",
        };
        Manner { word, field }
    }
}

impl Mismatch {
    pub(crate) fn new(difference: Difference, expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), difference, instead: None }
    }

    pub(super) fn instead_of(mut self, outcome: Outcome) -> Self {
        self.instead = Some(Box::new(outcome));
        self
    }

    /// Whether the mismatch is in a view of many entries, so that a look at each one tells whether the view is wrong
    /// or what it shows.
    pub(crate) fn is_about_many(&self) -> bool {
        !matches!(
            self.difference,
            Difference::SetUp
                // What is asked after a panic tells of the panic, as of a lock that it poisoned.
                | Difference::Panic(_)
                | Difference::NotRefused(_)
                | Difference::WrongError(_)
                | Difference::Id(_)
                | Difference::Quota
                | Difference::Meta
                | Difference::Version { .. }
                | Difference::Left
                | Difference::Unnoticed
                | Difference::NoAnswer
                | Difference::Recalled
                | Difference::Shape
        )
    }

    pub(crate) fn undue() -> Self {
        Self::new(Difference::Undue, "no error")
    }

    pub(crate) fn shape() -> Self {
        Self::new(Difference::Shape, "an answer of the operation's kind")
    }
}
