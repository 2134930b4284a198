mod metadata;

pub(crate) use self::metadata::metadata;

pub(super) use self::metadata::nested;
use crate::{
    operation::Op,
    outcome::Outcome,
    probe::{Check, Probe, Verdict},
    sample::{self, WORDS, ascii, characters, entry, noise, object},
};
use mneme::{
    Entry, Identity,
    limits::{
        MAX_DIMENSION, MAX_KEY_BYTES, MAX_METADATA_BYTES, MAX_METADATA_DEPTH, MAX_NUMBER, MAX_TEXT_BYTES,
    },
};
use serde_json::json;

/// How many values of a pool go to one site, so that what was done to see a wrong one is read at a glance.
const A_SITE: usize = 4;

/// Texts that some layer between a caller and a disk changes.
const TEXTS: [&str; 45] = [
    "a\0b",
    "\0",
    "a\0",
    "\0a",
    "",
    " ",
    " a ",
    "\ta\t",
    "a\n",
    "\na",
    "a\r\nb",
    "a\rb",
    "a\n\rb",
    "\u{85}",
    "\u{2028}",
    "\u{feff}a",
    "a\u{feff}",
    "\u{301}",
    "e\u{301}",
    "\u{e9}",
    "\u{212b}",
    "\u{fb01}",
    "\u{200b}",
    "\u{202e}a",
    "\u{1f600}",
    "\u{10ffff}",
    "\u{ffff}",
    "\u{fffd}",
    "\u{7f}\u{1b}\u{1}",
    "\\u0000",
    "\\",
    "\\n",
    "'",
    "''",
    "\"",
    "'; DROP TABLE entries; --",
    "{\"a\": 1.0}",
    "null",
    "007",
    "1e3",
    "%s %% ? $1 :a",
    "&amp; <b> %20 +",
    // The first letter past one byte, two spaces, and two letters of Hangul that are one syllable.
    "\u{100}",
    "a  b",
    "\u{1100}\u{1161}",
];

pub(crate) fn text(s: &mut Probe) -> Verdict {
    keeps_a_plain_entry(s)?;
    for (n, text) in TEXTS.into_iter().enumerate() {
        begin_a_site(s, n)?;
        s.note("One field at a time: a store may treat the two in different ways.");
        for entry in [
            entry("a", &format!("query {n}")).query(text).response("r"),
            entry("a", &format!("response {n}")).query("q").response(text),
        ] {
            kept(s, entry)?;
        }
    }
    s.note("Under a key of which either part is empty, or both are.");
    s.start()?;
    for (namespace, hash) in [("", ""), ("", "h"), ("a", "")] {
        kept(s, sample::full(namespace, hash))?;
    }
    s.note("As long as a number of 8 bits counts, or a buffer holds, one less and one more.");
    s.start()?;
    for width in [128, 256, 1_024, 4_096, 1 << 14] {
        for bytes in [width - 1, width, width + 1] {
            kept(s, entry("a", &format!("response of {bytes}")).response(noise(bytes, 'r')))?;
            kept(s, entry("a", &format!("query of {bytes}")).query(noise(bytes, 'q')))?;
        }
    }
    s.note("Whole texts that mean something elsewhere, and each character of one byte by itself.");
    for texts in [WORDS.map(ToOwned::to_owned).into(), ascii().collect::<Vec<_>>()] {
        s.start()?;
        for (n, text) in texts.iter().enumerate() {
            kept(s, entry("a", &format!("query {n}")).query(text).response("r"))?;
            kept(s, entry("a", &format!("response {n}")).query("q").response(text))?;
        }
    }
    s.note("What some take for a space, at the beginning or at the end.");
    s.start()?;
    for (n, space) in SPACES.into_iter().enumerate() {
        for (end, text) in [("first", format!("{space}a")), ("last", format!("a{space}"))] {
            kept(s, entry("a", &format!("query {n} {end}")).query(&text).response("r"))?;
            kept(s, entry("a", &format!("response {n} {end}")).query("q").response(text))?;
        }
    }
    s.note("Every character of the first plane, and some of each other.");
    for (n, text) in characters().enumerate() {
        begin_a_site(s, n)?;
        kept(s, entry("a", &format!("query {n}")).query(&text))?;
        kept(s, entry("a", &format!("response {n}")).response(text))?;
    }
    s.note(
        "Of one length and alike at both ends, or of the same letters, or alike but for what some comparison forgets: \
         under keys of their own, as what is written once for several must be the same.",
    );
    s.start()?;
    for (n, text) in near_twins().into_iter().enumerate() {
        kept(s, entry("a", &format!("twin {n}")).query(&text).response(text))?;
    }
    s.iter_all()?;
    s.note("An upsert with a text that differs only in what some comparison forgets.");
    s.start()?;
    for text in ["a", "A", "a ", "a\0", "", " ", "\u{e9}", "e\u{301}", "7", "7.0"] {
        kept(s, entry("a", "h").query(text).response(text))?;
    }
    s.iter_all()?;
    s.held()
}

/// Texts that a weak sum, or a comparison that forgets something, takes for one.
fn near_twins() -> Vec<String> {
    let short = ["a", "A", "a ", "a\0", "", " ", "\u{e9}", "e\u{301}", "7", "7.0"].map(ToOwned::to_owned);
    let long = [100, 5_000, 40_000].map(|bytes| noise(bytes, 'x')).into_iter().flat_map(|text| {
        let (before, after) = text.split_at(text.len() / 2);
        let swapped =
            [after.get(1..2), after.get(..1), after.get(2..)].map(Option::unwrap_or_default).concat();
        let other = format!("{before}*{}", after.get(1..).unwrap_or_default());
        let swapped = format!("{before}{swapped}");
        [text.clone(), other, swapped]
    });
    short.into_iter().chain(long).collect()
}

pub(crate) fn large_values(s: &mut Probe) -> Verdict {
    keeps_a_plain_entry(s)?;
    s.start()?;
    kept(s, entry("a", "response").response(noise(MAX_TEXT_BYTES, '.')))?;
    kept(s, entry("a", "query").query(noise(MAX_TEXT_BYTES, '.')))?;
    s.note("As long as a number of 16 bits counts, one less and one more.");
    for width in [1 << 15, 1 << 16] {
        for bytes in [width - 1, width, width + 1] {
            kept(s, entry("a", &format!("response of {bytes}")).response(noise(bytes, 'r')))?;
            kept(s, entry("a", &format!("query of {bytes}")).query(noise(bytes, 'q')))?;
        }
    }
    s.note(
        "As one long text, and as many short ones; of characters that are one byte, and of those that \
         are three.",
    );
    kept(s, entry("a", "one").metadata(metadata_of(MAX_METADATA_BYTES)))?;
    s.note("Whoever escapes more characters than JSON asks for needs more room, and has it.");
    let wide = "\u{e9}".repeat(MAX_METADATA_BYTES / 2 - 8);
    kept(s, entry("a", "wide metadata").metadata(object(json!({ "k": wide }))))?;
    let many = (0..4_000).map(|n| (format!("k{n}"), json!(n)));
    kept(s, entry("a", "many").metadata(many.collect()))?;
    kept(s, entry("a", "wide").response("\u{20ac}".repeat(MAX_TEXT_BYTES / 3)))?;
    s.note("At each place of such a character a buffer or a chunk may end.");
    for before in 1..3 {
        let text = "x".repeat(before) + &"\u{20ac}".repeat(30_000);
        kept(s, entry("a", &format!("{before} before the wide ones")).query(&*text).response(text))?;
    }
    let all = entry("a", "all").query(noise(MAX_TEXT_BYTES, '?')).response(noise(MAX_TEXT_BYTES, '.'));
    kept(s, all.metadata(metadata_of(MAX_METADATA_BYTES)))?;
    kept(s, entry("a", "after all"))?;
    s.note("More in one walk than a message or a buffer of some megabytes holds.");
    s.iter_all()?;
    s.iter_since(0)?;
    s.iter_changed(0)?;
    s.note("One number is left over where vectors are written in blocks.");
    for dimension in [256, 257, 3_001, 4_096, MAX_DIMENSION] {
        s.make()?;
        s.open(&Identity::new("conformance:v1", dimension))?;
        s.note("Each number is another one, so that none can stand for its neighbour.");
        let embedding: Vec<f32> =
            std::iter::successors(Some(0.0), |n| Some(n + 1.0)).take(dimension).collect();
        kept(s, Entry::new("a", "h").embedding(embedding))?;
        s.iter_all()?;
    }
    s.held()
}

pub(crate) fn longer_text_is_kept_or_refused(s: &mut Probe) -> Verdict {
    keeps_a_plain_entry(s)?;
    let long = |bytes: usize| noise(bytes + 1, 'x');
    s.note("Each with the longest that must be kept beside it, which a cut would take for the same.");
    let longer = [
        (entry("a", "response"), entry("a", "response").response(long(MAX_TEXT_BYTES))),
        (entry("a", "query"), entry("a", "query").query(long(MAX_TEXT_BYTES))),
        (entry("a", "bytes"), entry("a", "bytes").metadata(metadata_of(MAX_METADATA_BYTES + 1))),
        (entry("a", "deep"), entry("a", "deep").metadata(nested(MAX_METADATA_DEPTH + 1))),
        // More than serde_json itself reads back.
        (entry("a", "deeper"), entry("a", "deeper").metadata(nested(2 * MAX_METADATA_DEPTH))),
        (entry("a", &long(MAX_KEY_BYTES)[..MAX_KEY_BYTES]), entry("a", &long(MAX_KEY_BYTES))),
        (entry(&long(MAX_KEY_BYTES)[..MAX_KEY_BYTES], "h"), entry(&long(MAX_KEY_BYTES), "other")),
    ];
    for (short, longer) in longer {
        s.start()?;
        let before = s.insert(short.clone())?;
        s.version_counter()?;
        let long = match s.call(Op::Insert(longer.clone()))? {
            Outcome::Id(id) => Some(id),
            _ => None,
        };
        let look = |s: &mut Probe| {
            if let Some(id) = long {
                s.get_by_hash(&longer.namespace, &longer.query_hash)?;
                s.get_by_id(id)?;
            }
            s.note(
                "The model knows by now whether the longer one was kept; the short one is there, or was \
                 replaced whole.",
            );
            s.get_by_id(before)?;
            s.get_by_hash(&short.namespace, &short.query_hash)?;
            s.get_by_hash("unlike", "other")?;
            s.get_by_hash(&short.namespace, "other")?;
            s.count(None)?;
            s.version_counter()
        };
        look(s)?;
        s.note("With a vector of another length it is refused, for the one reason or for the other.");
        s.refused(Op::Insert(longer.clone().embedding([1.0])))?;
        s.call(Op::GetByHash((&*longer.namespace).into(), (&*longer.query_hash).into()))?;
        s.version_counter()?;
        // Whoever takes a longer key for what it is cut to shows what that one has, and removes it.
        let namespace = || (&*longer.namespace).into();
        for op in [
            Op::GetByHash(namespace(), (&*longer.query_hash).into()),
            Op::Count(Some(namespace())),
            Op::IterLruIds(9, Some(namespace())),
            Op::DeleteExpired(0, Some(namespace())),
            Op::GetNamespaceQuota(namespace()),
        ] {
            s.call(op)?;
        }
        s.get_by_hash(&short.namespace, &short.query_hash)?;
        s.count(None)?;
        if s.is_durable() {
            s.note(
                "The next handle has to read what this one wrote: a format may take more than it gives back.",
            );
            s.reopen()?;
            look(s)?;
        }
        s.call(Op::ClearNamespace(namespace()))?;
        s.get_by_hash(&short.namespace, &short.query_hash)?;
        s.count(None)?;
    }
    s.start()?;
    let (key, value) = (long(MAX_KEY_BYTES), long(MAX_TEXT_BYTES));
    for (key, value) in [("key", &*value), (&*key, "value")] {
        s.call(Op::WriteMeta(key.into(), value.into()))?;
        s.call(Op::ReadMeta(key.into()))?;
    }
    s.read_meta(&key[..MAX_KEY_BYTES])?;
    s.call(Op::SetNamespaceQuota(key.as_str().into(), 5))?;
    let quotas = |s: &mut Probe| {
        s.call(Op::GetNamespaceQuota(key.as_str().into()))?;
        s.get_namespace_quota(&key[..MAX_KEY_BYTES])
    };
    quotas(s)?;
    if s.is_durable() {
        s.reopen()?;
        for key in ["key", &*key, &key[..MAX_KEY_BYTES]] {
            s.call(Op::ReadMeta(key.into()))?;
        }
        quotas(s)?;
    }
    s.note("Past what the length of a message, a document or a column of text counts with three bytes.");
    s.start()?;
    let far = entry("a", "far longer").response(noise((1 << 24) + 1, 'x'));
    s.call(Op::Insert(far))?;
    s.get_by_hash("a", "far longer")?;
    if s.is_durable() {
        s.reopen()?;
        s.get_by_hash("a", "far longer")?;
    }
    s.held()
}

/// What Unicode calls white space past ASCII, and what has no width: `trim` takes the first away, and others take both.
const SPACES: [char; 14] = [
    '\u{85}', '\u{a0}', '\u{1680}', '\u{180e}', '\u{2000}', '\u{2009}', '\u{200b}', '\u{200d}', '\u{2028}',
    '\u{2029}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{feff}',
];

/// Vectors of numbers that a decimal text, a wider float or an arithmetic would change.
const EMBEDDINGS: [[u32; sample::DIMENSION]; 12] = [
    // Negative zero, and zeros alone, which cannot be normalised.
    [0x8000_0000, 0x0000_0000, 0x8000_0000, 0x3f80_0000],
    [0, 0, 0, 0],
    // NaN: quiet, with a payload, negative, all bits; then signalling ones.
    [0x7fc0_0000, 0x7fc0_0001, 0xffc0_0000, 0x7fff_ffff],
    [0x7f80_0001, 0x7fa0_0000, 0xff80_0001, 0xffbf_ffff],
    // Infinities, and the greatest numbers.
    [0x7f80_0000, 0xff80_0000, 0x7f7f_ffff, 0xff7f_ffff],
    // Subnormal: the smallest, the greatest; then the smallest normal number.
    [0x0000_0001, 0x8000_0001, 0x007f_ffff, 0x0080_0000],
    // Numbers with long decimals, a last bit, more digits than seven, and beside a power of two.
    [0x3dcc_cccd, 0x3f80_0001, 0x4b80_0001, 0x3eaa_aaab],
    // No unit vector, and one that is nearly one.
    [0x4040_0000, 0x4080_0000, 0x40a0_0000, 0xc2c8_0000],
    [0x3f7f_ffff, 0x3300_0000, 0xb300_0000, 0x3380_0000],
    // Bytes that are text: an end of line, a quote, U+0000, a sign of UTF-8.
    [0x0a0d_0a0d, 0x2722_5c00, 0x00ff_00fe, 0xc3a9_efbf],
    // Zeros alone, of the other sign and of both.
    [0x8000_0000, 0x8000_0000, 0x8000_0000, 0x8000_0000],
    [0, 0x8000_0000, 0, 0],
];

pub(crate) fn embedding_bits(s: &mut Probe) -> Verdict {
    keeps_a_plain_entry(s)?;
    let of = |bits: [u32; sample::DIMENSION]| bits.map(f32::from_bits);
    for (n, bits) in EMBEDDINGS.into_iter().enumerate() {
        begin_a_site(s, n)?;
        kept(s, entry("a", &n.to_string()).embedding(of(bits)))?;
    }
    s.start()?;
    for (n, bits) in EMBEDDINGS.into_iter().enumerate() {
        s.insert(entry("a", &n.to_string()).embedding(of(bits)))?;
    }
    s.iter_all()?;
    s.iter_changed(0)?;
    s.note("Of each length that a format may fill up, in halves, pairs or fours, or reserve for a single number.");
    for dimension in [1, 2, 3, 5, 7, 9, 17] {
        s.make()?;
        s.open(&Identity::new("conformance:v1", dimension))?;
        for sign in [0, 1 << 31] {
            let embedding: Vec<f32> =
                (0x3f80_0001..).map(|bits: u32| f32::from_bits(bits | sign)).take(dimension).collect();
            kept(s, Entry::new("a", &*format!("sign {sign}")).embedding(embedding))?;
        }
        kept(s, Entry::new("a", "zeros").embedding(vec![0.0; dimension]))?;
    }
    s.note("Of every magnitude, the largest beside the smallest, and with all nine digits that a number may need.");
    s.start()?;
    for exponent in 0..64 {
        kept(s, entry("a", &format!("exponent {exponent}")).embedding(of(magnitudes(exponent))))?;
    }
    s.note("Upserts with an equal number in other bits, and with another NaN: neither is \"nothing new\".");
    s.start()?;
    for first in [0x3f80_0000, 0x0000_0000, 0x8000_0000, 0x7fc0_0000, 0x7fc0_0001, 0xffc0_0001] {
        kept(s, entry("a", "h").embedding(of([first, 0x3f80_0000, 0, 0])))?;
    }
    s.held()
}

/// The bits of four numbers far from one another, with this exponent and with those that are 64 apart; none of them is a round one.
fn magnitudes(exponent: u32) -> [u32; sample::DIMENSION] {
    [0, 64, 128, 191].map(|more| {
        let exponent = exponent + more;
        // The fractional part of the golden ratio: multiples of it are spread evenly.
        exponent << 23 | exponent.wrapping_mul(0x9e37_79b9) >> 9
    })
}

pub(crate) fn numbers(s: &mut Probe) -> Verdict {
    keeps_a_plain_entry(s)?;
    let limits =
        [0, 1, 255, 256, 65_536, 1 << 31, (1 << 31) - 1, 1 << 32, u64::from(u32::MAX), (1 << 24) + 1];
    let limits = limits.into_iter().chain([MAX_NUMBER, MAX_NUMBER - 1, 253_402_300_800, 1_700_000_000_123]);
    s.start()?;
    kept(s, entry("a", "no ttl"))?;
    kept(s, entry("a", "ttl 0").ttl(0))?;
    for (at, n) in limits.enumerate() {
        // No walk: what removes what is due where it looks something up would be laid to the numbers.
        if at.is_multiple_of(A_SITE) {
            s.start()?;
        }
        let entry = entry("a", &n.to_string()).created_at(n).ttl(n).last_accessed_at(n).access_count(n);
        kept(s, entry)?;
    }
    s.note("Each field in each width, beside each width of the others: a number may be kept as what it is more than another.");
    let widths = [0, 1, 200, 40_000, 3_000_000_000, 1 << 40, MAX_NUMBER];
    for (x, created) in widths.into_iter().enumerate() {
        s.start()?;
        for (y, accessed) in widths.into_iter().enumerate() {
            let count = widths[(x + 2 * y) % widths.len()];
            let entry = entry("a", &format!("{created} and {accessed}")).created_at(created);
            kept(s, entry.last_accessed_at(accessed).access_count(count))?;
        }
    }
    s.note("Each field by itself at its limit, the others at 0.");
    s.start()?;
    kept(s, entry("b", "created").created_at(MAX_NUMBER))?;
    kept(s, entry("b", "ttl").ttl(MAX_NUMBER))?;
    kept(s, entry("b", "accessed").last_accessed_at(MAX_NUMBER))?;
    kept(s, entry("b", "count").access_count(MAX_NUMBER))?;
    kept(
        s,
        entry("b", "used before it was made").created_at(MAX_NUMBER).last_accessed_at(1).access_count(0),
    )?;
    s.iter_all()?;
    s.note("A ttl that goes to 0, to none, and back.");
    s.start()?;
    for ttl in [Some(0), None, Some(0), Some(1), None] {
        kept(s, entry("a", "h").ttl(ttl))?;
    }
    s.held()
}

/// What a store does to every entry is not for what is special about some to explain.
fn keeps_a_plain_entry(s: &mut Probe) -> Check {
    s.start()?;
    kept(s, entry("a", "plain").query("q").response("r"))
}

/// Inserts an entry, and reads it back by both lookups.
fn kept(s: &mut Probe, entry: Entry) -> Check {
    let (namespace, hash) = (entry.namespace.clone(), entry.query_hash.clone());
    let id = s.insert(entry)?;
    s.get_by_hash(&namespace, &hash)?;
    s.get_by_id(id).map(drop)
}

/// Begins a site with the first of so many entries, after a walk over those before: it may read in a way of its own.
fn begin_a_site(s: &mut Probe, n: usize) -> Check {
    if n.is_multiple_of(A_SITE) {
        if n > 0 {
            s.iter_all()?;
        }
        s.start()?;
    }
    Ok(())
}

/// Metadata that is exactly so long as text.
fn metadata_of(bytes: usize) -> mneme::Metadata {
    let around = json!({ "k": "" }).to_string().len();
    object(json!({ "k": noise(bytes - around, '.') }))
}
