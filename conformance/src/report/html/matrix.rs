//! The matrix of clauses by stores.

use super::{
    Mark, anchor, is_shown,
    mark::{is_fine, meaning},
};
use crate::{
    contract::{Area, Certainty, Clause, contract},
    page::{escaped, prose},
    report::StoreReport,
    status::{State, Status},
};
use std::fmt::Write as _;

/// From how many stores on the columns are reached by scrolling sideways.
const WIDE_FROM: usize = 7;
/// Up to how many stores the columns are as wide as names mostly are.
const FEW: usize = 4;

pub(super) fn write(body: &mut String, stores: &[StoreReport]) {
    body.push_str("<section>\n<h2 id=\"clauses\">Clauses</h2>\n");
    legend(body);
    if stores.is_empty() {
        body.push_str("</section>\n");
        return;
    }
    areas(body, stores);
    // Which rows are shown is chosen by the style alone.
    body.push_str(
        "<fieldset class=\"choice\"><legend>Show</legend>\
         <label><input type=\"radio\" name=\"show\" id=\"show-all\" checked=\"checked\"/> every clause</label>\
         <label><input type=\"radio\" name=\"show\" id=\"show-some\"/> only what needs a look</label>\
         </fieldset>\n",
    );
    let columns = match stores.len() {
        ..=FEW => " few",
        WIDE_FROM.. => " wide scroll\" tabindex=\"0\" role=\"region\" aria-label=\"clauses by stores",
        _ => "",
    };
    let _ = write!(
        body,
        "<div class=\"stacks{columns}\">\n<table class=\"matrix\" role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">\
         <th role=\"columnheader\" scope=\"col\">clause</th>"
    );
    for store in stores {
        let _ =
            write!(body, "<th role=\"columnheader\" scope=\"col\"><bdi>{}</bdi></th>", escaped(&store.name));
    }
    body.push_str("</tr></thead>\n");
    for area in contract().areas() {
        let rows: Vec<_> = area.clauses().iter().map(|clause| (*clause, states(stores, clause))).collect();
        group(
            body,
            stores.len(),
            area,
            rows.iter().all(|(_, states)| states.iter().all(|(_, _, status)| is_fine(status))),
        );
        for (clause, states) in rows {
            row(body, clause, &states);
        }
        body.push_str("</tbody>\n");
    }
    engines(body, stores);
    body.push_str("</table>\n</div>\n</section>\n");
}

type Cell<'a> = (usize, &'a StoreReport, &'a Status);

fn states<'a>(stores: &'a [StoreReport], clause: &Clause) -> Vec<Cell<'a>> {
    stores.iter().enumerate().filter_map(|(at, store)| Some((at, store, store.status(clause)?))).collect()
}

fn legend(body: &mut String) {
    body.push_str("<ul class=\"legend\">\n");
    for state in State::ALL {
        let _ = writeln!(body, "<li>{} <span>{}</span></li>", Mark::of(state).html(), meaning(state));
    }
    body.push_str("</ul>\n");
}

/// Links to the areas, those first seen with a broken clause marked.
fn areas(body: &mut String, stores: &[StoreReport]) {
    body.push_str("<nav aria-label=\"areas of the contract\"><ul class=\"areas\">\n");
    for area in contract().areas() {
        let broken =
            area.clauses().iter().filter(|clause| stores.iter().any(|store| is_shown(store, clause))).count();
        let broken = match broken {
            0 => String::new(),
            some => {
                let Mark { class, glyph, word } = Mark::of(State::Broken);
                format!(
                    " <span class=\"{class}\"><span aria-hidden=\"true\">{glyph}</span>{some}<span class=\"hidden\"> {word}</span></span>"
                )
            }
        };
        let _ = writeln!(body, "<li><a href=\"#area-{0}\">{0}</a>{broken}</li>", area.name());
    }
    body.push_str("</ul></nav>\n");
}

fn group(body: &mut String, stores: usize, area: &Area, fine: bool) {
    let fine = if fine { " class=\"fine\"" } else { "" };
    let _ = writeln!(
        body,
        "<tbody role=\"rowgroup\"{fine}>\n<tr role=\"row\" class=\"area\"><th role=\"rowheader\" scope=\"rowgroup\" \
         colspan=\"{}\" id=\"area-{}\">{} <span class=\"soft\">{}</span></th></tr>",
        stores + 1,
        area.name(),
        area.name(),
        escaped(area.title()),
    );
}

fn row(body: &mut String, clause: &Clause, states: &[Cell<'_>]) {
    let fine = if states.iter().all(|(.., status)| is_fine(status)) { " class=\"fine\"" } else { "" };
    let sampled = match clause.certainty() {
        Certainty::Sampled => " <span class=\"tag\">sampled</span>",
        Certainty::Exact => "",
    };
    let _ = write!(
        body,
        "<tr role=\"row\"{fine}><th role=\"rowheader\" scope=\"row\"><code>{clause}</code>{sampled}\
         <span class=\"says\">{}</span></th>",
        prose(clause.says()),
    );
    for (at, store, status) in states {
        cell(body, &store.name, &state(*at, store, clause, status));
    }
    body.push_str("</tr>\n");
}

fn cell(body: &mut String, store: &str, mark: &str) {
    let _ = write!(body, "<td role=\"cell\" data-label=\"{}\">{mark}</td>", escaped(store));
}

/// The mark of a clause, which leads to its failure, or to that of the clause that is in the way.
fn state(at: usize, store: &StoreReport, clause: &Clause, status: &Status) -> String {
    let mark = Mark::of(status.state());
    match status {
        Status::Broken(_) | Status::DeviatesNoMore(_) => link(&anchor(at, &clause.to_string()), &mark.html()),
        Status::Blocked(failure) => match failure.clauses().first() {
            Some(by) if is_shown(store, by) => link(&anchor(at, &by.to_string()), &mark.html()),
            Some(_) => mark.html(),
            None => link(&anchor(at, "not-made"), &mark.html()),
        },
        Status::NotChecked { tolerated: true, .. } if clause.is_checked() => mark.with(" whole"),
        _ => mark.html(),
    }
}

fn link(anchor: &str, mark: &str) -> String {
    format!("<a href=\"#{anchor}\">{mark}</a>")
}

fn engines(body: &mut String, stores: &[StoreReport]) {
    let mut names: Vec<&str> = Vec::new();
    for engine in stores.iter().flat_map(StoreReport::engines) {
        if !names.contains(&engine.name()) {
            names.push(engine.name());
        }
    }
    if names.is_empty() {
        return;
    }
    let _ = writeln!(
        body,
        "<tbody role=\"rowgroup\">\n<tr role=\"row\" class=\"area\"><th role=\"rowheader\" scope=\"rowgroup\" colspan=\"{}\">\
         engines <span class=\"soft\">The store beside the reference model</span></th></tr>",
        stores.len() + 1
    );
    for name in names {
        let _ =
            write!(body, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\"><code>{name}</code></th>");
        for (at, store) in stores.iter().enumerate() {
            let engine = store.engines.iter().find(|engine| engine.name() == name);
            let mark = match engine.map(|engine| (engine.failure(), engine.silent())) {
                None => Mark { word: "left out", ..Mark::of(State::NotChecked) }.html(),
                Some((Some(_), _)) => {
                    let mark = Mark { word: "found", ..Mark::of(State::Broken) };
                    link(&anchor(at, name), &mark.with(" a fault"))
                }
                Some((None, Some(_))) => Mark::of(State::NotChecked).html(),
                Some((None, None)) => Mark { word: "nothing found", ..Mark::of(State::Held) }.html(),
            };
            cell(body, &store.name, &mark);
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody>\n");
}
