//! What was not judged, or is excused, with the reasons; and what the engines did.

use super::Mark;
use crate::{
    page::{escaped, prose},
    report::StoreReport,
    status::State,
};
use std::fmt::Write as _;

pub(super) fn write(body: &mut String, stores: &[StoreReport]) {
    let mut all = String::new();
    for store in stores {
        of_store(&mut all, store);
    }
    if !all.is_empty() {
        let _ = write!(
            body,
            "<section>\n<h2 id=\"unjudged\">What was not judged, and why</h2>\n{all}</section>\n"
        );
    }
}

fn of_store(body: &mut String, store: &StoreReport) {
    let reasons = store.reasons();
    let states = [State::Deviating, State::NotApplicable, State::NotChecked];
    let counts: Vec<String> = states
        .into_iter()
        .map(|state| (store.count(state), state.name()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let silent = store.engines.iter().any(|engine| engine.silent().is_some());
    if reasons.is_empty() && store.engines.is_empty() {
        return;
    }
    let open = if silent { " open=\"open\"" } else { "" };
    let _ = writeln!(
        body,
        "<details class=\"unjudged\"{open}>\n<summary><bdi>{}</bdi> <span class=\"soft\">{}</span></summary>\n<div>",
        escaped(&store.name),
        counts.join(", ")
    );
    for (state, reason, clauses) in reasons {
        let clauses: Vec<String> = clauses.iter().map(|clause| format!("<code>{clause}</code>")).collect();
        let _ = writeln!(
            body,
            "<p>{} {}</p>\n<p class=\"clauses\">{}</p>",
            Mark::of(state).html(),
            prose(reason),
            clauses.join(" ")
        );
    }
    for (clause, status) in &store.rows {
        if let Some(seen) = status.seen() {
            let _ = writeln!(
                body,
                "<p>{} <code>{clause}</code>: {}</p>",
                Mark::of(State::Deviating).html(),
                escaped(seen)
            );
        }
    }
    for engine in &store.engines {
        let (mark, text) = match (engine.failure(), engine.silent()) {
            (Some(_), _) => continue,
            (None, Some(silent)) => (Mark::of(State::NotChecked), silent),
            (None, None) => (Mark { word: "nothing found", ..Mark::of(State::Held) }, engine.did()),
        };
        let _ = writeln!(body, "<p>{} <code>{}</code>: {}</p>", mark.html(), engine.name(), escaped(text));
    }
    body.push_str("</div>\n</details>\n");
}
