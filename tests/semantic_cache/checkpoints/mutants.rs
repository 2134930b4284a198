//! Checkpoints that were changed at random, sealed again, and with a manifest that fits or does not.
//!
//! What is loaded or refused is free; that it is one of the two is not. A checkpoint that is refused is a checkpoint
//! error and leaves nothing; one that is loaded gives a cache that works, whose own checkpoint can be loaded.
//!
//! `a_file_with_a_mutation_is_loaded_or_refused` tries some thousands. For longer, set the seconds:
//! `MNEME_FUZZ_SECONDS=600 cargo test --test semantic_cache mutants -- --ignored`. What fails is written to `corpus/`, and
//! every file there is tried by the ordinary tests.

use super::forge::{Part, Sample, pack, pack_tar, sealed, tar_of, with_manifest};
use crate::doubles::{Outcome, builder};
use mneme::{CacheError, ErrorKind};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/semantic_cache/checkpoints/corpus");

#[test]
fn a_file_with_a_mutation_is_loaded_or_refused() -> Outcome {
    let tried = try_mutants(0, |tried| tried < 1_500)?;
    // Both must happen, or the mutations are too wild or too tame to find anything.
    assert!(tried.loaded > 20 && tried.refused > 500, "{tried:?}");
    Ok(())
}

#[test]
#[ignore = "it takes as many seconds as MNEME_FUZZ_SECONDS says"]
fn mutations_for_a_given_time() -> Outcome {
    let seconds = std::env::var("MNEME_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = std::env::var("MNEME_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (start, most) = (Instant::now(), Duration::from_secs(seconds));
    let tried = try_mutants(seed, |_| start.elapsed() < most)?;
    assert!(tried.loaded > 0 && tried.refused > 0, "{tried:?}");
    fs::write(std::env::temp_dir().join("mneme-fuzz-checkpoint"), format!("{tried:?}"))
        .expect("it is written");
    Ok(())
}

#[test]
fn what_was_kept_is_loaded_or_refused() -> Outcome {
    let sample = Sample::new()?;
    let corpus = fs::read_dir(CORPUS).expect("the corpus");
    let mut tried = 0;
    for file in corpus {
        let bytes = fs::read(file.expect("it is listed").path()).expect("it is read");
        judge(&sample, &bytes);
        tried += 1;
    }
    assert!(tried >= 14, "the corpus has {tried} files");
    Ok(())
}

#[derive(Debug, Default)]
struct Tried {
    loaded: u32,
    refused: u32,
}

fn try_mutants(seed: u64, mut go_on: impl FnMut(u32) -> bool) -> Result<Tried, CacheError> {
    let sample = Sample::new()?;
    let parts = sample.parts()?;
    let mut numbers = Numbers(seed);
    let mut tried = Tried::default();
    while go_on(tried.loaded + tried.refused) {
        let bytes = mutant(&parts, &mut numbers);
        match catch_unwind(AssertUnwindSafe(|| judge(&sample, &bytes))) {
            Ok(true) => tried.loaded += 1,
            Ok(false) => tried.refused += 1,
            Err(panic) => {
                let name = format!("found-{seed}-{}.bin", tried.loaded + tried.refused);
                fs::write(Path::new(CORPUS).join(name), &bytes).expect("it is kept");
                std::panic::resume_unwind(panic);
            }
        }
    }
    Ok(tried)
}

/// Whether it was loaded; panics where it was neither loaded nor refused.
fn judge(sample: &Sample, bytes: &[u8]) -> bool {
    match sample.load(bytes) {
        Err(error) => {
            assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint), "{error:?}");
            false
        }
        Ok(cache) => {
            let health = cache.health().expect("it is open");
            assert!(health.is_healthy() && health.entries == health.indexed, "{health}");
            let again = sample.path("again.tar.gz");
            cache.dumps(&again).expect("what was loaded can be dumped");
            let again = builder().load(&again).expect("what was dumped can be loaded");
            assert_eq!(again.stats().expect("it is open").entries, health.entries);
            true
        }
    }
}

/// Texts that mean something to a reader of one layer or another.
const WORDS: [&str; 24] = [
    "\0",
    "\n",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551616",
    "\\ud800",
    "\\u0000",
    "\u{fffd}",
    "../",
    "ustar",
    "\u{1f642}",
];

fn mutant(parts: &[Part], numbers: &mut Numbers) -> Vec<u8> {
    let mut parts = parts.to_vec();
    match numbers.below(5) {
        // The packed stream.
        0 => {
            let mut packed = pack(&parts);
            packed.truncate(packed.len() - super::forge::SEAL_BYTES);
            change(&mut packed, numbers);
            sealed(packed)
        }
        // The archive.
        1 => {
            let mut archive = tar_of(&parts);
            change(&mut archive, numbers);
            pack_tar(&archive)
        }
        // What a part holds; the manifest fits, or does not.
        2 | 3 => {
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(parts.len());
                change(&mut parts[at].content, numbers);
            }
            let is_manifest_whole =
                serde_json::from_slice::<serde_json::Value>(&parts[parts.len() - 1].content)
                    .is_ok_and(|manifest| manifest.is_object());
            if is_manifest_whole && numbers.below(4) > 0 { pack(&with_manifest(parts)) } else { pack(&parts) }
        }
        // Which parts there are.
        _ => {
            let (at, other) = (numbers.below(parts.len()), numbers.below(parts.len()));
            match numbers.below(4) {
                0 => drop(parts.remove(at)),
                1 => parts.swap(at, other),
                2 => parts.insert(at, parts[other].clone()),
                _ => {
                    parts[at].claimed_size = Some([0, 1, 511, 513, 1 << 33, u64::MAX >> 1][numbers.below(6)]);
                }
            }
            pack(&parts)
        }
    }
}

fn change(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        match numbers.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(numbers.below(256)).expect("a byte"),
            2 => drop(bytes.splice(at..at, WORDS[numbers.below(WORDS.len())].bytes())),
            3 => {
                let end = (at + numbers.below(20)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + numbers.below(60)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, again));
            }
            // One digit for another keeps JSON what it is.
            _ => {
                if let Some(digit) = bytes[at..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                    *digit = b'0' + u8::try_from(numbers.below(10)).expect("a digit");
                }
            }
        }
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("it is below a usize")
    }
}
