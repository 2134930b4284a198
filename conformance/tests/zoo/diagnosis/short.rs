//! A failure shows what it takes to see it, and no more.

use crate::zoo::{fault::is_sampled, faults};
use mneme_conformance::{Clause, Settings, State, Subject, check_store, clause};

/// The rows of a clause's failure, as steps with what they brought; none where its own check by itself does not find it broken.
fn rows(subject: Subject, clause: &'static Clause) -> Option<Vec<String>> {
    let settings = Settings::default().with_size(0).without_engines().only([clause]);
    let report = check_store(subject, &settings);
    let status = report.status(clause).filter(|status| status.state() == State::Broken)?;
    let failure = status.failure()?;
    let outcome =
        |row: &mneme_conformance::Row| row.outcome.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(failure.trace().rows().iter().map(|row| format!("{} {}", row.step, outcome(row))).collect())
}

/// The subject of the fault with this name.
fn planted(name: &str) -> Subject {
    let fault = faults().into_iter().find(|fault| fault.name == name).expect("a fault of this name");
    (fault.subject)()
}

const OPEN: &str = r#"open(fingerprint "conformance:v1", dimension 4) ok"#;

#[test]
fn what_is_left_of_a_scenario_is_what_the_wrong_answer_takes() {
    let expected: [(&str, &'static Clause, &[&str]); 4] = [
        (
            "an upsert deletes the row and inserts another",
            &clause::insert::upsert_keeps_the_id,
            &[OPEN, r#"insert("a", "h1") id 1"#, r#"insert("a", "h1") id 2"#],
        ),
        (
            "a sweep of one namespace sweeps all",
            &clause::expiry::is_scoped,
            // It is due only with its ttl.
            &[
                OPEN,
                r#"insert("b", "h", ttl 500) id 1"#,
                r#"delete_expired(now 5000, "a") 1"#,
                "get_by_id(1) none",
            ],
        ),
        (
            "counting a namespace makes it",
            &clause::lookup::reading_changes_nothing,
            &[OPEN, "list_namespaces() []", r#"count("new") 0"#, r#"list_namespaces() ["new"]"#],
        ),
        (
            "the beginnings of eviction orders are kept, and a clear forgets those of its namespace alone",
            &clause::clear::removes_that_namespace_only,
            // The scenario read everything before the clear, and of that it takes the one read that is kept.
            &[
                OPEN,
                r#"insert("a", "h1") id 1"#,
                "iter_lru_ids(500) [1]",
                r#"clear_namespace("a") 1"#,
                "iter_lru_ids(500) [1]",
            ],
        ),
    ];
    for (name, clause, shown) in expected {
        let rows = rows(planted(name), clause).expect("it is broken");
        assert_eq!(rows[1..], *shown, "{name}");
        assert!(rows[0].starts_with("the factory makes a handle"), "{name}: {rows:?}");
    }
}

#[test]
fn most_failures_of_the_zoo_are_short() {
    // Of every seventh fault, so that it costs little.
    let mut lengths: Vec<usize> = (faults().iter())
        .filter(|fault| !is_sampled(fault.first) && fault.size == 0 && !fault.hangs && !fault.children)
        .step_by(7)
        .filter_map(|fault| Some(rows((fault.subject)(), fault.first)?.len()))
        .collect();
    lengths.sort_unstable();
    assert!(lengths.len() > 40, "{lengths:?}");
    assert!(lengths[lengths.len() / 2] <= 6, "{lengths:?}");
}
