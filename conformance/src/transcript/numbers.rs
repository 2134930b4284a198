//! Ids and versions as the store chose them, or by their order.

use crate::{
    operation::{Op, Step, Walk},
    outcome::Outcome,
    subject::Claims,
    trace::{Beside, Row, Trace},
};
use mneme::{StoredEntry, limits::MAX_NUMBER};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// How what a store chose is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) ids: As,
    pub(crate) versions: As,
    /// Whether an error is written with its text, or as its kind alone.
    pub(crate) errors: Errors,
    pub(crate) length: Length,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Of what repeats itself the ends.
    Folded,
    Whole,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    /// As it is.
    Given,
    /// As its place among those that were seen.
    Place,
}

/// How an error is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errors {
    Text,
    Kind,
}

impl Style {
    pub(super) const GIVEN: Self =
        Self { ids: As::Given, versions: As::Given, errors: Errors::Text, length: Length::Folded };
    /// Where every run of every store that chooses otherwise is the same.
    const STABLE: Self =
        Self { ids: As::Place, versions: As::Place, errors: Errors::Text, length: Length::Folded };
    const WHOLE: Self = Self { errors: Errors::Kind, length: Length::Whole, ..Self::GIVEN };
    /// Without the texts that the contract leaves to a store, and with its numbers in more and more cases by their order.
    pub(crate) const NORMAL: [Self; 4] = [
        Self::WHOLE,
        Self { versions: As::Place, ..Self::WHOLE },
        Self { ids: As::Place, ..Self::WHOLE },
        Self { ids: As::Place, versions: As::Place, ..Self::WHOLE },
    ];
    pub(super) const MORE_AND_MORE_STABLE: [Self; 3] =
        [Self { versions: As::Place, ..Self::GIVEN }, Self { ids: As::Place, ..Self::GIVEN }, Self::STABLE];

    /// What a reader must know of it.
    pub(super) fn remarks(self) -> Vec<&'static str> {
        let ids = "Ids differ from run to run, and are numbered in their order here.";
        let versions = "Versions differ from run to run, and are numbered in their order here.";
        let ids = (self.ids == As::Place).then_some(ids);
        ids.into_iter().chain((self.versions == As::Place).then_some(versions)).collect()
    }
}

/// The ids and versions that were seen, by the data that they belong to.
#[derive(Debug)]
pub(super) struct Numbers {
    claims: Claims,
    /// The sites whose data were restored from a snapshot of another one's.
    restored: BTreeMap<usize, usize>,
    seen: BTreeMap<usize, Seen>,
    /// By the address of a row, the greatest id that was given before.
    last: BTreeMap<usize, u64>,
}

#[derive(Debug, Default)]
struct Seen {
    ids: BTreeSet<u64>,
    versions: BTreeSet<u64>,
}

impl Numbers {
    pub(super) fn of(trace: &Trace, claims: Claims) -> Self {
        let mut numbers =
            Self { claims, restored: BTreeMap::new(), seen: BTreeMap::new(), last: BTreeMap::new() };
        let aside = trace.beside().iter().filter_map(|(_, beside)| match beside {
            Beside::Aside(rows) => Some(rows),
            _ => None,
        });
        let untold = |at: usize| {
            let mut told = trace.beside().iter();
            told.any(|(from, beside)| matches!(beside, Beside::Untold(to) if (*from..*to).contains(&at)))
        };
        let rows = trace.rows().iter().enumerate().filter(|(at, _)| !untold(*at)).map(|(_, row)| row);
        let rows: Vec<&Row> = rows.chain(aside.flatten()).collect();
        let mut snapshots: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for row in rows {
            match &row.step {
                Step::Call(Op::SnapshotTo(path)) => drop(snapshots.insert(path.clone(), numbers.data(row))),
                Step::Restore(path) => {
                    if let Some(data) = snapshots.get(path) {
                        numbers.restored.insert(row.site, *data);
                    }
                }
                _ => {}
            }
            let data = numbers.data(row);
            let seen = numbers.seen.entry(data).or_default();
            numbers.last.insert(address(row), seen.ids.last().copied().unwrap_or(0));
            seen.note(row);
        }
        numbers
    }

    /// A row with its numbers written in a style.
    pub(super) fn written(&self, row: &Row, style: Style) -> (Step, Option<Outcome>) {
        let seen = self.seen.get(&self.data(row));
        let last = self.last.get(&address(row)).copied();
        // In a call, an id past the last one was never given, whatever is given later; and an id may be that of other data.
        let id = |last: Option<u64>| {
            move |id: u64| {
                let has = |seen: &&Seen| seen.ids.contains(&id);
                let is_own = seen.is_some_and(|seen| has(&seen) && last.is_none_or(|last| id <= last));
                let others = self.seen.values().filter(|of| !seen.is_some_and(|own| std::ptr::eq(own, *of)));
                let other = if is_own { None } else { others.into_iter().find(has) };
                match (style.ids, other, seen) {
                    (As::Place, Some(other), _) => place(&other.ids, None, id),
                    (As::Place, None, Some(seen)) => place(&seen.ids, last, id),
                    _ => id,
                }
            }
        };
        let version = |version: u64| match (style.versions, seen) {
            (As::Place, Some(seen)) => place(&seen.versions, None, version),
            _ => version,
        };
        let outcome = row.outcome.as_ref().map(|seen| outcome(row, seen, id(None), version));
        (step(&row.step, id(last), version), outcome)
    }

    /// Whether a call asks for an id by a number that was never given, below one that was: where another store has given it,
    /// the answers of both cannot be compared.
    pub(super) fn ask_for_ids_between(&self, trace: &Trace) -> bool {
        let given: BTreeSet<u64> = self.seen.values().flat_map(|seen| seen.ids.iter().copied()).collect();
        let between = |id: u64| id > 0 && !given.contains(&id) && given.last().is_some_and(|last| id < *last);
        trace.rows().iter().any(|row| {
            let mut asks = false;
            if let Step::Call(op) = &row.step {
                let _ = op.map_ids(|id| asks = between(*id));
            }
            asks
        })
    }

    /// Which data a row is about: those of the site, or of the handle.
    fn data(&self, row: &Row) -> usize {
        const HANDLES: usize = 1 << 32;
        if self.claims.are_of_the_site() || matches!(row.step, Step::Restore(_) | Step::Tamper(..)) {
            *self.restored.get(&row.site).unwrap_or(&row.site)
        } else {
            HANDLES + row.handle
        }
    }
}

impl Seen {
    fn note(&mut self, row: &Row) {
        let mut entry = |entry: &StoredEntry| {
            self.ids.insert(entry.id);
            self.versions.insert(entry.version);
        };
        match &row.outcome {
            Some(Outcome::Entry(Some(read))) => entry(read),
            Some(Outcome::Entries(entries, _)) => entries.iter().for_each(entry),
            Some(Outcome::Id(id)) => drop(self.ids.insert(*id)),
            Some(Outcome::Ids(ids)) => self.ids.extend(ids),
            Some(Outcome::Number(number)) if is_version(row) => drop(self.versions.insert(*number)),
            _ => {}
        }
    }
}

fn is_version(row: &Row) -> bool {
    matches!(row.step, Step::Call(Op::VersionCounter))
}

fn address(row: &Row) -> usize {
    std::ptr::from_ref(row).addr()
}

/// A number's place among those that were seen, from 1. One past the last keeps its distance to it, one before the first and
/// the numbers that are limits stay what they are.
fn place(seen: &BTreeSet<u64>, last: Option<u64>, number: u64) -> u64 {
    const NEAR: u64 = 1_000;
    let last = last.or(seen.last().copied()).unwrap_or(0);
    if number == 0 || number >= MAX_NUMBER {
        return number;
    }
    let up_to = |end: u64| seen.range(..=end).filter(|seen| **seen > 0).count() as u64;
    match () {
        () if number > last && number - last <= NEAR => up_to(last) + (number - last),
        () if number > last => number,
        () => match up_to(number) {
            0 => number,
            place => place,
        },
    }
}

fn step(step: &Step, id: impl Fn(u64) -> u64, version: impl Fn(u64) -> u64) -> Step {
    let walk = |walk: &Walk| match walk {
        Walk::Changed(after) => Walk::Changed(version(*after)),
        walk => walk.map_ids(|of| id(*of)),
    };
    match step {
        Step::Call(Op::Walk(of)) => Step::Call(Op::Walk(walk(of))),
        Step::Call(op) => Step::Call(op.map_ids(|of| id(*of))),
        Step::Begin(number, of) => Step::Begin(*number, walk(of)),
        Step::Recall(read) => Step::Recall(Box::new(entry(read, &id, &version))),
        step => step.clone(),
    }
}

fn outcome(row: &Row, outcome: &Outcome, id: impl Fn(u64) -> u64, version: impl Fn(u64) -> u64) -> Outcome {
    match outcome {
        Outcome::Id(given) => Outcome::Id(id(*given)),
        Outcome::Ids(ids) => Outcome::Ids(ids.iter().map(|given| id(*given)).collect()),
        Outcome::Number(number) if is_version(row) => Outcome::Number(version(*number)),
        Outcome::Entry(Some(read)) => Outcome::Entry(Some(entry(read, &id, &version))),
        Outcome::Entries(entries, ending) => {
            let entries = entries.iter().map(|read| entry(read, &id, &version)).collect();
            Outcome::Entries(entries, ending.clone())
        }
        outcome => outcome.clone(),
    }
}

fn entry(read: &StoredEntry, id: impl Fn(u64) -> u64, version: impl Fn(u64) -> u64) -> StoredEntry {
    StoredEntry { id: id(read.id), version: version(read.version), entry: read.entry.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_from_one_and_limits_stay() {
        let seen = BTreeSet::from([0, 7, 14, 30]);
        let place = |number| place(&seen, None, number);
        assert_eq!([0, 7, 14, 30].map(place), [0, 1, 2, 3]);
        // Before the first, between two, past the last, and far past it.
        assert_eq!([3, 20, 31, 40].map(place), [3, 2, 4, 13]);
        for limit in [MAX_NUMBER, MAX_NUMBER + 1, u64::MAX, 5_000] {
            assert_eq!(place(limit), limit);
        }
        // What is given later is past the last one as well.
        assert_eq!(super::place(&seen, Some(14), 30), 18);
    }
}
