//! The values that programs are made of: few, and each with another that a wrong store takes for it.

use super::seed::Seed;
use crate::operation::Text;
use mneme::limits::{MAX_KEY_BYTES, MAX_NUMBER, MAX_TEXT_BYTES};

/// Texts of which a store that folds, trims, cuts, casts, quotes or joins makes one.
///
/// A program takes one family for namespaces and one for hashes, and uses both in every other text too.
const FAMILIES: [&[&str]; 18] = [
    &["a", "b", "c", "", "aa"],
    &["a", "A", "ss", "SS", "\u{df}", "i", "I", "\u{131}", "\u{130}", "\u{3c3}", "\u{3c2}"],
    &["a", "a ", " a", "a  ", "a\t", "a\n", "a\r\n", "a\u{a0}", " ", "\n", ""],
    &["caf\u{e9}", "cafe\u{301}", "cafe", "\u{fb01}", "fi", "\u{212b}", "\u{c5}", "\u{ff21}", "A"],
    &["a", "ab", "abc", "a%", "a_", "a*", "a?", "[a]", "%", "_", "*", "?", "a.c", "^a", "a$"],
    &["a", "a\0", "a\0b", "a\0c", "\0", "\0a", ""],
    &["7", "007", "7.0", "+7", "-7", "0x7", "1e3", "1000", "1000.0", "9", "10", "2", "0", "-0", "inf", "nan"],
    &["9007199254740993", "9007199254740992", "18446744073709551616", "1", "01", "1.", "true", "t", "null"],
    &["'", "''", "\"", "\"\"", "\\", "\\\\", "a'b", "a\\'b", "`", "a;b", "--", "$1", "?1", ":a", "{}", "{a}"],
    &[
        "a/b", "a//b", "a/./b", "a/../b", "a", "a/", "/a", ".", "..", "a\\b", "C:a", "con", "~", "a.json",
        "a.tmp",
    ],
    &[
        "a", "b", "a:b", "a:b:c", "b:c", ":", "::", "a:", ":a", "a|b", "a,b", "a/b", "a\u{1f}b", "a-b",
        "a.b", "a b",
    ],
    &[
        "a b", "a%20b", "a+b", "%41", "A", "%", "%25", "&amp;", "&", "\\u0041", "\\n", "\n", "\\0", "\u{e9}",
        "%C3%A9",
    ],
    &[
        "", "default", "*", "all", "none", "null", "NULL", "nil", "meta", "entries", "__meta__", "quota",
        "ns", "_",
    ],
    &[
        "\u{1f600}",
        "\u{1f601}",
        "?",
        "??",
        "\u{fffd}",
        "\u{ff61}",
        "\u{10ffff}",
        "\u{d7ff}",
        "\u{e000}",
        "\u{7f}",
    ],
    &["\u{feff}a", "a", "a\u{feff}", "\u{200b}a", "\u{202e}a", "a\u{200d}", "\u{1}a", "\u{1b}[0m", "\u{85}a"],
    &[
        "a", "a=b", "a=c", "#a", ";a", "_a", "__a", ".a", "-a", "@a", "!a", "a#", "a\nb", "a\\\nb", "[a]",
        "a: b", "=a",
    ],
    &["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k01", "K1"],
    &[
        "next_id",
        "version",
        "count",
        "last_id",
        "id",
        "version_counter",
        "quota:a",
        "meta:a",
        "ns:a",
        "e:a",
        "a",
    ],
];

/// Pairs of keys that join to one text.
const JOINED: [&[(&str, &str)]; 5] = [
    &[("a:b", "c"), ("a", "b:c"), ("a:", "b:c"), ("a::b", "c")],
    &[("a\0b", "c"), ("a", "b\0c"), ("a\0", "c"), ("a", "\0c"), ("a\u{1f}b", "c"), ("a", "b\u{1f}c")],
    &[("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")],
    &[
        ("a/b", "c"),
        ("a", "b/c"),
        ("a|b", "c"),
        ("a", "b|c"),
        ("a\\", ":b"),
        ("a\\:", "b"),
        ("a,b", "c"),
        ("a", "b,c"),
    ],
    &[
        ("1", "11"),
        ("11", "1"),
        ("a1", "1b"),
        ("a", "11b"),
        ("a-b", "c"),
        ("a", "b-c"),
        ("a b", "c"),
        ("a", "b c"),
    ],
];

/// Where a store that keeps its own things beside those of the cache may take one for the other.
const META: [&str; 17] = [
    "k",
    "K",
    "k ",
    "",
    "version_counter",
    "version",
    "next_id",
    "last_id",
    "count",
    "a",
    "quota:a",
    "schema_version ",
    "schema_versions",
    "Schema_Version",
    "embedder_dim2",
    "embedder_dim",
    "schema_version",
];

const TEXTS: [&str; 19] = [
    "",
    "one",
    "two",
    " two ",
    "t\0wo",
    "\0",
    "l\r\nine\r",
    "\u{1f600} caf\u{e9} cafe\u{301} \u{fb01}",
    "{\"a\":1,'b'}\\u0000\\n",
    "\u{feff}begins with a mark",
    "&lt;b&gt; %20 \\\\ \" ' `",
    "007",
    "1.0",
    "null",
    "a\tb\u{b}c\u{7f}\u{85}\u{2028}",
    "\"\"quoted\"\" 'it''s'",
    "a line\n",
    "\n\n",
    "\u{10ffff}\u{fffd}\u{200d}",
];

/// Lengths in bytes at which a column, a field or a page ends.
const LENGTHS: [usize; 14] = [
    127,
    128,
    191,
    255,
    256,
    511,
    512,
    1_023,
    2_048,
    4_095,
    16_384,
    65_535,
    MAX_KEY_BYTES,
    MAX_KEY_BYTES + 1,
];

/// What one program draws from.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    pub(super) keys: Vec<(Text, Text)>,
    pub(super) namespaces: Vec<Text>,
    pub(super) meta: Vec<Text>,
    texts: Vec<Text>,
    /// The time that most times are near.
    era: u64,
    /// How many in a hundred hashes come from a wide range, so that a store fills.
    wide: usize,
}

/// How many hashes the wide range has.
const WIDE: usize = 200;

/// The times that a program's times are near.
const ERAS: [u64; 12] = [
    0,
    0,
    0,
    0,
    95,
    1_000,
    32_760,
    (1 << 31) - 6,
    (1 << 32) - 6,
    1_700_000_000,
    9_999_999_995,
    MAX_NUMBER - 11,
];

const NUMBERS: [u64; 20] = [
    0,
    1,
    2,
    9,
    10,
    99,
    100,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 24) + 1,
    MAX_NUMBER - 1,
    MAX_NUMBER,
];

/// How long the texts of a program may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sizes {
    Short,
    /// Up to what a key may have.
    Long,
    /// Up to what a text may have.
    Huge,
}

impl Pools {
    /// Draws the pools of one program.
    ///
    /// Families take turns, so that a short run has each of them both as namespaces and as hashes.
    pub(super) fn draw(seed: &mut Seed, number: usize, sizes: Sizes) -> Self {
        let mut namespaces = some(seed, FAMILIES[number % FAMILIES.len()], 4);
        let mut hashes = some(seed, FAMILIES[(number * 5 + number / FAMILIES.len() + 7) % FAMILIES.len()], 4);
        if seed.percent(20) {
            hashes.truncate(2);
            hashes.extend(namespaces.iter().take(2).cloned());
        }
        let mut texts: Vec<Text> = namespaces.iter().chain(&hashes).cloned().collect();
        texts.extend((0..6).map(|_| Text::from(*seed.pick(&TEXTS))));
        if sizes != Sizes::Short {
            let length = *seed.pick(&LENGTHS);
            let [x, y] = long(length);
            if seed.percent(50) { &mut namespaces } else { &mut hashes }
                .extend([Text::clone(&x), Text::clone(&y)]);
            texts.extend([x, y]);
            texts.extend(long(*seed.pick(&LENGTHS)));
        }
        if sizes == Sizes::Huge {
            texts.extend(long(*seed.pick(&[MAX_TEXT_BYTES, MAX_TEXT_BYTES + 1])));
        }
        let mut keys: Vec<(Text, Text)> = Vec::new();
        for namespace in &namespaces {
            keys.extend(hashes.iter().map(|hash| (Text::clone(namespace), Text::clone(hash))));
        }
        if seed.percent(35) {
            let joined = seed.pick(&JOINED).iter().map(|(a, b)| (Text::from(*a), Text::from(*b)));
            let joined: Vec<_> = joined.collect();
            namespaces.extend(joined.iter().map(|(namespace, _)| Text::clone(namespace)));
            // As likely as all the others together.
            let times = keys.len() / joined.len() + 1;
            (0..times).for_each(|_| keys.extend(joined.iter().cloned()));
        }
        let mut meta: Vec<Text> = hashes;
        meta.extend((0..6).map(|_| Text::from(*seed.pick(&META))));
        for prefix in ["", "quota:", "ns:", "count:"] {
            let namespace = seed.pick(&namespaces);
            meta.push(format!("{prefix}{namespace}").into());
            if prefix.is_empty() && namespace.len() < MAX_KEY_BYTES {
                meta.push(format!("{namespace}:k").into());
            }
        }
        namespaces.push("never".into());
        let era = *seed.pick(&ERAS);
        let wide = *seed.pick(&[0, 0, 10, 30, 80]);
        Self { keys, namespaces, meta, texts, era, wide }
    }

    pub(super) fn key(&self, seed: &mut Seed) -> (Text, Text) {
        let (namespace, hash) = seed.pick(&self.keys);
        let hash =
            if seed.percent(self.wide) { format!("k{}", seed.below(WIDE)).into() } else { Text::clone(hash) };
        (Text::clone(namespace), hash)
    }

    pub(super) fn namespace(&self, seed: &mut Seed) -> Text {
        Text::clone(seed.pick(&self.namespaces))
    }

    pub(super) fn scope(&self, seed: &mut Seed) -> Option<Text> {
        seed.percent(50).then(|| self.namespace(seed))
    }

    pub(super) fn text(&self, seed: &mut Seed) -> Text {
        Text::clone(seed.pick(&self.texts))
    }

    /// A time, mostly one of few, so that equal ones and due ones meet.
    pub(super) fn time(&self, seed: &mut Seed) -> u64 {
        match seed.below(10) {
            0..=6 => self.era + seed.below(12) as u64,
            7 => seed.below(12) as u64,
            _ => *seed.pick(&NUMBERS),
        }
    }
}

/// A small number mostly, or one at which something wraps.
pub(super) fn number(seed: &mut Seed) -> u64 {
    match seed.below(10) {
        0..=6 => seed.below(12) as u64,
        _ => *seed.pick(&NUMBERS),
    }
}

/// Now and then a number that is out of range, in place of another.
pub(super) fn or_out_of_range(seed: &mut Seed, number: u64) -> u64 {
    if seed.percent(2) { *seed.pick(&[MAX_NUMBER + 1, 1 << 63, u64::MAX]) } else { number }
}

pub(super) fn limit(seed: &mut Seed) -> usize {
    let past_32_bits = usize::try_from((1_u64 << 32) + 1).unwrap_or(usize::MAX);
    *seed.pick(&[0, 1, 1, 2, 2, 3, 4, 5, 10, 100, 65_537, past_32_bits, usize::MAX / 2 + 2, usize::MAX])
}

/// The first text of a family, which most of the others are taken for, and some of those.
fn some(seed: &mut Seed, family: &[&str], most: usize) -> Vec<Text> {
    let mut rest = family.to_vec();
    let mut texts = vec![Text::from(rest.remove(0))];
    while texts.len() < most && !rest.is_empty() {
        texts.push(rest.remove(seed.below(rest.len())).into());
    }
    texts
}

/// Two texts of a length that differ at their ends.
fn long(length: usize) -> [Text; 2] {
    ["y", "z"].map(|last| ("x".repeat(length - 1) + last).into())
}
