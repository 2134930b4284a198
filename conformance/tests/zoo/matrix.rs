//! The kill matrix: every fault by every clause, and what is to be true of it as a whole.
//!
//! Two files are made from it: `src/diagnosis/zoo.txt`, the matrix itself, which the harness compares a broken store
//! with, and `docs/zoo.md`, which is for people. `tests/zoo/faults.txt`, the list of all faults, is what the behaviour book
//! tells of them. With `MNEME_ZOO=write` the tests write them.

mod page;

use super::{
    OUT_OF_REACH, examine_all,
    fault::{Fault, is_sampled},
    faults,
};
use mneme_conformance::{Clause, State, clause, contract};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::OnceLock,
};

/// A fault's row.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) source: Option<&'static str>,
    pub(super) first: &'static Clause,
    pub(super) cells: Vec<Cell>,
    /// In which way the clause that names it is broken.
    manner: String,
    /// What there is in the shortest way to see that.
    kinds: Vec<&'static str>,
}

/// What a fault does to a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// It is the one that names the fault.
    First,
    Broken,
    /// Something else was in the way of its check.
    Blocked,
    Held,
    /// Its check did not run, or only samples and is no check of this fault.
    NotLooked,
}

impl Cell {
    pub(super) fn is_broken(self) -> bool {
        matches!(self, Self::First | Self::Broken)
    }
}

/// The columns: every clause that has a check which is exact. What a check can only sample it finds by luck, and a
/// matrix would be another at each run. Room cannot be taken away on every machine.
pub(super) fn columns() -> Vec<&'static Clause> {
    contract().clauses().filter(|clause| clause.is_checked() && is_in_the_matrix(clause)).collect()
}

fn is_in_the_matrix(clause: &Clause) -> bool {
    !is_sampled(clause) && *clause != clause::files::full_disk_loses_nothing
}

/// Every fault with what it does. Made once; who asks meanwhile waits.
pub(super) fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let faults: Vec<_> = faults().into_iter().filter(|fault| is_in_the_matrix(fault.first)).collect();
        examine_all(&faults);
        let columns = columns();
        faults.iter().map(|fault| row(fault, &columns)).collect()
    })
}

fn row(fault: &Fault, columns: &[&'static Clause]) -> Row {
    let found = fault.examine();
    let cell = |clause: &&'static Clause| match found.state(clause) {
        State::Broken if *clause == fault.first => Cell::First,
        _ if is_sampled(clause) => Cell::NotLooked,
        State::Broken => Cell::Broken,
        State::Blocked => Cell::Blocked,
        State::Held => Cell::Held,
        _ => Cell::NotLooked,
    };
    Row {
        name: fault.name,
        source: fault.source,
        first: fault.first,
        cells: columns.iter().map(cell).collect(),
        manner: found.manner.clone().unwrap_or_default(),
        kinds: found.kinds.clone(),
    }
}

/// The last line of `just zoo`.
pub(super) fn summary(rows: &[Row]) -> String {
    let caught = rows.iter().filter(|row| row.cells.contains(&Cell::First)).count();
    let columns = columns();
    let named = columns.iter().filter(|clause| rows.iter().any(|row| row.first == **clause)).count();
    format!("zoo faults={} caught={caught} clauses={named}/{}", rows.len(), columns.len())
}

/// The matrix as text.
fn text(rows: &[Row]) -> String {
    let mut text = String::from(
        "What each fault of the zoo breaks: # the clause that names it, x another that is broken, - one that could not\n\
         be judged, . one that is held, _ one whose check did not run or can only sample. The columns are the clauses\n\
         as they are listed first. Behind the cells is in which way the answer was wrong, and what there is in the\n\
         shortest way to see that, a letter for each kind. Written by `just zoo`.\n\n",
    );
    for clause in columns() {
        text += &format!("clause {clause}\n");
    }
    let kinds: BTreeSet<&str> = rows.iter().flat_map(|row| &row.kinds).copied().collect();
    let letters: BTreeMap<&str, char> = kinds.into_iter().zip(('a'..='z').chain('A'..='Z')).collect();
    for (kind, letter) in &letters {
        text += &format!("kind {letter} {kind}\n");
    }
    text.push('\n');
    for row in rows {
        let letters: String = row.kinds.iter().map(|kind| letters[kind]).collect();
        let kinds = if letters.is_empty() { "-" } else { &letters };
        let cells: String = row
            .cells
            .iter()
            .map(|cell| match cell {
                Cell::First => '#',
                Cell::Broken => 'x',
                Cell::Blocked => '-',
                Cell::Held => '.',
                Cell::NotLooked => '_',
            })
            .collect();
        text += &format!("fault {cells} {} {kinds} {}\n", row.manner, row.name);
    }
    text + "\n" + &summary(rows) + "\n"
}

/// Compares a file with what it must be, or writes it where the environment says so.
#[track_caller]
fn assert_is_current(path: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var("MNEME_ZOO").as_deref() == Ok("write") {
        fs::create_dir_all(path.parent().expect("a directory")).expect("the directory");
        fs::write(&path, text).expect("the file");
        return;
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    let differs = file.lines().zip(text.lines()).find(|(is, due)| is != due);
    let differs = differs.map_or(String::new(), |(is, due)| format!(":\n{is}\nand must be\n{due}"));
    assert!(file == text, "{} is out of date, `just zoo` renews it{differs}", path.display());
}

#[test]
fn the_matrix_is_the_one_that_the_harness_diagnoses_by() {
    assert_is_current("src/diagnosis/zoo.txt", &text(rows()));
}

#[test]
fn the_list_of_faults_is_the_one_that_the_book_is_made_from() {
    let line = |fault: Fault| {
        let source = fault.source.map_or(String::new(), |source| format!(" <{source}>"));
        format!("{}: {}{source}\n", fault.first, fault.name)
    };
    let lines = faults().into_iter().map(line);
    assert_is_current("tests/zoo/faults.txt", &lines.collect::<String>());
}

#[test]
fn the_page_about_the_zoo_is_what_the_matrix_says() {
    assert_is_current("../docs/zoo.md", &page::page(rows()));
}

/// Whether a fault breaks a clause, and no other of its area.
pub(super) fn is_alone(row: &Row, at: usize, columns: &[&'static Clause]) -> bool {
    row.cells[at].is_broken()
        && row.cells.iter().zip(columns).enumerate().all(|(other, (cell, clause))| {
            other == at || clause.area() != columns[at].area() || !cell.is_broken()
        })
}

#[test]
fn every_scenario_catches_something_that_its_neighbours_do_not() {
    let (rows, columns) = (rows(), columns());
    let never: Vec<String> = columns
        .iter()
        .enumerate()
        .filter(|(at, _)| !rows.iter().any(|row| is_alone(row, *at, &columns)))
        .map(|(_, clause)| *clause)
        .filter(|clause| !OUT_OF_REACH.contains(clause) && !is_sampled(clause))
        .map(ToString::to_string)
        .collect();
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn every_fault_is_caught_by_the_scenarios_alone() {
    let missed: Vec<_> =
        rows().iter().filter(|row| !row.cells.contains(&Cell::First)).map(|row| row.name).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
