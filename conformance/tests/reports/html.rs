//! The page: that it is well formed, says everything without its style, and believes no text to be markup.

use super::{
    markup::{Element, elements},
    report,
};
use mneme_conformance::{Clause, Report, State, StoreReport, contract};
use std::{collections::BTreeSet, sync::LazyLock};

fn page() -> &'static [Element] {
    static PAGE: LazyLock<Vec<Element>> = LazyLock::new(|| read(report()));
    &PAGE
}

fn read(report: &Report) -> Vec<Element> {
    elements(report.to_html().strip_prefix("<!DOCTYPE html>\n").expect("the declaration"))
}

fn named<'a>(page: &'a [Element], name: &str) -> impl Iterator<Item = &'a Element> {
    page.iter().filter(move |element| element.name() == name)
}

fn of_class<'a>(page: &'a [Element], class: &str) -> impl Iterator<Item = &'a Element> {
    page.iter().filter(move |element| {
        element.attribute("class").is_some_and(|classes| classes.split(' ').any(|found| found == class))
    })
}

/// The cells of a clause's row, store by store.
fn cells(page: &'static [Element], clause: &Clause) -> Vec<&'static Element> {
    let at = page
        .iter()
        .position(|element| element.path.ends_with("/th/code") && element.text == clause.to_string());
    let rest = &page[at.expect("a row of the clause")..];
    rest.iter()
        .take_while(|element| element.name() != "tr")
        .filter(|element| element.name() == "td")
        .collect()
}

/// A sign for each state, and its word.
const SIGNS: [(State, char); 6] = [
    (State::Held, '✓'),
    (State::Broken, '✗'),
    (State::Blocked, '■'),
    (State::Deviating, '≠'),
    (State::NotApplicable, '–'),
    (State::NotChecked, '?'),
];

#[test]
fn it_stands_by_itself() {
    let page = page();
    let banned = ["script", "link", "img", "iframe", "object", "embed", "base", "form"];
    assert!(page.iter().all(|element| !banned.contains(&element.name())));
    let attributes: BTreeSet<&str> = page.iter().flat_map(Element::attributes).collect();
    assert!(attributes.iter().all(|name| !name.starts_with("on") && *name != "src"), "{attributes:?}");
    let hrefs = page.iter().filter_map(|element| element.attribute("href"));
    assert!(hrefs.into_iter().all(|href| href.starts_with('#')));
    let styles = named(page, "style").map(|element| &*element.text);
    assert!(styles.into_iter().all(|style| !style.contains("url(") && !style.contains("@import")));
}

#[test]
fn every_link_leads_to_one_place() {
    let ids: Vec<&str> = page().iter().filter_map(|element| element.attribute("id")).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "an id is there twice");
    for href in page().iter().filter_map(|element| element.attribute("href")) {
        assert!(distinct.contains(&href[1..]), "{href} leads nowhere");
    }
}

#[test]
fn each_state_has_a_sign_and_a_word_that_no_other_has() {
    let mut seen = BTreeSet::new();
    for clause in contract().clauses() {
        let cells = cells(page(), clause);
        assert_eq!(cells.len(), report().stores().len(), "{clause}");
        for (cell, store) in cells.iter().zip(report().stores()) {
            let state = store.status(clause).expect("a status").state();
            let (_, sign) = SIGNS.into_iter().find(|(of, _)| *of == state).expect("a sign");
            // All that is left without colours.
            assert!(cell.text.starts_with(&format!("{sign} {}", state.name())), "{clause}: {}", cell.text);
            seen.insert(state);
        }
    }
    assert_eq!(seen.len(), SIGNS.len(), "{seen:?}");
    let legend: Vec<&Element> = page()
        .iter()
        .filter(|element| element.path.ends_with("/ul/li/span") && element.text.chars().nth(1) == Some(' '))
        .collect();
    for (state, sign) in SIGNS {
        assert!(legend.iter().any(|entry| entry.text == format!("{sign} {}", state.name())), "{state:?}");
    }
}

#[test]
fn the_totals_are_those_of_the_clauses() {
    let rows: Vec<usize> = page()
        .iter()
        .enumerate()
        .filter(|(_, element)| {
            element.path.ends_with("/table/tbody/tr") && element.attribute("class").is_none()
        })
        .map(|(at, _)| at)
        .collect();
    for (at, store) in rows.iter().zip(report().stores()) {
        let cells = page()[at + 1..].iter().take_while(|element| element.name() != "tr");
        let counts: Vec<&str> =
            cells.filter(|element| element.name() == "td").map(|cell| &*cell.text).collect();
        let due: Vec<String> = State::ALL.into_iter().map(|state| store.count(state).to_string()).collect();
        assert_eq!(counts[..State::ALL.len()], due, "{}", store.name());
    }
    assert!(rows.len() > report().stores().len());
}

#[test]
fn a_broken_clause_leads_to_its_trace_and_what_was_expected() {
    let broken = |store: &'static StoreReport| {
        let rows = store.rows().iter().enumerate();
        rows.filter(|(_, (_, status))| status.state() == State::Broken).map(move |(_, row)| (store, row))
    };
    let mut traces = 0;
    for (at, (store, (clause, status))) in
        report().stores().iter().enumerate().flat_map(|(at, store)| broken(store).map(move |row| (at, row)))
    {
        let cell = cells(page(), clause)[at];
        let link = page().iter().find(|element| {
            element.path == format!("{}/a", cell.path)
                && element.attribute("href")
                    == Some(&*format!("#s{at}-{}", clause.to_string().replace("::", "-")))
        });
        let target = link.and_then(|link| link.attribute("href")).expect("a link");
        let place =
            page().iter().find(|element| element.attribute("id") == Some(&target[1..])).expect("its place");
        assert!(place.path.contains("/details/div"), "{}", place.path);
        let failure = status.failure().expect("a failure");
        let Some(expected) = failure.expected() else { continue };
        traces += 1;
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words(&place.text).contains(&words(&format!("expected {expected}"))),
            "{}: {clause}",
            store.name()
        );
        let step = failure.trace().rows().last().expect("a row").step.to_string();
        let plain = |text: &str| text.replace(|c: char| c.is_control(), "\u{fffd}");
        assert!(plain(&place.text).contains(&plain(&step)), "{clause}: {step}: {}", place.text);
        assert!(words(&place.text).contains(&words(&clause.look_at().replace('`', ""))), "{clause}");
    }
    assert!(traces > 3, "{traces}");
}

#[test]
fn what_is_blocked_leads_to_what_is_in_its_way() {
    let mut blocked = 0;
    for clause in contract().clauses() {
        let at = page()
            .iter()
            .position(|element| element.path.ends_with("/th/code") && element.text == clause.to_string());
        let row = page()[at.expect("a row")..].iter().take_while(|element| element.name() != "tr");
        let links: Vec<&Element> = row.filter(|element| element.name() == "a").collect();
        let states = report().stores().iter().map(|store| store.status(clause).expect("a status").state());
        let due = states.filter(|state| matches!(state, State::Broken | State::Blocked)).count();
        assert_eq!(links.len(), due, "{clause}");
        blocked += links.iter().filter(|link| link.text.contains("blocked")).count();
    }
    assert!(blocked > 0);
}

#[test]
fn a_store_that_is_broken_has_where_to_begin_and_its_mistakes() {
    let broken: Vec<&StoreReport> =
        report().stores().iter().filter(|store| store.begin_with().is_some()).collect();
    assert!(broken.iter().any(|store| store.diagnosis().is_some()));
    // Where nothing but a deviation is wrong, which the store does not need, nothing is said of mistakes.
    assert!(broken.iter().any(|store| store.diagnosis().is_none()));
    let shown: Vec<&Element> = of_class(page(), "diagnosis").collect();
    assert_eq!(shown.len(), broken.len());
    for (shown, store) in shown.iter().zip(broken) {
        assert_eq!(shown.text.contains("known mistake"), store.diagnosis().is_some(), "{}", shown.text);
        let begin_with = store.begin_with().expect("a clause to begin with");
        assert!(shown.text.contains(&format!("Begin with {begin_with}.")), "{}", shown.text);
        for mistake in store.diagnosis().into_iter().flat_map(mneme_conformance::Diagnosis::mistakes) {
            assert!(
                shown.text.contains(mistake.name())
                    && shown.text.contains(&mistake.remedy().replace('`', "")),
                "{}",
                shown.text
            );
        }
    }
}

#[test]
fn it_says_with_what_when_and_how_it_was_checked() {
    let foot: String = named(page(), "footer").map(|element| &*element.text).collect();
    for fact in [
        concat!("mneme-conformance ", env!("CARGO_PKG_VERSION")),
        "UTC",
        "quick",
        "deadline of a call400ms",
        "seed 0",
        "left out",
    ] {
        assert!(foot.contains(fact), "{fact}: {foot}");
    }
}

#[test]
fn a_name_and_a_message_are_text() {
    let html = report().to_html();
    assert!(html.contains("&lt;Wrong&gt; &amp; &quot;odd&quot; | \u{fffd} `store`"));
    assert!(html.contains("]]&gt; &lt;&amp; "), "the panic's message");
    assert!(!html.contains("<Wrong>") && !html.contains('\0') && !html.contains("]]> <"));
}

#[test]
fn a_report_of_nothing_is_a_page_too() {
    let page = read(&Report::default());
    let text = &named(&page, "body").next().expect("a body").text;
    assert!(text.contains("No store was checked."), "{text}");
}
