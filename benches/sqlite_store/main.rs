//! What `SqliteStore` costs as it grows, beside a bare table in the same run.
//!
//! The bare table is what one writes first: all of an entry in one row, a unique key, an index on nothing else, each
//! statement a transaction of its own, on the same kind of database with the same settings. Some operations on it look
//! at every row, so the interesting figure is the growth: what an operation costs with the most entries, in what it
//! costs with the fewest.
//!
//! The two take turns within each round, so that a disturbance meets both. A figure is the median over the rounds; a
//! ratio is the median of the rounds' ratios.
//!
//! Run it with `cargo bench --bench sqlite_store`; without cargo's `--bench` it takes the smallest size only.

mod bare;
#[path = "../memory_store/inputs.rs"]
mod inputs;
mod table;
#[path = "../memory_store/timing.rs"]
#[allow(dead_code, reason = "nothing here is read by two threads")]
mod timing;

use bare::Bare;
use inputs::{DIMENSION, Key, Numbers, entry};
use mneme::{Entry, Identity, Result, SqliteStore, Store};
use std::{hint::black_box, path::Path};
use table::Table;
use timing::{in_turns, time};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const ROUNDS: usize = 9;
/// How many operations are timed at once.
const BATCH: usize = 200;
/// How many of those that look at every row.
const FEW: usize = 5;
/// How many entries are written in one transaction.
const MANY: usize = 200;

fn main() -> Result<()> {
    let sizes = if std::env::args().any(|argument| argument == "--bench") { &SIZES[..] } else { &SIZES[..1] };
    let mut table = Table::default();
    for &size in sizes {
        let directory = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::new(directory.path(), size)?;
        for round in 0..ROUNDS {
            bench.round(round, &mut table)?;
        }
        assert!(bench.store.integrity_check()?, "the database is damaged");
    }
    table.print(sizes);
    Ok(())
}

/// The store and the table, holding the same keys.
struct Bench {
    size: usize,
    store: SqliteStore,
    bare: Bare,
    /// The numbers that the keys are made from, with the ids of both.
    held: Vec<(u64, u64, i64)>,
    numbers: Numbers,
    keys_made: u64,
    now: u64,
}

impl Bench {
    fn new(directory: &Path, size: usize) -> Result<Self> {
        let store = SqliteStore::new(directory.join("store.db"));
        store.open(&Identity::new("bench", DIMENSION))?;
        let bare = Bare::new(&directory.join("bare.db"));
        let mut bench =
            Self { size, store, bare, held: Vec::new(), numbers: Numbers(1), keys_made: 0, now: 0 };
        while bench.held.len() < size {
            let (numbers, entries) = bench.make(MANY);
            let ids = bench.store.insert_many(&entries)?;
            let rows = bench.bare.insert_many(&entries);
            bench
                .held
                .extend(numbers.into_iter().zip(ids).zip(rows).map(|((number, id), row)| (number, id, row)));
        }
        Ok(bench)
    }

    /// New entries, each a second later than the one before.
    fn make(&mut self, count: usize) -> (Vec<u64>, Vec<Entry>) {
        let made: Vec<_> = (0..count)
            .map(|_| {
                self.keys_made += 1;
                self.now += 1;
                (self.keys_made, entry(self.keys_made, self.now))
            })
            .collect();
        made.into_iter().unzip()
    }

    fn round(&mut self, round: usize, table: &mut Table) -> Result<()> {
        let picked: Vec<_> = (0..BATCH).map(|_| self.held[self.numbers.index(self.held.len())]).collect();
        let keys: Vec<_> = picked.iter().map(|&(number, ..)| Key::new(number)).collect();
        let (_, inserted) = self.make(BATCH);
        let (_, batched) = self.make(MANY);
        let (store, bare, now) = (&self.store, &self.bare, self.now);
        let mut note = |name, both| table.note(name, self.size, both);

        note(
            "get_by_hash",
            in_turns(
                round,
                || time(&keys, |key| store.get_by_hash(&key.namespace, &key.query_hash)),
                || time(&keys, |key| bare.get_by_hash(&key.namespace, &key.query_hash)),
            ),
        );
        note(
            "update_access",
            in_turns(
                round,
                || time(&picked, |&(_, id, _)| store.update_access(id, now)),
                || time(&picked, |&(_, _, row)| bare.update_access(row, now)),
            ),
        );
        note(
            "count(namespace)",
            in_turns(
                round,
                || time(&keys[..FEW], |key| store.count(Some(&key.namespace))),
                || time(&keys[..FEW], |key| bare.count(&key.namespace)),
            ),
        );
        note(
            "list_namespaces",
            in_turns(
                round,
                || time(0..FEW, |_| store.list_namespaces()),
                || time(0..FEW, |_| bare.list_namespaces()),
            ),
        );
        note(
            "iter_lru_ids(10)",
            in_turns(
                round,
                || time(0..FEW, |_| store.iter_lru_ids(10, None)),
                || time(0..FEW, |_| bare.least_recently_used(10)),
            ),
        );
        note(
            "delete_expired, nothing due",
            in_turns(
                round,
                || time(0..FEW, |_| store.delete_expired(0, None)),
                || time(0..FEW, |_| bare.delete_expired(0)),
            ),
        );
        let entries = store.count(None)?;
        let per_entry = |one: f64| one / table::float(entries);
        let (of_store, of_bare) = in_turns(
            round,
            || time(0..1, |_| store.iter_all().map(|all| all.map(black_box).count())),
            || time(0..1, |_| bare.all()),
        );
        note("iter_all, each entry", (per_entry(of_store), per_entry(of_bare)));

        // At last what changes how many entries there are; it is taken out again.
        let mut ids = Vec::new();
        let both = in_turns(
            round,
            || time(inserted.clone(), |entry| ids.push(store.insert(entry))),
            || time(&inserted, |entry| bare.insert(entry)),
        );
        note("insert", both);
        let each = |all: f64| all / table::float(MANY as u64);
        let (of_store, of_bare) = in_turns(
            round,
            || {
                time([&batched], |entries| {
                    ids.extend(store.insert_many(entries).into_iter().flatten().map(Ok));
                })
            },
            || time([&batched], |entries| bare.insert_many(entries)),
        );
        note("insert_many of 200, each", (each(of_store), each(of_bare)));
        for id in ids {
            store.delete_by_id(id?)?;
        }
        bare.delete_after(self.held.last().map_or(0, |&(_, _, row)| row));
        Ok(())
    }
}
