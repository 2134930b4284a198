//! Mistakes that nobody planted in the zoo, alone and two at a time, and what the harness says they are like.

mod pairs;
mod short;

use super::faulty::{Faulty, Lie};
use mneme::{Entry, Result, Store};
use mneme_conformance::{Diagnosis, Settings, StoreReport, Subject, check_store};

fn report(subject: Subject) -> StoreReport {
    check_store(subject, &Settings::default().with_size(0).without_engines().without_sampled())
}

/// The mistakes that a diagnosis names, with their clauses.
fn named(report: &StoreReport) -> Vec<(&'static str, String)> {
    let diagnosis = report.diagnosis().expect("something is broken");
    diagnosis.mistakes().iter().map(|mistake| (mistake.name(), mistake.clause().to_string())).collect()
}

/// An upsert deletes the row and inserts one.
struct ReplacesTheRow;

impl Lie for ReplacesTheRow {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        if let Some(old) = store.get_by_hash(&entry.namespace, &entry.query_hash)? {
            store.delete_by_id(old.id)?;
        }
        store.insert(entry)
    }
}

/// A quota of 0 is none.
struct NoZero;

impl Lie for NoZero {
    fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
        Ok(store.get_namespace_quota(namespace)?.filter(|quota| *quota > 0))
    }
}

/// Of entries that were last accessed at the same time, the newest comes first.
struct TiesTheOtherWay;

impl Lie for TiesTheOtherWay {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        entries.retain(|entry| namespace.is_none_or(|namespace| entry.namespace == namespace));
        entries.sort_by_key(|entry| (entry.last_accessed_at, std::cmp::Reverse(entry.id)));
        Ok(entries.into_iter().take(limit).map(|entry| entry.id).collect())
    }
}

/// An access keeps the later of two times.
struct KeepsTheLater;

impl Lie for KeepsTheLater {
    fn update_access(&self, store: &dyn Store, id: u64, now: u64) -> Result<()> {
        let old = store.get_by_id(id)?.map_or(0, |found| found.last_accessed_at);
        store.update_access(id, now.max(old))
    }
}

/// Both of two mistakes.
fn both<A: Lie + 'static, B: Lie + 'static>(a: fn() -> A, b: fn() -> B) -> Subject {
    Subject::volatile(move || Faulty::over(Faulty::new(a()), b()))
}

#[test]
fn one_mistake_is_told_with_the_way_to_put_it_right() {
    let report = report(Subject::volatile(|| Faulty::new(ReplacesTheRow)).named("MyStore"));
    assert_eq!(named(&report)[0].1, "insert::upsert_keeps_the_id");
    assert_eq!(report.begin_with().map(ToString::to_string).as_deref(), Some("insert::upsert_keeps_the_id"));
    let text = report.to_string();
    assert!(text.contains("MyStore: begin with insert::upsert_keeps_the_id\n"), "{text}");
    let remedy = "insert::upsert_keeps_the_id: use ON CONFLICT DO UPDATE with RETURNING id\n";
    assert!(text.contains(remedy), "{text}");
}

#[test]
fn a_failure_names_the_mistakes_that_are_like_it() {
    let text = |report: &StoreReport, clause: &mneme_conformance::Clause| {
        let failure = report.status(clause).and_then(mneme_conformance::Status::failure);
        failure.expect("it is broken").to_string()
    };
    let report_of_one = report(Subject::volatile(|| Faulty::new(ReplacesTheRow)));
    let of_one = text(&report_of_one, &mneme_conformance::clause::insert::upsert_keeps_the_id);
    assert!(of_one.contains("known mistake"), "{of_one}");
    assert!(of_one.contains("- an upsert deletes the row and inserts another\n"), "{of_one}");
}

/// Keeps a vector that has no number for one of its numbers, and cannot read it again.
struct WritesMoreThanItReads;

impl Lie for WritesMoreThanItReads {
    fn open(&self, store: &dyn Store, identity: &mneme::Identity) -> Result<()> {
        store.open(identity)?;
        let entries = store.iter_all()?.collect::<Result<Vec<_>>>()?;
        match entries.iter().find(|entry| entry.embedding.iter().any(|number| number.is_nan())) {
            Some(entry) => Err(mneme::Error::corrupt(format!("the vector of {}", entry.id))),
            None => Ok(()),
        }
    }
}

#[test]
fn a_failure_tells_of_the_site_that_it_is_about_alone() {
    use mneme_conformance::{Claim, clause};
    let clause = &clause::durable::survives_close;
    let subject = Subject::claiming([Claim::Durable], |site| {
        Faulty::over(super::logged::Logged::alone_on(site), WritesMoreThanItReads)
    });
    // An open that was right on other sites may be wrong because of these, which has a check of its own.
    let settings = Settings::default().only([clause, &clause::open::sites_are_separate]).without_engines();
    let report = check_store(subject, &settings);
    let text =
        report.status(clause).and_then(mneme_conformance::Status::failure).expect("a failure").to_string();
    assert!(text.contains("the vector of 1"), "{text}");
    assert_eq!(text.matches("the factory makes a handle").count(), 2, "{text}");
}

#[test]
fn two_mistakes_are_told_apart() {
    let pairs: [(Subject, [&str; 2]); 4] = [
        (both(|| ReplacesTheRow, || NoZero), ["insert::upsert_keeps_the_id", "quota::zero_is_a_quota"]),
        (
            both(|| ReplacesTheRow, || TiesTheOtherWay),
            ["insert::upsert_keeps_the_id", "lru::ties_break_by_id"],
        ),
        (both(|| TiesTheOtherWay, || NoZero), ["lru::ties_break_by_id", "quota::zero_is_a_quota"]),
        (both(|| KeepsTheLater, || NoZero), ["access::sets_the_time", "quota::zero_is_a_quota"]),
    ];
    for (subject, clauses) in pairs {
        let report = report(subject);
        let Some(Diagnosis::Two(..)) = report.diagnosis() else { panic!("{clauses:?}\n{report}") };
        let named: Vec<String> = named(&report).into_iter().map(|(_, clause)| clause).collect();
        for clause in clauses {
            assert!(named.iter().any(|named| named == clause), "{clause} is not among {named:?}\n{report}");
        }
    }
}

#[test]
fn where_nothing_fits_nothing_is_guessed() {
    /// Three things at once that have nothing in common.
    struct AtOdds;
    impl Lie for AtOdds {
        fn get_namespace_quota(&self, store: &dyn Store, namespace: &str) -> Result<Option<u64>> {
            NoZero.get_namespace_quota(store, namespace)
        }
        fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
            TiesTheOtherWay.iter_lru_ids(store, limit, namespace)
        }
        fn write_meta(&self, store: &dyn Store, key: &str, value: &str) -> Result<()> {
            store.write_meta(key, value.trim())
        }
    }
    let report = report(Subject::volatile(|| Faulty::new(AtOdds)));
    assert_eq!(report.diagnosis(), Some(&Diagnosis::Unknown), "{report}");
    assert!(report.to_string().contains("no known mistake breaks just these clauses"), "{report}");
}

#[test]
fn a_store_that_is_right_is_like_no_mistake() {
    let report = report(Subject::volatile(mneme::MemoryStore::new));
    assert_eq!((report.diagnosis(), report.begin_with()), (None, None));
}
