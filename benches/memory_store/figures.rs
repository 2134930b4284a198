#![allow(clippy::print_stdout, reason = "the figures are what the bench is for")]

use std::collections::BTreeMap;

/// What was measured, a number for each round, in the order in which it was measured first.
#[derive(Default)]
pub(crate) struct Figures {
    nanoseconds: Rows,
    ratios: Rows,
}

#[derive(Default)]
struct Rows(Vec<(String, BTreeMap<usize, Vec<f64>>)>);

/// Which end of a ratio is the bad one.
#[derive(Clone, Copy)]
enum Worst {
    Greatest,
    Least,
}

impl Figures {
    /// Notes what one operation cost in the store and in the map.
    pub(crate) fn both(&mut self, name: &str, size: usize, (of_store, of_map): (f64, f64)) {
        self.nanoseconds(name, size, of_store);
        self.nanoseconds(&format!("{name}, bare map"), size, of_map);
        self.ratio(&format!("{name}_vs_hashmap"), size, of_store / of_map);
    }

    pub(crate) fn nanoseconds(&mut self, name: &str, size: usize, nanoseconds: f64) {
        self.nanoseconds.add(name, size, nanoseconds);
    }

    pub(crate) fn ratio(&mut self, name: &str, size: usize, ratio: f64) {
        self.ratios.add(name, size, ratio);
    }

    pub(crate) fn print(&self, sizes: &[usize]) {
        print!("{:<36}", "ns per operation, by entries stored");
        for size in sizes {
            print!("{size:>10}");
        }
        println!();
        for (name, by_size) in &self.nanoseconds.0 {
            print!("{name:<36}");
            for rounds in by_size.values() {
                print!("{:>10.0}", median(rounds));
            }
            println!();
        }
        println!();
        for (name, by_size) in &self.ratios.0 {
            for (size, rounds) in by_size {
                println!("{name}/{size} {:.2}", median(rounds));
            }
        }
        println!();
        println!("the worst of the sizes:");
        for (name, by_size) in &self.ratios.0 {
            let worst = if name.ends_with("_vs_one") { Worst::Least } else { Worst::Greatest };
            println!("{name} {:.2}", worst.of(by_size.values().map(|rounds| median(rounds))));
        }
    }
}

impl Rows {
    fn add(&mut self, name: &str, size: usize, number: f64) {
        let row = self.0.iter().position(|(other, _)| other == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), BTreeMap::new()));
            self.0.len() - 1
        });
        self.0[row].1.entry(size).or_default().push(number);
    }
}

impl Worst {
    fn of(self, numbers: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Greatest => numbers.fold(f64::NEG_INFINITY, f64::max),
            Self::Least => numbers.fold(f64::INFINITY, f64::min),
        }
    }
}

fn median(rounds: &[f64]) -> f64 {
    let mut sorted = rounds.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
