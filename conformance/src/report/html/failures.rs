//! What is broken: where to begin, which mistakes are likely, and each failure on demand.

use super::{Mark, anchor, is_shown};
use crate::{
    contract::Clause,
    diagnosis::{Diagnosis, Mistake},
    failure::Failure,
    page::{escaped, prose},
    report::StoreReport,
    status::{State, Status},
};
use std::fmt::Write as _;

pub(super) fn write(body: &mut String, stores: &[StoreReport]) {
    let mut all = String::new();
    for (at, store) in stores.iter().enumerate() {
        of_store(&mut all, at, store);
    }
    if !all.is_empty() {
        let _ = write!(body, "<section>\n<h2 id=\"broken\">What is broken</h2>\n{all}</section>\n");
    }
}

fn of_store(body: &mut String, at: usize, store: &StoreReport) {
    let begin_with = store.begin_with();
    let is_first = |clause: &Clause| begin_with == Some(clause);
    let broken = store.rows.iter().filter(|(clause, _)| is_shown(store, clause));
    let (first, others): (Vec<_>, Vec<_>) = broken.partition(|(clause, _)| is_first(clause));
    let known = store.mistakes();
    let mut list = String::new();
    for (clause, status) in first.into_iter().chain(others) {
        let Some(failure) = status.failure() else { continue };
        let says = format!("<code>{clause}</code> <span class=\"says\">{}</span>", prose(clause.says()));
        detail(&mut list, &anchor(at, &clause.to_string()), &says, failure, &known, is_first(clause));
    }
    // Where the store could not be made, one text says it for every clause.
    let not_made = store.rows.iter().find_map(|(_, status)| match status {
        Status::Blocked(failure) if failure.clauses().is_empty() => Some(failure),
        _ => None,
    });
    if let Some(failure) = not_made {
        let says = "<span class=\"says\">The store could not be made, so nothing could be checked.</span>";
        detail(&mut list, &anchor(at, "not-made"), says, failure, &known, true);
    }
    for engine in &store.engines {
        let Some(failure) = engine.failure() else { continue };
        let says =
            format!("<code>{}</code> <span class=\"says\">{}</span>", engine.name(), escaped(engine.did()));
        detail(&mut list, &anchor(at, engine.name()), &says, failure, &known, false);
    }
    if list.is_empty() {
        return;
    }
    let _ = writeln!(body, "<section class=\"store\">\n<h3><bdi>{}</bdi></h3>", escaped(&store.name));
    if let Some(rest) = store.shortened {
        let _ = writeln!(
            body,
            "<p>After calls hung, the last had {rest:?} each and not {:?}.</p>",
            store.settings.deadline()
        );
    }
    if let Some(clause) = begin_with {
        let _ = writeln!(
            body,
            "<div class=\"diagnosis\">\n<p>Begin with <a href=\"#{}\"><code>{clause}</code></a>.</p>",
            anchor(at, &clause.to_string()),
        );
        if let Some(says) = store.says_of_mistakes() {
            let _ = writeln!(body, "<p>{}.</p>", sentence(says.trim_end_matches(':')));
        }
        mistakes(body, &known);
        body.push_str("</div>\n");
    }
    body.push_str(&list);
    let blocked = store.count(State::Blocked);
    if blocked > 0 && not_made.is_none() {
        let clauses = if blocked == 1 { "clause" } else { "clauses" };
        let _ = writeln!(
            body,
            "<p class=\"soft\">{blocked} more {clauses} could not be judged because of this; in the table below each leads \
             to the clause that is in its way.</p>"
        );
    }
    body.push_str("</section>\n");
}

/// One failure, folded away.
fn detail(body: &mut String, anchor: &str, says: &str, failure: &Failure, known: &[Mistake], open: bool) {
    let open = if open { " open=\"open\"" } else { "" };
    let mark = Mark::of(State::Broken).html();
    let _ = writeln!(
        body,
        "<details class=\"failure\"{open}>\n<summary>{mark} {says}</summary>\n<div class=\"found\" id=\"{anchor}\">"
    );
    let named = failure.named();
    if let (Some(expected), Some(named)) = (failure.expected(), named) {
        facts(body, failure, named);
        trace(body, failure, expected);
        let _ = writeln!(body, "<p><strong>Look at</strong> {}.</p>", prose(named.look_at()));
        alike(body, failure.like(), known);
        if let Some(again) = failure.again() {
            let _ = writeln!(body, "<p><strong>Again</strong> <code>{}</code></p>", escaped(again));
        }
        let _ = writeln!(
            body,
            "<details class=\"text\">\n<summary>The whole text, to be copied</summary>\n<pre>{}</pre>\n</details>",
            escaped(&format!("{failure:#}"))
        );
    } else {
        let _ = writeln!(body, "<pre>{}</pre>", escaped(&format!("{failure:#}")));
    }
    body.push_str("</div>\n</details>\n");
}

fn facts(body: &mut String, failure: &Failure, named: &Clause) {
    body.push_str("<dl class=\"facts\">\n");
    let mut fact = |name: &str, text: &str| {
        let _ = writeln!(body, "<div><dt>{name}</dt><dd>{text}</dd></div>");
    };
    if failure.checking() != named.to_string() {
        fact("breaks", &format!("<code>{named}</code> {}", prose(named.says())));
    }
    fact("because", &prose(named.because()));
    let also: Vec<String> = failure
        .clauses()
        .iter()
        .filter(|other| **other != named)
        .map(|other| format!("<code>{other}</code>"))
        .collect();
    if !also.is_empty() {
        fact("also", &also.join(", "));
    }
    if let Some(note) = failure.note() {
        fact("found", &escaped(note));
    }
    if let Some(when) = failure.trace().race().and_then(crate::race::Picture::when) {
        fact("seen", &escaped(when));
    }
    body.push_str("</dl>\n");
}

/// What was done to the store, and what it answered; the last call has what was expected of it.
fn trace(body: &mut String, failure: &Failure, expected: &str) {
    let lines = failure.trace().lines();
    let race = failure.trace().race();
    if !lines.is_empty() {
        body.push_str(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"what was done\">\n<table class=\"trace\">\n\
             <thead><tr><th scope=\"col\">#</th><th scope=\"col\">what was done</th><th scope=\"col\">what came back</th></tr></thead>\n\
             <tbody>\n",
        );
        let last = lines.len() - 1;
        for (at, line) in lines.iter().enumerate() {
            let is_wrong = at == last && race.is_none();
            let class = if is_wrong { " class=\"wrong\"" } else { "" };
            let _ = write!(
                body,
                "<tr{class}><td>{}</td><td><code>{}</code></td><td><code>{}</code>",
                escaped(&line.number),
                escaped(&line.step),
                escaped(&line.outcome),
            );
            if is_wrong {
                let Mark { glyph, .. } = Mark::of(State::Broken);
                let _ = write!(
                    body,
                    "<span class=\"expected\"><span aria-hidden=\"true\">{glyph}</span> expected <code>{}</code></span>",
                    escaped(expected)
                );
            }
            body.push_str("</td></tr>\n");
        }
        body.push_str("</tbody>\n</table>\n</div>\n");
    }
    if let Some(race) = race {
        body.push_str(&race.figure(lines.len()));
        let _ = writeln!(body, "<p><strong>Expected</strong> {}.</p>", escaped(expected));
    }
}

/// The known mistakes that break the same clauses of this area, where they are not told above.
fn alike(body: &mut String, like: Option<&Diagnosis>, told: &[Mistake]) {
    let known = like.map(Diagnosis::mistakes).unwrap_or_default();
    if known.iter().any(|mistake| !told.contains(mistake)) {
        body.push_str("<p><strong>Known mistakes</strong> that break the same clauses of this area:</p>\n");
        mistakes(body, &known);
    }
}

fn mistakes(body: &mut String, mistakes: &[Mistake]) {
    if mistakes.is_empty() {
        return;
    }
    body.push_str("<ul>\n");
    for mistake in mistakes {
        let _ = writeln!(
            body,
            "<li>{} (<code>{}</code>): {}</li>",
            escaped(mistake.name()),
            mistake.clause(),
            prose(mistake.remedy())
        );
    }
    body.push_str("</ul>\n");
}

/// A text with a capital letter at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = escaped(text).chars().collect::<Vec<_>>().into_iter();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
