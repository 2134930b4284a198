//! The values that scenarios are written in.

mod documents;
mod texts;

pub(crate) use self::{
    documents::documents,
    texts::{OWN_NAMES, WORDS, ascii, characters},
};

use crate::operation::{Op, Walk};
use mneme::{
    Entry, Identity,
    limits::{MAX_KEY_BYTES, MAX_NUMBER, MAX_TEXT_BYTES},
};
use std::{path::Path, sync::LazyLock};

/// The dimension of every store under test, but where a clause is about dimensions.
pub(crate) const DIMENSION: usize = 4;

/// More entries than the pages of stores hold: 1,000 and 1,024 are the greatest of the usual sizes.
pub(crate) const MORE_THAN_A_PAGE: usize = 1_100;

/// How many fill a page or a batch of the sizes that stores like, and leave nothing for another.
pub(crate) const FULL_PAGES: [usize; 9] = [10, 50, 64, 100, 128, 256, 500, 512, 1_000];

/// More entries than a byte counts.
pub(crate) const MORE_THAN_A_BYTE: usize = 262;

/// An embedding that a trace need not show.
const PLAIN: [f32; DIMENSION] = [1.0, 0.0, 0.0, 0.0];

/// The identity that a store under test is opened with.
pub(crate) fn identity() -> Identity {
    Identity::new("conformance:v1", DIMENSION)
}

/// The plain embedding of a dimension.
pub(crate) fn plain(dimension: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; dimension];
    if let Some(first) = numbers.first_mut() {
        *first = 1.0;
    }
    numbers
}

/// An entry with a plain embedding and everything else empty.
pub(crate) fn entry(namespace: &str, hash: &str) -> Entry {
    Entry::new(namespace, hash).embedding(PLAIN)
}

/// An entry in which each field has a value of its own.
pub(crate) fn full(namespace: &str, hash: &str) -> Entry {
    let metadata = serde_json::json!({ "source": "first", "score": 0.1, "tags": ["a", null] });
    Entry::new(namespace, hash)
        .query("What is it?")
        .response("It is this.")
        .embedding([0.5, -0.25, 3.0, 1e-3])
        .metadata(metadata.as_object().cloned().unwrap_or_default())
        .created_at(1_000)
        .ttl(500)
        .last_accessed_at(1_200)
        .access_count(7)
}

/// An entry in which each text is larger than what a row usually holds, and not the same in any two namespaces.
pub(crate) fn large(namespace: &str, hash: &str) -> Entry {
    let text = |bytes, end: &str| noise(bytes, '.') + namespace + end;
    full(namespace, hash)
        .query(text(9_000, "query"))
        .response(text(70_000, "response"))
        .metadata(object(serde_json::json!({ "k": text(20_000, "metadata") })))
}

/// Entries with the values that a format of files may cut, round or forget.
pub(crate) fn extremes() -> [Entry; 3] {
    let longest = noise(MAX_KEY_BYTES, 'x');
    [
        full(&longest, &longest)
            .query(noise(MAX_TEXT_BYTES, 'q'))
            .response(noise(MAX_TEXT_BYTES, 'r'))
            .embedding([f32::from_bits(0x7fa0_0001), -0.0, f32::from_bits(1), f32::NEG_INFINITY])
            .last_accessed_at(MAX_NUMBER),
        full("a\0", " h\r\n")
            .query("\t q \r\n")
            .response("\0\u{feff}e\u{301}\u{1f600}")
            .metadata(object(
                serde_json::json!({"null": null, "list": [], "map": {}, "in": [null, {"it": null}]}),
            ))
            .ttl(MAX_NUMBER),
        full("", "").ttl(0).access_count(MAX_NUMBER).metadata(named_as_fields()),
    ]
}

/// Metadata with keys that are names of what else an entry has: in a format without a level for them they meet.
pub(crate) fn named_as_fields() -> mneme::Metadata {
    let names = [
        "id",
        "version",
        "namespace",
        "query_hash",
        "hash",
        "key",
        "query",
        "response",
        "embedding",
        "metadata",
        "created_at",
        "ttl",
        "expires_at",
        "due",
        "last_accessed_at",
        "access_count",
        "checksum",
        "content",
        "entry",
        "type",
    ];
    names.into_iter().map(|name| (name.to_owned(), serde_json::json!(7))).collect()
}

pub(crate) fn is_plain(embedding: &[f32]) -> bool {
    is_plain_of(embedding, DIMENSION)
}

/// Whether an embedding is the plain one of a dimension, bit for bit.
pub(crate) fn is_plain_of(embedding: &[f32], dimension: usize) -> bool {
    let rest = embedding.get(1..).unwrap_or_default();
    embedding.len() == dimension
        && embedding.first().is_none_or(|first| first.to_bits() == 1.0_f32.to_bits())
        && rest.iter().all(|number| number.to_bits() == 0)
}

/// Every operation but `open` and `close`, for a handle on which each must be an error: with plain arguments, and with
/// arguments that a store may answer before it looks whether it is open.
///
/// A snapshot would go to a file in `directory`.
pub(crate) fn every_operation(directory: &Path) -> Vec<Op> {
    let none_or_a = [None, Some("a".into())];
    let mut operations = vec![
        Op::GetByHash("a".into(), "h".into()),
        Op::GetById(1),
        Op::GetById(0),
        Op::ListNamespaces,
        Op::Walk(Walk::All),
        Op::Walk(Walk::Since(0)),
        Op::Walk(Walk::Since(u64::MAX)),
        Op::Walk(Walk::Changed(0)),
        Op::Walk(Walk::Changed(u64::MAX)),
        Op::Insert(entry("a", "h")),
        Op::Insert(entry("a", "new")),
        Op::UpdateAccess(1, 5),
        Op::UpdateAccess(0, 5),
        Op::UpdateAccess(u64::MAX, 5),
        Op::DeleteById(1),
        Op::DeleteById(0),
        Op::DeleteById(u64::MAX),
        Op::GetById(u64::MAX),
        Op::ClearNamespace("a".into()),
        Op::ClearNamespace("never stored".into()),
        Op::SetNamespaceQuota("a".into(), 5),
        Op::GetNamespaceQuota("a".into()),
        Op::VersionCounter,
        Op::ReadMeta("key".into()),
        Op::ReadMeta("embedder_dim".into()),
        Op::ReadMeta("embedder_fingerprint".into()),
        Op::ReadMeta("schema_version".into()),
        Op::WriteMeta("key".into(), "value".into()),
        Op::IntegrityCheck,
        Op::SnapshotTo(directory.join("snapshot")),
        // Something is there.
        Op::SnapshotTo(directory.to_owned()),
    ];
    for namespace in none_or_a {
        operations.extend([
            Op::Count(namespace.clone()),
            Op::IterLruIds(10, namespace.clone()),
            Op::IterLruIds(0, namespace.clone()),
            Op::DeleteExpired(5_000, namespace),
        ]);
    }
    // An argument that is out of range comes after closed and not open.
    operations.extend([
        Op::Insert(entry("a", "h").embedding([1.0])),
        Op::Insert(entry("a", "h").embedding([])),
        Op::Insert(entry("a", "h").created_at(u64::MAX)),
        Op::Insert(entry("a", "h").ttl(u64::MAX)),
        Op::Insert(entry("a", "h").last_accessed_at(u64::MAX)),
        Op::Insert(entry("a", "h").access_count(u64::MAX)),
        Op::UpdateAccess(1, u64::MAX),
        Op::DeleteExpired(u64::MAX, None),
        Op::SetNamespaceQuota("a".into(), u64::MAX),
    ]);
    operations.extend(crate::model::STAMPS.map(|stamp| Op::WriteMeta(stamp.into(), "2".into())));
    operations
}

/// Text of exactly `bytes` bytes that does not compress: pseudo-random, the same in every run. The last byte is given.
pub(crate) fn noise(bytes: usize, last: char) -> String {
    let mut text = NOISE[..bytes.min(NOISE.len())].repeat(bytes.div_ceil(NOISE.len()));
    text.truncate(bytes.saturating_sub(last.len_utf8()));
    text.push(last);
    text
}

/// Nothing repeats at the places where an engine begins a new page or chunk, so its length is no round number.
static NOISE: LazyLock<String> = LazyLock::new(|| {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = String::with_capacity(65_530);
    while text.len() < 65_521 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (0..10).for_each(|n| text.push(char::from(LETTERS[((state >> (6 * n)) & 63) as usize])));
    }
    text.truncate(65_521);
    text
});

/// Texts of which some engine takes some for equal.
pub(crate) const ALIKE: [&[&str]; 26] = [
    &["a", "A"],
    &["k", "k ", " k", "k\t", "k\n", "k\r\n", "\u{a0}k"],
    &["007", "7", "7.0", "07", "+7", " 7"],
    &["1e3", "1000", "1E3", "1000.0"],
    &["0", "-0", "0.0", "00", ".0"],
    &["caf\u{e9}", "cafe\u{301}", "cafe", "CAF\u{c9}"],
    &["a1", "\u{ff41}\u{ff11}", "a\u{200b}1", "\u{feff}a1", "a\u{ad}1"],
    &["stra\u{df}e", "strasse", "STRASSE"],
    &["\u{212a}", "k", "K", "\u{212b}", "\u{c5}", "A\u{30a}"],
    &["\u{131}", "i", "I", "\u{130}"],
    // Plain and voiced, hiragana and katakana.
    &["\u{306f}", "\u{3070}", "\u{3071}", "\u{30cf}", "\u{30d0}"],
    // A syllable of Hangul and its parts, and what chooses how a sign is drawn.
    &["\u{ac01}", "\u{1100}\u{1161}\u{11a8}", "\u{ac00}\u{11a8}", "\u{d55c}", "\u{1112}\u{1161}\u{11ab}"],
    &["\u{2764}", "\u{2764}\u{fe0f}", "\u{2764}\u{fe0e}", "\u{200e}\u{2764}"],
    // What a normalisation for search makes of a sign, and the sigma at a word's end.
    &["\u{2460}\u{3c3}", "1\u{3c3}", "\u{b9}\u{3c3}", "1\u{3c2}", "1\u{3a3}"],
    // The same bytes in two alphabets of base64, with padding and without.
    &["a-_=", "a+/=", "a-_", "a+/"],
    // What an escaping, a URL or a path makes equal.
    &["a b", "a+b", "a%20b", "a&b", "a&amp;b", "a\\u0020b", "a\tb", "a\u{a0}b"],
    &["d/e", "d//e", "d/./e", "d/e/", "d/x/../e", "d\\e", "D\\e", "d%2Fe"],
    // What escapes others is an ordinary character where it stands by itself.
    &["d%e", "d%25e", "d%2525e"],
    // What quoting adds and unquoting takes away, and what an escape stands for.
    &["q", "\"q\"", "'q'", "`q`", "\\\"q\\\"", "''q''"],
    &["a\"b", "a\"\"b", "a'b", "a''b"],
    // What ends a line, and what a text that goes through a line of a file or through XML has in its place.
    &["a\nb", "a\rb", "a\r\nb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{b}b", "a\u{c}b"],
    // What a cleaning of a text drops.
    &["ab", "a\u{fffd}b", "a\u{ffff}b", "a\u{fdd0}b", "a\u{1b}b", "a\u{7f}b", "a\u{e000}b"],
    &["a\nb", "a\\nb", "a\\\\nb", "a\tb", "a\\tb", "a\\", "a\\\\"],
    // U+0000, and what is written for it.
    &["a\0b", "a\\0b", "a\\x00b", "a\\u0000b", "a%00b", "a\u{2400}b"],
    // Digests and ids in hexadecimal, of which some are written in another way and some are others.
    &["c0ffee00c0ffee00c0ffee00c0ffee00", "C0FFEE00C0FFEE00C0FFEE00C0FFEE00", "c0ffee", "C0FFEE", "0xc0ffee"],
    &[
        "123e4567-e89b-12d3-a456-426614174000",
        "123E4567-E89B-12D3-A456-426614174000",
        "123e4567e89b12d3a456426614174000",
        "{123e4567-e89b-12d3-a456-426614174000}",
        "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
    ],
];

/// Pairs that one short digest takes for equal: CRC-32, times 31, FNV of 32 and of 64 bits.
pub(crate) const DIGESTS: [&[&str]; 2] = [
    &["plumless", "buckeroo", "Aa", "BB"],
    &["costarring", "liquid", "8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"],
];

/// A JSON object as metadata.
pub(crate) fn object(value: serde_json::Value) -> mneme::Metadata {
    match value {
        serde_json::Value::Object(object) => object,
        other => panic!("{other} is no JSON object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_is_every_one_but_open_and_close() {
        let names: BTreeSet<_> = every_operation(Path::new("")).iter().map(Op::name).collect();
        assert_eq!(names.len(), 20, "{names:?}");
        assert!(!names.contains("open") && !names.contains("close"), "{names:?}");
    }
}
