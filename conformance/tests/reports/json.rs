//! The JSON against its schema.

use super::{report, schema::Schema};
use mneme_conformance::{State, contract};
use serde_json::Value;

fn schema() -> Schema {
    Schema::new(include_str!("../../../docs/report.schema.json"))
}

fn json() -> Value {
    serde_json::from_str(&report().to_json()).expect("JSON")
}

#[test]
fn every_field_of_a_report_is_as_the_schema_says_and_every_field_of_the_schema_occurs() {
    let mut schema = schema();
    let json = json();
    let complaints = schema.complaints(&json);
    assert!(complaints.is_empty(), "{complaints:#?}");
    // An engine is silent only where every one of its programs ends at a known deviation. And where no two calls run at the
    // same time, a known race is not looked for.
    let sampled = json["stores"].as_array().and_then(|stores| stores.last()).expect("a store");
    let is_looked_for = sampled["counts"]["deviating"] == 1;
    let unseen: Vec<_> = schema
        .unseen()
        .into_iter()
        .filter(|name| !name.starts_with("silent: ") && (is_looked_for || !name.starts_with("seen: ")))
        .collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn the_counts_of_a_store_are_those_of_its_clauses() {
    let json = json();
    for store in json["stores"].as_array().expect("stores") {
        let clauses = store["clauses"].as_array().expect("clauses");
        assert_eq!(clauses.len(), contract().clauses().count());
        for state in State::ALL {
            let count = clauses.iter().filter(|clause| clause["state"] == state.name()).count();
            assert_eq!(store["counts"][state.name()], count, "{} of {}", state.name(), store["name"]);
        }
    }
}

#[test]
fn every_state_has_its_facts() {
    let json = json();
    let clauses = json["stores"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|store| store["clauses"].as_array().into_iter().flatten());
    for clause in clauses {
        let has = |field: &str| clause.get(field).is_some();
        let due = match clause["state"].as_str().expect("a state") {
            "held" => (false, false),
            "broken" | "blocked" => (false, true),
            _ => (true, false),
        };
        assert_eq!((has("reason"), has("failure")), due, "{clause:#}");
    }
}

#[test]
fn a_long_trace_is_cut_in_the_middle_and_says_so() {
    let json = json();
    let mut cut = 0;
    let stores = json["stores"].as_array().expect("stores");
    for clause in stores.iter().flat_map(|store| store["clauses"].as_array().expect("clauses")) {
        let failure = &clause["failure"];
        let Some(trace) = failure["trace"].as_array() else { continue };
        let Some(rows) = failure["left_out"]["rows"].as_u64() else {
            assert!(trace.len() <= 400, "{} rows of {}", trace.len(), clause["name"]);
            continue;
        };
        cut += 1;
        assert_eq!((trace.len(), &failure["left_out"]["after"]), (400, &200.into()));
        // The factory makes the handle and opens it, 700 inserts are right, and one is not; and what the check looks at
        // on its way is there too.
        assert!(rows >= 303, "{rows}");
        let step = |row: &Value| row["step"].as_str().map(str::to_owned).unwrap_or_default();
        assert!(step(&trace[0]).contains("the factory makes a handle"), "{}", trace[0]);
        let last = trace.last().expect("a row");
        assert!(
            step(last).starts_with("insert(")
                && last["outcome"].as_str().is_some_and(|text| text.contains("full")),
            "{last}"
        );
    }
    assert!(cut > 0, "no trace is long");
}

#[test]
fn the_page_about_the_report_names_every_field() {
    let page = include_str!("../../../docs/report.md");
    let schema: Value = serde_json::from_str(include_str!("../../../docs/report.schema.json")).expect("JSON");
    let mut names = Vec::new();
    collect(&schema, &mut names);
    let missing: Vec<_> = names.into_iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn collect(schema: &Value, names: &mut Vec<String>) {
    for (word, value) in schema.as_object().into_iter().flatten() {
        if word == "properties" {
            names.extend(value.as_object().into_iter().flat_map(|properties| properties.keys().cloned()));
        }
        collect(value, names);
    }
}
