//! The patterns of the fault zoo, as they are kept beside this file.
//!
//! `zoo.txt` is written by `just zoo`, and the test of the zoo fails where it is not what the harness finds now. It is
//! read when it is first needed, so it costs nothing where nothing is wrong.

use super::{Mistake, Way};
use crate::{
    contract::{Clause, contract},
    trace::Kinds,
};
use std::sync::LazyLock;

/// What was seen of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Held,
    Broken,
    /// Another clause was in the way.
    Blocked,
    /// It does not apply, was not checked, or is a matter of luck.
    Unknown,
}

impl Seen {
    /// What is seen where two mistakes are made.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Broken, _) | (_, Self::Broken) => Self::Broken,
            (Self::Blocked, _) | (_, Self::Blocked) => Self::Blocked,
            (Self::Unknown, other) | (other, Self::Unknown) => other,
            (Self::Held, Self::Held) => Self::Held,
        }
    }
}

/// What a planted mistake breaks, clause by clause as [`clauses`] lists them.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) mistake: Mistake,
    pub(super) cells: Vec<Seen>,
    /// Which clause tells it best.
    first: usize,
    /// In which way that one is broken.
    manner: &'static str,
    /// What it takes to see that.
    kinds: Kinds,
}

impl Pattern {
    /// Whether nothing that the mistake breaks is kept.
    pub(super) fn is_possible(&self, store: &[Seen]) -> bool {
        store[self.first] == Seen::Broken
            && self.cells.iter().zip(store).all(|(cell, seen)| (*cell, *seen) != (Seen::Broken, Seen::Held))
    }

    /// Whether the clause that tells it best is broken in the way that was seen.
    pub(super) fn is_seen(&self, way: Way) -> bool {
        way.manner.to_string() == self.manner && self.kinds.are_in(way.kinds)
    }

    /// Whether nothing was needed for that but what the mistake takes.
    pub(super) fn takes_all(&self, way: Way) -> bool {
        way.kinds.are_in(self.kinds)
    }
}

struct Zoo {
    clauses: Vec<Option<&'static Clause>>,
    patterns: Vec<Pattern>,
    weights: Vec<f64>,
}

/// The clauses that the patterns speak of; none in place of one that the contract has no more.
pub(super) fn clauses() -> &'static [Option<&'static Clause>] {
    &ZOO.clauses
}

pub(super) fn patterns() -> &'static [Pattern] {
    &ZOO.patterns
}

/// How much each clause counts: the more, the fewer mistakes break it.
pub(super) fn weights() -> &'static [f64] {
    &ZOO.weights
}

static ZOO: LazyLock<Zoo> = LazyLock::new(|| Zoo::read(include_str!("zoo.txt")));

impl Zoo {
    fn read(text: &'static str) -> Self {
        let clauses: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("clause "))
            .map(|name| contract().clause(name.trim()))
            .collect();
        let kinds: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.strip_prefix("kind "))
            .filter_map(|line| line.split_once(' '))
            .collect();
        let patterns: Vec<Pattern> = text
            .lines()
            .filter_map(|line| line.strip_prefix("fault "))
            .filter_map(|line| pattern(line, &clauses, &kinds))
            .collect();
        #[allow(clippy::cast_precision_loss, reason = "the counts are small")]
        let weights = (0..clauses.len())
            .map(|at| {
                let breaking = patterns.iter().filter(|pattern| pattern.cells[at] == Seen::Broken).count();
                (patterns.len() as f64 / (1 + breaking) as f64).ln().max(0.0) + 0.3
            })
            .collect();
        Self { clauses, patterns, weights }
    }
}

/// Reads `cells manner kinds name`, where each kind is a letter. What is no pattern is left out: a file that is out of date must not
/// break a check.
fn pattern(
    line: &'static str,
    clauses: &[Option<&'static Clause>],
    kinds: &[(&str, &str)],
) -> Option<Pattern> {
    let (cells, rest) = line.split_once(' ')?;
    let (manner, rest) = rest.split_once(' ')?;
    let (letters, name) = rest.split_once(' ')?;
    let has = |(letter, _): &&(&str, &str)| letters.contains(letter);
    let kinds = Kinds::named(kinds.iter().filter(has).map(|(_, word)| *word));
    let first = cells.find('#')?;
    let clause = (*clauses.get(first)?)?;
    let cells: Vec<Seen> = cells
        .chars()
        .map(|cell| match cell {
            '#' | 'x' => Seen::Broken,
            '-' => Seen::Blocked,
            '.' => Seen::Held,
            _ => Seen::Unknown,
        })
        .collect();
    (cells.len() == clauses.len()).then_some(Pattern {
        mistake: Mistake { name, clause },
        cells,
        first,
        manner,
        kinds,
    })
}
