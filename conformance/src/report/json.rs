//! The report as JSON, for programs.

use super::{Report, StoreReport};
use crate::{
    contract::{Certainty, Clause, contract},
    diagnosis::Diagnosis,
    failure::Failure,
    status::{State, Status},
    trace::Row,
};
use serde_json::{Value, json};

/// The number of the report's format; it grows when a field changes its meaning or goes.
const FORMAT: u64 = 2;

/// How many rows of a trace are written at most, half of them from its beginning and half from its end: a store may be filled
/// with 70,000 entries before it goes wrong, and a call that was refused for them would be in the file 70,000 times.
const MOST_ROWS: usize = 400;

impl Report {
    /// The report as JSON text.
    ///
    /// | path | meaning |
    /// |---|---|
    /// | `format` | the number of this format, 2; it grows when a field changes its meaning or goes |
    /// | `harness` | the version of this crate |
    /// | `clauses[]` | every clause of the contract: `name`, `says`, `sampled`, `checked` (whether a check exists) |
    /// | `stores[].name`, `.seconds`, `.deadline_seconds` | the store, how long its check took, the deadline of a call |
    /// | `stores[].profile`, `.seed` | how much the engines did (`quick`, `thorough` or `soak`), and where the random programs began |
    /// | `stores[].counts` | how many clauses ended in each state, by the state's name |
    /// | `stores[].clauses[]` | `name`, `state` (`held`, `broken`, `blocked`, `deviating`, `not applicable`, `not checked`), and `reason`, `failure`, `extent` (how much the check of a clause that is held looked at, in words, where it counts that) or `seen` (how often a known deviation showed, where a check can only sample) where there is one |
    /// | `stores[].engines[]` | `name`, `did` (how much, in words), and `failure` or `silent` where there is one |
    /// | `stores[].begin_with`, `.diagnosis` | where a clause is broken: the one to begin with, and the known mistakes that break just these (`kind`: `one`, `two` or `unknown`; `mistakes[]`: `name`, `clause`, `remedy`) |
    /// | `failure` | `breaks[]` (clauses, the narrowest first), `trace[]` (`handle`, `step`, `outcome`), `left_out` (where the trace is longer than 400 rows: `rows` of it are not there, `after` the first so many), `manner` (in which way the last outcome is wrong, in a word), `expected`, `text` |
    ///
    /// `docs/report.schema.json` in the repository is its JSON Schema.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Report, Settings, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::insert::upsert_keeps_the_id]).without_engines();
    /// let store = check_store(Subject::volatile(MemoryStore::new), &settings);
    /// let text = Report::new(vec![store]).to_json();
    /// let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    /// assert_eq!(json["stores"][0]["counts"]["broken"], 0);
    /// ```
    pub fn to_json(&self) -> String {
        let report = json!({
            "format": FORMAT,
            "harness": env!("CARGO_PKG_VERSION"),
            "clauses": contract().clauses().map(clause).collect::<Vec<_>>(),
            "stores": self.stores.iter().map(store).collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }
}

fn clause(clause: &Clause) -> Value {
    json!({
        "name": clause.to_string(),
        "says": clause.says(),
        "sampled": clause.certainty() == Certainty::Sampled,
        "checked": clause.is_checked(),
    })
}

fn store(store: &StoreReport) -> Value {
    let counts: serde_json::Map<String, Value> =
        State::ALL.into_iter().map(|state| (state.name().to_owned(), store.count(state).into())).collect();
    let clauses: Vec<Value> =
        store.rows.iter().map(|(clause, status)| row(clause, status, store.extent(clause))).collect();
    let engines: Vec<Value> = store
        .engines
        .iter()
        .map(|engine| {
            let mut row = json!({ "name": engine.name(), "did": engine.did() });
            if let Some(found) = engine.failure() {
                row["failure"] = failure(found);
            }
            if let Some(silent) = engine.silent() {
                row["silent"] = silent.into();
            }
            row
        })
        .collect();
    let mut report = json!({
        "name": store.name,
        "seconds": store.time.as_secs_f64(),
        "deadline_seconds": store.settings.deadline().as_secs_f64(),
        "profile": store.settings.profile().name(),
        "seed": store.settings.seed(),
        "counts": counts,
        "clauses": clauses,
        "engines": engines,
    });
    if let Some(clause) = store.begin_with() {
        report["begin_with"] = clause.to_string().into();
    }
    if let Some(found) = store.diagnosis() {
        report["diagnosis"] = diagnosis(found);
    }
    report
}

fn diagnosis(diagnosis: &Diagnosis) -> Value {
    let kind = match diagnosis {
        Diagnosis::One(_) => "one",
        Diagnosis::Two(..) => "two",
        Diagnosis::Unknown => "unknown",
    };
    let mistakes: Vec<Value> = diagnosis
        .mistakes()
        .into_iter()
        .map(|mistake| {
            let clause = mistake.clause().to_string();
            json!({ "name": mistake.name(), "clause": clause, "remedy": mistake.remedy() })
        })
        .collect();
    json!({ "kind": kind, "mistakes": mistakes })
}

fn row(clause: &Clause, status: &Status, extent: Option<&str>) -> Value {
    let mut row = json!({ "name": clause.to_string(), "state": status.state().name() });
    if let Some(extent) = extent {
        row["extent"] = extent.into();
    }
    if let Some(seen) = status.seen() {
        row["seen"] = seen.into();
    }
    if let Some(reason) = status.reason() {
        row["reason"] = reason.into();
    }
    if let Some(found) = status.failure() {
        row["failure"] = failure(found);
    }
    row
}

fn failure(failure: &Failure) -> Value {
    let breaks: Vec<String> = failure.clauses().iter().map(ToString::to_string).collect();
    let rows = failure.trace().rows();
    let trace: Vec<Value> = if rows.len() > MOST_ROWS {
        let (half, end) = (MOST_ROWS / 2, rows.len() - MOST_ROWS / 2);
        rows[..half].iter().chain(&rows[end..]).map(trace_row).collect()
    } else {
        rows.iter().map(trace_row).collect()
    };
    let left_out = rows.len() - trace.len();
    let mut found = json!({
        "breaks": breaks,
        "trace": trace,
        "manner": failure.manner(),
        "expected": failure.expected(),
        "text": failure.to_string(),
    });
    if left_out > 0 {
        found["left_out"] = json!({ "after": MOST_ROWS / 2, "rows": left_out });
    }
    found
}

fn trace_row(row: &Row) -> Value {
    let outcome = row.outcome.as_ref().map(ToString::to_string);
    json!({ "handle": row.handle, "step": row.step.to_string(), "outcome": outcome })
}
