//! The reports for programs and for CI systems, on stores that bring about everything that a report can say.
//!
//! - `json`: the JSON against its schema, `docs/report.schema.json`.
//! - `junit`: the XML against the schema that CI systems read it by.
//! - `tables`: the Markdown and the terminal's.
//! - `html`: the page, and `drawn`: the page in a browser.

mod drawn;
mod html;
mod json;
mod junit;
mod markup;
mod schema;
mod tables;

use crate::zoo::{
    faulty::{Faulty, Lie},
    filed::Filed,
    hosted::Hosted,
};
use mneme::{Entry, Error, MemoryStore, Result, Store};
use mneme_conformance::{Report, Settings, Subject, check_store, clause};
use std::{sync::LazyLock, time::Duration};

fn settings() -> Settings {
    Settings::default().with_size(0).with_deadline(Duration::from_millis(400))
}

/// A report of stores of every kind.
fn report() -> &'static Report {
    static REPORT: LazyLock<Report> = LazyLock::new(|| {
        let quiet = || settings().without_engines().without_sampled();
        Report::new(vec![
            check_store(Subject::volatile(MemoryStore::new), &settings().without_sampled()),
            // The name and the texts hold what must be escaped everywhere.
            check_store(
                Subject::volatile(|| Faulty::new(Wrong)).named("<Wrong> & \"odd\" | \0 `store`"),
                &settings().without_sampled(),
            ),
            check_store(
                Subject::durable(|site| Hosted::on(site).map(|store| Faulty::over(store, ReplacesTheRow)))
                    .deviates(&clause::insert::upsert_keeps_the_id, "the engine has no upsert")
                    .deviates(&clause::lru::ties_break_by_id, "it keeps it after all"),
                &quiet(),
            ),
            // Nothing can be done to it that a known deviation is not in the way of.
            check_store(
                Subject::volatile(|| Faulty::new(CountsOneMore))
                    .deviates(&clause::count::follows_the_data, "it is an estimate")
                    .deviates(&clause::count::namespace_not_stored_is_zero, "it is an estimate"),
                &settings().without_sampled(),
            ),
            // How much of it was damaged is counted.
            check_store(
                Filed::subject(),
                &settings().without_engines().only([&clause::integrity::damage_is_noticed]),
            ),
            check_store(Subject::volatile(|| Faulty::new(Hangs)), &quiet()),
            // It has a trace that is too long to be written whole.
            check_store(
                Subject::volatile(|| Faulty::new(IsFullSoon)),
                &settings().with_size(1_000).only([&clause::robust::size_changes_nothing]).without_engines(),
            ),
            // It is said to break what a check can only sample.
            check_store(
                Subject::volatile(MemoryStore::new)
                    .deviates(&clause::concurrent::version_never_goes_back, "each thread has its own"),
                &settings()
                    .only([&clause::concurrent::version_never_goes_back])
                    .without_engines()
                    .with_race_budget(Duration::from_secs(60)),
            ),
            check_store(
                Subject::volatile(|| Err::<MemoryStore, _>(Error::backend("connect", "connection refused"))),
                &quiet(),
            ),
        ])
    });
    &REPORT
}

/// Three mistakes that no known one accounts for, one with text that must be escaped.
struct Wrong;

impl Lie for Wrong {
    fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
        assert!(!value.is_empty(), "]]> <& \u{1} \"'");
        store.write_meta(key, value)
    }
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(limit, namespace)?;
        ids.reverse();
        Ok(ids)
    }
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        Ok(store.get_namespace_quota(namespace)?.filter(|quota| *quota > 0))
    }
}

struct ReplacesTheRow;

impl Lie for ReplacesTheRow {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(old) = store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            store.delete_by_id(old.id)?;
        }
        store.insert(entry)
    }
}

struct CountsOneMore;

impl Lie for CountsOneMore {
    fn count(&self, store: &dyn Store, namespace: Option<&str>) -> Result<u64> {
        Ok(store.count(namespace)? + 1)
    }
}

/// From the 701st entry on none is taken.
struct IsFullSoon;

impl Lie for IsFullSoon {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if store.count(None)? >= 700 {
            return Err(Error::backend("insert", "the table is full"));
        }
        store.insert(entry)
    }
}

struct Hangs;

impl Lie for Hangs {
    fn integrity_check(&self, _: &dyn Store) -> Result<bool> {
        loop {
            std::thread::park();
        }
    }
}
