//! Suites as authors write them.

use super::WRONG;
use crate::zoo::{
    faulty::{Faulty, Lie},
    logged::Logged,
};
use mneme::{Entry, Result, Store};
use mneme_conformance::store_conformance;
use std::{io, sync::Arc};

store_conformance!(switched, suite = switched,);

/// A function may have the name of its suite.
fn switched() -> io::Result<Faulty<Switched>> {
    let at = std::env::current_dir()?;
    if at.is_absolute() {
        Ok(Faulty::new(Switched(WRONG.into())))
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

store_conformance!(durable, |site| Arc::new(Logged::alone_on(site)), suite = logged);

store_conformance!(durable, shared, Logged::on, suite = shared_log);

store_conformance!(
    {
        let variable = String::from(WRONG);
        move || Box::new(Faulty::new(Switched(variable.clone()))) as Box<dyn Store>
    },
    ignore = "it is the store of another suite, and here for its output",
    suite = ignored,
);

store_conformance!(
    || match std::env::var("MNEME_TEST_SERVER") {
        Ok(_) => Ok(Faulty::new(Switched(WRONG.into()))),
        Err(error) => Err(format!("MNEME_TEST_SERVER: {error}")),
    },
    ignore = "needs MNEME_TEST_SERVER",
    suite = served,
);

store_conformance!(|| Faulty::new(Rare(WRONG.into())), suite = kept);

store_conformance!(
    || Faulty::new(Rare(WRONG.into())),
    ignore = "the file of its programs is damaged, which a child must say",
    suite = damaged,
);

/// Loses one entry where a variable says so, which no program names but the one that is kept.
struct Rare(String);

impl Lie for Rare {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let is_lost = entry.query_hash == "of the program that is kept" && std::env::var(&self.0).is_ok();
        let id = store.insert(entry)?;
        if is_lost {
            store.delete_by_id(id)?;
        }
        Ok(id)
    }
}

/// Wrong where a variable says so, which a child is run with.
struct Switched(String);

impl Lie for Switched {
    fn insert(&self, store: &dyn Store, entry: Entry) -> Result<u64> {
        let id = store.insert(entry)?;
        match std::env::var(&self.0).as_deref() {
            Ok("answers") => Ok(0),
            Ok("panics") => panic!("the disk is on fire"),
            _ => Ok(id),
        }
    }
}

// What a behaviour is told of may be written in every way that a suite's store may. Nothing is compared here.
mneme_conformance::behaviour!(switched, suite = told, ignore = "it is here for what it expands to",);

mneme_conformance::behaviour!(
    durable,
    shared,
    Logged::on,
    deviates { lru::ties_break_by_id => "it is here for what it expands to" },
    ignore = "it is here for what it expands to",
    suite = told_of_a_log
);
