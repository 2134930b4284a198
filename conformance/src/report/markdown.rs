//! The report as Markdown, for a CI summary or a page.

use super::{Report, StoreReport};
use crate::{
    contract::contract,
    status::{State, Status},
};
use std::fmt::Write as _;

impl Report {
    /// The report as Markdown: a table of totals, a matrix of clauses by stores, and each failure folded away.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Report, Settings, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::insert::upsert_keeps_the_id]).without_engines();
    /// let store = check_store(Subject::volatile(MemoryStore::new), &settings);
    /// let page = Report::new(vec![store]).to_markdown();
    /// assert!(page.contains("| `insert::upsert_keeps_the_id` | held |"));
    /// ```
    pub fn to_markdown(&self) -> String {
        let mut page = String::from("# Store conformance\n\n");
        let names: Vec<String> = self.stores.iter().map(|store| cell(&store.name)).collect();
        head(&mut page, "state", &names);
        for state in State::ALL {
            let counts: Vec<String> =
                self.stores.iter().map(|store| store.count(state).to_string()).collect();
            line(&mut page, state.name(), &counts);
        }
        page.push('\n');
        head(&mut page, "clause", &names);
        for clause in contract().clauses() {
            let states: Vec<String> = self
                .stores
                .iter()
                .map(|store| store.status(clause).map_or(String::new(), |status| emphasis(status).to_owned()))
                .collect();
            line(&mut page, &format!("`{clause}`"), &states);
        }
        for store in &self.stores {
            failures(&mut page, store);
        }
        page
    }
}

fn head(page: &mut String, first: &str, names: &[String]) {
    line(page, first, names);
    line(page, "---", &vec!["---".to_owned(); names.len()]);
}

fn line(page: &mut String, first: &str, cells: &[String]) {
    let _ = writeln!(page, "| {first} | {} |", cells.join(" | "));
}

/// A state's name, in bold where it needs somebody.
fn emphasis(status: &Status) -> &'static str {
    match status.state() {
        State::Held => "held",
        State::Broken => "**broken**",
        State::Blocked => "**blocked**",
        State::Deviating => "*deviating*",
        State::NotApplicable => "-",
        State::NotChecked => "*not checked*",
    }
}

fn failures(page: &mut String, store: &StoreReport) {
    if let Some(begin_with) = store.begin_with() {
        let says = store.says_of_mistakes().map(|says| format!("; {says}")).unwrap_or_default();
        let _ = writeln!(page, "\n{}: begin with `{begin_with}`{says}", cell(&store.name));
        for mistake in store.mistakes() {
            let _ = writeln!(page, "\n- {} (`{}`): {}", mistake.name(), mistake.clause(), mistake.remedy());
        }
    }
    let clauses = store
        .rows
        .iter()
        .filter(|(_, status)| status.state() == State::Broken)
        .filter_map(|(clause, status)| Some((clause.to_string(), status.failure()?)));
    let engines =
        store.engines.iter().filter_map(|engine| Some((engine.name().to_owned(), engine.failure()?)));
    for (name, failure) in clauses.chain(engines) {
        let _ = write!(
            page,
            "\n<details><summary>{}: <code>{name}</code></summary>\n\n{}\n</details>\n",
            cell(&store.name),
            indented(&failure.to_string()),
        );
    }
}

/// A code block that no text can end.
fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |block, line| block + "    " + line + "\n")
}

/// Text in a cell of a table, without what would end it or make markup of it.
fn cell(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace('\n', " ")
}
