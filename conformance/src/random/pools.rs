//! The values that programs are made of: few, and each with another that a wrong store takes for it.

use super::seed::Seed;
use crate::operation::Text;
use mneme::limits::MAX_NUMBER;

/// Keys of which a store that folds, trims, cuts or joins makes one.
const CONFUSABLE: [&[(&str, &str)]; 9] = [
    &[("a", "h1"), ("a", "h2"), ("b", "h1"), ("", "h1"), ("a", "")],
    &[("a", "h"), ("A", "h"), ("a", "H"), ("A", "H")],
    &[("a", "h"), ("a ", "h"), ("a", " h"), ("a", "h ")],
    &[("a:b", "c"), ("a", "b:c"), ("a/b", "c"), ("a", "b/c"), ("ab", "c"), ("a", "bc")],
    &[("caf\u{e9}", "h"), ("cafe\u{301}", "h"), ("a", "\u{e9}"), ("a", "e\u{301}")],
    &[("a", "h"), ("aa", "h"), ("a%", "h"), ("a_", "h"), ("a*", "h"), ("%", "h"), ("[a]", "h")],
    &[("a", "x\0y"), ("a", "x\0z"), ("a", "x"), ("a\0", "x"), ("a\0b", "x")],
    &[("a", "7"), ("a", "007"), ("a", "7.0"), ("a", "1e3"), ("a", "1000")],
    &[("a", "\u{ff61}"), ("a", "\u{1f600}"), ("\u{ff61}", "h"), ("\u{1f600}", "h"), ("'", "\""), ("a", "\\")],
];

/// What one program draws from.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    pub(super) keys: Vec<(Text, Text)>,
    pub(super) namespaces: Vec<Text>,
    pub(super) meta: Vec<Text>,
    /// How many in a hundred hashes come from a wide range, so that a store fills.
    wide: usize,
}

/// How many hashes the wide range has.
const WIDE: usize = 200;

const META: [&str; 10] =
    ["k", "K", "k ", "", "version_counter", "next_id", "quota:a", "count", "embedder_dim", "schema_version"];

pub(super) const TEXTS: [&str; 8] = [
    "",
    "one",
    "two",
    " two ",
    "t\0wo",
    "l\r\nine",
    "\u{1f600} caf\u{e9} cafe\u{301}",
    "{\"a\":1,'b'}\\u0000",
];

const NUMBERS: [u64; 12] = [0, 1, 2, 3, 5, 9, 10, 11, 100, 1 << 32, MAX_NUMBER - 1, MAX_NUMBER];

impl Pools {
    /// Draws the pools of one program: one group of confusable keys and the common one, or some of several.
    pub(super) fn draw(seed: &mut Seed) -> Self {
        let group = *seed.pick(&CONFUSABLE);
        let mut keys: Vec<(&str, &str)> = group.to_vec();
        let other = *seed.pick(&CONFUSABLE);
        keys.extend(other.iter().filter(|_| seed.percent(40)).copied().collect::<Vec<_>>());
        let keys: Vec<(Text, Text)> = keys.into_iter().map(|(a, b)| (a.into(), b.into())).collect();
        let mut namespaces: Vec<Text> = keys.iter().map(|(namespace, _)| Text::clone(namespace)).collect();
        namespaces.push("never".into());
        let wide = *seed.pick(&[0, 10, 30, 80]);
        Self { keys, namespaces, meta: META.map(Into::into).to_vec(), wide }
    }

    pub(super) fn key(&self, seed: &mut Seed) -> (Text, Text) {
        if seed.percent(self.wide) {
            let hash = format!("k{}", seed.below(WIDE));
            return (Text::clone(&seed.pick(&self.keys).0), hash.into());
        }
        if seed.percent(10) {
            // A part of one key with a part of another.
            return (Text::clone(&seed.pick(&self.keys).0), Text::clone(&seed.pick(&self.keys).1));
        }
        seed.pick(&self.keys).clone()
    }

    pub(super) fn namespace(&self, seed: &mut Seed) -> Text {
        Text::clone(seed.pick(&self.namespaces))
    }

    pub(super) fn scope(&self, seed: &mut Seed) -> Option<Text> {
        seed.percent(50).then(|| self.namespace(seed))
    }
}

/// A time, mostly one of few, so that equal ones and due ones meet.
pub(super) fn number(seed: &mut Seed) -> u64 {
    match seed.below(10) {
        0..=6 => seed.below(12) as u64,
        _ => *seed.pick(&NUMBERS),
    }
}

/// As [`number`], and now and then one that is out of range.
pub(super) fn argument(seed: &mut Seed) -> u64 {
    if seed.percent(2) { *seed.pick(&[MAX_NUMBER + 1, u64::MAX]) } else { number(seed) }
}

pub(super) fn limit(seed: &mut Seed) -> usize {
    *seed.pick(&[0, 1, 2, 3, 5, 10, usize::MAX])
}

pub(super) fn text(seed: &mut Seed) -> &'static str {
    seed.pick::<&str>(&TEXTS)
}
