//! A database with damaged bytes: every answer is right or an error, or `integrity_check` says so.

#![allow(clippy::print_stdout, reason = "a test that passed has counts to read")]

use crate::sample::{entry, fill, identity, open};
use mneme::{ErrorKind, Result, SqliteStore, Store, StoredEntry};
use std::{
    cell::Cell,
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
};

/// What changes one byte of a file.
type Change = fn(u8) -> u8;

const CHANGES: [Change; 4] = [|byte| byte ^ 0x01, |byte| byte ^ 0x80, |_| 0x00, |_| 0xff];

/// Coprime to the page size and to the number of changes, so that all kinds of places meet all kinds of changes.
const STEP: usize = 127;

/// All of the file's header, the beginning of each page, where its own header and the places of its cells are, and
/// every so many bytes of the rest.
#[test]
fn a_changed_byte_is_never_silent() {
    change_each(|position| position < 108 || position % 4_096 < 14 || position % STEP == 0);
}

#[test]
#[ignore = "it takes many minutes: each byte of the file, one after the other"]
fn no_changed_byte_is_ever_silent() {
    change_each(|_| true);
}

/// Changes one byte after the other, each in the next of the ways.
fn change_each(is_chosen: fn(usize) -> bool) {
    let site = Site::new();
    let mut tally = Tally::default();
    let positions = (0..site.bytes.len()).filter(|position| is_chosen(*position));
    for (round, position) in positions.enumerate() {
        site.change(position, CHANGES[round % CHANGES.len()], &mut tally);
    }
    tally.judge();
}

#[test]
fn a_cut_file_is_never_silent() {
    let site = Site::new();
    let mut tally = Tally::default();
    let length = site.bytes.len();
    let cuts = [1, 15, 16, 20, 50, 99, 100, 101, 511, 512, 4_095, 4_096, 4_097, length - 4_096, length - 1];
    for cut in cuts.into_iter().chain((1..20).map(|part| length * part / 20)) {
        site.judge(&format!("cut to {cut}"), &site.bytes[..cut], &mut tally);
    }
    tally.judge();
}

#[test]
fn pages_that_are_zeroed_or_exchanged_are_never_silent() {
    const PAGE: usize = 4_096;

    let site = Site::new();
    let mut tally = Tally::default();
    let pages = site.bytes.len() / PAGE;
    for page in 0..pages {
        let mut bytes = site.bytes.clone();
        bytes[page * PAGE..][..PAGE].fill(0);
        site.judge(&format!("page {page} zeroed"), &bytes, &mut tally);
        let other = (page + 1) % pages;
        let mut bytes = site.bytes.clone();
        bytes[page * PAGE..][..PAGE].copy_from_slice(&site.bytes[other * PAGE..][..PAGE]);
        site.judge(&format!("page {page} replaced by page {other}"), &bytes, &mut tally);
    }
    tally.judge();
}

struct Site {
    directory: tempfile::TempDir,
    bytes: Vec<u8>,
    expected: Vec<(&'static str, String)>,
    judged: Cell<usize>,
}

#[derive(Default)]
struct Tally {
    refused: usize,
    errors: usize,
    found: usize,
    /// Of those that were found, where a read answered something else.
    misled: usize,
    harmless: usize,
    wrong: Vec<String>,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("sound.db");
        let store = open(&path).expect("a store");
        fill(&store).expect("a full store");
        let expected = answers(&store)
            .into_iter()
            .map(|(what, answer)| (what, answer.expect("a sound store answers")))
            .collect();
        assert!(store.integrity_check().expect("an answer"));
        store.close().expect("a close");
        let bytes = fs::read(&path).expect("the file");
        Self { directory, bytes, expected, judged: Cell::new(0) }
    }

    fn change(&self, position: usize, change: Change, tally: &mut Tally) {
        let changed = change(self.bytes[position]);
        if changed == self.bytes[position] {
            return;
        }
        let mut bytes = self.bytes.clone();
        bytes[position] = changed;
        self.judge(&format!("byte {position} changed to {changed:#04x}"), &bytes, tally);
    }

    /// Opens a damaged copy, asks everything, and writes.
    fn judge(&self, damage: &str, bytes: &[u8], tally: &mut Tally) {
        let path = self.path();
        fs::write(&path, bytes).expect("a damaged copy");
        let store = SqliteStore::new(&path);
        let wrong = match store.open(&identity()) {
            Ok(()) => self.ask(&store, tally),
            Err(error) if is_refusal(error.kind()) => {
                tally.refused += 1;
                Vec::new()
            }
            Err(error) => vec![format!("open answers {error:?}")],
        };
        tally.wrong.extend(wrong.into_iter().map(|wrong| format!("{damage}: {wrong}")));
        store.close().expect("a close");
        self.judged.set(self.judged.get() + 1);
        self.remove();
    }

    /// Asks everything, and answers what is silently wrong.
    fn ask(&self, store: &SqliteStore, tally: &mut Tally) -> Vec<String> {
        let (mut errors, mut others, mut wrong) = (0, Vec::new(), Vec::new());
        for ((what, answer), (_, expected)) in answers(store).into_iter().zip(&self.expected) {
            match answer {
                Ok(answer) if answer == *expected => {}
                Ok(answer) => others.push(format!("{what} answers {answer}")),
                Err(error) if error.kind() == ErrorKind::Corrupt => errors += 1,
                Err(error) => wrong.push(format!("{what} answers {error:?}")),
            }
        }
        match store.integrity_check() {
            Ok(true) if others.is_empty() && errors == 0 => tally.harmless += 1,
            Ok(true) if others.is_empty() => tally.errors += 1,
            Ok(true) => wrong.append(&mut others),
            Ok(false) => {
                tally.found += 1;
                tally.misled += usize::from(!others.is_empty());
            }
            Err(error) => wrong.push(format!("integrity_check answers {error:?}")),
        }
        // Each of these waits for the disk when the store is closed.
        if self.judged.get().is_multiple_of(8) {
            write(store);
        }
        wrong
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("damaged.db")
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(Path::new(&format!("{}{suffix}", self.path().display())));
        }
    }
}

fn is_refusal(kind: ErrorKind) -> bool {
    use ErrorKind::{Corrupt, DimensionMismatch, FingerprintMismatch, Incompatible};

    matches!(kind, Corrupt | Incompatible | FingerprintMismatch | DimensionMismatch)
}

impl Tally {
    fn judge(self) {
        let Self { refused, errors, found, misled, harmless, wrong } = self;
        let counts = format!(
            "{refused} refused by open, {found} found by integrity_check ({misled} with a wrong answer), {errors} by reads alone, {harmless} harmless"
        );
        assert!(wrong.is_empty(), "{} silent; {counts}\n{}", wrong.len(), wrong.join("\n"));
        // Damage that hit nothing would prove nothing.
        assert!(refused + found > 0, "{counts}");
        println!("{counts}");
    }
}

/// Every read, as text.
fn answers(store: &SqliteStore) -> Vec<(&'static str, Result<String>)> {
    let mut answers = Vec::new();
    let mut note = |what, answer: Result<String>| answers.push((what, answer));
    for n in 0..12 {
        let (namespace, hash) = (["a", "b", "\0c"][n % 3], format!("hash {n}"));
        note("get_by_hash", shown(store.get_by_hash(namespace, &hash)));
    }
    note("get_by_hash", shown(store.get_by_hash("long", "hash")));
    for id in 0..16 {
        note("get_by_id", shown(store.get_by_id(id)));
    }
    note("count", shown(store.count(None)));
    for namespace in ["a", "b", "\0c", "long", "gone"] {
        note("count(namespace)", shown(store.count(Some(namespace))));
        note("iter_lru_ids", shown(store.iter_lru_ids(100, Some(namespace))));
    }
    note("list_namespaces", shown(store.list_namespaces()));
    note("iter_lru_ids", shown(store.iter_lru_ids(100, None)));
    note("iter_lru_ids", shown(store.iter_lru_ids(3, None)));
    let collected = |entries: Result<mneme::Entries<'_>>| entries?.collect::<Result<Vec<StoredEntry>>>();
    note("iter_all", shown(collected(store.iter_all())));
    note("iter_since", shown(collected(store.iter_since(5))));
    note("iter_changed", shown(collected(store.iter_changed(4))));
    note("version_counter", shown(store.version_counter()));
    for namespace in ["a", "none stored", "never set"] {
        note("get_namespace_quota", shown(store.get_namespace_quota(namespace)));
    }
    for key in ["key", "", "never written", "embedder_fingerprint", "embedder_dim", "schema_version"] {
        note("read_meta", shown(store.read_meta(key)));
    }
    answers
}

fn shown<T: Debug>(answer: Result<T>) -> Result<String> {
    answer.map(|answer| format!("{answer:?}"))
}

/// Every write. What they answer on damaged data is free, as long as they answer.
fn write(store: &SqliteStore) {
    let _ = store.insert(entry("a", "hash 3"));
    let _ = store.insert(entry("new", "hash"));
    let _ = store.update_access(2, 9_000);
    let _ = store.delete_by_id(4);
    let _ = store.delete_expired(1_500, Some("b"));
    let _ = store.delete_expired(1_500, None);
    let _ = store.clear_namespace("a");
    let _ = store.set_namespace_quota("a", 8);
    let _ = store.write_meta("key", "another");
}
