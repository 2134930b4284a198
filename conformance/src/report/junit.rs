//! The report as `JUnit` XML, which CI systems show.

use super::{Report, StoreReport};
use crate::{page::escaped, status::Status};
use std::fmt::{self, Write as _};

impl Report {
    /// The report as `JUnit` XML: a suite for each store, a test case for each clause and each engine.
    ///
    /// A clause that is broken or blocked is a failure; one that does not apply, was not checked or is known to
    /// deviate is skipped, with the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Report, Settings, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::insert::upsert_keeps_the_id]).without_engines();
    /// let store = check_store(Subject::volatile(MemoryStore::new), &settings);
    /// let xml = Report::new(vec![store]).to_junit();
    /// assert!(xml.contains(r#"<testcase name="upsert_keeps_the_id" classname="MemoryStore.insert""#));
    /// ```
    pub fn to_junit(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        for store in &self.stores {
            // Writing to a string cannot fail.
            let _ = suite(&mut xml, store);
        }
        xml + "</testsuites>\n"
    }
}

fn suite(xml: &mut String, store: &StoreReport) -> fmt::Result {
    let mut cases = String::new();
    let (mut failures, mut skipped) = (0, 0);
    for (clause, status) in &store.rows {
        let outcome = match (status.failure(), status.reason()) {
            (Some(failure), _) => {
                failures += 1;
                failed(status.state().name(), &clause.to_string(), &failure.to_string())
            }
            (None, Some(reason)) => {
                skipped += 1;
                format!("<skipped message=\"{}\"/>", escaped(&format!("{}: {reason}", name_of(status))))
            }
            (None, None) => String::new(),
        };
        case(&mut cases, &store.name, clause.area(), clause.name(), &outcome)?;
    }
    for engine in &store.engines {
        let outcome = match (engine.failure(), engine.silent()) {
            (Some(failure), _) => Some(failed("broken", engine.name(), &failure.to_string())),
            (None, Some(silent)) => Some(failed("not checked", engine.name(), silent)),
            (None, None) => None,
        };
        failures += usize::from(outcome.is_some());
        let (area, name) = engine.name().split_once("::").unwrap_or(("model", engine.name()));
        case(&mut cases, &store.name, area, name, &outcome.unwrap_or_default())?;
    }
    writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{:.3}\">",
        escaped(&store.name),
        store.rows.len() + store.engines.len(),
        store.time.as_secs_f64(),
    )?;
    xml.push_str(&cases);
    if let Some(begin_with) = store.begin_with() {
        let mistakes: Vec<String> = store
            .mistakes()
            .into_iter()
            .map(|mistake| format!("\n{} ({}): {}", mistake.name(), mistake.clause(), mistake.remedy()))
            .collect();
        let says = store.says_of_mistakes().map(|says| format!("; {says}")).unwrap_or_default();
        let text = format!("begin with {begin_with}{says}{}", mistakes.concat());
        writeln!(xml, "    <system-out>{}</system-out>", escaped(&text))?;
    }
    writeln!(xml, "  </testsuite>")
}

fn case(xml: &mut String, store: &str, area: &str, name: &str, outcome: &str) -> fmt::Result {
    let class = escaped(&format!("{store}.{area}"));
    let head = format!("    <testcase name=\"{}\" classname=\"{class}\"", escaped(name));
    match outcome {
        "" => writeln!(xml, "{head}/>"),
        outcome => writeln!(xml, "{head}>{outcome}</testcase>"),
    }
}

fn failed(kind: &str, what: &str, text: &str) -> String {
    let message = escaped(&format!("{what} is {kind}"));
    format!("<failure message=\"{message}\" type=\"{}\">{}</failure>", escaped(kind), escaped(text))
}

fn name_of(status: &Status) -> &'static str {
    status.state().name()
}
