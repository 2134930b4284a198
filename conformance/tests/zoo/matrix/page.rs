//! The matrix for people: which faults there are, and what catches them.

use super::{Cell, Row, columns, is_alone, summary};
use crate::zoo::{self, OUT_OF_REACH};
use mneme_conformance::contract;

/// The page.
pub(in crate::zoo) fn page(rows: &[Row]) -> String {
    let mut page = format!(
        "# The fault zoo\n\n\
         <!-- Written by `just zoo`. -->\n\n\
         Each fault is a store with one planted mistake, such as people make who write storage. The harness must catch it, \
         name the\nclause that it breaks, say what is wrong, and accuse no clause that it keeps. The faults are in \
         `conformance/tests/zoo/`;\nwhat each does to every clause is in `conformance/src/diagnosis/zoo.txt`, which the \
         harness compares a broken store with.\nAll of them are caught by the scenarios alone, without the engines.\n\n\
         ```text\n{}\n```\n\n",
        summary(rows)
    );
    counted(&mut page);
    areas(&mut page, rows);
    clauses(&mut page, rows);
    reports(&mut page, rows);
    faults(&mut page, rows);
    page
}

/// Which clauses the page counts, and why not all that have a check.
fn counted(page: &mut String) {
    let columns = columns();
    let left_out: Vec<String> = contract()
        .clauses()
        .filter(|clause| clause.is_checked() && !columns.contains(clause))
        .map(|clause| format!("- `{clause}`\n"))
        .collect();
    *page += &format!(
        "The page counts the {} clauses whose check is exact, and the faults that one of them names. `clauses=` is how many of \
         the\n{} name a fault. {} other clauses have a check and faults too, and are not counted here: their check samples, \
         and what it finds\nis another at each run, or it needs a disk that can be filled. They name {} faults more, which `just test` \
         and\n`just races` catch.\n\n{}\n",
        columns.len(),
        columns.len(),
        left_out.len(),
        zoo::faults().iter().filter(|fault| !columns.contains(&fault.first)).count(),
        left_out.concat()
    );
}

fn areas(page: &mut String, rows: &[Row]) {
    *page += "## By area\n\n| area | clauses with an exact check | faults that one of them names | faults that break one |\n|---|---|---|---|\n";
    let columns = columns();
    for area in contract().areas() {
        let checked = columns.iter().filter(|clause| clause.area() == area.name()).count();
        let named = rows.iter().filter(|row| row.first.area() == area.name()).count();
        let breaks = |row: &&Row| {
            let mut cells = row.cells.iter().zip(&columns);
            cells.any(|(cell, clause)| clause.area() == area.name() && cell.is_broken())
        };
        let breaking = rows.iter().filter(breaks).count();
        *page += &format!("| {} | {checked} | {named} | {breaking} |\n", area.title());
    }
}

fn clauses(page: &mut String, rows: &[Row]) {
    *page += "\n## By clause\n\n\
        *Alone in its area* counts the faults of which no neighbour in the same area notices anything.\n\n\
        | clause | faults that it names | faults that break it | alone in its area |\n|---|---|---|---|\n";
    let columns = columns();
    for (at, clause) in columns.iter().enumerate() {
        if OUT_OF_REACH.contains(clause) {
            *page += &format!("| `{clause}` | none: safe code cannot change what it gave away | | |\n");
            continue;
        }
        let named = rows.iter().filter(|row| row.first == *clause).count();
        let breaking = rows.iter().filter(|row| row.cells[at].is_broken()).count();
        let alone = rows.iter().filter(|row| is_alone(row, at, &columns)).count();
        *page += &format!("| `{clause}` | {named} | {breaking} | {alone} |\n");
    }
}

fn reports(page: &mut String, rows: &[Row]) {
    *page += "\n## Mistakes that were reported\n\nThese faults repeat what was reported of real caches and storage layers.\n\n\
        | mistake | clause | report |\n|---|---|---|\n";
    for row in rows {
        if let Some(source) = row.source {
            let short = source.trim_start_matches("https://github.com/");
            *page += &format!("| {} | `{}` | [{short}]({source}) |\n", cell(row.name), row.first);
        }
    }
}

fn faults(page: &mut String, rows: &[Row]) {
    *page += "\n## Every fault\n";
    let columns = columns();
    for clause in &columns {
        let of_clause: Vec<_> = rows.iter().filter(|row| row.first == *clause).collect();
        if of_clause.is_empty() {
            continue;
        }
        *page += &format!("\n### `{clause}`\n\n{}\n\n", clause.says());
        for row in of_clause {
            let also: Vec<String> = row
                .cells
                .iter()
                .zip(&columns)
                .filter(|(cell, _)| **cell == Cell::Broken)
                .map(|(_, clause)| format!("`{clause}`"))
                .collect();
            let also =
                if also.is_empty() { String::new() } else { format!("; breaks {} too", also.join(", ")) };
            *page += &format!("- {}{also}\n", row.name);
        }
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
