//! The report for a terminal.

use super::StoreReport;
use crate::{
    contract::{Clause, contract},
    failure::Failure,
    status::{State, Status},
};
use std::fmt::{self, Write as _};

/// Writes the table of areas by stores, what was not judged and why, and each failure.
pub(super) fn write(f: &mut fmt::Formatter<'_>, stores: &[StoreReport]) -> fmt::Result {
    matrix(f, stores)?;
    for store in stores {
        if let Some(rest) = store.shortened {
            let whole = store.settings.deadline();
            writeln!(f, "\n{}: after calls hung, the last had {rest:?} each and not {whole:?}", store.name)?;
        }
        unjudged(f, store)?;
    }
    stores.iter().try_for_each(|store| {
        failures(f, store)?;
        store.engines.iter().try_for_each(|engine| match (engine.failure(), engine.silent()) {
            (Some(failure), _) => write!(f, "\n{failure}"),
            (None, Some(silent)) => writeln!(f, "\n{}: {}: {silent}", store.name, engine.name()),
            (None, None) => {
                writeln!(f, "\n{}: {}: nothing found: {}", store.name, engine.name(), engine.did())
            }
        })
    })
}

fn matrix(f: &mut fmt::Formatter<'_>, stores: &[StoreReport]) -> fmt::Result {
    let mut rows: Vec<Vec<String>> =
        vec![std::iter::once(String::new()).chain(stores.iter().map(|store| store.name.clone())).collect()];
    for area in contract().areas() {
        let mut row = vec![area.name().to_owned()];
        row.extend(stores.iter().map(|store| cell(store, |name| name == area.name())));
        rows.push(row);
    }
    let mut total = vec!["total".to_owned()];
    total.extend(stores.iter().map(|store| cell(store, |_| true)));
    let mut time = vec!["time".to_owned()];
    time.extend(stores.iter().map(|store| format!("{:.2} s", store.time.as_secs_f64())));
    rows.extend([total, time]);

    let widths: Vec<usize> = (0..=stores.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let rule = widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  ");
    for (at, row) in rows.iter().enumerate() {
        if at == 1 || at == rows.len() - 2 {
            writeln!(f, "{rule}")?;
        }
        let mut line = String::new();
        for (text, width) in row.iter().zip(&widths) {
            write!(line, "{text:<width$}  ")?;
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// `12 held, 1 broken`: the states of a store's clauses in some areas, those that occur.
fn cell(store: &StoreReport, area: impl Fn(&str) -> bool) -> String {
    let counts: Vec<String> = State::ALL
        .into_iter()
        .map(|state| {
            let count =
                store.rows.iter().filter(|(clause, status)| area(clause.area()) && status.state() == state);
            (state, count.count())
        })
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state.name()))
        .collect();
    counts.join(", ")
}

/// What was not judged, or is excused, with the reason once for all clauses that share it.
fn unjudged(f: &mut fmt::Formatter<'_>, store: &StoreReport) -> fmt::Result {
    for (state, reason, clauses) in store.reasons() {
        writeln!(f, "\n{}: {}: {reason}", store.name, state.name())?;
        names(f, clauses.iter().map(ToString::to_string))?;
    }
    store.rows.iter().try_for_each(|(clause, status)| match status.seen() {
        Some(seen) => writeln!(f, "\n{}: deviating: {clause}: {seen}", store.name),
        None => Ok(()),
    })
}

/// Writes names in lines.
fn names(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = String>) -> fmt::Result {
    let mut line = String::new();
    for name in names {
        if line.len() + name.len() > 104 {
            writeln!(f, "  {}", line.trim_end())?;
            line.clear();
        }
        write!(line, "{name}  ")?;
    }
    writeln!(f, "  {}", line.trim_end())
}

/// Where to begin, and which mistakes break just these clauses.
fn diagnosis(f: &mut fmt::Formatter<'_>, store: &StoreReport) -> fmt::Result {
    let Some(begin_with) = store.begin_with() else { return Ok(()) };
    writeln!(f, "\n{}: begin with {begin_with}", store.name)?;
    if let Some(says) = store.says_of_mistakes() {
        writeln!(f, "  {says}")?;
    }
    store.mistakes().into_iter().try_for_each(|mistake| {
        writeln!(f, "    {}", mistake.name())?;
        writeln!(f, "      {}: {}", mistake.clause(), mistake.remedy())
    })
}

/// Each broken clause's text, and what could not be judged because of it.
///
/// The text of a clause that is blocked is that of the clause which is broken, but for what was being checked; so it
/// is shown only where no text of that clause is.
fn failures(f: &mut fmt::Formatter<'_>, store: &StoreReport) -> fmt::Result {
    diagnosis(f, store)?;
    let begin_with = store.begin_with();
    let is_first = |clause: &Clause| begin_with == Some(clause);
    let (first, others): (Vec<_>, Vec<_>) = store.rows.iter().partition(|(clause, _)| is_first(clause));
    for (_, status) in first.into_iter().chain(others) {
        if let Status::Broken(failure) | Status::DeviatesNoMore(failure) = status {
            write!(f, "\n{failure}")?;
        }
    }
    // By the clause that blocks; by none where the store could not be made.
    let mut blocked: Vec<(Option<&Clause>, &Failure, Vec<&Clause>)> = Vec::new();
    for (clause, status) in &store.rows {
        let Status::Blocked(failure) = status else { continue };
        let by = failure.clauses().first().copied();
        match blocked.iter_mut().find(|(other, ..)| *other == by) {
            Some((.., clauses)) => clauses.push(*clause),
            None => blocked.push((by, failure, vec![*clause])),
        }
    }
    for (by, failure, clauses) in blocked {
        let text_is_shown =
            by.and_then(|by| store.status(by)).is_some_and(|status| status.state() == State::Broken);
        if !text_is_shown {
            write!(f, "\n{failure:#}")?;
        }
        match by {
            Some(by) => writeln!(f, "\n{}: blocked by {by}", store.name)?,
            None => writeln!(f, "\n{}: blocked, as it could not be made", store.name)?,
        }
        names(f, clauses.iter().map(ToString::to_string))?;
    }
    Ok(())
}
