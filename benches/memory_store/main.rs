//! What `MemoryStore` costs as it grows, beside a bare `RwLock<HashMap>` in the same run.
//!
//! The bare map does nothing but map a key to a shared entry. It has the store's lock and hasher, and its lookup
//! allocates no key. Everything that either side is given is made outside the timed parts, and the two take turns
//! within each round, so that a disturbance meets both. A figure is the median over the rounds; a ratio is the median
//! of the rounds' ratios.
//!
//! Each round deletes entries at random and inserts new ones, so the structures are worn as a cache wears them.
//!
//! Run it with `cargo bench --bench memory_store`; without cargo's `--bench` it takes the smallest size only.

mod bare;
mod figures;
mod inputs;
mod timing;

use bare::Bare;
use figures::Figures;
use inputs::{DIMENSION, Key, Numbers, entry};
use mneme::{Identity, MemoryStore, Result, Store};
use timing::{in_turns, time, two_to_one};

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const ROUNDS: usize = 25;

fn main() -> Result<()> {
    let sizes = if std::env::args().any(|argument| argument == "--bench") { &SIZES[..] } else { &SIZES[..1] };
    let mut figures = Figures::default();
    for &size in sizes {
        let mut bench = Bench::new(size, Times::Ascend)?;
        for round in 0..ROUNDS {
            bench.lookups(round, &mut figures);
            bench.turnover(round, ["delete_by_id", "insert"], &mut figures)?;
        }
        bench.readers(&mut figures);
        assert!(bench.store.integrity_check()?, "the structures disagree");

        let mut bench = Bench::new(size, Times::Random)?;
        for round in 0..ROUNDS {
            bench.turnover(round, ["delete_random_times", "insert_random_times"], &mut figures)?;
        }
        assert!(bench.store.integrity_check()?, "the structures disagree");
    }
    figures.print(sizes);
    Ok(())
}

/// The store and the map, holding the same keys.
struct Bench {
    size: usize,
    store: MemoryStore,
    map: Bare,
    /// For each entry the store's id, and the number that its key is made from.
    held: Vec<(u64, u64)>,
    times: Times,
    numbers: Numbers,
    keys_made: u64,
    now: u64,
}

#[derive(Clone, Copy)]
enum Times {
    /// Each entry is used and made a second after the one before, as a cache writes it.
    Ascend,
    /// Each is used and made at any second so far.
    Random,
}

impl Bench {
    fn new(size: usize, times: Times) -> Result<Self> {
        let store = MemoryStore::new();
        store.open(&Identity::new("bench", DIMENSION))?;
        let (map, held, numbers) = (Bare::default(), Vec::new(), Numbers(1));
        let mut bench = Self { size, store, map, held, times, numbers, keys_made: 0, now: 0 };
        while bench.held.len() < size {
            bench.insert(0)?;
        }
        Ok(bench)
    }

    /// How many operations are timed at once: few beside the entries, many beside the clock.
    fn batch(&self) -> usize {
        (self.size / 4).min(2_500)
    }

    fn lookups(&mut self, round: usize, figures: &mut Figures) {
        let picked = self.pick();
        let keys: Vec<_> = picked.iter().map(|&(_, number)| Key::new(number)).collect();
        let ids: Vec<_> = picked.iter().map(|&(id, _)| id).collect();
        let (store, map) = (&self.store, &self.map);

        let both = in_turns(
            round,
            || time(&keys, |key| store.get_by_hash(&key.namespace, &key.query_hash)),
            || time(&keys, |key| map.get(&key.namespace, &key.query_hash)),
        );
        figures.both("get_by_hash", self.size, both);

        let mut note = |name, nanoseconds| figures.nanoseconds(name, self.size, nanoseconds);
        note("get_by_id", time(&ids, |&id| store.get_by_id(id)));
        note("count(namespace)", time(&keys, |key| store.count(Some(&key.namespace))));
        note("iter_lru_ids(10, namespace)", time(&keys, |key| store.iter_lru_ids(10, Some(&key.namespace))));
        note("iter_lru_ids(10)", time(&ids, |_| store.iter_lru_ids(10, None)));
        let now = &mut self.now;
        note("update_access", time(&ids, |&id| store.update_access(id, tick(now))));
    }

    fn turnover(&mut self, round: usize, [delete, insert]: [&str; 2], figures: &mut Figures) -> Result<()> {
        let both = self.delete(round);
        figures.both(delete, self.size, both);
        let both = self.insert(round)?;
        figures.both(insert, self.size, both);
        Ok(())
    }

    /// Inserts new entries into both, and answers what one insert cost in each.
    fn insert(&mut self, round: usize) -> Result<(f64, f64)> {
        let batch = self.batch();
        let numbers: Vec<_> = (0..batch).map(|_| tick(&mut self.keys_made)).collect();
        let seconds: Vec<_> = (0..batch)
            .map(|_| {
                let now = tick(&mut self.now);
                match self.times {
                    Times::Ascend => now,
                    Times::Random => self.numbers.below(now),
                }
            })
            .collect();
        let made = || numbers.iter().zip(&seconds).map(|(&number, &second)| entry(number, second));
        let for_store: Vec<_> = made().collect();
        let for_map: Vec<_> =
            made().zip(&numbers).map(|(entry, &number)| (Key::new(number), entry.content)).collect();

        let mut ids = Vec::with_capacity(batch);
        let both = in_turns(
            round,
            || time(for_store, |entry| ids.push(self.store.insert(entry))),
            || time(for_map, |(key, content)| self.map.insert(key, content)),
        );
        for (id, number) in ids.into_iter().zip(numbers) {
            self.held.push((id?, number));
        }
        Ok(both)
    }

    /// Deletes random entries from both, and answers what one deletion cost in each.
    fn delete(&mut self, round: usize) -> (f64, f64) {
        let mut gone = Vec::new();
        for _ in 0..self.batch() {
            let index = self.numbers.index(self.held.len());
            gone.push(self.held.swap_remove(index));
        }
        let keys: Vec<_> = gone.iter().map(|&(_, number)| Key::new(number)).collect();
        in_turns(
            round,
            || time(&gone, |&(id, _)| self.store.delete_by_id(id)),
            || time(&keys, |key| self.map.remove(&key.namespace, &key.query_hash)),
        )
    }

    /// Compares what two threads read with what one reads: in the store, in the map, and in the map behind one lock
    /// that is held all the time. The last one shows what the machine has to give.
    fn readers(&mut self, figures: &mut Figures) {
        for _ in 0..ROUNDS {
            let keys: [Vec<_>; 2] = core::array::from_fn(|_| {
                (0..8).flat_map(|_| self.pick()).map(|(_, number)| Key::new(number)).collect()
            });
            let of_store = two_to_one(&keys, |key| self.store.get_by_hash(&key.namespace, &key.query_hash));
            let of_map = two_to_one(&keys, |key| self.map.get(&key.namespace, &key.query_hash));
            let locked = self.map.locked();
            let of_locked = two_to_one(&keys, |key| locked.get(&key.namespace, &key.query_hash));
            figures.ratio("two_readers_vs_one", self.size, of_store);
            figures.ratio("two_readers_of_hashmap_vs_one", self.size, of_map);
            figures.ratio("two_readers_without_locking_vs_one", self.size, of_locked);
        }
    }

    fn pick(&mut self) -> Vec<(u64, u64)> {
        (0..self.batch()).map(|_| self.held[self.numbers.index(self.held.len())]).collect()
    }
}

fn tick(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}
