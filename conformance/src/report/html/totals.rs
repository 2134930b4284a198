//! How many clauses ended in which state, store by store.

use super::{Mark, escaped};
use crate::{report::StoreReport, status::State, subject::Claims};
use std::fmt::Write as _;

pub(super) fn write(body: &mut String, stores: &[StoreReport]) {
    if stores.is_empty() {
        return;
    }
    body.push_str("<section>\n<h2 id=\"totals\">Totals</h2>\n<div class=\"stacks\">\n<table class=\"totals\" role=\"table\">\n");
    body.push_str(
        "<thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\">store</th>",
    );
    for state in State::ALL {
        let _ = write!(body, "<th role=\"columnheader\" scope=\"col\">{}</th>", Mark::of(state).html());
    }
    body.push_str(
        "<th role=\"columnheader\" scope=\"col\">time</th></tr></thead>\n<tbody role=\"rowgroup\">\n",
    );
    for store in stores {
        row(body, store);
    }
    body.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn row(body: &mut String, store: &StoreReport) {
    let verdict = if store.is_right(&store.settings) { Mark::RIGHT } else { Mark::WRONG };
    let _ = write!(
        body,
        "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\"><bdi>{}</bdi> {}<span class=\"claims\">{}</span>{}</th>",
        escaped(&store.name),
        verdict.html(),
        claims(store.claims),
        bar(store),
    );
    for state in State::ALL {
        let Mark { class, glyph, word } = Mark::of(state);
        let count = store.count(state);
        let none = if count == 0 { " none" } else { "" };
        let _ = write!(
            body,
            "<td role=\"cell\" class=\"count {class}{none}\" data-label=\"{glyph} {word}\">{count}</td>"
        );
    }
    let _ = writeln!(
        body,
        "<td role=\"cell\" class=\"count\" data-label=\"time\">{:.1} s</td></tr>",
        store.time.as_secs_f64()
    );
}

/// The counts as a bar, for eyes alone: the numbers stand beside it.
fn bar(store: &StoreReport) -> String {
    let mut bar = String::from("<span class=\"bar\" aria-hidden=\"true\">");
    for state in State::ALL.into_iter().filter(|state| store.count(*state) > 0) {
        let _ = write!(
            bar,
            "<span class=\"{}\" style=\"flex-grow:{}\"></span>",
            Mark::of(state).class,
            store.count(state)
        );
    }
    bar + "</span>"
}

fn claims(claims: Claims) -> String {
    let Claims { durable, shared, files, snapshots } = claims;
    let all = [(durable, "durable"), (shared, "shared"), (files, "files"), (snapshots, "snapshots")];
    let made: Vec<&str> = all.into_iter().filter(|(made, _)| *made).map(|(_, name)| name).collect();
    if made.is_empty() { "claims nothing".to_owned() } else { format!("claims {}", made.join(", ")) }
}
