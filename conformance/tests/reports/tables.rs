//! The Markdown and the terminal's table: clauses, or areas, by stores.

use super::report;
use mneme_conformance::{State, StoreReport, contract};

#[test]
fn the_matrix_has_a_row_for_each_clause_and_a_column_for_each_store() {
    let page = report().to_markdown();
    let columns = report().stores().len();
    for clause in contract().clauses() {
        let begin = format!("| `{clause}` | ");
        let row = page.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("{clause}"));
        assert_eq!(row.matches(" |").count(), columns + 1, "{row}");
    }
}

#[test]
fn every_broken_clause_has_its_text_folded_away() {
    let page = report().to_markdown();
    let broken: usize = report().stores().iter().map(|store| store.count(State::Broken)).sum();
    let engines = report().stores().iter().flat_map(StoreReport::engines);
    let engines = engines.filter(|engine| engine.failure().is_some()).count();
    assert!(broken > 3 && engines > 0, "{page}");
    assert_eq!(page.matches("<details>").count(), broken + engines);
    assert_eq!(page.matches("</details>").count(), broken + engines);
}

#[test]
fn a_name_ends_no_cell_and_is_no_markup() {
    let page = report().to_markdown();
    assert!(page.contains("&lt;Wrong> &amp; \"odd\" \\|"), "{page}");
}

#[test]
fn the_terminal_shows_areas_by_stores_and_every_state_in_total() {
    let text = report().to_string();
    let total = text.lines().find(|line| line.starts_with("total ")).expect("the totals");
    for state in ["held", "broken", "blocked", "deviating", "not applicable", "not checked"] {
        assert!(total.contains(state), "{total}");
    }
    for area in contract().areas() {
        assert!(text.lines().any(|line| line.starts_with(&format!("{} ", area.name()))), "{}", area.name());
    }
}
