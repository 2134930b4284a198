//! How much memory an iteration takes, in a process of its own.

#![allow(clippy::print_stdout, reason = "a measurement has a figure to read")]
#![cfg(target_os = "linux")]

use crate::{
    child::{Process, file, role, say},
    sample::{entry, open},
};
use mneme::{Entry, SqliteStore, Store};
use std::{fs, path::Path};

/// More than a page of entries and what SQLite keeps, and much less than what is iterated.
const MOST_KIB: u64 = 24 * 1_024;

/// 64 MB in long entries.
#[test]
fn long_entries_are_iterated_in_little_memory() {
    let test = "streams::long_entries_are_iterated_in_little_memory";
    let response = "x".repeat(4_000);
    is_iterated_in_little_memory(test, 16_000, |entry| entry.response(response.as_str()));
}

/// Metadata of which each number is two bytes as text, and 32 as a value: 20 MB as text, and more than 300 if all of it were read.
#[test]
fn metadata_of_many_values_are_iterated_in_little_memory() {
    let test = "streams::metadata_of_many_values_are_iterated_in_little_memory";
    let numbers = vec![1; 10_000];
    let metadata = mneme::Metadata::from_iter([("numbers".to_owned(), numbers.into())]);
    is_iterated_in_little_memory(test, 1_000, |entry| entry.metadata(metadata.clone()));
}

/// 70 MB if each took as much as its `StoredEntry` alone; with what it leads to, some 400.
#[test]
#[ignore = "it takes half a minute to make them"]
fn a_million_entries_are_iterated_in_little_memory() {
    let test = "streams::a_million_entries_are_iterated_in_little_memory";
    is_iterated_in_little_memory(test, 1_000_000, |entry| entry);
}

fn is_iterated_in_little_memory(test: &str, entries: usize, with: impl Fn(Entry) -> Entry) {
    if let Some((_, path)) = role() {
        iterate(&path);
        return;
    }

    let (_directory, path) = file();
    fill(&open(&path).expect("a store"), entries, with);
    let mut reader = Process::start(test, "reader", &path);
    for walk in WALKS {
        let said = reader.says().expect("a figure");
        let numbers: Vec<u64> = said.split(' ').map(|number| number.parse().expect("a number")).collect();
        let [count, grown, first] = numbers[..] else { panic!("three numbers, and not {said}") };
        println!("{walk} of {count} entries: {grown} KiB more at the most, {first} KiB before");
        assert_eq!(count, entries as u64, "{walk}");
        assert!(grown <= MOST_KIB, "{walk} took {grown} KiB");
    }
}

fn fill(store: &SqliteStore, entries: usize, with: impl Fn(Entry) -> Entry) {
    const BATCH: usize = 1_000;

    for from in (0..entries).step_by(BATCH) {
        let batch: Vec<_> = (from..from + BATCH).map(|n| with(entry("a", &format!("h{n}")))).collect();
        store.insert_many(&batch).expect("an insert");
    }
}

const WALKS: [&str; 3] = ["iter_all", "iter_since", "iter_changed"];

fn iterate(path: &Path) {
    let store = open(path).expect("a store");
    // What a connection keeps is there before.
    store.get_by_id(1).expect("a read");
    store.list_namespaces().expect("a read");
    for walk in WALKS {
        let first = peak_kib();
        let entries = match walk {
            "iter_all" => store.iter_all(),
            "iter_since" => store.iter_since(0),
            _ => store.iter_changed(0),
        };
        let count = entries.expect("an iteration").inspect(|entry| assert!(entry.is_ok())).count();
        say(&format!("{count} {} {first}", peak_kib() - first));
    }
}

/// The most memory that this process has had so far.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("what the system says of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the most memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
